"""Whether words say what a picture should be like: by the build of the sentence, and words of what
can be seen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from bot.intents.lexicon import Lexicon
from bot.intents.wording import Form, words_of

MAX_WORDS: Final = 40
_JOINED: Final = re.compile(
    r"(?:[,;:.–-]|\b(?:and|but|just|only|then|although|und|aber|nur|bloß|jedoch)\b)\s*"
)


_FORMAT: Final = re.compile(
    r"(?:(?:in|im|as|als|the|format|aspect ratio|ratio|seitenverhältnis) )*"
    r"\d{1,2} ?[:x] ?\d{1,2}(?: (?:format|ratio|aspect ratio|aspect))?"
)


class Strength(IntEnum):
    """How plainly words are a wish about a picture."""

    NONE = 0
    PERHAPS = 1
    PLAIN = 2


@dataclass(frozen=True, slots=True)
class WishRules:
    """The rules of one language."""

    language: Lexicon

    def strength(self, form: Form, *, pointed: bool = False, called: bool = False) -> Strength:
        """How plainly a form of a message asks for a change.

        ``pointed`` says that the message names a picture of a set (a pronoun stands for it), and
        ``called`` that Limner is spoken to.
        """
        text = form.text
        if len(form.words) > MAX_WORDS or not form.words:
            return Strength.NONE
        if not pointed:
            found = self._plain(form, called=called)
            about = self.language.shapes["pronoun"].match(text) if form.asked else None
            if about and about.end() < len(text):  # "we need it in portrait format"
                found = max(found, self._plain(Form(text[about.end() :], True), called=called))
            return self._lessened(text, found, called=called)
        rest = self._after_picture(text)
        if not rest:
            return self._lessened(text, self._plain(form, called=called), called=called)
        best = max(
            self._plain(Form(rest, asked=True), called=True), self._plain(form, called=called)
        )
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

    def _lessened(self, text: str, found: Strength, *, called: bool) -> Strength:
        """Words of the office take away from what else looks like a wish; those of things that
        pictures show as well only where nothing is commanded."""
        if found is Strength.NONE:
            return found
        fronts = (self.language.front["verbs"], self.language.front["weak_verbs"])
        commanded = any(front.match(text) for front in fronts) or self._infinitive(Form(text, True))
        away = self.language.work.search(text) or (
            not commanded and self.language.everyday.search(text)
        )
        if not away:
            return found
        return Strength.PERHAPS if called else Strength.NONE

    def _plain(self, form: Form, *, called: bool) -> Strength:
        if self.language.front["idioms"].match(form.text):
            return Strength.NONE
        return max(
            self._proposal(form),
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

    def _is_talk(self, text: str) -> bool:
        words = words_of(text)
        known = self.language.words["chatter"] | self.language.words["small"]
        return all(word in known for word in words)

    def _proposal(self, form: Form) -> Strength:
        """ "How about a full moon", "how about making it snow"."""
        words = form.words
        gerund = words[0][:-3] if words[0].endswith("ing") and len(words) > 1 else ""
        verbs = self.language.words["verbs"] | self.language.words["weak_verbs"]
        if form.asked and gerund and verbs & {gerund, f"{gerund}e", gerund[:-1]}:
            return Strength.PLAIN
        if not form.proposed or self._is_talk(form.text) or len(words) > 10:
            return Strength.NONE
        article = words[0] in self.language.words["determiners"] or words[0] in ("more", "mehr")
        return Strength.PLAIN if article or self._is_visual(form.text) else Strength.NONE

    def _imperative(self, form: Form, *, called: bool) -> Strength:
        text, language = form.text, self.language
        strong = language.front["verbs"].match(text)
        if strong and language.shapes["self"].match(text, strong.end()):
            return Strength.NONE  # "remove me from this thread"
        if strong:
            return Strength.PLAIN if len(form.words) > 1 or form.asked else Strength.PERHAPS
        weak = language.front["weak_verbs"].match(text)
        if weak is None or len(form.words) < 2:
            return Strength.NONE
        rest = text[weak.end() :]
        if any(_begins(rest, phrase) for phrase in language.words["not_after_make"]):
            return Strength.NONE
        own = language.shapes["self"].match(rest) or language.shapes["own"].search(rest)
        if own or language.shapes["let_be"].fullmatch(text):
            return Strength.PERHAPS if called else Strength.NONE
        built = any(
            language.shapes[name].fullmatch(text) for name in ("let", "changed", "placed", "put_on")
        )
        contrast = re.search(r"\b(?:but|aber)\b", rest)
        if built or contrast or self._is_visual(rest) or language.shapes["view_in"].search(rest):
            return Strength.PLAIN
        return Strength.PERHAPS if form.asked or called else Strength.NONE

    def _infinitive(self, form: Form) -> Strength:
        """German puts the verb last: "den Himmel dunkler machen", "Hund dazu"."""
        endings = self.language.words.get("infinitives", frozenset())
        words = form.words
        if len(words) < 2 or words[-1] not in endings or self._has_person(form.text):
            return Strength.NONE
        if form.asked or self._is_visual(" ".join(words[:-1])):
            return Strength.PLAIN
        return Strength.PERHAPS

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
        shapes = ("same", "view", "moved", "instead")
        if _FORMAT.fullmatch(text) or any(language.shapes[n].fullmatch(text) for n in shapes):
            return Strength.PLAIN
        found = max(self._compared(form), self._bounded(form, called=called))
        if found is Strength.NONE and self._names_looks(form):
            return Strength.PLAIN
        return found

    def _compared(self, form: Form) -> Strength:
        text, language, words = form.text, self.language, form.words
        if len(words) <= 7 and any(language.has("comparatives", word) for word in words):
            known = form.asked or all(self._is_familiar(word) for word in words)
            return Strength.PLAIN if known else Strength.PERHAPS
        more = next(
            (p for p in _longest(language.words["suffix_comparative"]) if _begins(text, p)), None
        )
        if more is None or len(words) > 8:
            return Strength.NONE
        rest = text[len(more) :].strip()
        if not rest or self._is_talk(rest):
            return Strength.NONE
        plain = self._is_visual(rest) or form.asked
        return Strength.PLAIN if plain else Strength.PERHAPS

    def _is_familiar(self, word: str) -> bool:
        """Whether a word is small or of what can be seen, so that nothing else is spoken of."""
        lists = ("small", "prepositions", "determiners", "suffix_comparative", "polite")
        return _stem(word) in _seen_words(self.language) or any(
            self.language.has(name, word) for name in (*lists, *_SEEN)
        )

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
        if any(_begins(rest, word) for word in language.words["not_with"]):
            return Strength.NONE
        if head in ("with", "without", "minus", "plus", "mit", "ohne"):
            return Strength.PLAIN if not self._is_talk(rest) else Strength.NONE
        article = rest.split()[0] in language.words["determiners"]
        if self._is_visual(rest) or (head in ("as", "als") and article):
            return Strength.PLAIN
        return Strength.PERHAPS if form.asked or called else Strength.NONE

    def _names_looks(self, form: Form) -> bool:
        """Whether all of a few words are of what can be seen: "black and white", "sky darker"."""
        words, language = form.words, self.language
        small = language.words["small"] | language.words["prepositions"]
        if len(words) > 5 or not self._is_visual(form.text):
            return False
        if not form.asked and all(w in language.words["chatter"] | small for w in words):
            return False
        looks = _seen_words(language)
        return all(word in looks or word in small for word in words) and not (
            all(language.has("parts", w) or w in small for w in words) and not form.asked
        )

    def _statement(self, text: str, *, called: bool) -> Strength:
        """A duty of a thing ("the roof must be green"); to Limner itself also a complaint."""
        shapes = self.language.shapes
        duty = shapes["duty"].fullmatch(text) or shapes["may"].fullmatch(text)
        if duty and not self._has_person(duty["subject"]):
            return self._duty(text, duty["subject"], duty["rest"], called=called)
        if called and not self._has_person(text):
            if shapes["verdict"].fullmatch(text):
                return Strength.PLAIN if self._is_visual(text) else Strength.PERHAPS
            if shapes["wrong"].fullmatch(text):
                return Strength.PERHAPS
        return Strength.NONE

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

    def _says_is(self, words: list[str]) -> bool:
        """Whether it is a sentence that states something."""
        return any(self.language.has("finite", word) for word in words)

    def _has_person(self, text: str) -> bool:
        """Whether a person is the subject of what is said."""
        return self.language.subject.match(text) is not None

    def _is_visual(self, text: str) -> bool:
        """Whether one of the words is of something that can be seen."""
        looks = _seen_words(self.language)
        words = words_of(text)
        if any(word in looks or _stem(word) in looks for word in words):
            return True
        return any(phrase in text for phrase in _phrases(self.language))


def _begins(text: str, phrase: str) -> bool:
    return text == phrase or text.startswith(f"{phrase} ")


def _longest(phrases: frozenset[str]) -> list[str]:
    return sorted(phrases, key=lambda phrase: -len(phrase))


def _stem(word: str) -> str:
    """A German adjective without its ending."""
    for ending in ("eren", "erem", "eres", "erer", "ere", "en", "em", "er", "es", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


_SEEN: Final = ("visual_adjectives", "comparatives", "styles", "times", "parts", "vague")


def _seen_words(language: Lexicon) -> frozenset[str]:
    return frozenset[str]().union(*(language.words[name] for name in _SEEN))


def _phrases(language: Lexicon) -> list[str]:
    return [phrase for phrase in _seen_words(language) if " " in phrase]
