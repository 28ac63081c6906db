"""Runs the trainers as programs of their own, in an environment that has torch."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from domain.errors import OperatorError

ROOT = Path(__file__).parent.parent
QUIET = {"HF_HUB_DISABLE_TELEMETRY": "1", "TOKENIZERS_PARALLELISM": "false"}


class TrainingFailed(OperatorError):
    """A trainer ended with an error; the message holds the last lines of its log."""


async def run_trainer(
    program: str, config: Mapping[str, Any], folder: Path, *, python: str = sys.executable
) -> dict[str, Any]:
    """Run ``training.trainers.PROGRAM`` with a configuration; gives its report.

    Args:
        program: ``sft`` or ``grpo``.
        config: The fields of its configuration.
        folder: Where configuration and log are written.
        python: The interpreter of an environment with torch and transformers.

    Raises:
        TrainingFailed: It ended with an error.
    """
    file, log = _prepared(program, config, folder)
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            python,
            "-m",
            f"training.trainers.{program}",
            str(file),
            stdout=asyncio.subprocess.PIPE,
            stderr=out,
            env={**os.environ, **QUIET, "PYTHONPATH": path},
        )
        try:
            output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode:
        raise TrainingFailed(f"The trainer {program} failed; see {str(log)!r}: {end_of(log)}")
    lines = [line for line in output.decode(errors="replace").splitlines() if line.startswith("{")]
    with log.open("a", encoding="utf-8") as out_text:
        out_text.write("\n".join(lines) + "\n")
    report: dict[str, Any] = json.loads(lines[-1])
    return report


def end_of(log: Path) -> str:
    """The last words of a log, in one line."""
    return " ".join(log.read_text(errors="replace").split())[-600:]


def _prepared(program: str, config: Mapping[str, Any], folder: Path) -> tuple[Path, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{program}.config.json"
    file.write_text(json.dumps(dict(config), indent=1), encoding="utf-8")
    return file, folder / f"{program}.log"
