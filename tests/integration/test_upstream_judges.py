"""Upstream's own judge scripts, run from checkouts on the files that Limner writes.

They run where ``LIMNER_TEST_CHECKOUTS`` names a folder with checkouts of Gen-Searcher, GenEvolve,
WISE and SearchGen.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from app.settings import load_settings
from domain.errors import InvalidRequest
from evaluation import commands
from evaluation.commands import JudgeOptions, RunOptions
from evaluation.runs.matrix import conditions
from evaluation.runs.progress import Progress
from tests.fakes.web import picture

CHECKOUTS = Path(os.environ.get("LIMNER_TEST_CHECKOUTS", "/nowhere"))
needs_checkouts = pytest.mark.skipif(
    not CHECKOUTS.is_dir(), reason="LIMNER_TEST_CHECKOUTS is not set"
)
FOUR = json.dumps(
    {"rationale": "r", "faithfulness": 1, "visual_correctness": 0.5, "text_accuracy": 0.5,
     "aesthetics": 1, "text_accuracy_na": True}
)  # fmt: skip
AGENTGEN = json.dumps(
    {
        "checklist_scores": [{"score": 3}, {"score": 2}],
        "rubric_scores": {"image_quality": {"score": 2.5}, "text_rendering": {"score": ""}},
        "visual_reference_evaluation": {"applicable": True, "score": 2},
        "text_reference_evaluation": {"applicable": False, "score": 0},
    }
)


@asynccontextmanager
async def plain_judge(answer: str) -> AsyncGenerator[str]:
    """A judge that gives the same answer to everything, not streamed; gives its address."""

    async def complete(request: web.Request) -> web.Response:
        await request.read()
        message = {"role": "assistant", "content": answer}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        about = {"id": "x", "object": "chat.completion", "created": 1, "model": "m"}
        return web.json_response({**about, "choices": [choice]})

    app = web.Application(client_max_size=64_000_000)
    app.router.add_post("/v1/chat/completions", complete)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


def write_rows(folder: Path, name: str, rows: list[dict[str, Any]], *, lines: bool) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n".join(map(json.dumps, rows)) if lines else json.dumps(rows)
    (folder / name).write_text(text)
    (folder / "gt.png").write_bytes(picture(1, size=(64, 48), kind="PNG"))
    return folder


async def judged(tmp_path: Path, benchmark: str, data: Path, checkout: str, answer: str) -> Path:
    """Run two samples, then upstream's script on them; gives the condition's folder."""
    settings = load_settings(data_dir=tmp_path / "home", search_providers=("library",))
    out = tmp_path / "run"
    options = RunOptions(benchmark, data, out, conditions(research=("off",)))
    folder, _ = await commands.run(settings, options, Progress(quiet=True))
    async with plain_judge(answer) as url:
        await commands.score_upstream(
            out,
            JudgeOptions(url, "m"),
            checkout=CHECKOUTS / checkout,
            data=data,
            python=sys.executable,
            workers=2,
        )
    return folder.condition_folder("off")


@needs_checkouts
async def test_knowgens_script_takes_every_row(tmp_path: Path) -> None:
    rows = [
        {"id": n, "prompt": f"a red bicycle {n}", "meta": {"category": c}, "gt_image": "gt.png"}
        for n, c in enumerate(("Biology", "film"))
    ]
    data = write_rows(tmp_path / "data", "knowgen.json", rows, lines=False)
    place = await judged(tmp_path, "knowgen", data, "Gen-Searcher", FOUR)
    told = json.loads((place / "results_eval.json").read_text())
    assert [row["eval_success"] for row in told[:2]] == [True, True]
    assert told[-1]["summary_type"] == "overall_avg"
    assert told[-1]["count"] == 2
    assert told[-1]["avg_scores"]["overall"] == pytest.approx(0.1 + 0.2 + 0.2 + 0.1)


@needs_checkouts
async def test_genevolves_script_takes_every_row(tmp_path: Path) -> None:
    rows = [
        {"id": f"x{n}", "question": f"a blue boat {n}", "gt_image": "gt.png", "eval_type": t}
        for n, t in enumerate(("knowledge", "quality"))
    ]
    data = write_rows(tmp_path / "data", "test.jsonl", rows, lines=True)
    place = await judged(tmp_path, "genevolve", data, "GenEvolve", FOUR)
    told = json.loads((place / "summary.json").read_text())
    assert told["all"]["count_eval_success"] == 2
    assert told["all"]["missing_or_failed"] == 0
    assert set(told["by_eval_type"]) == {"knowledge", "quality"}


@needs_checkouts
async def test_agentgens_script_takes_every_row(tmp_path: Path) -> None:
    rows = [
        {
            "bench_id": f"bench_{n}",
            "user_prompt": f"a green hat {n}",
            "verification_checklist": ["it is green", "it is a hat"],
            "evaluation_rubric": {"colour": {"description": "the right green", "weight": 1}},
            "visual_reference_slots": [{"relative_path": "gt.png", "entity": "hat"}],
            "text_knowledge_slots": [],
            "subset": [],
        }
        for n in range(2)
    ]
    data = write_rows(tmp_path / "data", "eval_metadata.jsonl", rows, lines=True)
    place = await judged(tmp_path, "agentgen", data, "SearchGen", AGENTGEN)
    files = list((place / "judge").rglob("augmented_parsed_result_evaluation_protocol.json"))
    assert [json.loads(file.read_text())["success"] for file in files] == [True, True]
    log = (place / "upstream.log").read_text()
    assert '"evaluated_count": 2' in log
    assert '"invalid_count": 0' in log


@needs_checkouts
async def test_wises_script_takes_every_picture(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path / "home", search_providers=("library",))
    data, out = CHECKOUTS / "WISE", tmp_path / "run"
    options = RunOptions("wise", data, out, conditions(research=("off",)), limit=3)
    folder, loaded = await commands.run(settings, options, Progress(quiet=True))
    assert (len(loaded.samples), loaded.problems, loaded.is_published) == (1000, (), True)
    async with plain_judge("Score: 1") as url:
        await commands.score_upstream(
            out, JudgeOptions(url, "m"), checkout=data, data=data, python=sys.executable, workers=2
        )
    place = folder.condition_folder("off")
    scores = [
        json.loads(line)
        for file in (place / "judge").glob("*_scores_results.jsonl")
        for line in file.read_text().splitlines()
    ]
    assert sorted(str(row["prompt_id"]) for row in scores) == sorted(folder.recipe().samples)
    assert {row["score"] for row in scores} == {1.0}


async def test_a_checkout_without_the_script_is_refused(tmp_path: Path) -> None:
    rows = [{"id": 1, "prompt": "a", "meta": {"category": "art"}, "gt_image": "gt.png"}]
    data = write_rows(tmp_path / "data", "knowgen.json", rows, lines=False)
    settings = load_settings(data_dir=tmp_path / "home")
    options = RunOptions("knowgen", data, tmp_path / "run", conditions(research=("off",)))
    commands.opened(settings, options)
    with pytest.raises(InvalidRequest, match=r"holds no gpt_eval_knowgen\.py"):
        await commands.score_upstream(
            tmp_path / "run",
            JudgeOptions("http://127.0.0.1:9/v1", "m"),
            checkout=tmp_path,
            data=data,
            python=sys.executable,
            workers=1,
        )
