"""House-keeping that lets a job outlive any process: heartbeats, reaper, sweeper, retention.

The engine takes up again what the *same* executor left. Jobs of a process that never comes back are
put back on their queue here by whichever process notices first; doing so twice is harmless.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from domain.errors import LimnerError
from domain.executors import Executor
from domain.illustrations import DeliveryKind
from domain.requests import Job, JobKey, JobStatus
from jobs.engine import DbosEngine, TaskState
from jobs.illustrate import UNEXPECTED, Illustrator
from jobs.ports import Task
from jobs.stores import Store
from jobs.tasks import (
    JOBLESS,
    RENDER,
    deliver_task,
    first_task,
    job_of_task,
    render_task,
    task_ids,
    tasks_of,
)

log = structlog.get_logger(__name__)

MAX_TAKEOVERS = 5
"""How often a job may outlive its process before it counts as the one that kills them."""


@dataclass(frozen=True, slots=True)
class UpkeepSettings:
    """How often and how long; seconds and days."""

    heartbeat_s: float = 3.0
    dead_after_s: float = 15.0
    keep_tasks_days: float = 7.0
    keep_traces_days: float = 90.0
    retention_s: float = 3600.0


class Upkeep:
    """Beats for this process and looks after the jobs of those that stopped beating."""

    def __init__(
        self,
        *,
        settings: UpkeepSettings,
        engine: DbosEngine,
        store: Store,
        illustrator: Illustrator,
        executor: Executor,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        hourly: Sequence[Callable[[], Awaitable[object]]] = (),
    ) -> None:
        """``hourly`` is what else is tidied up with each round of retention."""
        self._settings = settings
        self._engine = engine
        self._store = store
        self._illustrator = illustrator
        self._executor = executor
        self._clock = clock
        self._hourly = hourly
        self._retained_at: datetime | None = None
        self.trouble: LimnerError | None = None
        """Why the last round failed: nothing goes on while, say, the disk is full."""

    async def beat(self) -> None:
        """Tell the others that this process lives; done once before the engine starts."""
        await self._store.operations.beat(replace(self._executor, seen_at=self._clock()))

    async def run(self) -> None:
        """Go on until cancelled; what fails once is logged and tried again at the next beat."""
        while True:
            try:
                await self.beat()
                await self.reap()
                await self.sweep()
                await self._retain()
                self.trouble = self._engine.trouble
            except LimnerError as error:
                self.trouble = error
                log.warning("upkeep_failed", error=str(error))
            except OSError as error:
                log.warning("upkeep_failed", error=str(error))
            await asyncio.sleep(self._settings.heartbeat_s)

    async def leave(self) -> None:
        """Remove this process's heartbeat, so that its jobs need not wait for a time-out."""
        await self._store.operations.forget_executor(self._executor.id)

    async def reap(self) -> int:
        """Put the tasks of dead processes back on their queues; gives how many."""
        executors = await self._store.operations.executors()
        horizon = self._clock() - timedelta(seconds=self._settings.dead_after_s)
        alive = {e.id for e in executors if e.seen_at >= horizon} | {self._executor.id}
        orphans = [t for t in await self._engine.running() if t.executor_id not in alive]
        for task in orphans:
            await self._take_over(task)
        for executor in executors:
            if executor.id not in alive:
                await self._store.operations.forget_executor(executor.id)
        return len(orphans)

    async def _take_over(self, task: TaskState) -> None:
        log.warning("task_taken_over", task_id=task.id, from_executor=task.executor_id)
        if task.workflow in JOBLESS:
            await self._engine.put_back(task)
            return
        job_id = job_of_task(task.id)
        async with self._store.workspace(task.workspace_id) as unit:
            event = await unit.events.append(job_id, "taken_over", {"task": task.id})
            events = await unit.events.read(job_id, limit=10_000)
        times = sum(e.kind == "taken_over" for e in events)
        if event is not None and times > MAX_TAKEOVERS:
            await self._engine.cancel([task.id])
            await self._tell_failure(task.workspace_id, job_id)
        else:
            await self._engine.put_back(task)

    async def sweep(self) -> int:
        """Start jobs that were accepted but never started, and fail those whose task ended badly.

        Gives how many jobs were helped.
        """
        keys = await self._store.operations.unfinished(before=self._clock())
        states = {state.id: state for state in await self._engine.states(tasks_of(list(keys)))}
        helped = 0
        for key in keys:
            tasks = [states[task_id] for task_id in task_ids(key.job_id) if task_id in states]
            if not tasks:
                await self._start(key)
                helped += 1
            elif key.status is JobStatus.RENDERING and not any(t.workflow == RENDER for t in tasks):
                await self._start(key, render_task)
                helped += 1
            elif key.status is JobStatus.CHOOSING:
                helped += await self._illustrator.go_on(key.workspace_id, key.job_id)
            elif any(task.broken for task in tasks):
                await self._give_up(key, tasks)
                helped += 1
            else:
                helped += await self._restart(tasks)
        return helped + await self._send_forgotten()

    async def _start(self, key: JobKey, task: Callable[[Job], Task] = first_task) -> None:
        async with self._store.workspace(key.workspace_id) as unit:
            job = await unit.jobs.get(key.job_id)
        if not job.status.final and job.request.shadow_of is None:
            await self._engine.enqueue(task(job))

    async def _restart(self, tasks: Sequence[TaskState]) -> int:
        """Start again what ended because its history did not fit; gives how many."""
        return sum([await self._engine.restart(task) for task in tasks])

    async def _send_forgotten(self) -> int:
        """Hand on messages of the outbox that nobody was told to send; gives how many."""
        waiting = {deliver_task(d).id: d for d in await self._store.operations.untried()}
        known = {state.id for state in await self._engine.states(list(waiting))}
        forgotten = [delivery for task_id, delivery in waiting.items() if task_id not in known]
        for delivery in forgotten:
            await self._engine.enqueue(deliver_task(delivery))
        return len(forgotten)

    async def _give_up(self, key: JobKey, tasks: Sequence[TaskState]) -> None:
        log.error("job_given_up", job_id=key.job_id, tasks=[t.id for t in tasks if t.broken])
        await self._tell_failure(key.workspace_id, key.job_id)

    async def _tell_failure(self, workspace_id: str, job_id: str) -> None:
        if await self._illustrator.mark_failed(workspace_id, job_id, UNEXPECTED):
            async with self._store.workspace(workspace_id) as unit:
                deliveries = await unit.deliveries.of_job(job_id)
            for delivery in deliveries:
                if delivery.kind is DeliveryKind.FAILURE and delivery.receipt is None:
                    await self._engine.enqueue(deliver_task(delivery))

    async def _retain(self) -> None:
        now = self._clock()
        pause = timedelta(seconds=self._settings.retention_s)
        if self._retained_at is not None and now - self._retained_at < pause:
            return
        self._retained_at = now
        await self._restart(await self._engine.interrupted(sorted(JOBLESS)))
        await self._engine.forget(before=now - timedelta(days=self._settings.keep_tasks_days))
        await self._store.operations.expire(
            before=now - timedelta(days=self._settings.keep_traces_days)
        )
        for tidy_up in self._hourly:
            await tidy_up()
