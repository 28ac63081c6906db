"""The database connections of the workflow engine, which uses SQLAlchemy and works in threads.

Errors that the engine would take for a failure are made to wait here: it retries whatever counts as
a broken connection, so every storage error is made to count as that, and connecting waits for the
database to come back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.engine import Engine, ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from domain.health import StorageHealth
from domain.patience import pauses
from storage.connections import check_connections
from storage.database import CONNECT_TIMEOUT_S, storage_trouble

IDLE_LOOK_S: Final = 30.0
USER: Final = "job engine"


class Pace:
    """Slows the engine's own background threads down while nothing waits for them.

    They ask the database for new queues, due timers and more once a second, whether that is used or
    not. Limner needs them only where a task is to be run again (:meth:`hurry`).
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._condition = threading.Condition()
        self._hurries = 0
        self._closed = False
        self._looked: dict[int, float] = {}

    def hurry(self) -> None:
        """Let them look as often as they like, until :meth:`relax` was called as often."""
        with self._condition:
            self._hurries += 1
            self._condition.notify_all()

    def relax(self) -> None:
        """Take one :meth:`hurry` back."""
        with self._condition:
            self._hurries -= 1

    def close(self) -> None:
        """Delay no caller any more: the threads are about to end."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    @property
    def closed(self) -> bool:
        """Whether the threads are about to end."""
        return self._closed

    def hold_up(self) -> None:
        """Called for each new connection."""
        thread = threading.current_thread()
        if not _works_in_background(thread.name):
            return
        with self._condition:
            due = self._looked.get(thread.native_id or 0, float("-inf")) + IDLE_LOOK_S
            while not self._closed and not self._hurries and self._clock() < due:
                self._condition.wait(due - self._clock())
            self._looked[thread.native_id or 0] = self._clock()


class EngineDatabase:
    """The engine's connections; ``url`` is ``sqlite:///path`` or ``postgresql://…``.

    Until a connection was made for the first time a failure is raised at once; after that it is
    waited out, until :meth:`close`.
    """

    def __init__(self, url: str, *, health: StorageHealth, connections: int = 40) -> None:
        """``connections`` is the most that are open to Postgres at once."""
        self._url = url
        self._most = connections
        self._health = health
        self._pace = Pace()
        self._engine: Engine | None = None
        self.hurry = self._pace.hurry
        self.relax = self._pace.relax
        self.close = self._pace.close

    @property
    def connections(self) -> Engine:
        """The engine, made when it is first wanted."""
        if self._engine is None:
            self._engine = _opened(self._url, self._health, self._pace, self._most)
        return self._engine


def _opened(url: str, health: StorageHealth, pace: Pace, most: int) -> Engine:
    address = make_url(url)

    class Pool(QueuePool):
        def connect(self) -> PoolProxiedConnection:
            pace.hold_up()
            return super().connect()

    if address.get_backend_name() == "sqlite":
        Path(address.database or "").parent.mkdir(parents=True, exist_ok=True)
        # One connection: SQLite has one writer at a time, and its own way of waiting is to sleep.
        engine = create_engine(
            address, poolclass=Pool, pool_size=1, max_overflow=0, pool_timeout=60
        )
        event.listen(engine, "connect", _prepare_sqlite)
    else:
        engine = create_engine(
            address.set(drivername="postgresql+psycopg"),
            poolclass=Pool,
            pool_size=most // 2,
            max_overflow=most - most // 2,
            connect_args={
                "connect_timeout": CONNECT_TIMEOUT_S,
                "application_name": "limner",
                "options": "-c idle_in_transaction_session_timeout=60000",
            },
        )
    check_connections(engine)
    _wait_out_trouble(engine, health, stopped=lambda: pace.closed)
    return engine


def _works_in_background(thread_name: str) -> bool:
    """Whether a thread is one of the engine's own, by the names it gives them; a name that is not
    known is never held up."""
    queues = thread_name.startswith("queue-worker-") or thread_name.endswith("(queue_thread)")
    return queues or thread_name == "dbos-background-jobs"


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = "IMMEDIATE"  # as the engine wants it
    # What the last commits before a power cut held may be lost: those steps then run again, and
    # which tasks there are is kept in Limner's own database, which syncs every commit.
    for pragma in (
        "busy_timeout=30000",
        "foreign_keys=ON",
        "journal_mode=WAL",
        "synchronous=NORMAL",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _wait_out_trouble(
    engine: Engine, health: StorageHealth, *, stopped: Callable[[], bool]
) -> None:
    failing = False

    def connect(dialect: Any, _record: Any, arguments: Any, named: Any) -> Any:
        """Connect, again and again once that worked before."""
        for pause_s in pauses():
            try:
                made = dialect.connect(*arguments, **named)
            except dialect.loaded_dbapi.Error as error:
                wrapped = DBAPIError("", None, error)
                trouble = storage_trouble(wrapped)
                if not connected.is_set() or stopped() or trouble is None:
                    raise
                fail(trouble)
                time.sleep(pause_s)
            else:
                connected.set()
                return made
        raise AssertionError  # pragma: no cover - the pauses do not end

    def fail(trouble: Any) -> None:
        nonlocal failing
        failing = True
        health.report_failure(USER, trouble)

    def note(context: ExceptionContext) -> None:
        error = context.sqlalchemy_exception
        trouble = storage_trouble(error) if isinstance(error, DBAPIError) else None
        if trouble is not None and connected.is_set():
            context.is_disconnect = True  # the engine tries again for as long as it takes
            context.invalidate_pool_on_disconnect = engine.dialect.name != "sqlite"
            fail(trouble)

    def succeed(*_arguments: Any) -> None:
        nonlocal failing
        if failing:
            failing = False
            health.report_success(USER)

    connected = threading.Event()
    event.listen(engine, "do_connect", connect)
    event.listen(engine, "handle_error", note)
    event.listen(engine, "commit", succeed)
