"""Claiming, working on and giving up tasks: what a process does with the board."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from domain.claims import Claim
from domain.errors import StorageUnavailable
from domain.health import StorageHealth
from domain.tasks import ClaimedTask, Task
from jobs.engine.dispatch import (
    AT_ONCE_WHILE_LATE,
    GIVEN_UP_AFTER,
    LATE_S,
    SUSPECT_AFTER,
    TAKEN_AT_ONCE,
    TaskDispatcher,
)
from storage.changes import ChangeFeed
from tests.fakes.board import MemoryTaskBoard

Poison = Callable[[str, int], bool]


def after(seen: int) -> Poison:
    """Kills the process at every step after so many."""
    return lambda _name, step: step > seen


def at(bad: str, step: int) -> Poison:
    """Kills the process at one step of one task."""
    return lambda name, number: (name, number) == (bad, step)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that other tasks bring about."""
    async with asyncio.timeout(240):
        while not condition():  # noqa: ASYNC110 - it has no event of its own
            await asyncio.sleep(0.005)


@dataclass
class Care:
    """Records its calls."""

    taken_over: list[str] = field(default_factory=list[str])
    given_up: list[str] = field(default_factory=list[str])

    async def take_over(self, claimed: ClaimedTask) -> None:
        """Another process goes on."""
        self.taken_over.append(claimed.task.id)

    async def give_up(self, claimed: ClaimedTask) -> None:
        """No process goes on."""
        self.given_up.append(claimed.task.id)


@dataclass
class World:
    """What all processes of a test share; each task's steps are kept as an engine keeps them."""

    board: MemoryTaskBoard = field(default_factory=MemoryTaskBoard)
    care: Care = field(default_factory=Care)
    steps: Counter[str] = field(default_factory=Counter[str])
    wanted: dict[str, int] = field(default_factory=dict[str, int])
    """How many steps a task has; three where nothing is said."""
    over: set[str] = field(default_factory=set[str])
    deaths: Counter[str] = field(default_factory=Counter[str])
    cancelled: list[str] = field(default_factory=list[str])
    beside: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """What else the process worked on when a task killed it."""
    processes: int = 0
    feed: ChangeFeed = field(default_factory=ChangeFeed)

    async def finished(self, *names: str) -> None:
        """Wait until these tasks are off the board."""
        await until(lambda: not set(names) & self.board.places.keys())


@dataclass
class Process:
    """A process: its dispatcher works with this as the engine."""

    world: World
    name: str
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    poison: Poison = lambda _name, _step: False
    running: set[str] = field(default_factory=set[str])
    claims: dict[str, Any] = field(default_factory=dict[str, Any])
    most: Counter[str] = field(default_factory=Counter[str])
    died: asyncio.Event = field(default_factory=asyncio.Event)
    troubles: list[StorageUnavailable] = field(default_factory=list[StorageUnavailable])

    async def run(
        self, claimed: ClaimedTask, claim: Claim, *, progressed: Callable[[], None]
    ) -> bool:
        """Work through a task's steps."""
        task = claimed.task
        self.claims[task.id] = claim
        self.running.add(task.id)
        self.most[task.queue] = max(self.most[task.queue], len(self.running))
        try:
            if self.troubles:
                raise self.troubles.pop()
            while self.world.steps[task.id] < self.world.wanted.get(task.id, 3):
                await self.gate.wait()
                await asyncio.sleep(0)
                if self.poison(task.id, self.world.steps[task.id]):
                    self.world.deaths[task.id] += 1
                    self.world.beside[task.id] = self.running - {task.id}
                    self.died.set()
                    await asyncio.Event().wait()
                self.world.steps[task.id] += 1
                progressed()
            self.world.over.add(task.id)
            return True
        finally:
            self.running.discard(task.id)

    async def cancel(self, task_ids: Sequence[str]) -> None:
        """Stop tasks for good."""
        self.world.cancelled.extend(task_ids)
        for task_id in task_ids:
            self.world.wanted[task_id] = 0

    async def finished_steps(self, task_id: str) -> tuple[int, str]:
        """What the engine keeps."""
        return self.world.steps[task_id], f"step-{self.world.steps[task_id]}"


@asynccontextmanager
async def a_process(
    world: World,
    *,
    open_: bool = True,
    per_workspace: Mapping[str, int] | None = None,
    **parts: object,
) -> AsyncGenerator[tuple[Process, TaskDispatcher]]:
    """A process that works on three queues until the block ends, which is an orderly end."""
    world.processes += 1
    process = Process(world, f"p{world.processes}", **parts)  # type: ignore[arg-type]
    if open_:
        process.gate.set()
    world.board.executors.add(process.name)
    dispatcher = TaskDispatcher(
        board=world.board,
        runner=process,
        changes=world.feed.listener(of_tasks=True),
        executor_id=process.name,
        room={"research": 4, "generation": 1, "delivery": 50},
        per_workspace=per_workspace,
        health=StorageHealth(),
    )
    working = asyncio.create_task(dispatcher.run(world.care))
    try:
        yield process, dispatcher
    finally:
        working.cancel()
        await dispatcher.stop()
        await asyncio.gather(working, return_exceptions=True)
        world.board.die(process.name, died=process.died.is_set())


def a_task(name: str, *, queue: str = "research", member: str | None = None) -> Task:
    return Task(name, "research", queue, "w1", name, member, name)


async def test_no_more_tasks_of_a_queue_run_at_once_than_there_is_room_for() -> None:
    world = World()
    names = [f"r{n}" for n in range(9)]
    async with a_process(world, open_=False) as (process, dispatcher):
        for name in names:
            await dispatcher.enqueue(a_task(name))
        await until(lambda: len(process.running) == 4)
        process.gate.set()
        await world.finished(*names)
    assert process.most["research"] == 4


async def test_the_tasks_of_one_workspace_that_wait_hold_up_no_others() -> None:
    world = World()
    many = [replace(a_task(f"a{n}", queue="delivery"), workspace_id="w1") for n in range(90)]
    few = [replace(a_task(f"b{n}", queue="delivery"), workspace_id="w2") for n in range(3)]
    async with a_process(world, open_=False, per_workspace={"delivery": 5}) as (
        process,
        dispatcher,
    ):
        for task in [*many, *few]:
            await dispatcher.enqueue(task)
        await until(lambda: {task.id for task in few} <= process.running)
        assert len(process.running) <= 5 + TAKEN_AT_ONCE + len(few)
        process.gate.set()
        await world.finished(*(task.id for task in [*many, *few]))
    assert len(world.over) == 93


async def test_while_the_event_loop_is_late_few_tasks_are_begun_and_then_all() -> None:
    world = World()
    names = [f"d{n}" for n in range(30)]
    turns = 0

    async def keep_busy() -> None:
        nonlocal turns
        while True:
            time.sleep(3 * LATE_S)  # noqa: ASYNC251 - it makes the loop late
            turns += 1
            await asyncio.sleep(0)

    busy = asyncio.create_task(keep_busy())
    async with a_process(world, open_=False) as (process, _dispatcher):
        for _ in range(8):
            await asyncio.sleep(0)
            world.feed.touch(tasks=True)
        await until(lambda: turns > 8)
        for name in names:
            await world.board.add(a_task(name, queue="delivery"))
        world.feed.touch(tasks=True)
        await until(lambda: len(process.running) == AT_ONCE_WHILE_LATE)
        seen = turns
        await until(lambda: turns > seen + 8)
        assert len(process.running) == AT_ONCE_WHILE_LATE
        busy.cancel()
        await until(lambda: len(process.running) == len(names))
        process.gate.set()
        await world.finished(*names)


async def test_a_task_without_a_place_lets_another_begin_and_returns_before_new_ones() -> None:
    world = World()
    names = [f"g{n}" for n in range(3)]
    async with a_process(world, open_=False) as (process, dispatcher):
        for name in names:
            await dispatcher.enqueue(a_task(name, queue="generation"))
        await until(lambda: process.running == {"g0"})
        process.claims["g0"].place.give_back()
        await until(lambda: process.running == {"g0", "g1"})
        returning = asyncio.create_task(process.claims["g0"].place.take_again())
        stopped = asyncio.create_task(process.claims["g0"].place.take_again())
        await until(lambda: not stopped.done())
        stopped.cancel()
        process.claims["g1"].place.give_back()
        async with asyncio.timeout(60):
            await returning
        await process.claims["g0"].place.take_again()
        assert process.running == {"g0", "g1"}, "it waited for a place longer than g2 for its first"
        process.gate.set()
        await world.finished(*names)


async def test_a_suspect_waits_for_no_task_that_only_waits_itself() -> None:
    world = World()
    async with a_process(world, open_=False, per_workspace={"delivery": 5}) as (
        process,
        dispatcher,
    ):
        await dispatcher.enqueue(a_task("waits", queue="delivery"))
        await until(lambda: process.running == {"waits"})
        await world.board.add(a_task("bad"), attempts=2)
        place = world.board.places["bad"]
        place.claimed = replace(place.claimed, suspect=True)
        world.feed.touch()
        await until(lambda: process.running == {"waits", "bad"})
        process.gate.set()
        await world.finished("waits", "bad")


async def test_a_task_begins_at_once_when_another_ends() -> None:
    """No look at the clock is between: the test would take longer than its time otherwise."""
    world = World()
    names = [f"g{n}" for n in range(40)]
    async with a_process(world) as (_, dispatcher):
        for name in names:
            await dispatcher.enqueue(a_task(name, queue="generation"))
        await world.finished(*names)
    assert world.over == set(names)


async def test_a_task_whose_process_dies_again_and_again_and_gets_further_never_fails() -> None:
    world = World(wanted={"long": 40})
    await world.board.add(a_task("long"))
    while await world.board.known(["long"]):
        seen = world.steps["long"]
        async with a_process(world, poison=after(seen)) as (process, _):
            done, _ = await asyncio.wait(
                {asyncio.ensure_future(process.died.wait()), asyncio.ensure_future(over(world))},
                return_when=asyncio.FIRST_COMPLETED,
            )
            assert done
    assert world.deaths["long"] >= 30
    assert world.care.given_up == []
    assert world.over == {"long"}


async def over(world: World) -> None:
    await world.finished("long")


async def test_a_task_that_kills_its_process_is_isolated_and_given_up_and_no_other_suffers() -> (
    None
):
    world = World(wanted={"bad": 5})
    others = [f"r{n}" for n in range(12)]
    for name in ("bad", *others):
        world.wanted.setdefault(name, 30)
        await world.board.add(a_task(name))
    deaths: list[set[str]] = []
    while not world.care.given_up:
        async with a_process(world, poison=at("bad", 2)) as (
            process,
            _,
        ):
            waiting = {
                asyncio.ensure_future(process.died.wait()),
                asyncio.ensure_future(given_up(world)),
            }
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for future in waiting:
                future.cancel()
            if process.died.is_set():
                deaths.append(world.beside["bad"])
    assert len(deaths) == SUSPECT_AFTER + GIVEN_UP_AFTER
    assert all(beside == set() for beside in deaths[SUSPECT_AFTER:]), "it ran alone"
    assert world.care.given_up == ["bad"]
    assert world.cancelled == ["bad"]
    async with a_process(world):
        await world.finished("bad", *others)
    assert world.over == set(others)


async def given_up(world: World) -> None:
    await until(lambda: bool(world.care.given_up))


async def test_a_suspect_that_gets_further_alone_is_suspected_no_more() -> None:
    world = World(wanted={"a": 6})
    await world.board.add(a_task("a"))
    await world.board.add(a_task("b"))
    for _ in range(SUSPECT_AFTER):
        async with a_process(world, poison=at("a", 2)) as (p, _):
            await p.died.wait()
    async with a_process(world) as (process, dispatcher):
        await dispatcher.enqueue(a_task("c"))
        await world.finished("a", "b", "c")
    assert world.over == {"a", "b", "c"}
    assert world.care.given_up == []
    assert process.died.is_set() is False


async def test_storage_that_is_away_delays_a_task_and_never_loses_it() -> None:
    world = World()
    away = StorageUnavailable("The database cannot be used (away).", retryable=True)
    async with a_process(world, troubles=[away] * 3) as (_, dispatcher):
        await dispatcher.enqueue(a_task("a"))
        await world.finished("a")
    assert world.over == {"a"}


async def test_a_task_that_was_taken_by_another_process_is_dropped_here() -> None:
    world = World()
    async with a_process(world, open_=False) as (process, dispatcher):
        await dispatcher.enqueue(a_task("a"))
        await until(lambda: bool(process.running))
        world.board.die(process.name)
        world.board.executors.add("p1.1")
        await dispatcher.lose_all("p1.1")
        await until(lambda: world.board.places["a"].executor_id == "p1.1")
        process.gate.set()
        await world.finished("a")
    assert world.care.taken_over == ["a"]


@pytest.mark.parametrize("begun", [False, True])
async def test_a_cancelled_task_is_stopped_and_forgotten(begun: bool) -> None:
    world = World()
    async with a_process(world, open_=False) as (process, dispatcher):
        await dispatcher.enqueue(a_task("a", queue="generation"))
        await until(lambda: bool(process.running))
        await dispatcher.enqueue(a_task("b", queue="generation"))
        await dispatcher.cancel(["a" if begun else "b"])
        world.feed.wake()
        if not begun:
            assert await world.board.known(["b"]) == frozenset()
        await until(lambda: not begun or bool(world.cancelled))
        process.gate.set()
        await world.finished("a", "b")
    assert world.over == ({"a", "b"} if begun else {"a"})


async def test_what_changes_no_task_wakes_only_those_who_follow_everything() -> None:
    feed = ChangeFeed()
    every, of_tasks = feed.listener(), feed.listener(of_tasks=True)
    feed.touch()
    assert await every.wait(0)
    assert not await of_tasks.wait(0)
    feed.touch(tasks=True)
    assert await every.wait(0)
    assert await of_tasks.wait(0)
    feed.wake()
    assert await every.wait(0)
    assert await of_tasks.wait(0)
