"""Tokens for searching messages, in memory and on both databases: each for one job, for minutes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.requests import Job
from domain.team_messages import SearchTokens
from evaluation.peers.values import a_job
from jobs.common.search_tokens import HeldSearchTokens
from storage.seals import Seal
from storage.search_token_rows import SearchTokenRow
from storage.search_tokens import SqlSearchTokens
from storage.unit_of_work import SqlStore

KEY = Fernet.generate_key().decode()


async def kept(store: SqlStore, workspace_id: str = "w1") -> Job:
    job = a_job(workspace_id)
    async with store.workspace(workspace_id) as unit:
        await unit.jobs.add(job, event_key=job.id)
    return job


@pytest.fixture
def sealed(database: AsyncEngine) -> SqlSearchTokens:
    return SqlSearchTokens(database, Seal([KEY]))


@pytest.mark.parametrize("kind", ["held", "sealed"])
async def test_a_token_is_for_one_job_until_it_is_forgotten(
    kind: str, store: SqlStore, sealed: SqlSearchTokens
) -> None:
    tokens: SearchTokens = sealed if kind == "sealed" else HeldSearchTokens()
    ours, theirs = await kept(store), await kept(store, "w2")
    await tokens.keep("w1", ours.id, "first")
    await tokens.keep("w1", ours.id, "second")
    await tokens.keep("w2", theirs.id, "other")
    assert await tokens.get("w1", ours.id) == "second"
    assert await tokens.get("w2", ours.id) is None
    for _ in range(2):
        await tokens.forget("w1", ours.id)
    assert await tokens.get("w1", ours.id) is None
    assert await tokens.get("w2", theirs.id) == "other"
    assert await tokens.sweep() == 0


async def test_a_held_token_ends_after_minutes() -> None:
    now = 0.0
    tokens = HeldSearchTokens(clock=lambda: now)
    await tokens.keep("w1", "j1", "secret")
    now = 899.0
    assert await tokens.get("w1", "j1") == "secret"
    now = 901.0
    assert await tokens.get("w1", "j1") is None


async def age(database: AsyncEngine) -> None:
    """Let every token be too old."""
    async with database.begin() as connection:
        found = (await connection.execute(text("SELECT count(*) FROM search_tokens"))).scalar_one()
        assert found
        past = SearchTokenRow.expires_at
        rows = (await connection.execute(SearchTokenRow.__table__.select())).all()
        for row in rows:
            await connection.execute(
                update(SearchTokenRow)
                .where(SearchTokenRow.job_id == row.job_id)
                .values({past: row.expires_at - timedelta(minutes=16)})
            )


async def count(database: AsyncEngine) -> int:
    async with database.connect() as connection:
        return int(
            (await connection.execute(text("SELECT count(*) FROM search_tokens"))).scalar_one()
        )


async def sweep(tokens: SqlSearchTokens, _store: SqlStore) -> None:
    assert await tokens.sweep() == 1


async def keep_another(tokens: SqlSearchTokens, store: SqlStore) -> None:
    another = await kept(store)
    await tokens.keep("w1", another.id, "new")
    await tokens.forget("w1", another.id)


@pytest.mark.parametrize("by", [sweep, keep_another])
async def test_a_sealed_token_ends_after_minutes_and_is_deleted(
    by: Callable[[SqlSearchTokens, SqlStore], Any],
    store: SqlStore,
    database: AsyncEngine,
    sealed: SqlSearchTokens,
) -> None:
    job = await kept(store)
    await sealed.keep("w1", job.id, "secret")
    await age(database)
    assert await sealed.get("w1", job.id) is None
    await by(sealed, store)
    assert await count(database) == 0


async def test_a_sealed_token_is_readable_only_with_its_key_for_its_job(
    store: SqlStore, database: AsyncEngine, sealed: SqlSearchTokens
) -> None:
    learned: list[str] = []
    tokens = SqlSearchTokens(database, Seal([KEY]), learned=learned.append)
    job, other = await kept(store), await kept(store)
    await tokens.keep("w1", job.id, "secret")
    assert learned == ["secret"]
    async with database.begin() as connection:
        [row] = (await connection.execute(SearchTokenRow.__table__.select())).all()
        assert b"secret" not in bytes(row.token)
        await connection.execute(update(SearchTokenRow).values(job_id=other.id))
    assert await sealed.get("w1", other.id) is None
    await tokens.keep("w1", job.id, "secret")
    elsewhere = SqlSearchTokens(database, Seal([Fernet.generate_key().decode()]))
    assert await elsewhere.get("w1", job.id) is None


async def test_a_token_goes_with_its_job_and_stands_in_no_export(
    store: SqlStore, database: AsyncEngine, sealed: SqlSearchTokens
) -> None:
    job = await kept(store)
    await sealed.keep("w1", job.id, "secret")
    async with store.workspace("w1") as unit:
        [row] = await unit.privacy.rows("search_tokens", None, offset=0, limit=9)
        assert set(row) == {"workspace_id", "job_id", "expires_at"}
        await unit.privacy.remove_jobs([job.id])
    assert await count(database) == 0
