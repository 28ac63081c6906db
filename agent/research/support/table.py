"""The words of a text, to be found by what they say."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property
from typing import Final

from agent.research.support.lexicon import (
    are_opposite,
    get_kinds,
    get_meaning,
    get_synonyms,
    get_values,
)
from agent.research.support.reading import Reading, Word, get_stem

_LONG: Final = 5
"""Letters that two forms of one word share at least, where their stems differ."""
_COMPOUND: Final = 6
_NAME_START: Final = 4
"""First letters that a name shares with what is made of it."""
_OF_NAMES: Final = (
    "an", "ian", "n", "ans", "ians", "ns", "ish", "ese", "i", "is", "ic", "ism", "ist", "ists",
    "istan", "er", "isch", "ische", "ischen", "ischer", "ois", "oise", "ais", "aise", "ien",
    "ienne", "ano", "ana", "eno", "ena", "es", "esa", "s",
)  # fmt: skip
"""Endings that make an adjective or a people of a name, English, German, French or Spanish."""


class WordTable:
    """The content words of a text, to be found by stem, by meaning and by their beginnings."""

    def __init__(self, reading: Reading) -> None:
        self._stems: dict[str, list[int]] = defaultdict(list)
        self._values: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._starts: dict[str, list[Word]] = defaultdict(list)
        self._names: dict[str, list[Word]] = defaultdict(list)
        self._words = reading.words
        self._english = reading.code == "en"
        for word in reading.words:
            if word.kind == "number" or (not word.content and word.plain not in ("one", "first")):
                continue
            self._stems[word.stem].append(word.place)
            if reading.code in ("de", "nl") and word.plain.startswith("ge"):
                self._stems[get_stem(word.plain[2:], reading.code)].append(word.place)
            if word.joined and word.place:
                whole = reading.words[word.place - 1].plain + word.plain
                self._stems[get_stem(whole, reading.code)].append(word.place)
            if word.name:
                self._names[single_letters(word.plain)[:_NAME_START]].append(word)
            if word.plain != word.stem:
                self._stems[word.plain].append(word.place)
            for value in get_values(word.plain):
                self._values[value].append(word.place)
            if len(word.plain) >= _LONG:
                self._starts[word.plain[:_LONG]].append(word)

    @cached_property
    def _meanings(self) -> dict[str, list[int]]:
        """The places of the words that have each of WordNet's meanings, or a narrower one."""
        found: dict[str, list[int]] = defaultdict(list)
        for word in self._words:
            if word.content and word.kind == "word":
                meaning = get_meaning(word.plain)
                for number in meaning.same | meaning.wider:
                    found[number].append(word.place)
        return found

    def find(self, word: Word) -> list[int]:
        """The places of words that say what a word says; the surest kind of agreement only."""
        if word.stem in self._stems:
            return self._stems[word.stem]
        if word.plain in self._stems:
            return self._stems[word.plain]
        if word.kind != "word":
            return []
        kinds = (other for value in get_values(word.plain) for other in get_kinds(value))
        valued = [place for value in kinds for place in self._values.get(value, ())]
        if valued:
            return valued
        related = [
            other.place
            for other in self._starts.get(word.plain[:_LONG], ())
            if _are_forms(word.plain, other.plain)
        ]
        if word.name:
            near = self._names.get(single_letters(word.plain)[:_NAME_START], ())
            related += [w.place for w in near if are_forms_of_a_name(word.plain, w.plain)]
        return related or self._compounds(word) or self._synonyms(word)

    def _synonyms(self, word: Word) -> list[int]:
        if not self._english or word.name:
            return []
        found = [p for plain in get_synonyms(word.plain) for p in self._stems.get(plain, ())]
        meaning = get_meaning(word.plain)
        found += [p for n in meaning.same for p in self._meanings.get(n, ())]
        for number in meaning.wider:
            found += [p for p in self._meanings.get(number, ()) if self._is_wider(p, number)]
        opposite = {p for p in found if are_opposite(word.plain, self._words[p].plain)}
        return sorted(set(found) - opposite)

    def _is_wider(self, place: int, number: str) -> bool:
        """Whether a word means the wider thing itself, and not another kind of it."""
        return number in get_meaning(self._words[place].plain).same

    def _compounds(self, word: Word) -> list[int]:
        """ "Mauer" in "Stadtmauer", and the other way round."""
        if self._english or len(word.plain) < _COMPOUND:
            return []
        return [
            other.place
            for other in self._words
            if other.kind == "word"
            and len(other.plain) >= _COMPOUND
            and other.plain != word.plain
            and (other.plain.endswith(word.plain) or word.plain.endswith(other.plain))
        ]


def are_forms_of_a_name(one: str, other: str) -> bool:
    """Whether two names differ by what is made of one of them, or by a doubled letter: "Iran" and
    "Iranian", "Patterson" and "Paterson"."""
    short, long = sorted((one, other), key=len)
    if len(short) >= _LONG and single_letters(short) == single_letters(long):
        return True
    return len(short) >= _NAME_START and any(
        long == short.removesuffix("a").removesuffix("e") + ending for ending in _OF_NAMES
    )


def single_letters(plain: str) -> str:
    """A word with each doubled letter once: "Patterson" and "Paterson" are one name."""
    return re.sub(r"(.)\1", r"\1", plain)


def _are_forms(one: str, other: str) -> bool:
    """Whether two words share all but their endings ("Habsburg" and "Habsburger")."""
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared += 1
    return shared >= _LONG and shared >= max(len(one), len(other)) - 3
