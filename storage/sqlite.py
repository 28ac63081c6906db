"""SQLite under many writers, who take turns and are quick about it.

SQLite has one writer at a time. Its own way of waiting is to sleep longer and longer and then to
give up, so that under load the unlucky fail with "database is locked". Here writers queue: those of
one process in the order they came (:class:`SqliteEngine`), and processes one after another
(:class:`~storage.sqlite_writers.WriterQueue`). A transaction with the write lock does not yield to
the event loop before it commits: a statement takes some 50 µs, a turn of a busy loop several
milliseconds.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Final, TypeVar

import aiosqlite
from aiosqlite.core import (
    _STOP_RUNNING_SENTINEL,  # pyright: ignore[reportPrivateUsage,reportUnknownVariableType]
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.sqlite_writers import (
    LOOK_S,
    PATIENCE_S,
    READING,
    READING_IN_PLACE,
    WAIT_WITH_SQLITE,
    WRITING,
    WRITING_IN_PLACE,
    Turn,
    WriterQueue,
    locked_error,
)

T = TypeVar("T")

_KEPT_STATEMENTS: Final = 300
"""Prepared statements that a connection keeps; SQLite's own number is less than Limner uses."""
_WAL_BYTES: Final = 64_000_000
"""The size to which a write-ahead log is cut that grew while other transactions read."""


class Connection(aiosqlite.Connection):
    """A connection with a thread of its own, which each statement visits at most once.

    In-place work does not visit it at all, except to wait: a transaction that reads in place never
    does, and one that writes in place does to commit, which waits for the disk, and to begin where
    another one writes just now.
    """

    def __init__(self, connector: Callable[[], sqlite3.Connection], queue: WriterQueue) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._thread.daemon = True
        self._queue = queue
        self._last_visit: asyncio.Future[Any] | None = None
        self._end_of_thread: asyncio.Future[None] | None = None
        self._begin: str | None = None
        """The statement that begins the transaction, where it has not begun."""
        self._in_place = self._writes = False
        self._turn: Turn | None = None

    def __del__(self) -> None:
        # A task that is cancelled a second time while SQLAlchemy closes what the first time broke
        # off leaves its connection to the garbage collector.
        self.stop()

    def stop(self, ended: asyncio.Future[None] | None = None) -> asyncio.Future[None] | None:
        """Have the thread close the connection and end, once: it takes no work afterwards, so that
        a second request would wait for ever. Gives the future of the first."""
        if not self._running:
            return self._end_of_thread
        self._running, self._end_of_thread = False, ended

        def close_and_stop() -> object:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            if ended is not None:
                _answer(ended, ended.set_result, None)
            return _STOP_RUNNING_SENTINEL

        self._tx.put_nowait((None, close_and_stop))  # pyright: ignore[reportUnknownMemberType]
        return ended

    async def close(self) -> None:
        """Close the connection once all that was asked of it before is done."""
        ended = self.stop(asyncio.get_running_loop().create_future())
        if ended is not None:
            await asyncio.shield(ended)  # others may wait for it too

    async def _connect(self) -> Connection:
        def opened() -> None:
            self._connection = self._connector()

        try:
            await self._ask(opened)
        except BaseException:
            self.stop()
            raise
        return self

    async def _execute(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        return await self._visit(partial(fn, *args, **kwargs))

    def cursor(self) -> Cursor:  # type: ignore[override]
        """A cursor; nothing is asked of the database yet."""
        return Cursor(self)

    async def carry_out(self, statement: str, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Do a piece of work where the transaction does it. One that reads begins with its first
        statement only."""
        if statement in (READING, READING_IN_PLACE):
            self._begin = READING
            self._in_place = statement == READING_IN_PLACE
            return None
        if statement in (WRITING, WRITING_IN_PLACE):
            self._turn, self._writes = self._queue.take_turn(), True
            self._in_place = statement == WRITING_IN_PLACE
            if not (self._in_place and self._is_quiet and self._queue.begin_at_once(self._conn)):
                await self._visit(partial(self._queue.begin, self._conn))
            return None
        begin, self._begin = self._begin, None
        if self._in_place and self._is_quiet:
            return _carried_out(begin, work, self._conn)
        return await self._visit(partial(_carried_out, begin, work, self._conn))

    async def commit(self) -> None:
        """Make what was written durable."""
        await self._end(self._conn.commit)

    async def rollback(self) -> None:
        """Forget what was not committed."""
        await self._end(self._conn.rollback)

    @property
    def _is_quiet(self) -> bool:
        """Whether the thread has nothing to do, so that the connection may be used here. After a
        visit whose caller was cancelled this is unknown until the next one."""
        last = self._last_visit
        return self._connection is not None and (
            last is None or (last.done() and not last.cancelled())
        )

    def _visit(self, work: Callable[[], T]) -> Awaitable[T]:
        """Have the thread do it. It is queued at once, before the caller awaits it, so that the
        order of statements is the order of calls."""
        if self._connection is None:
            raise ValueError("Connection closed")  # the words that SQLAlchemy looks for
        return self._ask(work)

    def _ask(self, work: Callable[[], T]) -> Awaitable[T]:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._last_visit = future

        def visit() -> None:
            # aiosqlite's own way of answering ends its thread with a traceback where the event loop
            # was closed in the meantime, as at the end of a process whose task was cancelled.
            try:
                done = work()
            except BaseException as error:
                _answer(future, future.set_exception, error)
            else:
                _answer(future, future.set_result, done)

        self._tx.put_nowait((None, visit))  # pyright: ignore[reportUnknownMemberType]
        return future

    async def _end(self, end: Callable[[], None]) -> None:
        turn, self._turn = self._turn, None
        writes, self._writes = self._writes, False
        self._begin, self._in_place = None, False
        if self._is_quiet and not (writes and self._conn.in_transaction):
            end()  # it has only read, which ends without waiting for the disk
            return
        ended = self._visit(end)
        if turn is not None:
            turn.end()  # the next one comes to SQLite's lock while this one waits for the disk
        await ended


def _answer(future: asyncio.Future[Any], answer: Callable[[Any], None], value: object) -> None:
    """End a future from another thread, if it can still be awaited."""

    def end() -> None:
        if not future.done():
            answer(value)

    with suppress(RuntimeError):  # its event loop is closed
        future.get_loop().call_soon_threadsafe(end)


class Cursor:
    """One statement, carried out and read whole in a single visit to the thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Cursor:
        return self

    async def execute(self, statement: str, values: Any = ()) -> Cursor:
        """Carry a statement out and read its rows."""

        def work(connection: sqlite3.Connection) -> sqlite3.Cursor:
            cursor = connection.execute(statement, values)
            self._rows = cursor.fetchall() if cursor.description else ()
            return cursor

        return self._keep(await self._connection.carry_out(statement, work))

    async def executemany(self, statement: str, many_values: Any) -> Cursor:
        """Carry a statement out once for each set of values."""

        def work(connection: sqlite3.Connection) -> sqlite3.Cursor:
            return connection.executemany(statement, many_values)

        return self._keep(await self._connection.carry_out(statement, work))

    async def fetchall(self) -> Sequence[Any]:
        """The rows that were read, once."""
        rows, self._rows = self._rows, ()
        return rows

    async def close(self) -> None:
        """Nothing is held."""

    def _keep(self, done: sqlite3.Cursor | None) -> Cursor:
        if done is not None:
            self.description, self.rowcount = done.description, done.rowcount
            self.lastrowid = done.lastrowid
        return self


def _carried_out(
    begin: str | None, work: Callable[[sqlite3.Connection], T], connection: sqlite3.Connection
) -> T:
    if begin is not None:
        connection.execute(begin)
    return work(connection)


def connector(queue: WriterQueue) -> Callable[..., Connection]:
    """The factory of connections; its arguments are those of ``sqlite3.connect``, with
    ``check_same_thread`` off: a connection is used by one thread after another."""

    def connect(path: str, **options: Any) -> Connection:
        return Connection(partial(_open, path, **options), queue)

    return connect


def _open(path: str, **options: Any) -> sqlite3.Connection:
    connection: sqlite3.Connection = sqlite3.connect(
        path,
        isolation_level=None,
        cached_statements=_KEPT_STATEMENTS,
        **options,
    )
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    # Every commit is on the disk before it is reported as accepted; the workflow engine's own file
    # may lag behind it after a power cut, never the other way round.
    connection.execute(WAIT_WITH_SQLITE)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA journal_size_limit={_WAL_BYTES}")
    _use_wal(connection)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging; SQLite itself does not wait here when several processes open
    a new file at once."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(20 * LOOK_S)


class SqliteEngine(AsyncEngine):
    """An engine whose writers take turns before they take a connection, so that readers always
    find one."""

    __slots__ = ("_lock", "_queue", "_writer")

    def __init__(self, engine: AsyncEngine, queue: WriterQueue) -> None:
        super().__init__(engine.sync_engine)
        self._queue = queue
        self._writer: asyncio.Task[Any] | None = None
        self._lock = asyncio.Lock()  # wakes waiting writers in the order they came

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[AsyncConnection]:
        """A connection in a transaction that writes; it commits when the block ends."""
        async with self.turn_to_write(), super().begin() as connection:
            yield connection

    @asynccontextmanager
    async def turn_to_write(self) -> AsyncGenerator[None]:
        """Wait until every writer of this process that came before is done.

        Raises:
            sqlite3.OperationalError: They are not done after ``PATIENCE_S``.
            RuntimeError: The same task writes already, and would wait for itself.
        """
        task = asyncio.current_task()
        if self._lock.locked() and task is not None and self._writer is task:
            raise RuntimeError("a transaction that writes is begun inside another one")
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._lock.acquire()
        except TimeoutError:
            raise locked_error() from None
        self._writer = task
        turn = Turn(self._lock)
        self._queue.give_turn(turn)
        try:
            yield
        finally:
            if self._writer is task:
                self._writer = None
            turn.end()


@asynccontextmanager
async def turn_to_write(engine: AsyncEngine) -> AsyncGenerator[None]:
    """The turn of a writer that opens its connection itself; on Postgres there is no queue."""
    if isinstance(engine, SqliteEngine):
        async with engine.turn_to_write():
            yield
    else:
        yield
