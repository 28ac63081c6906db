"""New databases as copies of one that was migrated once: two dozen migrations for each test would
take more time than the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from storage import schema
from storage.database import make_room, sqlite_file

Upgrade = Callable[[str], Awaitable[None]]
TEMPLATE = "limner_migrated"


def copying(folder: Path, upgrade: Upgrade = schema.upgrade) -> Upgrade:
    """:func:`storage.schema.upgrade`, but that what does not exist yet or is empty becomes a copy.
    ``folder`` keeps the migrated file."""
    servers: dict[str, str] = {}

    async def upgraded(url: str) -> None:
        path = sqlite_file(url)
        if path is not None and not path.exists():
            await _copy_file(url, path)
        elif path is None and _is_empty(url):
            await _copy_database(url)
        await upgrade(url)

    async def _copy_file(url: str, path: Path) -> None:
        template = folder / "migrated.sqlite"
        if not template.exists():
            await upgrade(f"sqlite:///{template}")
        make_room(url)
        copy = path.with_name(f"{path.name}.{os.getpid()}")
        shutil.copyfile(template, copy)
        try:
            os.link(copy, path)
        except FileExistsError:  # another process was faster
            pass
        finally:
            copy.unlink()

    async def _copy_database(url: str) -> None:
        server = _named(url, "postgres")
        with psycopg.connect(server, autocommit=True) as connection:
            if server not in servers:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
                await upgrade(_named(url, TEMPLATE))
                servers[server] = TEMPLATE
            name = sql.Identifier(urlsplit(url).path.removeprefix("/"))
            connection.execute(sql.SQL("DROP DATABASE {}").format(name))
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, sql.Identifier(TEMPLATE))
            )

    return upgraded


def _named(url: str, database: str) -> str:
    """The address of another database of the same server."""
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def _is_empty(url: str) -> bool:
    """Whether a database is new, without rows or other connections."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM pg_tables WHERE schemaname = 'public'),"
            " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database())"
        ).fetchone()
    return row == (0, 1)
