"""Writers of one SQLite file take turns, in a process and between processes; none fails, none is
passed over, and readers never wait."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.errors import StorageUnavailable
from evaluation.peers.values import a_job
from storage import schema, sqlite
from storage.counters import SqlCallMeter
from storage.database import READERS, open_database
from storage.sqlite_writers import WriterQueue
from storage.unit_of_work import SqlStore
from tests.processes import until

COUNT = text("SELECT coalesce(sum(calls), 0) FROM call_counts WHERE name = 'busy'")


@pytest.fixture
async def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'limner.sqlite'}"
    await schema.upgrade(url)
    return url


@pytest.fixture
async def database(url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_database(url)
    yield engine
    await engine.dispose()


@asynccontextmanager
async def busy_writer(url: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Another process that writes all the time."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fakes.busy_writer", url, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"writing\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def counted(connection: AsyncConnection) -> int:
    return int((await connection.execute(COUNT)).scalar_one())


async def test_writers_of_a_process_come_in_the_order_they_asked(database: AsyncEngine) -> None:
    store, order = SqlStore(database), list[int]()

    async def write(number: int) -> None:
        async with store.workspace("w1") as unit:
            await unit.jobs.add(a_job(), event_key=str(number))
            order.append(number)

    await asyncio.gather(*(write(number) for number in range(4 * READERS)))
    assert order == list(range(4 * READERS))


async def test_readers_do_not_wait_for_writers(database: AsyncEngine) -> None:
    store, release = SqlStore(database), asyncio.Event()

    async def hold() -> None:
        async with store.workspace("w1") as unit:
            await unit.jobs.add(a_job(), event_key="held")
            await release.wait()

    holding = [asyncio.create_task(hold()) for _ in range(3 * READERS)]
    await asyncio.sleep(0)
    for _ in range(3 * READERS):
        async with store.workspace("w1", read_only=True) as unit:
            assert await unit.jobs.recent() == []
    release.set()
    await asyncio.gather(*holding)


async def test_a_writer_inside_a_writer_fails_at_once_instead_of_waiting_for_itself(
    database: AsyncEngine,
) -> None:
    store, meter = SqlStore(database), SqlCallMeter(database)
    with pytest.raises(RuntimeError, match="inside another"):
        async with store.workspace("w1"):
            await meter.count("x")
    assert await meter.count("x") == 1


async def test_a_cancelled_writer_gives_its_turn_back(database: AsyncEngine) -> None:
    meter, dice = SqlCallMeter(database), random.Random(7)  # noqa: S311
    for _ in range(60):
        tasks = [asyncio.create_task(meter.count("x")) for _ in range(3)]
        for _ in range(dice.randrange(12)):
            await asyncio.sleep(0)
        dice.choice(tasks).cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    before = await meter.count("x")
    assert await meter.count("x") == before + 1


async def test_work_that_is_cancelled_twice_leaves_no_connection_closing_for_ever(
    database: AsyncEngine,
) -> None:
    store, chance, problems = SqlStore(database), random.Random(1), list[str]()  # noqa: S311
    before = set(threading.enumerate())
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: problems.append(str(context["message"])))

    async def work(read_only: bool) -> None:
        async with store.workspace("w1", read_only=read_only) as unit:
            await unit.jobs.recent(limit=1)

    for number in range(150):
        task = asyncio.create_task(work(number % 2 == 0))
        for _ in range(2):
            await asyncio.sleep(chance.choice([0, 0, 0.001]))
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await database.dispose()

    def are_closed() -> bool:
        """Whether no connection is being closed any more, and no thread of one is left."""
        return set(threading.enumerate()) <= before and asyncio.all_tasks() == {
            asyncio.current_task()
        }

    await until(are_closed)
    assert problems == []


def test_work_whose_event_loop_is_closed_meanwhile_ends_in_silence(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fell = list[threading.ExceptHookArgs]()
    monkeypatch.setattr(threading, "excepthook", fell.append)
    connections, began = list[sqlite.Connection](), threading.Event()

    def slow(connection: sqlite3.Connection) -> None:
        began.set()
        time.sleep(0.2)
        connection.execute("SELECT 1")

    async def leave_it() -> None:
        connect = sqlite.connector(WriterQueue(Path(url.removeprefix("sqlite:///"))))
        connection = connect(url.removeprefix("sqlite:///"))
        await connection
        connections.append(connection)
        task = asyncio.create_task(connection.carry_out("SELECT 1", slow))
        await asyncio.to_thread(began.wait)
        task.cancel()

    asyncio.run(leave_it())
    thread = connections[0]._thread  # pyright: ignore[reportPrivateUsage]
    connections.pop().stop()
    thread.join(10)
    assert not thread.is_alive()
    assert fell == []


def test_a_file_that_is_opened_when_the_event_loop_is_closed_is_closed_in_silence(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fell = list[threading.ExceptHookArgs]()
    monkeypatch.setattr(threading, "excepthook", fell.append)
    path = url.removeprefix("sqlite:///")
    opened, may_go_on = list[sqlite3.Connection](), threading.Event()

    def slow() -> sqlite3.Connection:
        may_go_on.wait(10)
        opened.append(sqlite3.connect(path, check_same_thread=False))
        return opened[0]

    connection = sqlite.Connection(slow, WriterQueue(Path(path)))

    async def open_it() -> None:
        await connection

    async def leave_it() -> None:
        task = asyncio.create_task(open_it())
        await until(lambda: connection._thread.is_alive())  # pyright: ignore[reportPrivateUsage]
        task.cancel()

    asyncio.run(leave_it())
    may_go_on.set()
    thread = connection._thread  # pyright: ignore[reportPrivateUsage]
    thread.join(10)
    assert not thread.is_alive()
    assert fell == []
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("SELECT 1")


async def test_whoever_waits_is_next_although_another_process_writes_all_the_time(
    url: str, database: AsyncEngine
) -> None:
    passed_over: list[int] = []
    async with busy_writer(url):
        for _ in range(30):
            async with database.connect() as connection:
                before = await counted(connection)
            async with database.begin() as connection:
                passed_over.append(await counted(connection) - before)
                await connection.execute(
                    text(
                        "INSERT INTO call_counts (day, name, calls) VALUES ('d', 'mine', 1) "
                        "ON CONFLICT (day, name) DO UPDATE SET calls = calls + 1"
                    )
                )
    assert sum(passed_over) > 0, "the other process did not write meanwhile"
    # A few get in between the look and the moment when the turn is asked for.
    assert sorted(passed_over)[len(passed_over) // 2] <= 4, passed_over
    async with database.connect() as connection:
        mine = await connection.execute(text("SELECT calls FROM call_counts WHERE name = 'mine'"))
        assert mine.scalar_one() == 30


async def test_a_writer_that_is_killed_holds_up_nobody(url: str, database: AsyncEngine) -> None:
    meter = SqlCallMeter(database)
    for _ in range(3):
        async with busy_writer(url) as process:
            await meter.count("mine")
            process.kill()
            await process.wait()
            await meter.count("mine")
    assert await meter.count("mine") == 7


async def test_a_file_that_stays_locked_is_said_in_words(
    database: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE_S", 0.05)
    meter = SqlCallMeter(database)
    await meter.count("x")
    async with database.begin():
        with pytest.raises(StorageUnavailable, match="locked") as raised:
            await asyncio.create_task(meter.count("x"))
        assert raised.value.retryable
    other = open_database(str(database.url))
    async with other.begin() as connection:
        await connection.execute(text("DELETE FROM call_counts"))
        with pytest.raises(StorageUnavailable, match="locked"):
            await meter.count("x")
    await other.dispose()
    with suppress(StorageUnavailable):
        await meter.count("x")
    assert await meter.count("x")
