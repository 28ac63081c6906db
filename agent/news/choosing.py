"""Which headline a story gets and which one or two sentences stand below it.

Every headline is tried with every good first sentence and every second one: an editor sends a post
only if its parts tell one event, name where it happened, and lean on nothing that is not there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Final

from agent.news import weights
from agent.news.answers import accuses, blames, denies, is_attributed
from agent.news.certainty import counts_firmly, is_firmer
from agent.news.completeness import Completeness, days_differ, of_now, todays_differ
from agent.news.copies import texts
from agent.news.essentials import Essentials, Told
from agent.news.features import telling
from agent.news.figures import figures_conflict
from agent.news.grammar import (
    opens_with_unknown_name,
    opens_with_unnamed,
    takes_up,
    tells_of_past,
)
from agent.news.heading import Heading, ranked_headings
from agent.news.likeness import Meanings
from agent.news.obligations import Obligations
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
from agent.news.telling import Telling
from agent.news.wording import (
    counts_many,
    has_unnamed_speaker,
    lacks_day,
    names_suspect,
    praises,
    tells_many,
    unexplained_terms,
)
from domain.news import Fingerprint
from domain.normal_forms import folded_letters
from domain.sentences import sentences

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
    faults: tuple[str, ...] = ()
    """What an editor would not send it for."""


@dataclass(frozen=True, slots=True)
class _Trial:
    """A headline and sentences that may become a post, and what it is worth at most."""

    heading: Heading
    below: tuple[Quote, ...]
    most: float
    denied: bool
    """Whether an article tells that somebody denies what the headline says."""


def choose(pages: Sequence[ReadPage], about: Fingerprint, *, tongue: str | None) -> Chosen | None:
    """The best headline with one or two sentences in a language, a good one where there is any;
    None where no sentence can be quoted. It compares many sentences: call it in a thread."""
    headings = ranked_headings(pages, about, tongue=tongue)[: weights.MOST_HEADINGS]
    if not headings:
        return None
    desk = _Desk(pages, [n for n, page in enumerate(pages) if page.language == tongue], tongue)
    most = max(heading.worth for heading in headings)
    tried = [trial for heading in headings for trial in desk.trials(heading, about, most=most)]
    return desk.best(tried)


class _Desk:
    """Puts posts of one story's pages together: of those with the places ``own``."""

    def __init__(self, pages: Sequence[ReadPage], own: Sequence[int], tongue: str | None) -> None:
        self._pages = pages
        self._own = own
        self._tongue = tongue
        self._meanings = Meanings([pages[n] for n in own])
        self._checks = Completeness([pages[n] for n in own], tongue)
        self._text_of = texts([page.voice for page in pages])
        self._told = told = [
            Told(self._checks.told[k], self._text_of[n]) for k, n in enumerate(own)
        ]
        by_text = {each.text: ". ".join(each.sentences) for each in reversed(told)}
        self._wordings: dict[str, float] = {}
        many = {each.text for each in told if any(map(tells_many, each.sentences))}
        self._many = len(many) >= weights.WITNESSES
        """Whether several articles tell of as many people or things as nobody counted."""
        self._telling = Telling(
            Essentials(told, self._meanings),
            Obligations(list(by_text.values()), place_matters=self._checks.needs_place),
        )

    def trials(self, heading: Heading, about: Fingerprint, *, most: float) -> Iterator[_Trial]:
        """What may stand under a headline; ``most`` is what the best headline is worth."""
        quotes = self._fitting(heading, about)
        self._meanings.learn([heading.title, *(quote.text for quote in quotes)])
        central = [
            q for q in quotes if self._meanings.central(q.text) >= weights.LEAST_CENTRAL
        ] or quotes
        headline = (heading.worth / most) ** weights.WEIGHT_OF_HEADLINE
        headline *= _scaled(self._meanings.central(heading.title))
        headline *= self._checks.of_heading(heading)
        firsts = sorted(central, key=lambda q: -self._first(q, heading))
        plain = [quote for quote in firsts if quote.plain >= weights.LEAST_PLAIN] or firsts
        denials = [q for q in quotes if denies(q.text) and self._is_about(q.text, heading)]
        denied = self._is_denied(heading)
        for first in plain[: weights.MOST_FIRST]:
            worth = headline * self._first(first, heading)
            for below, bonus in self._below(first, quotes, central, denials, heading):
                told = weights.COVERS_NOTHING + (
                    1 - weights.COVERS_NOTHING
                ) * self._telling.covered(heading, below)
                for text in (heading.title, *(quote.text for quote in below)):
                    told *= self._poor_wording(text)
                yield _Trial(heading, below, worth * (1 + bonus) * told, denied)

    def best(self, tried: Sequence[_Trial]) -> Chosen | None:
        """The post that is worth most of those without faults; where there is none, the best with
        faults. What a trial is worth at most tells which ones need no look."""
        best: Chosen | None = None
        ordered = sorted(tried, key=lambda each: -each.most)
        for trial in ordered[: weights.MOST_TRIED]:
            if best is not None and best.worth >= trial.most:
                break
            if next(self._faults(trial), None) is None:
                worth = self._worth(trial)
                if best is None or worth > best.worth:
                    best = _chosen(trial, worth)
        if best is not None and best.is_good:
            return self._without_repeats(best)
        return self._best_with_faults(ordered[: weights.MOST_WITH_FAULTS])

    def _without_repeats(self, post: Chosen) -> Chosen:
        """A post without those of its sentences that say what the others say."""
        for quote in reversed(post.quotes):
            below = tuple(q for q in post.quotes if q is not quote)
            if not below or not self._telling.repeats(post.heading, below, quote):
                continue
            first, new = (self._first(each[0], post.heading) for each in (post.quotes, below))
            if new < weights.AS_GOOD * first:
                continue
            trial = _Trial(post.heading, below, post.worth, self._is_denied(post.heading))
            if next(self._faults(trial), None) is None:
                return self._without_repeats(replace(post, quotes=below))
        return post

    def _best_with_faults(self, ordered: Sequence[_Trial]) -> Chosen | None:
        """The best post of which it is only wrong that it tells too little or in poor words, or
        else the best of all."""
        posts = [_chosen(t, self._worth(t), tuple(self._faults(t))) for t in ordered]
        return max(posts, key=lambda post: (post.is_fair, post.worth), default=None)

    def _below(
        self,
        first: Quote,
        quotes: Sequence[Quote],
        central: Sequence[Quote],
        denials: Sequence[Quote],
        heading: Heading,
    ) -> Iterator[tuple[tuple[Quote, ...], float]]:
        """One to three sentences that begin with one, each time with what the others add."""
        yield (first,), 0.0
        known = telling(heading.title)
        pairs: list[tuple[float, Quote]] = []
        owed = self._telling.owed(heading, (first,))
        for second in self._seconds(first, central, quotes, known, owed=owed, heading=heading):
            bonus = self._second(second, first, heading)
            gain = self._telling.gain(heading, (first,), second)
            pays = bool(owed - self._telling.owed(heading, (first, second)))
            tells = self._telling.tells_more(heading, (first,), second)
            carries = bonus >= weights.LEAST_BONUS and self._bears_out(heading, first, second)
            if pays or carries or tells:
                yield (first, second), bonus
                pairs.append((gain + pays, second))
        for answer in self._following(first, denials, known):
            yield (first, answer), weights.ANSWER * answer.plain
        for _gain, second in sorted(pairs, key=lambda each: -each[0])[: weights.MOST_THIRD]:
            yield from self._thirds(first, second, [q for _g, q in pairs], heading)

    def _thirds(
        self, first: Quote, second: Quote, others: Sequence[Quote], heading: Heading
    ) -> Iterator[tuple[tuple[Quote, ...], float]]:
        """A short third sentence that tells more of what several articles tell."""
        pair = (first, second)
        owed = self._telling.owed(heading, pair)
        known = telling(heading.title) | telling(first.text)
        bonus = self._second(second, first, heading)
        for third in self._following(second, others, known):
            if (
                third is first
                or len(third.text) > weights.LONGEST_THIRD
                or third.plain < weights.CLEAR
            ):
                continue
            if repeats(third.text, first.text) or figures_conflict(third.text, first.text):
                continue
            pays = bool(owed - self._telling.owed(heading, (*pair, third)))
            if pays or self._telling.tells_more(heading, pair, third):
                yield (*pair, third), bonus + self._second(third, first, heading) / 2

    def _is_about(self, text: str, heading: Heading) -> bool:
        """Whether a sentence speaks of what the headline does."""
        shared = telling(text) & telling(heading.title, dates=False)
        return bool(shared) or self._meanings.alike(text, heading.title) >= weights.DENIED

    def _bears_out(self, heading: Heading, first: Quote, second: Quote) -> bool:
        """Whether a second sentence tells what the headline says and the first one does not."""
        alone = self._checks.borne_out(heading, first.text)
        return (
            self._checks.borne_out(heading, f"{first.text} {second.text}") - alone
            >= weights.BEARS_OUT
        )

    def _is_denied(self, heading: Heading) -> bool:
        """Whether an article tells that somebody denies what the headline says."""
        told = (s.text for n in self._own for s in sentences(self._pages[n].text)[:FIRST_SENTENCES])
        return any(denies(text) and self._is_about(text, heading) for text in told)

    def _worth(self, trial: _Trial) -> float:
        worth = trial.most * self._checks.of_post(trial.heading, trial.below)
        own = self._is_own(trial.below[0], trial.heading)
        return worth if own else worth * weights.OTHER_ARTICLE

    def _faults(self, trial: _Trial) -> Iterator[str]:
        """What an editor would not send a post for, one after another."""
        heading, below, denied = trial.heading, trial.below, trial.denied
        first, title = below[0], heading.title
        parts = (title, *(quote.text for quote in below))
        if (denied or blames(title)) and not any(map(denies, parts)):
            yield "unanswered"
        if not heading.is_shared:
            yield "one paper's headline"
        if any(quote.plain < weights.SENT_PLAIN for quote in below):
            yield "does not stand alone"
        if self._meanings.central(first.text) < weights.LEAST_CENTRAL:
            yield "not central"
        if not any(
            q.event >= weights.NAMES_EVENT and self._is_one_event(q, heading) for q in below
        ):
            yield "another event"
        if (denied and not is_attributed(title)) or accuses(title):
            yield "accuses"
        if not self._is_own(first, heading) and not self._agrees(first, heading):
            yield "another article"
        if len(telling(" ".join(parts[1:])) - telling(title)) < weights.LEAST_NEW:
            yield "adds nothing"
        if len(below) == 1 and added(first.text, title) < weights.LEAST_ADDED:
            yield "repeats the headline"
        if denies(first.text) and not denies(title):
            yield "denied before it is told"
        if self._stages_differ(heading, below):
            yield "another stage"
        if tells_of_past(first.text, self._tongue) is False and not _SAYS.search(first.text):
            yield "tells nothing that happened"
        if any(quote.is_faulty for quote in below):
            yield "misspelt"
        if is_firmer(title, parts[1:], self._told, self._meanings):
            yield "firmer"
        if counts_firmly(title, parts[1:]):
            yield "counts firmly"
        if unexplained_terms(parts, self._tongue):
            yield "terms"
        if any(self._poor_wording(text) < 1 for text in parts):
            yield "wording"
        yield from self._telling.owed(heading, below)
        if self._telling.covered(heading, below) < weights.LEAST_COVERED:
            yield "leaves out much"
        yield from self._checks.faults(heading, below)

    def _poor_wording(self, text: str) -> float:
        """How much (0 to 1) a text keeps for words that an editor would not print."""
        if text not in self._wordings:
            worth = weights.PRAISES if praises(text) else 1.0
            worth *= weights.NAMES_SUSPECT if names_suspect(text, self._tongue) else 1.0
            worth *= weights.LACKS_DAY if lacks_day(text) else 1.0
            worth *= weights.COUNTS_MANY if counts_many(text, several=self._many) else 1.0
            worth *= weights.UNNAMED_SPEAKER if has_unnamed_speaker(text) else 1.0
            self._wordings[text] = worth
        return self._wordings[text]

    def _is_own(self, quote: Quote, heading: Heading) -> bool:
        """Whether a sentence stands in the article that the headline is taken from."""
        return heading.url in ("", self._pages[quote.page].url)

    def _agrees(self, quote: Quote, heading: Heading) -> bool:
        """Whether another article's sentence tells what the headline does."""
        alike = self._meanings.alike(quote.text, heading.title)
        return quote.event >= weights.HALF or alike >= weights.SAME_NEWS

    def _is_one_event(self, first: Quote, heading: Heading) -> bool:
        """Whether a sentence means what the headline does, or nearly and has most of its words."""
        alike = self._meanings.alike(first.text, heading.title)
        return alike >= weights.ONE_EVENT or (
            alike >= weights.NEARLY_ONE_EVENT and first.event >= weights.HALF
        )

    def _stages_differ(self, heading: Heading, below: Sequence[Quote]) -> bool:
        """Whether one part tells what happened and the one below it what is still to come."""
        told = [tells_of_past(t, self._tongue) for t in (heading.title, *(q.text for q in below))]
        return any(one is True and other is False for one, other in pairwise(told))

    def _fitting(self, heading: Heading, about: Fingerprint) -> list[Quote]:
        """The sentences that can stand below a headline."""
        wanted = Counter({*about.entities, *about.words})
        wanted.update(dict.fromkeys(telling(heading.title, dates=False), weights.OF_THE_HEADLINE))
        known = telling(heading.title)
        found = [q for n in self._own for q in quotes_of(n, self._pages[n], wanted, known=known)]
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

    def _first(self, quote: Quote, heading: Heading) -> float:
        """What a sentence is worth right below a headline."""
        central = _scaled(self._meanings.central(quote.text))
        alike = _scaled(self._meanings.alike(quote.text, heading.title))
        named = weights.UNNAMED_EVENT + (1 - weights.UNNAMED_EVENT) * quote.event
        names = self._checks.of_quote(quote)
        if any(self._is_older(quote.page, other) for other in self._own):
            named *= weights.OLDER
        return quote.score * named * names * central * (0.3 + 0.7 * alike)

    def _seconds(
        self,
        first: Quote,
        central: Sequence[Quote],
        quotes: Sequence[Quote],
        known: frozenset[str],
        *,
        owed: frozenset[str],
        heading: Heading,
    ) -> list[Quote]:
        """The sentences near their page's beginning that may follow the first one, and others that
        tell what readers must be told, or most of what the first one lacks."""
        early = [quote for quote in central if quote.position <= weights.LATEST_POSITION]
        paying = [q for q in quotes if owed and owed - self._telling.owed(heading, (first, q))]
        following = [
            quote
            for quote in self._following(first, list({*early, *paying}), known)
            if quote.plain >= weights.SECOND_PLAIN
            and (quote in paying or quote.shared >= weights.LEAST_SHARED)
        ][: weights.MOST_SECOND]
        gaining = [q for q in self._gaining(first, quotes, known, heading) if q not in following]
        return [*following, *gaining[: weights.MOST_GAINING]]

    def _gaining(
        self, first: Quote, quotes: Sequence[Quote], known: frozenset[str], heading: Heading
    ) -> list[Quote]:
        """The sentences that tell much of what several articles tell and the first one does not,
        those that tell most first."""
        near = [
            quote
            for quote in quotes
            if quote.position <= weights.LATEST_GAINING
            and quote.plain >= weights.SENT_PLAIN
            and of_now([quote.text], self._pages[quote.page].published_at)
            and tells_of_past(quote.text, self._tongue) is not False
        ]
        gains = {quote: self._telling.gain(heading, (first,), quote) for quote in near}
        telling_much = [
            quote
            for quote in near
            if gains[quote] >= weights.LEAST_GAIN
            and self._telling.adds_fact(heading, (first,), quote)
        ]
        fitting = self._following(first, telling_much, known)
        return sorted(fitting, key=lambda quote: -gains[quote])

    def _following(
        self, first: Quote, quotes: Sequence[Quote], known: frozenset[str]
    ) -> list[Quote]:
        """The sentences that can be understood behind the first one, and do not repeat it."""
        said = known | telling(first.text)
        others = sorted((q for q in quotes if q is not first), key=rank, reverse=True)
        return [
            quote
            for quote in others[: 2 * weights.MOST_SECOND]
            if quote.plain >= weights.LEAST_PLAIN
            and not repeats(quote.text, first.text)
            and len(telling(quote.text) - said)
            >= min(weights.ADDS_ENOUGH, len(telling(quote.text)) / 2)
            and not takes_up(quote.text, self._tongue, before=quote.before, known=said)
            and not opens_with_unnamed(tuple(quote.text.split()), self._tongue, known=said)
            and not opens_with_unknown_name(quote.text, known=said)
            and not figures_conflict(quote.text, first.text)
            and not days_differ(quote.text, first.text)
            and not todays_differ(quote.text, first.text, self._published(quote, first))
        ]

    def _published(self, *quotes: Quote) -> list[datetime | None]:
        return [self._pages[quote.page].published_at for quote in quotes]

    def _is_older(self, one: int, other: int) -> bool:
        """Whether a page was published a day before another, so that it may be overtaken."""
        ours, theirs = self._pages[one].published_at, self._pages[other].published_at
        return ours is not None and theirs is not None and theirs - ours > weights.A_DAY

    def _second(self, quote: Quote, first: Quote, heading: Heading) -> float:
        """What a second sentence adds (0 to ``weights.BONUS``)."""
        alike = max(self._meanings.alike(quote.text, t) for t in (first.text, heading.title))
        worth = quote.plain * _scaled(self._meanings.central(quote.text))
        worth *= (0.3 + 0.7 * _scaled(alike)) * self._checks.of_quote(quote)
        if self._text_of[quote.page] == self._text_of[first.page]:
            worth *= weights.SAME_TEXT
        if tells_of_past(quote.text, self._tongue) is False:
            worth *= weights.NOT_HAPPENED
        if self._is_older(quote.page, first.page):
            worth *= weights.OLDER
        worth *= 0.4 + 0.6 * min(1.0, added(quote.text, f"{heading.title}. {first.text}") / 2)
        return weights.BONUS * worth * (1 - overlap(quote.text, first.text) / 2)


def _chosen(trial: _Trial, worth: float, faults: tuple[str, ...] = ()) -> Chosen:
    below = trial.below
    if len({quote.page for quote in below}) == 1:
        below = tuple(sorted(below, key=lambda quote: quote.position))
    good = not faults and worth >= weights.LEAST_WORTH
    fair = weights.MINOR_FAULTS.issuperset(faults) and worth >= weights.FAIR_WORTH
    return Chosen(trial.heading, below, worth, good, fair, faults)


def _scaled(likeness: float) -> float:
    """A likeness of meaning as a share from 0.05 to 1."""
    return min(1.0, max(0.05, (likeness - weights.FAR) / (weights.NEAR - weights.FAR)))
