"""What every pool of connections looks at before it hands one out."""

from __future__ import annotations

import select
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DisconnectionError

from domain.errors import StorageUnavailable


def check_connections(engine: Engine) -> None:
    """Have an engine notice a server that closed a connection, without asking it each time, and a
    database file that was deleted or replaced under it."""
    if engine.dialect.name == "sqlite":
        if engine.url.database:
            _check_file(engine, Path(engine.url.database))
    else:
        event.listen(engine, "checkout", _check_socket)


def _check_socket(_connection: Any, record: Any, _proxy: Any) -> None:
    """A server speaks unasked only to say that it goes away; the pool then connects anew."""
    pgconn = record.driver_connection.pgconn
    waiting = select.poll()
    waiting.register(pgconn.socket, select.POLLIN | select.POLLHUP | select.POLLERR)
    if waiting.poll(0):
        raise DisconnectionError


def _check_file(engine: Engine, path: Path) -> None:
    """Refuse connections to another file than the one that was opened first: SQLite would write
    into a file that nobody can see any more, or make an empty one."""
    opened: list[tuple[int, int]] = []

    def identity() -> tuple[int, int] | None:
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def check(*_arguments: Any) -> None:
        if opened and identity() != opened[0]:
            raise StorageUnavailable(
                f"The database file {str(path)!r} was deleted or replaced while Limner is "
                "running. Put it back, or restart Limner to use the new file."
            )

    def remember(_connection: Any, _record: Any) -> None:
        found = identity()
        if not opened and found is not None:
            opened.append(found)

    event.listen(engine, "do_connect", check)
    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", check)
