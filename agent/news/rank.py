"""Which stories are worth telling: fresh, told by several independent sites, on the topic, clear,
and not told before."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.news.cluster import Batch, events
from agent.news.copies import independent, voice
from agent.news.fingerprint import fingerprint, grown, tells_again
from agent.news.headlines import clarity
from agent.news.topic import relevance
from domain.news import (
    MOST_CONSIDERED,
    Candidate,
    Considered,
    Fingerprint,
    NewsItem,
    Outcome,
)

HALF_LIFE = timedelta(days=1)
OLDEST = timedelta(days=3)
"""Older events are no news."""
MOST_CANDIDATES = 10
MOST_ITEMS = 12
"""Articles kept of one event."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The stories that are worth telling, best first, and those that are not, with the reason."""

    candidates: tuple[Candidate, ...]
    dropped: tuple[Considered, ...]
    grown: tuple[tuple[int, Fingerprint], ...] = ()
    """Known stories with the further articles that were found of them, each with its place."""


_NEARNESS = (Outcome.TOLD, Outcome.FEW_SOURCES, Outcome.OFF_TOPIC, Outcome.OLD)
"""What is wrong with a story, the nearest to a candidate first."""


def ranked(
    items: Sequence[NewsItem],
    *,
    topics: Sequence[str],
    searched: Collection[str],
    min_sources: int,
    known: Sequence[Fingerprint],
) -> Ranking:
    """The stories that the items tell; ``searched`` are the addresses that a search for
    the topics gave. Takes up to a second for 500 items: not for the event loop."""
    batch = Batch(items)
    now = max((item.seen_at for item in batch.items), default=None)
    found: list[Candidate] = []
    dropped: list[Considered] = []
    told_again: list[tuple[Fingerprint, list[int]]] = []
    for event in events(batch):
        told = [batch.items[index] for index in event]
        clearest = sorted(told, key=lambda item: (-clarity(item), _undated_last(item), item.url))
        sites = len({item.site for item in told})
        wanted = relevance(
            topics,
            [batch.features[index] for index in event],
            searched=any(item.url in searched for item in told),
        )
        fresh = freshness([item.published_at for item in told], now=now)
        outcome = None if wanted else Outcome.OFF_TOPIC
        if outcome is None and not fresh:
            outcome = Outcome.OLD
        if outcome is None and sites >= min_sources:
            # Copies of one text are told apart last, since that takes longest.
            voices = [voice(i.site, i.title, i.summary, author=i.author) for i in told]
            sites = independent(voices)
        if outcome is None and sites < min_sources:
            outcome = Outcome.FEW_SOURCES
        about = fingerprint(batch, event) if outcome is None else None
        if about is not None and (places := _told(about, known)):
            outcome = Outcome.TOLD
            told_again += [(about, places)]
        if about is None or outcome is not None:
            first = clearest[0]
            dropped.append(
                Considered(first.title, first.site, sites, outcome or Outcome.FEW_SOURCES)
            )
            continue
        score = fresh * math.log2(1 + sites) * (0.5 + wanted / 2) * clarity(clearest[0])
        found.append(Candidate(tuple(clearest[:MOST_ITEMS]), about, sites, score))
    found.sort(key=lambda candidate: (-candidate.score, candidate.items[0].url))
    dropped.sort(key=lambda story: (_NEARNESS.index(story.outcome), -story.sources, story.headline))
    return Ranking(
        tuple(_each_once(found)[:MOST_CANDIDATES]),
        tuple(dropped[:MOST_CONSIDERED]),
        _grown(told_again, known),
    )


def _told(about: Fingerprint, known: Sequence[Fingerprint]) -> list[int]:
    """The places of the known stories that it tells again."""
    return [place for place, old in enumerate(known) if tells_again(about, old)]


def _grown(
    told_again: Sequence[tuple[Fingerprint, list[int]]], known: Sequence[Fingerprint]
) -> tuple[tuple[int, Fingerprint], ...]:
    """The known stories with the articles that tell one of them alone again: of events that are
    nearly alike, what tells one would otherwise be taken for the other from then on."""
    changed: dict[int, Fingerprint] = {}
    for about, places in told_again:
        if len(places) == 1:
            more = grown(changed.get(places[0], known[places[0]]), about)
            if more is not None:
                changed[places[0]] = more
    return tuple(sorted(changed.items(), key=lambda entry: entry[0]))


def _each_once(found: Sequence[Candidate]) -> list[Candidate]:
    """The candidates without those that tell a better one's story: an event that fell into pieces
    is offered once."""
    kept: list[Candidate] = []
    for candidate in found:
        if not any(tells_again(candidate.fingerprint, other.fingerprint) for other in kept):
            kept.append(candidate)
    return kept


def freshness(dates: Sequence[datetime | None], *, now: datetime | None) -> float:
    """1 for an event of this moment, half of it for each day since; 0 for old ones and for those
    that nobody dates.

    An event is as old as the older half of its dates: one feed that dates an old story as new
    changes nothing.
    """
    known = sorted(date for date in dates if date is not None)
    if not known or now is None:
        return 0.0
    age = max(timedelta(), now - known[(len(known) - 1) // 2])
    return 0.0 if age > OLDEST else math.exp2(-(age / HALF_LIFE))


def _undated_last(item: NewsItem) -> float:
    """Sorts the earliest article first."""
    return item.published_at.timestamp() if item.published_at else math.inf
