"""A kill storm: many jobs, two or more processes that are killed at random and started again, and
what must be true when it is over."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from app.application import open_application
from app.settings import Settings, load_settings
from app.wiring import Application
from domain.requests import LOCAL_WORKSPACE, Destination, Job, JobStatus, Request
from storage.blob_sweep import BlobSweep
from storage.blobs import FolderBlobStore
from storage.database import open_database
from tests import forks

ROOT = Path(__file__).parent.parent
QUEUES = ("research", "generation", "delivery")
PROMPT = "the Golden Gate Bridge next to Tower Bridge"


@dataclass
class Storm:
    """Settings of the installation, and how hard the storm is.

    ``environments`` has one entry for each process, with what is its own: its data folder where
    the database is a server, its clock. ``pause_s`` are the shortest and longest time between two
    kills. ``trouble`` is called before a kill with its number, to make things worse; a process
    that cannot start then is started again, as a service manager does.
    """

    environment: Mapping[str, str]
    environments: tuple[Mapping[str, str], ...]
    out: Path
    jobs: int
    kills: int
    seed: int
    pause_s: tuple[float, float] = (0.3, 2.0)
    members: int = 10
    trouble: Callable[[int], None] | None = None
    killed: Counter[int] = field(default_factory=Counter[int])
    ended_by_themselves: list[int] = field(default_factory=list[int])
    """The exit codes of processes that were not killed."""

    async def run(self, *, end_within_s: float) -> list[str]:
        """Let it blow until all kills are done, and the jobs come to their end; gives what is
        wrong then, nothing if all is well."""
        rng = random.Random(self.seed)  # noqa: S311 - a storm is no secret
        running = [await self._start(n) for n in range(len(self.environments))]
        keeping = [asyncio.create_task(self._keep(running, n)) for n in range(len(running))]
        try:
            async with open_application(self._settings(), work=()) as application:
                jobs = await self._submit(application)
                for number in range(self.kills):
                    await asyncio.sleep(rng.uniform(*self.pause_s))
                    if self.trouble is not None:
                        await asyncio.to_thread(self.trouble, number)
                    victim = rng.randrange(len(running))
                    with suppress(ProcessLookupError):
                        running[victim].send_signal(signal.SIGKILL)
                    self.killed[victim] += 1
                await self._ended(application, jobs, within_s=end_within_s)
                return [*await self._faults(application, jobs), *await self._leftovers()]
        finally:
            for keeper in keeping:
                keeper.cancel()
            await asyncio.gather(*keeping, return_exceptions=True)
            await self._stop(running)

    async def _keep(self, running: list[forks.Process], number: int) -> None:
        """Start a process again whenever it has ended."""
        while True:
            code = await running[number].wait()
            if code != -signal.SIGKILL:
                self.ended_by_themselves.append(code)
                await asyncio.sleep(1)
            running[number] = await self._start(number)

    async def _start(self, number: int) -> forks.Process:
        return await forks.start(
            "app",
            "worker",
            *(f"--queue={queue}" for queue in QUEUES),
            env={**os.environ, **self.environment, **self.environments[number]},
        )

    async def _stop(self, running: list[forks.Process]) -> None:
        for process in running:
            if process.returncode is None:
                process.terminate()
        for process in running:
            async with asyncio.timeout(240):
                await process.wait()

    def _settings(self) -> Settings:
        named = {k.removeprefix("LIMNER_").lower(): v for k, v in self.environment.items()}
        return load_settings(**named)

    async def _submit(self, application: Application) -> list[Job]:
        self.out.mkdir(parents=True, exist_ok=True)
        return [
            await application.job_service.submit(
                Request.checked(
                    PROMPT,
                    workspace_id=LOCAL_WORKSPACE,
                    member_id=f"m{n % self.members}",
                    destination=Destination("terminal", os.uname().nodename, str(self._path(n))),
                ),
                event_key=f"storm:{n}",
            )
            for n in range(self.jobs)
        ]

    def _path(self, number: int) -> Path:
        return self.out / f"{number}.png"

    async def _ended(self, application: Application, jobs: list[Job], *, within_s: float) -> None:
        left = {job.id for job in jobs}
        async with asyncio.timeout(within_s):
            while left:
                done = await application.job_service.recent(LOCAL_WORKSPACE, limit=2 * len(jobs))
                left -= {job.id for job in done if job.status.final}
                await asyncio.sleep(0.5)

    async def _faults(self, application: Application, jobs: list[Job]) -> list[str]:
        """What is wrong with the jobs and the processes."""
        found: list[str] = []
        if self.ended_by_themselves and self.trouble is None:
            found.append(f"processes ended with {self.ended_by_themselves}")
        for number, job in enumerate(jobs):
            view = await application.job_service.view(LOCAL_WORKSPACE, job.id)
            if view.job.status is not JobStatus.DONE:
                found.append(f"{job.id} is {view.job.status.value}: {view.job.error}")
                continue
            if [len(view.illustrations), len(view.deliveries)] != [1, 1]:
                found.append(f"{job.id} has not one picture and one delivery")
            if not self._path(number).exists():
                found.append(f"{job.id} has no file")
            kinds = Counter(
                [
                    event.kind
                    async for event in application.job_service.follow(LOCAL_WORKSPACE, job.id)
                ]
            )
            found += [
                f"{job.id} has {kinds[once]} times {once}"
                for once in ("queued", "grounded", "rendered", "delivered", "done")
                if kinds[once] != 1
            ]
        return found

    async def _leftovers(self) -> list[str]:
        """Blobs that a sweep should have removed, temporary files, and tasks that are never
        finished."""
        settings = self._settings()
        engine = open_database(settings.database)
        async with engine.connect() as connection:

            async def column(query: str) -> set[str]:
                return {str(row[0]) for row in await connection.execute(text(query))}

            needed = await column("SELECT sha256 FROM illustrations WHERE sha256 IS NOT NULL")
            needed |= await column('SELECT sha256 FROM "references"')
            async with asyncio.timeout(240):
                while await column("SELECT id FROM tasks"):  # noqa: ASYNC110 - others remove them
                    await asyncio.sleep(0.2)
        folders = {Path(settings.data_dir)} | {
            Path(own["LIMNER_DATA_DIR"]) for own in self.environments if "LIMNER_DATA_DIR" in own
        }
        found: list[str] = []
        for folder in folders:
            blobs = folder / "blobs"
            swept = await BlobSweep(engine, FolderBlobStore(blobs), age_s=0.0).run()
            print(f"swept in {blobs}: {swept}")  # noqa: T201 - the storm's report
            there: set[str] = set()
            for path in (p for p in blobs.rglob("*") if p.is_file() and not p.is_symlink()):
                there.add(path.name)
                if not re.fullmatch(r"[0-9a-f]{64}", path.name):
                    found.append(f"a temporary file: {path}")
                elif path.name not in needed:
                    found.append(f"a blob that nothing names: {path}")
            found += [f"a lost blob: {name}" for name in needed - there]
        await engine.dispose()
        found += [f"a temporary file: {p}" for p in self.out.iterdir() if p.name.startswith(".")]
        return found
