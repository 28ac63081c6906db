"""Running upstream's own judge script, from the user's checkout, on the files of a run."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from domain.errors import InvalidRequest
from evaluation.benchmarks.model import Benchmark, UpstreamJudge
from evaluation.runs.records import RunFolder

KEY_NAMES = ("OPENAI_API_KEY", "SEARCHGEN_EVAL_API_KEY")
LOG = "upstream.log"


async def run_upstream(
    benchmark: Benchmark,
    folder: RunFolder,
    condition: str,
    *,
    checkout: Path,
    data: Path,
    judge: UpstreamJudge,
) -> Path:
    """Run upstream's commands one after another; gives the log of their output.

    Raises:
        InvalidRequest: A script is not in the checkout, or one ended with an error.
    """
    place = folder.condition_folder(condition)
    log = place / LOG
    commands = prepared(benchmark, checkout, place, data, judge)
    for command in commands:
        status = await _run(command, place, log, judge)
        if status:
            raise InvalidRequest(
                f"Upstream's {Path(command[1]).name} ended with status {status}; see {str(log)!r}."
            )
    return log


def prepared(
    benchmark: Benchmark, checkout: Path, place: Path, data: Path, judge: UpstreamJudge
) -> list[list[str]]:
    """The commands, with a folder for their output. Raises ``InvalidRequest`` where a script is not
    in the checkout."""
    place = place.resolve()
    commands = benchmark.upstream_commands(checkout.resolve(), place, data.resolve(), judge)
    for command in commands:
        if not Path(command[1]).is_file():
            raise InvalidRequest(f"{str(checkout)!r} holds no {Path(command[1]).name}.")
    (place / "judge").mkdir(parents=True, exist_ok=True)
    (place / LOG).write_bytes(b"")
    return commands


async def _run(command: Sequence[str], place: Path, log: Path, judge: UpstreamJudge) -> int:
    environment = {**os.environ, **dict.fromkeys(KEY_NAMES, judge.api_key)}
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=place, env=environment, stdout=out, stderr=out
        )
        try:
            return await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
