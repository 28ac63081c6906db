"""Reading the users' downloads: formats, counts, and every odd row counted and named."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from domain.errors import InvalidRequest
from evaluation.benchmarks.agentgen import AgentGen
from evaluation.benchmarks.genevolve import GenEvolve
from evaluation.benchmarks.knowgen import KnowGen
from evaluation.benchmarks.model import Loaded, Outcome
from evaluation.benchmarks.registry import BENCHMARKS, OWN, benchmark_named
from evaluation.benchmarks.wise import Wise
from evaluation.runs.matrix import Condition, Shard, conditions, evenly
from tests.fakes.web import picture


def kinds(loaded: Loaded) -> dict[str, int]:
    return Counter(problem.kind for problem in loaded.problems)


def test_knowgen_names_every_odd_row(tmp_path: Path) -> None:
    (tmp_path / "gt").mkdir()
    (tmp_path / "gt" / "1.png").write_bytes(picture(1, kind="PNG"))
    rows = [
        {"id": 1, "prompt": "a", "meta": {"category": "Biology"}, "gt_image": "gt/1.png"},
        {"id": 1, "prompt": "again", "meta": {"category": "art"}, "gt_image": "gt/1.png"},
        {"id": 2, "prompt": "b", "meta": {"category": "cooking"}, "gt_image": "gt/1.png"},
        {"id": 3, "prompt": "c", "meta": {"category": "art"}, "gt_image": "gt/3.png"},
        {"id": 4, "prompt": " ", "meta": {"category": "art"}, "gt_image": "gt/1.png"},
        {"id": 5, "prompt": "d", "meta": {"category": "art"}, "gt_image": "../../etc/passwd"},
        {"prompt": "e"},
        "no row",
    ]
    (tmp_path / "knowgen.json").write_text(json.dumps(rows))
    loaded = KnowGen().load(tmp_path)
    assert [sample.id for sample in loaded.samples] == ["1", "2", "3", "5"]
    assert loaded.samples[0].kind == "biology"
    assert kinds(loaded) == {
        "two rows with one id": 1,
        "unknown category": 1,
        "no ground-truth picture": 2,
        "row without a prompt": 1,
        "row without an id": 1,
        "row is no object": 1,
        "number of samples": 1,
    }


def test_json_lines_with_a_broken_line_lose_that_line_alone(tmp_path: Path) -> None:
    good = {"id": "x", "question": "q", "gt_image": "g", "eval_type": "knowledge"}
    (tmp_path / "test.jsonl").write_text(json.dumps(good) + "\n{broken\n\n")
    loaded = GenEvolve().load(tmp_path)
    assert [sample.id for sample in loaded.samples] == ["x"]
    assert kinds(loaded)["row is not JSON"] == 1


def test_wise_finds_its_files_in_a_checkout_and_says_that_they_differ(tmp_path: Path) -> None:
    folder = tmp_path / "data_verified"
    folder.mkdir()
    row = {"Prompt": "p", "Explanation": "e", "Category": "c", "prompt_id": 641}
    (folder / "natural_science_verified.json").write_text(json.dumps([row]))
    loaded = Wise().load(tmp_path)
    assert loaded.samples[0].kind == "BIOLOGY"
    assert loaded.is_published is False
    assert kinds(loaded)["file missing"] == 2
    assert kinds(loaded)["file differs from the published one"] == 1


def test_agentgen_takes_a_published_slice(tmp_path: Path) -> None:
    row = {"user_prompt": "p", "verification_checklist": ["a"], "evaluation_rubric": {"x": 1}}
    rows = [
        {**row, "bench_id": "b1", "subset": ["testmini", "testmini_hard"]},
        {**row, "bench_id": "b2", "subset": ["testmini_easy"]},
        {**row, "bench_id": "b3", "subset": [], "evaluation_rubric": None},
    ]
    (tmp_path / "eval_metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert [s.id for s in AgentGen("testmini").load(tmp_path).samples] == ["b1"]
    assert [s.id for s in AgentGen("easy").load(tmp_path).samples] == ["b2"]
    full = AgentGen().load(tmp_path)
    assert len(full.samples) == 3
    assert kinds(full)["row without evaluation_rubric"] == 1


@pytest.mark.parametrize("name", [name for name in BENCHMARKS if name != OWN])
def test_a_missing_download_says_where_to_get_it(name: str, tmp_path: Path) -> None:
    benchmark = benchmark_named(name)
    with pytest.raises(InvalidRequest) as caught:
        benchmark.load(tmp_path)
    assert benchmark.where in str(caught.value)


def test_upstream_files_hold_what_upstream_reads(tmp_path: Path) -> None:
    gt = tmp_path / "download" / "gt.png"
    gt.parent.mkdir()
    gt.write_bytes(picture(1, kind="PNG"))
    row = {"id": 7, "prompt": "p", "meta": {"category": "Art", "difficulty": "easy"}}
    rows = [{**row, "gt_image": "gt.png"}, {**row, "id": 8, "gt_image": "gt.png"}]
    (tmp_path / "download" / "knowgen.json").write_text(json.dumps(rows))
    samples = KnowGen().load(tmp_path / "download").samples
    out = tmp_path / "run" / "conditions" / "auto"
    made = out / "images" / "7.png"
    outcomes = {
        "7": Outcome("7", "done", made),
        "8": Outcome("8", "refused", None, "not allowed"),
    }
    (file,) = KnowGen().write_outputs(out, samples, outcomes, "auto")
    assert json.loads(file.read_text()) == [
        {
            "id": 7,
            "success": True,
            "prompt": "p",
            "meta": {"category": "Art", "difficulty": "easy"},
            "output_path": "images/7.png",
            "gt_image": "../../../download/gt.png",
        },
        {
            "id": 8,
            "success": False,
            "prompt": "p",
            "meta": {"category": "Art", "difficulty": "easy"},
            "output_path": None,
            "gt_image": "../../../download/gt.png",
            "error": "not allowed",
        },
    ]
    assert (out / "../../../download/gt.png").resolve() == gt


def test_predictions_name_only_pictures_that_are_there(tmp_path: Path) -> None:
    row = {"user_prompt": "p", "verification_checklist": ["a"], "evaluation_rubric": {"x": 1}}
    rows = [{**row, "bench_id": "b1"}, {**row, "bench_id": "b2"}]
    (tmp_path / "eval_metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    samples = AgentGen().load(tmp_path).samples
    outcomes = {
        "b1": Outcome("b1", "done", tmp_path / "out" / "images" / "b1.png"),
        "b2": Outcome("b2", "failed"),
    }
    (file,) = AgentGen().write_outputs(tmp_path / "out", samples, outcomes, "auto")
    assert file.read_text() == (
        '{"bench_id":"b1","generator":"auto","image_path":"images/b1.png"}\n'
    )


def test_the_matrix_is_every_combination_with_a_name_of_its_own() -> None:
    cells = conditions(research=("off", "auto"), generators=("a", "b/c"), seeds=(1, 2))
    assert len({cell.name for cell in cells}) == 8
    assert Condition("off", "b/c", seed=2).name == "off_b-c_seed-2"
    assert dict(Condition("planner", check="off").overrides()) == {
        "model_base_url": (),
        "check_pictures": False,
    }
    with pytest.raises(InvalidRequest):
        conditions(research=("much",))


def test_shards_share_all_samples_and_limits_spread_over_all() -> None:
    items = list(range(10))
    parts = [Shard.parse(f"{n}/3").take(items) for n in (1, 2, 3)]
    assert sorted(item for part in parts for item in part) == items
    assert evenly(items, 3) == [0, 3, 6]
    assert evenly(items, None) == items
    for wrong in ("0/3", "4/3", "a/b", "1"):
        with pytest.raises(InvalidRequest):
            Shard.parse(wrong)
