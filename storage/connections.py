"""Checks of pooled connections before use, and the edge of the driver: any foreign error that it
raises becomes a storage error."""

from __future__ import annotations

import select
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.engine import Engine, ExceptionContext
from sqlalchemy.exc import DisconnectionError

from domain.errors import StorageUnavailable
from domain.translation.messages import gettext

LOOK_S: Final = 0.05
"""Seconds for which a database file counts as the one that was opened, once that was seen."""


def unavailable(why: str, *, retryable: bool) -> StorageUnavailable:
    """The one sentence about a database that cannot be used."""
    return StorageUnavailable(
        (
            gettext(
                "The database can't be used ({why}). Check LIMNER_DATABASE_URL, the free "
                "space and the permissions of the data folder.",
                why=why,
            )
        ),
        retryable=retryable,
    )


def file_trouble(error: OSError) -> StorageUnavailable:
    """A file of the database, or the way to its server, that the system refuses."""
    return unavailable(str(error.strerror or error), retryable=True)


def translate_driver_errors(engine: Engine) -> None:
    """Turn errors of the operating system that come out of the driver into the error that the
    database cannot be used. They are translated here, where only the driver can have raised them:
    in a unit of work other code has files and connections of its own. To be called after all other
    listeners to ``do_connect``, which connects."""

    def connect(dialect: Any, _record: Any, arguments: Sequence[Any], named: Any) -> Any:
        try:
            return dialect.connect(*arguments, **named)
        except OSError as error:
            raise file_trouble(error) from error

    def translate(context: ExceptionContext) -> StorageUnavailable | None:
        error = context.original_exception
        return file_trouble(error) if isinstance(error, OSError) else None

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "handle_error", translate)


def check_connections(engine: Engine) -> None:
    """Have an engine notice a server that closed a connection, without asking it each time, and a
    database file that was deleted or replaced under it."""
    if engine.dialect.name == "sqlite":
        if engine.url.database:
            _check_file(engine, Path(engine.url.database))
    else:
        event.listen(engine, "checkout", _check_socket)


def _check_socket(_connection: Any, record: Any, _proxy: Any) -> None:
    """A server sends something unasked only when it shuts down; the pool then connects anew."""
    pgconn = record.driver_connection.pgconn
    waiting = select.poll()
    waiting.register(pgconn.socket, select.POLLIN | select.POLLHUP | select.POLLERR)
    if waiting.poll(0):
        raise DisconnectionError


def _check_file(engine: Engine, path: Path) -> None:
    """Refuse connections to another file than the one that was opened first: SQLite would write
    into a file that is deleted already, or make an empty one."""
    opened: list[tuple[int, int]] = []
    looked_at = float("-inf")

    def identity() -> tuple[int, int] | None:
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise file_trouble(error) from error
        return found.st_dev, found.st_ino

    def check_often(*_arguments: Any) -> None:
        """Look when it was not done just now: thousands of connections are taken in a second, and
        each look asks the file system."""
        nonlocal looked_at
        now = time.monotonic()
        if now - looked_at >= LOOK_S:
            check()
            looked_at = now

    def check(*_arguments: Any) -> None:
        if opened and identity() != opened[0]:
            raise StorageUnavailable(
                gettext(
                    "The database file {path!r} was deleted or replaced while Limner "
                    "is running. Put it back, or restart Limner to use the new file.",
                    path=str(path),
                )
            )

    def remember(_connection: Any, _record: Any) -> None:
        found = identity()
        if not opened and found is not None:
            opened.append(found)

    event.listen(engine, "do_connect", check)
    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", check_often)
