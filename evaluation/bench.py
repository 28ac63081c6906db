"""``make bench``: how quick jobs start, what a hop costs, how many fit, on SQLite and Postgres.

Every figure is measured in this run on this machine; the last column relates it to something
measured in the same run, because only ratios travel from one machine to another. Everything is
searched in the local library, so what remains is Limner's own time.
"""

from __future__ import annotations

import asyncio
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from ulid import ULID

from app.bootstrap import House, open_house
from app.settings import Settings, load_settings
from domain.requests import LOCAL_WORKSPACE, Destination, Job, JobStatus, Request
from domain.research import SourceKind

JOBS = 200
STARTS = 20
SUBJECTS = ("Amber Bridge", "Birch Tower", "Cedar Palace", "Dune Temple", "Elm Harbour")
PROMPT = f"{', '.join(SUBJECTS[:-1])} and {SUBJECTS[-1]}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; ``ratio`` says in words what it is related to."""

    name: str
    value: str
    ratio: str = ""


async def measured(settings: Settings, folder: Path) -> list[Figure]:
    """All figures of one database."""
    async with open_house(settings) as house:
        for subject in SUBJECTS:
            await house.library.add_item(
                LOCAL_WORKSPACE,
                kind=SourceKind.PAGE,
                title=subject,
                text=f"{subject} is built of red stone and 100 metres high.",
            )
        plain = [await _done(house, "a red cube", folder) for _ in range(STARTS)]
        hops = [await _done(house, PROMPT, folder) for _ in range(STARTS)]
        before = _memory()
        many = await _many(house, folder)
    started = sorted(_s(job.created_at, job.research_started_at) for job in plain)
    rendered = statistics.median(_s(j.render_started_at, j.render_finished_at) for j in plain)
    without = statistics.median(_s(j.created_at, j.finished_at) for j in plain)
    extra = statistics.median(_s(j.created_at, j.finished_at) for j in hops) - without
    hop = extra / (1 + len(SUBJECTS))
    wall, peak = many
    return [
        Figure(
            "enqueue to start, p50 / max",
            f"{statistics.median(started):.3f} / {started[-1]:.3f} s",
            f"{statistics.median(started) / rendered:.1f} × a render",
        ),
        Figure("a job without search", f"{without:.3f} s", f"{without / rendered:.1f} × a render"),
        Figure("overhead of one hop", f"{hop * 1000:.0f} ms", f"{hop / rendered:.2f} × a render"),
        Figure(
            f"{JOBS} jobs of 6 hops",
            f"{wall:.1f} s",
            f"{wall / JOBS / (rendered + 6 * hop):.2f} × render + hops, each",
        ),
        Figure(
            "memory per job in flight",
            f"{max(0.0, peak - before) / JOBS:.2f} MB",
            f"{peak / before:.2f} × the idle process ({before:.0f} MB)",
        ),
    ]


async def _done(house: House, prompt: str, folder: Path) -> Job:
    job = await house.desk.submit(_request(prompt, folder, member=0), event_key=str(ULID()))
    async for _event in house.desk.follow(LOCAL_WORKSPACE, job.id):
        pass
    return (await house.desk.view(LOCAL_WORKSPACE, job.id)).job


async def _many(house: House, folder: Path) -> tuple[float, float]:
    """Wall seconds for many jobs of many people at once, and the most megabytes meanwhile."""
    started = time.monotonic()
    requests = [_request(PROMPT, folder, member=n) for n in range(JOBS)]
    jobs = [await house.desk.submit(r, event_key=str(ULID())) for r in requests]
    peak = _memory()
    waiting = {job.id for job in jobs}
    while waiting:
        await asyncio.sleep(0.5)
        peak = max(peak, _memory())
        newest = await house.desk.recent(LOCAL_WORKSPACE, limit=JOBS)
        failed = [job for job in newest if job.status is JobStatus.FAILED]
        if failed:
            raise RuntimeError(failed[0].error)
        waiting -= {job.id for job in newest if job.status.final}
    return time.monotonic() - started, peak


def _request(prompt: str, folder: Path, *, member: int) -> Request:
    return Request.checked(
        prompt,
        workspace_id=LOCAL_WORKSPACE,
        member_id=f"m{member}",
        destination=Destination("terminal", platform.node(), str(folder / f"{ULID()}.png")),
        seed=1,
    )


def _memory() -> float:
    """Resident megabytes of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _s(start: datetime | None, end: datetime | None) -> float:
    if start is None or end is None:
        raise RuntimeError("a job of the bench did not pass this point")
    return (end - start).total_seconds()


def _start_figures() -> list[Figure]:
    """The start of ``limner --help`` beside a bare Python; the best of seven each."""

    def best(*arguments: str) -> float:
        times: list[float] = []
        for _ in range(7):
            started = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
            times.append(time.perf_counter() - started)
        return min(times)

    bare, help_ = best("-c", "pass"), best("-m", "app", "--help")
    return [Figure("limner --help", f"{help_ * 1000:.0f} ms", f"{help_ / bare:.1f} × bare Python")]


@contextmanager
def _databases(folder: Path) -> Generator[dict[str, str]]:
    from tests.fakes.postgres import postgres_peer

    with postgres_peer() as peer:
        yield {
            "SQLite": f"sqlite:///{folder / 'limner.sqlite'}",
            "Postgres": peer.new_database(),
        }


async def _upgraded(settings: Settings) -> None:
    from app import database

    await database.upgrade(settings)


def main(wanted: Sequence[str] = ("SQLite", "Postgres")) -> None:
    """Measure and print the table."""
    table = Table(title=f"Limner on {os.cpu_count()} cores, Python {platform.python_version()}")
    for column in ("", "figure", "measured", "ratio"):
        table.add_column(column)
    for figure in _start_figures():
        table.add_row("", figure.name, figure.value, figure.ratio)
    with tempfile.TemporaryDirectory() as name, _databases(Path(name)) as databases:
        for kind in wanted:
            folder = Path(name) / kind
            folder.mkdir()
            settings = load_settings(
                data_dir=folder, database_url=databases[kind], search_providers="library"
            )
            asyncio.run(_upgraded(settings))
            for figure in asyncio.run(measured(settings, folder)):
                table.add_row(kind, figure.name, figure.value, figure.ratio)
    Console().print(table)


if __name__ == "__main__":
    main()
