"""House-keeping that lets a job outlive any process: heartbeats, reaper, sweeper, retention.

A process that does not beat any more loses its tasks to the others, and finds that out with its
next heartbeat, or before it writes anything (``domain/claims.py``). All of this may be done by any
number of processes at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from domain.errors import UNEXPECTED, StorageUnavailable
from domain.executors import Executor
from domain.health import StorageHealth
from domain.illustrations import DeliveryKind
from domain.patience import pauses
from domain.requests import Job, JobKey, JobStatus
from domain.stores import Store
from domain.tasks import ClaimedTask, Heartbeats, Task
from domain.translation.messages import gettext
from jobs.common.tasks import RENDER, deliver_task, first_task, render_task, task_ids, tasks_of
from jobs.engine.dbos_engine import DbosEngine, TaskState
from jobs.engine.dispatch import TaskBoard, TaskDispatcher
from jobs.engine.liveness import Liveness
from jobs.illustration import workflow
from jobs.illustration.workflow import IllustrateWorkflow

log = structlog.get_logger(__name__)

GIVEN_UP = gettext(
    "Limner stopped several times while working on this, so it gave up; other "
    "requests aren't affected. Please try different words or pictures. The log "
    "has the details under the job's ID."
)
WRONG_CLOCK_S = 60.0
"""From so many seconds on, this machine's clock counts as wrong; nothing depends on it, but times
that people read do."""
ADOPT_S = 60.0
"""Between two looks for tasks that an earlier version left in the engine's own queues."""


class Executors(Protocol):
    """The processes that work on this database."""

    async def beat(self, executor_id: str) -> Heartbeats:
        """Count one more heartbeat of a process, and give those of all; its own is missing when
        another process took its tasks away."""
        ...

    async def remove(self, executor_ids: Sequence[str], *, died: bool) -> Sequence[str]:
        """Forget processes and let their tasks wait for others; gives the tasks' ids."""
        ...

    async def remove_earlier(self, executor_id: str, *, place: str) -> Sequence[str]:
        """Forget the processes that had this process's place before; gives the ids of tasks that
        they died with."""
        ...


@dataclass(frozen=True, slots=True)
class MaintenanceSettings:
    """Intervals and limits; seconds and days."""

    heartbeat_s: float = 3.0
    dead_after_s: float = 15.0
    sweep_s: float = 3.0
    keep_tasks_days: float = 7.0
    keep_traces_days: float = 90.0
    retention_s: float = 3600.0


class Maintenance:
    """Beats for this process and looks after the jobs of those that stopped beating."""

    def __init__(
        self,
        *,
        settings: MaintenanceSettings,
        engine: DbosEngine,
        dispatcher: TaskDispatcher,
        board: TaskBoard,
        executors: Executors,
        store: Store,
        illustrate_workflow: IllustrateWorkflow,
        executor: Executor,
        health: StorageHealth,
        clock: Callable[[], float] = time.monotonic,
        hourly: Sequence[Callable[[], Awaitable[object]]] = (),
    ) -> None:
        """``hourly`` is what else is tidied up with each round of retention."""
        self._settings = settings
        self._engine = engine
        self._dispatcher = dispatcher
        self._board = board
        self._executors = executors
        self._store = store
        self._illustrate_workflow = illustrate_workflow
        self._executor = executor
        self._health = health
        self._clock = clock
        self._hourly = hourly
        self._liveness = Liveness(
            dead_after_s=settings.dead_after_s, look_s=settings.heartbeat_s, clock=clock
        )
        self._due: dict[str, float] = {}
        self._strays: dict[tuple[str, str], float] = {}
        """When each job without a task was first seen so, by this process's clock."""
        self._losses = 0

    async def enter(self) -> None:
        """Make this process known and take the tasks of those that had its place before; done
        once, before it works on anything."""
        await self._register()
        freed = await self._executors.remove_earlier(self._executor.id, place=self._executor.place)
        if freed:
            log.warning("tasks_freed", tasks=list(freed))

    async def run(self) -> None:
        """Go on until cancelled; what fails is logged and tried again."""
        waits = pauses()
        while True:
            try:
                await self._round()
            except StorageUnavailable as error:
                self._health.report_failure(self, error)
                await asyncio.sleep(next(waits))
                continue
            except Exception:  # the loop survives any failure: others would take the tasks
                log.exception("upkeep_failed")
            else:
                self._health.report_success(self)
            waits = pauses()
            await asyncio.sleep(self._settings.heartbeat_s)

    async def leave(self) -> None:
        """Remove this process's heartbeat and let its tasks wait for others, at once."""
        await self._dispatcher.stop()
        await self._engine.stop()
        try:
            await self._executors.remove([self._dispatcher.executor_id], died=False)
        except StorageUnavailable as error:  # the others find out by the heartbeat
            log.warning("not_signed_off", error=str(error))

    async def take_over(self, claimed: ClaimedTask) -> None:
        """Write into a job's log that another process goes on with it."""
        task = claimed.task
        if task.job_id is None:
            return
        async with self._store.workspace(task.workspace_id) as unit:
            await unit.events.append(task.job_id, "taken_over", {"task": task.id})

    async def give_up(self, claimed: ClaimedTask) -> None:
        """Tell the requester that a job killed every process that worked on it."""
        if claimed.task.job_id is not None:
            await self._report_failure(claimed.task.workspace_id, claimed.task.job_id, GIVEN_UP)

    async def _round(self) -> None:
        beats = await self._beat()
        if self._is_due("adopt", ADOPT_S):
            await self._adopt(beats)
        if self._is_due("sweep", self._settings.sweep_s):
            await self.sweep()
        if self._is_due("retain", self._settings.retention_s):
            await self._retain(beats)

    async def _beat(self) -> Heartbeats:
        """Beat, notice that this process was taken for dead, and free the tasks of those that
        are."""
        heartbeats = await self._executors.beat(self._dispatcher.executor_id)
        if self._dispatcher.executor_id not in heartbeats.beats:
            self._losses += 1
            log.warning("taken_for_dead", executor_id=self._dispatcher.executor_id)
            await self._dispatcher.lose_all(f"{self._executor.id}.{self._losses}")
            await self._register()
            return heartbeats
        dead = self._liveness.look(heartbeats.beats) - {self._dispatcher.executor_id}
        if dead or heartbeats.orphans:
            gone = sorted(dead | heartbeats.orphans)
            freed = await self._executors.remove(gone, died=True)
            log.warning("processes_died", executors=gone, tasks=list(freed))
        return heartbeats

    async def _register(self) -> None:
        await self._store.operations.beat(
            replace(self._executor, id=self._dispatcher.executor_id, seen_at=_now())
        )

    def _is_due(self, what: str, every_s: float) -> bool:
        if self._clock() < self._due.get(what, float("-inf")):
            return False
        self._due[what] = self._clock() + every_s
        return True

    async def _adopt(self, beats: Heartbeats) -> None:
        """Take tasks over that an earlier version of Limner left in the engine's own queues, or
        began in a process that is gone."""
        found = [
            (task, begun_by)
            for task, begun_by in await self._engine.unfinished()
            if begun_by is None or begun_by not in beats.beats
        ]
        known = await self._board.known([task.id for task, _ in found])
        for task, begun_by in found:
            if task.id not in known:
                log.warning("task_adopted", task_id=task.id, from_executor=begun_by)
                await self._board.add(task, attempts=1)

    async def sweep(self) -> int:
        """Start jobs that were accepted but never started, and fail those whose task ended badly.

        The process that accepts a job starts it a moment later, so a job is helped only when it had
        no task in two looks. Gives how many jobs were helped.
        """
        now = self._clock()
        keys = await self._store.operations.stray()
        self._strays = {
            (key.workspace_id, key.job_id): self._strays.get((key.workspace_id, key.job_id), now)
            for key in keys
        }
        waited_s = {key.job_id: now - self._strays[key.workspace_id, key.job_id] for key in keys}
        choosing = [key for key in keys if key.status is JobStatus.CHOOSING]
        lost = [key for key in keys if key not in choosing and waited_s[key.job_id] > 0]
        helped = 0
        for key in choosing:
            if waited_s[key.job_id] >= workflow.CHOICE_TIME.total_seconds():
                helped += await self._illustrate_workflow.go_on(key.workspace_id, key.job_id)
        states = {state.id: state for state in await self._engine.states(tasks_of(lost))}
        for key in lost:
            tasks = [states[task_id] for task_id in task_ids(key.job_id) if task_id in states]
            helped += await self._help(key, tasks)
        return helped + await self._send_forgotten()

    async def _help(self, key: JobKey, tasks: Sequence[TaskState]) -> bool:
        """Let a job go on that has no task on the board."""
        if not tasks:
            return await self._start(key)
        if key.status is JobStatus.RENDERING and not any(t.workflow == RENDER for t in tasks):
            return await self._start(key, render_task)
        if any(task.broken for task in tasks):
            log.error("job_given_up", job_id=key.job_id, tasks=[t.id for t in tasks if t.broken])
            await self._report_failure(key.workspace_id, key.job_id, UNEXPECTED)
            return True
        return False

    async def _start(self, key: JobKey, task: Callable[[Job], Task] = first_task) -> bool:
        async with self._store.workspace(key.workspace_id) as unit:
            job = await unit.jobs.get(key.job_id)
        if job.status.final or job.request.origin.shadow_of is not None:
            return False
        await self._dispatcher.enqueue(task(job))
        return True

    async def _send_forgotten(self) -> int:
        """Start the sending of outbox messages that have no task; gives how many."""
        waiting = {deliver_task(d).id: d for d in await self._store.operations.untried()}
        if not waiting:
            return 0
        known = await self._board.known(list(waiting))
        unknown = [task_id for task_id in waiting if task_id not in known]
        begun = {state.id for state in await self._engine.states(unknown)}
        forgotten = [waiting[task_id] for task_id in unknown if task_id not in begun]
        for delivery in forgotten:
            await self._dispatcher.enqueue(deliver_task(delivery))
        return len(forgotten)

    async def _report_failure(self, workspace_id: str, job_id: str, sentence: str) -> None:
        if await self._illustrate_workflow.mark_failed(workspace_id, job_id, sentence):
            async with self._store.workspace(workspace_id) as unit:
                deliveries = await unit.deliveries.of_job(job_id)
            for delivery in deliveries:
                if delivery.kind is DeliveryKind.FAILURE and delivery.receipt is None:
                    await self._dispatcher.enqueue(deliver_task(delivery))

    async def _retain(self, beats: Heartbeats) -> None:
        # By the database's clock, which the times in it are of.
        now = await self._store.operations.now()
        ahead_s = (_now() - now).total_seconds()
        if abs(ahead_s) >= WRONG_CLOCK_S:
            log.warning("clock_wrong", ahead_of_database_s=round(ahead_s))
        await self._engine.forget(before=now - timedelta(days=self._settings.keep_tasks_days))
        await self._engine.forget_queues(alive=[*beats.beats])
        await self._store.operations.expire(
            before=now - timedelta(days=self._settings.keep_traces_days)
        )
        for tidy_up in self._hourly:
            await tidy_up()


def _now() -> datetime:
    return datetime.now(UTC)
