"""Which headline a story gets and which one or two sentences stand below it.

Every headline is tried with every good first sentence and every second one: an editor sends a post
only if its parts tell one event, name where it happened, and lean on nothing that is not there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Final

from agent.news.answers import accuses, blames, denies, is_attributed
from agent.news.completeness import Completeness, days_differ
from agent.news.copies import texts
from agent.news.features import telling
from agent.news.figures import figures_conflict
from agent.news.grammar import opens_with_unnamed, takes_up, tells_of_past
from agent.news.heading import Heading, ranked_headings
from agent.news.likeness import Meanings
from agent.news.quotes import (
    FIRST_SENTENCES,
    Quote,
    added,
    once_alone,
    overlap,
    quotes_of,
    rank,
    repeats,
    tongue_of,
)
from agent.news.reading import ReadPage
from domain.news import Fingerprint
from domain.normal_forms import folded_letters
from domain.sentences import sentences

MOST_HEADINGS = 6
MOST_FIRST = 10
MOST_SECOND = 14
"""Headlines and sentences that are tried together."""
OF_THE_HEADLINE = 2
"""How much more a word counts in a sentence that stands in the headline, than another one."""
LEAST_PLAIN = 0.5
"""How well (0 to 1) a sentence must stand alone to be quoted."""
SECOND_PLAIN = 0.6
LEAST_CENTRAL = 0.3
"""How near a sentence must be to what all pages tell."""
LEAST_SHARED = 0.1
"""The share of a second sentence's words that the story's articles must have in common: others tell
of what was before."""
FAR, NEAR = 0.15, 0.65
"""Likenesses of meaning that count nothing and all."""
ONE_EVENT: Final = 0.4
"""How alike a headline and the sentence below it must be to tell one event."""
NEARLY_ONE_EVENT: Final = 0.3
HALF: Final = 0.5
"""The same where the sentence has so much of the headline's words."""
NAMES_EVENT: Final = 0.3
"""The share of a headline's words that the sentence below it must have for the same."""
WEIGHT_OF_HEADLINE = 0.5
"""The power to which a headline's worth counts beside that of the sentences."""
OTHER_ARTICLE = 0.75
"""How much a post counts whose headline and first sentence are of different articles."""
SAME_NEWS: Final = 0.6
"""How alike another article's sentence and the headline must be, or have half of its words."""
LEAST_NEW: Final = 3
"""Telling words that a sentence must add to the headline."""
ADDS_ENOUGH: Final = 4
"""Telling words that a second sentence must add to headline and first sentence."""
UNNAMED_EVENT = 0.35
"""How much a first sentence counts that has none of its headline's words."""
SAME_TEXT = 0.6
"""How much a second sentence counts that is of the first one's text: another text says it more
independently."""
NOT_HAPPENED = 0.6
"""How much a second sentence counts that tells of nothing that happened."""
A_DAY: Final = timedelta(hours=20)
OLDER: Final = 0.8
"""How much a sentence counts whose page is a day older than another."""
LATEST_POSITION = 6
"""Sentences of a page among which a second sentence may stand: what follows is background."""
BONUS: Final = 0.6
"""How much a good second sentence adds at most."""
LEAST_BONUS: Final = 0.26
"""What a second sentence must add, so that one good sentence is not spoilt by another."""
BEARS_OUT: Final = 0.2
"""How much more of the headline must be borne out with a second sentence: another one more often
spoils a post than it helps."""
DENIED: Final = 0.25
"""How alike a denial and a headline must be to speak of one thing."""
ANSWER: Final = 0.5
"""What a denial adds where the headline or the first sentence accuses somebody."""
UNANSWERED: Final = 0.5
"""How much a post counts that leaves out what its articles tell: that somebody denies it."""
LEAST_WORTH: Final = 0.12
"""What a post without faults must be worth to be sent without an editor."""
FAIR_WORTH: Final = 0.08
"""What it must be worth to be better than headlines alone."""

_SAYS: Final = re.compile(
    r"\b(?:says?|will|would|to|plans?|expects?|sagt|wird|werden|soll\w*)\b", re.IGNORECASE
)
"""What a sentence has that tells of no past and is no caption: somebody's words, or a plan."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A headline and the sentences below it; ``is_good`` is whether an editor would send it, and
    ``is_fair`` whether it is still better than headlines alone."""

    heading: Heading
    quotes: tuple[Quote, ...]
    worth: float
    is_good: bool
    is_fair: bool = False


def choose(pages: Sequence[ReadPage], about: Fingerprint, *, tongue: str | None) -> Chosen | None:
    """The best headline with one or two sentences in a language, a good one where there is any;
    None where no sentence can be quoted. It compares many sentences: call it in a thread."""
    headings = ranked_headings(pages, about, tongue=tongue)[:MOST_HEADINGS]
    if not headings:
        return None
    desk = _Desk(pages, [n for n, page in enumerate(pages) if page.language == tongue], tongue)
    most = max(heading.worth for heading in headings)
    found = [post for heading in headings for post in desk.posts(heading, about, most=most)]
    return max(found, key=lambda post: (post.is_good, post.worth), default=None)


class _Desk:
    """Puts posts of one story's pages together: of those with the places ``own``."""

    def __init__(self, pages: Sequence[ReadPage], own: Sequence[int], tongue: str | None) -> None:
        self._pages = pages
        self._own = own
        self._tongue = tongue
        self._meanings = Meanings([pages[n] for n in own])
        self._checks = Completeness([pages[n] for n in own], tongue)
        self._text_of = texts([page.voice for page in pages])

    def posts(self, heading: Heading, about: Fingerprint, *, most: float) -> Iterator[Chosen]:
        """The posts under a headline; ``most`` is what the best headline is worth."""
        quotes = self._fitting(heading, about)
        self._meanings.learn([heading.title, *(quote.text for quote in quotes)])
        central = [q for q in quotes if self._meanings.central(q.text) >= LEAST_CENTRAL] or quotes
        headline = (heading.worth / most) ** WEIGHT_OF_HEADLINE
        headline *= _scaled(self._meanings.central(heading.title))
        headline *= self._checks.of_heading(heading)
        firsts = sorted(central, key=lambda q: -self._first(q, heading))
        plain = [quote for quote in firsts if quote.plain >= LEAST_PLAIN] or firsts
        denials = [q for q in quotes if denies(q.text) and self._is_about(q.text, heading)]
        denied = self._is_denied(heading)
        for first in plain[:MOST_FIRST]:
            base = headline * self._first(first, heading)
            yield self._post(heading, [first], base, denied=denied)
            known = telling(heading.title)
            for second in self._seconds(first, central, known):
                bonus = self._second(second, first, heading)
                if bonus >= LEAST_BONUS and self._bears_out(heading, first, second):
                    worth = base * (1 + bonus)
                    yield self._post(heading, [first, second], worth, denied=denied)
            for answer in self._following(first, denials, known):
                worth = base * (1 + ANSWER * answer.plain)
                yield self._post(heading, [first, answer], worth, denied=denied)

    def _is_about(self, text: str, heading: Heading) -> bool:
        """Whether a sentence speaks of what the headline does."""
        shared = telling(text) & telling(heading.title, dates=False)
        return bool(shared) or self._meanings.alike(text, heading.title) >= DENIED

    def _bears_out(self, heading: Heading, first: Quote, second: Quote) -> bool:
        """Whether a second sentence tells what the headline says and the first one does not."""
        alone = self._checks.borne_out(heading, first.text)
        return self._checks.borne_out(heading, f"{first.text} {second.text}") - alone >= BEARS_OUT

    def _is_denied(self, heading: Heading) -> bool:
        """Whether an article tells that somebody denies what the headline says."""
        told = (s.text for n in self._own for s in sentences(self._pages[n].text)[:FIRST_SENTENCES])
        return any(denies(text) and self._is_about(text, heading) for text in told)

    def _post(
        self, heading: Heading, below: Sequence[Quote], worth: float, *, denied: bool
    ) -> Chosen:
        worth *= self._checks.of_post(heading, below)
        texts_of_post = (heading.title, *(quote.text for quote in below))
        unanswered = (denied or blames(heading.title)) and not any(map(denies, texts_of_post))
        worth *= UNANSWERED if unanswered else 1.0
        if not self._is_own(below[0], heading):
            worth *= OTHER_ARTICLE
        fits = not unanswered and not any(self._faults(heading, below, denied=denied))
        if len({quote.page for quote in below}) == 1:
            below = sorted(below, key=lambda quote: quote.position)
        good, fair = fits and worth >= LEAST_WORTH, fits and worth >= FAIR_WORTH
        return Chosen(heading, tuple(below), worth, good, fair)

    def _faults(self, heading: Heading, below: Sequence[Quote], *, denied: bool) -> Iterator[str]:
        """What an editor would not send a post for, one after another."""
        first, title = below[0], heading.title
        if not heading.is_shared:
            yield "one paper's headline"
        if first.plain < LEAST_PLAIN:
            yield "does not stand alone"
        if self._meanings.central(first.text) < LEAST_CENTRAL:
            yield "not central"
        if first.event < NAMES_EVENT or not self._is_one_event(first, heading):
            yield "another event"
        if (denied and not is_attributed(title)) or accuses(title):
            yield "accuses"
        if not self._is_own(first, heading) and not self._agrees(first, heading):
            yield "another article"
        if len(telling(first.text) - telling(title)) < LEAST_NEW:
            yield "adds nothing"
        if self._stages_differ(heading, below):
            yield "another stage"
        if tells_of_past(first.text, self._tongue) is False and not _SAYS.search(first.text):
            yield "tells nothing that happened"
        if any(quote.is_faulty for quote in below):
            yield "misspelt"
        yield from self._checks.faults(heading, below)

    def _is_own(self, quote: Quote, heading: Heading) -> bool:
        """Whether a sentence stands in the article that the headline is taken from."""
        return heading.url in ("", self._pages[quote.page].url)

    def _agrees(self, quote: Quote, heading: Heading) -> bool:
        """Whether another article's sentence tells what the headline does."""
        alike = self._meanings.alike(quote.text, heading.title)
        return quote.event >= HALF or alike >= SAME_NEWS

    def _is_one_event(self, first: Quote, heading: Heading) -> bool:
        """Whether a sentence means what the headline does, or nearly and has most of its words."""
        alike = self._meanings.alike(first.text, heading.title)
        return alike >= ONE_EVENT or (alike >= NEARLY_ONE_EVENT and first.event >= HALF)

    def _stages_differ(self, heading: Heading, below: Sequence[Quote]) -> bool:
        """Whether one part tells what happened and the one below it what is still to come."""
        told = [tells_of_past(t, self._tongue) for t in (heading.title, *(q.text for q in below))]
        return any(one is True and other is False for one, other in pairwise(told))

    def _fitting(self, heading: Heading, about: Fingerprint) -> list[Quote]:
        """The sentences that can stand below a headline."""
        wanted = Counter({*about.entities, *about.words})
        wanted.update(dict.fromkeys(telling(heading.title, dates=False), OF_THE_HEADLINE))
        known = telling(heading.title)
        found = [q for n in self._own for q in quotes_of(n, self._pages[n], wanted, known=known)]
        title = folded_letters(heading.title)
        fitting = [
            quote
            for quote in found
            if tongue_of(quote.text) in (self._tongue, None)
            and quote.plain >= LEAST_PLAIN / 2
            and not figures_conflict(quote.text, heading.title)
            and not folded_letters(quote.text).startswith(title)
        ]
        return once_alone(fitting, self._pages)

    def _first(self, quote: Quote, heading: Heading) -> float:
        """What a sentence is worth right below a headline."""
        central = _scaled(self._meanings.central(quote.text))
        alike = _scaled(self._meanings.alike(quote.text, heading.title))
        named = UNNAMED_EVENT + (1 - UNNAMED_EVENT) * quote.event
        names = self._checks.of_quote(quote)
        if any(self._is_older(quote.page, other) for other in self._own):
            named *= OLDER
        return quote.score * named * names * central * (0.3 + 0.7 * alike)

    def _seconds(self, first: Quote, quotes: Sequence[Quote], known: frozenset[str]) -> list[Quote]:
        """The sentences near their page's beginning that may follow the first one."""
        early = [quote for quote in quotes if quote.position <= LATEST_POSITION]
        return [
            quote
            for quote in self._following(first, early, known)
            if quote.plain >= SECOND_PLAIN and quote.shared >= LEAST_SHARED
        ][:MOST_SECOND]

    def _following(
        self, first: Quote, quotes: Sequence[Quote], known: frozenset[str]
    ) -> list[Quote]:
        """The sentences that can be understood behind the first one, and do not repeat it."""
        said = known | telling(first.text)
        others = sorted((q for q in quotes if q is not first), key=rank, reverse=True)
        return [
            quote
            for quote in others[: 2 * MOST_SECOND]
            if quote.plain >= LEAST_PLAIN
            and not repeats(quote.text, first.text)
            and len(telling(quote.text) - said) >= min(ADDS_ENOUGH, len(telling(quote.text)) / 2)
            and not takes_up(quote.text, self._tongue, before=quote.before, known=said)
            and not opens_with_unnamed(tuple(quote.text.split()), self._tongue, known=said)
            and not figures_conflict(quote.text, first.text)
            and not days_differ(quote.text, first.text)
        ]

    def _is_older(self, one: int, other: int) -> bool:
        """Whether a page was published a day before another, so that it may be overtaken."""
        ours, theirs = self._pages[one].published_at, self._pages[other].published_at
        return ours is not None and theirs is not None and theirs - ours > A_DAY

    def _second(self, quote: Quote, first: Quote, heading: Heading) -> float:
        """What a second sentence adds (0 to ``BONUS``)."""
        alike = max(self._meanings.alike(quote.text, t) for t in (first.text, heading.title))
        worth = quote.plain * _scaled(self._meanings.central(quote.text))
        worth *= (0.3 + 0.7 * _scaled(alike)) * self._checks.of_quote(quote)
        if self._text_of[quote.page] == self._text_of[first.page]:
            worth *= SAME_TEXT
        if tells_of_past(quote.text, self._tongue) is False:
            worth *= NOT_HAPPENED
        if self._is_older(quote.page, first.page):
            worth *= OLDER
        worth *= 0.4 + 0.6 * min(1.0, added(quote.text, f"{heading.title}. {first.text}") / 2)
        return BONUS * worth * (1 - overlap(quote.text, first.text) / 2)


def _scaled(likeness: float) -> float:
    """A likeness of meaning as a share from 0.05 to 1."""
    return min(1.0, max(0.05, (likeness - FAR) / (NEAR - FAR)))
