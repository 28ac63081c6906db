"""The knowledge boundary: for which kinds of subject research helps a generator, where it hurts,
and what it costs (SearchGen, arXiv 2607.05382).

Each sample that was made without research and with it is one comparison. A generator *knew* the
sample where the picture without research was at least as good.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.benchmarks.model import Benchmark, Sample
from evaluation.report.bootstrap import Interval, interval
from evaluation.report.scoring import Scored, sample_value
from evaluation.runs.matrix import Condition
from evaluation.runs.records import Record, RunFolder, read_lines, write_atomically

WRITTEN_FILE = "boundary-written.json"
HELPS, HURTS, UNCLEAR, TOO_FEW = "helps", "hurts", "not clear", "too few"
LEAST = 10
"""Comparisons below which no statement is made: an interval over so few is too narrow."""
EQUAL = 1e-9

KindsOf = Callable[[Sample], Sequence[str]]
"""The kinds of subject that a sample is about, by which a search gate keeps what is known."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One sample with and without research, as one judge marked it."""

    key: str
    sample: Sample
    without: float
    with_research: float
    extra_usd: float
    extra_s: float

    @property
    def is_known(self) -> bool:
        """Whether the generator did as well without research."""
        return self.without >= self.with_research - EQUAL


@dataclass(frozen=True, slots=True)
class BoundaryRow:
    """A generator and a kind of subject; ``change`` is the mean gain by research on the
    benchmark's scale with its interval, money and seconds are the mean for a sample."""

    generator: str
    kind: str
    comparisons: int
    known: int
    change: Interval
    extra_usd: float
    extra_s: float

    @property
    def verdict(self) -> str:
        """The statement that the interval allows."""
        if self.comparisons < LEAST:
            return TOO_FEW
        if not self.change.is_clear or self.change.value is None:
            return UNCLEAR
        return HELPS if self.change.value > 0 else HURTS


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two conditions that differ in research alone."""

    generator: str
    without: Scored
    with_research: Scored


def pairings(
    found: Sequence[Scored], conditions: Sequence[Condition], *, default_generator: str
) -> list[Pairing]:
    """Every condition without research with each that differs from it in research alone, as the
    same judge marked both."""
    by_name = {condition.name: condition for condition in conditions}
    pairs: list[Pairing] = []
    for one in found:
        before = by_name[one.condition]
        if before.research != "off":
            continue
        for other in found:
            after = by_name[other.condition]
            if other.judge != one.judge or after.research == "off":
                continue
            if _without_research(before) == _without_research(after):
                pairs.append(Pairing(before.generator or default_generator, one, other))
    return pairs


def _without_research(condition: Condition) -> tuple[object, ...]:
    return (
        *(condition.generator, condition.profile, condition.check),
        *(condition.best_of, condition.seed),
    )


def comparisons(
    benchmark: Benchmark,
    pairing: Pairing,
    records: Mapping[tuple[str, str], Record],
    run_id: str,
) -> list[Comparison]:
    """The samples that have marks in both conditions."""
    first, second = pairing.without, pairing.with_research
    others = {row.sample.id: row for row in second.rows}
    found: list[Comparison] = []
    for row in first.rows:
        other = others.get(row.sample.id)
        if row.marks is None or other is None or other.marks is None:
            continue
        before, after = sample_value(benchmark, row), sample_value(benchmark, other)
        old = records.get((first.condition, row.sample.id))
        new = records.get((second.condition, row.sample.id))
        if before is None or after is None or old is None or new is None:
            continue
        key = f"{run_id}/{first.condition}/{second.condition}/{first.judge}/{row.sample.id}"
        found.append(
            Comparison(
                key=key,
                sample=row.sample,
                without=before,
                with_research=after,
                extra_usd=new.cost_usd - old.cost_usd,
                extra_s=new.seconds - old.seconds,
            )
        )
    return found


def boundary(
    generator: str, found: Sequence[Comparison], kinds_of: KindsOf, *, resamples: int = 1000
) -> list[BoundaryRow]:
    """A row for each kind of subject, the clearest gain first."""
    groups: dict[str, list[Comparison]] = {}
    for each in found:
        for kind in dict.fromkeys(kinds_of(each.sample)):
            groups.setdefault(kind, []).append(each)
    rows = [
        BoundaryRow(
            generator=generator,
            kind=kind,
            comparisons=len(group),
            known=sum(each.is_known for each in group),
            change=interval(group, _mean_change, resamples=resamples),
            extra_usd=sum(each.extra_usd for each in group) / len(group),
            extra_s=sum(each.extra_s for each in group) / len(group),
        )
        for kind, group in groups.items()
    ]
    return sorted(rows, key=lambda row: (-(row.change.value or 0.0), row.kind))


def _mean_change(found: Sequence[Comparison]) -> float | None:
    return sum(each.with_research - each.without for each in found) / len(found) if found else None


def category_of(sample: Sample) -> Sequence[str]:
    """The benchmark's own category of a sample."""
    return (sample.kind or "all",)


def not_written(folder: RunFolder, found: Sequence[Comparison]) -> list[Comparison]:
    """The comparisons that were not put into the search gate's table before, so that a command
    that is run twice counts none twice."""
    known = _written(folder.folder / WRITTEN_FILE)
    return [each for each in found if each.key not in known]


def mark_written(folder: RunFolder, found: Sequence[Comparison]) -> None:
    """Remember that these comparisons are in the table."""
    file = folder.folder / WRITTEN_FILE
    keys = sorted(_written(file) | {each.key for each in found})
    write_atomically(file, json.dumps({"keys": keys}).encode())


def _written(file: Path) -> set[str]:
    for plain in read_lines(file):
        return set(plain.get("keys", ()))
    return set()


def boundary_lines(benchmark: Benchmark, rows: Sequence[BoundaryRow]) -> list[str]:
    """One page in Markdown: where research helps, where it hurts, what it costs."""
    lines = [
        f"# Where research helps, by {benchmark.title}",
        "",
        "| generator | kind of subject | research | gain [95 %] | as good without | cost | time |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    places = 2 if benchmark.top > 1 else 3
    for row in rows:
        low, high = row.change.low, row.change.high
        span = "" if low is None or high is None else f" [{low:+.{places}f}, {high:+.{places}f}]"
        lines.append(
            f"| {row.generator} | {row.kind} | {row.verdict} | "
            f"{row.change.value or 0.0:+.{places}f}{span} | {row.known} of {row.comparisons} | "
            f"${row.extra_usd:.4f} | {row.extra_s:+.1f} s |"
        )
    return lines
