"""Statements that are wishes: duties, questions and suggestions about a part of the picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.intents.objects import Fit
from bot.intents.rules import Rules, Strength
from bot.intents.things import is_shown
from bot.intents.wording import words_of

_TOO: Final = re.compile(
    r"(?:the|his|her|its|die|der|das) (?P<subject>[\w-]+) "
    r"(?:is|are|looks?|ist|sind|sieht|sehen|wirkt|wirken) "
    r"(?:a bit |still |noch |etwas |mir |ein bisschen )*(?:too|zu) (?P<rest>[\w-]+)(?: aus)?"
)
_COULD: Final = re.compile(r"(?:could|can|könnte|könnten)\b")


@dataclass(frozen=True, slots=True)
class StatementRules(Rules):
    """ "The roof must be green", "what if the city was on fire"."""

    def _statement(self, text: str, *, called: bool) -> Strength:
        """A duty of a thing ("the roof must be green"); to Limner itself also a complaint."""
        shapes = self.language.shapes
        verdict = _TOO.fullmatch(text)
        if verdict and not self._has_person(text) and self._is_fault(verdict):
            return Strength.PLAIN
        to_be = shapes["to_be"].fullmatch(text)
        if to_be and not self._has_person(text):
            return Strength.PLAIN if called or self._is_wanted(to_be) else Strength.NONE
        would = shapes["would_be"].fullmatch(text) or shapes["suits"].fullmatch(text)
        if would and not self._has_person(would["subject"]):
            subject = would["subject"]
            drawn = self._is_visual(subject) or self.objects.fit(subject) is Fit.FITS
            return Strength.PLAIN if drawn and len(words_of(subject)) <= 7 else Strength.NONE
        duty = shapes["duty"].fullmatch(text) or shapes["may"].fullmatch(text)
        if duty and self._is_posed(duty):
            return Strength.PLAIN
        if self._is_due(text):
            return Strength.PLAIN
        if duty and not self._has_person(duty["subject"]):
            return self._duty(text, duty["subject"], duty["rest"], called=called)
        if called and not self._has_person(text):
            if shapes["verdict"].fullmatch(text):
                return Strength.PLAIN if self._is_visual(text) else Strength.PERHAPS
            if shapes["wrong"].fullmatch(text):
                return Strength.PERHAPS
        return Strength.NONE

    def _is_fault(self, verdict: re.Match[str]) -> bool:
        """Whether a part of the picture looks too much of something: "the statues are too big"."""
        subject = words_of(verdict["subject"])[-1]
        shown = is_shown(subject, self.shown, self.language.language)
        return shown and self.objects.has_looks(verdict["rest"])

    def _is_wanted(self, to_be: re.Match[str]) -> bool:
        """Whether what something is to be can be seen: "(I want) it to look like a print"."""
        rest = to_be["rest"]
        if self.objects.has_looks(rest) or re.match(r"(?:like|as|wie)\b", rest):
            return True
        return self._is_visual(rest) or self.objects.fit(rest) is Fit.FITS

    def _is_due(self, text: str) -> bool:
        """Whether a part of the picture is to look otherwise: "wings should be bigger", "could the
        light come from the left?"."""
        shapes, objects = self.language.shapes, self.objects
        what_if = shapes["what_if"].fullmatch(text)
        if what_if:
            return any(objects.is_part(word) for word in words_of(what_if["subject"]))
        new = shapes["may_new"].fullmatch(text)
        if new and not shapes["errand"].search(text):
            return objects.fit(new["thing"]) is Fit.FITS and " " in new["thing"]
        found = shapes["plain_duty"].fullmatch(text) or shapes["may_place"].fullmatch(text)
        if found is None or shapes["errand"].search(text):
            return False
        subject = words_of(found["subject"])
        if len(subject) == 1 and subject[0] in self.language.words["pronouns"]:
            return shapes["worn"].fullmatch(found["rest"]) is not None
        if not subject or not objects.is_part(subject[-1]) or self._has_person(text):
            return False
        alone = is_shown(subject[-1], self.shown, self.language.language) and _COULD.match(text)
        if alone and len(words_of(found["rest"])) <= 3 and objects.fit(found["rest"]) > Fit.FOREIGN:
            return True
        return objects.has_looks(found["rest"]) or objects.fit(found["rest"]) is Fit.FITS

    def _is_posed(self, duty: re.Match[str]) -> bool:
        """Whether people whom the picture shows are to look or to wear something."""
        subject = words_of(duty["subject"])[-1:]
        shown = any(is_shown(w, self.shown, self.language.language) for w in subject)
        return shown and self.language.shapes["posed"].search(duty["rest"]) is not None

    def _duty(self, text: str, subject: str, rest: str, *, called: bool) -> Strength:
        shapes = self.language.shapes
        complement = re.sub(r"^(?:be|have|look|get|a bit|noch)\s+", "", rest)
        complement = re.sub(r"\s*(?:sein|werden|haben|aussehen)$", "", complement)
        if complement in self.language.words["complements"]:
            return Strength.NONE
        rest = re.sub(r"\b(?:by|until|till|before|bis|vor) .*$", "", rest)  # when it is due
        looks = shapes["looks"].search(rest) is not None
        if self._is_visual(rest) or (looks and self._is_visual(subject)):
            return Strength.PLAIN
        if shapes["thing"].search(text) and looks:
            return Strength.PLAIN if called or self._is_visual(subject) else Strength.PERHAPS
        return Strength.PERHAPS if called else Strength.NONE
