"""From a run's records and marks to scores with intervals, with missing marks counted both ways."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from evaluation.benchmarks.model import Benchmark, Missing, Row, Sample, Scores
from evaluation.judging.judge import Judgement, judgements
from evaluation.report.bootstrap import Interval, interval
from evaluation.runs.records import DONE, Record, RunFolder

NO_MARKS = "not judged yet"


@dataclass(frozen=True, slots=True)
class Scored:
    """One condition with the marks of one judge."""

    condition: str
    judge: str
    rows: tuple[Row, ...]
    left_out: Scores
    """Samples without marks left out."""
    as_zero: Scores
    """Samples without marks count 0."""
    interval: Interval
    """Of the overall score, missing left out."""
    interval_zero: Interval
    missing: Mapping[str, int]
    """The reasons why samples have no marks, with how many."""
    cost_usd: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """Two conditions on the samples that both have marks for: second minus first."""

    first: str
    second: str
    judge: str
    overall: Interval
    overall_zero: Interval
    wins: int
    losses: int
    ties: int


def rows_of(
    samples: Sequence[Sample],
    records: Mapping[tuple[str, str], Record],
    condition: str,
    marked: Mapping[str, Judgement],
    outcomes_missing: Mapping[str, str],
) -> tuple[Row, ...]:
    """A row for every sample that the condition was to run, marked or with the reason why not."""
    rows: list[Row] = []
    for sample in samples:
        record = records.get((condition, sample.id))
        if record is None:
            rows.append(Row(sample, None, "not run yet"))
        elif record.status != DONE or sample.id in outcomes_missing:
            why = outcomes_missing.get(sample.id, record.status)
            rows.append(Row(sample, None, why))
        else:
            found = marked.get(sample.id)
            marks = found.marks if found and found.picture_sha256 == record.sha256 else None
            why = "" if marks is not None else (found.why if found else NO_MARKS)
            rows.append(Row(sample, marks, _short(why)))
    return tuple(rows)


def scored(
    benchmark: Benchmark, folder: RunFolder, samples: Sequence[Sample], *, resamples: int = 1000
) -> list[Scored]:
    """Every condition of a run by every judge that marked it."""
    recipe, records = folder.recipe(), folder.records()
    wanted = set(recipe.samples)
    of_run = [sample for sample in samples if sample.id in wanted]
    found: list[Scored] = []
    marked = judgements(folder)
    for condition in recipe.conditions:
        outcomes = folder.outcomes(condition.name)
        gone = {s: "picture missing" for s, o in outcomes.items() if o.status == "missing"}
        own = [r for (c, _), r in records.items() if c == condition.name]
        judges = sorted(judge for judge, name in marked if name == condition.name) or [""]
        for judge in judges:
            rows = rows_of(
                of_run, records, condition.name, marked.get((judge, condition.name), {}), gone
            )
            found.append(_scored(benchmark, condition.name, judge, rows, own, resamples))
    return found


def _scored(
    benchmark: Benchmark,
    condition: str,
    judge: str,
    rows: tuple[Row, ...],
    own: Sequence[Record],
    resamples: int,
) -> Scored:
    return Scored(
        condition=condition,
        judge=judge,
        rows=rows,
        left_out=benchmark.score(rows),
        as_zero=benchmark.score(rows, missing="zero"),
        interval=interval(rows, partial(_overall, benchmark, "skip"), resamples=resamples),
        interval_zero=interval(rows, partial(_overall, benchmark, "zero"), resamples=resamples),
        missing=dict(Counter(row.why for row in rows if row.marks is None).most_common()),
        cost_usd=sum(record.cost_usd for record in own),
        seconds=sum(record.seconds for record in own),
    )


def difference(
    benchmark: Benchmark, first: Scored, second: Scored, *, resamples: int = 1000
) -> Difference:
    """The paired difference of two conditions on the samples that both were run on."""
    others = {row.sample.id: row for row in second.rows}
    pairs = [(row, others[row.sample.id]) for row in first.rows if row.sample.id in others]
    both = [pair for pair in pairs if pair[0].marks is not None and pair[1].marks is not None]
    signs = Counter(_sign(benchmark, one, other) for one, other in both)
    return Difference(
        first=first.condition,
        second=second.condition,
        judge=first.judge,
        overall=interval(both, partial(_between, benchmark, "skip"), resamples=resamples),
        overall_zero=interval(pairs, partial(_between, benchmark, "zero"), resamples=resamples),
        wins=signs[1],
        losses=signs[-1],
        ties=signs[0],
    )


def sample_value(benchmark: Benchmark, row: Row) -> float | None:
    """The score of one sample alone, on the benchmark's scale."""
    return benchmark.score([row]).overall


def _sign(benchmark: Benchmark, one: Row, other: Row) -> int:
    before, after = sample_value(benchmark, one), sample_value(benchmark, other)
    if before is None or after is None or abs(after - before) < 1e-9:
        return 0
    return 1 if after > before else -1


def _overall(benchmark: Benchmark, missing: Missing, rows: Sequence[Row]) -> float | None:
    return benchmark.score(rows, missing=missing).overall


def _between(
    benchmark: Benchmark, missing: Missing, pairs: Sequence[tuple[Row, Row]]
) -> float | None:
    before = benchmark.score([one for one, _ in pairs], missing=missing).overall
    after = benchmark.score([other for _, other in pairs], missing=missing).overall
    return None if before is None or after is None else after - before


def _short(why: str) -> str:
    """The reason without what differs from sample to sample, so that equal ones are counted."""
    return why.partition(":")[0]
