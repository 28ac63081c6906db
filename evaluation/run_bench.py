"""``python -m evaluation.run_bench``: what a run of a benchmark costs beside its jobs.

The same prompts are worked through twice on fresh folders, with a model, a search service and pages
on loopback and the storyboard as generator: as samples by ``limner evaluate run``, and as mere jobs
by the process that ``limner run`` is. The overhead is the run's whole time, from its start to its
last record, over that of the jobs. Between a run's thirds its memory must stay flat.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from evaluation.measuring import taken
from evaluation.peers.running import running_peers
from evaluation.peers.script import request_for
from evaluation.running import finished, lost, running_limner, watching_house
from evaluation.tables import Row, print_table, verdict

SAMPLES: Final = 630
"""As many as KnowGen has."""
HOSTS: Final = 40
LOOK_S: Final = 2.0
PATIENCE_S: Final = 3_600.0
MOST_OVERHEAD: Final = 1.05
MOST_GROWTH: Final = 0.1


async def jobs_alone(
    environment: Mapping[str, str], folder: Path, prompts: Sequence[str]
) -> tuple[float, int]:
    """The seconds that the jobs take by themselves, and how many have no result."""
    own = {**environment, "LIMNER_DATA_DIR": str(folder / "data")}
    (folder / "pictures").mkdir(parents=True)
    began = time.monotonic()
    async with (
        running_limner(own, folder / "pictures") as limner,
        watching_house(own) as application,
    ):
        ids = await limner.submit(prompts)
        jobs = await finished(application, ids, patience_s=PATIENCE_S)
        return time.monotonic() - began, len(prompts) - len(jobs) + len(lost(jobs))


async def samples(
    environment: Mapping[str, str], folder: Path, prompts: Sequence[str]
) -> tuple[float, int, list[float]]:
    """The seconds of a run over the same prompts, how many samples have no picture, and its memory
    (MiB, children included) every two seconds."""
    data = _download(folder / "download", prompts)
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "limner", "evaluate", "run", "knowgen", "--json"),
        *("--data", str(data), "--out", str(folder / "run"), "--research", "auto"),
        env={**os.environ, **environment, "LIMNER_DATA_DIR": str(folder / "data")},
        stdout=asyncio.subprocess.PIPE,
    )
    memory: list[float] = []

    async def look() -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            memory.append((await asyncio.to_thread(taken, process.pid)).pss_mib)

    looking = asyncio.create_task(look(), name="look at the run")
    printed, _ = await process.communicate()
    took_s = time.monotonic() - began
    looking.cancel()
    ended: Mapping[str, int] = json.loads(printed)["ended"]
    return took_s, len(prompts) - ended.get("done", 0), memory


def _download(folder: Path, prompts: Sequence[str]) -> Path:
    """The prompts in KnowGen's form; a run needs no ground truth."""
    folder.mkdir(parents=True)
    rows = [
        {"id": n, "prompt": prompt, "meta": {"category": "art"}, "gt_image": ""}
        for n, prompt in enumerate(prompts, 1)
    ]
    (folder / "knowgen.json").write_text(json.dumps(rows), encoding="utf-8")
    return folder


async def measured(folder: Path, count: int) -> list[Row]:
    """All figures, as rows of the table."""
    prompts = [request_for(f"City{number}x") for number in range(count)]
    async with running_peers(hosts=HOSTS) as peers:
        alone_s, failed = await jobs_alone(peers.environment(), folder / "jobs", prompts)
        run_s, missing, memory = await samples(peers.environment(), folder / "run", prompts)
    third = max(1, len(memory) // 3)
    before, after = statistics.median(memory[third : 2 * third]), statistics.median(memory[-third:])
    return [
        Row(f"{count} jobs alone", f"{alone_s:.1f} s", f"{failed} without a result"),
        Row(
            f"{count} samples of a run",
            f"{run_s:.1f} s",
            f"{run_s / alone_s:.3f} × the jobs; {missing} without a picture",
            verdict(run_s / alone_s, MOST_OVERHEAD),
        ),
        Row(
            "memory of the run (PSS, MiB), second and last third",
            f"{before:.0f} → {after:.0f}",
            f"{after / before - 1:+.0%}",
            verdict(after / before - 1, MOST_GROWTH),
        ),
    ]


def main() -> None:
    """Read the options, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=SAMPLES)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        table = asyncio.run(measured(Path(name), asked.samples))
    print_table("A benchmark's run beside its jobs", table)


if __name__ == "__main__":
    main()
