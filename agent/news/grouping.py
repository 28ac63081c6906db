"""Average linkage with a limit of its own for each group: what is joined must be nearly as alike
as the members of each side are among themselves.

Two events of one kind (two earthquakes in one region, say) are as alike as two loose articles of
one event; what tells them apart is that each event's own articles are much more alike.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

USUAL = 0.25
"""How alike (0 to 1) two articles of one event usually are."""
USUAL_WEIGHT = 3.0
"""After how many pairs of articles a group's own likeness counts as much as the usual one."""
LEAST = 0.195
"""What is less alike is never joined."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The share of two groups' own likeness that is needed between them: ``single`` where one of
    them is a single article, up to ``large`` more where both have many, whose likeness is known
    better."""

    single: float
    large: float

    def needed(self, *, one: float, other: float, smaller: int) -> float:
        """How alike groups of these cohesions must be, the smaller of so many articles."""
        share = self.single + self.large * (1 - 1 / smaller)
        return max(LEAST, share * math.sqrt(one * other))


ARTICLES = Limit(0.45, 0.3)
HEADLINES = Limit(0.55, 0.1)
"""Headlines alone say too little for the stricter limit."""


@dataclass
class _Group:
    members: list[int]
    inner: float = 0.0
    """The sum of the likenesses of all pairs within."""
    near: dict[int, float] = field(default_factory=dict[int, float])
    """For each other group the sum of the likenesses between its members and these."""

    @property
    def cohesion(self) -> float:
        return cohesion(self.inner, len(self.members))


def cohesion(inner: float, count: int) -> float:
    """How alike ``count`` members are on average, whose pairs' likenesses sum up to ``inner``; few
    members are thought to be as alike as usual."""
    pairs = count * (count - 1) / 2
    return (inner + USUAL_WEIGHT * USUAL) / (pairs + USUAL_WEIGHT)


def groups_of(
    alike: Mapping[int, Mapping[int, float]], count: int, *, limit: Limit = ARTICLES
) -> list[list[int]]:
    """The groups of the numbers below ``count``, each sorted; ``alike`` holds the likeness (0 to 1)
    of each two in both directions, where it is more than 0."""
    groups = {n: _Group([n], near=dict(alike.get(n, {}))) for n in range(count)}
    best = [
        (-between, one, other)
        for one in groups
        for other in groups[one].near
        if one < other and (between := _joined(groups, one, other, limit))
    ]
    heapq.heapify(best)
    while best:
        between, one, other = heapq.heappop(best)
        if (
            one not in groups
            or other not in groups
            or _joined(groups, one, other, limit) != -between
        ):
            continue  # one of them was joined to another meanwhile
        _join(groups, one, other)
        for third in groups[one].near:
            first, second = min(one, third), max(one, third)
            if again := _joined(groups, first, second, limit):
                heapq.heappush(best, (-again, first, second))
    return [sorted(group.members) for group in groups.values()]


def _joined(groups: Mapping[int, _Group], one: int, other: int, limit: Limit) -> float:
    """How alike two groups are; 0 where that is not enough to join them."""
    ours, theirs = groups[one], groups[other]
    sizes = len(ours.members), len(theirs.members)
    between = ours.near.get(other, 0.0) / (sizes[0] * sizes[1])
    needed = limit.needed(one=ours.cohesion, other=theirs.cohesion, smaller=min(sizes))
    return between if between >= needed else 0.0


def _join(groups: dict[int, _Group], one: int, other: int) -> None:
    ours, theirs = groups[one], groups.pop(other)
    ours.members += theirs.members
    ours.inner += theirs.inner + ours.near.pop(other)
    for third, likeness in theirs.near.items():
        if third == one:
            continue
        near = groups[third].near
        del near[other]
        near[one] = ours.near[third] = ours.near.get(third, 0.0) + likeness
