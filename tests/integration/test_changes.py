"""Word of changes on one SQLite file, which several processes may write to."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.changes import ChangeFeed, ChangeListener, opened_changes
from storage.database import begin_in_place, open_database

PATIENCE_S = 60.0


@asynccontextmanager
async def following(path: Path, *, own: int) -> AsyncGenerator[ChangeListener]:
    """A follower of tasks in a process that has made so many changes itself."""
    engine = open_database(f"sqlite:///{path}")
    feed = ChangeFeed()
    try:
        async with begin_in_place(engine) as connection:
            await connection.execute(text("CREATE TABLE t (n INTEGER)"))
        async with opened_changes(feed, engine):
            listener = feed.listener(of_tasks=True)
            await listener.wait(PATIENCE_S)  # the first look
            for number in range(own):
                async with begin_in_place(engine) as connection:
                    await connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": number})
            yield listener
    finally:
        await engine.dispose()


async def insert_twice(engine: AsyncEngine) -> None:
    async with begin_in_place(engine) as connection:
        for _ in range(2):
            await connection.execute(text("INSERT INTO t VALUES (1)"))


async def test_what_another_process_writes_is_heard_of(tmp_path: Path) -> None:
    async with following(tmp_path / "l.sqlite", own=0) as listener:
        with closing(sqlite3.connect(tmp_path / "l.sqlite")) as other, other:
            other.execute("INSERT INTO t VALUES (1)")
        assert await listener.wait(PATIENCE_S)


async def test_it_is_heard_of_while_this_process_writes_too(tmp_path: Path) -> None:
    async with following(tmp_path / "l.sqlite", own=3) as listener:
        with closing(sqlite3.connect(tmp_path / "l.sqlite")) as other, other:
            other.execute("INSERT INTO t VALUES (1)")
        assert await listener.wait(PATIENCE_S)


async def test_a_small_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'l.sqlite'}")
    try:
        async with begin_in_place(engine) as connection:
            await connection.execute(text("CREATE TABLE t (n INTEGER UNIQUE)"))
        with pytest.raises(IntegrityError):
            await insert_twice(engine)
        async with begin_in_place(engine) as connection:
            found = await connection.execute(text("SELECT count(*) FROM t"))
            assert found.scalar_one() == 0
    finally:
        await engine.dispose()
