"""Workflows whose steps changed while runs of them were under way, on both databases.

Every case is a task that goes through versions of its workflow, one process after another. A
version is stopped in the middle of a step, which leaves the same rows as a killed process. All
cases share their processes, so that they take little time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from dbos import DBOS

from domain.health import StorageHealth
from domain.tasks import ClaimedTask, Task
from jobs.common.ports import StepRunner
from jobs.engine.dbos_engine import DbosEngine, EngineSettings, TaskState
from jobs.engine.dispatch import TaskDispatcher
from storage.changes import ChangeFeed
from storage.engine_database import EngineDatabase
from tests.fakes.board import MemoryTaskBoard
from tests.fakes.postgres import PostgresPeer

RUNNING = ("PENDING", "ENQUEUED")


@dataclass
class Run:
    """One case's task: the steps that really ran, over all versions."""

    engine: DbosEngine | None = None
    ran: list[str] = field(default_factory=list[str])
    stops_in: str = ""
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    ended: TaskState | None = None

    def step(self, name: str) -> Callable[[], Awaitable[str]]:
        """The work of a step."""

        async def work() -> str:
            if name == self.stops_in:
                self.stopped.set()
                await asyncio.Event().wait()
            self.ran.append(name)
            return name

        return work


Body = Callable[[StepRunner, Run], Awaitable[None]]


@dataclass(frozen=True)
class Version:
    """A version of a workflow, and the step in which its process is stopped, if it is."""

    body: Body
    stops_in: str = ""


def steps_named(*names: str) -> Body:
    """A body of these steps."""

    async def body(steps: StepRunner, run: Run) -> None:
        for name in names:
            await steps.run(name, run.step(name), str)

    return body


before = steps_named("read", "write", "send")


async def guarded(steps: StepRunner, run: Run) -> None:
    """``before`` with a step in between."""
    await steps.run("read", run.step("read"), str)
    if await steps.is_patched("judge"):
        await steps.run("judge", run.step("judge"), str)
    await steps_named("write", "send")(steps, run)


async def without_guard(steps: StepRunner, run: Run) -> None:
    """``guarded`` once no run without the judge is left."""
    await steps.run("read", run.step("read"), str)
    await steps.retire_patch("judge")
    await steps_named("judge", "write", "send")(steps, run)


async def hops(steps: StepRunner, run: Run) -> None:
    """A loop that got a second step."""
    for number in (1, 2, 3):
        if await steps.is_patched("summaries"):
            await steps.run(f"summary-{number}", run.step(f"summary-{number}"), str)
        await steps.run(f"hop-{number}", run.step(f"hop-{number}"), str)


async def careful(steps: StepRunner, run: Run) -> None:
    """Catches any failure, as the edge of each workflow does."""
    try:
        await steps_named("judge", "send")(steps, run)
    except Exception:
        await steps.run("fail", run.step("fail"), str)


async def pausing(steps: StepRunner, run: Run) -> None:
    """A pause where a step was."""
    await steps.run("read", run.step("read"), str)
    assert run.engine is not None
    await run.engine.sleep(0.01)
    await steps.run("send", run.step("send"), str)


async def counting(steps: StepRunner, run: Run) -> None:
    """``write`` gives a number now."""

    async def count() -> int:
        run.ran.append("count")
        return 3

    await steps.run("read", run.step("read"), str)
    assert await steps.run("write", count, int) == 3
    await steps.run("send", run.step("send"), str)


async def wrong(steps: StepRunner, run: Run) -> None:
    """A step that does not give what it says."""
    await steps.run("read", run.step("read"), int)  # type: ignore[arg-type]


OLD = Version(before, "send")
CASES: Mapping[str, tuple[tuple[Version, ...], list[str]]] = {
    "a run from before a change keeps the old way": (
        (OLD, Version(guarded)),
        ["read", "write", "send"],
    ),
    "a run that had not come to the change takes the new way": (
        (Version(before, "write"), Version(guarded)),
        ["read", "judge", "write", "send"],
    ),
    "a new run takes the new way and keeps it when its process is killed": (
        (Version(guarded, "judge"), Version(guarded, "write"), Version(guarded)),
        ["read", "judge", "write", "send"],
    ),
    "a run keeps the old way in a loop that it had begun": (
        (
            Version(steps_named("hop-1", "hop-2", "hop-3"), "hop-2"),
            Version(hops, "hop-3"),
            Version(hops),
        ),
        ["hop-1", "hop-2", "hop-3"],
    ),
    "a guard is taken away while runs of the new way are left": (
        (Version(guarded, "write"), Version(guarded, "send"), Version(without_guard)),
        ["read", "judge", "write", "send"],
    ),
    "a step inserted without a guard": (
        (OLD, Version(steps_named("read", "judge", "write", "send"))),
        ["read", "write", "judge", "write", "send"],
    ),
    "a step inserted before all others": (
        (OLD, Version(steps_named("policy", "read", "write", "send"))),
        ["read", "write", "policy", "read", "write", "send"],
    ),
    "a step removed": ((OLD, Version(steps_named("read", "send"))), ["read", "write", "send"]),
    "a step renamed": (
        (OLD, Version(steps_named("read", "draw", "send"))),
        ["read", "write", "draw", "send"],
    ),
    "steps reordered": (
        (OLD, Version(steps_named("write", "read", "send"))),
        ["read", "write", "write", "read", "send"],
    ),
    "no body takes a history that does not fit for a failure": (
        (OLD, Version(careful)),
        ["read", "write", "judge", "send"],
    ),
    "a pause where a step was": ((OLD, Version(pausing)), ["read", "write", "send"]),
    "a step that kept something of another shape": (
        (OLD, Version(counting)),
        ["read", "write", "count", "send"],
    ),
    "a step that gives what it does not say": ((Version(wrong),), ["read"]),
}


def _task(name: str) -> Task:
    return Task(f"{name}:work", name, "news", "w", name)


class NoCare:
    """No one is notified of what died here."""

    async def take_over(self, claimed: ClaimedTask) -> None:
        """A process went on with a task."""

    async def give_up(self, claimed: ClaimedTask) -> None:
        """A task will never be finished."""
        raise AssertionError(claimed)


@asynccontextmanager
async def _process(
    url: str, number: int, runs: Mapping[str, Run], board: MemoryTaskBoard
) -> AsyncGenerator[DbosEngine]:
    """A process in which each case is at that version; it works on what is on the board."""

    def workflow(name: str) -> Callable[[str, str, StepRunner], Awaitable[None]]:
        run, version = runs[name], CASES[name][0][min(number, len(CASES[name][0]) - 1)]

        async def work(_workspace: str, _subject: str, steps: StepRunner) -> None:
            run.stops_in = version.stops_in
            await version.body(steps, run)

        return work

    health = StorageHealth()
    engine = DbosEngine(
        EngineSettings(url, f"executor-{number}"),
        database=EngineDatabase(url, health=health),
        health=health,
    )
    engine.register({name: workflow(name) for name in CASES})
    await engine.start()
    board.executors = {f"executor-{number}"}
    dispatcher = TaskDispatcher(
        board=board,
        runner=engine,
        changes=ChangeFeed().listener(),
        executor_id=f"executor-{number}",
        room={"news": 50},
        health=health,
    )
    for run in runs.values():
        run.engine = engine
        run.stopped.clear()
    working = asyncio.create_task(dispatcher.run(NoCare()))
    try:
        yield engine
    finally:
        working.cancel()
        await dispatcher.stop()
        await engine.stop()
        board.die(f"executor-{number}", died=False)


async def _until(engine: DbosEngine, name: str, status: str) -> TaskState:
    while True:
        for state in await engine.states([_task(name).id]):
            if state.status == status:
                return state
        await asyncio.sleep(0.05)


async def _run_all(url: str) -> Mapping[str, Run]:
    runs = {name: Run() for name in CASES}
    states: list[TaskState] = []
    board = MemoryTaskBoard()
    for name in runs:
        await board.add(_task(name))
    for number in range(max(len(versions) for versions, _ in CASES.values())):
        async with _process(url, number, runs, board) as engine, asyncio.timeout(240):
            while True:
                states = await engine.states([_task(name).id for name in runs])
                left = [s for s in states if s.status in RUNNING or s.restart_at is not None]
                stopped = all(runs[state.workflow].stopped.is_set() for state in left)
                if len(states) == len(runs) and stopped:
                    break
                await asyncio.sleep(0.1)
    for state in states:
        runs[state.workflow].ended = state
    return runs


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Run]:
    """What became of every case, on either database."""
    url = f"sqlite:///{tmp_path_factory.mktemp('changed') / 'limner.sqlite'}"
    if request.param == "postgres":
        peer: PostgresPeer = request.getfixturevalue("postgres")
        url = peer.new_database()
    return asyncio.run(_run_all(url))


@pytest.mark.parametrize("case", list(CASES))
def test_a_run_ends_well(runs: Mapping[str, Run], case: str) -> None:
    run = runs[case]
    assert run.ran == CASES[case][1]
    assert run.ended is not None
    expected = "ERROR" if case == "a step that gives what it does not say" else "SUCCESS"
    assert run.ended.status == expected


async def test_a_process_that_dies_before_it_starts_a_run_again_leaves_that_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, board = "a step inserted before all others", MemoryTaskBoard()
    url, runs = f"sqlite:///{tmp_path / 'limner.sqlite'}", {name: Run() for name in CASES}
    await board.add(_task(name))
    async with _process(url, 0, runs, board), asyncio.timeout(240):
        await runs[name].stopped.wait()
    rewind = DBOS.rewind_workflow_async
    monkeypatch.setattr(DBOS, "rewind_workflow_async", _never)
    async with _process(url, 1, runs, board) as engine, asyncio.timeout(240):
        state = await _until(engine, name, "ERROR")
        assert state.restart_at == 1
        assert not state.over
        assert not state.broken, "its job is not over"
    monkeypatch.setattr(DBOS, "rewind_workflow_async", rewind)
    async with _process(url, 1, runs, board) as engine, asyncio.timeout(240):
        await _until(engine, name, "SUCCESS")
    assert runs[name].ran == CASES[name][1]


async def _never(*_arguments: object, **_options: object) -> None:
    await asyncio.Event().wait()
