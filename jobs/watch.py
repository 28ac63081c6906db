"""Keeping the messages in chat up to date while jobs go on, whichever process works on them.

One look at the database tells which jobs of a surface moved, and one how many wait before each. A
job is read whole only when something that its message shows has changed, the last showing is a
second ago, and there is room for it on the platform: where many move at once, most of what they
would show is overtaken before its turn and never read. A process looks when it wrote something
itself, and otherwise once a second, so that it also sees what others did.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from domain.errors import LimnerError, NotFound
from domain.illustrations import DeliveryKind
from domain.requests import JobStatus
from domain.team import LiveJob
from jobs.ports import Changes, NoRoom, StatusBoard
from jobs.stores import Store
from jobs.views import JobView, job_view

log = structlog.get_logger(__name__)

Key = tuple[str, str]
"""Workspace and job."""


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """Seconds: the least between two looks, the most while nothing changes, with jobs under way and
    without; between two edits of a message, until a job without a message gets one, and between
    looks at what moves slowly. ``at_once`` messages are written at the same time, of one workspace
    ``at_once_each``."""

    look_s: float = 0.25
    going_s: float = 1.0
    idle_s: float = 5.0
    edit_s: float = 1.0
    grace_s: float = 5.0
    queue_s: float = 3.0
    after_failure_s: float = 5.0
    at_once: int = 16
    at_once_each: int = 2


@dataclass
class _Shown:
    """What a message shows: the job's last event, and how many wait before it."""

    first_seen: float
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
        self._shown: dict[Key, _Shown] = {}
        self._positions: Mapping[Key, int] = {}
        self._positions_at = float("-inf")
        self._writing: Counter[str] = Counter()

    async def run(self, changes: Changes | None = None) -> None:
        """Go on until cancelled; what fails once is logged and tried again. ``changes`` tells when
        there may be something new to see."""
        settings = self._settings
        try:
            while True:
                try:
                    await self.look()
                except (LimnerError, OSError) as error:
                    log.warning("watch_failed", surface=self._surface, error=str(error))
                    await asyncio.sleep(settings.after_failure_s)
                await asyncio.sleep(settings.look_s)
                if changes is not None:
                    await changes.wait(settings.going_s if self._shown else settings.idle_s)
        finally:
            tasks = [shown.task for shown in self._shown.values() if shown.task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def look(self) -> None:
        """Start an edit for each job that moved since it was last shown, as far as there is room;
        those whose message has been as it is for longest go first."""
        live = {
            (j.workspace_id, j.job_id): j for j in await self._store.operations.live(self._surface)
        }
        for key in [
            key for key, shown in self._shown.items() if key not in live and not shown.task
        ]:
            del self._shown[key]
        for key in live:
            self._shown.setdefault(key, _Shown(self._clock()))
        await self._count_waiting(live)
        due = [key for key, job in live.items() if self._is_due(job, self._shown[key])]
        for key in sorted(due, key=lambda key: (not _is_urgent(live[key]), self._shown[key].at)):
            if self._has_room(live[key]):
                self._start(live[key], self._shown[key])

    async def _count_waiting(self, live: Mapping[Key, LiveJob]) -> None:
        """Ask how many jobs wait before each, all at once, where any of ours waits."""
        waits = any(job.status is JobStatus.QUEUED for job in live.values())
        if waits and self._clock() - self._positions_at >= self._settings.queue_s:
            self._positions = await self._store.operations.positions()
            self._positions_at = self._clock()

    def _is_due(self, job: LiveJob, shown: _Shown) -> bool:
        settings, now = self._settings, self._clock()
        if shown.task is not None or now - shown.at < settings.edit_s:
            return False
        if not job.shown and self._is_new(job, shown):
            return False
        if job.seq != shown.seq and job.status is not JobStatus.DELIVERING:
            return True
        if now - shown.at < settings.queue_s:
            return False
        if job.status is JobStatus.QUEUED:
            return self._position(job) != shown.position
        # The message is still open: its delivery may have come meanwhile, or its words may differ.
        return job.status.final or job.status is JobStatus.DELIVERING

    def _is_new(self, job: LiveJob, shown: _Shown) -> bool:
        """Whether whoever took the command is about to make the job's message; nobody is, where it
        was asked for in a linked channel."""
        return not job.shadow and self._clock() - shown.first_seen < self._settings.grace_s

    def _position(self, job: LiveJob) -> int:
        return self._positions.get((job.workspace_id, job.job_id), 0)

    def _has_room(self, job: LiveJob) -> bool:
        settings = self._settings
        if self._writing.total() >= settings.at_once:
            return False
        if _is_urgent(job):
            return True
        if self._writing[job.workspace_id] >= settings.at_once_each:
            return False
        return self._board.has_room(job.workspace_id, job.channel, new=not job.shown)

    def _start(self, job: LiveJob, shown: _Shown) -> None:
        self._writing[job.workspace_id] += 1
        shown.task = asyncio.create_task(self._bring_up(job, shown), name="show job")

    async def _bring_up(self, job: LiveJob, shown: _Shown) -> None:
        position, now = self._position(job), self._clock()
        try:
            async with self._store.workspace(job.workspace_id, read_only=True) as unit:
                view = await job_view(unit, job.job_id)
            if await self._show(view, job, shown):
                shown.seq, shown.position = job.seq, position
        except NotFound:
            await self._close(job)
        except NoRoom:
            pass  # shown at one of the next looks, if nothing newer is to be shown by then
        except (LimnerError, OSError) as error:
            log.warning("show_failed", job_id=job.job_id, error=str(error))
            now += self._settings.after_failure_s
        except Exception:  # the edge: one message that cannot be shown ends no other
            log.exception("show_broke", job_id=job.job_id)
            now += self._settings.after_failure_s
        finally:
            shown.at, shown.task = now, None
            self._writing[job.workspace_id] -= 1
            self._writing += Counter()  # drops workspaces in which nothing is written

    async def _show(self, view: JobView, job: LiveJob, shown: _Shown) -> bool:
        """Show a job on its message; False where it has none yet and may still get one."""
        if any(message.surface == self._surface for message in view.messages):
            there = await self._board.show(view)
            if not there or _is_settled(view):
                await self._close(job)
            return True
        if self._is_new(job, shown):
            return False
        await self._board.open(view)
        return True

    async def _close(self, job: LiveJob) -> None:
        async with self._store.workspace(job.workspace_id) as unit:
            await unit.messages.close(job.job_id)


def _is_urgent(job: LiveJob) -> bool:
    """Whether people have to see that at once, however much else there is to show: somebody must
    choose, or it is over."""
    return job.status.final or job.status is JobStatus.CHOOSING


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
