"""Whole jobs of the model-driven agent: accepted, researched, rendered and delivered.

``python -m evaluation.research_bench`` starts the process that ``limner run`` is, with production's
settings, and a model server, a search service, pages and photographs of 1200×900 on loopback in
another process; one picture in ten hangs and one is missing. Times are related to the script's
critical path, and to a bare client that makes the same calls in the same run. With ``--used`` the
language data are unpacked before, as in every data folder that was used for a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.wiring import Application
from domain.requests import Job
from evaluation.bare_client import bare_jobs
from evaluation.measuring import Watched, taken, until_quiet, watched
from evaluation.peers.running import RunningPeers, outside, running_peers
from evaluation.peers.script import critical_path_s, request_for
from evaluation.running import Limner, finished, lost, running_limner, seconds, watching_house
from evaluation.tables import Row, print_table, verdict

AT_ONCE = (1, 8, 64)
MOST = {1: 1.15, 8: 1.25, 64: 2.0}
"""The ratio to the critical path that a whole job may reach with so many at once."""
MOST_STALL_S = 0.25
HOSTS = 40
PATIENCE = 40
"""Critical paths after which a job counts as lost."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that takes part."""

    limner: Limner
    application: Application
    peers: RunningPeers

    @property
    def critical_s(self) -> float:
        """The critical path of one job in seconds."""
        return critical_path_s(self.peers.delays)


@dataclass(frozen=True, slots=True)
class Measured:
    """One round of jobs at once; seconds from acceptance to delivery."""

    jobs_s: list[float]
    lost: int
    bare_s: list[float]
    stall_p99_s: float
    stall_max_s: float
    peers_cpu_s: float
    taken: Watched
    parts: str


async def one_round(scene: Scene, label: str, at_once: int, *, bare: bool = True) -> Measured:
    """Let a bare client work through so many jobs, and then Limner."""
    names = [f"{label}{n}x" for n in range(at_once)]
    bare_s = await bare_jobs(scene.peers, [f"B{name}" for name in names]) if bare else []
    peers_before = taken(scene.peers.pid, with_memory=False).cpu_s
    async with watched(scene.limner.pid) as found:
        ids = await scene.limner.submit([request_for(name) for name in names])
        jobs = await finished(scene.application, ids, patience_s=PATIENCE * scene.critical_s)
    late = await scene.limner.order(do="lateness", **{"from": found.began_at, "to": found.ended_at})
    for job in lost(jobs)[:3]:
        print(f"lost: {job.id} {job.status.value} {job.error or ''}")
    for note in sorted({note for job in jobs for note in job.notes}):
        print(f"note: {note}")
    return Measured(
        jobs_s=[seconds(job) for job in jobs],
        lost=at_once - len(jobs) + len(lost(jobs)),
        bare_s=bare_s,
        stall_p99_s=late["p99_s"],
        stall_max_s=late["max_s"],
        peers_cpu_s=taken(scene.peers.pid, with_memory=False).cpu_s - peers_before,
        taken=found,
        parts=_parts(jobs),
    )


def _parts(jobs: list[Job]) -> str:
    """The median seconds that jobs spent waiting, in research, waiting, drawing and delivering."""
    times = [
        (
            *(job.created_at, job.research_started_at, job.research_finished_at),
            *(job.render_started_at, job.render_finished_at, job.finished_at),
        )
        for job in jobs
    ]
    parts: list[str] = []
    for name, at in (("start", 0), ("research", 1), ("queue", 2), ("render", 3), ("deliver", 4)):
        took = [
            (end - begin).total_seconds()
            for each in times
            if (begin := each[at]) is not None and (end := each[at + 1]) is not None
        ]
        parts.append(f"{name} {statistics.median(took):.2f}" if took else f"{name} ?")
    return ", ".join(parts)


def rows(scene: Scene, at_once: int, measured: list[Measured]) -> list[Row]:
    """The result of one number of jobs at once, over its rounds."""
    worst = max(max(m.jobs_s, default=float("inf")) for m in measured)
    middle = statistics.median(s for m in measured for s in m.jobs_s)
    bare = max(max(m.bare_s) for m in measured)
    cpu = max(m.taken.cpu_s for m in measured)
    pss = max(m.taken.pss_mib for m in measured)
    stall = max(m.stall_max_s for m in measured)
    most = MOST.get(at_once)
    name = f"{at_once} at once"
    return [
        Row(
            f"{name}: the slowest job",
            f"{worst:.2f} s",
            f"{worst / scene.critical_s:.2f} × the critical path of {scene.critical_s:.2f} s",
            verdict(worst / scene.critical_s, most),
        ),
        Row(
            f"{name}: the median job",
            f"{middle:.2f} s",
            f"{middle / scene.critical_s:.2f} ×; {measured[-1].parts}",
            "",
        ),
        Row(
            f"{name}: a bare client's slowest",
            f"{bare:.2f} s",
            f"{bare / scene.critical_s:.2f} ×; Limner {worst / bare:.2f} × of it",
            "",
        ),
        Row(f"{name}: lost", str(sum(m.lost for m in measured)), "", ""),
        Row(
            f"{name}: event loop late, p99 / max",
            f"{max(m.stall_p99_s for m in measured) * 1000:.0f} / {stall * 1000:.0f} ms",
            "",
            verdict(stall, MOST_STALL_S),
        ),
        Row(
            f"{name}: processor with children",
            f"{cpu:.1f} s",
            f"{cpu / at_once:.2f} s a job; the peers took {measured[-1].peers_cpu_s:.1f} s",
            verdict(cpu, 20.0 if at_once == 64 else None),
        ),
        Row(
            f"{name}: memory with children (PSS)",
            f"{pss:.0f} MiB",
            "",
            verdict(pss, 400.0 if at_once == 64 else None),
        ),
    ]


async def outside_calls(scene: Scene) -> Row:
    """The outside calls of a job, and of the same job once more."""
    begin = outside(await scene.peers.calls())
    await one_round(scene, "Twice", 1, bare=False)
    between = outside(await scene.peers.calls())
    again = await one_round(scene, "Twice", 1, bare=False)
    warm = outside(await scene.peers.calls()) - between
    return Row(
        "outside calls of a job, cold / the same again",
        f"{between - begin} / {warm}",
        f"the same job again takes {max(again.jobs_s):.2f} s",
        verdict(warm, 0),
    )


async def measured(
    folder: Path, at_once: Sequence[int], rounds: int, hosts: int, *, used: bool = False
) -> list[Row]:
    """All figures, as rows of the table; in a folder that was ``used`` before, or a new one."""
    async with running_peers(hosts=hosts) as peers:
        environment = {"LIMNER_DATA_DIR": str(folder / "data"), **peers.environment()}
        pictures = folder / "pictures"
        async with (
            running_limner(environment, pictures, "--watch-loop") as limner,
            watching_house(environment) as application,
        ):
            scene = Scene(limner, application, peers)
            await one_round(scene, "Warmup", 1)
            if used:
                await until_quiet(limner.pid)
            table: list[Row] = []
            for number in at_once:
                times = rounds if number > 1 else 3
                found = [await one_round(scene, f"Of{number}r{n}n", number) for n in range(times)]
                table += rows(scene, number, found)
            table.append(await outside_calls(scene))
            return table


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at-once", type=int, nargs="+", default=list(AT_ONCE))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--hosts", type=int, default=HOSTS, help="hosts of pictures and pages")
    parser.add_argument("--used", action="store_true", help="in a data folder that was used before")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = asyncio.run(
            measured(Path(name), asked.at_once, asked.rounds, asked.hosts, used=asked.used)
        )
    print_table("Whole jobs of the model-driven agent", found)


if __name__ == "__main__":
    main()
