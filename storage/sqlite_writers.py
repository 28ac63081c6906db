"""The queue of those who write to one SQLite file, in this and in other processes."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

T = TypeVar("T")

READING: Final = "BEGIN"
READING_IN_PLACE: Final = "BEGIN TRANSACTION"
WRITING: Final = "BEGIN IMMEDIATE"
WRITING_IN_PLACE: Final = "BEGIN IMMEDIATE TRANSACTION"
"""How transactions begin. One that may write takes the write lock at once: if it read first and
asked for the lock later, it would fail when another one wrote in between. The in-place variants
mean the same to SQLite; their statements are carried out in the event loop's own thread, so they
must be small."""
PATIENCE_S: Final = 30.0
"""How long a writer waits for its turn before the database counts as locked."""
LOOK_S: Final = 0.001
WAIT_WITH_SQLITE: Final = "PRAGMA busy_timeout=15000"
"""For a reader while another process repairs the file after a crash; nothing else is busy."""


class Turn:
    """One writer's turn within its process."""

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock = lock
        self._over = False

    def end(self) -> None:
        """Let the next writer begin; a second call changes nothing."""
        if not self._over:
            self._over = True
            self._lock.release()


class WriterQueue:
    """Lets the processes that write to one file take turns.

    A lock on a file beside the database is held while waiting for SQLite's write lock, and only
    then. So a waiting process is next: the one that has just written cannot write again before it.
    Both locks are the system's, so a process that dies blocks no other.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f"{path.name}-writers")
        self._turn: Turn | None = None

    def give_turn(self, turn: Turn) -> None:
        """Let the next transaction that begins in this process be that turn's."""
        self._turn = turn

    def take_turn(self) -> Turn | None:
        """The turn of a transaction that begins now; None where it did not wait for one."""
        turn, self._turn = self._turn, None
        return turn

    def begin_at_once(self, connection: sqlite3.Connection) -> bool:
        """Begin a transaction with the write lock, unless another process writes or waits to."""
        descriptor = self._opened()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return _without_waiting(connection, lambda: _has_begun(connection, last_try=False))
        finally:
            os.close(descriptor)  # this gives the lock back too

    def begin(self, connection: sqlite3.Connection) -> None:
        """Begin a transaction with the write lock; blocks the calling thread.

        Raises:
            sqlite3.OperationalError: It is not this connection's turn after ``PATIENCE_S``.
        """
        deadline = time.monotonic() + PATIENCE_S

        def begin() -> None:
            # Only one process at a time polls SQLite's lock: the others queue at the lock file.
            while not _has_begun(connection, last_try=time.monotonic() > deadline):
                time.sleep(LOOK_S)

        with self._next_in_turn(deadline):
            _without_waiting(connection, begin)

    @contextmanager
    def _next_in_turn(self, deadline: float) -> Generator[None]:
        descriptor = self._opened()
        try:
            # Polled, because a blocking flock cannot be given up at the deadline.
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise locked_error() from None
                    time.sleep(LOOK_S)
            yield
        finally:
            os.close(descriptor)

    def _opened(self) -> int:
        return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _without_waiting(connection: sqlite3.Connection, work: Callable[[], T]) -> T:
    """Do something that SQLite itself must not wait in."""
    connection.execute("PRAGMA busy_timeout=0")
    try:
        return work()
    finally:
        connection.execute(WAIT_WITH_SQLITE)


def locked_error() -> sqlite3.OperationalError:
    """What SQLite itself raises where another one keeps the write lock too long."""
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error


def _has_begun(connection: sqlite3.Connection, *, last_try: bool) -> bool:
    """Whether the write lock could be had at once; not having it raises on the last try."""
    try:
        connection.execute(WRITING)
    except sqlite3.OperationalError as error:
        if last_try or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True
