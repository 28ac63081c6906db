"""Opening the database: one address form for both kinds, and what each kind needs to be safe."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, make_url, select
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from domain.errors import InvalidSettings, StorageUnavailable
from domain.translation.messages import gettext
from storage.columns import keep_redacted
from storage.connections import check_connections, translate_driver_errors, unavailable
from storage.measures import measure_statements
from storage.sqlite import SqliteEngine, connector, turn_to_write
from storage.sqlite_writers import (
    PATIENCE_S,
    READING,
    READING_IN_PLACE,
    WRITING,
    WRITING_IN_PLACE,
    WriterQueue,
)

READERS = 8
"""Connections to an SQLite file: one writes, the others read; callers wait while none is free."""
CONNECT_TIMEOUT_S = 5
"""A server that does not answer is out of reach after so many seconds."""
SQLITE_TROUBLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
"""Primary result codes about the file and not about a statement (sqlite.org/rescode.html)."""
POSTGRES_PASSES = frozenset({"08", "40", "57", "25006", "25P03", "53200", "53300", "55P03"})
"""Classes and codes that pass by themselves: the connection, a restart, a standby taking over."""
POSTGRES_MENDED = frozenset({"28", "3D", "53", "58", "XX"}) - POSTGRES_PASSES
"""Errors that the operator must repair: the rights, a full disk, a file that cannot be read
(postgresql.org/docs/current/errcodes-appendix.html)."""
READ_ONLY = "limner_read_only"
"""Execution option: the transaction only reads, so it need not wait for a writer on SQLite."""
IN_PLACE = "limner_in_place"
"""Execution option: the transaction's statements are small, so on SQLite none of them needs to
leave the event loop's thread."""


def open_database(
    url: str, *, redact: Callable[[str], str] | None = None, connections: int = 20
) -> AsyncEngine:
    """A pool of connections; nothing is opened until it is used.

    Every text that is kept goes through ``redact`` first, alone or inside JSON. ``connections`` is
    the most that are open to Postgres at once.

    ``url`` is ``sqlite:///path`` or ``postgresql://user:password@host/name`` (a driver named in it
    is replaced by ours).

    Raises:
        InvalidSettings: The address cannot be read.
    """
    address = _address(url)
    if address.get_backend_name() == "postgresql":
        engine = create_async_engine(
            address,
            pool_size=connections // 2,
            max_overflow=connections - connections // 2,
            connect_args={"connect_timeout": CONNECT_TIMEOUT_S},
        )
        check_connections(engine.sync_engine)
        translate_driver_errors(engine.sync_engine)
        measure_statements(engine.sync_engine)
        keep_redacted(engine.dialect, redact)
        return engine
    queue = WriterQueue(Path(address.database or "limner.sqlite"))
    engine = create_async_engine(
        address,
        pool_size=READERS,
        max_overflow=0,
        pool_timeout=PATIENCE_S,
        connect_args={"async_creator_fn": connector(queue)},
    )
    keep_redacted(engine.dialect, redact)
    check_connections(engine.sync_engine)  # before the probe, which would make an empty file
    event.listen(engine.sync_engine, "do_connect", _probe_sqlite)
    translate_driver_errors(engine.sync_engine)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    measure_statements(engine.sync_engine)
    return SqliteEngine(engine, queue)


def _address(url: str) -> URL:
    if url.startswith("postgres://"):
        url = "postgresql://" + url.removeprefix("postgres://")
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise InvalidSettings(
            gettext(
                "The setting LIMNER_DATABASE_URL is wrong: write sqlite:///path or "
                "postgresql://user:password@host/name."
            )
        ) from error
    postgres = address.get_backend_name() == "postgresql"
    return address.set(drivername="postgresql+psycopg" if postgres else "sqlite+aiosqlite")


def _probe_sqlite(_dialect: Any, _record: Any, arguments: Sequence[Any], _named: Any) -> None:
    """Fail here when the file cannot be opened: aiosqlite would leave a thread behind that calls an
    event loop which may be closed by then."""
    sqlite3.connect(str(arguments[0])).close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    kinds = (READING, READING_IN_PLACE) if options.get(READ_ONLY) else (WRITING, WRITING_IN_PLACE)
    connection.exec_driver_sql(kinds[bool(options.get(IN_PLACE))])


@asynccontextmanager
async def begin_in_place(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    """A connection in a transaction that writes little, which commits when the block ends: on
    SQLite only that leaves the event loop's thread."""
    async with turn_to_write(engine), engine.connect() as connection:
        await connection.execution_options(**{IN_PLACE: True})
        async with connection.begin():
            yield connection


async def database_now(connection: AsyncConnection) -> datetime:
    """The time by the database's clock, since those of processes may differ by hours; for a file,
    this machine's."""
    if connection.dialect.name != "postgresql":
        return datetime.now(UTC)
    now: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    return now


@contextmanager
def translate_errors() -> Generator[None]:
    """Turn the database's own failures into one sentence for the operator.

    What is wrong with a statement rather than with the storage is a bug and stays as it is.
    """
    try:
        yield
    except PoolTimeout as error:
        raise unavailable("no connection is free", retryable=True) from error
    except DBAPIError as error:
        trouble = storage_trouble(error)
        if trouble is None:
            raise
        raise trouble from error
    except sqlite3.Error as error:
        raise unavailable(_first_line(error), retryable=_is_busy(error)) from error


def storage_trouble(error: DBAPIError) -> StorageUnavailable | None:
    """The storage error behind an error of the database; None where a statement is at fault."""
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        if not _is_trouble_of_sqlite(cause):
            return None
        return unavailable(_first_line(cause), retryable=_is_busy(cause))
    if error.connection_invalidated:
        return unavailable(_first_line(cause), retryable=True)
    state = getattr(cause, "sqlstate", None)
    if state is None:  # the driver's own: no connection could be made, or it broke
        broke = type(cause).__name__ in ("OperationalError", "InterfaceError", "ConnectionTimeout")
        return unavailable(_first_line(cause), retryable=True) if broke else None
    if state in POSTGRES_MENDED or state[:2] in POSTGRES_MENDED:
        return unavailable(_first_line(cause), retryable=False)
    if state in POSTGRES_PASSES or state[:2] in POSTGRES_PASSES:
        return unavailable(_first_line(cause), retryable=True)
    return None


def _is_trouble_of_sqlite(cause: sqlite3.Error) -> bool:
    code = getattr(cause, "sqlite_errorcode", None)
    if code is None:  # raised by the driver itself: "Cannot operate on a closed database."
        return isinstance(cause, sqlite3.OperationalError | sqlite3.ProgrammingError)
    return (code & 0xFF) in SQLITE_TROUBLE


def _is_busy(cause: sqlite3.Error) -> bool:
    code = getattr(cause, "sqlite_errorcode", None) or 0
    return (code & 0xFF) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _first_line(cause: BaseException | None) -> str:
    return str(cause).strip().partition("\n")[0]


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite database; None for a server. Raises ``InvalidSettings``."""
    address = _address(url)
    if address.get_backend_name() != "sqlite" or not address.database:
        return None
    return Path(address.database)


def make_room(url: str) -> None:
    """Make the folder of an SQLite file. Raises ``StorageUnavailable``."""
    path = sqlite_file(url)
    if path is None:
        return
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageUnavailable(
            gettext(
                "The data folder {folder!r} can't be created ({strerror}). Fix the "
                "permissions, free up space, or set LIMNER_DATA_DIR to another folder.",
                folder=str(folder),
                strerror=error.strerror,
            )
        ) from error
