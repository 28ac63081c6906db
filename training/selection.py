"""Rejection-sampling fine-tuning: which rollouts are worth learning from.

Of each question's rollouts the best is taken, and only where research helped this generator: where
it is worth more than the same generator's picture without research (SearchGen, arXiv 2607.05382).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.environment import Rollout

LEAST_GAIN = 0.05
LEAST_REWARD = 0.5


@dataclass(frozen=True, slots=True)
class Selection:
    """The rollouts that were taken, and why the others of the best were not."""

    taken: tuple[Rollout, ...]
    gains: Mapping[str, float]
    """By question: what the best rollout is worth more than no research."""
    left_out: Mapping[str, int]


def select(
    groups: Mapping[str, Sequence[Rollout]],
    baselines: Mapping[str, float | None],
    *,
    least_gain: float = LEAST_GAIN,
    least_reward: float = LEAST_REWARD,
) -> Selection:
    """The best rollout of each question where research helped.

    Args:
        groups: The rollouts by question.
        baselines: The reward without research by question; None where it is missing.
        least_gain: What research must add, from 0 to 1.
        least_reward: What the rollout must be worth by itself.
    """
    taken: list[Rollout] = []
    gains: dict[str, float] = {}
    left_out = {"no rollout counts": 0, "no baseline": 0, "research did not help": 0, "poor": 0}
    for question_id, rollouts in groups.items():
        counting = [r for r in rollouts if r.scored.counts]
        baseline = baselines.get(question_id)
        if not counting:
            left_out["no rollout counts"] += 1
            continue
        if baseline is None:
            left_out["no baseline"] += 1
            continue
        # Among equals the one with fewer calls: it costs less.
        best = max(counting, key=lambda r: (r.reward.value or 0.0, -r.calls, -r.number))
        value = best.reward.value or 0.0
        gains[question_id] = round(value - baseline, 6)
        if gains[question_id] < least_gain:
            left_out["research did not help"] += 1
        elif value < least_reward:
            left_out["poor"] += 1
        else:
            taken.append(best)
    return Selection(tuple(taken), gains, {why: n for why, n in left_out.items() if n})
