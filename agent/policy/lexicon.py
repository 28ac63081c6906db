"""The words that the rules know: data files, indexed for one pass over a text.

Each file in ``lexicon/`` holds words of the language that its key ``language`` names and gives, for
each feature, terms with their public source; a language may have several files. A term is one or
more words; ``*`` at the end of a word stands for any ending, at both ends of one word for any word
that holds it. Languages without blanks between words are searched within words.

Further keys of a file: ``ambiguous`` lists terms that are ordinary words of other languages, which
count only in texts of its own language; ``related`` names languages for which a short text in this
one is easily taken; ``prefixes`` lists what the language writes onto the front of words, such as
the Hebrew article.
"""

from __future__ import annotations

import gc
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final, NamedTuple, cast

from agent.policy.normalise import fold_terms

ALWAYS: Final = frozenset({"en"})
"""Languages whose words count in every text, since people mix them in."""
LONGEST_STEM: Final = 24
SHORTEST_JOINED: Final = 4
"""Letters of a term that is looked for in runs without blanks."""
SHORTEST_HOLDING: Final = 6
LONGEST_HOLDING: Final = 60
"""Letters of a word in which terms with a star in front are looked for."""
TELLING: Final = frozenset({"child", "young", "nude", "sexual", "undress", "pose"})
"""Features whose terms tell what language a text may be in."""
PARTS: Final = TELLING | {"csam"}
"""Features whose terms are looked for in words that hold two, or are turned round."""
SPLIT: Final = frozenset({"child", "nude"})
"""Features whose words are looked for in pairs of words too."""
UNJOINED: Final = frozenset({"vi"})
"""Languages of short syllables, which would be found in any run."""
WITHIN: Final = "_cjk"
"""Ending of a feature whose terms are searched within words."""
_ANYWHERE: Final[frozenset[str]] = frozenset()
_STEM: Final = (True,)
_WHOLE: Final = (False,)


class Term(NamedTuple):
    """A term as it is matched: words, of which those in ``stems`` match by their beginning."""

    words: tuple[str, ...]
    stems: tuple[bool, ...]
    feature: str
    language: str
    only_in: frozenset[str] = _ANYWHERE
    """The languages in whose texts alone it counts, since it is an ordinary word of others."""

    def matches(self, words: Sequence[str], start: int) -> bool:
        """Whether it stands at ``start``, where its first word was found."""
        if len(self.words) == 1:
            return True
        here = words[start + 1 : start + len(self.words)]
        if len(here) < len(self.words) - 1:
            return False
        return all(
            word.startswith(own) if stem else word == own
            for own, stem, word in zip(self.words[1:], self.stems[1:], here, strict=True)
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

    def __init__(self, files: Iterable[Mapping[str, Any]]) -> None:
        self._exact: dict[str, list[Term]] = defaultdict(list)
        self._stems: dict[str, list[Term]] = defaultdict(list)
        self._inside: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._held: list[tuple[str, str, str]] = []
        self._joined: dict[str, tuple[tuple[str, str], ...]] = {}
        self._split: dict[str, list[str]] = defaultdict(list)
        self._prefixes: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for content in files:
            language = str(content["language"])
            own = frozenset((language, *content.get("related", ())))
            within = not content.get("whole_words", True)
            ambiguous = frozenset(fold_terms(content.get("ambiguous", ())))
            for prefix in content.get("prefixes", ()):
                self._prefixes[prefix[0]].append((prefix, language))
            for feature, entry in content.items():
                if isinstance(entry, dict):
                    # Files for all languages keep the terms of those without blanks apart.
                    name = feature.removesuffix(WITHIN)
                    inside = within or name != feature
                    terms = cast("dict[str, list[str]]", entry)["terms"]
                    for raw, term in zip(terms, fold_terms(terms), strict=True):
                        limited = term.replace("*", "") in ambiguous
                        self._add(
                            term,
                            name,
                            language,
                            # Full-width letters stand within words, plain Latin ones apart.
                            within=inside and not raw.isascii(),
                            only_in=own if limited else _ANYWHERE,
                        )

    def find(self, words: Sequence[str], languages: frozenset[str]) -> Iterator[Hit]:
        """Every term in a reading; of ambiguous ones those of the given languages and of languages
        that other terms in the reading are of."""
        doubtful: list[tuple[Term, Hit]] = []
        seen = set(languages)
        offset = 0
        for number, word in enumerate(words):
            for term in self._starting(word):
                if term.matches(words, number):
                    length = sum(len(w) + 1 for w in words[number : number + len(term.words)]) - 1
                    hit = Hit(term.feature, offset, offset + length)
                    if term.only_in:
                        doubtful.append((term, hit))
                        continue
                    if term.feature in TELLING:
                        seen.add(term.language)
                    yield hit
            if SHORTEST_HOLDING <= len(word) <= LONGEST_HOLDING:
                for part, feature, language in self._held:
                    if part in word:
                        seen.add(language)
                        yield Hit(feature, offset, offset + len(word))
                yield from self._halves(word, offset)
            offset += len(word) + 1
        if not all(map(str.isascii, words)):
            yield from self._within(" ".join(words))
        # Half of a short text in words of one language is no chance either.
        for language in {term.language for term, _ in doubtful}:
            places = {hit.start for term, hit in doubtful if term.language == language}
            if len(places) > 1 and 2 * len(places) >= len(words):
                seen.add(language)
        yield from (hit for term, hit in doubtful if not term.only_in.isdisjoint(seen))

    def _halves(self, word: str, offset: int) -> Iterator[Hit]:
        """Words that are two terms of one language in one."""
        for at in range(SHORTEST_JOINED, len(word) - SHORTEST_JOINED + 1):
            first, second = self._joined.get(word[:at]), self._joined.get(word[at:])
            if first and second:
                for language, feature in first:
                    for other_language, other in second:
                        if language == other_language and {feature, other} <= PARTS:
                            yield Hit(feature, offset, offset + len(word))
                            yield Hit(other, offset, offset + len(word))

    def get_features(self, word: str) -> Sequence[str]:
        """The features of an English term, without its blanks."""
        return [f for language, f in self._joined.get(word, ()) if language in ALWAYS]

    def get_split_features(self, word: str) -> Sequence[str]:
        """The features of an English word that somebody wrote as two, such as "na ked"."""
        return self._split.get(word, ())

    def find_joined(self, run: str) -> Iterator[Hit]:
        """Terms in a run of letters without blanks between its words."""
        for start in range(len(run)):
            for end in range(start + SHORTEST_JOINED, min(len(run), start + LONGEST_STEM) + 1):
                for _, feature in self._joined.get(run[start:end], ()):
                    yield Hit(feature, 0, 1)

    def find_masked(self, pattern: re.Pattern[str]) -> Iterator[Hit]:
        """Single words that a pattern with masked letters may stand for."""
        first = pattern.pattern[0]
        for term, features in self._joined.items():
            if term[0] == first and pattern.fullmatch(term):
                for _, feature in features:
                    yield Hit(feature, 0, 1)

    def _within(self, reading: str) -> Iterator[Hit]:
        for at, char in enumerate(reading):
            for term, feature in self._inside.get(char, ()):
                if reading.startswith(term, at):
                    yield Hit(feature, at, at + len(term))

    def _starting(self, word: str) -> Iterator[Term]:
        """The terms that a word may begin."""
        yield from self._starting_as_it_is(word)
        for prefix, language in self._prefixes.get(word[0], ()):
            if word.startswith(prefix) and len(word) > len(prefix) + 1:
                for term in self._starting_as_it_is(word[len(prefix) :]):
                    if term.language == language:
                        yield term

    def _starting_as_it_is(self, word: str) -> Iterator[Term]:
        yield from self._exact.get(word, ())
        for length in range(1, min(len(word), LONGEST_STEM) + 1):
            yield from self._stems.get(word[:length], ())

    def _add(
        self, text: str, feature: str, language: str, *, within: bool, only_in: frozenset[str]
    ) -> None:
        if text.startswith("*"):
            self._held.append((text.strip("*"), feature, language))
            return
        if " " in text:
            parts = text.split()
            words = tuple([part.rstrip("*") for part in parts])
            stems = tuple([part[-1] == "*" for part in parts])
        else:
            words = (text.rstrip("*"),)
            stems = _STEM if text[-1] == "*" else _WHOLE
        if within:
            plain = " ".join(words)
            for written in {plain, plain.replace(" ", "")}:
                self._inside[written[0]].append((written, feature))
            return
        joined = "".join(words)
        if len(joined) >= SHORTEST_JOINED and language not in UNJOINED and not only_in:
            self._joined[joined] = (*self._joined.get(joined, ()), (language, feature))
            if language in ALWAYS and len(words) == 1 and feature in SPLIT:
                self._split[joined].append(feature)
        term = Term(words, stems, feature, language, only_in)
        (self._stems if stems[0] else self._exact)[words[0]].append(term)


@lru_cache(maxsize=1)
def get_lexicon() -> Lexicon:
    """The lexicon of all data files; read when it is first needed."""
    folder = resources.files("agent.policy") / "lexicon"
    collecting = gc.isenabled()
    gc.disable()  # the many tuples made here are all kept: looking through them costs a quarter
    try:
        return Lexicon(
            tomllib.loads(file.read_text(encoding="utf-8"))
            for file in folder.iterdir()
            if file.name.endswith(".toml")
        )
    finally:
        if collecting:
            gc.enable()
