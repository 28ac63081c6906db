"""What becomes of slots whose picture is a job: posted, failed, rejected or expired."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from domain.errors import LimnerError, NotFound
from domain.news import Schedule, Slot, SlotKey, SlotStatus
from domain.requests import Job, JobStatus
from domain.stores import NewsOperations, Store, UnitOfWork
from domain.translation.messages import gettext
from jobs.common.ports import Dispatcher
from jobs.common.tasks import notice_task
from jobs.news.slots import close, note, posted, team_preferences, untaken
from jobs.services.team import TeamService

log = structlog.get_logger(__name__)

STUCK = timedelta(hours=2)
"""A slot that came to nothing for so long, while this process watched it, is given up."""
ANY_TIME = datetime.max.replace(tzinfo=UTC)


class Settler:
    """Looks at what became of open slots, and posts drafts whose time has come."""

    def __init__(
        self,
        *,
        store: Store,
        operations: NewsOperations,
        team: TeamService,
        dispatcher: Dispatcher,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self.open_slots = False
        """Whether some slot was under way at the last look."""
        self._store = store
        self._operations = operations
        self._team = team
        self._dispatcher = dispatcher
        self._clock = clock
        self._elapsed = elapsed
        self._without_job: dict[SlotKey, float] = {}
        """When this process first saw each slot that is worked on without a job yet."""
        self._handed_on: set[str] = set()

    async def settle(self) -> int:
        """Post drafts that are due and approved, and take note of pictures that were posted,
        failed, were rejected or not approved in time. Gives how many slots were settled.

        Slots that came to nothing are given up, and notices that nobody was handed are handed on.
        """
        settled = 0
        self.open_slots = await self._operations.has_open_slots()
        for key in await self._to_settle() if self.open_slots else ():
            try:
                settled += await self._settle(key)
            except LimnerError as error:
                log.warning("settle_failed", schedule=key.schedule_id, error=str(error))
        await self._hand_on_notices()
        return settled

    async def _to_settle(self) -> list[SlotKey]:
        """Slots whose job has ended or is due, and those that came to nothing. How long that took
        is judged by this process's own clock: the times in the table are of other processes."""
        now, elapsed = self._clock(), self._elapsed()
        ended = await self._operations.slots_to_settle(now=now)
        every = await self._operations.slots_to_settle(now=now, stuck_before=ANY_TIME)
        self._without_job = {
            key: self._without_job.get(key, elapsed) for key in every if key not in ended
        }
        stuck = [
            key
            for key, since in self._without_job.items()
            if elapsed - since > STUCK.total_seconds()
        ]
        return [*ended, *stuck]

    async def _hand_on_notices(self) -> None:
        tasks = {
            task.id: task for task in map(notice_task, await self._operations.unsent_notices())
        }
        for task_id in tasks.keys() - self._handed_on:
            await self._dispatcher.enqueue(tasks[task_id])
        self._handed_on = set(tasks)

    async def _settle(self, key: SlotKey) -> bool:
        now = self._clock()
        release = ""
        async with self._store.workspace(key.workspace_id) as unit:
            slot = await unit.schedules.slot(key.schedule_id, key.due_at)
            if slot.status is not SlotStatus.WORKING:
                return False
            schedule = await _schedule(unit, key.schedule_id)
            if slot.job_id is None:
                why = gettext("Something went wrong inside Limner while looking for a story.")
                await _closed(unit, schedule, slot, SlotStatus.FAILED, why, now)
                return True
            job = await unit.jobs.get(slot.job_id)
            match job.status:
                case JobStatus.DONE:
                    await posted(unit, slot, now)
                    if schedule is not None and schedule.failures:
                        await unit.schedules.save(replace(schedule, failures=0))
                case JobStatus.FAILED | JobStatus.CANCELLED:
                    await _lost(unit, schedule, slot, job, now)
                case JobStatus.REVIEWING if await _is_approved(unit, job):
                    paused = (await team_preferences(unit)).paused
                    release = job.id if now >= slot.due_at and not paused else ""
                    if not release:
                        return False
                case JobStatus.REVIEWING if now > slot.due_at + _patience(schedule, job):
                    await _expired(unit, schedule, slot, job, now)
                case _:
                    return False
        if release:
            await self._team.release(key.workspace_id, release)
            return False
        return True


async def _schedule(unit: UnitOfWork, schedule_id: str) -> Schedule | None:
    """The schedule, unless it was removed meanwhile."""
    try:
        return await unit.schedules.get(schedule_id)
    except NotFound:
        return None


async def _lost(
    unit: UnitOfWork, schedule: Schedule | None, slot: Slot, job: Job, now: datetime
) -> None:
    """Take note of a picture that there will not be."""
    decisions = await unit.opinions.decisions(job.id)
    if any(not decision.approved for decision in decisions):
        status = SlotStatus.REJECTED
    elif job.status is JobStatus.CANCELLED or (await team_preferences(unit)).paused:
        status = SlotStatus.SKIPPED
    else:
        status = SlotStatus.FAILED
    await untaken(unit, slot)
    await _closed(
        unit, schedule, slot, status, job.error or gettext("The picture was cancelled."), now
    )


async def _expired(
    unit: UnitOfWork, schedule: Schedule | None, slot: Slot, job: Job, now: datetime
) -> None:
    why = gettext("The draft wasn't approved in time, so it wasn't posted.")
    await unit.jobs.save(replace(job, status=JobStatus.CANCELLED, error=why, finished_at=now))
    await unit.events.append(job.id, "cancelled", {"why": why}, key="cancelled")
    await untaken(unit, slot)
    await _closed(unit, schedule, slot, SlotStatus.EXPIRED, why, now)


async def _closed(
    unit: UnitOfWork,
    schedule: Schedule | None,
    slot: Slot,
    status: SlotStatus,
    why: str,
    now: datetime,
) -> None:
    if schedule is None:
        await note(unit, slot, status, why, now)
    else:
        await close(unit, schedule, slot, status, why, now)


def _patience(schedule: Schedule | None, job: Job) -> timedelta:
    """How long after its due time a draft waits; one that was not made before it, since only its
    story calls for approval, waits at least as long as others do before theirs."""
    if schedule is None:
        return timedelta(0)
    is_late = job.request.routing.approvals > schedule.approvals
    return max(schedule.grace, schedule.lead) if is_late else schedule.grace


async def _is_approved(unit: UnitOfWork, job: Job) -> bool:
    decisions = await unit.opinions.decisions(job.id)
    return sum(decision.approved for decision in decisions) >= job.request.routing.approvals
