"""Compares two agents on the same questions in the same environment."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from agent.ports import ChatModel
from domain.training import AgentComparison
from evaluation.report.bootstrap import Interval, interval
from training.advantages import Mask
from training.environment import Environment, Question, Rollout

TRIES = 2
"""Rollouts of each agent for each question, whose mean is compared."""
LEAST_PAIRS = 5
"""Fewer questions decide nothing."""
EVEN = 1e-9


@dataclass(frozen=True, slots=True)
class Compared:
    """The comparison, and its data."""

    comparison: AgentComparison
    first: float | None
    """The mean reward of the agent that serves."""
    second: float | None
    missing: int
    """Questions without a pair, because a judge gave no mark."""


async def compare(
    environment: Environment,
    serving: ChatModel,
    candidate: ChatModel,
    questions: Sequence[Question],
    *,
    against: str,
    tries: int = TRIES,
) -> Compared:
    """Compare a candidate with the agent that serves; ``against`` is that one's id.

    A run that failed, was too long or repeated itself is worth 0 here, since its requester gets
    nothing; only what the judge did not mark is missing.
    """

    async def pair(question: Question) -> tuple[float | None, float | None]:
        ours, theirs = await asyncio.gather(
            environment.group(serving, question, tries),
            environment.group(candidate, question, tries),
        )
        return worth(ours), worth(theirs)

    found = await asyncio.gather(*(pair(question) for question in questions))
    pairs = [(a, b) for a, b in found if a is not None and b is not None]
    return of_pairs(pairs, against=against, missing=len(found) - len(pairs))


def of_pairs(pairs: Sequence[tuple[float, float]], *, against: str, missing: int = 0) -> Compared:
    """The comparison of rewards by question, (serving, candidate) each. Without enough pairs the
    interval is as wide as it can be, so that nothing is decided."""
    known = interval(pairs, lambda drawn: fmean(b - a for a, b in drawn) if drawn else None)
    decides = len(pairs) >= LEAST_PAIRS and known.low is not None and known.high is not None
    comparison = AgentComparison(
        against=against,
        difference=round(known.value or 0.0, 6),
        low=round(known.low, 6) if decides and known.low is not None else -1.0,
        high=round(known.high, 6) if decides and known.high is not None else 1.0,
        pairs=len(pairs),
        wins=sum(b > a + EVEN for a, b in pairs),
        losses=sum(a > b + EVEN for a, b in pairs),
    )
    return Compared(
        comparison,
        round(fmean(a for a, _ in pairs), 6) if pairs else None,
        round(fmean(b for _, b in pairs), 6) if pairs else None,
        missing,
    )


def with_benchmark(comparison: AgentComparison, overall: Interval) -> AgentComparison:
    """The comparison, together with that on a benchmark: what is clearly worse there is worse, and
    what is not known there is not better."""
    if overall.high is not None and overall.high < 0:
        return replace(
            comparison,
            difference=round(overall.value or 0.0, 6),
            low=round(overall.low or overall.high, 6),
            high=round(overall.high, 6),
            pairs=overall.n,
        )
    if overall.low is None and not comparison.is_worse:
        return replace(comparison, low=min(comparison.low, 0.0))
    return comparison


def worth(rollouts: Sequence[Rollout]) -> float | None:
    """The mean worth of an agent's rollouts of a question to the requester."""
    values: list[float] = []
    for rollout in rollouts:
        if rollout.mask is Mask.JUDGE_FAILED:
            continue
        values.append(0.0 if rollout.mask is not Mask.NONE else rollout.reward.value or 0.0)
    return fmean(values) if values else None
