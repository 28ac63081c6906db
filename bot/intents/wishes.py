"""Whether words say what a picture should be like: by the build of the sentence, and words of what
can be seen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.intents.commanding import CommandRules
from bot.intents.rules import Strength
from bot.intents.wording import Form

MAX_WORDS: Final = 40
_POINTED: Final = re.compile(r"\A(?:it|das)[\s,]+(?:but |aber )?")
_JOINED: Final = re.compile(
    r"(?:[,;:.–-]|\b(?:and|but|just|only|then|although|und|aber|nur|bloß|jedoch)\b)\s*"
)
_PURPOSE: Final = re.compile(r",? (?:for|für) [\w -]{2,40}\Z")


@dataclass(frozen=True, slots=True)
class WishRules(CommandRules):
    """All rules of one language."""

    def strength(self, form: Form, *, pointed: bool = False, called: bool = False) -> Strength:
        """How plainly a form of a message asks for a change.

        ``pointed`` says that the message names a picture of a set (a pronoun stands for it), and
        ``called`` that Limner is spoken to.
        """
        text = form.text
        if len(form.words) > MAX_WORDS or not form.words:
            return Strength.NONE
        if not called and self.language.shapes["errand"].search(text):
            return Strength.NONE
        purpose = _PURPOSE.search(text)
        if purpose and any(word in self.language.words["styles"] for word in form.words[:2]):
            form = Form(text[: purpose.start()], form.asked, form.proposed)
            text = form.text  # "square format for Instagram"
        if not pointed:
            found = self._plain(form, called=called)
            about = self.language.shapes["pronoun"].match(text) if form.asked else None
            if about and about.end() < len(text):  # "we need it in portrait format"
                found = max(found, self._plain(Form(text[about.end() :], True), called=called))
            return self._lessened(text, found, called=called)
        if self.language.shapes["may_place"].fullmatch(text):
            return Strength.PLAIN  # "could number 3 point to the right?"
        rest = self._after_picture(text)
        if not rest:
            return self._lessened(text, self._plain(form, called=called), called=called)
        best = max(
            self._plain(Form(rest, asked=True), called=True), self._plain(form, called=called)
        )
        if best is not Strength.PLAIN and self.objects.fit_all(rest):
            best = Strength.PLAIN
        if best is Strength.NONE and not self._is_talk(rest):
            best = Strength.PERHAPS
        return self._lessened(text, best, called=called)

    def commands(self, form: Form) -> bool:
        """Whether a form begins with a request, a command or the duty of a thing."""
        fronts = (self.language.front["verbs"], self.language.front["weak_verbs"])
        shapes = (self.language.shapes["duty"], self.language.shapes["may"])
        return (
            form.asked
            or any(front.match(form.text) for front in fronts)
            or any(shape.fullmatch(form.text) for shape in shapes)
        )

    def ends_in_command(self, form: Form) -> bool:
        """Whether a form ends as German commands do ("Kuchenstand weg")."""
        return form.words[-1:] != [] and self._infinitive(form) is Strength.PLAIN

    def _lessened(self, text: str, found: Strength, *, called: bool) -> Strength:
        """Words of the office take away from what else looks like a wish; those of things that
        pictures show as well only where nothing is commanded."""
        if found is Strength.NONE:
            return found
        fronts = (self.language.front["verbs"], self.language.front["weak_verbs"])
        commanded = any(front.match(text) for front in fronts) or self._infinitive(Form(text, True))
        bounded = self.language.shapes["joined"].match(_POINTED.sub("", text))
        away = self.language.work.search(text) or (
            not commanded and not bounded and self._names_work(self.language.everyday, text)
        )
        if not away:
            return found
        return Strength.PERHAPS if called else Strength.NONE

    def _plain(self, form: Form, *, called: bool) -> Strength:
        if self.language.front["idioms"].match(form.text):
            return Strength.NONE
        if not form.words:
            return Strength.NONE  # "number 2 👀"
        return max(
            self._proposal(form, called=called),
            self._imperative(form, called=called),
            self._infinitive(form),
            self._fragment(form, called=called),
            self._statement(form.text, called=called),
        )

    def _after_picture(self, text: str) -> str:
        """What a message says beyond which picture it means; "it" stands for that."""
        language = self.language
        pronoun = "it" if language.language == "en" else "das"
        lead = language.ordinals.lead.match(text)
        rest = text[lead.end() :] if lead else text
        if not re.match(rf"{pronoun}\b", rest):
            return ""
        rest = rest[len(pronoun) :].strip(" ,.:;!")
        while joined := _JOINED.match(rest):
            rest = rest[joined.end() :].strip()
        return rest
