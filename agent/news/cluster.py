"""Articles that tell one event, found by what they speak of and when.

Articles are vectors of their names, numbers, words and pairs of words, weighted by how rare these
are (TF-IDF), and grouped by average linkage. The limits were chosen on articles that others
labelled (ECB+, see ``evaluation.news_bench``), by leaving topics out.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from agent.news.features import Features, Lexicon, stem, tokens
from agent.news.grouping import ARTICLES, HEADLINES, groups_of
from agent.news.moments import agreement, moments
from domain.news import NewsItem

NAME_WEIGHT = 1.5
NUMBER_WEIGHT = 2.2
PAIR_WEIGHT = 0.5
"""For two words side by side: what they say together, beside what each says alone."""
OTHER_LANGUAGE = 0.8
"""How much of the likeness of names and numbers counts between two languages."""
TOLD_FOR_H = 48.0
"""Hours for which an event is told without its articles being less alike for that."""
ENOUGH_SHARED = 3
"""Names and numbers that two languages must share before these count in full: one place alone is
no event."""
ONE_SHARED = 0.6
"""How much of the likeness of two articles counts that share one word: few words make it large."""
ENOUGH_NAMES = 4
"""Names that two articles must each have before these are held against each other."""
SAME_NAMES = 0.2
"""How alike (0 to 1) the names of two articles of one event are, at least."""
OTHER_NAMES = 0.3
"""How much of the likeness of two articles counts that share no name."""
SAME_DAYS = 0.3
"""How alike (0 to 1) the days are that two articles of one event name, at least."""
OTHER_DAYS = 0.4
"""How much of the likeness of two articles counts that name no day in common."""
OTHERS_NAMES = frozenset(
    map(stem, "reuters afp ap upi dpa bbc cnn associated press geological survey".split())  # noqa: SIM905
)
"""Names of those who are quoted about any event."""
FADE_H = 96.0
"""Further hours between two articles after which their likeness has fallen to 1/e."""
EVERYDAY_TEXTS = 200
"""Texts without anything rare that are thought beside a batch, so that a word is not called common
because a small batch holds much of one event."""
ONCE_FADES_AT = 150
"""In so many articles a word of one of them alone counts half: in few articles most words are."""


class Batch:
    """The articles of one look at the news in an order of their own, and what each speaks of."""

    def __init__(self, items: Sequence[NewsItem]) -> None:
        self.items = sorted(items, key=lambda item: (item.url, item.title, repr(item)))
        lexicon = Lexicon(tokens(f"{item.title}\n{item.summary}") for item in self.items)
        self.features = [lexicon.features(item.title, item.summary) for item in self.items]
        self._texts = Counter(term for f in self.features for term in (*f.counts, *f.pairs))
        self._once = 1 / (1 + len(self.items) / ONCE_FADES_AT)
        self.vectors = [Vector(self.weights(features)) for features in self.features]
        self.moments = [moments(f"{item.title}\n{item.summary}") for item in self.items]

    def rarity(self, word: str) -> float:
        """How telling a word is: the logarithm of how few articles hold it."""
        return math.log((len(self.items) + EVERYDAY_TEXTS) / (self._texts[word] + 1))

    def weights(self, features: Features) -> dict[str, float]:
        """What an article speaks of, each with how telling it is there."""
        weights: dict[str, float] = {}
        for term, count in (*features.counts.items(), *features.pairs.items()):
            kind = PAIR_WEIGHT if term in features.pairs else 1.0
            if term in features.names:
                kind = NAME_WEIGHT
            elif term in features.numbers:
                kind = NUMBER_WEIGHT
            alone = self._once if self._texts[term] == 1 else 1.0
            weights[term] = kind * alone * self.rarity(term) * (1 + math.log(count))
        return weights


class Vector:
    """Weights of length 1."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        # Sums that do not depend on the order, which differs from process to process.
        length = math.sqrt(math.fsum(w * w for w in weights.values()))
        self.weights = {term: w / length for term, w in weights.items()} if length else {}

    def only(self, terms: frozenset[str]) -> Vector:
        """The vector of these of its terms alone."""
        return Vector({term: self.weights[term] for term in terms if term in self.weights})

    def cosine(self, other: Vector) -> float:
        """How alike (0 to 1) both are."""
        shared = self.weights.keys() & other.weights.keys()
        return math.fsum(self.weights[term] * other.weights[term] for term in shared)


def events(batch: Batch) -> list[list[int]]:
    """The articles of each event as indices into ``batch.items``, in their order; the same articles
    give the same events, in whatever order they came."""
    bare = sum(not item.summary for item in batch.items)
    limit = HEADLINES if 2 * bare > len(batch.items) else ARTICLES
    return groups_of(likenesses(batch), len(batch.items), limit=limit)


def likenesses(batch: Batch) -> dict[int, dict[int, float]]:
    """How alike each two articles are, where they are at all."""
    alike: dict[int, dict[int, float]] = defaultdict(dict)
    for one in range(len(batch.items)):
        for other in range(one):
            if near := likeness(batch, one, other):
                alike[one][other] = alike[other][one] = near
    return alike


def likeness(batch: Batch, one: int, other: int) -> float:
    """How alike (0 to 1) two articles are, by their places in the batch."""
    ours, theirs = batch.features[one], batch.features[other]
    if ours.language and theirs.language and ours.language != theirs.language:
        shared = len(ours.entities & theirs.entities)
        entities = [batch.vectors[n].only(batch.features[n].entities) for n in (one, other)]
        alike = OTHER_LANGUAGE * entities[0].cosine(entities[1]) * min(1.0, shared / ENOUGH_SHARED)
    else:
        alike = batch.vectors[one].cosine(batch.vectors[other])
        if len(ours.counts.keys() & theirs.counts.keys()) == 1:
            alike *= ONE_SHARED
        alike *= _agreement_of_names(batch, one, other) if alike else 1.0
    if not alike:
        return 0.0
    alike *= _agreement_of_days(batch, one, other)
    return alike * _nearness(batch.items[one], batch.items[other])


def _agreement_of_names(batch: Batch, one: int, other: int) -> float:
    """1 where two articles speak of the same names or of few, less where each has names of its own:
    two earthquakes share their words, and not their places."""
    names = [batch.features[n].names - OTHERS_NAMES for n in (one, other)]
    if min(map(len, names)) < ENOUGH_NAMES:
        return 1.0
    ours, theirs = (batch.vectors[n].only(own) for n, own in zip((one, other), names, strict=True))
    return share_left(ours.cosine(theirs), same=SAME_NAMES, other=OTHER_NAMES)


def _agreement_of_days(batch: Batch, one: int, other: int) -> float:
    """1 where two articles name the same days or one names none, less where each has days of its
    own: two earthquakes of one place differ in little else."""
    agreed = agreement(batch.moments[one], batch.moments[other])
    if agreed is None:
        return 1.0
    return share_left(agreed, same=SAME_DAYS, other=OTHER_DAYS)


def share_left(alike: float, *, same: float, other: float) -> float:
    """How much of a likeness counts, by how alike (0 to 1) a part is that is held against each
    other: all from ``same`` on, and ``other`` where nothing is."""
    return other + (1 - other) * min(1.0, alike / same)


def _nearness(one: NewsItem, other: NewsItem) -> float:
    """1 for the same days, less for articles further apart; 1 where one does not say when."""
    if one.published_at is None or other.published_at is None:
        return 1.0
    gap_h = abs((one.published_at - other.published_at).total_seconds()) / 3600
    return math.exp(-max(0.0, gap_h - TOLD_FOR_H) / FADE_H)
