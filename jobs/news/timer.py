"""The news desk's clock: APScheduler says when, the table of slots says whether, the engine works.

Every process with a clock fires; a due time is claimed in the table by one of them, and its task
has the same id everywhere. The schedules in the database are the truth: APScheduler's jobs are kept
in its memory and built from them anew whenever they change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from apscheduler.executors.base import BaseExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from domain.errors import LimnerError
from domain.news import Schedule, Slot, SlotKey, SlotStatus
from domain.stores import NewsOperations, Store
from domain.translation.messages import gettext
from jobs.common.ports import Changes, Dispatcher
from jobs.common.tasks import slot_task
from jobs.news.calendar import Calendar
from jobs.news.corrections import CorrectionWatch
from jobs.news.settling import ANY_TIME, Settler
from jobs.news.slots import lead_of

if TYPE_CHECKING:
    from apscheduler.job import Job as AlarmJob

log = structlog.get_logger(__name__)

SYNC_S = 2.0
"""Between two looks at the table of schedules."""
ROUND_S = 0.5
LOOK_S = 10.0
"""The longest time between two looks while no slot is under way and no change is heard of."""
FORGOTTEN_S = 3.0
"""After so many seconds a claimed slot whose task nobody was given is given to the engine again."""


class Ledger:
    """Accounts for every due time of every schedule, each exactly once."""

    def __init__(
        self,
        *,
        store: Store,
        operations: NewsOperations,
        dispatcher: Dispatcher,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        reached: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._store = store
        self._operations = operations
        self._dispatcher = dispatcher
        self._clock = clock
        self._reached = reached
        self._due: dict[SlotKey, datetime] = {}
        """When this process first saw each slot that was claimed and not begun."""

    async def account(self, schedule: Schedule) -> int:
        """Claim what is due of a schedule and was not accounted for; gives how many slots that
        were.

        After a pause the latest is worked on, and the others are skipped, with the reason kept.
        """
        now = self._clock()
        last = await self._operations.last_slot(schedule.workspace_id, schedule.id)
        start = max(filter(None, (last, schedule.counted_from, schedule.created_at)))
        end = now + lead_of(schedule)
        due = list(Calendar(schedule.cron, schedule.time_zone).between(start, end))
        for due_at in due[:-1]:
            why = gettext("Missed: Limner wasn't running, and a later post came due.")
            await self._claim(schedule, Slot(schedule.id, due_at, SlotStatus.SKIPPED, now, why))
        for due_at in due[-1:]:
            if await self._claim(schedule, Slot(schedule.id, due_at, SlotStatus.DUE, now)):
                self._reached("slot-claimed")
                key = SlotKey(schedule.workspace_id, schedule.id, due_at)
                await self._dispatcher.enqueue(slot_task(key))
        return len(due)

    async def hand_on_forgotten(self) -> None:
        """Give slots to the engine that were claimed by a process which died before it could.

        Where clocks differ, a slot may look younger than it is, so it also counts how long this
        process has seen it. Too early does no harm: the same slot is the same task.
        """
        due = await self._operations.forgotten_slots(before=ANY_TIME)
        now = self._clock()
        horizon = now - timedelta(seconds=FORGOTTEN_S)
        self._due = {key: self._due.get(key, now) for key in due}
        seen_long = {key for key, since in self._due.items() if since < horizon}
        late = (
            set(await self._operations.forgotten_slots(before=horizon)) if due else set[SlotKey]()
        )
        for key in due:
            if key in late or key in seen_long:
                await self._dispatcher.enqueue(slot_task(key))

    async def _claim(self, schedule: Schedule, slot: Slot) -> bool:
        async with self._store.workspace(schedule.workspace_id) as unit:
            return await unit.schedules.claim(slot)


class NewsTimer:
    """Wakes at the due times of all schedules, and looks after slots and stories in between."""

    def __init__(
        self,
        *,
        operations: NewsOperations,
        ledger: Ledger,
        settler: Settler,
        corrections: CorrectionWatch,
    ) -> None:
        self._operations = operations
        self._ledger = ledger
        self._settler = settler
        self._corrections = corrections
        self._schedules: dict[str, Schedule] = {}
        self._version = ""

    async def run(self, changes: Changes) -> None:
        """Go on until cancelled; what fails once is logged and tried again. While no slot is under
        way, it looks after changes alone."""
        executor = SlotExecutor(self._fired)
        alarm = AsyncIOScheduler(
            timezone=UTC,
            executors={"default": executor},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1000},
        )
        alarm.start()
        try:
            while True:
                await self._told(self._sync(alarm))
                for _ in range(int(SYNC_S / ROUND_S)):
                    await self._told(self._settler.settle())
                    await asyncio.sleep(ROUND_S)
                    if not self._settler.open_slots:
                        break
                await self._told(self._ledger.hand_on_forgotten())
                await self._told(self._corrections.look())
                if not self._settler.open_slots:
                    await changes.wait(LOOK_S)
        finally:
            alarm.shutdown(wait=False)
            await executor.aclose()

    async def _told(self, work: Awaitable[object]) -> None:
        try:
            await work
        except (LimnerError, OSError) as error:
            log.warning("news_timer_failed", error=str(error))
        except Exception:  # the clock goes on whatever happens
            log.exception("news_timer_failed")

    async def _sync(self, alarm: AsyncIOScheduler) -> None:
        """Bring the alarms up to date with the table, if it changed; what became due while nobody
        looked is accounted for at once."""
        version = await self._operations.version()
        if version == self._version:
            return
        active = {schedule.id: schedule for schedule in await self._operations.active()}
        for schedule_id in self._schedules.keys() - active.keys():
            if alarm.get_job(schedule_id) is not None:  # it goes by itself after its last time
                alarm.remove_job(schedule_id)
        for schedule_id, schedule in active.items():
            known = self._schedules.get(schedule_id)
            if known is None or known.revision != schedule.revision:
                alarm.add_job(
                    _nothing, trigger=SlotTrigger(schedule), id=schedule_id, replace_existing=True
                )
                await self._ledger.account(schedule)
        self._schedules, self._version = active, version

    async def _fired(self, schedule_id: str) -> None:
        schedule = self._schedules.get(schedule_id)
        if schedule is not None:
            await self._told(self._ledger.account(schedule))


class SlotTrigger(BaseTrigger):
    """Fires when work on a slot begins: at its due time, or earlier where it must be approved."""

    def __init__(self, schedule: Schedule) -> None:
        self._calendar = Calendar(schedule.cron, schedule.time_zone)
        self._lead = lead_of(schedule)

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """The next moment to begin, after the previous one."""
        moment = now - timedelta(microseconds=1)
        if previous_fire_time is not None:
            moment = max(moment, previous_fire_time)
        following = self._calendar.next_after(moment + self._lead)
        return None if following is None else following - self._lead


class SlotExecutor(BaseExecutor):
    """Hands what APScheduler fires to a coroutine, and keeps the tasks until they are done."""

    def __init__(self, fired: Callable[[str], Awaitable[None]]) -> None:
        super().__init__()
        self._fired = fired
        self._tasks: set[asyncio.Task[None]] = set()

    def _do_submit_job(self, job: AlarmJob, _run_times: list[datetime], /) -> None:
        task = asyncio.ensure_future(self._run(job.id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, job_id: str) -> None:
        try:
            await self._fired(job_id)
        finally:
            self._run_job_success(job_id, [])

    async def aclose(self) -> None:
        """Wait for what was fired."""
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _nothing() -> None:
    """What APScheduler is told to run; the executor knows better."""
