"""Which errors of a database are trouble with the storage, and which are bugs in a statement."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from domain.errors import StorageUnavailable
from storage import schema
from storage.database import open_database, translate_errors
from storage.unit_of_work import SqlStore
from tests.fakes.postgres import PostgresPeer


async def fails(url: str, *statements: str) -> BaseException:
    """What is raised by the last of these statements."""
    engine = open_database(url)
    try:
        with pytest.raises((StorageUnavailable, DBAPIError)) as raised, translate_errors():  # noqa: PT012
            async with engine.begin() as connection:
                for statement in statements:
                    await connection.execute(text(statement))
        return raised.value
    finally:
        await engine.dispose()


async def test_a_wrong_statement_is_a_bug_and_no_trouble(database_url: str) -> None:
    await schema.upgrade(database_url)
    for statement in ("SELECT nothing FROM jobs", "SELEC 1", "SELECT * FROM no_such_table"):
        assert isinstance(await fails(database_url, statement), DBAPIError)


async def test_a_full_disk_is_trouble_that_somebody_must_mend(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'limner.sqlite'}"
    await schema.upgrade(url)
    insert = "INSERT INTO call_counts (day, name, calls) VALUES ('2026-01-01', zeroblob(90000), 1)"
    error = await fails(url, "PRAGMA max_page_count = 1", insert)
    assert isinstance(error, StorageUnavailable)
    assert "full" in str(error)
    assert not error.retryable
    assert not error.permanent


async def test_a_locked_database_passes_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "limner.sqlite"
    await schema.upgrade(f"sqlite:///{path}")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", connect_args={"timeout": 0})
    try:
        with pytest.raises(StorageUnavailable, match="locked") as raised, translate_errors():
            async with engine.begin() as connection:
                await connection.execute(text("UPDATE jobs SET status = 'x'"))
    finally:
        holder.close()
        await engine.dispose()
    assert raised.value.retryable


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_server_that_goes_away_passes_by_itself(database_url: str) -> None:
    kill = "SELECT pg_terminate_backend(pg_backend_pid())"
    error = await fails(database_url, kill)
    assert isinstance(error, StorageUnavailable)
    assert error.retryable
    nobody = await fails("postgresql://u:SECRET@127.0.0.1:1/x", "SELECT 1")
    assert isinstance(nobody, StorageUnavailable)
    assert nobody.retryable
    assert "SECRET" not in str(nobody)


@pytest.mark.parametrize("read_only", [True, False])
async def test_a_connection_that_breaks_unnoticed_is_trouble_with_the_storage_and_no_bug(
    postgres: PostgresPeer, read_only: bool
) -> None:
    """A workspace's connection may break when all has been read, and be missed only at the end."""
    url = postgres.new_database()
    await schema.upgrade(url)
    engine, other = open_database(url), open_database(url)
    every_other = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    ended = None
    try:
        async with SqlStore(engine).workspace("w", read_only=read_only) as unit:
            assert await unit.jobs.recent(limit=1) == []
            async with other.connect() as connection:
                await connection.execute(every_other)
    except StorageUnavailable as error:
        ended = error
    finally:
        kept = engine.sync_engine.pool.status()
        await engine.dispose()
        await other.dispose()
    assert (ended is None) == read_only, "what was read counts, what was not committed does not"
    assert "checked out connections: 0" in kept.lower()


@pytest.mark.parametrize("read_only", [True, False])
async def test_trouble_with_another_file_in_a_unit_of_work_is_not_told_as_the_databases(
    database_url: str, read_only: bool
) -> None:
    await schema.upgrade(database_url)
    engine = open_database(database_url)
    full = OSError(errno.ENOSPC, "No space left on device")
    try:
        with pytest.raises(OSError, match="No space left") as raised:  # noqa: PT012
            async with SqlStore(engine).workspace("w", read_only=read_only) as unit:
                await unit.jobs.recent(limit=1)
                raise full
    finally:
        await engine.dispose()
    assert raised.value is full


async def test_a_file_beside_the_database_that_cannot_be_used_is_trouble_with_the_storage(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'limner.sqlite'}"
    await schema.upgrade(url)
    queue = tmp_path / "limner.sqlite-writers"
    queue.unlink(missing_ok=True)
    queue.mkdir()
    error = await fails(url, "UPDATE jobs SET status = 'x'")
    assert isinstance(error, StorageUnavailable)
    assert "Is a directory" in str(error)
    assert error.retryable


async def test_a_driver_that_cannot_reach_its_server_is_trouble_with_the_storage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some drivers let the system's errors through, others wrap them."""
    engine = open_database("postgresql://u:p@127.0.0.1:1/x")

    def connect(*_arguments: object, **_named: object) -> None:
        raise OSError(errno.EHOSTUNREACH, "No route to host")

    monkeypatch.setattr(engine.sync_engine.dialect, "connect", connect)
    try:
        with pytest.raises(StorageUnavailable, match="No route to host") as raised:
            async with SqlStore(engine).workspace("w", read_only=True):
                pass
    finally:
        await engine.dispose()
    assert raised.value.retryable
