"""Two versions at work on one database during a rolling restart: each finishes the other's jobs.

``LIMNER_TEST_EARLIER`` names a checkout of an earlier version with its environment in ``.venv``.
"""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from ulid import ULID

from app.application import open_application
from app.settings import load_settings
from app.wiring import Application
from domain.requests import LOCAL_WORKSPACE, Destination, Job, JobStatus, Request, ResearchDepth

EARLIER = Path(os.environ.get("LIMNER_TEST_EARLIER", "/nowhere"))
ROOT = Path(__file__).parent.parent.parent
QUEUES = ("--queue", "research", "--queue", "generation", "--queue", "delivery")
OLD = (str(EARLIER / ".venv" / "bin" / "limner"),)
NEW = (sys.executable, "-m", "app")

pytestmark = [
    pytest.mark.skipif(not EARLIER.is_dir(), reason="LIMNER_TEST_EARLIER is not set"),
    pytest.mark.timeout(600),
]


async def command(program: Sequence[str], *arguments: str, url: str, folder: Path) -> int:
    process = await start(program, *arguments, url=url, folder=folder)
    async with asyncio.timeout(120):
        return await process.wait()


async def start(
    program: Sequence[str], *arguments: str, url: str, folder: Path
) -> asyncio.subprocess.Process:
    own = {k: v for k, v in os.environ.items() if not k.startswith("LIMNER_")}
    settings = {
        "LIMNER_DATA_DIR": str(folder),
        "LIMNER_DATABASE_URL": url,
        "LIMNER_SEARCH_PROVIDERS": "library",
        "LIMNER_DECODER_PROCESSES": "1",
    }
    place = EARLIER if program is OLD else ROOT
    return await asyncio.create_subprocess_exec(
        *program, *arguments, env={**own, **settings}, cwd=place
    )


@asynccontextmanager
async def worker(
    program: Sequence[str], url: str, folder: Path
) -> AsyncGenerator[asyncio.subprocess.Process]:
    process = await start(program, "worker", *QUEUES, url=url, folder=folder)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def asked(application: Application, folder: Path, number: int) -> list[Job]:
    """So many requests, of the kinds that need no network."""
    jobs: list[Job] = []
    for n in range(number):
        request = Request.checked(
            f"a lighthouse, number {n}",
            workspace_id=LOCAL_WORKSPACE,
            member_id=f"m{n}",
            destination=Destination("terminal", platform.node(), str(folder / f"{ULID()}.png")),
            research=ResearchDepth.OFF if n % 2 else ResearchDepth.AUTO,
        )
        jobs.append(await application.job_service.submit(request, event_key=str(ULID())))
    return jobs


async def until(
    application: Application, jobs: Sequence[Job], reached: Callable[[list[JobStatus]], bool]
) -> list[JobStatus]:
    async with asyncio.timeout(240):
        while True:
            found = await application.job_service.recent(LOCAL_WORKSPACE, limit=100)
            now = {job.id: job.status for job in found}
            states = [now[job.id] for job in jobs]
            if reached(states):
                return states
            await asyncio.sleep(0.05)


async def working(url: str) -> None:
    """Wait until a worker has made itself known."""
    async with asyncio.timeout(120):
        while not _processes(url):  # noqa: ASYNC110 - the other process sets no event
            await asyncio.sleep(0.2)


def _processes(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM executors").fetchone()
        return int(row[0]) if row else 0


def all_over(states: list[JobStatus]) -> bool:
    return all(state.final for state in states)


def one_is_over(states: list[JobStatus]) -> bool:
    return any(state.final for state in states)


async def test_two_versions_finish_each_others_jobs(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = request.getfixturevalue("postgres").new_database()
    folder = tmp_path / "data"
    assert await command(OLD, "db", "upgrade", url=url, folder=folder) == 0
    async with worker(OLD, url, folder) as old:
        await working(url)  # before the schema changes under it
        assert await command(NEW, "db", "upgrade", url=url, folder=folder) == 0
        settings = load_settings(
            data_dir=tmp_path / "asks", database_url=url, search_providers="library"
        )
        async with open_application(settings, work=()) as application:
            first = await asked(application, tmp_path, 4)
            done = await until(application, first, all_over)
            assert set(done) == {JobStatus.DONE}, (
                "the earlier version does what the new one accepted"
            )

            second = await asked(application, tmp_path, 6)
            await until(application, second, one_is_over)
            old.kill()
            await old.wait()
            async with worker(NEW, url, folder):
                done = await until(application, second, all_over)
                assert set(done) == {JobStatus.DONE}, (
                    "the new version finishes what the earlier began"
                )
