"""Intervals, agreement and the knowledge boundary, against numbers computed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from evaluation.benchmarks.limner import LimnerBench
from evaluation.benchmarks.model import Row, Sample
from evaluation.benchmarks.wise import Wise
from evaluation.judging.agreement import agreement
from evaluation.judging.judge import Judgement
from evaluation.limner_bench import compared, of_shard, read_baseline, write_baseline
from evaluation.report.bootstrap import Interval, interval
from evaluation.report.boundary import (
    Comparison,
    Pairing,
    boundary,
    boundary_lines,
    category_of,
    comparisons,
    mark_written,
    not_written,
    pairings,
)
from evaluation.report.scoring import Scored, difference
from evaluation.runs.matrix import Condition, Shard
from evaluation.runs.records import Record, RunFolder


def mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def test_an_interval_holds_the_value_and_narrows_with_more_samples() -> None:
    few = interval([0.0, 1.0] * 10, mean)
    many = interval([0.0, 1.0] * 500, mean)
    assert few.value == many.value == 0.5
    assert few.low is not None
    assert few.high is not None
    assert many.low is not None
    assert many.high is not None
    assert few.low < many.low < 0.5 < many.high < few.high
    # the normal approximation for n = 1000: 0.5 ± 1.96 × 0.5 / √1000 = ± 0.031
    assert many.high - 0.5 == pytest.approx(0.031, abs=0.006)
    assert interval([0.0, 1.0] * 10, mean) == few


def test_one_sample_has_no_interval_and_none_no_value() -> None:
    assert interval([1.0], mean) == Interval(1.0, None, None, 1)
    assert interval(list[float](), mean).value is None
    assert not interval([1.0], mean).is_clear


def scored(condition: str, marks: dict[str, float | None]) -> Scored:
    rows = tuple(
        Row(Sample(name, "p", "art"), None if mark is None else {"score": mark})
        for name, mark in marks.items()
    )
    wise = Wise()
    nothing = Interval(None, None, None, 0)
    return Scored(condition, "j", rows, wise.score(rows), wise.score(rows), nothing, nothing, {})


def test_a_paired_difference_counts_wins_losses_and_what_both_have() -> None:
    first = scored("off", {"1": 0.0, "2": 1.0, "3": 1.0, "4": None, "5": 0.0})
    second = scored("auto", {"1": 1.0, "2": 1.0, "3": 0.0, "4": 1.0, "5": 1.0})
    found = difference(Wise(), first, second, resamples=50)
    assert (found.wins, found.losses, found.ties) == (2, 1, 1)
    assert found.overall.value == pytest.approx(3 / 4 - 2 / 4)
    assert found.overall.n == 4
    assert found.overall_zero.value == pytest.approx(4 / 5 - 2 / 5)


def judged(marks: dict[str, float | None]) -> dict[str, Judgement]:
    return {
        name: Judgement("j", "c", name, None if mark is None else {"score": mark})
        for name, mark in marks.items()
    }


def test_agreement_is_what_chance_does_not_explain() -> None:
    one = judged({"a": 1, "b": 0, "c": 1, "d": 0, "e": 1})
    other = judged({"a": 1, "b": 0, "c": 0, "d": 0, "e": None})
    found = agreement(one, other)["score"]
    assert found.n == 4
    assert found.same == 0.75
    # observed disagreement 1/4; expected: 2/4 × 3/4 + 2/4 × 1/4 = 1/2 → kappa 1/2
    assert found.kappa == pytest.approx(0.5)
    assert agreement(one, one)["score"].kappa == 1.0
    assert agreement(judged({"a": 1}), judged({"a": 1}))["score"].kappa is None
    assert agreement({}, other) == {}


def a_comparison(key: str, kind: str, without: float, after: float) -> Comparison:
    return Comparison(key, Sample(key, "p", kind), without, after, 0.01, 2.0)


def test_the_boundary_says_where_research_helps_and_where_it_hurts() -> None:
    found = [
        *(a_comparison(f"n{n}", "news", 0.2, 0.8 + n % 2 / 10) for n in range(20)),
        *(a_comparison(f"c{n}", "cats", 0.9, 0.5 - n % 3 / 10) for n in range(20)),
        *(a_comparison(f"u{n}", "art", 0.5, 0.5 + (n % 3 - 1) / 5) for n in range(21)),
    ]
    rows = boundary("g", found, category_of, resamples=200)
    assert [(r.kind, r.verdict, r.known, r.comparisons) for r in rows] == [
        ("news", "helps", 0, 20),
        ("art", "not clear", 14, 21),
        ("cats", "hurts", 20, 20),
    ]
    assert rows[0].change.value == pytest.approx(0.65)
    assert rows[0].extra_usd == pytest.approx(0.01)
    page = "\n".join(boundary_lines(Wise(), rows))
    assert "| g | cats | hurts | -0.4" in page


def test_conditions_are_paired_when_research_alone_differs() -> None:
    conditions = [
        Condition("off", "a"), Condition("auto", "a"), Condition("deep", "a", seed=2),
        Condition("auto", "b"),
    ]  # fmt: skip
    found = [scored(c.name, {"1": 0.0}) for c in conditions]
    pairs = pairings(found, conditions, default_generator="x")
    assert [(p.generator, p.with_research.condition) for p in pairs] == [("a", "auto_a")]


def test_a_comparison_is_written_once(tmp_path: Path) -> None:
    before, after = scored("off", {"1": 0.0, "2": 1.0}), scored("auto", {"1": 1.0, "2": None})
    records = {
        (c, s): Record(s, c, "done", seconds=n, cost_usd=n / 100)
        for n, c in ((1.0, "off"), (3.0, "auto"))
        for s in ("1", "2")
    }
    (one,) = comparisons(Wise(), Pairing("g", before, after), records, "run")
    assert (one.sample.id, one.is_known) == ("1", False)
    assert one.extra_s == 2.0
    assert one.extra_usd == pytest.approx(0.02)
    folder = RunFolder(tmp_path)
    assert not_written(folder, [one]) == [one]
    mark_written(folder, [one])
    assert not_written(folder, [one]) == []


def test_a_drop_below_the_baseline_is_found_and_noise_is_not(tmp_path: Path) -> None:
    samples = LimnerBench().load(tmp_path).samples
    before = {s.id: {"search_gate": float(n % 4 > 0)} for n, s in enumerate(samples)}
    worse = {s.id: {"search_gate": float(n % 4 > 1)} for n, s in enumerate(samples)}
    noise = {s.id: {"search_gate": float((n + 1) % 4 > 0)} for n, s in enumerate(samples)}
    names = {c.name for c in compared(worse, before, resamples=100) if c.is_drop}
    assert names == {"overall", "search_gate"}
    assert not any(c.is_drop for c in compared(noise, before, resamples=100))
    assert not any(c.is_drop for c in compared(before, before, resamples=100))
    lost = dict(list(before.items())[:100])
    assert any(c.is_drop for c in compared(lost, before, resamples=100)), (
        "requests without a result count 0"
    )
    file = tmp_path / "baseline.json"
    write_baseline(before, file)
    assert read_baseline(file) == before


def test_a_shard_is_compared_with_its_own_part_of_the_baseline() -> None:
    before, halves = read_baseline(), [Shard(1, 2), Shard(2, 2)]
    parts = [of_shard(before, half) for half in halves]
    assert parts[0].keys() | parts[1].keys() == before.keys()
    assert not parts[0].keys() & parts[1].keys()
    assert not any(c.is_drop for c in compared(parts[0], parts[0], resamples=100))


def test_the_committed_baseline_belongs_to_the_corpus() -> None:
    known = {s.id for s in LimnerBench().load(Path()).samples}
    assert set(read_baseline()) <= known
    assert len(read_baseline()) >= 0.98 * len(known), "what is refused is in no baseline"
