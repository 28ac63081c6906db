"""Pairs of answers to one conversation, of which people or judges preferred one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.training import TrainingTurn
from training.data.candidates import Candidate

LEAST_DIFFERENCE = 0.25
"""In worth, from which on one result is better than another."""
KEPT = 4
"""Results of one request that are compared with further ones."""


@dataclass(frozen=True, slots=True)
class Preference:
    """Two turns that follow the same conversation."""

    prefix: tuple[TrainingTurn, ...]
    chosen: TrainingTurn
    rejected: TrainingTurn


def pairs(candidate: Candidate, earlier: list[Candidate]) -> list[Preference]:
    """The pair of a result with the earlier one of the same request that differs most from it in
    worth; none where none differs enough. ``earlier`` is added to, best and worst first."""
    value = candidate.value or 0.0
    other = max(earlier, key=lambda c: abs((c.value or 0.0) - value), default=None)
    earlier.append(candidate)
    if len(earlier) > KEPT:
        earlier.sort(key=lambda c: c.value or 0.0)
        del earlier[len(earlier) // 2]
    if other is None or abs((other.value or 0.0) - value) < LEAST_DIFFERENCE:
        return []
    best, worst = sorted((candidate, other), key=lambda c: -(c.value or 0.0))
    pair = where_they_part(best.turns, worst.turns)
    return [pair] if pair is not None else []


def where_they_part(
    best: Sequence[TrainingTurn], worst: Sequence[TrainingTurn]
) -> Preference | None:
    """The first turns of the agent that differ after the same conversation; None where something
    else differs first, such as what a search found."""
    for n, (good, bad) in enumerate(zip(best, worst, strict=False)):
        if good == bad:
            continue
        if good.role != "assistant" or bad.role != "assistant":
            return None
        return Preference(tuple(best[:n]), good, bad)
    return None
