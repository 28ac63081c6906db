"""Scores of the public benchmarks against tables computed by hand, and with upstream's scripts
where a checkout is given."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from evaluation.benchmarks.agentgen import AgentGen
from evaluation.benchmarks.genevolve import GenEvolve
from evaluation.benchmarks.knowgen import KnowGen
from evaluation.benchmarks.model import Benchmark, Marks, Missing, Row, Sample
from evaluation.benchmarks.wise import LEGACY, VERIFIED, Wise

CHECKOUTS = os.environ.get("LIMNER_TEST_CHECKOUTS", "")
"""A folder with checkouts of WISE, Gen-Searcher, GenEvolve and SearchGen."""


def four(f: float, v: float, t: float | None, a: float) -> Marks:
    return {"faithfulness": f, "visual_correctness": v, "text_accuracy": t, "aesthetics": a}


def row(
    identifier: str, marks: Marks | None, kind: str = "", facts: dict[str, Any] | None = None
) -> Row:
    return Row(Sample(identifier, "p", kind, facts=facts or {}), marks, "" if marks else "failed")


KNOWGEN = (
    row("1", four(1, 0.5, 1, 0.5), "biology"),
    row("2", four(0.5, 0, None, 0), "history"),
    row("3", None, "art"),
    row("4", four(1, 1, 0.5, 1), "anime"),
    row("5", four(1, 1, 1, 1), "cooking"),
)


def test_knowgen_is_the_mean_of_two_groups_and_leaves_out_text_where_none_is_needed() -> None:
    # science: F (1+.5)/2=.75  V .25  T 1 (one sample)  A .25 → .075+.1+.4+.025 = .6
    # pop:     F 1  V 1  T .5  A 1 → .1+.4+.2+.1 = .8; cooking is in no group
    scores = KnowGen().score(KNOWGEN)
    assert scores.overall == pytest.approx(70.0)
    assert scores.n == 3
    assert scores.parts["science_and_knowledge: text_accuracy"].n == 1


def test_knowgen_counts_a_failed_sample_as_zero_when_asked() -> None:
    # science .6 × 2/3 = .4; pop .8 → .6
    assert KnowGen().score(KNOWGEN, missing="zero").overall == pytest.approx(60.0)


def test_text_counts_half_where_no_sample_of_the_group_needs_any() -> None:
    rows = (row("1", four(1, 1, None, 1), "physics"),)
    assert KnowGen().score(rows).overall == pytest.approx(80.0)


def test_nothing_marked_gives_no_score() -> None:
    rows = (row("1", None, "physics"),)
    assert KnowGen().score(rows).overall is None
    assert KnowGen().score(rows, missing="zero").overall == 0.0
    assert KnowGen().score([]).overall is None


def test_genevolve_scores_all_samples_and_each_eval_type() -> None:
    rows = (
        row("a", four(1, 0.5, None, 1), facts={"eval_type": "knowledge"}),
        row("b", four(0, 0.5, 1, 0.5), facts={"eval_type": "quality"}),
        row("c", None, facts={"eval_type": "quality"}),
    )
    # F .5  V .5  T 1  A .75 → .05+.2+.4+.075 = .725
    scores = GenEvolve().score(rows)
    assert scores.overall == pytest.approx(0.725)
    assert scores.parts["eval_type:knowledge"].value == pytest.approx(0.1 + 0.2 + 0.2 + 0.1)
    # the samples' own: a .6, b .65; their mean .625 × 2/3
    zero = GenEvolve().score(rows, missing="zero").overall
    assert zero == pytest.approx(0.4167, abs=1e-9)


def test_wise_verified_weighs_culture_forty_and_five_others_twelve() -> None:
    rows = [
        *(row(str(n), {"score": 1.0}) for n in (1, 400)),
        *(row(str(n), {"score": 0.0}) for n in (2, 3)),
        row("401", {"score": 1.0}),
        row("521", {"score": 0.0}),
        row("641", {"score": 1.0}),
        row("761", {"score": 1.0}),
        row("881", {"score": 0.0}),
        row("1000", None),
    ]
    # .4×.5 + .12×(1+0+1+1+0) = .56; with CHEMISTRY 0/2 the same
    assert Wise(VERIFIED).score(rows).overall == pytest.approx(0.56)
    zero = Wise(VERIFIED).score([*rows, row("522", None)], missing="zero")
    assert zero.overall == pytest.approx(0.56)
    assert zero.parts["SPACE"].n == 2


def test_wise_legacy_has_other_bounds_weights_and_marks() -> None:
    def marks(c: float, r: float, a: float) -> Marks:
        return {"consistency": c, "realism": r, "aesthetic_quality": a}

    rows = [
        row("1", marks(2, 1, 0)),  # CULTURE (1.4 + .2)/2 = .8
        row("567", marks(1, 1, 1)),  # TIME .5
        row("568", marks(0, 2, 2)),  # SPACE (.4 + .2)/2 = .3
        row("800", marks(2, 2, 2)),  # BIOLOGY 1
        row("801", marks(0, 0, 0)),  # PHYSICS 0
        row("901", marks(2, 0, 0)),  # CHEMISTRY .7
    ]
    assert Wise(LEGACY).score(rows).overall == pytest.approx(
        0.4 * 0.8 + 0.167 * 0.5 + 0.133 * 0.3 + 0.1 * (1 + 0 + 0.7)
    )


def test_categories_without_samples_do_not_lower_the_score_of_a_part() -> None:
    rows = [row("1", {"score": 1.0}), row("401", {"score": 1.0})]
    assert Wise(VERIFIED).score(rows).overall == pytest.approx(1.0)


AGENTGEN = (
    row("x", {"checklist:0": 3.0, "checklist:1": 2.0, "rubric:wings": 1.0,
              "rubric:image_quality": 3.0, "rubric:text_rendering": None,
              "visual_reference_evaluation": 0.5, "text_reference_evaluation": 3.0}),
    row("y", {"checklist:0": 1.5, "rubric:wings": 1.5, "rubric:prompt_faithfulness": 1.5,
              "visual_reference_evaluation": None}),
    row("z", None),
)  # fmt: skip


def test_overall9_is_the_mean_of_what_applies_to_each_sample() -> None:
    # x: checklist 2.5, rubric 1, quality 3, visual .5 → 7/4 = 1.75; y: 1.5 → 1.625/3 = 54.1667
    scores = AgentGen().score(AGENTGEN)
    assert scores.overall == pytest.approx(54.1667, abs=1e-4)
    assert AgentGen().score(AGENTGEN, missing="zero").overall == pytest.approx(36.1111, abs=1e-4)
    # component means: checklist 2, rubric 1.25, faithful 1.5, quality 3, visual .5, text 3
    assert scores.parts["overall_mean"].value == pytest.approx(
        (2 + 1.25 + 1.5 + 3 + 0.5 + 3) / 6 / 3 * 100
    )


@pytest.mark.parametrize("missing", ["skip", "zero"])
@pytest.mark.parametrize("benchmark", [KnowGen(), GenEvolve(), Wise(), Wise(LEGACY), AgentGen()])
def test_an_empty_run_has_no_score(benchmark: Benchmark, missing: Missing) -> None:
    assert benchmark.score([], missing=missing).overall is None


# --- the judges' answers -------------------------------------------------------------------------

SAMPLE = Sample("1", "p", facts={"row": {"verification_checklist": ["a", "b"]}, "pictures": []})


@pytest.mark.parametrize(
    "answer",
    [
        "The picture is quite good, I would say.",
        "",
        '{"faithfulness": 0.7, "visual_correctness": 1, "text_needed": false, "aesthetics": 1}',
        '{"faithfulness": 1, "visual_correctness": 1, "aesthetics": 1}',
        '{"faithfulness": true, "visual_correctness": 1, "text_accuracy": 1, "aesthetics": 1}',
        '{"faithfulness": 2, "visual_correctness": 1, "text_accuracy": 1, "aesthetics": 1}',
        "[1, 1, 1, 1]",
    ],
)
def test_an_answer_without_clear_marks_gives_none(answer: str) -> None:
    assert KnowGen().read_marks(answer, SAMPLE) is None


def test_marks_are_read_around_prose_and_thoughts() -> None:
    answer = (
        "<think>{1}</think>Here:\n```json\n"
        '{"rationale": "x", "faithfulness": 1, "visual_correctness": 0.5, "text_needed": false, '
        '"text_accuracy": 0.5, "aesthetics": "1"}\n```'
    )
    assert KnowGen().read_marks(answer, SAMPLE) == four(1, 0.5, None, 1)


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("Score: 1", 1.0),
        ("**Score:** 0", 0.0),
        ("<think>Score: 0</think>\nScore: 1", 1.0),
        ("1", 1.0),
        ("Score: 2", None),
        ("It deserves a 1 for effort.", None),
        ("Score: 0\nScore: 1", None),
    ],
)
def test_binary_marks(answer: str, score: float | None) -> None:
    found = Wise().read_marks(answer, SAMPLE)
    assert (found["score"] if found else None) == score


def test_agentgen_reads_json_and_the_released_judges_xml() -> None:
    plain = (
        '{"checklist": [3, 2.5], "rubric": {"wings": 1, "text_rendering": null}, '
        '"visual_reference": 2, "text_reference": null}'
    )
    xml = (
        "<evaluation><checklist><item i='0'><criterion>a</criterion><reason>r</reason>"
        "<score>3</score></item><item i='1'><score>2.5</score></item></checklist><rubric>"
        '<dimension name="wings"><reason>r</reason><score>1</score></dimension>'
        '<dimension name="text_rendering"><reason>r</reason><score></score></dimension></rubric>'
        "<visual_reference><applicable>true</applicable><score>2</score></visual_reference>"
        "<text_reference><applicable>false</applicable><score>0</score></text_reference>"
        "</evaluation>"
    )
    wanted = {
        "checklist:0": 3.0,
        "checklist:1": 2.5,
        "rubric:wings": 1.0,
        "rubric:text_rendering": None,
        "visual_reference_evaluation": 2.0,
        "text_reference_evaluation": None,
    }
    assert AgentGen().read_marks(plain, SAMPLE) == wanted
    assert AgentGen().read_marks(xml, SAMPLE) == wanted
    assert AgentGen().read_marks('{"checklist": [3], "rubric": {"wings": 1}}', SAMPLE) is None
    assert AgentGen().read_marks('{"checklist": [3, 4], "rubric": {"wings": 1}}', SAMPLE) is None


# --- the same marks through upstream's scripts ---------------------------------------------------

needs_checkouts = pytest.mark.skipif(not CHECKOUTS, reason="LIMNER_TEST_CHECKOUTS is not set")


def upstream(name: str, path: str) -> Any:
    file = Path(CHECKOUTS) / name / path
    spec = importlib.util.spec_from_file_location(f"upstream_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def many(kinds: Sequence[str]) -> list[Row]:
    steps = (0.0, 0.5, 1.0)
    return [
        row(
            str(n),
            four(
                steps[n % 3],
                steps[n // 3 % 3],
                None if n % 4 == 0 else steps[n // 2 % 3],
                steps[n % 2],
            ),
            kinds[n % len(kinds)],
            {"eval_type": "knowledge" if n % 3 else "quality"},
        )
        for n in range(101)
    ]


def as_upstream(marks: Marks) -> dict[str, Any]:
    t = marks["text_accuracy"]
    found: dict[str, Any] = {**marks, "text_accuracy": 0.5 if t is None else t}
    found["overall"] = round(
        sum(
            w * found[n]
            for n, w in zip(
                ("faithfulness", "visual_correctness", "text_accuracy", "aesthetics"),
                (0.1, 0.4, 0.4, 0.1),
                strict=True,
            )
        ),
        2,
    )
    return found | ({"text_accuracy_na": True} if t is None else {})


@needs_checkouts
def test_knowgen_agrees_with_upstream_to_four_digits() -> None:
    module = upstream("Gen-Searcher", "KnowGen_Eval/gpt_eval_knowgen.py")
    rows = many(["biology", "anime", "news", "art", "film"])
    told = module.build_summary_by_groups(
        [
            {
                "id": r.sample.id,
                "eval_success": True,
                "meta": {"category": r.sample.kind},
                "scores": as_upstream(r.marks or {}),
            }
            for r in rows
        ]
    )
    ours = KnowGen().score(rows).overall
    assert ours is not None
    assert ours / 100 == pytest.approx(told["overall_avg"]["overall"], abs=5e-5)


@needs_checkouts
def test_genevolve_agrees_with_upstream_to_four_digits() -> None:
    module = upstream("GenEvolve", "scripts/evaluate_images.py")
    rows = many(["x"])
    plain = [
        {
            "id": r.sample.id,
            "eval_success": True,
            "eval_type": r.sample.facts["eval_type"],
            "scores": as_upstream(r.marks or {}),
        }
        for r in rows
    ]
    scores = GenEvolve().score(rows)
    told = module.build_summary_for_output(plain)
    assert scores.overall == told["overall_avg"]["overall"]
    for name in ("knowledge", "quality"):
        part = scores.parts[f"eval_type:{name}"]
        assert part.value == told["by_eval_type"][name]["overall"]
    subset = module.summarize_subset(plain, len(plain) + 20)
    missing = [row(f"m{n}", None) for n in range(20)]
    zero = GenEvolve().score([*rows, *missing], missing="zero").overall
    assert zero == pytest.approx(subset["overall_missing_zero"], abs=1e-9)


@needs_checkouts
@pytest.mark.parametrize("version", [VERIFIED, LEGACY])
def test_wise_agrees_with_upstreams_script(version: Any, tmp_path: Path) -> None:
    benchmark = Wise(version)
    rows: list[Row] = []
    lines: list[str] = []
    for n in range(1, 1001):
        if version is VERIFIED:
            marks: dict[str, float | None] = {"score": float(n * 7 % 5 < 2)}
        else:
            keys = ("consistency", "realism", "aesthetic_quality")
            marks = {key: float((n * 7 + at) % 3) for at, key in enumerate(keys)}
        rows.append(row(str(n), marks))
        lines.append(json.dumps({"prompt_id": n, "Subcategory": "s", **marks}))
    file = tmp_path / "scores.jsonl"
    file.write_text("\n".join(lines))
    script = "calculate_verified.py" if version is VERIFIED else "WISE_legacy/Calculate.py"
    done = subprocess.run(
        [sys.executable, str(Path(CHECKOUTS) / "WISE" / script), str(file), "--category", "all"],
        capture_output=True,
        text=True,
        check=True,
    )
    told = next(x for x in done.stdout.splitlines() if x.startswith("Overall WiScore: "))
    ours = benchmark.score(rows).overall
    assert ours is not None
    assert f"{ours:.2f}" == told.split()[-1]


@needs_checkouts
def test_agentgen_agrees_with_upstreams_aggregation(tmp_path: Path) -> None:
    sys.path.insert(0, str(Path(CHECKOUTS) / "SearchGen" / "evaluation"))
    try:
        module = importlib.import_module("searchgen_eval.scoring")
    finally:
        sys.path.pop(0)
    for each in AGENTGEN:
        folder = tmp_path / "g" / each.sample.id
        folder.mkdir(parents=True)
        scores = {k: v for k, v in (each.marks or {}).items() if v is not None}
        plain = {"success": each.marks is not None, "scores": scores}
        (folder / "augmented_parsed_result_evaluation_protocol.json").write_text(json.dumps(plain))
    told = module.aggregate(tmp_path, "skip")
    parts = AgentGen().score(AGENTGEN).parts
    for name, value in told["components"].items():
        ours = parts[name].value
        assert (ours is None) == (value is None)
        if ours is not None:
            assert ours / 100 * 3 == pytest.approx(value, abs=1e-9)
    mean = parts["overall_mean"].value
    assert mean is not None
    assert mean / 100 * 3 == pytest.approx(told["overall_mean"], abs=1e-9)
