"""The job engine: DBOS set up, workflows registered, queues, steps and the way to start tasks.

The only file that knows DBOS. Steps and arguments are kept as JSON, never pickled, because whoever
can write to the database could otherwise run code. The application version is a constant: a job of
another version would never be taken up again.
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
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import structlog
from dbos import (
    DBOS,
    DBOSConfig,
    Serializer,
    SetEnqueueOptions,
    SetWorkflowID,
    StepOptions,
    WorkflowStatus,
)
from dbos._error import DBOSMaxStepRetriesExceeded
from pydantic import TypeAdapter

from domain.errors import LimnerError, StorageUnavailable
from jobs.ports import StepRunner, Task
from jobs.tasks import GENERATION_QUEUE, RESEARCH_QUEUE

T = TypeVar("T")
Workflow = Callable[[str, str, StepRunner], Awaitable[None]]
"""The body of a workflow: workspace id, the id of what it is about, and its steps."""

log = structlog.get_logger(__name__)

VERSION = "jobs-v1"
STEP_TRIES = 4
TROUBLE_S = 20.0
TROUBLE_TIMES = 3
"""So often within so many seconds the engine's database must fail to count as out of order."""


class RecordedFailure(LimnerError):
    """A failure that a step kept, read back after a restart; its words are the original's."""


class JsonSerializer(Serializer):
    """Keeps what the engine stores as JSON; of an exception only the sentence is kept."""

    def serialize(self, data: Any) -> str:
        """JSON text for plain data, workflow arguments or an exception."""
        if isinstance(data, BaseException):
            data = {"__failure__": str(_root(data)), "limner": isinstance(_root(data), LimnerError)}
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"))

    def deserialize(self, serialized_data: str) -> Any:
        """What :meth:`serialize` was given, tuples as lists and exceptions as failures."""
        data = json.loads(serialized_data)
        if isinstance(data, dict) and "__failure__" in data:
            kept = cast("dict[str, Any]", data)
            text = str(kept["__failure__"])
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
        return _unusable(found[1].strip() if found else "it does not answer")


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

    @property
    def broken(self) -> bool:
        """Whether it ended without having done its work."""
        return self.status in ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


@lru_cache(maxsize=100)
def _adapter(shape: Any) -> TypeAdapter[Any]:
    """Reads and writes values of that shape; building one costs as much as a short step."""
    return TypeAdapter(shape)


class DurableSteps:
    """Runs pieces of work as checkpoints of the workflow in whose body it is used."""

    async def run(self, name: str, work: Callable[[], Awaitable[T]], shape: type[T]) -> T:
        """Run ``work`` or give what it gave before; retryable errors are tried up to 4 times."""
        adapter = cast("TypeAdapter[T]", _adapter(cast("Any", shape)))

        async def checkpoint() -> Any:
            return adapter.dump_python(await work(), mode="json")

        options: StepOptions = {
            "name": name,
            "retries_allowed": True,
            "max_attempts": STEP_TRIES,
            "interval_seconds": 0.5,
            "backoff_rate": 2.0,
            "should_retry": _retryable,
            "preemptible": True,
        }
        try:
            with _told_in_words():
                kept = await DBOS.run_step_async(options, checkpoint)
        except DBOSMaxStepRetriesExceeded as error:
            raise _root(error) from error
        return adapter.validate_python(kept)


class DbosEngine:
    """DBOS in this process; at most one may be started at a time."""

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._workflows: dict[str, Callable[..., Any]] = {}
        self._bodies: dict[str, Workflow] = {}
        self._known_queues: set[str] = set()
        self._start = asyncio.Lock()
        self._started = False
        self._running: set[asyncio.Task[Any]] = set()
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
            for task in list(self._running):
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
            # The engine made its own executor the event loop's and has now shut it down.
            threads = ThreadPoolExecutor(thread_name_prefix="limner")
            asyncio.get_running_loop().set_default_executor(threads)

    async def enqueue(self, task: Task) -> None:
        """Start the task's workflow on its queue unless it was started before."""
        with _told_in_words():
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
        return [_state(w) for w in found]

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
        await DBOS.sleep_async(seconds)

    def _workflow(self, name: str, body: Workflow) -> Callable[..., Any]:
        @DBOS.workflow(name=name, max_recovery_attempts=5)
        async def run(workspace_id: str, subject_id: str) -> None:
            current = asyncio.current_task()
            if not self._started or current is None:
                raise asyncio.CancelledError
            self._running.add(current)
            try:
                with structlog.contextvars.bound_contextvars(task=name, subject=subject_id):
                    await body(workspace_id, subject_id, DurableSteps())
            finally:
                self._running.discard(current)

        return run

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


@contextmanager
def _told_in_words() -> Generator[None]:
    """Say in a sentence when the engine's own database fails (its errors are SQLAlchemy's)."""
    try:
        yield
    except Exception as error:
        if not type(error).__module__.startswith("sqlalchemy."):
            raise
        raise _unusable(str(getattr(error, "orig", error)).strip().partition("\n")[0]) from error


def _unusable(why: str) -> StorageUnavailable:
    return StorageUnavailable(
        f"The job engine's database cannot be used ({why}); check LIMNER_DATABASE_URL, the free "
        "space and the rights on the data folder."
    )


def _retryable(error: BaseException) -> bool:
    return isinstance(error, LimnerError) and error.retryable


def _root(error: BaseException) -> BaseException:
    """The last real error behind the engine's "tried too often"."""
    if isinstance(error, DBOSMaxStepRetriesExceeded) and error.errors:
        return error.errors[-1]
    return error


def _state(workflow: WorkflowStatus) -> TaskState:
    arguments = workflow.input["args"] if workflow.input else ()
    return TaskState(
        id=workflow.workflow_id,
        workflow=workflow.name,
        status=workflow.status,
        queue=workflow.queue_name,
        executor_id=workflow.executor_id,
        workspace_id=str(arguments[0]) if arguments else "",
    )


def _use_wal(url: str) -> None:
    """Switch the engine's SQLite file to write-ahead logging (2.8 times the throughput)."""
    path = Path(url.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path, timeout=10) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
