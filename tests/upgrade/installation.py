"""Opens a recorded installation with today's code, and checks what became of its jobs."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import column, delete, table, text

from app import database
from app.application import EVERYTHING, open_application
from app.settings import Settings, load_settings
from app.wiring import Application
from domain.errors import UNEXPECTED
from domain.health import StorageHealth
from domain.illustrations import DeliveryKind, IllustrationStatus
from domain.requests import JobStatus
from jobs.common.views import JobView
from storage.database import READ_ONLY
from storage.engine_database import EngineDatabase
from tests.upgrade.archive import replace_text, shift_times, unpack
from tests.upgrade.outside import Outside, outside
from tests.upgrade.people import carried_on_slack

RECORDED = Path(__file__).parent.parent / "data" / "before_round"
"""The installations of the version before, as ``tests.upgrade.record`` makes them."""
KILLED = timedelta(minutes=1)
"""How long ago its processes were killed."""

_UNFINISHED = (
    (
        "SELECT 'job', id, status FROM jobs "
        "WHERE status NOT IN ('done', 'failed', 'cancelled', 'choosing', 'reviewing')"
    ),
    (
        "SELECT 'delivery', d.id, d.attempts FROM deliveries d JOIN jobs j "
        "ON j.workspace_id = d.workspace_id AND j.id = d.job_id "
        "WHERE d.receipt IS NULL AND j.status <> 'cancelled'"
    ),
    (
        "SELECT 'notice', id, value FROM notices "
        "WHERE sent_at IS NULL AND workspace_id NOT LIKE 'terminal:%'"
    ),
    (
        "SELECT 'slot', s.schedule_id, s.status FROM news_slots s LEFT JOIN jobs j "
        "ON s.workspace_id = j.workspace_id AND s.job_id = j.id "
        "WHERE s.status IN ('due', 'working') AND (j.status IS NULL OR j.status <> 'reviewing')"
    ),
    "SELECT 'mirror', job_id, changes FROM mirrors WHERE open",
    "SELECT 'task', id, workflow FROM tasks WHERE queue <> 'delivery-terminal'",
)
"""What must come to an end by itself. Jobs in ``choosing`` and ``reviewing`` wait for people, and
the queue ``delivery-terminal`` for notices that a terminal shows when it is opened."""


@dataclass
class Installation:
    """An old installation on which today's version works."""

    application: Application
    outside: Outside

    @property
    def log(self) -> list[dict[str, Any]]:
        """The log lines of today's version."""
        lines = (self.application.settings.data_dir / "limner.log").read_text().splitlines()
        return [json.loads(line) for line in lines]

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of our own database."""
        reading = self.application.database.execution_options(**{READ_ONLY: True})
        async with reading.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(query))]

    async def jobs(self) -> list[JobView]:
        """Every job of every workspace."""
        keys = await self.rows("SELECT workspace_id, id FROM jobs ORDER BY id")
        return [
            await self.application.job_service.view(workspace, job_id) for workspace, job_id in keys
        ]

    async def until(self, holds: Callable[[], Awaitable[Any]], *, within_s: float = 500.0) -> None:
        """Wait until nothing is left.

        Raises:
            AssertionError: Something was left; it is named.
        """
        left: Any = None
        try:
            async with asyncio.timeout(within_s):
                while left := await holds():  # noqa: ASYNC110 - other code writes the rows
                    await asyncio.sleep(0.5)
        except TimeoutError:
            raise AssertionError(f"left: {left}") from None

    async def unfinished(self) -> list[tuple[Any, ...]]:
        """What should still come to an end by itself: of the first kind of which there is any."""
        for query in _UNFINISHED:
            if left := await self.rows(query):
                return left
        payloads = self.application.settings.data_dir.glob("slack/*/*.json")
        return [("payload", path.name, "") for path in payloads]

    def check(self, views: list[JobView]) -> None:
        """Every job ended well, its picture stands in its chat once, no message shows an internal
        error, and each run's kept steps fitted today's workflows."""
        for view in views:
            self._check_job(view)
        world = self.outside.discord.world
        assert UNEXPECTED not in str(list(world.every()))
        assert UNEXPECTED not in str(self.outside.slack.team)
        wrong = [line for line in self.log if line["event"] in _WRONG]
        assert not wrong, (Counter(line["event"] for line in wrong), wrong[:5])

    def _check_job(self, view: JobView) -> None:
        job = view.job
        assert job.error != UNEXPECTED, (job.id, job.request.origin.member_id)
        if job.status is not JobStatus.DONE:
            return
        results = [d for d in view.deliveries if d.kind is DeliveryKind.RESULT]
        assert [bool(d.receipt) for d in results] == [True], (job.id, job.request.origin.member_id)
        if all(i.status is IllustrationStatus.DELETED for i in view.illustrations):
            return  # deleting a picture elsewhere leaves its message
        carried = self._messages_with_picture(view)
        assert carried == 1, (job.id, job.request.origin.member_id, carried)

    def _messages_with_picture(self, view: JobView) -> int:
        """How many messages in the channel of the request carry a picture of the job."""
        where, ids = view.job.request.routing.destination, [i.id for i in view.illustrations]
        if where.surface == "discord":
            messages = self.outside.discord.world.carrying(view.job.id)
            shown = [str(m["attachments"]) for m in messages if m["channel_id"] == where.channel]
            return sum(any(illustration in files for illustration in ids) for files in shown)
        if where.surface == "slack":
            return len(carried_on_slack(self.outside.slack, view.job.id, channel=where.channel))
        folder = self.application.settings.data_dir / "pictures"
        return int(all((folder / f"{i}.png").exists() for i in ids))


_WRONG = ("history_mismatch", "task_restarted", "job_broke", "news_broke", "job_given_up")
"""Events of the log that must not occur."""


@asynccontextmanager
async def opened(
    archive: str,
    url: str,
    folder: Path,
    *,
    recorded: Path = RECORDED,
    half: bool = False,
) -> AsyncGenerator[Installation]:
    """Open an installation; ``url`` is that of an empty Postgres, or empty for SQLite.

    With ``half``, every second job that was under way is cancelled before: on SQLite and on
    Postgres those that are left on the other.
    """
    async with outside() as world:
        settings = restore(archive, url, folder, world, recorded=recorded)
        await database.upgrade(settings)
        if half:
            await _cancel_half(settings, odd=not url)
        async with open_application(settings, work=EVERYTHING, serve=True) as application:
            yield Installation(application, world)


def restore(
    archive: str,
    url: str,
    folder: Path,
    world: Outside,
    *,
    recorded: Path = RECORDED,
) -> Settings:
    """Unpack an installation as if it had been recorded at the addresses of ``world``, a minute
    ago; gives its settings. Its database still has the schema of its version."""
    manifest = unpack(
        recorded / f"{archive}-{'postgresql' if url else 'sqlite'}.tar.xz", folder, url=url
    )
    database_url = url or f"sqlite:///{folder / 'limner.sqlite'}"
    now = world.addresses()
    replace_text(database_url, {old: now[name] for name, old in manifest["addresses"].items()})
    killed = datetime.fromisoformat(manifest["recorded_at"])
    shift_times(database_url, datetime.now(UTC) - killed - KILLED)
    chats = json.dumps(manifest["chats"])
    for name, old in manifest["addresses"].items():
        chats = chats.replace(old, now[name])
    world.put_back(json.loads(chats))
    return load_settings(
        **_as_arguments(world.environment()),
        **_as_arguments(world.chats() if archive == "chats" else world.models()),
        data_dir=folder,
        database_url=url or None,
        keep_traces_days=36_500.0,
    )


async def _cancel_half(settings: Settings, *, odd: bool) -> None:
    """Cancel every second of the jobs under way that illustrate no story."""
    opened_database = await database.opened(settings)
    engine_database = EngineDatabase(settings.engine_database, health=StorageHealth())
    engine: Any = engine_database.connections
    try:
        async with opened_database.begin() as connection:
            found = (await connection.execute(text(_UNDER_WAY))).scalars().all()
            cancelled = found[1 if odd else 0 :: 2]
            for job in cancelled:
                await connection.execute(text(_CANCEL), {"id": job})
        await asyncio.to_thread(_forget_runs, engine, cancelled)
    finally:
        await opened_database.dispose()
        engine.dispose()


_UNDER_WAY = (
    "SELECT id FROM jobs WHERE status IN ('queued', 'researching', 'rendering', 'delivering') "
    "AND id NOT IN (SELECT job_id FROM news_slots WHERE job_id IS NOT NULL) ORDER BY id"
)
_CANCEL = "UPDATE jobs SET status = 'cancelled' WHERE id = :id"


def _forget_runs(engine: Any, jobs: Sequence[str]) -> None:
    schema = "dbos" if engine.dialect.name == "postgresql" else None
    runs = table("workflow_status", column("workflow_uuid"), schema=schema)
    with engine.begin() as connection:
        for job in jobs:
            connection.execute(delete(runs).where(runs.c.workflow_uuid.startswith(f"{job}:")))


def _as_arguments(environment: Mapping[str, str]) -> dict[str, Any]:
    return {name.removeprefix("LIMNER_").lower(): value for name, value in environment.items()}
