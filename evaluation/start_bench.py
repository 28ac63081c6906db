"""``python -m evaluation.start_bench``: how long a command takes before and after its work.

Real commands in real processes. What a job spends in research and rendering is taken off, by the
times that the command itself reports.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from evaluation.tables import Row, print_table, verdict

TIMES = 5
MOST_USED_S, MOST_FIRST_S = 1.5, 2.5
"""The allowance for ``limner imagine`` beside research and rendering, on a used and on a new
folder."""


def start_figures() -> list[Row]:
    """The best of several attempts each: other load on the machine can only add."""
    bare = min(_timed("-c", "pass")[0] for _ in range(TIMES))
    help_ = min(_timed("-m", "app", "--help")[0] for _ in range(TIMES))
    with tempfile.TemporaryDirectory() as name:
        first = min(_imagined(Path(name) / str(n)) for n in range(TIMES))
        used = min(_imagined(Path(name) / "0") for _ in range(TIMES))
    return [
        Row("limner --help", f"{help_ * 1000:.0f} ms", f"{help_ / bare:.1f} × bare Python"),
        Row(
            "limner imagine, first start, without research and rendering",
            f"{first:.2f} s",
            f"{first / bare:.0f} × bare Python",
            verdict(first, MOST_FIRST_S),
        ),
        Row(
            "limner imagine, used folder, without research and rendering",
            f"{used:.2f} s",
            f"{used / bare:.0f} × bare Python",
            verdict(used, MOST_USED_S),
        ),
    ]


def _imagined(folder: Path) -> float:
    """Seconds of ``limner imagine`` beside the research and the rendering of its job."""
    command = ("-m", "app", "imagine", "a red cube", "--research", "off", "--json")
    took, out = _timed(*command, LIMNER_DATA_DIR=str(folder))
    timing = json.loads(out)["timing"]
    return took - (timing["research_s"] or 0.0) - (timing["render_s"] or 0.0)


def _timed(*arguments: str, **environment: str) -> tuple[float, str]:
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, *arguments],
        check=True,
        capture_output=True,
        text=True,
        # Installed, Limner lies there as bytecode.
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **environment},
    )
    return time.perf_counter() - began, done.stdout


def main(_arguments: Sequence[str] = ()) -> None:
    """Measure and print the table."""
    print_table("Starting", start_figures())


if __name__ == "__main__":
    main()
