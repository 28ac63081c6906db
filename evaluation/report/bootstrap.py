"""Confidence intervals by the percentile bootstrap over samples, paired where two are compared.

The whole scorer is applied to each resample, so that group means, weights and left-out text count
as they do in the score itself (Efron and Tibshirani, An Introduction to the Bootstrap, 1993).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

RESAMPLES = 1000
SEED = 20260101
"""The same resamples in every run, so that the same marks give the same interval."""
SURE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its 95 % interval; ``n`` samples. The interval is None below two samples."""

    value: float | None
    low: float | None
    high: float | None
    n: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def interval(
    items: Sequence[T],
    statistic: Callable[[Sequence[T]], float | None],
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Interval:
    """A statistic of the items with its interval. For a paired comparison an item is a pair."""
    value = statistic(items)
    if len(items) < 2 or value is None:
        return Interval(value, None, None, len(items))
    chance = random.Random(seed)  # noqa: S311 - resampling, no secret
    found: list[float] = []
    for _ in range(resamples):
        drawn = statistic(chance.choices(items, k=len(items)))
        if drawn is not None:
            found.append(drawn)
    if not found:
        return Interval(value, None, None, len(items))
    found.sort()
    return Interval(value, _quantile(found, (1 - SURE) / 2), _quantile(found, (1 + SURE) / 2),
                    len(items))  # fmt: skip


def _quantile(values: Sequence[float], share: float) -> float:
    at = share * (len(values) - 1)
    below = int(at)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (at - below)
