"""The words that the rules know: data files, indexed for one pass over a text.

Each file in ``lexicon/`` holds words of the language that its key ``language`` names and gives, for
each feature, terms with their public source; a language may have several files. A file for all
languages may list the terms of a feature by language instead: a table of concepts. A term is one or
more words; ``*`` at the end of a word stands for any ending, at both ends of one word for any word
that holds it. Languages without blanks between words are searched within words.

Further keys of a file: ``ambiguous`` lists terms that are ordinary words of other languages, which
count only in texts of its own language; ``elsewhere`` names the languages in which a term is such a
word, so that it does not count in texts of these alone; ``spelled`` lists terms without diacritics
that are ordinary words of the language with them; ``related`` names languages for which a short
text in this one is easily taken; ``prefixes`` lists what the language writes onto the front of
words, such as the Hebrew article.
"""

from __future__ import annotations

import gc
import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final, NamedTuple, TypedDict, cast

from agent.language.normalise import TONED, fold_terms
from agent.policy.compiled import kept
from domain.made_once import made_once

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
MANY: Final = "mul"
"""The language of files for all of them (ISO 639-2)."""
TONAL: Final = "vi"
ELSEWHERE: Final = "elsewhere"
TERMS: Final = "terms"
"""Key of the terms of a feature that are not told apart by language."""
UNPARTED: Final = frozenset({"zh", "ja", "ko", "th"})
"""Languages whose terms are searched within words."""
SHORTEST_SHARED: Final = 6
"""Shorter Latin words of a table of concepts count only in texts of their own language."""
_ANYWHERE: Final[frozenset[str]] = frozenset()
_LATIN_WORD: Final = re.compile("[a-z\u00df-\u024f]+")
KEPT_WORDS: Final = 20_000
LONGEST_KEPT: Final = 40
"""How many words are remembered with what they may be, and the letters of the longest of them."""
_BETWEEN: Final = "\n"
_WITHIN_TERM: Final = "\t"
_STEM: Final = (True,)
_WHOLE: Final = (False,)


class Term(NamedTuple):
    """A term as it is matched, from its second word on: the first led to it."""

    rest: tuple[tuple[str, bool], ...]
    """The further words, and whether each matches by its beginning."""
    feature: str
    language: str
    only_in: frozenset[str] = _ANYWHERE
    """The languages in whose texts alone it counts, since it is an ordinary word of others."""
    not_in: frozenset[str] = _ANYWHERE
    """The languages of which it is an ordinary word."""
    toned: str = ""
    """A Vietnamese term with its tones, which tell words apart."""
    spelled: str = ""
    """The beginning of a single word with its diacritics, without which it may be another word."""

    def matches(self, words: Sequence[str], start: int) -> bool:
        """Whether it stands at ``start``, where its first word was found."""
        if start + len(self.rest) >= len(words):
            return False
        for at, (own, stem) in enumerate(self.rest, start + 1):
            if not (words[at].startswith(own) if stem else words[at] == own):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Hit:
    """A term found in a reading: characters from ``start`` to before ``end``, where the words of
    the reading stand one blank apart."""

    feature: str
    start: int
    end: int
    toned: str = ""
    """The term with its tones, if it is Vietnamese."""
    spelled: str = ""
    """How the word begins with its diacritics, where these may tell it from another."""
    language: str = ""
    """The language that the term is of; empty for what is found within words."""


class Tables(TypedDict):
    """The index of all terms as plain data, which can be kept as JSON."""

    exact: dict[str, str]
    """Terms by their first word, packed into one text (:func:`_pack`): few are ever wanted."""
    stems: dict[str, str]
    """The same, by the beginning of their first word."""
    inside: dict[str, list[tuple[str, str]]]
    """What is searched within words, by its first sign, with its feature."""
    held: list[tuple[str, str, str]]
    """What words may hold, with its feature and language."""
    joined: dict[str, int]
    """Terms without their blanks; the number is a place in ``meanings``."""
    meanings: list[list[tuple[str, str]]]
    """Languages with features."""
    split: dict[str, list[str]]
    prefixes: dict[str, list[tuple[str, str]]]


class _Index:
    """Makes the tables of all languages together."""

    def __init__(self, files: Iterable[Mapping[str, Any]]) -> None:
        self._exact: dict[str, list[str]] = defaultdict(list)
        self._stems: dict[str, list[str]] = defaultdict(list)
        self._inside: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._held: list[tuple[str, str, str]] = []
        self._joined: dict[str, tuple[tuple[str, str], ...]] = {}
        self._split: dict[str, list[str]] = defaultdict(list)
        self._prefixes: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for content in files:
            language = str(content["language"])
            within = not content.get("whole_words", True)
            ambiguous = frozenset(fold_terms(content.get("ambiguous", ())))
            elsewhere: dict[str, list[str]] = content.get(ELSEWHERE, {})
            exactly = frozenset(content.get("spelled", ()))
            for prefix in content.get("prefixes", ()):
                self._prefixes[prefix[0]].append((prefix, language))
            for feature, entry in content.items():
                if not isinstance(entry, dict) or feature == ELSEWHERE:
                    continue
                # Files for all languages keep the terms of those without blanks apart.
                name = feature.removesuffix(WITHIN)
                for key, terms in cast("dict[str, list[str] | str]", entry).items():
                    if isinstance(terms, str):
                        continue  # the source
                    inside = within or name != feature or key in UNPARTED
                    of = language if key == TERMS else key
                    own = frozenset((of, *content.get("related", ())))
                    for raw, term in zip(terms, fold_terms(terms), strict=True):
                        toned = _get_toned(raw, of)
                        if of == MANY and toned:
                            # Without its tones it is an ordinary word of other languages.
                            spoken, only_in = TONAL, frozenset((TONAL,))
                        else:
                            limited = term.replace("*", "") in ambiguous or (
                                key != TERMS and _is_shared(term, key)
                            )
                            spoken, only_in = of, own if limited else _ANYWHERE
                        self._add(
                            term,
                            name,
                            spoken,
                            # Full-width letters stand within words, plain Latin ones apart.
                            within=inside and not raw.isascii(),
                            only_in=only_in,
                            not_in=frozenset(elsewhere.get(term.rstrip("*"), ())),
                            toned=toned,
                            spelled="" if toned else _get_spelled(raw, of, exactly),
                        )

    def get_tables(self) -> Tables:
        """The tables of the files."""
        meanings: dict[tuple[tuple[str, str], ...], int] = {}
        return {
            "exact": {word: _BETWEEN.join(packed) for word, packed in self._exact.items()},
            "stems": {word: _BETWEEN.join(packed) for word, packed in self._stems.items()},
            "inside": dict(self._inside),
            "held": self._held,
            "joined": {
                word: meanings.setdefault(found, len(meanings))
                for word, found in self._joined.items()
            },
            "meanings": [list(found) for found in meanings],
            "split": dict(self._split),
            "prefixes": dict(self._prefixes),
        }

    def _add(
        self,
        text: str,
        feature: str,
        language: str,
        *,
        within: bool,
        only_in: frozenset[str],
        not_in: frozenset[str],
        toned: str,
        spelled: str,
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
        if len(joined) >= SHORTEST_JOINED and language not in UNJOINED and not only_in | not_in:
            self._joined[joined] = (*self._joined.get(joined, ()), (language, feature))
            if language in ALWAYS and len(words) == 1 and feature in SPLIT:
                self._split[joined].append(feature)
        rest = [f"{word}*" if stem else word for word, stem in zip(words, stems, strict=True)][1:]
        packed = _pack(rest, Term((), feature, language, only_in, not_in, toned, spelled))
        (self._stems if stems[0] else self._exact)[words[0]].append(packed)


class _Known(NamedTuple):
    """What a word may be."""

    terms: tuple[Term, ...]
    parts: tuple[tuple[str, str], ...] = ()
    """What it holds: features with languages."""
    halves: tuple[str, ...] = ()
    """The features of two terms that it may be made of."""


class Lexicon:
    """The terms of all languages, found in texts."""

    def __init__(self, tables: Tables) -> None:
        self._exact, self._stems = tables["exact"], tables["stems"]
        self._inside, self._held = tables["inside"], tables["held"]
        self._joined, self._meanings = tables["joined"], tables["meanings"]
        self._split, self._prefixes = tables["split"], tables["prefixes"]
        # The readings of a text differ in few words, and most words come again in other texts.
        self._known = lru_cache(maxsize=KEPT_WORDS)(self._look_up)

    def find(self, words: Sequence[str], languages: frozenset[str]) -> Iterator[Hit]:
        """Every term in a reading; of ambiguous ones those of the given languages and of languages
        that other terms in the reading are of."""
        doubtful: list[tuple[Term, Hit]] = []
        seen: set[str] = set()
        offset = 0
        for number, word in enumerate(words):
            known = self._known(word) if len(word) <= LONGEST_KEPT else self._look_up(word)
            for term in known.terms:
                if term.matches(words, number):
                    length = (
                        sum(len(w) + 1 for w in words[number : number + len(term.rest) + 1]) - 1
                    )
                    end = offset + length
                    hit = Hit(term.feature, offset, end, term.toned, term.spelled, term.language)
                    if term.only_in or not term.not_in.isdisjoint(languages):
                        doubtful.append((term, hit))
                        continue
                    if term.feature in TELLING:
                        seen.add(term.language)
                    yield hit
            for feature, language in known.parts:
                seen.add(language)
                yield Hit(feature, offset, offset + len(word))
            for feature in known.halves:
                yield Hit(feature, offset, offset + len(word))
            offset += len(word) + 1
        if not all(map(str.isascii, words)):
            yield from self._within(" ".join(words))
        # Half of a short text in words of one language is no chance either.
        for language in {term.language for term, _ in doubtful}:
            places = {
                hit.start
                for term, hit in doubtful
                if term.language == language and term.not_in.isdisjoint(languages)
            }
            if len(places) > 1 and 2 * len(places) >= len(words):
                seen.add(language)
        for term, hit in doubtful:
            # A word of two languages that the text may be in counts where another one tells which.
            told = seen if not term.not_in.isdisjoint(languages) else seen | languages
            if not (term.only_in or {term.language}).isdisjoint(told):
                yield hit

    def _look_up(self, word: str) -> _Known:
        """What a word may be, wherever it stands."""
        if not SHORTEST_HOLDING <= len(word) <= LONGEST_HOLDING:
            return _Known(tuple(self._starting(word)))
        return _Known(
            tuple(self._starting(word)),
            tuple((feature, lang) for part, feature, lang in self._held if part in word),
            tuple(self._halves(word)),
        )

    def _halves(self, word: str) -> Iterator[str]:
        """The features of a word that is two terms of one language in one."""
        for at in range(SHORTEST_JOINED, len(word) - SHORTEST_JOINED + 1):
            first, second = self._joined.get(word[:at]), self._joined.get(word[at:])
            if first is not None and second is not None:
                for language, feature in self._meanings[first]:
                    for other_language, other in self._meanings[second]:
                        if language == other_language and {feature, other} <= PARTS:
                            yield from (feature, other)

    def get_features(self, word: str) -> Sequence[str]:
        """The features of an English term, without its blanks."""
        return [f for language, f in self._meanings_of(word) if language in ALWAYS]

    def get_split_features(self, word: str) -> Sequence[str]:
        """The features of an English word that somebody wrote as two, such as "na ked"."""
        return self._split.get(word, ())

    def find_joined(self, run: str) -> Iterator[Hit]:
        """Terms in a run of letters without blanks between its words."""
        for start in range(len(run)):
            for end in range(start + SHORTEST_JOINED, min(len(run), start + LONGEST_STEM) + 1):
                for _, feature in self._meanings_of(run[start:end]):
                    yield Hit(feature, 0, 1)

    def find_masked(self, pattern: re.Pattern[str]) -> Iterator[Hit]:
        """Single words that a pattern with masked letters may stand for."""
        first = pattern.pattern[0]
        for term, place in self._joined.items():
            if term[0] == first and pattern.fullmatch(term):
                for _, feature in self._meanings[place]:
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
        if packed := self._exact.get(word):
            yield from map(_unpack, packed.split(_BETWEEN))
        for length in range(1, min(len(word), LONGEST_STEM) + 1):
            if packed := self._stems.get(word[:length]):
                yield from map(_unpack, packed.split(_BETWEEN))

    def _meanings_of(self, joined: str) -> Sequence[tuple[str, str]]:
        place = self._joined.get(joined)
        return () if place is None else self._meanings[place]


def _pack(rest: Sequence[str], term: Term) -> str:
    """A term as a text; neither terms nor names hold the signs between its parts."""
    languages = (" ".join(sorted(term.only_in)), " ".join(sorted(term.not_in)))
    return _WITHIN_TERM.join(
        (term.feature, term.language, *languages, term.toned, term.spelled, *rest)
    )


@lru_cache(maxsize=2_000)
def _unpack(packed: str) -> Term:
    feature, language, only_in, not_in, toned, spelled, *rest = packed.split(_WITHIN_TERM)
    words = tuple((word.rstrip("*"), word.endswith("*")) for word in rest)
    limits = frozenset(only_in.split()), frozenset(not_in.split())
    return Term(words, feature, language, *limits, toned, spelled)


def _is_shared(term: str, language: str) -> bool:
    """Whether a term of a table of concepts is so short that other languages may have it too."""
    word = term.rstrip("*")
    return language not in ALWAYS and len(word) < SHORTEST_SHARED and word.isascii()


def _get_toned(term: str, language: str) -> str:
    if term.isascii() and language != "vi":
        return ""
    folded = unicodedata.normalize("NFC", term).casefold()
    return folded.replace("*", "") if language == "vi" or TONED.search(folded) else ""


def _get_spelled(term: str, language: str, exactly: frozenset[str]) -> str:
    """A single Latin word with its diacritics, if it has any or counts only without."""
    word = unicodedata.normalize("NFC", term).casefold().rstrip("*")
    if language in ALWAYS or not _LATIN_WORD.fullmatch(word):
        return ""
    return "" if word.isascii() and term not in exactly else word


@made_once
def get_lexicon() -> Lexicon:
    """The lexicon of all data files; read when it is first needed."""
    package = resources.files("agent.policy")
    folder = package / "lexicon"
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".toml"))
    files = [(folder / name).read_bytes() for name in names]
    language = resources.files("agent.language")
    code = [(package / "lexicon.py").read_bytes(), (language / "normalise.py").read_bytes()]
    collecting = gc.isenabled()
    gc.disable()  # all that is made here is kept: looking through it costs a quarter
    try:
        return Lexicon(kept("lexicon", lambda: get_tables(files), made_from=[*files, *code]))
    finally:
        if collecting:
            gc.enable()


def get_tables(files: Iterable[bytes]) -> Tables:
    """The tables of data files."""
    return _Index(tomllib.loads(content.decode()) for content in files).get_tables()
