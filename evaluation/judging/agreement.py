"""Agreement of two judges on the same pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evaluation.judging.judge import Judgement


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of one dimension over ``n`` marks that both gave: the share that is the same, the mean
    absolute difference on the mark's own scale, and Cohen's kappa with linear weights (1 is full
    agreement, 0 what chance gives; None where it is not defined)."""

    n: int
    same: float
    difference: float
    kappa: float | None


def agreement(
    first: Mapping[str, Judgement], second: Mapping[str, Judgement]
) -> dict[str, Agreement]:
    """Agreement by dimension over the samples that both judges marked. A dimension that one calls
    not applicable and the other marks is left out of it."""
    pairs: dict[str, list[tuple[float, float]]] = {}
    for sample, one in first.items():
        other = second.get(sample)
        if one.marks is None or other is None or other.marks is None:
            continue
        for name, value in one.marks.items():
            mark = other.marks.get(name)
            if value is not None and mark is not None:
                pairs.setdefault(name.partition(":")[0], []).append((value, mark))
    return {name: _agreement(each) for name, each in pairs.items()}


def _agreement(pairs: list[tuple[float, float]]) -> Agreement:
    n = len(pairs)
    same = sum(1 for a, b in pairs if a == b) / n
    difference = sum(abs(a - b) for a, b in pairs) / n
    # Linear weights: the expected difference of two judges that mark independently of each other.
    expected = sum(abs(a - b) for a, _ in pairs for _, b in pairs) / n**2
    return Agreement(n, same, difference, 1 - difference / expected if expected else None)
