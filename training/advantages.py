"""From rewards of a group of rollouts to advantages, and which rollouts count (GRPO).

Advantages are differences from the group's mean in units of its deviation (Shao et al.,
DeepSeekMath, arXiv 2402.03300). Masked rollouts count neither in the mean nor in the loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, pstdev


class Mask(StrEnum):
    """The reason why a rollout does not count."""

    NONE = ""
    JUDGE_FAILED = "the judge gave no mark"
    OVERLONG = "it ran out of tokens"
    REPEATED = "it said the same again"
    FAILED = "the environment failed"


@dataclass(frozen=True, slots=True)
class Scored:
    """A rollout's reward; None where there is none. A masked rollout may have one all the same."""

    reward: float | None
    mask: Mask = Mask.NONE

    @property
    def counts(self) -> bool:
        """Whether it takes part."""
        return self.mask is Mask.NONE and self.reward is not None


def advantages(group: Sequence[Scored], *, epsilon: float = 1e-4) -> list[float]:
    """The advantage of each rollout of a group; 0 for those that do not count, and for all where
    fewer than two count or all are worth the same."""
    rewards = [each.reward for each in group if each.counts and each.reward is not None]
    if len(rewards) < 2 or (spread := pstdev(rewards)) < epsilon:
        return [0.0] * len(group)
    mean = fmean(rewards)
    return [
        (each.reward - mean) / (spread + epsilon)
        if each.counts and each.reward is not None
        else 0.0
        for each in group
    ]
