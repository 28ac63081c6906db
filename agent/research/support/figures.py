"""Numbers of a claim that the passages beside it neither give nor let one work out: another height,
the same figure with another unit, an exact number for a rough one.

A sum, a difference, a share or a time between two years follows from what a page says, so that a
claim may have it. A height of 94 metres where all know of 84 has another origin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final

from agent.research.support.assessment import Assessment
from agent.research.support.dates import Moment
from agent.research.support.pages import Facts
from agent.research.support.quantities import Quantity

LOST_NUMBER: Final = "lost number"
OTHER_UNIT: Final = "other unit"
TOO_EXACT: Final = "too exact"
_YEAR: Final = 31_557_600.0
"""Seconds."""
_NEAR: Final = 0.06
_MOST_NUMBERS: Final = 24
"""Numbers of the passages that are combined; more give nearly any other one."""
_FEW: Final = 10
"""Up to it, numbers are too common to be worked out from others."""
_FACTORS: Final = (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 100.0)
_ABOUT: Final = 0.3
"""Of a claim's words, that a passage must hold for its numbers to be rivals of the claim's."""
_EXACTLY: Final = frozenset(
    "exactly precisely genau exactement precisement exactamente precisamente esattamente "  # noqa: SIM905
    "exatamente".split()
)
_EXACT_REACH: Final = 3


def find_wrong_figures(assessed: Sequence[Assessment]) -> frozenset[str]:
    """What is wrong with the numbers of a claim beside passages in its own language, of which there
    must be one."""
    around = _get_around(assessed)
    quantities = [q for facts in around for q in facts.quantities]
    moments = [m for facts in around for m in facts.moments]
    found: set[str] = set()
    for quantity in assessed[0].alignment.claim.quantities:
        if quantity.rank or any(quantity.agrees(other) for other in quantities):
            continue
        if any(_has_other_unit(quantity, a.alignment.passage.quantities) for a in assessed):
            found.add(OTHER_UNIT)
        elif not _is_worked_out(quantity, quantities, moments) and any(
            _has_rival(quantity, a) for a in assessed
        ):
            found.add(LOST_NUMBER)
    if any(_too_exact(assessed)):
        found.add(TOO_EXACT)
    return frozenset(found)


def _get_around(assessed: Iterable[Assessment]) -> list[Facts]:
    """The passages and those around them, each once."""
    every = (f for a in assessed for f in (a.alignment.passage, *a.alignment.window))
    return list({id(facts): facts for facts in every}.values())


def _is_worked_out(
    mine: Quantity, quantities: Sequence[Quantity], moments: Sequence[Moment]
) -> bool:
    """Whether a number follows from others: the years between two dates, a sum, a share."""
    if mine.kind == "duration":
        return _is_time_between(mine, moments) or _is_combined(mine, quantities)
    return _is_combined(mine, quantities)


def _is_time_between(mine: Quantity, moments: Sequence[Moment]) -> bool:
    if mine.unit is None or mine.unit.name != "year":
        return sum(m.field in ("day", "month", "clock") for m in moments) > 1
    years = sorted({m.value for m in moments if m.field in ("year", "decade")})
    return any(
        _is_as_much(mine, (later - first) * _YEAR, slack=_YEAR / 2)
        for first, later in combinations(years, 2)
    )


def _is_combined(mine: Quantity, quantities: Sequence[Quantity]) -> bool:
    like = [q for q in quantities if not mine.kind or q.kind in ("", mine.kind)]
    told = [q for q in like if not q.rank][:_MOST_NUMBERS]
    values = sorted({v for q in told for v in (q.values if mine.kind else q.written or q.values)})
    values = [value for value in values if value]
    if any(_is_as_much(mine, other - one) for one, other in combinations(values, 2)):
        return True
    if all(value < _FEW for value in mine.written or mine.values):
        return False
    for one in values:
        if any(_is_as_much(mine, n) for f in _FACTORS for n in (one * f, one / f)):
            return True
    for one, other in combinations(values, 2):
        made = (one + other, one * other, other / one)
        if any(_is_as_much(mine, value) for value in made):
            return True
    return False


def _is_as_much(mine: Quantity, value: float, *, slack: float = 0.0) -> bool:
    for own in mine.values:
        most = max(slack, (_NEAR if mine.bound == "about" else 0.0) * own)
        if abs(own - value) <= most + 1e-6 * own:
            return True
        if mine.bound == "more" and own < value <= 1.5 * own:
            return True
        if mine.bound == "less" and own > value >= own / 1.5:
            return True
    return False


def _has_other_unit(mine: Quantity, others: Iterable[Quantity]) -> bool:
    """Whether the passage has the same figure with another unit of its kind."""
    return any(
        mine.unit is not None
        and other.unit is not None
        and mine.unit != other.unit
        and mine.kind == other.kind
        and set(mine.written) & set(other.written)
        for other in others
    )


def _has_rival(mine: Quantity, assessment: Assessment) -> bool:
    if assessment.titled < _ABOUT:
        return False
    others = assessment.alignment.passage.quantities
    claim = assessment.alignment.claim.quantities
    free = [q for q in others if not any(own.agrees(q) for own in claim)]
    return any(mine.is_comparable(other) and (mine.kind or mine.noun) for other in free)


def _too_exact(assessed: Sequence[Assessment]) -> Iterator[bool]:
    """Whether each word such as "exactly" stands before a number that all passages give roughly."""
    claim = assessed[0].alignment.claim
    for word in claim.reading.words:
        if word.plain not in _EXACTLY:
            continue
        mine = [q for q in claim.quantities if 0 < q.place - word.place <= _EXACT_REACH]
        theirs = [
            other
            for a in assessed
            for other in a.alignment.passage.quantities
            if mine and mine[0].agrees(other)
        ]
        yield bool(theirs) and all(other.bound for other in theirs)
