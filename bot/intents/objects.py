"""What a command acts upon, and whether that can be in the picture.

"Replace the birches" is about the picture where it shows birches; "replace the toner" is not. A
thing with a definite article must be there already, one with an indefinite article must be
something that can be drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from bot.intents.lexicon import Lexicon
from bot.intents.things import is_shown, is_thing, stem
from bot.intents.wording import words_of

_CLAUSE: Final = re.compile(r"\s*[,;:.!?…]\s+|\s+[–—-]\s+|\s+(?:and|then|und|dann|but|aber)\s+")


class Fit(IntEnum):
    """Whether what a command acts upon can be in the picture."""

    FOREIGN = 0
    """It names something that the picture has not, or somebody's own."""
    UNKNOWN = 1
    """Something new of which nothing is known."""
    WHOLE = 2
    """The picture itself ("it", "the picture")."""
    FITS = 3


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun with what stands before it: "two old lanterns"."""

    words: tuple[str, ...]
    kind: str
    """``definite``, ``indefinite``, ``bare``, ``own`` (somebody's) or ``pronoun``."""
    led_by: str = ""
    """The preposition before it."""


@dataclass(frozen=True, slots=True)
class Objects:
    """What commands of one language act upon, below a picture with these words."""

    language: Lexicon
    shown: frozenset[str] = frozenset()

    def fit(self, text: str, *, adds: bool = True) -> Fit:
        """How well the object of a command fits, with the places that are named with it.

        ``text`` is what follows the verb. Only its first clause counts. With ``adds`` the verb puts
        something new there; others speak of what is there already.
        """
        if self.language.shapes["errand"].search(text):
            return Fit.FOREIGN
        clause = _CLAUSE.split(text, maxsplit=1)[0]
        found = list(self.phrases(clause))
        if not found:
            return Fit.WHOLE if self.has_looks(clause) else Fit.UNKNOWN
        first, *others = found
        if any(phrase.kind == "own" for phrase in found):
            return Fit.FITS if self._is_ours(found) else Fit.FOREIGN
        if self._is_verb(first, others):
            return Fit.UNKNOWN
        places = [self.of_phrase(other) for other in others]
        if Fit.FOREIGN in [
            place
            for place, other in zip(places, others, strict=True)
            if other.kind == "definite" and not self._is_some_thing(other)
        ]:
            return Fit.FOREIGN
        fit = self.of_phrase(first)
        if fit is Fit.FITS and not adds and not self._is_there(first):
            fit = Fit.UNKNOWN  # "swap seats with Mia"
        away = [o for o in others if o.kind == "definite" and self.of_phrase(o) is Fit.FOREIGN]
        if first.kind == "definite" and away and not self._stands_in_view(clause):
            return Fit.FOREIGN  # "move the counter to the kitchen"
        if fit is Fit.WHOLE and Fit.FITS in places:
            return Fit.FITS
        located = [p for p, other in zip(places, others, strict=True) if self._is_place(other)]
        if fit is Fit.UNKNOWN and adds and Fit.FITS in located:
            return Fit.FITS
        if fit is Fit.FOREIGN and self._is_some_thing(first) and self._stands(clause, others):
            return Fit.FITS
        return fit

    def fit_all(self, text: str) -> bool:
        """Whether all things that a text names may be in the picture, and nothing else is named."""
        found = [self.of_phrase(phrase) for phrase in self.phrases(text)]
        return self.fit(text) is Fit.FITS and Fit.UNKNOWN not in found

    def names_view(self, text: str) -> bool:
        """Whether a text names a view of things: "close-up of the wheels"."""
        words = words_of(text)
        styles = self.language.words["styles"]
        if not any(word in styles for word in words[:2]) or len(words) < 3:
            return False
        return all(
            self.of_phrase(phrase) >= Fit.WHOLE
            or (phrase.kind == "definite" and self._is_some_thing(phrase))
            for phrase in self.phrases(text)
        )

    def _is_verb(self, first: Phrase, others: list[Phrase]) -> bool:
        """Whether the first words are a verb that is not known: a noun follows them at once."""
        known = self.of_phrase(first) is not Fit.UNKNOWN
        if others and others[0].kind == "definite" and not others[0].led_by:
            known = known and (len(first.words) != 1 or self.is_part(first.words[-1]))
        return first.kind == "bare" and bool(others) and not others[0].led_by and not known

    def of_phrase(self, phrase: Phrase) -> Fit:
        """How well one thing fits."""
        words, language = phrase.words, self.language
        if phrase.kind == "own":
            return Fit.FOREIGN
        if phrase.kind == "pronoun":
            return Fit.WHOLE
        nouns = [word for word in words if not self._is_quality(word)]
        if any(word in language.words["whole"] for word in nouns[-1:]):
            return Fit.WHOLE
        if phrase.led_by and phrase.kind == "definite" and self._is_moved(nouns):
            return Fit.FOREIGN  # "from the storage room"
        named = words if phrase.kind == "definite" or len(words) <= 3 else nouns[-1:]
        if any(self.is_part(word) for word in named):
            return Fit.FITS
        if phrase.kind == "definite":
            return Fit.FOREIGN if nouns else Fit.WHOLE
        if not nouns:
            return Fit.WHOLE
        return self._of_new_thing(nouns[-1], phrase)

    def _of_new_thing(self, noun: str, phrase: Phrase) -> Fit:
        """Whether something that the picture has not yet can be drawn.

        The German list is short, so what is neither in it nor the name of something abstract may
        be drawn too, where an article says that it is a noun.
        """
        language = self.language
        if noun in language.words["abstract"] or language.work.fullmatch(noun):
            return Fit.UNKNOWN
        if is_thing(noun, language.language):
            return Fit.FITS
        if language.language != "de" or phrase.kind != "indefinite" or len(phrase.words) > 2:
            return Fit.UNKNOWN
        return Fit.UNKNOWN if _ABSTRACT.search(noun) else Fit.FITS

    def is_part(self, word: str) -> bool:
        """Whether a word names what pictures have, or what this one shows."""
        words = self.language.words
        lists = ("parts", "styles", "times", "views")
        forms = (word, f"the {word}", stem(word, "en") if self.language.language == "en" else word)
        known = any(form in words[name] for name in lists for form in forms)
        if word in words["everyday"]:  # "change the headline"
            return is_shown(word, self.shown, self.language.language)
        known = (known or is_compound_of(word, self.language)) and word not in words["whole"]
        return known or is_shown(word, self.shown, self.language.language)

    def _is_there(self, phrase: Phrase) -> bool:
        return phrase.kind == "definite" or any(self.is_part(word) for word in phrase.words)

    def is_elsewhere(self, text: str) -> bool:
        """Whether a text begins with a thing that people move about and this picture has not."""
        first = next(self.phrases(text), None)
        if first is None or first.kind != "definite" or not self.shown:
            return False
        return self._is_moved(list(first.words)) and not self._stands_in_view(text)

    def _is_moved(self, nouns: list[str]) -> bool:
        """Whether the last word is a thing that people move about and this picture has not."""
        nouns = [noun for noun in nouns if not self._is_quality(noun)]
        if not nouns or not self.shown or nouns[-1] not in self.language.words["movable"]:
            return False
        return not is_shown(nouns[-1], self.shown, self.language.language)

    def has_looks(self, text: str) -> bool:
        """Whether a word is a quality that can be seen."""
        return any(self._is_quality(word, _LOOKS) for word in words_of(text))

    def phrases(self, clause: str) -> Iterator[Phrase]:
        """The nouns of a clause, in order."""
        words = self.language.words
        kind, led_by, run = "bare", "", list[str]()
        for word in words_of(clause):
            if run and word.endswith("ing") and not self._is_quality(word):
                word = "which"  # "a clock showing five"
            if run and word in ("that", "which", "who", "whose", "where"):
                break  # "an arrow that shows where it flows"
            article = next((name for name in _ARTICLES if word in words[name]), None)
            preposition = word in words["joints"] or word in words["prepositions"]
            if article is None and not preposition and word not in words["breaks"]:
                run.append(word)
                continue
            if run:
                yield Phrase(tuple(run), kind, led_by)
                run, led_by = [], ""
            kind = "bare"
            if preposition:
                led_by = word
            contracted = word in words["definite_joints"]
            if article == "pronouns":
                yield Phrase((word,), "pronoun", led_by)
            elif article == "own":
                yield Phrase((word,), "own", led_by)
            elif article is not None or contracted:
                kind = "definite" if contracted else _ARTICLES[article or ""]
        if run:
            yield Phrase(tuple(run), kind, led_by)

    def _is_quality(self, word: str, lists: tuple[str, ...] = ()) -> bool:
        words = self.language.words
        lists = lists or (*_LOOKS, "small", "suffix_comparative")
        bare = _SHADE.sub("", word)
        return any(w in words[name] for name in lists for w in (word, _base(word), bare))

    def _is_ours(self, found: list[Phrase]) -> bool:
        """Whether something of the team's is to be put in a place of the picture: "put our motto on
        the ribbon"."""
        own = [phrase for phrase in found if phrase.kind == "own"]
        team = all(p.words[0] in ("our", "unser", "unsere", "unseren") for p in own)
        places = [phrase for phrase in found if phrase.led_by in _LOCATIVE]
        after = [phrase for phrase in found if phrase.kind != "own"][:1]
        flag = found[0].kind == "own" and any(self.is_part(w) for p in after for w in p.words)
        return team and (flag or any(self.of_phrase(place) is Fit.FITS for place in places))

    def _is_place(self, phrase: Phrase) -> bool:
        return phrase.led_by in _LOCATIVE and phrase.kind == "definite"

    def _is_some_thing(self, phrase: Phrase) -> bool:
        return any(is_thing(word, self.language.language) for word in phrase.words[-1:])

    def _stands(self, clause: str, others: list[Phrase]) -> bool:
        behind_it = any(o.kind == "pronoun" and o.led_by in _LOCATIVE for o in others)
        return behind_it or self._stands_in_view(clause)

    def _stands_in_view(self, clause: str) -> bool:
        """Whether a place in a picture is named: "in the background", "on the left"."""
        return self.language.shapes["in_view"].search(clause) is not None


_MIN_END: Final = 4
"""Fewest letters of a compound's last part."""
_SHADE: Final = re.compile(
    r"\A(?:hell|dunkel|tief|knall|zart|blass|grell|gold|light|dark|pale|deep|bright)-?(?=\w{3})"
)
_ABSTRACT: Final = re.compile(r"(?:heit|keit|tion|tät|schaft|ismus|nis|ung|ungen|ieren|en)$")
_LOCATIVE: Final = frozenset(
    {
        *("in", "on", "at", "behind", "under", "beside", "above", "over", "around", "near"),
        *("between", "below", "inside", "outside", "next", "to", "against", "auf", "im", "am"),
        *("an", "hinter", "unter", "neben", "über", "vor", "vorm", "bei", "beim", "zwischen"),
        "um",
    }
)
_LOOKS: Final = ("visual_adjectives", "comparatives", "vague")
_ARTICLES: Final = {
    "own": "own",
    "pronouns": "pronoun",
    "definite": "definite",
    "determiners": "indefinite",
    "indefinite": "indefinite",
}


def is_comparative(word: str, language: Lexicon) -> bool:
    """Whether a word compares how things look: "grainier", "bunter"."""
    words = language.words
    if word in words["comparatives"]:
        return True
    if not word.endswith("er") or len(word) < _MIN_END + 1:
        return False
    bases = (word[:-3] + "y",) if word.endswith("ier") else (word[:-2], word[:-1], word[:-3])
    return any(base in words["visual_adjectives"] for base in bases)


def is_compound_of(word: str, language: Lexicon) -> bool:
    """Whether the last part of a German compound is of what can be seen: "Comicstil"."""
    if language.language != "de" or len(word) < 2 * _MIN_END:
        return False
    words = language.words
    lists = (words["styles"], words["times"], words["parts"])
    return any(word[at:] in known for known in lists for at in range(2, len(word) - _MIN_END + 1))


def _base(word: str) -> str:
    """A German adjective without its ending."""
    for ending in ("eren", "erem", "eres", "erer", "ere", "en", "em", "er", "es", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
