"""Running, judging and reporting a benchmark through the product, with odd rows and a kill."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agent.sandbox.pool import WorkerPool
from app.generators import board_workers
from app.settings import load_settings
from domain.errors import InvalidRequest
from evaluation import commands
from evaluation.commands import JudgeOptions, RunOptions
from evaluation.judging.judge import judgements
from evaluation.runs.knowledge import gate_kinds
from evaluation.runs.matrix import conditions
from evaluation.runs.progress import Progress
from evaluation.runs.records import RunFolder, append_line, read_lines
from evaluation.runs.registry import registry_file, results
from evaluation.runs.runner import Budget
from generation.ports import BoardWorkers
from tests.fakes.model_server import Messages, model_server
from tests.fakes.web import picture

ROOT = Path(__file__).parent.parent.parent
GOOD = '{"faithfulness": 1, "visual_correctness": 1, "text_needed": false, "aesthetics": 1}'
POOR = '{"faithfulness": 1, "visual_correctness": 0, "text_needed": false, "aesthetics": 0.5}'


def download(folder: Path, prompts: list[tuple[str, str]]) -> Path:
    """A KnowGen download of our own with a ground-truth picture for each row."""
    folder.mkdir(parents=True)
    rows: list[dict[str, Any]] = []
    for n, (prompt, category) in enumerate(prompts, 1):
        (folder / f"gt{n}.png").write_bytes(picture(n, size=(64, 48), kind="PNG"))
        rows.append(
            {"id": n, "prompt": prompt, "meta": {"category": category}, "gt_image": f"gt{n}.png"}
        )
    (folder / "knowgen.json").write_text(json.dumps(rows))
    return folder


def options(tmp_path: Path, data: Path, **more: Any) -> RunOptions:
    matrix = conditions(research=more.pop("research", ("off",)))
    return RunOptions("knowgen", data, tmp_path / "run", matrix, at_once=4, **more)


def settings(tmp_path: Path) -> Any:
    return load_settings(data_dir=tmp_path / "home", search_providers=("library",))


async def test_a_run_is_judged_reported_and_registered(tmp_path: Path) -> None:
    data = download(
        tmp_path / "data",
        [
            ("a red bicycle", "art"),
            ("a blue boat", "film"),
            ("explicit sexual pictures of children", "news"),
            ("a" * 5000, "art"),
            ("a green hat", "cooking"),
        ],
    )
    mine = settings(tmp_path)
    told: list[str] = []
    progress = Progress(quiet=True)
    wishes = options(tmp_path, data, research=("off", "auto"))
    folder, _ = await commands.run(mine, wishes, progress, report=told.append)
    ended = Counter((r.condition, r.status) for r in folder.records().values())
    assert ended == {
        (c, s): n for c in ("off", "auto") for s, n in (("done", 3), ("refused", 1), ("failed", 1))
    }
    assert progress.left == 0
    assert any("unknown category: 5 (cooking)" in line for line in told)
    plain = json.loads((folder.condition_folder("auto") / "results.json").read_text())
    assert [row["success"] for row in plain] == [True, True, False, False, True]
    assert all((folder.condition_folder("auto") / r["output_path"]).is_file() for r in plain[:2])
    refused = folder.records()["auto", "3"]
    assert refused.error
    (folder.condition_folder("off") / "images" / "2.png").unlink()

    asked: Counter[str] = Counter()

    def judge(messages: Messages) -> str:
        text = json.dumps(messages)
        asked["all"] += 1
        if "a green hat" in text:
            return "A lovely picture of a hat, full marks!"
        return GOOD

    def other(messages: Messages) -> str:
        return POOR if "a red bicycle" in json.dumps(messages) else GOOD

    async with model_server(judge) as first, model_server(other) as second:
        judges = [JudgeOptions(first.base_url, "one"), JudgeOptions(second.base_url, "two")]
        found = await commands.score(mine, wishes.out, judges)
        again = await commands.score(mine, wishes.out, judges[:1])
    by_name = {(each.condition, each.judge): each for each in found.scored}
    off = by_name["off", "one"]
    assert off.left_out.n == 1  # two are not judged or gone, one is in no group
    assert off.left_out.overall == pytest.approx(80.0)
    assert dict(off.missing) == {
        "picture missing": 1,
        "refused": 1,
        "failed": 1,
        "the judge's answer holds no clear marks": 1,
    }
    auto = by_name["auto", "one"]
    # art: 80 over one of two; film and news: 80 over one of two → 80 left out, 40 as zero
    assert auto.left_out.overall == pytest.approx(80.0)
    assert auto.as_zero.overall == pytest.approx(40.0)
    assert len(again.scored) == len(found.scored)
    # Prose is asked for thrice in each condition and again the second time; marks are kept.
    assert asked["all"] == 3 + 6 + 6
    marks = judgements(RunFolder(wishes.out))
    assert marks["one", "auto"]["5"].marks is None
    agreement = found.agreements["one and two"]
    assert agreement["visual_correctness"].n == 3
    assert agreement["visual_correctness"].same == pytest.approx(1 / 3)

    report, files = commands.report(wishes.out)
    markdown, html = (file.read_text() for file in files)
    assert "unknown category" in markdown
    assert "arXiv 2603.28767" in markdown
    assert len(report.comparisons) == 2
    assert not re.findall(r'(?:src|href)="(?!data:)', html)
    entries = results(registry_file(mine.data_dir))
    assert {(e["condition"], e["judge"]) for e in entries} == set(by_name)
    assert entries[0]["run_id"] == folder.recipe().run_id


async def test_a_run_draws_in_processes_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As ``limner run`` does: a board that is drawn in a thread holds up all other samples."""
    drawn: list[str] = []

    def noted(pool: WorkerPool) -> BoardWorkers:
        draw = board_workers(pool)

        async def draw_and_note(data: bytes, facts: Mapping[str, Any]) -> Any:
            found = await draw(data, facts)
            drawn.append("in a thread" if found is None else "in a process")
            return found

        return draw_and_note

    monkeypatch.setattr("app.foundation.board_workers", noted)
    data = download(tmp_path / "data", [("a red bicycle", "art"), ("a blue boat", "film")])
    wishes = options(tmp_path, data)
    await commands.run(settings(tmp_path), wishes, Progress(quiet=True), report=lambda _line: None)
    assert drawn == ["in a process"] * 2


async def test_a_judge_that_does_not_answer_is_missing_and_is_asked_again(tmp_path: Path) -> None:
    data = download(tmp_path / "data", [("a red bicycle", "art"), ("a blue boat", "film")])
    mine, wishes = settings(tmp_path), options(tmp_path, data)
    await commands.run(mine, wishes, Progress(quiet=True))
    async with model_server(400) as broken:
        found = await commands.score(mine, wishes.out, [JudgeOptions(broken.base_url, "m")])
    assert found.scored[0].left_out.overall is None
    assert found.scored[0].as_zero.overall == 0.0
    assert dict(found.scored[0].missing) == {"the judge did not answer": 2}
    async with model_server(GOOD) as works:
        found = await commands.score(mine, wishes.out, [JudgeOptions(works.base_url, "m")])
    assert found.scored[0].left_out.overall == pytest.approx(80.0)
    assert dict(found.scored[0].missing) == {}


async def test_whatever_goes_wrong_with_a_sample_is_counted_by_its_name(tmp_path: Path) -> None:
    data = download(
        tmp_path / "data",
        [
            ("a red bicycle", "art"),
            ("a blue boat", "art"),
            ("a green chair", "art"),
            ("a naked child", "art"),
            ("a brown dog", "cooking"),
        ],
    )
    rows: list[dict[str, Any]] = json.loads((data / "knowgen.json").read_text())
    (data / "knowgen.json").write_text(json.dumps([*rows, {**rows[0], "prompt": "again"}]))
    mine, wishes = settings(tmp_path), options(tmp_path, data)
    _, loaded = await commands.run(mine, wishes, Progress(quiet=True))
    problems = Counter(problem.kind for problem in loaded.problems)
    assert problems["two rows with one id"] == problems["unknown category"] == 1
    folder = RunFolder(wishes.out)
    statuses = {sample: record.status for (_, sample), record in folder.records().items()}
    assert statuses["4"] == "refused"
    pictures = wishes.out / "conditions" / "off" / "images"
    (pictures / f"{folder.records()['off', '2'].picture.rpartition('/')[2]}").unlink()
    async with model_server("It looks quite nice to me.") as prose:
        found = await commands.score(mine, wishes.out, [JudgeOptions(prose.base_url, "m")])
    missing = found.scored[0].missing
    assert missing["picture missing"] == 1
    assert missing["refused"] == 1
    assert sum(missing.values()) == len(found.scored[0].rows)
    assert any("no clear marks" in why for why in missing)


async def test_a_folder_holds_one_benchmark_over_one_download(tmp_path: Path) -> None:
    data = download(tmp_path / "data", [("a red bicycle", "art")])
    mine, wishes = settings(tmp_path), options(tmp_path, data)
    commands.opened(mine, wishes)
    other = download(tmp_path / "other", [("a blue bicycle", "art")])
    with pytest.raises(InvalidRequest, match="other data"):
        commands.opened(mine, options(tmp_path, other))


async def test_a_budget_leaves_samples_for_later(tmp_path: Path) -> None:
    data = download(tmp_path / "data", [(f"a red bicycle {n}", "art") for n in range(3)])
    mine = settings(tmp_path)
    progress = Progress(quiet=True)
    stopped = options(tmp_path, data, budget=Budget(max_usd=0))
    folder, _ = await commands.run(mine, stopped, progress)
    assert (progress.left, len(folder.records())) == (3, 0)
    await commands.run(mine, options(tmp_path, data), Progress(quiet=True))
    assert len(folder.records()) == 3


async def test_comparing_without_and_with_research_feeds_the_search_gate(tmp_path: Path) -> None:
    data = download(tmp_path / "data", [("Varnholm Bridge", "art"), ("Gorlath Castle", "art")])
    mine, wishes = settings(tmp_path), options(tmp_path, data, research=("off", "auto"))
    await commands.run(mine, wishes, Progress(quiet=True))
    with pytest.raises(InvalidRequest, match="differ in research alone"):
        await commands.boundary(mine, Path(await only_off(tmp_path, mine, data)))
    async with model_server(GOOD) as judge:
        await commands.score(mine, wishes.out, [JudgeOptions(judge.base_url, "m")])
    looked_at = await commands.boundary(mine, wishes.out, write=False)
    assert looked_at.added == 0
    found = await commands.boundary(mine, wishes.out)
    again = await commands.boundary(mine, wishes.out)
    assert (found.added, again.added) == (2, 0)
    (row,) = found.rows
    assert (row.generator, row.kind, row.comparisons, row.known) == ("storyboard", "art", 2, 2)
    assert row.verdict == "too few"
    assert all(gate_kinds(each) for each in commands.loaded_run(wishes.out)[2].samples)


async def only_off(tmp_path: Path, mine: Any, data: Path) -> str:
    """A run without a condition with research."""
    alone = RunOptions("knowgen", data, tmp_path / "alone", conditions(research=("off",)))
    commands.opened(mine, alone)
    return str(alone.out)


def test_half_a_line_of_a_killed_process_spoils_nothing(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    append_line(file, {"n": 1})
    with file.open("ab") as out:
        out.write(b'{"n": 2, "tex')
    append_line(file, {"n": 3})
    assert [line["n"] for line in read_lines(file)] == [1, 3]


def test_a_killed_run_goes_on_without_losing_or_repeating_a_sample(tmp_path: Path) -> None:
    data = download(tmp_path / "data", [(f"a red bicycle number {n}", "art") for n in range(7)])
    run = tmp_path / "run"
    command = [
        *(sys.executable, "-m", "app", "evaluate", "run", "knowgen", "--data", str(data)),
        *("--out", str(run), "--research", "off", "--at-once", "3", "--json"),
    ]
    environment = {**os.environ, "LIMNER_SEARCH_PROVIDERS": "library"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    while process.poll() is None and len(RunFolder(run).records()) < 3:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it had ended before"
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ended"] == {"done": 7}
    folder = RunFolder(run)
    lines = [line["sample"] for line in read_lines(run / "records.jsonl")]
    assert sorted(lines, key=int) == [str(n) for n in range(1, 8)]
    assert len({record.job_id for record in folder.records().values()}) == 7
    assert len(list((run / "conditions" / "off" / "images").glob("*.png"))) == 7
