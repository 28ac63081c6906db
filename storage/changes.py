"""Notifications of changes in the database, so that processes need not poll all the time.

Writers call :meth:`ChangeFeed.touch`; followers wait on a :class:`ChangeListener`. Other processes
are notified too: on Postgres by NOTIFY, on one SQLite file by its ``data_version``, which changes
with every commit of another connection and costs no transaction to read. A notification may be lost
(a connection that broke), so followers also look by themselves now and then.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.patience import pauses
from storage.database import CONNECT_TIMEOUT_S

log = structlog.get_logger(__name__)

CHANNEL: Final = "limner_changes"
NOTIFY_S: Final = 0.2
"""The least time in seconds between two words to other processes."""
DATA_VERSION_S: Final = 0.1
OWN_CHANGES_S: Final = 0.5
"""While this process itself writes, the file's version does not show whether others do too, so all
listeners are woken at this interval."""
UNCONNECTED_S: Final = 1.0
"""The longest wait while no change of other processes is notified."""


class ChangeListener:
    """One follower's view of the feed."""

    def __init__(self, feed: ChangeFeed) -> None:
        self._feed = feed
        self._changed = asyncio.Event()
        self.wake = self._changed.set

    async def wait(self, timeout_s: float) -> bool:
        """Return at the first change since the last call, or after that time; True for a change."""
        with suppress(TimeoutError):
            limit_s = timeout_s if self._feed.is_connected else min(timeout_s, UNCONNECTED_S)
            async with asyncio.timeout(limit_s):
                await self._changed.wait()
        changed = self._changed.is_set()
        self._changed.clear()
        return changed


class ChangeFeed:
    """Passes the word on within this process; :func:`opened_changes` connects it to the others."""

    def __init__(self) -> None:
        self.is_connected = True
        """Whether changes by other processes are notified."""
        self._listeners: list[ChangeListener] = []
        self._task_listeners: list[ChangeListener] = []
        self._touched = asyncio.Event()

    def listener(self, *, of_tasks: bool = False) -> ChangeListener:
        """A new follower; it lives as long as the feed. One ``of_tasks`` is not woken by what is
        known to change no task."""
        listener = ChangeListener(self)
        (self._task_listeners if of_tasks else self._listeners).append(listener)
        return listener

    def touch(self, *, tasks: bool = False) -> None:
        """Something was committed here; ``tasks`` says whether tasks were changed."""
        for listener in (*self._listeners, *(self._task_listeners if tasks else ())):
            listener.wake()
        self._touched.set()

    def wake(self) -> None:
        """Wake every follower of this process."""
        for listener in (*self._listeners, *self._task_listeners):
            listener.wake()

    async def changed(self) -> None:
        """Wait until something was committed here since the last call."""
        await self._touched.wait()
        self._touched.clear()


@asynccontextmanager
async def opened_changes(feed: ChangeFeed, engine: AsyncEngine) -> AsyncGenerator[None]:
    """Connect a feed to the other processes of that database for as long as the block runs."""
    if engine.dialect.name == "sqlite":
        with _watched_file(feed, engine):
            yield
        return
    tasks = [
        asyncio.create_task(_listen(feed, engine), name="listen for changes"),
        asyncio.create_task(_notify(feed, engine), name="notify changes"),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _listen(feed: ChangeFeed, engine: AsyncEngine) -> None:
    """Receive the changes that other processes notify, over a connection of its own."""
    import psycopg  # a start with SQLite does without it

    address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    waits = pauses()
    while True:
        try:
            connection = await psycopg.AsyncConnection.connect(
                address, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S
            )
            async with connection:
                await connection.execute(f"LISTEN {CHANNEL}".encode())
                feed.is_connected, waits = True, pauses()
                feed.wake()  # changes while there was no listener
                async for _ in connection.notifies():
                    feed.wake()
        except (psycopg.Error, OSError) as error:
            log.info("changes_unheard", error=str(error))
        feed.is_connected = False
        await asyncio.sleep(next(waits))


async def _notify(feed: ChangeFeed, engine: AsyncEngine) -> None:
    """Notify the other processes of changes, of many at once."""
    while True:
        await feed.changed()
        with suppress(SQLAlchemyError, OSError):  # the others look by themselves now and then
            async with engine.begin() as connection:
                await connection.execute(text(f"SELECT pg_notify('{CHANNEL}', '')"))
        await asyncio.sleep(NOTIFY_S)


@contextmanager
def _watched_file(feed: ChangeFeed, engine: AsyncEngine) -> Generator[None]:
    """Have a thread look at an SQLite file's version."""
    stop, own = threading.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def notify() -> None:
        if not stop.is_set():
            loop.call_soon_threadsafe(feed.wake)

    def note_own(_connection: object) -> None:
        own.set()

    event.listen(engine.sync_engine, "commit", note_own)
    path = engine.url.database or ""
    thread = threading.Thread(
        target=_watch_file, args=(path, stop, own, notify), name="sqlite changes", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        event.remove(engine.sync_engine, "commit", note_own)
        stop.set()
        thread.join(timeout=2)


def _watch_file(
    path: str, stop: threading.Event, own: threading.Event, notify: Callable[[], None]
) -> None:
    """Call ``notify`` after commits of any connection to the file: at once where they cannot be
    this process's, which sets ``own`` before each."""
    address = f"{Path(path).absolute().as_uri()}?mode=ro"
    while not stop.is_set():
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(address, uri=True, timeout=1)) as connection,
        ):
            last: int | None = None
            pending, notified_at = False, time.monotonic()
            while not stop.wait(DATA_VERSION_S):
                (version,) = connection.execute("PRAGMA data_version").fetchone()
                others = False
                if version != last:
                    pending, others, last = True, not own.is_set(), version
                    own.clear()
                if others or (pending and time.monotonic() - notified_at >= OWN_CHANGES_S):
                    notify()
                    pending, notified_at = False, time.monotonic()
        stop.wait(1.0)
