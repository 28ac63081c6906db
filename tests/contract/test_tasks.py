"""The board of tasks keeps order, limits and counts, whichever keeps it; heartbeats and claims that
were lost, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.claims import Claim, ClaimLost, current_claim
from domain.executors import Executor
from domain.tasks import Task
from evaluation.peers.values import a_job
from jobs.engine.dispatch import TaskBoard
from storage import schema
from storage.database import open_database
from storage.executors import SqlExecutors
from storage.tasks import SqlTaskBoard
from storage.unit_of_work import SqlStore
from tests.fakes.board import MemoryTaskBoard


@dataclass
class Place:
    """A board, and the processes that work on it."""

    board: TaskBoard
    engine: AsyncEngine | None = None

    async def enter(self, *executor_ids: str) -> None:
        """Make processes known."""
        if isinstance(self.board, MemoryTaskBoard):
            self.board.executors |= set(executor_ids)
            return
        assert self.engine is not None
        now = datetime.now(UTC)
        for executor_id in executor_ids:
            await SqlStore(self.engine).operations.beat(
                Executor(executor_id, ("research",), "here", 1, now, now)
            )

    async def make_workspace(self, workspace_id: str) -> None:
        """Make a workspace known."""
        if self.engine is not None:
            await make_workspace(SqlStore(self.engine), workspace_id)

    async def die(self, executor_id: str, *, died: bool = True) -> None:
        """A process is gone."""
        if isinstance(self.board, MemoryTaskBoard):
            self.board.die(executor_id, died=died)
            return
        assert self.engine is not None
        await SqlExecutors(self.engine).remove([executor_id], died=died)


@pytest.fixture
async def database_or_none(
    request: pytest.FixtureRequest, tmp_path: FilePath
) -> AsyncIterator[Any]:
    """A database of the wished kind; none for the board in memory."""
    if request.param == "memory":
        yield None
        return
    url = f"sqlite:///{tmp_path / 'limner.sqlite'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").new_database()
    await schema.upgrade(url)
    engine = open_database(url)
    yield engine
    await engine.dispose()


@pytest.fixture
async def place(database_or_none: AsyncEngine | None) -> Place:
    """A board of each kind with two processes, p1 and p2."""
    if database_or_none is None:
        found = Place(MemoryTaskBoard())
    else:
        found = Place(SqlTaskBoard(database_or_none), database_or_none)
        await make_workspace(SqlStore(database_or_none))
    await found.enter("p1", "p2")
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test of a board runs on all kinds."""
    if "place" in metafunc.fixturenames:
        kinds = ["memory", "sqlite", "postgres"]
        metafunc.parametrize("database_or_none", kinds, indirect=True)


async def make_workspace(store: SqlStore, workspace_id: str = "w1") -> None:
    """A workspace appears with its first job."""
    async with store.workspace(workspace_id) as unit:
        await unit.jobs.add(a_job(workspace_id), event_key="e")


def a_task(
    name: str, *, queue: str = "research", member: str | None = None, workspace_id: str = "w1"
) -> Task:
    return Task(name, "research", queue, workspace_id, name, member, name)


async def names(place: Place, executor_id: str = "p1", **room: int) -> list[str]:
    """The ids of what a process claims."""
    return [c.task.id for c in await place.board.take(executor_id, room or {"research": 9})]


async def test_tasks_without_a_partition_are_taken_in_the_order_they_came(place: Place) -> None:
    for name in ("a", "b", "c"):
        assert await place.board.add(a_task(name))
    assert not await place.board.add(a_task("b")), "the same id is the same task"
    assert await names(place, research=2) == ["a", "b"]
    assert await names(place, "p2") == ["c"]
    assert await names(place) == []


async def test_of_a_partition_one_task_at_a_time_is_worked_on(place: Place) -> None:
    for name in ("a1", "a2", "b1"):
        await place.board.add(a_task(name, member=name[0]))
    assert sorted(await names(place)) == ["a1", "b1"]
    assert await names(place, "p2") == [], "neither by another process"
    assert (await place.board.waiting("p2", ["research"])).queues == frozenset()
    assert [c.task.id for c in await place.board.take("p1", {"research": 9}, over=["a1"])] == ["a2"]


async def test_what_workspaces_have_that_are_full_is_left_alone(place: Place) -> None:
    for name in ("a1", "a2"):
        await place.board.add(Task(name, "research", "generation", "w1", name))
    await place.board.add(Task("r1", "research", "research", "w1", "r1"))
    full = {"generation": {"w1"}}
    queues = ["generation", "research"]
    assert (await place.board.waiting("p1", queues, full=full)).queues == {"research"}
    taken = await place.board.take("p1", {"generation": 9, "research": 9}, full=full)
    assert [claim.task.id for claim in taken] == ["r1"]
    other = {"generation": {"w2"}}
    assert (await place.board.waiting("p1", queues, full=other)).queues == {"generation"}
    assert len(await place.board.take("p1", {"generation": 9}, full=other)) == 2


async def test_a_long_queue_of_one_partition_holds_up_no_other(place: Place) -> None:
    for number in range(5):
        await place.board.add(a_task(f"a{number}", member="a"))
    assert await names(place, research=1) == ["a0"]
    await place.board.add(a_task("b0", member="b"))
    await place.board.add(a_task("b1", member="b"))
    order: list[str] = []
    done = ["a0"]
    for _ in range(6):
        [claim] = await place.board.take("p1", {"research": 1}, over=done)
        order.append(claim.task.id)
        done = [claim.task.id]
    assert order == ["a1", "b0", "a2", "b1", "a3", "a4"]


async def test_a_workspace_with_many_tasks_holds_up_no_other(place: Place) -> None:
    await place.make_workspace("w2")
    for number in range(20):
        await place.board.add(a_task(f"a{number}", member=f"m{number}"))
    assert await names(place, research=1) == ["a0"]
    for number in range(3):
        await place.board.add(a_task(f"b{number}", member="n", workspace_id="w2"))
    order: list[str] = []
    done = ["a0"]
    for _ in range(8):
        [claim] = await place.board.take("p1", {"research": 1}, over=done)
        order.append(claim.task.id)
        done = [claim.task.id]
    assert order == ["b0", "a1", "b1", "a2", "b2", "a3", "a4", "a5"]


async def test_many_tasks_claimed_at_once_are_of_all_workspaces(place: Place) -> None:
    await place.make_workspace("w2")
    for number in range(20):
        await place.board.add(a_task(f"a{number}", queue="generation"))
    for number in range(2):
        await place.board.add(a_task(f"b{number}", queue="generation", workspace_id="w2"))
    assert sorted(await names(place, generation=6)) == ["a0", "a1", "a2", "a3", "b0", "b1"]
    assert await names(place, generation=2) == ["a4", "a5"]


async def test_a_newcomer_has_the_turn_of_those_that_wait_in_its_own_workspace(
    place: Place,
) -> None:
    """Not of others, where a queue may be much shorter."""
    await place.make_workspace("w2")
    for number in range(6):
        await place.board.add(a_task(f"a{number}", member="a"))
    done: list[str] = []
    for _ in range(4):
        [claim] = await place.board.take("p1", {"research": 1}, over=done)
        done = [claim.task.id]
    await place.board.add(a_task("x", member="x", workspace_id="w2"))
    for number in range(3):
        await place.board.add(a_task(f"b{number}", member="b"))
    order: list[str] = []
    for _ in range(6):
        [claim] = await place.board.take("p1", {"research": 1}, over=done)
        order.append(claim.task.id)
        done = [claim.task.id]
    assert order == ["x", "a4", "b0", "a5", "b1", "b2"]


async def test_a_process_takes_tasks_of_its_queues_alone(place: Place) -> None:
    await place.board.add(a_task("a"))
    await place.board.add(a_task("b", queue="generation"))
    assert (await place.board.waiting("p1", ["generation"])).queues == {"generation"}
    assert await names(place, generation=1) == ["b"]
    assert (await place.board.waiting("p1", ["research", "generation"])).queues == {"research"}


async def test_tasks_of_a_dead_process_wait_again_and_know_it(place: Place) -> None:
    await place.board.add(a_task("a", member="m"))
    await place.board.add(a_task("b"))
    assert len(await names(place)) == 2
    await place.die("p1")
    first, second = await place.board.take("p2", {"research": 9})
    assert (first.attempts, first.died, first.deaths, first.lone_deaths) == (2, True, 1, 0)
    assert second.died
    await place.enter("p1")
    await place.die("p2", died=False)
    [again, _] = await place.board.take("p1", {"research": 9})
    assert (again.attempts, again.died, again.deaths) == (3, True, 1), "an orderly end is no death"


async def test_a_process_that_is_taken_for_dead_claims_nothing_more(place: Place) -> None:
    await place.board.add(a_task("a"))
    await place.die("p1")
    assert await names(place, "p1") == []
    assert await names(place, "p2") == ["a"]


async def test_a_suspect_is_taken_alone_and_its_lone_deaths_are_counted(place: Place) -> None:
    await place.board.add(a_task("a"))
    await place.board.add(a_task("b"))
    [claim] = await place.board.take("p1", {"research": 1})
    suspect = type(claim)(claim.task, suspect=True, steps=4, deaths=2)
    assert await place.board.count_death("p1", suspect, give_back=True)
    assert not await place.board.count_death("p1", suspect), "it waits for another by now"
    waiting = await place.board.waiting("p1", ["research"])
    assert waiting.suspects
    assert waiting.queues == {"research"}
    assert await names(place) == ["b"]
    alone = await place.board.take_suspect("p2", ["research"])
    assert alone is not None
    assert (alone.task.id, alone.alone, alone.steps, alone.deaths) == ("a", True, 4, 2)
    assert await place.board.take_suspect("p1", ["research"]) is None
    await place.die("p2")
    again = await place.board.take_suspect("p1", ["research"])
    assert again is not None
    assert (again.deaths, again.lone_deaths, again.died) == (3, 1, True)


async def test_cancelled_tasks_are_forgotten_or_told_to_whoever_has_them(place: Place) -> None:
    for name in ("a", "b"):
        await place.board.add(a_task(name))
    assert await names(place, research=1) == ["a"]
    await place.board.cancel(["a", "b", "unknown"])
    assert await place.board.known(["a", "b"]) == {"a"}
    assert (await place.board.waiting("p1", ["research"])).cancelled == {"a"}
    assert (await place.board.waiting("p2", ["research"])).cancelled == frozenset()
    await place.die("p1")
    [claim] = await place.board.take("p2", {"research": 9})
    assert claim.cancelled


async def test_a_task_that_is_over_is_another_processes_to_forget(place: Place) -> None:
    await place.board.add(a_task("a"))
    await names(place)
    await place.board.take("p2", {}, over=["a"])
    assert await place.board.known(["a"]) == {"a"}
    await place.board.take("p1", {}, over=["a"])
    assert await place.board.known(["a"]) == frozenset()


async def test_any_number_of_processes_claim_each_task_once(database: AsyncEngine) -> None:
    place = Place(SqlTaskBoard(database), database)
    await make_workspace(SqlStore(database))
    await place.enter("p1", "p2", "p3")
    wanted = sorted(f"{member}{number}" for member in "abcd" for number in range(3))
    for name in wanted:
        await place.board.add(a_task(name, member=name[0]))
    running: set[str] = set()
    seen: list[str] = []

    async def work(executor_id: str) -> None:
        over: list[str] = []
        while len(seen) < len(wanted):
            taken = await place.board.take(executor_id, {"research": 2}, over=over)
            over = [claim.task.id for claim in taken]
            members = {str(claim.task.partition) for claim in taken}
            assert not members & running, "two of one partition at once"
            running.update(members)
            seen.extend(over)
            await asyncio.sleep(0.01)
            running.difference_update(members)

    async with asyncio.timeout(240):
        await asyncio.gather(*(work(executor_id) for executor_id in ("p1", "p2", "p3")))
    assert sorted(seen) == wanted


async def test_a_heartbeat_counts_and_shows_those_of_all(database: AsyncEngine) -> None:
    place, executors = Place(SqlTaskBoard(database), database), SqlExecutors(database)
    await make_workspace(SqlStore(database))
    await place.enter("p1", "p2")
    first = await executors.beat("p1")
    second = await executors.beat("p1")
    assert first.beats["p1"] != second.beats["p1"]
    assert first.beats["p2"] == second.beats["p2"]
    await place.board.add(a_task("a"))
    await names(place, "p2")
    assert await executors.remove(["p2"], died=True) == ["a"]
    assert "p2" not in (await executors.beat("p2")).beats, "it learns that it was taken for dead"


async def test_whoever_has_the_place_of_a_process_knows_that_the_one_before_is_dead(
    database: AsyncEngine,
) -> None:
    place, executors = Place(SqlTaskBoard(database), database), SqlExecutors(database)
    await make_workspace(SqlStore(database))
    await place.enter("abc-0", "abc-0.1", "abc-0.2", "abc-01.1", "abd-0.1")
    for number, executor_id in enumerate(("abc-0", "abc-0.1", "abc-01.1", "abd-0.1")):
        await place.board.add(a_task(f"t{number}"))
        await names(place, executor_id)
    assert sorted(await executors.remove_earlier("abc-0.2", place="abc-0")) == ["t0", "t1"]
    assert set((await executors.beat("abc-0.2")).beats) == {"abc-0.2", "abc-01.1", "abd-0.1"}


async def test_nothing_is_written_for_a_task_that_another_process_has(
    database: AsyncEngine,
) -> None:
    place, store = Place(SqlTaskBoard(database), database), SqlStore(database)
    await make_workspace(store)
    await place.enter("p1", "p2")
    await place.board.add(a_task("a"))
    await names(place)
    lost: list[str] = []
    token = current_claim.set(Claim("a", "p1", lambda: lost.append("a")))
    try:
        async with store.workspace("w1") as unit:
            assert unit is not None
        await place.die("p1")
        await names(place, "p2")
        async with store.workspace("w1", read_only=True):
            pass
        with pytest.raises(ClaimLost, match="Another process"):
            async with store.workspace("w1"):
                pytest.fail("it was let in")
        assert lost == ["a"]
    finally:
        current_claim.reset(token)
