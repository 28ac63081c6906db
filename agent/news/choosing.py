"""Which headline a story gets and which sentences stand below it.

Every headline is tried with every good first sentence, and further ones are added to the best: an
editor sends a post only if its parts tell one event, name where it happened, tell what most of its
articles do, and lean on nothing that is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from agent.news import weights
from agent.news.below import Sentences, scaled
from agent.news.completeness import Completeness
from agent.news.composing import REPAIRED, Composer, Post
from agent.news.copies import texts
from agent.news.disputes import agreed
from agent.news.essentials import Essentials, Told
from agent.news.faults import Faults
from agent.news.heading import Heading, ranked_headings
from agent.news.likeness import Meanings
from agent.news.obligations import Obligations
from agent.news.quotes import Quote
from agent.news.reading import ReadPage
from agent.news.telling import Telling
from domain.news import Fingerprint


@dataclass(frozen=True, slots=True)
class Chosen:
    """A headline and the sentences below it; ``is_good`` is whether an editor would send it, and
    ``is_fair`` whether it is still better than headlines alone."""

    heading: Heading
    quotes: tuple[Quote, ...]
    worth: float
    is_good: bool
    is_fair: bool = False
    faults: tuple[str, ...] = ()
    """What an editor would not send it for."""


@dataclass(frozen=True, slots=True)
class _Start:
    """A headline and a first sentence, what each of them is worth, and the sentences that may
    stand below."""

    heading: Heading
    first: Quote
    of_heading: float
    of_first: float
    quotes: Sequence[Quote]

    @property
    def worth(self) -> float:
        """What both are worth together."""
        return self.of_heading * self.of_first


def choose(pages: Sequence[ReadPage], about: Fingerprint, *, tongue: str | None) -> Chosen | None:
    """The best headline with its sentences in a language, a good one where there is any; None where
    no sentence can be quoted. It compares many sentences: call it in a thread."""
    headings = ranked_headings(pages, about, tongue=tongue)[: weights.MOST_HEADINGS]
    if not headings:
        return None
    desk = _Desk(pages, [n for n, page in enumerate(pages) if page.language == tongue], tongue)
    most = max(heading.worth for heading in headings)
    return desk.best([s for heading in headings for s in desk.starts(heading, about, most=most)])


class _Desk:
    """Puts posts of one story's pages together: of those with the places ``own``."""

    def __init__(self, pages: Sequence[ReadPage], own: Sequence[int], tongue: str | None) -> None:
        spoken = [pages[n] for n in own]
        self._meanings = Meanings(spoken)
        self._checks = Completeness(spoken, tongue)
        text_of = texts([page.voice for page in pages])
        told = [Told(self._checks.told[k], text_of[n]) for k, n in enumerate(own)]
        self._telling = Telling(
            Essentials(told, self._meanings),
            Obligations(
                *(told, tongue),
                place_matters=self._checks.needs_place,
                dated=all(page.published_at is not None for page in spoken),
            ),
            own=[
                said.text for said in agreed(self._checks.reports, language=tongue or "en").values()
            ],
        )
        self._sentences = Sentences(
            pages, own, tongue, meanings=self._meanings, checks=self._checks
        )
        self._faults = Faults(
            *(spoken, tongue),
            told=told,
            meanings=self._meanings,
            checks=self._checks,
            essentials=self._telling,
        )
        self._composer = Composer(self._sentences, self._faults, self._telling)

    def starts(self, heading: Heading, about: Fingerprint, *, most: float) -> Iterator[_Start]:
        """The first sentences that may stand under a headline; ``most`` is what the best headline
        is worth."""
        quotes = self._sentences.fitting(heading, about)
        self._meanings.learn([heading.title, *(quote.text for quote in quotes)])
        central = [
            q for q in quotes if self._meanings.central(q.text) >= weights.LEAST_CENTRAL
        ] or quotes
        headline = (heading.worth / most) ** weights.WEIGHT_OF_HEADLINE
        headline *= scaled(self._meanings.central(heading.title))
        headline *= self._checks.of_heading(heading)
        worth = {quote: self._sentences.as_first(quote, heading) for quote in central}
        firsts = sorted(central, key=lambda quote: -worth[quote])
        plain = [quote for quote in firsts if quote.plain >= weights.LEAST_PLAIN] or firsts
        for first in plain[: weights.MOST_FIRST]:
            own = 1.0 if self._faults.is_own(first, heading) else weights.OTHER_ARTICLE
            yield _Start(heading, first, headline * own, worth[first], quotes)

    def best(self, starts: Sequence[_Start]) -> Chosen | None:
        """The post that is worth most of those without faults; where there is none, the best with
        faults."""
        ordered = sorted(starts, key=lambda start: -start.worth)[: weights.MOST_STARTS]
        begun = [(s, self._composer.begun(s.heading, s.first)) for s in ordered]
        good: list[Chosen] = []
        for start, post in begun:
            if post.faults <= REPAIRED:
                completed = self._composer.completed(post, start.quotes)
                if not completed.faults:
                    good.append(self._chosen(completed, start.of_heading))
                if len(good) >= weights.ENOUGH_GOOD:
                    break
        best = max(good, key=lambda each: each.worth, default=None)
        if best is not None and best.is_good:
            return self._without_repeats(best)
        faulty = [
            self._chosen(self._composer.completed(post, start.quotes), start.of_heading)
            for start, post in begun[: weights.MOST_WITH_FAULTS]
        ]
        return max((*good, *faulty), key=_least_faulty, default=None)

    def _without_repeats(self, post: Chosen) -> Chosen:
        """A post without those of its sentences that say what the others say."""
        for quote, below in _shorter(post.quotes):
            if not below or not self._telling.repeats(post.heading, below, quote):
                continue
            first, new = (
                self._sentences.as_first(each[0], post.heading) for each in (post.quotes, below)
            )
            if new < weights.AS_GOOD * first:
                continue
            if next(self._faults.of(post.heading, below), None) is None:
                return self._without_repeats(replace(post, quotes=below))
        return post

    def _chosen(self, post: Post, of_heading: float) -> Chosen:
        """A post by what its headline and first sentence are worth, and what it tells."""
        heading, below = post.heading, post.below
        start = of_heading * self._sentences.as_first(below[0], heading)
        covered = self._telling.covered(heading, below)
        worth = start * (weights.COVERS_NOTHING + (1 - weights.COVERS_NOTHING) * covered)
        for text in (heading.title, *(quote.text for quote in below)):
            worth *= self._faults.poor_wording(text)
        worth *= self._checks.of_post(heading, below) * post.fit
        if len({quote.page for quote in below}) == 1:
            below = tuple(sorted(below, key=lambda quote: quote.position))
        small = len(post.faults) == 1 and post.faults <= weights.TOLERATED
        least = weights.TOLERATED_WORTH if small else weights.LEAST_WORTH
        good = (small or not post.faults) and worth >= least
        fair = weights.MINOR_FAULTS.issuperset(post.faults) and worth >= weights.FAIR_WORTH
        return Chosen(heading, below, worth, good, fair, tuple(sorted(post.faults)))


def _shorter(quotes: Sequence[Quote]) -> Iterator[tuple[Quote, tuple[Quote, ...]]]:
    """Each quotation, or the last sentence of a longer one, with the quotations that are left
    without it; the last ones first."""
    for place, quote in reversed(list(enumerate(quotes))):
        before, after = tuple(quotes[:place]), tuple(quotes[place + 1 :])
        yield quote, (*before, *after)
        if quote.parts:
            yield quote.last_sentence(), (*before, quote.without_last_sentence(), *after)


def _least_faulty(post: Chosen) -> tuple[bool, bool, float]:
    """Sorts the best of several posts with faults last."""
    return post.is_good, post.is_fair, post.worth * weights.OF_EACH_FAULT ** len(post.faults)
