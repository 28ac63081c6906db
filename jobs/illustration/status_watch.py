"""Keeping the messages in chat up to date while jobs go on, whichever process works on them.

One look at the database finds the jobs of a surface that moved, and one how many wait before each.
A job is read whole only when something that its message shows has changed, the last showing is a
second ago, and there is room for it on the platform: where many move at once, most updates are
superseded before their turn and never read. A process looks when it wrote something itself, and
otherwise once a second, so that it also sees what others did.

While storage cannot be used, messages say that their jobs are paused; where not even the jobs can
be read, from what was read of them last.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from domain.errors import LimnerError, NotFound, StorageUnavailable
from domain.health import StorageHealth
from domain.illustrations import DeliveryKind
from domain.pages import PageLinks
from domain.requests import JobStatus
from domain.stores import Store
from domain.team import LiveJob
from jobs.common.ports import Changes, NoRoom, StatusBoard
from jobs.common.views import JobView, job_view, with_page, without_findings

log = structlog.get_logger(__name__)

Key = tuple[str, str]
"""Workspace and job."""
CAN_PAUSE = frozenset({JobStatus.QUEUED, JobStatus.RESEARCHING, JobStatus.RENDERING})
"""Statuses that advance without people, so that they wonder when one does not."""


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """Seconds: the least between two looks, the most while nothing changes, with jobs under way and
    without; between two edits of a message, until a job without a message gets one, and between
    looks at what moves slowly, each so many times longer as there are more than ``crowd`` jobs; how
    long storage is out of reach before that is shown, and between
    tries while it is. ``at_once`` messages are written at the same time, of one workspace
    ``at_once_each``."""

    look_s: float = 0.25
    going_s: float = 1.0
    idle_s: float = 5.0
    edit_s: float = 1.0
    grace_s: float = 5.0
    queue_s: float = 3.0
    crowd: int = 64
    after_failure_s: float = 5.0
    paused_after_s: float = 3.0
    paused_look_s: float = 1.0
    at_once: int = 6
    at_once_each: int = 2


@dataclass
class _Shown:
    """The state that a message shows: the job's last event, and how many wait before it."""

    first_seen: float
    seq: int = -1
    position: int = -1
    at: float = float("-inf")
    paused: bool = False
    last: JobView | None = None
    """The job as it was read last, without what was found and drawn."""
    task: asyncio.Task[None] | None = None


class Watcher:
    """Follows all jobs of one surface and notifies its board of changes."""

    def __init__(
        self,
        *,
        store: Store,
        surface: str,
        board: StatusBoard,
        settings: WatchSettings = WatchSettings(),
        health: StorageHealth | None = None,
        clock: Callable[[], float] = time.monotonic,
        links: PageLinks | None = None,
    ) -> None:
        self._health = health or StorageHealth()
        self._links = links
        self._store = store
        self._surface = surface
        self._board = board
        self._settings = settings
        self._clock = clock
        self._shown: dict[Key, _Shown] = {}
        self._positions: Mapping[Key, int] = {}
        self._positions_at = float("-inf")
        self._slower = 1.0
        self._writing: Counter[str] = Counter()

    async def run(self, changes: Changes | None = None) -> None:
        """Go on until cancelled; what fails once is logged and tried again. ``changes`` wakes it
        when there may be something new."""
        settings = self._settings
        try:
            while True:
                try:
                    await self.look()
                except StorageUnavailable:
                    await asyncio.sleep(settings.paused_look_s)
                except (LimnerError, OSError) as error:
                    log.warning("watch_failed", surface=self._surface, error=str(error))
                    await asyncio.sleep(settings.after_failure_s)
                await asyncio.sleep(min(settings.look_s * self._slower, settings.going_s))
                if changes is not None:
                    await changes.wait(settings.going_s if self._shown else settings.idle_s)
        finally:
            tasks = [shown.task for shown in self._shown.values() if shown.task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def look(self) -> None:
        """Start an edit for each job that moved since it was last shown, as far as there is room;
        those whose message has been as it is for longest go first. Raises ``StorageUnavailable``,
        after it had messages say so."""
        try:
            live = await self._live()
        except StorageUnavailable as error:
            self._health.report_failure(self, error)
            self._pause()
            raise
        self._health.report_success(self)
        for key in [
            key for key, shown in self._shown.items() if key not in live and not shown.task
        ]:
            del self._shown[key]
        for key in live:
            self._shown.setdefault(key, _Shown(self._clock()))
        due = [key for key, job in live.items() if self._is_due(job, self._shown[key])]
        for key in sorted(due, key=lambda key: (not _is_urgent(live[key]), self._shown[key].at)):
            if self._has_room(live[key]):
                self._start(key[0], self._shown[key], self._bring_up(live[key], self._shown[key]))

    async def _live(self) -> Mapping[Key, LiveJob]:
        jobs = await self._store.operations.live(self._surface)
        live = {(job.workspace_id, job.job_id): job for job in jobs}
        # In a burst the results need the time that showing progress takes.
        self._slower = max(1.0, len(live) / self._settings.crowd)
        await self._count_waiting(live)
        return live

    @property
    def _is_paused(self) -> bool:
        """Whether storage is out of reach, and not for a moment only."""
        return self._health.trouble_s >= self._settings.paused_after_s

    def _pause(self) -> None:
        """Start to show that jobs are paused, where storage cannot even be read."""
        if not self._is_paused:
            return
        for (_workspace_id, job_id), shown in self._shown.items():
            view = shown.last or self._board.begun(job_id)
            if view is None or shown.task is not None or shown.paused:
                continue
            here = [m.channel for m in view.messages if m.surface == self._surface]
            workspace_id = view.job.workspace_id
            if view.job.status in CAN_PAUSE and here and self._fits(workspace_id, here[0]):
                self._start(workspace_id, shown, self._show_paused(view, shown))

    async def _show_paused(self, view: JobView, shown: _Shown) -> None:
        now = self._clock()
        try:
            async with asyncio.timeout(self._settings.after_failure_s):
                await self._board.pause(replace(view, paused=True))
            shown.paused = True
        except (NoRoom, TimeoutError):
            pass  # at one of the next looks
        except LimnerError as error:
            log.warning("pause_not_shown", job_id=view.job.id, error=str(error))
        except Exception:  # the edge: one message that cannot be shown ends no other
            log.exception("show_broke", job_id=view.job.id)
        finally:
            self._ended(view.job.workspace_id, shown, at=now)

    async def _count_waiting(self, live: Mapping[Key, LiveJob]) -> None:
        """Ask how many jobs wait before each, all at once, where any of ours waits."""
        waits = any(job.status is JobStatus.QUEUED for job in live.values())
        if waits and self._clock() - self._positions_at >= self._settings.queue_s * self._slower:
            self._positions = await self._store.operations.positions()
            self._positions_at = self._clock()

    def _is_due(self, job: LiveJob, shown: _Shown) -> bool:
        settings, now = self._settings, self._clock()
        slower = 1.0 if _is_urgent(job) else self._slower
        if shown.task is not None or now - shown.at < settings.edit_s * slower:
            return False
        if not job.shown and self._is_new(job, shown):
            return False
        if job.seq != shown.seq and job.status is not JobStatus.DELIVERING:
            return True
        if shown.paused != self._is_paused and job.status in CAN_PAUSE:
            return True
        if now - shown.at < settings.queue_s * slower:
            return False
        if job.status is JobStatus.QUEUED:
            return self._position(job) != shown.position
        # The message is still open: its delivery may have come meanwhile, or its words may differ.
        return job.status.final or job.status is JobStatus.DELIVERING

    def _is_new(self, job: LiveJob, shown: _Shown) -> bool:
        """Whether the handler of the command is about to make the job's message; there is none
        where the request came from a linked channel."""
        return not job.shadow and self._clock() - shown.first_seen < self._settings.grace_s

    def _position(self, job: LiveJob) -> int:
        return self._positions.get((job.workspace_id, job.job_id), 0)

    def _has_room(self, job: LiveJob) -> bool:
        if _is_urgent(job):
            return self._writing.total() < self._settings.at_once
        return self._fits(job.workspace_id, job.channel, new=not job.shown)

    def _fits(self, workspace_id: str, channel: str, *, new: bool = False) -> bool:
        settings = self._settings
        return (
            self._writing.total() < settings.at_once
            and self._writing[workspace_id] < settings.at_once_each
            and self._board.has_room(workspace_id, channel, new=new)
        )

    def _start(self, workspace_id: str, shown: _Shown, work: Coroutine[Any, Any, None]) -> None:
        self._writing[workspace_id] += 1
        shown.task = asyncio.create_task(work, name="show job")

    def _ended(self, workspace_id: str, shown: _Shown, *, at: float) -> None:
        shown.at, shown.task = at, None
        self._writing[workspace_id] -= 1
        self._writing += Counter()  # drops workspaces in which nothing is written

    async def _bring_up(self, job: LiveJob, shown: _Shown) -> None:
        position, now = self._position(job), self._clock()
        try:
            async with asyncio.timeout(self._settings.paused_after_s):
                async with self._store.workspace(job.workspace_id, read_only=True) as unit:
                    view = with_page(await job_view(unit, job.job_id), self._links)
            paused = self._is_paused
            shown.last = without_findings(view)
            if await self._show(replace(view, paused=paused), job, shown):
                shown.seq, shown.position, shown.paused = job.seq, position, paused
        except NotFound:
            await self._close(job)
        except NoRoom:
            pass  # shown at one of the next looks, if nothing newer is to be shown by then
        except TimeoutError:
            pass  # storage is slow or out of reach; the looks find out
        except (LimnerError, OSError) as error:
            log.warning("show_failed", job_id=job.job_id, error=str(error))
            now += self._settings.after_failure_s
        except Exception:  # the edge: one message that cannot be shown ends no other
            log.exception("show_broke", job_id=job.job_id)
            now += self._settings.after_failure_s
        finally:
            self._ended(job.workspace_id, shown, at=now)

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
    """Whether people have to see that at once, however much else there is to show: a choice is
    pending, or the job is over."""
    return job.status.final or job.status is JobStatus.CHOOSING


def _is_settled(view: JobView) -> bool:
    """Whether a job's messages say how it ended; what failed is delivered no more."""
    match view.job.status:
        case JobStatus.CANCELLED:
            return True
        case JobStatus.FAILED:
            reports = [d for d in view.deliveries if d.kind is DeliveryKind.FAILURE]
        case _:
            reports = list(view.deliveries)
    return view.job.status.final and all(d.receipt for d in reports)
