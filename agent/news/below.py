"""Which sentences of a story's pages may stand below a headline, and which behind others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from agent.news import weights
from agent.news.answers import denies
from agent.news.completeness import Completeness, days_differ, of_now, todays_differ
from agent.news.features import telling
from agent.news.figures import figures_conflict
from agent.news.grammar import (
    opening_noun,
    opens_with_unknown_name,
    opens_with_unnamed,
    takes_up,
    tells_of_past,
)
from agent.news.heading import Heading
from agent.news.likeness import Meanings
from agent.news.obligations import tells_outlook
from agent.news.quotes import (
    FIRST_SENTENCES,
    Quote,
    once_alone,
    quotes_of,
    rank,
    repeats,
    tongue_of,
)
from agent.news.quoting import without_dateline
from agent.news.reading import ReadPage
from domain.news import Fingerprint
from domain.normal_forms import folded_letters
from domain.sentences import sentences

_WORD: Final = re.compile(r"[^\W\d_]{4,}")


class Sentences:
    """Finds and weighs sentences of one story's pages: of those with the places ``own``."""

    def __init__(
        self,
        pages: Sequence[ReadPage],
        own: Sequence[int],
        tongue: str | None,
        *,
        meanings: Meanings,
        checks: Completeness,
    ) -> None:
        self._pages = pages
        self._own = own
        self._tongue = tongue
        self._meanings = meanings
        self._checks = checks
        self._same: dict[str, frozenset[str]] = {}
        self._openings = sorted(_openings([pages[n] for n in own], tongue))

    def fitting(self, heading: Heading, about: Fingerprint) -> list[Quote]:
        """The sentences that can stand below a headline."""
        wanted = Counter({*about.entities, *about.words})
        wanted.update(dict.fromkeys(telling(heading.title, dates=False), weights.OF_THE_HEADLINE))
        known, named = telling(heading.title), self._named([heading.title])
        found = [
            quote
            for n in self._own
            for quote in quotes_of(n, self._pages[n], wanted, known=known, named=named)
        ]
        title = folded_letters(heading.title)
        fitting = [
            quote
            for quote in found
            if tongue_of(quote.text) in (self._tongue, None)
            and quote.plain >= weights.LEAST_PLAIN / 2
            and not figures_conflict(quote.text, heading.title)
            and not folded_letters(quote.text).startswith(title)
        ]
        return once_alone(fitting, self._pages)

    def as_first(self, quote: Quote, heading: Heading) -> float:
        """What a sentence is worth right below a headline."""
        central = scaled(self._meanings.central(quote.text))
        alike = scaled(self._meanings.alike(quote.text, heading.title))
        named = weights.UNNAMED_EVENT + (1 - weights.UNNAMED_EVENT) * quote.event
        names = self._checks.of_quote(quote)
        if any(self._is_older(quote.page, other) for other in self._own):
            named *= weights.OLDER
        return quote.score * named * names * central * (0.3 + 0.7 * alike)

    def as_further(self, quote: Quote, below: Sequence[Quote], heading: Heading) -> float:
        """How well (0 to 1) a sentence goes with a headline and the sentences before it."""
        texts = [heading.title, *(other.text for other in below)]
        alike = max(self._meanings.alike(quote.text, text) for text in texts)
        worth = quote.plain * scaled(self._meanings.central(quote.text))
        worth *= (0.3 + 0.7 * scaled(alike)) * self._checks.of_quote(quote)
        if tells_of_past(quote.text, self._tongue) is False:
            worth *= weights.NOT_HAPPENED
        if any(self._is_older(quote.page, other.page) for other in below):
            worth *= weights.OLDER
        return worth

    def following(
        self, below: Sequence[Quote], quotes: Sequence[Quote], heading: Heading
    ) -> list[Quote]:
        """The sentences that can be understood behind others, and repeat none of them, the most
        telling first."""
        said = telling(heading.title).union(*(telling(quote.text) for quote in below))
        named = self._named([heading.title, *(quote.text for quote in below)])
        others = sorted((q for q in quotes if q not in below), key=rank, reverse=True)
        return [
            quote
            for quote in others
            if quote.plain >= weights.SECOND_PLAIN
            and (self._meanings.central(quote.text) >= weights.RELATED or denies(quote.text))
            and of_now([quote.text], self._pages[quote.page].published_at)
            and len(telling(quote.text) - said)
            >= min(weights.ADDS_ENOUGH, len(telling(quote.text)) / 2)
            and not any(self._clash(quote, other) for other in below)
            and not self._leans(quote.sentences[0], quote.before, said, named)
        ]

    def _leans(
        self, sentence: str, before: str, said: frozenset[str], named: frozenset[str]
    ) -> bool:
        """Whether a sentence speaks of what only its page told ``before`` it."""
        return (
            bool(takes_up(sentence, self._tongue, before=before, known=said))
            or opens_with_unnamed(tuple(sentence.split()), self._tongue, known=named)
            or opens_with_unknown_name(sentence, known=said)
        )

    def _named(self, texts: Sequence[str]) -> frozenset[str]:
        """The telling words of texts, and those with which sentences begin that mean the same as
        one of their words: "the tremor" of an earthquake has been named."""
        said = frozenset[str]().union(*map(telling, texts))
        words = {word for text in texts for word in _WORD.findall(text)}
        new = sorted(words - self._same.keys())
        if self._openings and new:
            alike = self._meanings.likenesses(new, self._openings)
            meant = [telling(noun) for noun in self._openings]
            for word, row in zip(new, alike, strict=True):
                same = (m for m, near in zip(meant, row, strict=True) if near >= weights.SAME_THING)
                self._same[word] = frozenset[str]().union(*same)
        return said.union(*(self._same.get(word, frozenset[str]()) for word in words))

    def _clash(self, one: Quote, other: Quote) -> bool:
        """Whether two sentences say the same thing, or what cannot both be so."""
        return (
            repeats(one.text, other.text)
            or self._meanings.alike(one.text, other.text) >= weights.SAME_SENTENCE
            or figures_conflict(one.text, other.text)
            or self._days_differ(one.text, other.text)
            or todays_differ(one.text, other.text, self._published(one, other))
        )

    @staticmethod
    def _days_differ(one: str, other: str) -> bool:
        """Whether two sentences name different days, unless only one tells when it will be over."""
        return tells_outlook(one) == tells_outlook(other) and days_differ(one, other)

    def _published(self, *quotes: Quote) -> list[datetime | None]:
        return [self._pages[quote.page].published_at for quote in quotes]

    def _is_older(self, one: int, other: int) -> bool:
        """Whether a page was published a day before another, so that it may be overtaken."""
        ours, theirs = self._pages[one].published_at, self._pages[other].published_at
        return ours is not None and theirs is not None and theirs - ours > weights.A_DAY


def _openings(pages: Sequence[ReadPage], tongue: str | None) -> set[str]:
    """The nouns with which sentences of pages begin behind an article."""
    found = (
        opening_noun(tuple(without_dateline(each.text).split()), tongue)
        for page in pages
        for each in sentences(page.text)[:FIRST_SENTENCES]
    )
    return {noun for noun in found if noun is not None}


def scaled(likeness: float) -> float:
    """A likeness of meaning as a share from 0.05 to 1."""
    return min(1.0, max(0.05, (likeness - weights.FAR) / (weights.NEAR - weights.FAR)))
