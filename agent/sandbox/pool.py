"""The pool of worker processes in which untrusted bytes are parsed and decoded.

One pool serves pages, documents, feeds and pictures. Workers are forked from one template process
that has imported the libraries, when they are first needed, and end when they have served many
requests, have grown, or were not needed for a while. When a use of a worker ends early
(cancellation, a time limit, its death), the worker ends as well and its place is freed.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog

from agent.sandbox.process import Answer, CannotStart, Template, Worker, WorkerLost
from agent.sandbox.suspects import Suspects
from agent.sandbox.tasks import TASKS, TaskSpec
from domain.metrics import SANDBOX_KILLS, SANDBOX_SECONDS
from domain.tracing import span
from domain.translation.messages import gettext

REQUESTS_PER_WORKER = 200
IDLE_S = 30.0
"""Seconds after which an unused worker ends."""
START_PAUSES_S = (0.2, 1.0)
"""Seconds before starting a worker is tried again."""
_log = structlog.get_logger(__name__)


class CannotBeRead(Exception):
    """Nothing can be made of an input; ``str()`` says why, in words that stand after "it".

    ``too_costly`` is whether it was given up because it takes too much time, work or memory: a
    simpler way to read it may still succeed.
    """

    def __init__(self, why: str, *, too_costly: bool = False) -> None:
        super().__init__(why)
        self.too_costly = too_costly


class SandboxUnavailable(Exception):
    """No worker can be started on this machine now. The input is not to blame, and the same may
    succeed later."""


class WorkerPool:
    """Up to ``size`` worker processes; one pool for each process and event loop."""

    def __init__(self, *, size: int) -> None:
        self._size = size
        self._places = asyncio.Semaphore(size)
        self._busy = 0
        self._idle: list[Worker] = []
        self._template: Template | None = None
        self._starting = asyncio.Lock()
        self._suspects = Suspects()
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle_timer: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def free_places(self) -> int:
        """The number of further uses that may begin at once."""
        return self._size - self._busy

    async def run(
        self, task: str, data: bytes, facts: Mapping[str, Any] | None = None
    ) -> tuple[Any, tuple[bytes, ...]]:
        """The result of the task on ``data``: its facts, as read from JSON, and its byte strings.

        ``task`` is a name in :data:`agent.sandbox.tasks.TASKS`, which has its limits. Waiting for a
        free worker is not limited here.

        Raises:
            CannotBeRead: Nothing can be made of the input.
            SandboxUnavailable: No worker can be started now.
        """
        spec = TASKS[task]
        if await self._suspects.is_barred(task, data):
            raise CannotBeRead(
                gettext("has stopped the process that reads it twice"), too_costly=True
            )
        answer = await self._answered(spec, {**(facts or {}), "task": task}, data)
        if "why" in answer.facts:
            detail = answer.facts.get("detail")
            _log.debug("sandbox_refused", task=task, detail=detail)
            raise CannotBeRead(str(answer.facts["why"]), too_costly=detail == "MemoryError")
        return answer.facts.get("found"), answer.bodies

    async def aclose(self) -> None:
        """End the processes. Uses that are still going on fail."""
        self._closed = True
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        async with self._starting:
            template, self._template = self._template, None
        self._end_idle(0)
        if template is not None:
            await template.stop()
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _answered(self, spec: TaskSpec, request: dict[str, Any], data: bytes) -> Answer:
        """A worker's answer; a worker that is lost with its template is replaced twice."""
        task = str(request["task"])
        for another_try in (True, True, False):
            try:
                return await self._ask(spec, request, data)
            except _TooCostly as error:
                SANDBOX_KILLS.add(task=task, why="limit")
                await self._suspects.add(task, data)
                _log.info("sandbox_limit_reached", task=task, bytes=len(data), why=str(error))
                raise CannotBeRead(str(error), too_costly=True) from error
            except _Ended as error:
                SANDBOX_KILLS.add(task=task, why="died")
                _log.warning("sandbox_worker_lost", task=task, exit_code=error.exit_code)
                if error.exit_code is None and not another_try:
                    raise SandboxUnavailable("the template process was lost repeatedly") from error
                # The system may have ended it for lack of memory, so the input is tried again.
                if error.exit_code is not None and await self._suspects.add(task, data):
                    why = gettext("stops the process that reads it")
                    raise CannotBeRead(why, too_costly=True) from error
        raise AssertionError  # pragma: no cover - the loop returns or raises

    async def _ask(self, spec: TaskSpec, request: Mapping[str, Any], data: bytes) -> Answer:
        async with self._leased(spec) as lease:
            try:
                task = str(request["task"])
                with span("sandbox", task=task), SANDBOX_SECONDS.timed(task=task):
                    async with asyncio.timeout(spec.wall_s):
                        answer = await lease.worker.ask(request, data)
            except TimeoutError as error:
                raise _TooCostly(gettext("takes too long to read")) from error
            except WorkerLost as error:
                code = await lease.exit_code()
                if code == -signal.SIGXCPU:
                    raise _TooCostly(gettext("takes too much work to read")) from error
                raise _Ended(code) from error
            lease.reusable = not answer.last and lease.worker.served < REQUESTS_PER_WORKER
            return answer

    @asynccontextmanager
    async def _leased(self, spec: TaskSpec) -> AsyncGenerator[_Lease]:
        """A worker for one use; it is ended afterwards unless it is marked as reusable."""
        await self._places.acquire()
        self._busy += 1
        lease = _Lease(self, await self._worker(spec))
        try:
            yield lease
        finally:
            if lease.reusable:
                self._put_back(lease.worker)
            else:
                # Not awaited: a caller who is cancelled must not wait for a process to end.
                self.own(self._end_lease(lease))

    async def _end_lease(self, lease: _Lease) -> None:
        """End a worker, and free its place once it is gone."""
        try:
            await lease.exit_code()
        finally:
            self._free_place()

    def _free_place(self) -> None:
        self._busy -= 1
        self._places.release()

    async def _worker(self, spec: TaskSpec) -> Worker:
        """An idle worker that has the task's libraries, or a new one; the place is freed where
        there is none. Raises ``SandboxUnavailable``."""
        for worker in reversed(self._idle):
            if worker.modules.issuperset(spec.imports) and not worker.template.lost:
                self._idle.remove(worker)
                return worker
        self._end_idle(self._size - self._busy)
        starting = self.own(self._new_worker(spec))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            starting.add_done_callback(self._started_for_nobody)
            raise
        except BaseException:
            self._free_place()
            raise

    def _started_for_nobody(self, starting: asyncio.Task[Worker]) -> None:
        """Keep the worker whose user was cancelled while it was started."""
        if starting.cancelled() or starting.exception() is not None:
            self._free_place()
        else:
            self._put_back(starting.result())

    async def _new_worker(self, spec: TaskSpec) -> Worker:
        for pause_s in (*START_PAUSES_S, None):
            try:
                async with self._starting:
                    if self._closed:
                        raise SandboxUnavailable("this process is ending")
                    if self._template is None or self._template.lost:
                        self._template = None
                        self._template = await Template.start()
                return await self._template.fork(spec.imports)
            except (CannotStart, OSError) as error:
                if pause_s is None:
                    raise SandboxUnavailable(str(error)) from error
                await asyncio.sleep(pause_s)
        raise AssertionError  # pragma: no cover - the loop returns or raises

    def _put_back(self, worker: Worker) -> None:
        """Keep a worker for the next use, and free its place."""
        worker.idle_since = asyncio.get_running_loop().time()
        self._idle.append(worker)
        self._free_place()
        if self._closed:
            self._end_idle(0)
        elif self._idle_timer is None:
            self._plan_idle_check(IDLE_S)

    def _plan_idle_check(self, after_s: float) -> None:
        loop = asyncio.get_running_loop()
        self._idle_timer = loop.call_later(after_s, self._end_long_idle)

    def _end_long_idle(self) -> None:
        self._idle_timer = None
        now = asyncio.get_running_loop().time()
        self._end_idle(sum(now - worker.idle_since < IDLE_S for worker in self._idle))
        if self._idle:
            self._plan_idle_check(self._idle[0].idle_since + IDLE_S - now + 0.1)

    def _end_idle(self, keep: int) -> None:
        """End all idle workers but the ``keep`` that worked last."""
        while len(self._idle) > max(0, keep):
            worker = self._idle.pop(0)
            self.own(worker.end())

    def own(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run ``work`` in a task that belongs to the pool and is never cancelled by its users."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class _Lease:
    """The use of one worker."""

    def __init__(self, pool: WorkerPool, worker: Worker) -> None:
        self.worker = worker
        self.reusable = False
        self._pool = pool
        self._ending: asyncio.Task[int | None] | None = None

    async def exit_code(self) -> int | None:
        """End the worker and give its exit code, negative for a signal; None where it is
        unknown because the template process is gone as well."""
        if self._ending is None:
            self._ending = self._pool.own(self.worker.end())
        return await asyncio.shield(self._ending)


class _TooCostly(Exception):
    """A limit was reached; ``str()`` says which, in words that stand after "it"."""


class _Ended(Exception):
    """A worker ended by itself."""

    def __init__(self, exit_code: int | None) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code
