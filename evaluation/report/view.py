"""The content of a report, gathered once for Markdown and for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from evaluation.benchmarks.model import Benchmark, Problem, Row, Sample
from evaluation.judging.agreement import Agreement, agreement
from evaluation.judging.judge import judgements
from evaluation.report.bootstrap import Interval
from evaluation.report.scoring import Difference, Scored, difference, sample_value, scored
from evaluation.runs.records import Recipe, Record, RunFolder

SHOWN_PAIRS = 20


@dataclass(frozen=True, slots=True)
class Pair:
    """One sample in two conditions; ``change`` is on the benchmark's scale."""

    sample: Sample
    change: float
    before: Record | None
    after: Record | None
    before_picture: Path | None
    after_picture: Path | None
    before_score: float
    after_score: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two conditions, with the largest wins and losses of the second."""

    difference: Difference
    wins: tuple[Pair, ...]
    losses: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report says."""

    benchmark: Benchmark
    recipe: Recipe
    scored: tuple[Scored, ...]
    comparisons: tuple[Comparison, ...]
    agreements: Mapping[str, Mapping[str, Agreement]]
    problems: tuple[Problem, ...]
    verdict: str


def report_of(
    benchmark: Benchmark,
    folder: RunFolder,
    samples: Sequence[Sample],
    problems: Sequence[Problem],
    *,
    pairs: Sequence[tuple[str, str]] | None = None,
    resamples: int = 1000,
) -> Report:
    """Score a run and compare its conditions: those of ``pairs``, or the first with each other."""
    found = scored(benchmark, folder, samples, resamples=resamples)
    by_name = {(each.condition, each.judge): each for each in found}
    recipe = folder.recipe()
    names = [condition.name for condition in recipe.conditions]
    if pairs is None:
        pairs = [(names[0], name) for name in names[1:]]
    judges = sorted({each.judge for each in found})
    comparisons: list[Comparison] = []
    records = folder.records()
    for first, second in pairs:
        for judge in judges:
            one, other = by_name.get((first, judge)), by_name.get((second, judge))
            if one is not None and other is not None:
                between = difference(benchmark, one, other, resamples=resamples)
                comparisons.append(_compared(benchmark, folder, records, between, one, other))
    return Report(
        benchmark=benchmark,
        recipe=recipe,
        scored=tuple(found),
        comparisons=tuple(comparisons),
        agreements=_agreements(folder),
        problems=tuple(problems),
        verdict=verdict(benchmark, found, comparisons),
    )


def _compared(
    benchmark: Benchmark,
    folder: RunFolder,
    records: Mapping[tuple[str, str], Record],
    between: Difference,
    one: Scored,
    other: Scored,
) -> Comparison:
    rows = {row.sample.id: row for row in other.rows}
    pairs = [
        pair
        for row in one.rows
        if (after := rows.get(row.sample.id)) is not None
        if (pair := _pair(benchmark, folder, records, between, row, after)) is not None
    ]
    pairs.sort(key=lambda pair: (-abs(pair.change), pair.sample.id))
    wins = tuple(pair for pair in pairs if pair.change > 0)[:SHOWN_PAIRS]
    losses = tuple(pair for pair in pairs if pair.change < 0)[:SHOWN_PAIRS]
    return Comparison(between, wins, losses)


def _pair(
    benchmark: Benchmark,
    folder: RunFolder,
    records: Mapping[tuple[str, str], Record],
    between: Difference,
    before: Row,
    after: Row,
) -> Pair | None:
    if before.marks is None or after.marks is None:
        return None
    values = sample_value(benchmark, before), sample_value(benchmark, after)
    if values[0] is None or values[1] is None:
        return None
    old = records.get((between.first, before.sample.id))
    new = records.get((between.second, before.sample.id))
    return Pair(
        sample=before.sample,
        change=values[1] - values[0],
        before=old,
        after=new,
        before_picture=folder.folder / old.picture if old and old.picture else None,
        after_picture=folder.folder / new.picture if new and new.picture else None,
        before_score=values[0],
        after_score=values[1],
    )


def _agreements(folder: RunFolder) -> dict[str, dict[str, Agreement]]:
    found: dict[str, dict[str, Agreement]] = {}
    marked = judgements(folder)
    judges = sorted({judge for judge, _ in marked})
    for first, second in combinations(judges, 2):
        merged_first, merged_second = (
            {
                f"{condition}\0{sample}": mark
                for (judge, condition), each in marked.items()
                if judge == name
                for sample, mark in each.items()
            }
            for name in (first, second)
        )
        found[f"{first} and {second}"] = agreement(merged_first, merged_second)
    return found


def verdict(
    benchmark: Benchmark, found: Sequence[Scored], comparisons: Sequence[Comparison]
) -> str:
    """The result in one or two sentences."""
    marked = [each for each in found if each.left_out.overall is not None]
    if not marked:
        return "No picture is judged yet, so there is no score."
    if not comparisons:
        best = max(marked, key=lambda each: each.left_out.overall or 0.0)
        return (
            f"{best.condition} reaches {number(best.interval, benchmark)} over {best.left_out.n} "
            f"judged samples of {len(best.rows)}."
        )
    sentences: list[str] = []
    for each in comparisons:
        between = each.difference
        if between.overall.value is None:
            continue
        places = digits(benchmark)
        change = f"{between.overall.value:+.{places}f}"
        if not between.overall.is_clear:
            change_words = (
                f"makes no difference that {between.overall.n} samples can show ({change})"
            )
        else:
            word = "better" if between.overall.value > 0 else "worse"
            low, high = between.overall.low, between.overall.high
            change_words = f"is {word} by {change} [{low:+.{places}f}, {high:+.{places}f}]"
        sentences.append(f"{between.second} {change_words} compared to {between.first}.")
    return " ".join(sentences) or "No two conditions have marks for the same samples."


def digits(benchmark: Benchmark) -> int:
    """Decimals of a score: a benchmark's scale ends at 1 or at 100."""
    return 2 if benchmark.top > 1 else 4


def number(value: Interval, benchmark: Benchmark) -> str:
    """A value with its interval."""
    places = digits(benchmark)
    if value.value is None:
        return "–"
    if value.low is None or value.high is None:
        return f"{value.value:.{places}f}"
    return f"{value.value:.{places}f} [{value.low:.{places}f}, {value.high:.{places}f}]"
