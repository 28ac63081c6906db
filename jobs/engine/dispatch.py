"""Task dispatch: a process claims waiting tasks from the board while it has room.

A task stays on the board until it is over, even if the processes that work on it die. One whose
processes died several times without any progress is suspected of killing them: it is worked on
alone, so that it takes no other down with it, and given up only when its processes go on dying
then.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import structlog

from domain.claims import Claim, current_claim
from domain.errors import StorageUnavailable
from domain.health import StorageHealth
from domain.metrics import TASKS_GIVEN_UP, TASKS_RUNNING, TASKS_TAKEN_OVER
from domain.patience import pauses, when_storage_works
from domain.tasks import ClaimedTask, Task, Waiting, kind_of_queue
from jobs.common.ports import Changes

log = structlog.get_logger(__name__)

LOOK_S: Final = 5.0
"""The longest time between two looks at the board; changes are otherwise notified at once."""
SUSPECT_AFTER: Final = 2
GIVEN_UP_AFTER: Final = 10
"""Deaths without progress after which a task is worked on alone, and further ones of processes
that worked on it alone after which it is given up. Many, since processes that die of something
else every few seconds often die before a task's first step; while it is worked on alone it harms
no other."""

MOST_WITHOUT_PLACE: Final = 64
"""So many tasks of a queue may have given their place back; more count as if they had it."""
TAKEN_AT_ONCE: Final = 16
"""Of a queue with a limit for each workspace, so many are claimed in one look."""
LATE_S: Final = 0.05
LATE_LOOK_S: Final = 0.5
AT_ONCE_WHILE_LATE: Final = 8
"""While a turn of the event loop takes longer than that, the board is looked at so often, and no
more than so many tasks of a queue are worked on: all would only become slower, and the first would
be finished together with the last."""
Full = Mapping[str, Collection[str]]
"""By queue, the workspaces of which this process works on as many tasks as it may."""
NONE_FULL: Final[Full] = {}


class TaskBoard(Protocol):
    """The tasks that wait or are worked on, of all processes."""

    async def add(self, task: Task, *, attempts: int = 0) -> bool:
        """Let a task wait for its turn; False when it is there already. ``attempts`` above 0 says
        that the job engine knows it from before."""
        ...

    async def waiting(
        self, executor_id: str, queues: Sequence[str], *, full: Full = NONE_FULL
    ) -> Waiting:
        """The available tasks for a process that works on these queues, without those of the
        ``full`` workspaces of each queue."""
        ...

    async def take(
        self,
        executor_id: str,
        room: Mapping[str, int],
        *,
        over: Sequence[str] = (),
        full: Full = NONE_FULL,
    ) -> Sequence[ClaimedTask]:
        """Claim up to so many tasks of each queue, none of its ``full`` workspaces, and forget
        those that are ``over``; suspects are left where they are."""
        ...

    async def take_suspect(self, executor_id: str, queues: Sequence[str]) -> ClaimedTask | None:
        """Claim one suspect, to be worked on alone."""
        ...

    async def count_death(
        self, executor_id: str, claim: ClaimedTask, *, give_back: bool = False
    ) -> bool:
        """Keep what was counted of a task; False when it is no longer this process's."""
        ...

    async def cancel(self, task_ids: Sequence[str]) -> None:
        """Have tasks stopped; those that were never begun are forgotten."""
        ...

    async def known(self, task_ids: Sequence[str]) -> frozenset[str]:
        """Those of these tasks that wait or are worked on."""
        ...


class TaskRunner(Protocol):
    """Runs claimed tasks."""

    async def run(
        self, claimed: ClaimedTask, claim: Claim, *, progressed: Callable[[], None]
    ) -> bool:
        """Work on a task until it is over; False where it has to be run again. ``progressed`` is
        called after each step. Raises ``StorageUnavailable``."""
        ...

    async def cancel(self, task_ids: Sequence[str]) -> None:
        """Stop these tasks for good; unknown and finished ones are left alone."""
        ...

    async def finished_steps(self, task_id: str) -> tuple[int, str]:
        """The number of finished steps of a task, and the name of the last of them."""
        ...


class DeadTaskHandler(Protocol):
    """Called with tasks whose processes died."""

    async def take_over(self, claimed: ClaimedTask) -> None:
        """This process goes on with a task. Raises ``StorageUnavailable``, to be called again."""
        ...

    async def give_up(self, claimed: ClaimedTask) -> None:
        """A task will never be finished. Raises ``StorageUnavailable``, to be called again."""
        ...


class _Retry(Exception):
    """A task has to be run again."""


@dataclass(eq=False, slots=True)
class _Flight:
    """A task that this process works on."""

    claimed: ClaimedTask
    task: asyncio.Task[None] | None = None
    alone: bool = False
    """Whether nothing else may be begun beside it yet."""
    has_place: bool = True
    """Whether it counts among those that are worked on at once."""


@dataclass(frozen=True, slots=True)
class _FlightsPlace:
    """A task's place on its queue; fits ``domain.claims.Place``."""

    dispatcher: TaskDispatcher
    flight: _Flight

    def give_back(self) -> None:
        self.flight.has_place = False
        self.dispatcher.let_return()

    async def take_again(self) -> None:
        if not self.flight.has_place:
            await self.dispatcher.return_to_place(self.flight)


class TaskDispatcher:
    """Hands tasks to the board, and works on those that this process claims from it.

    ``room`` says how many tasks of each queue are worked on at once; none for a process that only
    asks. ``per_workspace`` names the queues whose tasks wait most of the time, for a chat platform
    say, and how many of one workspace are worked on at once, so that those that wait hold up no
    others. Nothing is gained from letting a suspect wait until they are over.
    """

    def __init__(
        self,
        *,
        board: TaskBoard,
        runner: TaskRunner,
        changes: Changes,
        executor_id: str,
        room: Mapping[str, int],
        health: StorageHealth,
        per_workspace: Mapping[str, int] | None = None,
    ) -> None:
        self.executor_id = executor_id
        """Whose the claims are; another one after :meth:`lose_all`."""
        self._board = board
        self._runner = runner
        self._changes = changes
        self._room = room
        self._per_workspace = per_workspace or {}
        self._health = health
        self._dead_tasks: DeadTaskHandler | None = None
        self._flights: dict[str, _Flight] = {}
        self._over: list[str] = []
        self._turn_s = 0.0
        self._returning: deque[tuple[_Flight, asyncio.Future[None]]] = deque()

    async def enqueue(self, task: Task) -> None:
        """Start the task's workflow unless it was started before.

        Raises:
            StorageUnavailable: The database cannot be used, and this belongs to no task, which
                would wait for it.
        """
        # A task's own step waits until storage works again; a user's request must fail at once.
        most_s = None if current_claim.get() is not None else 0.0
        await when_storage_works(lambda: self._board.add(task), health=self._health, most_s=most_s)

    async def cancel(self, task_ids: Sequence[str]) -> None:
        """Stop these workflows, wherever they are worked on; unknown ones are left alone."""
        await self._board.cancel(task_ids)

    async def run(self, dead_tasks: DeadTaskHandler) -> None:
        """Claim and work until cancelled; what fails is logged and tried again. ``dead_tasks`` is
        called with tasks whose processes died."""
        self._dead_tasks = dead_tasks
        waits = pauses()
        while True:
            try:
                await self._look()
            except StorageUnavailable as error:
                self._health.report_failure(self, error)
                await asyncio.sleep(next(waits))
                continue
            except Exception:  # the loop survives any failure: nothing else starts tasks
                log.exception("dispatch_failed")
                await asyncio.sleep(next(waits))
                continue
            self._health.report_success(self)
            waits = pauses()
            await self._changes.wait(LOOK_S if self._turn_s <= LATE_S else LATE_LOOK_S)

    async def lose_all(self, executor_id: str) -> None:
        """Stop working on everything, because others have taken it; go on under another name."""
        self.executor_id = executor_id
        await self.stop()

    async def stop(self) -> None:
        """Stop working on everything."""
        flights = [f.task for f in self._flights.values() if f.task is not None]
        self._flights.clear()
        for task in flights:
            task.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    async def _look(self) -> None:
        """Begin what there is room for, and take finished tasks off the board."""
        await self._measure_turn()
        queues, full = tuple(self._room), self._full()
        waiting = await self._board.waiting(self.executor_id, queues, full=full)
        stopped = waiting.cancelled & self._flights.keys()
        if stopped:
            await self._runner.cancel(sorted(stopped))
        # A suspect runs alone: while one waits, nothing is begun, until this process is empty.
        room = self._free() if not waiting.suspects else {}
        room = {queue: most for queue, most in room.items() if queue in waiting.queues}
        if room or self._over:
            await self._take(room, full)
        if waiting.suspects and not self._working():
            suspect = await self._board.take_suspect(self.executor_id, queues)
            if suspect is not None:
                self._begin(suspect)

    async def _take(self, room: Mapping[str, int], full: Full) -> None:
        # Tasks may end while the board is asked; only those that it was given are forgotten below,
        # and none where it fails.
        over = list(self._over)
        taken = await self._board.take(self.executor_id, room, over=over, full=full)
        for claimed in taken:
            self._begin(claimed)
        self._over = [task_id for task_id in self._over if task_id not in over]
        if any(claimed.task.queue in self._per_workspace for claimed in taken):
            self._changes.wake()  # only some were taken, so that no workspace gets too many

    def _free(self) -> dict[str, int]:
        """The number of tasks of each queue that may be begun now."""
        if any(flight.alone for flight in self._flights.values()):
            return {}
        busy = self._busy()
        most_now = {
            queue: min(most, AT_ONCE_WHILE_LATE)
            if self._turn_s > LATE_S and queue not in self._per_workspace
            else most
            for queue, most in self._room.items()
        }
        free = {queue: max(0, most - busy[queue]) for queue, most in most_now.items()}
        return {
            queue: min(most, TAKEN_AT_ONCE) if queue in self._per_workspace else most
            for queue, most in free.items()
        }

    def _busy(self) -> Counter[str]:
        """The number of places of each queue that are taken, or reserved for a task that had one
        before."""
        busy = Counter(f.claimed.task.queue for f in self._flights.values() if f.has_place)
        busy.update(flight.claimed.task.queue for flight, _ in self._returning)
        without = Counter(f.claimed.task.queue for f in self._flights.values() if not f.has_place)
        for queue, count in without.items():
            busy[queue] += max(0, count - MOST_WITHOUT_PLACE)
        return busy

    async def return_to_place(self, flight: _Flight) -> None:
        """Wait until a task that gave its place back has one again, before any new task."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (flight, future)
        self._returning.append(entry)
        self.let_return()
        try:
            await future
        finally:
            if entry in self._returning:
                self._returning.remove(entry)

    def let_return(self) -> None:
        """Give free places to those that wait to return to one; the rest is for new tasks."""
        taken = Counter(f.claimed.task.queue for f in self._flights.values() if f.has_place)
        for flight, future in tuple(self._returning):
            queue = flight.claimed.task.queue
            if taken[queue] < self._room.get(queue, 0) and not future.done():
                taken[queue] += 1
                flight.has_place = True
                self._returning.remove((flight, future))
                future.set_result(None)
        self._changes.wake()

    async def _measure_turn(self) -> None:
        """Keep how long a turn of the event loop takes; one long turn alone counts little."""
        began = time.monotonic()
        await asyncio.sleep(0)
        turn_s = time.monotonic() - began
        self._turn_s = min(turn_s, self._turn_s + (turn_s - self._turn_s) / 4)

    def _full(self) -> Full:
        """The workspaces of which enough is worked on, by queue."""
        tasks = [flight.claimed.task for flight in self._flights.values()]
        busy = Counter((task.queue, task.workspace_id) for task in tasks)
        full: dict[str, set[str]] = {}
        for (queue, workspace_id), count in busy.items():
            if count >= self._per_workspace.get(queue, count + 1):
                full.setdefault(queue, set()).add(workspace_id)
        return full

    def _working(self) -> bool:
        """Whether anything is worked on that a suspect could take down with it."""
        return any(f.claimed.task.queue not in self._per_workspace for f in self._flights.values())

    def _begin(self, claimed: ClaimedTask) -> None:
        flight = _Flight(claimed, alone=claimed.alone)
        self._flights[claimed.task.id] = flight
        self._measure_running(claimed.task.queue)
        # A context of its own: a claim belongs to no task that happens to be worked on.
        flight.task = asyncio.create_task(
            self._work(flight), name=claimed.task.id, context=contextvars.Context()
        )

    def _measure_running(self, queue: str) -> None:
        running = sum(f.claimed.task.queue == queue for f in self._flights.values())
        TASKS_RUNNING.set(running, queue=kind_of_queue(queue))

    async def _work(self, flight: _Flight) -> None:
        """Run a claimed task until it is over, or claimed by another process."""
        task_id = flight.claimed.task.id
        place = _FlightsPlace(self, flight)
        claim = Claim(task_id, self.executor_id, lambda: self._lose(flight), place)

        def progressed() -> None:
            if flight.alone:
                flight.alone = False
                self._changes.wake()

        async def work() -> bool:
            if not await self._runner.run(flight.claimed, claim, progressed=progressed):
                flight.claimed = replace(flight.claimed, attempts=flight.claimed.attempts + 1)
                raise _Retry
            return True

        try:
            if await self._persist(flight, lambda: self._admit(flight)):
                await self._persist(flight, work)
                self._over.append(task_id)
        finally:
            if self._flights.get(task_id) is flight:
                del self._flights[task_id]
            self._measure_running(flight.claimed.task.queue)
            self.let_return()

    async def _persist(self, flight: _Flight, work: Callable[[], Awaitable[bool]]) -> bool:
        """Do something for a task until it succeeds: a claimed task is never dropped."""
        for pause_s in pauses():
            try:
                return await work()
            except StorageUnavailable as error:
                self._health.report_failure(flight, error)
            except _Retry:
                pass
            except Exception:  # on any failure the task is not lost
                log.exception("task_not_run", task_id=flight.claimed.task.id)
            try:
                await asyncio.sleep(pause_s)
            finally:
                self._health.report_success(flight)
        raise AssertionError  # pragma: no cover - the pauses do not end

    def _lose(self, flight: _Flight) -> None:
        if flight.task is not None:
            flight.task.cancel()

    async def _admit(self, flight: _Flight) -> bool:
        """Whether to work on a task now: look at what its earlier processes died of."""
        assert self._dead_tasks is not None  # noqa: S101 - tasks are claimed by ``run`` alone
        claimed = flight.claimed
        task_id = claimed.task.id
        if claimed.cancelled:
            await self._runner.cancel([task_id])
            self._over.append(task_id)
            return False
        if not claimed.died:
            return True
        steps, last = await self._runner.finished_steps(task_id)
        if steps > claimed.steps:
            claimed = replace(claimed, steps=steps, deaths=1, lone_deaths=0, suspect=False)
        claimed = replace(claimed, suspect=claimed.deaths >= SUSPECT_AFTER, died=False)
        TASKS_TAKEN_OVER.add(queue=kind_of_queue(claimed.task.queue))
        log.warning("task_taken_over", task_id=task_id, after_step=last, deaths=claimed.deaths)
        if claimed.lone_deaths >= GIVEN_UP_AFTER:
            TASKS_GIVEN_UP.add(queue=kind_of_queue(claimed.task.queue))
            log.error("task_given_up", task_id=task_id, after_step=last)
            await self._runner.cancel([task_id])
            await self._dead_tasks.give_up(claimed)
            self._over.append(task_id)
            return False
        wait = claimed.suspect and not claimed.alone
        if not await self._board.count_death(self.executor_id, claimed, give_back=wait) or wait:
            return False
        flight.claimed = claimed
        flight.alone = claimed.suspect
        await self._dead_tasks.take_over(claimed)
        return True
