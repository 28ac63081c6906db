"""The words that the rules know: data files, one a language, indexed for one pass over a text.

Each file in ``lexicon/`` names, for each feature, terms with their public source. A term is one or
more words; ``*`` at the end of a word stands for any ending, at both ends of one word for any word
that holds it. Languages without blanks between words are searched within words.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final, cast

from agent.policy.normalise import fold

ALWAYS: Final = frozenset({"en"})
"""Languages whose words count in every text, since people mix them in."""
LONGEST_STEM: Final = 24
SHORTEST_JOINED: Final = 4
"""Letters of a term that is looked for in runs without blanks."""
SHORTEST_HOLDING: Final = 6
"""Letters of a word in which terms with a star in front are looked for."""
TELLING: Final = frozenset({"child", "young", "nude", "sexual", "undress", "pose"})
"""Features whose terms tell what language a text may be in."""
SPLIT: Final = frozenset({"child", "nude"})
"""Features whose words are looked for in pairs of words too."""
UNJOINED: Final = frozenset({"vi"})
"""Languages of short syllables, which would be found in any run."""
WITHIN: Final = "_cjk"
"""Ending of a feature whose terms are searched within words."""


@dataclass(frozen=True, slots=True)
class Term:
    """A term as it is matched: words, of which those in ``stems`` match by their beginning."""

    words: tuple[str, ...]
    stems: tuple[bool, ...]
    feature: str
    language: str
    ambiguous: bool
    """Whether it is an ordinary word of another language, so that it counts only in its own."""

    def matches(self, words: Sequence[str], start: int) -> bool:
        """Whether it stands at ``start``."""
        if start + len(self.words) > len(words):
            return False
        return all(
            word.startswith(own) if stem else word == own
            for own, stem, word in zip(self.words, self.stems, words[start:], strict=False)
        )


@dataclass(frozen=True, slots=True)
class Hit:
    """A term found in a reading: characters from ``start`` to before ``end``, where the words of
    the reading stand one blank apart."""

    feature: str
    start: int
    end: int


class Lexicon:
    """All languages together."""

    def __init__(self, files: Mapping[str, Mapping[str, Any]]) -> None:
        self._exact: dict[str, list[Term]] = defaultdict(list)
        self._stems: dict[str, list[Term]] = defaultdict(list)
        self._inside: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._held: list[tuple[str, str, str]] = []
        self._joined: dict[str, list[str]] = defaultdict(list)
        self._split: dict[str, list[str]] = defaultdict(list)
        for language, content in files.items():
            within = not content.get("whole_words", True)
            ambiguous = frozenset(fold(t) for t in content.get("ambiguous", ()))
            for feature, entry in content.items():
                if isinstance(entry, dict):
                    # Files for all languages keep the terms of those without blanks apart.
                    name = feature.removesuffix(WITHIN)
                    inside = within or name != feature
                    for term in cast("dict[str, list[str]]", entry)["terms"]:
                        self._add(term, name, language, within=inside, ambiguous=ambiguous)

    def find(self, words: Sequence[str], languages: frozenset[str]) -> Iterator[Hit]:
        """Every term in a reading; of ambiguous ones those of the given languages and of languages
        that other terms in the reading are of."""
        doubtful: list[tuple[str, Hit]] = []
        seen = set(languages)
        offset = 0
        for number, word in enumerate(words):
            for term in self._starting(word):
                if term.matches(words, number):
                    length = sum(len(w) + 1 for w in words[number : number + len(term.words)]) - 1
                    hit = Hit(term.feature, offset, offset + length)
                    if term.ambiguous:
                        doubtful.append((term.language, hit))
                        continue
                    if term.feature in TELLING:
                        seen.add(term.language)
                    yield hit
            if len(word) >= SHORTEST_HOLDING:
                for part, feature, language in self._held:
                    if part in word:
                        seen.add(language)
                        yield Hit(feature, offset, offset + len(word))
                yield from self._halves(word, offset)
            offset += len(word) + 1
        if not all(map(str.isascii, words)):
            yield from self._within(" ".join(words))
        yield from (hit for language, hit in doubtful if language in seen)

    def _halves(self, word: str, offset: int) -> Iterator[Hit]:
        """Words that are two terms in one."""
        for at in range(SHORTEST_JOINED, len(word) - SHORTEST_JOINED + 1):
            for half, other in ((word[:at], word[at:]), (word[at:], word[:at])):
                if half in self._joined and other in self._joined:
                    for feature in self._joined[half]:
                        yield Hit(feature, offset, offset + len(word))

    def get_features(self, word: str) -> Sequence[str]:
        """The features of a term as it stands in the data, without its blanks."""
        return self._joined.get(word, ())

    def get_split_features(self, word: str) -> Sequence[str]:
        """The features of an English word that somebody wrote as two, such as "na ked"."""
        return self._split.get(word, ())

    def find_joined(self, run: str) -> Iterator[Hit]:
        """Terms in a run of letters without blanks between its words."""
        for start in range(len(run)):
            for end in range(start + SHORTEST_JOINED, min(len(run), start + LONGEST_STEM) + 1):
                for feature in self._joined.get(run[start:end], ()):
                    yield Hit(feature, 0, 1)

    def find_masked(self, pattern: re.Pattern[str]) -> Iterator[Hit]:
        """Single words that a pattern with masked letters may stand for."""
        for term, features in self._joined.items():
            if term[0] == pattern.pattern[0] and pattern.fullmatch(term):
                for feature in features:
                    yield Hit(feature, 0, 1)

    def _within(self, reading: str) -> Iterator[Hit]:
        for at, char in enumerate(reading):
            for term, feature in self._inside.get(char, ()):
                if reading.startswith(term, at):
                    yield Hit(feature, at, at + len(term))

    def _starting(self, word: str) -> Iterator[Term]:
        yield from self._exact.get(word, ())
        for length in range(1, min(len(word), LONGEST_STEM) + 1):
            yield from self._stems.get(word[:length], ())

    def _add(
        self, text: str, feature: str, language: str, *, within: bool, ambiguous: frozenset[str]
    ) -> None:
        # fold() would drop the stars, so the words are folded one by one.
        plain_text = re.sub("['’.-]", " ", text)
        parts = [(fold(part.rstrip("*")), part.endswith("*")) for part in plain_text.split()]
        if text.startswith("*"):
            self._held.append((fold(text.strip("*")), feature, language))
            return
        if within and not text.isascii():
            plain = " ".join(part for part, _ in parts)
            for written in {plain, plain.replace(" ", "")}:
                self._inside[written[0]].append((written, feature))
            return
        words = tuple(part for part, _ in parts)
        if len(joined := "".join(words)) >= SHORTEST_JOINED and language not in UNJOINED:
            self._joined[joined].append(feature)
            if language in ALWAYS and len(words) == 1 and feature in SPLIT:
                self._split[joined].append(feature)
        term = Term(
            words,
            tuple(stem for _, stem in parts),
            feature,
            language,
            language not in ALWAYS and " ".join(words) in ambiguous,
        )
        (self._stems if term.stems[0] else self._exact)[words[0]].append(term)


@lru_cache(maxsize=1)
def get_lexicon() -> Lexicon:
    """The lexicon of all data files; read when it is first needed."""
    folder = resources.files("agent.policy") / "lexicon"
    files = {
        file.name.removesuffix(".toml"): tomllib.loads(file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    }
    return Lexicon(files)
