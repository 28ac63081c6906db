"""What a story is about, to notice that it was told before, and what is new in another telling."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from agent.news.cluster import Batch, likeness
from agent.news.grouping import Limit, cohesion
from domain.news import Fingerprint

MOST_ENTITIES = 12
MOST_WORDS = 20
MOST_TERMS = 120
TOLD_AGAIN = Limit(0.75, 0.0)
"""How alike two tellings of one story are."""
TOLD_AGAIN_OLD = 0.24
"""How alike (0 to 1) fingerprints without terms are, at least."""
ENTITY_WEIGHT = 2.0


def fingerprint(batch: Batch, event: Sequence[int]) -> Fingerprint:
    """The fingerprint of the articles with these indices: what most of them speak of and few
    others do."""
    features = [batch.features[index] for index in event]
    held = Counter(word for one in features for word in one.all)
    entities = {word for one in features for word in one.entities}

    def telling(words: set[str], most: int) -> tuple[str, ...]:
        ranked = sorted(words, key=lambda word: (-held[word] * batch.rarity(word), word))
        return tuple(sorted(ranked[:most]))

    words = set(held) - entities
    pairs = [likeness(batch, one, other) for one in event for other in event if one < other]
    return Fingerprint(
        telling(entities, MOST_ENTITIES),
        telling(words, MOST_WORDS),
        _terms(batch, event),
        round(cohesion(math.fsum(pairs), len(event)), 4),
    )


def _terms(batch: Batch, event: Sequence[int]) -> tuple[tuple[str, float], ...]:
    """The mean of the articles' vectors, its strongest terms."""
    weights: defaultdict[str, list[float]] = defaultdict(list)
    for index in event:
        for term, weight in batch.vectors[index].weights.items():
            weights[term].append(weight)
    mean = [(term, round(math.fsum(said) / len(event), 4)) for term, said in weights.items()]
    return tuple(sorted(mean, key=lambda entry: (-entry[1], entry[0]))[:MOST_TERMS])


def tells_again(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether both are of one story."""
    if not (one.terms and other.terms):
        return _agree(one, other)
    theirs = dict(other.terms)
    between = math.fsum(weight * theirs.get(term, 0.0) for term, weight in one.terms)
    return between >= TOLD_AGAIN.needed(one=one.cohesion, other=other.cohesion, smaller=1)


def news_in(one: Fingerprint, before: Sequence[Fingerprint]) -> tuple[str, ...]:
    """The names and numbers of a story that none of the tellings ``before`` has: what is new."""
    known = {word for told in before for word in (*told.entities, *told.words)}
    known |= {term for told in before for term, _weight in told.terms}
    return tuple(word for word in one.entities if word not in known)


def _agree(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether the names, numbers and words of both agree enough: the cosine, in which what is an
    entity in either counts twice. For stories that an older release kept."""
    entities = {*one.entities, *other.entities}
    ours, theirs = {*one.entities, *one.words}, {*other.entities, *other.words}

    def weight(words: set[str]) -> float:
        return sum(ENTITY_WEIGHT if word in entities else 1.0 for word in words)

    whole = math.sqrt(weight(ours) * weight(theirs))
    return bool(whole) and weight(ours & theirs) / whole >= TOLD_AGAIN_OLD
