"""Blind pairs and Bradley–Terry scores."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from domain.errors import InvalidRequest
from evaluation.benchmarks.model import Sample
from evaluation.judging.arena import Vote, make_pairs, read_votes, standings, strengths
from evaluation.report.arena_page import arena_page
from evaluation.runs.matrix import Condition, Shard
from evaluation.runs.records import Recipe, Record, RunFolder
from tests.fakes.web import picture


def a_run(tmp_path: Path, samples: int = 6) -> tuple[RunFolder, list[Sample]]:
    folder = RunFolder(tmp_path)
    cells = (Condition("off"), Condition("auto"))
    names = tuple(str(n) for n in range(samples))
    folder.write_recipe(Recipe("run", "wise", "", "", None, cells, None, names, "now", "1", "c"))
    for n in names:
        for cell in cells:
            file = folder.picture_file(cell.name, n)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(picture(int(n) + 1, size=(32, 24), kind="PNG"))
            path = file.relative_to(tmp_path).as_posix()
            folder.append(Record(n, cell.name, "done", picture=path), Shard())
    return folder, [Sample(n, f"request <{n}>") for n in names]


def test_the_page_does_not_say_what_made_a_picture(tmp_path: Path) -> None:
    folder, samples = a_run(tmp_path)
    pairs = make_pairs(folder, samples)
    text = arena_page(folder, pairs)
    assert len(pairs) == 6
    assert {pair.left for pair in pairs} == {"off", "auto"}
    assert "auto" not in text.replace("margin:0 auto", "").replace("height:auto", "")
    assert "conditions/" not in text
    assert "request &lt;0&gt;" in text


def test_votes_are_counted_for_the_condition_that_stood_there(tmp_path: Path) -> None:
    folder, samples = a_run(tmp_path)
    pairs = make_pairs(folder, samples)
    for_auto = {pair.id: "left" if pair.left == "auto" else "right" for pair in pairs[:4]}
    chosen = {**for_auto, pairs[4].id: "even", "nobody": "left", pairs[5].id: "both"}
    file = tmp_path / "votes.json"
    file.write_text(json.dumps({"votes": chosen}))
    votes, problems = read_votes(folder, [file])
    assert [v.winner for v in votes if not v.is_even] == ["auto"] * 4
    assert len(votes) == 5
    assert len(problems) == 2
    found = standings(votes, resamples=50)
    assert [each.condition for each in found] == ["auto", "off"]
    file.write_text("[]")
    with pytest.raises(InvalidRequest):
        read_votes(folder, [file])


def test_strengths_are_the_odds_of_the_votes() -> None:
    votes = [Vote("a", "b")] * 7 + [Vote("b", "a")] * 3
    found = strengths(votes, ["a", "b"])
    # with half a vote in advance for each: odds 7.5 to 3.5
    assert found["a"] - found["b"] == pytest.approx(400 * math.log10(7.5 / 3.5))
    assert (found["a"] + found["b"]) / 2 == pytest.approx(1000)


def test_conditions_that_never_met_are_ranked_through_others() -> None:
    votes = [*[Vote("a", "b")] * 8, *[Vote("b", "a")] * 2, *[Vote("b", "c")] * 8, Vote("c", "b")]
    found = strengths(votes, ["a", "b", "c"])
    assert found["a"] > found["b"] > found["c"]
