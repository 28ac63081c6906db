"""The sentences of a story's pages that can be quoted, and what each is worth by its words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final

from agent.language.frequencies import get_zipf, has_long_list
from agent.news.answers import adds_to_untold
from agent.news.features import language, telling, tokens
from agent.news.garbled import is_garbled
from agent.news.grammar import takes_up, tells_of_past
from agent.news.moments import moments
from agent.news.plainness import plainness
from agent.news.quoting import is_furniture, marks_are_paired, without_dateline
from agent.news.reading import ReadPage
from agent.news.words import LEANING
from agent.research.evidence import quotable
from agent.research.known_names import get_place_names
from domain.sentences import joined, sentences

SHORTEST, LONGEST = 40, 300
"""Characters of a sentence that is quoted."""
LONGEST_PASSAGE: Final = 520
MOST_FOLLOWING: Final = 3
"""Characters and number of sentences that follow each other and are quoted together."""
LAST_BEGINNING: Final = 4
"""The last sentence of a page that is quoted with what follows it."""
LEAST_FOLLOWING: Final = 0.6
"""How well (0 to 1) each sentence of such a passage must be understood in it."""
FIRST_SENTENCES = 20
LEAD = 3
"""Sentences into a page after which a sentence counts half: what happened stands first."""
REPEATS_HEADLINE = 0.75
"""The share of a sentence's words that stand in the headline, from which on it adds too little."""
NOT_HAPPENED = 0.6
"""How much a sentence counts that tells of nothing that happened, as captions do."""
SAYS_WHEN = 1.25
"""How much more a sentence counts that names a day."""
SAYS_WHERE = 1.25
"""How much more a sentence counts that names a place."""
TAKES_UP = 0.5
"""How much of its worth a sentence keeps that speaks of what only its page named before."""
MISSPELT = 0.4
"""How much of its worth a sentence keeps with a word that nobody else writes."""
GARBLED = 0.3
"""How much of its worth a sentence keeps that is no English."""
CARELESS = 0.7
"""The same where another sentence of its page is none."""
CARELESS_CHARS: Final = 3000
ADDS = 0.3
"""How much of its worth a sentence keeps that counts more of what it does not count before, or that
gives another outlet's report."""
SAID_ALREADY = 0.5
"""The share of the shorter of two sentences' words, from which on one says the other again."""
_HEARSAY: Final = re.compile(r"\b(?:is|are) reporting\b|\b[Ww]e (?:hear|learned)\b")
_UNKNOWN: Final = 1.0
"""Zipf frequency below which a word in lower case is probably misspelt."""
_LONG_WORD: Final = 5
_ENDS: Final = re.compile(r"[.!。！][\"”’)]*$")
_PLAIN_WORD: Final = re.compile(r"(?<![\w'’./@-])[a-z]{2,}(?![\w'’/@-])")


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a page (by its place from 0) that can be quoted; ``position`` counts the page's
    whole sentences from 1."""

    page: int
    position: int
    text: str
    score: float
    plain: float
    """How well (0 to 1) it stands alone."""
    event: float
    """The share (0 to 1) of the headline's words that it holds."""
    shared: float
    """The share (0 to 1) of its words that the story is about."""
    before: str = ""
    """What its page says before it."""
    is_faulty: bool = False
    """Whether it has a word that nobody else writes, or is no English."""
    url: str = ""
    """Of its page."""
    parts: tuple[str, ...] = ()
    """Its sentences, where it is several that follow each other."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """Its sentences, one or several, as its page has them."""
        return self.parts or (self.text,)

    def last_sentence(self) -> Quote:
        """The last one of its sentences by itself."""
        return replace(self, text=self.sentences[-1], parts=())

    def without_last_sentence(self) -> Quote:
        """Its sentences but the last, of which it has at least two."""
        said = self.sentences[:-1]
        return replace(self, text=joined(said), parts=said if len(said) > 1 else ())


def quotes_of(
    number: int,
    page: ReadPage,
    wanted: Mapping[str, int],
    *,
    known: frozenset[str] | None = None,
    named: frozenset[str] | None = None,
) -> list[Quote]:
    """The sentences of a page that can be quoted and speak of the story, and those at its beginning
    also with what follows them; ``known`` are the words of the headline above them, and ``named``
    with those that mean the same."""
    desk = _Page(number, page, wanted, known, named or known)
    lines = list(_lines(page))
    found: list[Quote] = []
    for place, line in enumerate(lines):
        if not (_stands_alone(line.text, page.language) and quotable(line.text)):
            continue
        quote = desk.quote(line)
        if quote is not None:
            found.append(quote)
            if line.position <= LAST_BEGINNING:
                found += desk.passages(quote, lines[place:])
    return found


@dataclass(frozen=True, slots=True)
class _Line:
    """A sentence of a page with its place among the whole ones (from 1), what stands before it, and
    whether it follows the line before directly."""

    text: str
    position: int
    before: str
    follows: bool


def _lines(page: ReadPage) -> Iterator[_Line]:
    position = 0
    before, follows = f"{page.title}\n", False
    for sentence in sentences(page.text)[:FIRST_SENTENCES]:
        text = without_dateline(sentence.text)
        if is_furniture(text):
            follows = False
            continue
        ends = _ENDS.search(text) is not None
        position += ends
        yield _Line(text, position, before, follows)
        before, follows = f"{before}{text}\n", ends


@dataclass(frozen=True, slots=True)
class _Page:
    """Weighs the sentences of one page, the story's page ``number``."""

    number: int
    page: ReadPage
    wanted: Mapping[str, int]
    known: frozenset[str] | None
    named: frozenset[str] | None

    def quote(self, line: _Line) -> Quote | None:
        """A sentence as a quotation; None where it speaks of nothing that the story is about."""
        if not any(word in self.wanted for word in telling(line.text)):
            return None
        wording = self._wording(line.text)
        return self._weighed((line,), wording * self._plain(line, self.named), wording < 1)

    def passages(self, first: Quote, lines: Sequence[_Line]) -> Iterator[Quote]:
        """A sentence with those that follow it, as long as each goes on from the ones before."""
        said: list[_Line] = [lines[0]]
        plain, is_faulty = first.plain, first.is_faulty
        known = (self.named or frozenset[str]()) | telling(lines[0].text)
        for line in lines[1:MOST_FOLLOWING]:
            length = sum(len(each.text) + 1 for each in said) + len(line.text)
            goes_on = line.follows and _is_whole(line.text) and quotable(line.text)
            if not goes_on or length > LONGEST_PASSAGE:
                return
            wording = self._wording(line.text)
            plain = min(plain, wording * self._plain(line, known, follows=True))
            if plain < LEAST_FOLLOWING:
                return
            said.append(line)
            known |= telling(line.text)
            is_faulty |= wording < 1
            yield self._weighed(said, plain, is_faulty)

    def _wording(self, text: str) -> float:
        """How much (0 to 1) a sentence keeps for misspelt words and for being no English."""
        tongue = self.page.language
        garbled = tongue == "en" and is_garbled(text, on=_day(self.page))
        worth = GARBLED if garbled else 1.0
        return worth * (MISSPELT if is_misspelt(text, tongue, page=self.page.text) else 1.0)

    def _plain(self, line: _Line, named: frozenset[str] | None, *, follows: bool = False) -> float:
        """How well a sentence stands alone, or behind those that it ``follows``."""
        tongue, text, page = self.page.language, line.text, self.page.text
        dated = self.page.published_at is not None
        plain = plainness(
            text, page=page, language=tongue, known=named, dated=dated, follows=follows
        )
        if named is not None and takes_up(text, tongue, before=line.before, known=named):
            plain *= TAKES_UP
        if tongue == "en" and _is_careless(page[:CARELESS_CHARS]):
            plain *= CARELESS
        return plain * (ADDS if adds_to_untold(text) or _HEARSAY.search(text) else 1.0)

    def _weighed(self, lines: Sequence[_Line], plain: float, is_faulty: bool) -> Quote:
        """One or several sentences that follow each other, with what they are worth."""
        first, tongue = lines[0], self.page.language
        text = joined(line.text for line in lines)
        said, known = telling(text), self.known
        held = sum(self.wanted[word] for word in said if word in self.wanted)
        score = plain * held / (4 + len(said)) / (1 + (first.position - 1) / LEAD)
        if moments(text):
            score *= SAYS_WHEN
        if _names_place(text):
            score *= SAYS_WHERE
        if tells_of_past(first.text, tongue) is False:
            score *= NOT_HAPPENED
        if len(said & (known or frozenset())) >= REPEATS_HEADLINE * len(said):
            score /= 2
        return Quote(
            page=self.number,
            position=first.position,
            text=text,
            score=score,
            plain=plain,
            event=len(said & known) / max(1, len(known)) if known is not None else 1.0,
            shared=sum(word in self.wanted for word in said) / len(said),
            before=first.before,
            is_faulty=is_faulty,
            url=self.page.url,
            parts=tuple(line.text for line in lines) if len(lines) > 1 else (),
        )


def _day(page: ReadPage) -> date | None:
    return page.published_at.date() if page.published_at else None


@lru_cache(maxsize=64)
def _is_careless(text: str) -> bool:
    return any(is_garbled(sentence.text) for sentence in sentences(text))


def once_alone(quotes: Sequence[Quote], pages: Sequence[ReadPage]) -> list[Quote]:
    """The quotes, worth half where another site's page has the same sentence: an agency's words are
    no paper's own."""

    def is_shared(quote: Quote) -> bool:
        own = pages[quote.page].site
        return any(
            page.site != own and any(text in page.text for text in quote.sentences)
            for page in pages
        )

    return [replace(q, score=q.score / 2) if is_shared(q) else q for q in quotes]


def rank(quote: Quote, *, share: float = 1.0) -> tuple[float, int, int]:
    """Sorts the most telling sentence last, of equal ones the earliest."""
    return quote.score * share, -quote.page, -quote.position


def tongue_of(text: str) -> str | None:
    """The language of a sentence; None where nothing tells."""
    return language(tokens(text))


def is_misspelt(text: str, tongue: str | None, *, page: str = "") -> bool:
    """Whether a word in lower case is so rare that it is probably misspelt, and its ``page`` has it
    only once; of words in capitals nothing is known."""
    if tongue is None or not has_long_list(tongue):
        return False
    words = _PLAIN_WORD.findall(text)
    return any(
        len(w) >= _LONG_WORD and get_zipf(w, tongue) < _UNKNOWN and page.count(w[:-1]) < 2
        for w in words
    )


def added(one: str, other: str) -> int:
    """How many names and numbers a sentence has that the other lacks."""
    known = {token.plain for token in tokens(other)}
    named = (t for t in tokens(one) if t.kind == "number" or (t.capital and not t.opens))
    return len({token.plain for token in named} - known)


def repeats(one: str, other: str) -> bool:
    """Whether one of two sentences says little that the other does not."""
    return overlap(one, other) >= SAID_ALREADY


def overlap(one: str, other: str) -> float:
    """The share of the shorter one's telling words that stand in the other."""
    ours, theirs = telling(one), telling(other)
    return len(ours & theirs) / max(1, min(len(ours), len(theirs)))


def _names_place(text: str) -> bool:
    known = get_place_names()
    return any(token.capital and token.text.casefold() in known for token in tokens(text))


def _is_whole(text: str) -> bool:
    """Whether a sentence can be quoted behind the one before it, and says no one's words."""
    return (
        marks_are_paired(text)
        and SHORTEST <= _width(text) <= LONGEST
        and _ENDS.search(text) is not None
    )


def _stands_alone(text: str, tongue: str | None) -> bool:
    """Whether a sentence can be understood without the one before it, and says no one's words."""
    if not _is_whole(text):
        return False
    first = re.match(r"[^\W_]+", text)
    return first is not None and first[0].casefold() not in LEANING.get(tongue or "en", ())


def _width(text: str) -> int:
    """Characters, those of scripts without blanks three times, since each says more."""
    return sum(3 if sign >= "\u2e80" else 1 for sign in text)
