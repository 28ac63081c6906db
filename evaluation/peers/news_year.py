"""Months of the news desk's clock in one go: processes that die, wait and start again, an outage,
and a table of slots that must account for every due time once."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from domain.errors import LimnerError
from domain.news import Schedule, SlotKey, SlotStatus
from domain.stores import NewsOperations, Store
from domain.tasks import Task
from evaluation.peers.newsroom import Clock, a_schedule
from jobs.common.tasks import slot_of_task
from jobs.news.calendar import Calendar
from jobs.news.timer import Ledger, SlotTrigger

CRONS = (
    "0 * * * *",
    "30 6,12,18 * * *",
    "0 9 * * mon-fri",
    "15 2 * * *",
    "30 2 * * sun",
    "45 7 1 * *",
    "0 20 * * fri,sat",
    "0 0 * * *",
)
ZONES = ("Europe/Berlin", "America/New_York", "UTC", "Asia/Kolkata", "Australia/Lord_Howe")


class Died(Exception):
    """A process was killed at a named point."""


@dataclass
class Engine:
    """The queue that both processes hand their tasks to, and which begins them at once; the same id
    again is the same task."""

    store: Store
    handed: Counter[str] = field(default_factory=Counter[str])

    async def enqueue(self, task: Task) -> None:
        """Take a task."""
        self.handed[task.id] += 1
        key = slot_of_task(task.workspace_id, task.subject_id)
        async with self.store.workspace(task.workspace_id) as unit:
            slot = await unit.schedules.slot(key.schedule_id, key.due_at)
            await unit.schedules.save_slot(replace(slot, status=SlotStatus.WORKING))

    async def cancel(self, task_ids: Sequence[str]) -> None:
        """Nothing is ever stopped here."""


@dataclass
class Process:
    """One process's clock; ``back_at`` is when it starts again after its death."""

    ledger: Ledger
    back_at: datetime | None = None


@dataclass
class Year:
    """The clock of several processes over one store, from ``start`` on."""

    store: Store
    operations: NewsOperations
    start: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    seed: int = 1
    deaths: float = 0.02
    """The share of due times at which a process dies."""
    died: int = 0
    skipped: int = 0

    def __post_init__(self) -> None:
        self.clock = Clock(self.start)
        self.engine = Engine(self.store)
        self.random = random.Random(self.seed)  # noqa: S311 - repeatable, and no secret
        self.processes = [Process(self._ledger()) for _ in range(2)]

    def schedules(self, count: int, *, every_hour: bool = True) -> list[Schedule]:
        """Schedules of all kinds, in several time zones."""
        crons = CRONS if every_hour else CRONS[1:]
        return [
            a_schedule(
                id=f"S{number:03}",
                workspace_id=f"w{number % 7}",
                cron=crons[number % len(crons)],
                time_zone=ZONES[number % len(ZONES)],
                created_at=self.start,
                counted_from=self.start,
            )
            for number in range(count)
        ]

    async def run(
        self, schedules: Sequence[Schedule], *, days: int, outage: tuple[datetime, datetime]
    ) -> None:
        """Let the time pass. No process runs during the outage."""
        end = self.start + timedelta(days=days)
        for schedule in schedules:
            async with self.store.workspace(schedule.workspace_id) as unit:
                await unit.schedules.save(schedule)
        triggers = {schedule.id: SlotTrigger(schedule) for schedule in schedules}
        waiting: list[tuple[datetime, int, Schedule]] = []
        for number, schedule in enumerate(schedules):
            first = triggers[schedule.id].get_next_fire_time(None, self.start)
            if first is not None:
                heapq.heappush(waiting, (first, number, schedule))
        while waiting and waiting[0][0] <= end:
            at, number, schedule = heapq.heappop(waiting)
            self.clock.now = max(at, self.clock.now)
            if outage[0] <= at < outage[1]:
                for process in self.processes:
                    process.back_at = outage[1]
            await self._fire(schedule, schedules)
            if number == 0:
                await self._look_after()
            following = triggers[schedule.id].get_next_fire_time(at, at)
            if following is not None:
                heapq.heappush(waiting, (following, number, schedule))
        self.clock.now = end + timedelta(hours=4)
        self.deaths = 0.0
        for process in self.processes:
            process.back_at = end
        await self._bring_back(schedules)
        await self.processes[0].ledger.hand_on_forgotten()

    async def faults(self, schedules: Sequence[Schedule], *, days: int) -> list[str]:
        """Every due time that has not exactly one slot, and every task that is no one slot's."""
        end = self.start + timedelta(days=days)
        found: list[str] = []
        open_tasks: set[str] = set()
        for schedule in schedules:
            calendar = Calendar(schedule.cron, schedule.time_zone)
            due = list(calendar.between(self.start, end))
            async with self.store.workspace(schedule.workspace_id, read_only=True) as unit:
                slots = await unit.schedules.slots(schedule.id, limit=100_000)
            kept = Counter(slot.due_at for slot in slots if slot.due_at <= end)
            found += [f"{schedule.id} {at} has {kept[at]} slots" for at in due if kept[at] != 1]
            found += [f"{schedule.id} {at} was never due" for at in kept.keys() - set(due)]
            for slot in slots:
                key = SlotKey(schedule.workspace_id, schedule.id, slot.due_at)
                name = f"schedule:{schedule.id}:{slot.due_at.isoformat()}"
                self.skipped += slot.status is SlotStatus.SKIPPED
                if not slot.status.final:
                    open_tasks.add(name)
                elif name in self.engine.handed:
                    found.append(f"{key} was skipped and worked on")
        found += [f"{name} was never handed on" for name in open_tasks - self.engine.handed.keys()]
        return found

    def worked_on(self) -> Counter[str]:
        """The number of slots of each schedule that became tasks."""
        names = (name.removeprefix("schedule:") for name in self.engine.handed)
        return Counter(slot_of_task("", name.replace(":", "@", 1)).schedule_id for name in names)

    async def _fire(self, schedule: Schedule, schedules: Sequence[Schedule]) -> None:
        await self._bring_back(schedules)
        self.random.shuffle(self.processes)
        for process in self.processes:
            if process.back_at is None:
                await self._account(process, [schedule])

    async def _look_after(self) -> None:
        for process in self.processes:
            if process.back_at is None:
                await process.ledger.hand_on_forgotten()

    async def _bring_back(self, schedules: Sequence[Schedule]) -> None:
        """A process that starts again looks at all schedules first."""
        for process in self.processes:
            if process.back_at is not None and process.back_at <= self.clock.now:
                process.back_at = None
                await self._account(process, schedules)

    async def _account(self, process: Process, schedules: Sequence[Schedule]) -> None:
        try:
            for schedule in schedules:
                await process.ledger.account(schedule)
        except (Died, LimnerError):
            self.died += 1
            process.back_at = self.clock.now + timedelta(minutes=self.random.randint(1, 90))
            process.ledger = self._ledger()

    def _ledger(self) -> Ledger:
        return Ledger(
            store=self.store,
            operations=self.operations,
            dispatcher=self.engine,
            clock=self.clock,
            reached=self._reached,
        )

    def _reached(self, _point: str) -> None:
        if self.random.random() < self.deaths:
            raise Died
