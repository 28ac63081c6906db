"""Articles that tell one event, found by what they speak of and when.

Articles are vectors of their names, numbers and words, weighted by how rare these are; the most
alike groups are joined first, as long as their members are alike on average (average linkage), so
that one article between two events does not chain them together. The thresholds were tuned on one
half of the events of ``evaluation.news_bench``; the other half is what it reports.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from agent.news.features import Features, Lexicon, tokens
from domain.news import NewsItem

SAME_EVENT = 0.29
"""How alike (0 to 1) the articles of one event are on average, at least."""
NAME_WEIGHT = 1.5
NUMBER_WEIGHT = 1.5
TITLE_WEIGHT = 1.2
OTHER_LANGUAGE = 0.8
"""How much of the likeness of names and numbers counts between two languages."""
FADE_H = 96.0
"""Hours between two articles after which their likeness has fallen to 1/e."""
UNKNOWN_GAP_H = 24.0
EVERYDAY_TEXTS = 200
"""Texts without anything rare that are thought beside a batch, so that a word is not called common
because a small batch holds much of one event."""


class Batch:
    """The articles of one look at the news in an order of their own, and what each speaks of."""

    def __init__(self, items: Sequence[NewsItem]) -> None:
        self.items = sorted(items, key=lambda item: (item.url, item.title, repr(item)))
        lexicon = Lexicon(tokens(f"{item.title}\n{item.summary}") for item in self.items)
        self.features = [lexicon.features(item.title, item.summary) for item in self.items]
        self._texts = Counter(word for features in self.features for word in features.all)

    def rarity(self, word: str) -> float:
        """How telling a word is: the logarithm of how few articles hold it."""
        return math.log((len(self.items) + EVERYDAY_TEXTS) / (self._texts[word] + 1))

    def weights(self, features: Features) -> dict[str, float]:
        """What an article speaks of, each with how telling it is there."""
        return {
            word: self.rarity(word)
            * (NAME_WEIGHT if word in features.names else 1.0)
            * (NUMBER_WEIGHT if word in features.numbers else 1.0)
            * (TITLE_WEIGHT if word in features.title else 1.0)
            for word in features.all
        }


def events(batch: Batch) -> list[list[int]]:
    """The articles of each event as indices into ``batch.items``, in their order; the same articles
    give the same events, in whatever order they came."""
    alike = _likenesses(batch)
    groups = {index: [index] for index in range(len(batch.items))}

    def average(one: int, other: int) -> float:
        return alike[one][other] / (len(groups[one]) * len(groups[other]))

    best = [(-s, i, j) for i, row in alike.items() for j, s in row.items() if i < j]
    best = [entry for entry in best if entry[0] <= -SAME_EVENT]
    heapq.heapify(best)
    while best:
        likeness, one, other = heapq.heappop(best)
        if one not in groups or other not in groups or average(one, other) != -likeness:
            continue  # one of them was joined to another meanwhile
        groups[one] += groups.pop(other)
        _join(alike, one, other)
        for third in alike[one]:
            if average(one, third) >= SAME_EVENT:
                first, second = min(one, third), max(one, third)
                heapq.heappush(best, (-average(one, third), first, second))
    return [sorted(group) for group in groups.values()]


def _join(alike: dict[int, dict[int, float]], one: int, other: int) -> None:
    """Add the likenesses of ``other`` to those of ``one``, and forget it."""
    for third, likeness in alike.pop(other).items():
        del alike[third][other]
        if third != one:
            alike[one][third] = alike[third][one] = alike[one].get(third, 0.0) + likeness


def _likenesses(batch: Batch) -> dict[int, dict[int, float]]:
    """How alike each two articles are, where they are at all."""
    whole = [_Vector(batch.weights(features)) for features in batch.features]
    entities = [
        vector.only(features.entities)
        for vector, features in zip(whole, batch.features, strict=True)
    ]
    alike: dict[int, dict[int, float]] = defaultdict(dict)
    for one, features in enumerate(batch.features):
        for other in range(one):
            theirs = batch.features[other].language
            foreign = features.language and theirs and features.language != theirs
            if foreign:
                likeness = OTHER_LANGUAGE * entities[one].cosine(entities[other])
            else:
                likeness = whole[one].cosine(whole[other])
            if likeness:
                likeness *= _nearness(batch.items[one], batch.items[other])
                alike[one][other] = alike[other][one] = likeness
    return alike


class _Vector:
    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = weights
        # Sums that do not depend on the order, which differs from process to process.
        self._length = math.sqrt(math.fsum(w * w for w in weights.values()))

    def only(self, words: frozenset[str]) -> _Vector:
        return _Vector({word: self._weights[word] for word in words})

    def cosine(self, other: _Vector) -> float:
        shared = self._weights.keys() & other._weights.keys()
        if not shared:
            return 0.0
        product = math.fsum(self._weights[word] * other._weights[word] for word in shared)
        return product / (self._length * other._length)


def _nearness(one: NewsItem, other: NewsItem) -> float:
    """1 for the same moment, less for articles of different days."""
    if one.published_at is None or other.published_at is None:
        return math.exp(-UNKNOWN_GAP_H / FADE_H)
    gap_h = abs((one.published_at - other.published_at).total_seconds()) / 3600
    return math.exp(-gap_h / FADE_H)
