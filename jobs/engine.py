"""The job engine: DBOS set up, workflows registered, queues, steps and the way to start tasks.

Only this file and ``jobs/steps.py`` know DBOS. Steps and arguments are kept as JSON, never pickled,
because whoever can write to the database could otherwise run code. The application version is a
constant, because a job of another version would never be taken up again; what changes in a workflow
is guarded by ``StepRunner.is_patched``.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import re
import sqlite3
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import structlog
from dbos import (
    DBOS,
    DBOSConfig,
    Serializer,
    SetEnqueueOptions,
    SetWorkflowID,
    WorkflowStatus,
)
from dbos import error as dbos_errors

from domain.errors import LimnerError, StorageUnavailable
from domain.health import StorageHealth
from jobs.ports import StepRunner, Task
from jobs.steps import (
    DurableSteps,
    HistoryMismatch,
    database_errors_in_words,
    root_error,
    unusable,
)
from jobs.tasks import GENERATION_QUEUE, RESEARCH_QUEUE

Workflow = Callable[[str, str, StepRunner], Awaitable[None]]
"""The body of a workflow: workspace id, the id of what it is about, and its steps."""

log = structlog.get_logger(__name__)
_steps: contextvars.ContextVar[DurableSteps] = contextvars.ContextVar("steps")

VERSION = "jobs-v1"
RESTART_PAUSES_S = (0.05, 0.2, 0.5, 1.0, 2.0)
TROUBLE_S = 20.0
TROUBLE_TIMES = 3
"""So often within so many seconds the engine's database must fail to count as out of order."""


class RecordedFailure(LimnerError):
    """A failure that a step kept, read back after a restart; its words are the original's."""


class RunInterrupted(Exception):
    """How a run ends whose history does not fit; it goes on at ``position`` (from 1) by itself."""

    def __init__(self, position: int, why: str) -> None:
        super().__init__(why)
        self.position = position


class JsonSerializer(Serializer):
    """Keeps what the engine stores as JSON; of an exception only the sentence is kept."""

    def serialize(self, data: Any) -> str:
        """JSON text for plain data, workflow arguments or an exception."""
        if isinstance(data, BaseException):
            root = root_error(data)
            data = {"__failure__": str(root), "limner": isinstance(root, LimnerError)}
            if isinstance(root, RunInterrupted):
                data["restart_at"] = root.position
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"))

    def deserialize(self, serialized_data: str) -> Any:
        """What :meth:`serialize` was given, tuples as lists and exceptions as failures."""
        data = json.loads(serialized_data)
        if isinstance(data, dict) and "__failure__" in data:
            kept = cast("dict[str, Any]", data)
            text = str(kept["__failure__"])
            if "restart_at" in kept:
                return RunInterrupted(int(kept["restart_at"]), text)
            return RecordedFailure(text) if kept["limner"] else RuntimeError(text)
        return cast("Any", data)

    def name(self) -> str:
        """How the engine marks rows of this form."""
        return "limner_json"


class EngineLog(logging.Handler):
    """Takes down what the engine says of itself, and notices when its database fails."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._failures: deque[tuple[float, str]] = deque(maxlen=TROUBLE_TIMES)
        self._said: dict[str, float] = {}
        """The last text and when it was taken down, so that the same is not repeated for long."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a warning of the engine on to our own log, the same at most every 20 s."""
        text = record.getMessage()
        if record.created - self._said.get(text, 0.0) > TROUBLE_S:
            self._said = {text: record.created}
            log.warning("engine_said", text=text[:2000])
        if re.search(r"sqlite3\.|psycopg|sqlalchemy", text):
            self._failures.append((record.created, text))

    @property
    def trouble(self) -> StorageUnavailable | None:
        """Why the engine cannot go on, if that is so just now."""
        recent = [text for at, text in self._failures if at > time.time() - TROUBLE_S]
        if len(recent) < TROUBLE_TIMES:
            return None
        found = re.search(r"\)\s*([^\n(\[]+)", recent[-1])
        return unusable(found[1].strip() if found else "it does not answer")


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How one process takes part.

    ``executor_id`` is stable and unique per process: the engine takes up again what a process of
    the same id left. ``queues`` are the ones to work on; none for a process that only submits.
    ``url`` is a synchronous SQLAlchemy address.
    """

    url: str
    executor_id: str
    queues: tuple[str, ...]
    research_concurrency: int = 8
    generation_concurrency: int = 1
    side_concurrency: int = 8
    """Tasks at once on every other queue: deliveries and the news."""
    polling_s: float = 0.1


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task as the engine knows it; ``status`` in DBOS's words."""

    id: str
    workflow: str
    status: str
    queue: str | None
    executor_id: str | None
    workspace_id: str = ""
    """Known only where the task's arguments were read too."""
    partition: str | None = None
    restart_at: int | None = None
    """The step from which it must be run again, because the history it had did not fit."""

    @property
    def broken(self) -> bool:
        """Whether it ended without having done its work."""
        return self.restart_at is None and self.status in (
            "ERROR",
            "MAX_RECOVERY_ATTEMPTS_EXCEEDED",
        )


class DbosEngine:
    """DBOS in this process; at most one may be started at a time."""

    def __init__(self, settings: EngineSettings, *, health: StorageHealth | None = None) -> None:
        self._settings = settings
        self._health = health or StorageHealth()
        self._workflows: dict[str, Callable[..., Any]] = {}
        self._bodies: dict[str, Workflow] = {}
        self._known_queues: set[str] = set()
        self._start = asyncio.Lock()
        self._started = False
        self._running: set[asyncio.Task[Any]] = set()
        self._restarting: set[asyncio.Task[None]] = set()
        self._log = EngineLog()

    @property
    def trouble(self) -> StorageUnavailable | None:
        """Why no task can go on just now, if that is so: the disk is full, say."""
        return self._log.trouble

    @property
    def settings(self) -> EngineSettings:
        """How this process takes part."""
        return self._settings

    def register(self, bodies: Mapping[str, Workflow]) -> None:
        """Name the bodies of all workflows; every process registers all, before the start, since
        an unknown one that it received would hang."""
        self._bodies.update(bodies)

    async def start(self) -> None:
        """Open the engine's tables and begin to work on the queues; nothing when started."""
        async with self._start:
            if self._started:
                return
            settings = self._settings
            if settings.url.startswith("sqlite:///"):
                await asyncio.to_thread(_use_wal, settings.url)
            config: DBOSConfig = {
                "name": "limner",
                "system_database_url": settings.url,
                "application_version": VERSION,
                "executor_id": settings.executor_id,
                "serializer": JsonSerializer(),
                "log_level": "WARNING",
                "max_executor_threads": 64,
                "notification_listener_polling_interval_sec": 0.5,
            }
            DBOS(config=config)
            self._listen_to_the_engine()
            for name, body in self._bodies.items():
                self._workflows[name] = self._workflow(name, body)
            DBOS.listen_queues(list(settings.queues))
            self._started = True
            DBOS.launch()
            for queue in dict.fromkeys((RESEARCH_QUEUE, GENERATION_QUEUE, *settings.queues)):
                await self._ensure_queue(queue)

    def _listen_to_the_engine(self) -> None:
        """Take its log over: nothing of it on the console, warnings in ours."""
        engine_log = logging.getLogger("dbos")
        for handler in list(engine_log.handlers):
            engine_log.removeHandler(handler)
        engine_log.addHandler(self._log)
        engine_log.propagate = False

    async def stop(self) -> None:
        """Stop working; what was in flight is taken up by another process or the next start."""
        async with self._start:
            if not self._started:
                return
            self._started = False
            for task in [*self._running, *self._restarting]:
                task.cancel()
            await asyncio.gather(*self._running, *self._restarting, return_exceptions=True)
            await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
            # The engine made its own executor the event loop's and has now shut it down.
            threads = ThreadPoolExecutor(thread_name_prefix="limner")
            asyncio.get_running_loop().set_default_executor(threads)

    async def enqueue(self, task: Task) -> None:
        """Start the task's workflow on its queue unless it was started before."""
        with database_errors_in_words():
            await self.start()
            await self._ensure_queue(task.queue)
            if DBOS.step_id is None:
                await self._enqueue(task)
            else:  # the engine lets no step start a workflow, so this stands beside the step
                await asyncio.create_task(self._enqueue(task), context=contextvars.Context())

    async def _enqueue(self, task: Task) -> None:
        with SetWorkflowID(task.id), SetEnqueueOptions(queue_partition_key=task.partition):
            await DBOS.enqueue_workflow_async(
                task.queue, self._workflows[task.workflow], task.workspace_id, task.subject_id
            )

    async def cancel(self, task_ids: Sequence[str]) -> None:
        """Stop these workflows; unknown and finished ones are left alone."""
        await self.start()
        live = [
            task.id
            for task in await self.states(task_ids)
            if task.status in ("PENDING", "ENQUEUED", "DELAYED")
        ]
        if live:
            await DBOS.cancel_workflows_async(live)

    async def states(self, task_ids: Sequence[str]) -> list[TaskState]:
        """What the engine knows of these tasks; unknown ones are left out."""
        if not task_ids:
            return []
        found = await DBOS.list_workflows_async(
            workflow_ids=list(task_ids), load_input=False, load_output=False
        )
        failed = [w.workflow_id for w in found if w.status == "ERROR"]
        if failed:  # only these have an error worth reading
            errors = await DBOS.list_workflows_async(workflow_ids=failed, load_input=False)
            found = [*(w for w in found if w.workflow_id not in failed), *errors]
        return [_state(w) for w in found]

    async def interrupted(self, workflows: Sequence[str]) -> list[TaskState]:
        """Tasks of these workflows that must be run again, because their history did not fit."""
        failed = await DBOS.list_workflows_async(
            status="ERROR", name=list(workflows), load_input=False
        )
        return [state for state in map(_state, failed) if state.restart_at is not None]

    async def restart(self, task: TaskState) -> bool:
        """Run an interrupted task again from the last step that fits; False when it goes on
        already. Steps that come after it run a second time, which every step allows."""
        if task.restart_at is None:
            return False
        log.warning("task_restarted", task_id=task.id, step=task.restart_at)
        try:
            await DBOS.rewind_workflow_async(
                task.id,
                start_step=task.restart_at,
                queue_name=task.queue,
                queue_partition_key=task.partition,
            )
        except dbos_errors.DBOSException:  # another process did it first
            return False
        return True

    async def running(self) -> list[TaskState]:
        """Every task that some process has taken and not finished."""
        found = await DBOS.list_workflows_async(
            status="PENDING", queues_only=False, load_input=True, load_output=False
        )
        return [_state(w) for w in found if w.queue_name is not None]

    async def put_back(self, task: TaskState) -> None:
        """Let another process take up a task whose own process is gone.

        The queue is named because the engine would otherwise use an internal one that every
        process polls, those without a GPU too.
        """
        await DBOS.resume_workflow_async(task.id, queue_name=task.queue)

    async def forget(self, *, before: datetime, limit: int = 500) -> int:
        """Delete tasks that ended before that time; gives how many."""
        found = await DBOS.list_workflows_async(
            status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
            completed_before=before.isoformat(),
            limit=limit,
            load_input=False,
            load_output=False,
        )
        if found:
            await DBOS.delete_workflows_async([w.workflow_id for w in found])
        return len(found)

    async def sleep(self, seconds: float) -> None:
        """A pause inside a workflow that goes on counting through restarts."""
        await _steps.get().sleep(seconds)

    def _workflow(self, name: str, body: Workflow) -> Callable[..., Any]:
        @DBOS.workflow(name=name, max_recovery_attempts=5)
        async def run(workspace_id: str, subject_id: str) -> None:
            current = asyncio.current_task()
            if not self._started or current is None:
                raise asyncio.CancelledError
            self._running.add(current)
            steps = DurableSteps(str(DBOS.workflow_id), self._health)
            _steps.set(steps)
            try:
                with structlog.contextvars.bound_contextvars(task=name, subject=subject_id):
                    await body(workspace_id, subject_id, steps)
            except BaseException:
                if steps.mismatch is None:
                    raise
            finally:
                self._running.discard(current)
            if steps.mismatch is not None:
                raise self._interrupted(str(DBOS.workflow_id), steps.mismatch)

        return run

    def _interrupted(self, task_id: str, mismatch: HistoryMismatch) -> Exception:
        """What to end a run with whose history does not fit, so that it is started again."""
        log.warning("history_mismatch", task_id=task_id, step=mismatch.position, why=str(mismatch))
        restarting = asyncio.create_task(
            self._restart_when_ended(task_id), context=contextvars.Context()
        )
        self._restarting.add(restarting)
        restarting.add_done_callback(self._restarting.discard)
        return RunInterrupted(mismatch.position, str(mismatch))

    async def _restart_when_ended(self, task_id: str) -> None:
        """Restart a task at once; where that fails, house-keeping finds it."""
        for pause_s in RESTART_PAUSES_S:
            await asyncio.sleep(pause_s)
            try:
                with database_errors_in_words():
                    ended = [t for t in await self.states([task_id]) if t.restart_at is not None]
                    if ended:
                        await self.restart(ended[0])
                        return
            except StorageUnavailable as error:
                log.warning("restart_failed", task_id=task_id, error=str(error))

    async def _ensure_queue(self, name: str) -> None:
        if name in self._known_queues:
            return
        settings = self._settings
        polling = settings.polling_s
        if name == RESEARCH_QUEUE:
            await DBOS.register_queue_async(
                name,
                worker_concurrency=settings.research_concurrency,
                partition_concurrency=1,
                polling_interval_sec=polling,
                on_conflict="always_update",
            )
        else:
            await DBOS.register_queue_async(
                name,
                worker_concurrency=(
                    settings.generation_concurrency
                    if name == GENERATION_QUEUE
                    else settings.side_concurrency
                ),
                polling_interval_sec=polling,
                on_conflict="always_update",
            )
        self._known_queues.add(name)


def _state(workflow: WorkflowStatus) -> TaskState:
    arguments = workflow.input["args"] if workflow.input else ()
    error = workflow.error
    return TaskState(
        id=workflow.workflow_id,
        workflow=workflow.name,
        status=workflow.status,
        queue=workflow.queue_name,
        executor_id=workflow.executor_id,
        workspace_id=str(arguments[0]) if arguments else "",
        partition=workflow.queue_partition_key,
        restart_at=error.position if isinstance(error, RunInterrupted) else None,
    )


def _use_wal(url: str) -> None:
    """Switch the engine's SQLite file to write-ahead logging (2.8 times the throughput)."""
    path = Path(url.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path, timeout=10) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
