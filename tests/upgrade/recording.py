"""An installation while it is recorded: starts and kills the product, and asks it for things."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ulid import ULID

from app.application import open_application
from app.settings import Settings, load_settings
from app.wiring import Application
from domain.news import Schedule
from domain.requests import LOCAL_WORKSPACE, Destination, Job, JobStatus, Request
from domain.team import Role
from evaluation.peers.discord_world import GENERAL, GUILD
from evaluation.peers.newsroom import a_schedule
from jobs.admission.requests import Requester
from storage import schema
from storage.unit_of_work import SqlStore
from tests.upgrade import stops
from tests.upgrade.archive import HOST
from tests.upgrade.outside import Outside, outside
from tests.upgrade.stops import Stop

ROOT = Path(__file__).parent.parent.parent
DISCORD, SLACK = f"discord:{GUILD}", "slack:T0001"
TERMINAL = Destination("terminal", HOST)
ON_DISCORD = Destination("discord", str(GENERAL))
ON_SLACK = Destination("slack", "C0001")


@dataclass
class Recording:
    """An installation while it is recorded."""

    outside: Outside
    folder: Path
    environment: dict[str, str]
    every: tuple[Stop, ...]
    application: Application
    process: asyncio.subprocess.Process | None = None

    @property
    def store(self) -> SqlStore:
        """Its rows."""
        return SqlStore(self.application.database)

    async def start(self, name: str) -> None:
        """Start the product with the stops of that name."""
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.upgrade.product", name, str(self.marks)),
            cwd=ROOT,
            env={**os.environ, **self.environment},
        )

    async def kill(self) -> None:
        """End it as the kernel would."""
        assert self.process is not None
        self.process.kill()
        assert await self.process.wait() == -signal.SIGKILL

    @property
    def marks(self) -> Path:
        """Where the stops that were reached are written down."""
        return self.folder.parent / "marks"

    async def until(self, holds: Callable[[], bool | Awaitable[bool]], what: str) -> None:
        """Wait until something holds; say what never did."""
        try:
            async with asyncio.timeout(120):
                while True:
                    found = holds()
                    if found if isinstance(found, bool) else await found:
                        return
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"never: {what}") from None

    async def stopped(self, numbers: set[int]) -> None:
        """Wait until the stops of these people were reached."""

        def reached() -> set[int]:
            return {int(line) for line in self.marks.read_text().split()}

        self.marks.touch()
        try:
            await self.until(lambda: numbers <= reached(), "stops")
        except AssertionError:
            missing = {n: stops.numbered(self.every)[n] for n in numbers - reached()}
            raise AssertionError(f"never reached: {missing}") from None

    async def done(self, *jobs: Job, status: JobStatus = JobStatus.DONE) -> None:
        """Wait until these jobs are in that state."""

        async def there() -> bool:
            for job in jobs:
                view = await self.application.job_service.view(job.workspace_id, job.id)
                assert view.job.status in (status, *_ON_THE_WAY), (view.job.error, view.job.status)
                if view.job.status is not status:
                    return False
            return True

        await self.until(there, f"{status} of {[job.request.origin.member_id for job in jobs]}")

    async def submit(self, prompt: str, number: int, **parts: Any) -> Job:
        """Ask on the terminal."""
        key = str(ULID())
        parts = {"workspace_id": LOCAL_WORKSPACE, "destination": TERMINAL, **parts}
        request = Request.checked(prompt, member_id=f"m{number}", **parts)
        return await self.application.job_service.submit(request, event_key=key)

    async def asked(self, prompt: str, number: int, surface: str, **options: Any) -> Job:
        """Ask in a chat, as people do; gives the job."""
        member = str(number) if surface == "discord" else f"U{number}"
        workspace = DISCORD if surface == "discord" else SLACK
        known = {job.id for job in await self.application.job_service.recent(workspace, limit=500)}
        if surface == "discord":
            channel = options.pop("channel", GENERAL)
            options = {name: value for name, value in options.items() if value != ""}
            await self.outside.discord.asks(
                prompt=prompt, user_id=number, channel=channel, **options
            )
        else:
            channel = options.pop("channel", "C0001")
            typed = "".join(f" {name}:{value}" for name, value in options.items())
            await self.outside.slack.slash(f"{prompt}{typed}", user=member, channel=channel)
        found: list[Job] = []

        async def there() -> bool:
            jobs = await self.application.job_service.recent(workspace, limit=500)
            found[:] = [
                j for j in jobs if j.id not in known and j.request.origin.member_id == member
            ]
            return bool(found)

        await self.until(there, f"a job of {member}")
        return found[0]

    def requester(self, job: Job, role: Role = Role.ADMIN) -> Requester:
        """The requester of a job, where they asked."""
        request = job.request
        return Requester(
            request.origin.workspace_id, request.origin.member_id, request.routing.destination, role
        )

    async def schedule(self, number: int, **parts: Any) -> Schedule:
        """A schedule that comes up once a year by itself."""
        now = datetime.now(UTC)
        stand = self.outside.stand
        member = {"discord": f"{number}", "slack": f"U{number}"}
        surface = parts.get("destination", TERMINAL).surface
        schedule = a_schedule(
            **{
                "id": str(ULID()),
                "workspace_id": f"terminal:n{number}",
                "owner_id": member.get(surface, f"m{number}"),
                "name": f"Schedule {number}",
                "destination": TERMINAL,
                "cron": "0 9 1 1 *",
                "topic": "",
                "generator": "storyboard",
                "feeds": (stand.url(0, "feed"), stand.url(1, "feed")),
                "created_at": now,
                "counted_from": now,
                **parts,
            }
        )
        async with self.store.workspace(schedule.workspace_id) as unit:
            await unit.schedules.save(schedule)
        return schedule

    async def run_now(self, schedule: Schedule) -> None:
        """Let a schedule run beside its own times."""
        requester = Requester(
            schedule.workspace_id, schedule.owner_id, schedule.destination, Role.ADMIN
        )
        await self.application.news.run_now(requester, schedule.id)

    async def job_of(self, schedule: Schedule) -> Job:
        """The job of a schedule's slot, once there is one."""
        found: list[str] = []

        async def there() -> bool:
            async with self.store.workspace(schedule.workspace_id, read_only=True) as unit:
                slots = await unit.schedules.slots(schedule.id)
            found[:] = [slot.job_id for slot in slots if slot.job_id]
            assert found or not any(slot.status.final for slot in slots), slots
            return bool(found)

        await self.until(there, f"a job of {schedule.name}")
        return (await self.application.job_service.view(schedule.workspace_id, found[0])).job


_ON_THE_WAY = (
    *(JobStatus.QUEUED, JobStatus.RESEARCHING, JobStatus.RENDERING, JobStatus.DELIVERING),
    *(JobStatus.REVIEWING, JobStatus.CHOOSING),
)


@asynccontextmanager
async def recording(name: str, url: str, folder: Path) -> AsyncGenerator[Recording]:
    async with outside() as world:
        special = world.chats() if name == "chats" else world.models()
        environment = {
            **world.environment(),
            **special,
            "LIMNER_RESEARCH_CONCURRENCY": "200",
            "LIMNER_GENERATION_CONCURRENCY": "64",
            "LIMNER_DATA_DIR": str(folder),
            "LIMNER_DATABASE_URL": url,
        }
        plain = {k.removeprefix("LIMNER_").lower(): v for k, v in environment.items()}
        settings: Settings = load_settings(**plain)
        await schema.upgrade(settings.database)
        every = stops.CHATS if name == "chats" else stops.MODELS
        async with open_application(settings, work=()) as application:
            recording = Recording(world, folder, environment, every, application)
            try:
                yield recording
            finally:
                if recording.process is not None and recording.process.returncode is None:
                    recording.process.kill()
                    await recording.process.wait()
