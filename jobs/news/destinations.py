"""Destinations that disappear and come back: a channel that was deleted, archived or locked, an app
that was removed.

Schedules that post there pause, and their owner is told once; what was asked for there stops. What
is kept of a workspace that the app was removed from is deleted after a while.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from domain.errors import NotFound
from domain.news import GOING_ON, ClosedBy, Schedule
from domain.requests import Destination, JobStatus
from domain.stores import Store, UnitOfWork
from domain.translation.messages import gettext
from jobs.common.ports import Dispatcher
from jobs.common.tasks import task_ids
from jobs.linked.unlinking import end_links
from jobs.news.slots import tell_owner

log = structlog.get_logger(__name__)

CHANNEL_CLOSED = gettext(
    "{name} has been paused: Limner can't post in its channel any more. It resumes by itself once "
    "the channel is open to Limner again; you can also choose another channel."
)
APP_REMOVED = gettext(
    "{name} has been paused: Limner was removed. It resumes by itself once Limner is invited again."
)


class Workspaces(Protocol):
    """Workspaces as a whole."""

    async def in_use(self, surface: str) -> Sequence[tuple[str, datetime | None]]:
        """The workspaces of a surface of which something is kept, those of one person left out,
        each with the time since when the app is no longer installed there (None: it is)."""
        ...

    async def set_departed(self, workspace_id: str, at: datetime | None) -> bool:
        """Note since when the app is no longer installed there, or that it is again; False where
        that was known."""
        ...

    async def departed_before(self, before: datetime) -> Sequence[str]:
        """The workspaces in which the app has not been installed since before that time."""
        ...

    async def paused_schedules(self, surface: str) -> Sequence[Schedule]:
        """The paused schedules of all workspaces of a surface that have the app."""
        ...

    async def unfinished_jobs(self, workspace_id: str) -> Sequence[str]:
        """The jobs of a workspace that go on or wait."""
        ...

    async def erase(self, workspace_id: str) -> int:
        """Delete what is kept of a workspace; gives the number of rows."""
        ...


@dataclass(frozen=True, slots=True)
class DestinationService:
    """What surfaces call when a place disappears or comes back; calling twice is harmless."""

    store: Store
    workspaces: Workspaces
    dispatcher: Dispatcher
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def close_channel(self, workspace_id: str, channel: str) -> int:
        """Pause the schedules that post in a channel or thread; gives how many. What it was linked
        with is unlinked first, so that nothing more is carried there."""
        await end_links(self.store, workspace_id, channel)
        async with self.store.workspace(workspace_id) as unit:
            found = [s for s in await unit.schedules.list() if _posts_in(s, channel)]
            return await _pause(unit, found, ClosedBy.CHANNEL, CHANNEL_CLOSED)

    async def open_channel(self, workspace_id: str, channel: str) -> int:
        """Resume the schedules that :meth:`close_channel` paused; gives how many."""
        async with self.store.workspace(workspace_id) as unit:
            found = [s for s in await unit.schedules.list() if _posts_in(s, channel)]
            return await self._resume(unit, found, ClosedBy.CHANNEL)

    async def closed_schedules(self, surface: str) -> Sequence[Schedule]:
        """The schedules of a surface that :meth:`close_channel` paused."""
        paused = await self.workspaces.paused_schedules(surface)
        return [schedule for schedule in paused if schedule.closed_by is ClosedBy.CHANNEL]

    async def check_channels(
        self, workspace_id: str, can_post: Callable[[Destination], bool | None]
    ) -> None:
        """Pause schedules that may no longer post in one of their places, and resume those that may
        again in all of them; ``can_post`` gives None where that is not known."""
        async with self.store.workspace(workspace_id, read_only=True) as unit:
            closed, opened = _sorted(await unit.schedules.list(), can_post)
        if not closed and not opened:
            return
        async with self.store.workspace(workspace_id) as unit:
            closed, opened = _sorted(await unit.schedules.list(), can_post)
            await _pause(unit, closed, ClosedBy.CHANNEL, CHANNEL_CLOSED)
            await self._resume(unit, opened, ClosedBy.CHANNEL)

    async def leave(self, workspace_id: str) -> int:
        """The app was removed: pause all schedules, and cancel what was asked for; gives how many
        schedules were paused."""
        await self.workspaces.set_departed(workspace_id, self.clock())
        await end_links(self.store, workspace_id)
        async with self.store.workspace(workspace_id) as unit:
            schedules = await unit.schedules.list()
            paused = await _pause(unit, schedules, ClosedBy.REMOVAL, APP_REMOVED)
        for job_id in await self.workspaces.unfinished_jobs(workspace_id):
            await self._cancel(workspace_id, job_id)
        log.info("workspace_left", workspace=workspace_id, schedules=paused)
        return paused

    async def join(self, workspace_id: str) -> int:
        """The app is there again: resume what its removal paused; gives how many schedules."""
        if not await self.workspaces.set_departed(workspace_id, None):
            return 0
        async with self.store.workspace(workspace_id) as unit:
            schedules = await unit.schedules.list()
            resumed = await self._resume(unit, schedules, ClosedBy.REMOVAL)
        log.info("workspace_joined", workspace=workspace_id, schedules=resumed)
        return resumed

    async def compare(self, surface: str, present: Collection[str]) -> None:
        """Leave and join what changed while nobody listened; ``present`` are all workspaces that
        the app is installed in now."""
        for workspace_id, departed in await self.workspaces.in_use(surface):
            if departed is None and workspace_id not in present:
                await self.leave(workspace_id)
            elif departed is not None and workspace_id in present:
                await self.join(workspace_id)

    async def erase_departed(
        self, *, after: timedelta, delete: Callable[[str], Awaitable[object]] | None = None
    ) -> None:
        """Delete what is kept of workspaces that the app was removed from so long ago; ``delete``
        removes what is kept outside of the database's rows first."""
        for workspace_id in await self.workspaces.departed_before(self.clock() - after):
            if delete is not None:
                await delete(workspace_id)
            rows = await self.workspaces.erase(workspace_id)
            log.warning("workspace_erased", workspace=workspace_id, rows=rows)

    async def _cancel(self, workspace_id: str, job_id: str) -> None:
        async with self.store.workspace(workspace_id) as unit:
            try:
                job = await unit.jobs.get(job_id)
            except NotFound:
                return
            if job.status.final:
                return
            ended = replace(job, status=JobStatus.CANCELLED, finished_at=self.clock())
            await unit.jobs.save(ended)
            await unit.events.append(job_id, "cancelled", {"why": "app removed"}, key="cancelled")
        await self.dispatcher.cancel(task_ids(job_id))

    async def _resume(
        self, unit: UnitOfWork, schedules: Sequence[Schedule], closed_by: ClosedBy
    ) -> int:
        found = [schedule for schedule in schedules if schedule.closed_by is closed_by]
        for schedule in found:
            resumed = replace(
                schedule,
                **GOING_ON,
                counted_from=self.clock(),
                revision=schedule.revision + 1,
            )
            await unit.schedules.save(resumed)
        return len(found)


async def _pause(
    unit: UnitOfWork, schedules: Sequence[Schedule], closed_by: ClosedBy, why: str
) -> int:
    """Pause those that go on, and tell their owners."""
    going = [schedule for schedule in schedules if not schedule.paused]
    for schedule in going:
        said = why.format(name=schedule.name)
        paused = replace(
            schedule,
            paused=True,
            paused_why=str(said),
            closed_by=closed_by,
            revision=schedule.revision + 1,
        )
        await unit.schedules.save(paused)
        await tell_owner(unit, paused, f"closed:{paused.id}:{paused.revision}", str(said))
    return len(going)


def places_of(schedule: Schedule) -> Sequence[Destination]:
    """Where a schedule posts: its stories, and its drafts."""
    return [place for place in (schedule.destination, schedule.review) if place is not None]


def _posts_in(schedule: Schedule, channel: str) -> bool:
    return any(channel in (place.channel, place.thread) for place in places_of(schedule))


def _sorted(
    schedules: Sequence[Schedule], can_post: Callable[[Destination], bool | None]
) -> tuple[Sequence[Schedule], Sequence[Schedule]]:
    """The schedules to be paused, and those to be resumed, for what can be posted where."""
    closed: list[Schedule] = []
    opened: list[Schedule] = []
    for schedule in schedules:
        possible = [can_post(place) for place in places_of(schedule)]
        if not schedule.paused and False in possible:
            closed.append(schedule)
        elif schedule.closed_by is ClosedBy.CHANNEL and all(possible):
            opened.append(schedule)
    return closed, opened
