"""What all rules of wishes share: words of what can be seen, persons, statements."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from bot.intents.lexicon import Lexicon
from bot.intents.objects import Objects, is_comparative, is_compound_of
from bot.intents.things import is_shown, is_thing
from bot.intents.wording import words_of


class Strength(IntEnum):
    """How plainly words are a wish about a picture."""

    NONE = 0
    PERHAPS = 1
    PLAIN = 2


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one language, below a picture with these words."""

    language: Lexicon
    shown: frozenset[str] = frozenset()

    @property
    def objects(self) -> Objects:
        """What commands act upon."""
        return Objects(self.language, self.shown)

    def _is_talk(self, text: str) -> bool:
        words = words_of(text)
        known = self.language.words["chatter"] | self.language.words["small"]
        return all(word in known for word in words)

    def _says_is(self, words: list[str]) -> bool:
        """Whether it is a sentence that states something."""
        return any(self.language.has("finite", word) for word in words)

    def _has_person(self, text: str) -> bool:
        """Whether a person is the subject of what is said."""
        return self.language.subject.match(text) is not None

    def _is_visual(self, text: str) -> bool:
        """Whether one of the words is of something that can be seen."""
        looks = seen_words(self.language)
        words = words_of(text)
        if any(word in looks or bare_adjective(word) in looks for word in words):
            return True
        if any(is_compound_of(word, self.language) for word in words):
            return True
        return any(phrase in text for phrase in _phrases(self.language))

    def _is_familiar(self, word: str) -> bool:
        """Whether a word is small or of what can be seen, so that nothing else is spoken of."""
        lists = ("small", "prepositions", "determiners", "suffix_comparative", "polite", "joints")
        if word.endswith("ier"):
            return True  # another comparative: "darker and smokier"
        if self.objects.is_part(word) or is_thing(word, self.language.language):
            return True
        return (
            bare_adjective(word) in seen_words(self.language)
            or any(self.language.has(name, word) for name in (*lists, *SEEN))
            or is_comparative(word, self.language)
        )

    def _names_work(self, words: re.Pattern[str], text: str) -> bool:
        """Whether a word of the office is said that is none of the picture's."""
        language = self.language.language
        return any(
            not all(is_shown(part, self.shown, language) for part in words_of(found[0]))
            for found in words.finditer(text)
        )


def begins(text: str, phrase: str) -> bool:
    """Whether a text begins with a whole phrase."""
    return text == phrase or text.startswith(f"{phrase} ")


def longest(phrases: frozenset[str]) -> list[str]:
    """Phrases, the longer ones first."""
    return sorted(phrases, key=lambda phrase: -len(phrase))


def bare_adjective(word: str) -> str:
    """A German adjective without its ending."""
    for ending in ("eren", "erem", "eres", "erer", "ere", "en", "em", "er", "es", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


SEEN: Final = ("visual_adjectives", "comparatives", "styles", "times", "parts", "vague")


def seen_words(language: Lexicon) -> frozenset[str]:
    """All words of what can be seen."""
    return frozenset[str]().union(*(language.words[name] for name in SEEN))


def _phrases(language: Lexicon) -> list[str]:
    return [phrase for phrase in seen_words(language) if " " in phrase]
