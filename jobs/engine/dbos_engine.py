"""The job engine: DBOS set up, workflows registered, and claimed tasks run to their end.

Only this file, ``steps.py`` and ``values.py`` beside it know DBOS. Which process works on what is
decided elsewhere (``dispatch.py``): DBOS's own queues only carry tasks that are run again, each
process's over a queue of its own. The application version is a constant, because a job of another
version would never be taken up again; what changes in a workflow is guarded by
``StepRunner.is_patched``.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol, cast

import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, SetWorkflowID, WorkflowStatus
from dbos import error as dbos_errors

from domain.claims import Claim, ClaimLost, current_claim
from domain.errors import StorageUnavailable
from domain.health import StorageHealth
from domain.patience import is_pause
from domain.tasks import ClaimedTask, Task
from domain.tracing import job_part
from jobs.common.ports import StepRunner
from jobs.common.tasks import JOBLESS, job_of_task
from jobs.engine.steps import DurableSteps, HistoryMismatch, database_errors_in_words
from jobs.engine.values import EngineLog, JsonSerializer, RunInterrupted

Workflow = Callable[[str, str, StepRunner], Awaitable[None]]
"""The body of a workflow: workspace id, the id of what it is about, and its steps."""

log = structlog.get_logger(__name__)
_steps: contextvars.ContextVar[DurableSteps] = contextvars.ContextVar("steps")

VERSION: Final = "jobs-v1"
RECOVERIES: Final = 1_000_000
"""DBOS counts every time that a workflow is run again; Limner counts those without progress."""
RECOVERY: Final = "recovery-"
"""The prefix of the queues from which processes resume their own tasks."""
RECOVERY_POLLING_S: Final = 0.1
BEGINS_WITHIN_S: Final = 15.0
"""A task that is to be run again and has not begun by then is handed to DBOS once more."""
LIVE: Final = ("PENDING", "ENQUEUED", "DELAYED")
OVER: Final = ("SUCCESS", "ERROR", "CANCELLED")


class EngineDatabase(Protocol):
    """The engine's connections, as ``storage`` makes them."""

    @property
    def connections(self) -> Any:
        """A SQLAlchemy engine, the same each time."""
        ...

    def hurry(self) -> None:
        """Let DBOS's own threads look for work often, until :meth:`relax` was called as often."""
        ...

    def relax(self) -> None:
        """Take one :meth:`hurry` back."""
        ...

    def close(self) -> None:
        """Hold no thread up any more; DBOS is about to end."""
        ...


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """``executor_id`` is unique to this run of the process; ``url`` a synchronous SQLAlchemy
    address."""

    url: str
    executor_id: str
    redact: Callable[[str], str] = str
    """Applied to every text that the engine keeps."""


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task as the engine knows it; ``status`` in DBOS's words."""

    id: str
    workflow: str
    status: str
    queue: str | None
    executor_id: str | None
    workspace_id: str = ""
    subject_id: str = ""
    """Both are known only where the task's arguments were read too."""
    partition: str | None = None
    restart_at: int | None = None
    """The step from which it must be run again, because the history it had did not fit."""

    @property
    def over(self) -> bool:
        """Whether nothing more is to be done for it."""
        return self.restart_at is None and self.status in OVER

    @property
    def broken(self) -> bool:
        """Whether it ended without having done its work."""
        return self.restart_at is None and self.status in (
            "ERROR",
            "MAX_RECOVERY_ATTEMPTS_EXCEEDED",
        )


@dataclass(eq=False, slots=True)
class _Run:
    """A task that is worked on here, from its claim to its end."""

    claim: Claim
    progressed: Callable[[], None]
    body: asyncio.Task[Any] | None = None
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    pause: StorageUnavailable | None = None


class DbosEngine:
    """DBOS in this process; at most one may be started at a time."""

    def __init__(
        self,
        settings: EngineSettings,
        *,
        database: EngineDatabase | None = None,
        health: StorageHealth | None = None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._health = health or StorageHealth()
        self._workflows: dict[str, Callable[..., Any]] = {}
        self._bodies: dict[str, Workflow] = {}
        self._recovery_queue = f"{RECOVERY}{settings.executor_id}"
        self._start = asyncio.Lock()
        self._started = False
        self._runs: dict[str, _Run] = {}
        self._log = EngineLog()

    def register(self, bodies: Mapping[str, Workflow]) -> None:
        """Name the bodies of all workflows; every process registers all, before the start, since
        an unknown one that it received would hang."""
        self._bodies.update(bodies)

    async def start(self) -> None:
        """Open the engine's tables; nothing when started."""
        async with self._start:
            if self._started:
                return
            DBOS(config=self._config())
            self._log.install()
            for name, body in self._bodies.items():
                self._workflows[name] = self._workflow(name, body)
            DBOS.listen_queues([self._recovery_queue])
            with database_errors_in_words():
                # Known before the launch, the queue is looked at from the first moment.
                known = await asyncio.to_thread(self._register_before_launch)
                DBOS.launch()
                self._started = True
                if not known:
                    await self._register_queue()

    async def stop(self) -> None:
        """Stop working; what was in flight is taken up by another process or the next start."""
        async with self._start:
            if not self._started:
                return
            self._started = False
            # DBOS keeps no outcome of a cancelled body, so that its task can be taken up again.
            bodies = [run.body for run in self._runs.values() if run.body is not None]
            for body in bodies:
                body.cancel()
            await asyncio.gather(*bodies, return_exceptions=True)
            if self._database is not None:
                self._database.close()
            with suppress(StorageUnavailable), database_errors_in_words():
                await DBOS.delete_queue_async(self._recovery_queue)
            await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
            # The engine made its own executor the event loop's and has now shut it down.
            threads = ThreadPoolExecutor(thread_name_prefix="limner")
            asyncio.get_running_loop().set_default_executor(threads)
            if self._database is not None:
                await asyncio.to_thread(self._database.connections.dispose)

    async def run(
        self, claimed: ClaimedTask, claim: Claim, *, progressed: Callable[[], None] = lambda: None
    ) -> bool:
        """Work on a task until it is over; False where it has to be run again, because storage
        could not be used or its history did not fit. ``progressed`` is called after each step.

        Raises:
            StorageUnavailable: The engine's database cannot be used.
        """
        run = _Run(claim, progressed)
        self._runs[claimed.task.id] = run
        try:
            with database_errors_in_words():
                return await self._run(claimed, run)
        finally:
            if self._runs.get(claimed.task.id) is run:
                del self._runs[claimed.task.id]
            if run.body is not None and not run.ended.is_set():
                run.body.cancel()

    async def _run(self, claimed: ClaimedTask, run: _Run) -> bool:
        task = claimed.task
        # A first claim is most likely of a new task: it is started without a look at its state.
        if claimed.attempts == 1:
            try:
                with SetWorkflowID(task.id, workflow_id_reuse_policy="reject"):
                    handle = await DBOS.start_workflow_async(
                        self._workflows[task.workflow], task.workspace_id, task.subject_id
                    )
                with suppress(Exception, asyncio.CancelledError):  # its state says what became
                    await handle.get_result()
                    return True
                _raise_if_cancelled()
                return await self._is_over(run, task.id)
            except dbos_errors.DBOSWorkflowIDInUseError:
                pass  # known from before
        state = await self._state(task.id)
        if state is None:  # the process that claimed it before died before it started the workflow
            return await self._run(ClaimedTask(task), run)
        if state.over:
            return True
        await self._run_again(state, run)
        return await self._is_over(run, task.id)

    async def _run_again(self, state: TaskState, run: _Run) -> None:
        """Hand a task that DBOS knows to this process's queue, and wait until its body has ended.

        A queue is named because DBOS would otherwise use one that every process polls.
        """
        if self._database is not None:
            self._database.hurry()
        try:
            while not run.begun.is_set():
                # A process that took this one for dead may have removed the queue meanwhile.
                await self._register_queue()
                if state.restart_at is not None:
                    log.warning("task_restarted", task_id=state.id, step=state.restart_at)
                    await DBOS.rewind_workflow_async(
                        state.id, start_step=state.restart_at, queue_name=self._recovery_queue
                    )
                else:
                    await DBOS.resume_workflow_async(state.id, queue_name=self._recovery_queue)
                with suppress(TimeoutError):
                    async with asyncio.timeout(BEGINS_WITHIN_S):
                        await run.begun.wait()
        finally:
            if self._database is not None:
                self._database.relax()
        await run.ended.wait()

    async def _is_over(self, run: _Run, task_id: str) -> bool:
        """Whether DBOS keeps an end of a task whose body has ended: it does so a little later."""
        if run.pause is not None:
            self._health.report_failure(run, run.pause)
            self._health.report_success(run)
            return False
        for pause_s in (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0):
            await asyncio.sleep(pause_s)
            state = await self._state(task_id)
            if state is None or state.status not in LIVE:
                return state is None or state.over
        return False

    async def cancel(self, task_ids: Sequence[str]) -> None:
        """Stop these workflows; unknown and finished ones are left alone."""
        with database_errors_in_words():
            live = [t.id for t in await self.states(task_ids) if t.status in LIVE]
            if live:
                await DBOS.cancel_workflows_async(live)
        for task_id in task_ids:
            run = self._runs.get(task_id)
            if run is not None and run.body is not None:
                run.body.cancel()

    async def states(self, task_ids: Sequence[str]) -> list[TaskState]:
        """The engine's state of these tasks; unknown ones are left out."""
        if not task_ids:
            return []
        with database_errors_in_words():
            found = await DBOS.list_workflows_async(
                workflow_ids=list(task_ids), load_input=False, load_output=False
            )
            failed = [w.workflow_id for w in found if w.status == "ERROR"]
            if failed:  # only these have an error worth reading
                errors = await DBOS.list_workflows_async(workflow_ids=failed, load_input=False)
                found = [*(w for w in found if w.workflow_id not in failed), *errors]
        return [_state(w) for w in found]

    async def finished_steps(self, task_id: str) -> tuple[int, str]:
        """The number of finished steps of a task, and the name of the last of them."""
        with database_errors_in_words():
            steps = await DBOS.list_workflow_steps_async(task_id, load_output=False)
        return len(steps), str(steps[-1]["function_name"]) if steps else ""

    async def unfinished(self) -> list[tuple[Task, str | None]]:
        """Every task that the engine keeps as not finished, and the process that has begun it."""
        with database_errors_in_words():
            found = await DBOS.list_workflows_async(
                status=[*LIVE, "MAX_RECOVERY_ATTEMPTS_EXCEEDED"], load_output=False
            )
        states = [_state(w) for w in found if w.name in self._workflows]
        return [
            (_task(state), state.executor_id if state.status == "PENDING" else None)
            for state in states
            if state.workspace_id and state.queue and not state.queue.startswith(RECOVERY)
        ]

    async def forget(self, *, before: datetime, limit: int = 500) -> int:
        """Delete tasks that ended before that time; gives how many."""
        gone = 0
        while True:
            with database_errors_in_words():
                found = await DBOS.list_workflows_async(
                    status=[*OVER, "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
                    completed_before=before.isoformat(),
                    limit=limit,
                    load_input=False,
                    load_output=False,
                )
                if found:
                    await DBOS.delete_workflows_async([w.workflow_id for w in found])
            gone += len(found)
            if len(found) < limit:
                return gone

    async def remove(self, task_ids: Sequence[str]) -> None:
        """Forget these tasks with what their steps gave; nothing for unknown ones, and those that
        go on."""
        await self.start()
        over = [state.id for state in await self.states(task_ids) if state.status not in LIVE]
        if over:
            with database_errors_in_words():
                await DBOS.delete_workflows_async(over)

    async def forget_queues(self, *, alive: Sequence[str]) -> None:
        """Remove the recovery queues of processes that are gone."""
        kept = {f"{RECOVERY}{executor_id}" for executor_id in alive} | {self._recovery_queue}
        with database_errors_in_words():
            for queue in await DBOS.list_queues_async():
                if queue.name.startswith(RECOVERY) and queue.name not in kept:
                    await DBOS.delete_queue_async(queue.name)

    async def sleep(self, seconds: float) -> None:
        """A pause inside a workflow that goes on counting through restarts."""
        await _steps.get().sleep(seconds)

    def _config(self) -> DBOSConfig:
        config: DBOSConfig = {
            "name": "limner",
            "system_database_url": self._settings.url,
            "application_version": VERSION,
            "executor_id": self._settings.executor_id,
            "serializer": JsonSerializer(self._settings.redact),
            "log_level": "WARNING",
            "max_executor_threads": 128,
            # Limner uses neither DBOS's messages and events nor its schedules; the first two are
            # also how long their threads take to end.
            "notification_listener_polling_interval_sec": 0.25,
            "notification_coalesce_sec": 0.25,
            "scheduler_polling_interval_sec": 3600.0,
        }
        if self._database is not None:
            config["system_database_engine"] = self._database.connections
        return config

    def _register_before_launch(self) -> bool:
        """Make this process's queue known; False where there are no tables yet."""
        engine = self._database.connections if self._database is not None else None
        try:
            client = DBOSClient(
                system_database_url=self._settings.url,
                system_database_engine=engine,
                application_name="limner",
                retry_connection_errors=False,
            )
            try:
                client.register_queue(
                    self._recovery_queue,
                    polling_interval_sec=RECOVERY_POLLING_S,
                    on_conflict="always_update",
                )
            finally:
                client.destroy()
        except Exception:
            return False  # the launch says what is the matter, if anything is
        return True

    async def _register_queue(self) -> None:
        await DBOS.register_queue_async(
            self._recovery_queue,
            polling_interval_sec=RECOVERY_POLLING_S,
            on_conflict="always_update",
        )

    async def _state(self, task_id: str) -> TaskState | None:
        return next(iter(await self.states([task_id])), None)

    def _workflow(self, name: str, body: Workflow) -> Callable[..., Any]:
        @DBOS.workflow(name=name, max_recovery_attempts=RECOVERIES)
        async def work(workspace_id: str, subject_id: str) -> None:
            run = self._runs.get(str(DBOS.workflow_id))
            if not self._started or run is None or run.body is not None:
                raise asyncio.CancelledError  # not claimed here, or not any more
            run.body = asyncio.current_task()
            run.begun.set()
            current_claim.set(run.claim)
            steps = DurableSteps(run.claim.task_id, health=self._health, finished=run.progressed)
            _steps.set(steps)
            try:
                job_id = None if name in JOBLESS else job_of_task(run.claim.task_id)
                with (
                    structlog.contextvars.bound_contextvars(task=name, subject=subject_id),
                    job_part(name, job_id),
                ):
                    await self._work(run, steps, body(workspace_id, subject_id, steps))
            finally:
                run.ended.set()

        return work

    async def _work(self, run: _Run, steps: DurableSteps, body: Awaitable[None]) -> None:
        """Run a body; DBOS keeps no outcome of one that is cancelled."""
        try:
            await body
        except ClaimLost as lost:
            log.warning("task_lost", task_id=run.claim.task_id)
            raise asyncio.CancelledError from lost
        except BaseException as error:
            # After a pause or a mismatch the body may end with any error; that cause counts.
            if isinstance(error, StorageUnavailable) and is_pause(error):
                steps.pause = steps.pause or error
            elif steps.mismatch is None and steps.pause is None:
                raise
        if steps.pause is not None:
            run.pause = steps.pause
            log.warning("task_paused", task_id=run.claim.task_id, error=str(run.pause))
            raise asyncio.CancelledError from run.pause
        if steps.mismatch is not None:
            raise _interrupted(run.claim.task_id, steps.mismatch)


def _interrupted(task_id: str, mismatch: HistoryMismatch) -> RunInterrupted:
    """The exception that ends a run whose history does not fit, so that it is run again."""
    log.warning("history_mismatch", task_id=task_id, step=mismatch.position, why=str(mismatch))
    return RunInterrupted(mismatch.position, str(mismatch))


def _raise_if_cancelled() -> None:
    """Go on being cancelled, where it was this task and not another that it waited for."""
    current = asyncio.current_task()
    if current is not None and current.cancelling():
        raise asyncio.CancelledError


def _state(workflow: WorkflowStatus) -> TaskState:
    arguments = cast("Sequence[Any]", workflow.input["args"] if workflow.input else ())
    error = workflow.error
    return TaskState(
        id=workflow.workflow_id,
        workflow=workflow.name,
        status=workflow.status,
        queue=workflow.queue_name,
        executor_id=workflow.executor_id,
        workspace_id=str(arguments[0]) if arguments else "",
        subject_id=str(arguments[1]) if len(arguments) > 1 else "",
        partition=workflow.queue_partition_key,
        restart_at=error.position if isinstance(error, RunInterrupted) else None,
    )


def _task(state: TaskState) -> Task:
    return Task(
        id=state.id,
        workflow=state.workflow,
        queue=state.queue or "",
        workspace_id=state.workspace_id,
        subject_id=state.subject_id,
        partition=state.partition,
        job_id=None if state.workflow in JOBLESS else job_of_task(state.id),
    )
