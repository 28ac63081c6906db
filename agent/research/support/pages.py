"""The pages that were read, by their passages, for many claims about the same pages."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Final

from agent.language.identification import find_language, find_languages
from agent.research.support.dates import Moment, get_moments
from agent.research.support.lexicon import fold, get_languages, get_number_words, get_unit
from agent.research.support.quantities import Quantity, get_quantities
from agent.research.support.reading import Reading, Word, get_stem, read
from agent.research.support.table import WordTable, single_letters
from domain.research import Source
from domain.sentence_vectors import sentence_vectors
from domain.sentences import Passage, sentences

MAX_PASSAGE_CHARS: Final = 300
MAX_PASSAGES: Final = 2_000
MAX_CANDIDATES: Final = 8
"""Passages that a claim is compared with."""
WINDOW: Final = 2
"""The number of passages before and after one that resolve "she" and "it"."""
_TELLING: Final = 2.0
"""Weight of a name or a number among a claim's words."""
_LANGUAGE_CHARS: Final = 400
MAX_READ_ACROSS: Final = 16
"""Passages in another language that are compared with a claim in meaning; one takes 2 ms."""
_ACROSS_CHARS: Final = 200
_SHORTEST_ACROSS: Final = 25
"""Characters of a claim whose language is told from its page's."""
_NEAR_ACROSS: Final = 3
_PIECE: Final = re.compile(
    r"\d+(?:[.,’']\d+)*|[^\W\d_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]+"
    r"|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]+"
)


@lru_cache(maxsize=500)
def get_claim_code(claim: str, code: str) -> str:
    """The language to read a claim in: that of the page, whose code is given, unless the claim is
    surely in another one, which a few words do not tell."""
    if len(claim) < _SHORTEST_ACROSS:
        return code
    possible = find_languages(claim)
    if not possible or code in possible:
        return code
    own = find_language(claim)
    return own if own is not None and own in get_languages() else code


def get_passages(text: str) -> list[Passage]:
    """The first 2,000 sentences of a text in order, each at most 300 characters."""
    found = sentences(text, most=MAX_PASSAGES)
    return [replace(sentence, text=_cut(sentence.text)) for sentence in found]


def _cut(sentence: str) -> str:
    if len(sentence) <= MAX_PASSAGE_CHARS:
        return sentence
    cut = sentence[:MAX_PASSAGE_CHARS]
    clause = max(cut.rfind(mark) for mark in (", ", "; ", "，", "、"))
    place = clause if clause > MAX_PASSAGE_CHARS // 2 else cut.rfind(" ")
    return (cut[:place] if place > MAX_PASSAGE_CHARS // 3 else cut).rstrip()


_NOT_WORDS: Final = re.compile(r"[^\w%°$€£]+")


def fold_text(text: str) -> str:
    """A text in lower case, with one blank for all that is no word: quotation marks, blanks,
    dashes."""
    return _NOT_WORDS.sub(" ", text.casefold()).strip()


@dataclass(eq=False)
class Facts:
    """A text with its words, quantities and dates."""

    reading: Reading
    quantities: list[Quantity]
    moments: list[Moment]

    @cached_property
    def table(self) -> WordTable:
        """Its words, to be found by what they say."""
        return WordTable(self.reading)

    @classmethod
    def of(cls, text: str, code: str) -> Facts:
        """The facts of a text in a language."""
        reading = read(text, code)
        moments, used = get_moments(reading)
        for moment in moments:
            if moment.field == "month":
                reading.words[moment.place].name = False
        quantities = [q for q in get_quantities(reading) if q.place not in used]
        for quantity in quantities:
            if quantity.bound == "about":
                for word in reading.words[max(0, quantity.place - 2) : quantity.place]:
                    word.content &= word.plain not in get_number_words().approximately
            if quantity.unit is not None:
                _take_unit(reading, quantity.place)
        return cls(reading, quantities, moments)


def _take_unit(reading: Reading, place: int) -> None:
    """Leave the words of a unit to its number: "metres" and "ft" are compared there."""
    for word in reading.words[place + 1 : place + 5]:
        if get_unit(word.plain) is not None:
            word.content = False
            return


class Page:
    """A source with its passages; what is costly is worked out once it is asked for."""

    def __init__(self, source: Source) -> None:
        self.source = source
        text = source.text or ""
        self.code = find_language(f"{source.title}. {text[:_LANGUAGE_CHARS]}") or "en"
        self._whole = sentences(text, most=MAX_PASSAGES)
        self.passages = [replace(sentence, text=_cut(sentence.text)) for sentence in self._whole]
        self._facts: dict[int, Facts] = {}
        self.places: dict[str, set[int]] = defaultdict(set)
        """The passages that hold each stem."""
        for number, sentence in enumerate(self._whole):
            for stem in _stems(sentence.text, self.code):
                self.places[stem].add(number)

    @cached_property
    def title(self) -> Facts:
        """The facts of the title."""
        return Facts.of(self.source.title, self.code)

    @cached_property
    def title_stems(self) -> frozenset[str]:
        """The stems of the title."""
        return frozenset(_stems(self.source.title, self.code))

    @cached_property
    def plain(self) -> str:
        """The whole text in lower case, with one blank for all that is no word."""
        return fold_text(self.source.text or "")

    @cached_property
    def plain_words(self) -> frozenset[str]:
        """The words of the whole text."""
        return frozenset(self.plain.split())

    @cached_property
    def single_lettered(self) -> frozenset[str]:
        """The words of the whole text with each doubled letter once."""
        return frozenset(single_letters(word) for word in self.plain_words)

    def get_facts(self, number: int) -> Facts:
        """The facts of a passage, of the whole sentence where it was cut."""
        if number not in self._facts:
            self._facts[number] = Facts.of(self._whole[number].text, self.code)
        return self._facts[number]

    def get_window(self, number: int) -> list[Facts]:
        """The facts of the passages around one, and of the title."""
        around = range(max(0, number - WINDOW), min(len(self.passages), number + WINDOW + 1))
        return [*(self.get_facts(n) for n in around if n != number), self.title]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that shares words with a claim; ``score`` is their share, from 0 to 1."""

    score: float
    page: Page
    number: int


class ReadPages:
    """Pages with an index of their words."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.pages = [Page(source) for source in sources]

    def get_passage(self, source_id: str, start: int) -> tuple[Source, Passage] | None:
        """The passage of a source that begins at an offset; None where there is none."""
        for page in self.pages:
            if page.source.id == source_id:
                found = (p for p in page.passages if p.start == start)
                return next(((page.source, passage) for passage in found), None)
        return None

    def find_candidates(self, claim: str, *, least: float) -> list[Candidate]:
        """The passages that share most of a claim's words, best first."""
        found: list[Candidate] = []
        for page in self.pages:
            code = get_claim_code(claim, page.code)
            shared = _by_words(claim, page, code, least)
            if code != page.code:
                shared = [c for c in _by_meaning(claim, page, shared) if c.score >= least]
            found += shared
        return sorted(found, key=lambda c: (-c.score, c.number))[:MAX_CANDIDATES]


def _by_words(claim: str, page: Page, code: str, least: float) -> list[Candidate]:
    weights = {w.stem: _weight(w) for w in read(claim, code).content}
    total = sum(weights.values())
    if not total:
        return []
    titled = sum(weight for stem, weight in weights.items() if stem in page.title_stems)
    scores: dict[int, float] = defaultdict(float)
    for stem, weight in weights.items():
        for number in page.places.get(stem, ()):
            scores[number] += weight * (0.5 if stem in page.title_stems else 1.0)
    return [
        Candidate((score + 0.5 * titled) / total, page, number)
        for number, score in scores.items()
        if score + 0.5 * titled >= least * total
    ]


def _by_meaning(claim: str, page: Page, shared: Sequence[Candidate]) -> list[Candidate]:
    """The passages in another language that are nearest to a claim in meaning, of those that share
    a name or number with it and of the first ones."""
    numbers = [c.number for c in sorted(shared, key=lambda c: -c.score)]
    numbers += [n for n in range(min(len(page.passages), MAX_READ_ACROSS)) if n not in numbers]
    numbers = numbers[:MAX_READ_ACROSS]
    if not numbers:
        return []
    vectors = sentence_vectors([claim, *(page.passages[n].text[:_ACROSS_CHARS] for n in numbers)])
    alike: list[float] = (vectors[1:] @ vectors[0]).tolist()
    found = [Candidate(score, page, n) for score, n in zip(alike, numbers, strict=True)]
    return sorted(found, key=lambda c: -c.score)[:_NEAR_ACROSS]


def _weight(word: Word) -> float:
    return _TELLING if word.name or word.kind == "number" else 1.0


def _stems(text: str, code: str) -> list[str]:
    found: list[str] = []
    for piece in _PIECE.findall(text):
        if piece[0].isdigit() or (
            not piece.isascii() and piece[0] >= "\u0e00" and not piece[0].islower()
        ):
            found += (
                [piece]
                if len(piece) <= 2 or piece[0].isdigit()
                else [piece[n : n + 2] for n in range(len(piece) - 1)]
            )
        else:
            found.append(get_stem(fold(piece), code))
    return found
