"""``python -m evaluation.run_bench``: what a run of a benchmark costs beside its jobs.

The same prompts are worked through twice on fresh folders, with a model, a search service and pages
on loopback and the storyboard as generator: as samples by ``limner evaluate run``, and as mere jobs
by the process that ``limner run`` is. The overhead is the run's whole time, from its start to its
last record, over that of the jobs; its processor time over theirs tells the same on a machine that
does other things too. Between a run's thirds its memory must stay flat.
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
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evaluation.measuring import Watched, watched
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


@dataclass(frozen=True, slots=True)
class Worked:
    """What it took to work through the prompts."""

    seconds: float
    missing: int
    """Prompts without a picture."""
    taken: Watched


async def jobs_alone(
    environment: Mapping[str, str], folder: Path, prompts: Sequence[str]
) -> Worked:
    """Work through them as mere jobs."""
    own = {**environment, "LIMNER_DATA_DIR": str(folder / "data")}
    (folder / "pictures").mkdir(parents=True)
    began = time.monotonic()
    async with (
        running_limner(own, folder / "pictures") as limner,
        watching_house(own) as application,
        watched(limner.pid, every_s=LOOK_S) as found,
    ):
        ids = await limner.submit(prompts)
        jobs = await finished(application, ids, patience_s=PATIENCE_S)
        seconds = time.monotonic() - began
    return Worked(seconds, len(prompts) - len(jobs) + len(lost(jobs)), found)


async def samples(environment: Mapping[str, str], folder: Path, prompts: Sequence[str]) -> Worked:
    """Work through them as the samples of a run."""
    data = _download(folder / "download", prompts)
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "limner", "evaluate", "run", "knowgen", "--json"),
        *("--data", str(data), "--out", str(folder / "run"), "--research", "auto"),
        env={**os.environ, **environment, "LIMNER_DATA_DIR": str(folder / "data")},
        stdout=asyncio.subprocess.PIPE,
    )
    async with watched(process.pid, every_s=LOOK_S) as found:
        printed, _ = await process.communicate()
        seconds = time.monotonic() - began
    ended: Mapping[str, int] = json.loads(printed)["ended"]
    return Worked(seconds, len(prompts) - ended.get("done", 0), found)


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
        alone = await jobs_alone(peers.environment(), folder / "jobs", prompts)
        run = await samples(peers.environment(), folder / "run", prompts)
    memory = [look.pss_mib for look in run.taken.looks if look.processes]
    third = max(1, len(memory) // 3)
    before, after = statistics.median(memory[third : 2 * third]), statistics.median(memory[-third:])
    overhead, cpu_overhead = run.seconds / alone.seconds, run.taken.cpu_s / alone.taken.cpu_s
    return [
        Row(
            f"{count} jobs alone",
            f"{alone.seconds:.1f} s",
            f"{alone.missing} without a result; processor {alone.taken.cpu_s:.1f} s",
        ),
        Row(
            f"{count} samples of a run",
            f"{run.seconds:.1f} s",
            f"{overhead:.3f} × the jobs; {run.missing} without a picture",
            verdict(overhead, MOST_OVERHEAD),
        ),
        Row(
            "processor of the run",
            f"{run.taken.cpu_s:.1f} s",
            f"{cpu_overhead:.3f} × the jobs'",
            verdict(cpu_overhead, MOST_OVERHEAD),
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
