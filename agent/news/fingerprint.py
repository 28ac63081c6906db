"""What a story is about, to notice that it was told before in other words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from agent.news.cluster import Batch
from domain.news import Fingerprint

MOST_ENTITIES = 12
MOST_WORDS = 20
TOLD_AGAIN = 0.24
"""How alike (0 to 1) the fingerprints of one story's tellings are, at least."""
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
    return Fingerprint(telling(entities, MOST_ENTITIES), telling(words, MOST_WORDS))


def tells_again(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether both are of one story: their names, numbers and words agree enough (the cosine, in
    which what is an entity in either counts twice)."""
    entities = {*one.entities, *other.entities}
    ours, theirs = {*one.entities, *one.words}, {*other.entities, *other.words}

    def weight(words: set[str]) -> float:
        return sum(ENTITY_WEIGHT if word in entities else 1.0 for word in words)

    whole = math.sqrt(weight(ours) * weight(theirs))
    return bool(whole) and weight(ours & theirs) / whole >= TOLD_AGAIN
