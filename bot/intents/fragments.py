"""Fragments that are wishes: words without a verb, such as ``brighter`` or ``without the text``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.intents.objects import Fit, is_comparative
from bot.intents.rules import Strength, begins, longest, seen_words
from bot.intents.statements import StatementRules
from bot.intents.wording import Form, words_of

_FORMAT: Final = re.compile(
    r"(?:(?:in|im|as|als|the|format|aspect ratio|ratio|seitenverhältnis) )*"
    r"\d{1,2} ?[:x] ?\d{1,2}(?: (?:format|ratio|aspect ratio|aspect))?"
)
_MORE: Final = re.compile(r"\b(?:more|less|fewer|mehr|weniger)\b")
_MOVING: Final = re.compile(r"\A(?:put|move)\s+")


@dataclass(frozen=True, slots=True)
class FragmentRules(StatementRules):
    """Words without a verb."""

    def _fragment(self, form: Form, *, called: bool) -> Strength:
        """Words without a verb: "brighter", "more snow", "in watercolour", "without the text"."""
        text, language, words = form.text, self.language, form.words
        if self._has_person(text) or len(words) > 16:
            return Strength.NONE
        if self._says_is(words) or language.front["idioms"].match(text):
            return Strength.NONE
        away = any(re.search(rf"\b{w}\b", text) for w in language.words["elsewhere"])
        if away or any(language.shapes[name].search(text) for name in ("speakers", "self")):
            return Strength.PERHAPS if called else Strength.NONE
        if language.shapes["meant_first"].fullmatch(text) and self.objects.fit_all(text):
            return Strength.PLAIN
        shapes = ("same", "view")
        if _FORMAT.fullmatch(text) or any(language.shapes[n].fullmatch(text) for n in shapes):
            return Strength.PLAIN
        if any(language.shapes[name].fullmatch(text) for name in ("moved", "instead")):
            rest = _MOVING.sub("", text)
            fits = called or self.objects.fit(rest) > Fit.UNKNOWN
            return Strength.PLAIN if fits else Strength.NONE
        found = max(self._compared(form, called=called), self._bounded(form, called=called))
        if (
            self._depicts(form)
            or self._adds(form)
            or (found is Strength.NONE and self._names_looks(form))
        ):
            return Strength.PLAIN
        return found

    def _depicts(self, form: Form) -> bool:
        """Whether a few words say how things of the picture should look ("the bus red", "close-up
        of the wheels") or, in a request, what is to be there."""
        language, words = self.language, form.words
        objects = self.objects
        chatter = language.words["chatter"] - language.words["times"]
        if len(words) > 9 or any(word in chatter for word in words):
            return False
        if language.shapes["errand"].search(form.text):
            return False
        if any(words[0] in language.words[name] for name in ("verbs", "weak_verbs")):
            return False
        if objects.names_view(form.text):
            return True
        if not objects.fit_all(form.text):
            return False
        if form.asked or _MORE.search(form.text):
            return len(words) <= 8 and self._is_seen(form)
        if language.shapes["joined"].search(form.text) and len(words) <= 8:
            return True
        return 1 < len(words) <= 6 and objects.has_looks(words[-1])

    def _is_seen(self, form: Form) -> bool:
        """Whether what is asked for is of this picture: people also need and want things that have
        nothing to do with it."""
        found = list(self.objects.phrases(form.text))
        parts = any(self.objects.is_part(word) for phrase in found for word in phrase.words)
        return form.proposed or parts

    def _adds(self, form: Form) -> bool:
        """Whether something is named that is to be added, and where: "a cat under the table"."""
        found = list(self.objects.phrases(form.text))
        if len(found) < 2 or len(form.words) > 12 or found[0].kind != "indefinite":
            return False
        if form.words[0] not in self.language.words["determiners"] or not found[1].led_by:
            return False
        return self.objects.fit_all(form.text)

    def _compared(self, form: Form, *, called: bool) -> Strength:
        text, language, words = form.text, self.language, form.words
        if len(words) <= 7 and any(is_comparative(word, language) for word in words):
            known = form.asked or called or all(self._is_familiar(word) for word in words)
            return Strength.PLAIN if known else Strength.PERHAPS
        more = next(
            (p for p in longest(language.words["suffix_comparative"]) if begins(text, p)), None
        )
        if more is None or len(words) > 8:
            return Strength.NONE
        rest = text[len(more) :].strip()
        if re.match(r"(?:like|wie) (?:an?|the|eine?[nm]?|der|die|das) ", rest):
            return Strength.PLAIN  # "more like a storybook"
        if self.objects.has_looks(rest) and len(words) <= 4:
            return Strength.PLAIN
        if not rest or self._is_talk(rest):
            return Strength.NONE
        if self._is_visual(rest) or self.objects.fit(rest) is Fit.FITS:
            return Strength.PLAIN
        return Strength.PERHAPS if form.asked else Strength.NONE

    def _bounded(self, form: Form, *, called: bool) -> Strength:
        """What begins with a preposition, or with "no"."""
        text, language = form.text, self.language
        head, _, rest = text.partition(" ")
        if not rest:
            return Strength.NONE
        if head in language.words["no"]:
            fits = rest not in language.words["not_things"] and not self._is_talk(rest)
            return Strength.PLAIN if fits and len(words_of(rest)) <= 4 else Strength.NONE
        if head not in language.words["prepositions"]:
            return Strength.NONE
        if any(begins(rest, word) for word in language.words["not_with"]):
            return Strength.NONE
        if head in ("with", "without", "minus", "plus", "mit", "ohne"):
            return Strength.PLAIN if not self._is_talk(rest) else Strength.NONE
        article = rest.split()[0] in language.words["determiners"]
        if self._is_visual(rest) or (head in ("as", "als") and (article or called)):
            return Strength.PLAIN
        return Strength.PERHAPS if form.asked or called else Strength.NONE

    def _names_looks(self, form: Form) -> bool:
        """Whether all of a few words are of what can be seen: "black and white", "sky darker"."""
        words, language = form.words, self.language
        small = language.words["small"] | language.words["prepositions"]
        if words[0] in ("so", "very", "really", "how", "such", "sehr", "wie", "echt", "wirklich"):
            return False  # praise
        if any(word in ("open", "close", "shut") for word in words[:2]):
            return False  # "please close the windows"
        if len(words) > 5 or not self._is_visual(form.text):
            return False
        if not form.asked and all(w in language.words["chatter"] | small for w in words):
            return False
        looks = seen_words(language)
        return all(word in looks or word in small for word in words) and not (
            all(language.has("parts", w) or w in small for w in words) and not form.asked
        )
