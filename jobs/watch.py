"""Keeping the messages in chat up to date while jobs go on, whichever process works on them.

One look at the database tells which jobs of a surface moved; each is shown at most once a second,
one edit at a time. After a restart the same look finds the messages of jobs that went on meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from domain.errors import LimnerError, NotFound
from domain.illustrations import DeliveryKind
from domain.requests import JobStatus
from domain.team import LiveJob
from jobs.ports import Changes, StatusBoard
from jobs.stores import Store
from jobs.views import JobView, job_view

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """Seconds: between looks, also while no job is under way, between two edits of a message, until
    a job without a message gets one, and between looks at a job that waits in the queue."""

    look_s: float = 0.25
    idle_s: float = 5.0
    edit_s: float = 1.0
    grace_s: float = 5.0
    queue_s: float = 3.0
    after_failure_s: float = 5.0


@dataclass
class _Shown:
    seq: int = -1
    position: int = -1
    at: float = float("-inf")
    task: asyncio.Task[None] | None = None


class Watcher:
    """Follows all jobs of one surface and tells its board what changed."""

    def __init__(
        self,
        *,
        store: Store,
        surface: str,
        board: StatusBoard,
        settings: WatchSettings = WatchSettings(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._surface = surface
        self._board = board
        self._settings = settings
        self._clock = clock
        self._shown: dict[tuple[str, str], _Shown] = {}
        self._first_seen: dict[tuple[str, str], float] = {}

    async def run(self, changes: Changes | None = None) -> None:
        """Go on until cancelled; what fails once is logged and tried again. While no job of the
        surface is under way, it looks after changes alone."""
        try:
            while True:
                try:
                    await self.look()
                except (LimnerError, OSError) as error:
                    log.warning("watch_failed", surface=self._surface, error=str(error))
                    await asyncio.sleep(self._settings.after_failure_s)
                await asyncio.sleep(self._settings.look_s)
                if not self._shown and changes is not None:
                    await changes.wait(self._settings.idle_s)
        finally:
            tasks = [shown.task for shown in self._shown.values() if shown.task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def look(self) -> None:
        """Start an edit for each job that moved since it was last shown."""
        live = await self._store.operations.live(self._surface)
        keys = {(job.workspace_id, job.job_id) for job in live}
        for known in (self._shown, self._first_seen):
            for key in [key for key in known if key not in keys]:
                known.pop(key)
        for job in live:
            key = (job.workspace_id, job.job_id)
            self._first_seen.setdefault(key, self._clock())
            shown = self._shown.setdefault(key, _Shown())
            if shown.task is None and self._is_due(job, shown):
                shown.task = asyncio.create_task(self._bring_up(job, shown), name="show job")

    def _is_due(self, job: LiveJob, shown: _Shown) -> bool:
        since = self._clock() - shown.at
        if job.seq != shown.seq or job.final:
            return since >= self._settings.edit_s
        return shown.position > 0 and since >= self._settings.queue_s

    async def _bring_up(self, job: LiveJob, shown: _Shown) -> None:
        seq, now = job.seq, self._clock()
        try:
            async with self._store.workspace(job.workspace_id, read_only=True) as unit:
                view = await job_view(unit, job.job_id)
            if shown.seq == seq and shown.position == view.position and not job.final:
                return
            if await self._show(view, job, now):
                shown.seq, shown.position = seq, view.position
        except NotFound:
            await self._close(job)
        except (LimnerError, OSError) as error:
            log.warning("show_failed", job_id=job.job_id, error=str(error))
            now += self._settings.after_failure_s
        finally:
            shown.at, shown.task = now, None

    async def _show(self, view: JobView, job: LiveJob, now: float) -> bool:
        """Show a job on its message; False where it has none yet and may still get one."""
        if any(message.surface == self._surface for message in view.messages):
            there = await self._board.show(view)
            if not there or _is_settled(view):
                await self._close(job)
            return True
        waited = now - self._first_seen[job.workspace_id, job.job_id]
        asked_here = view.job.request.shadow_of is None
        if asked_here and waited < self._settings.grace_s:
            return False
        await self._board.open(view)
        return True

    async def _close(self, job: LiveJob) -> None:
        async with self._store.workspace(job.workspace_id) as unit:
            await unit.messages.close(job.job_id)


def _is_settled(view: JobView) -> bool:
    """Whether a job's messages say how it ended; what failed is delivered no more."""
    match view.job.status:
        case JobStatus.CANCELLED:
            return True
        case JobStatus.FAILED:
            told = [d for d in view.deliveries if d.kind is DeliveryKind.FAILURE]
        case _:
            told = list(view.deliveries)
    return view.job.status.final and all(d.receipt for d in told)
