"""The cache of public answers, in the database so that every process shares it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import READ_ONLY, told_in_words
from storage.rows import CacheRow


class SqlCache:
    """Values kept for a while under a namespace and a key."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(self, namespace: str, key: str) -> bytes | None:
        """The kept value, or None when there is none or its time is over."""
        query = select(CacheRow.value).where(
            CacheRow.namespace == namespace,
            CacheRow.key == key,
            CacheRow.expires_at > datetime.now(UTC),
        )
        with told_in_words():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                return await connection.scalar(query)

    async def put(self, namespace: str, key: str, value: bytes, *, ttl_s: float) -> None:
        """Keep a value for that many seconds; an older one is replaced."""
        kept = {"value": value, "expires_at": datetime.now(UTC) + timedelta(seconds=ttl_s)}
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        statement = (
            insert(CacheRow)
            .values(namespace=namespace, key=key, **kept)
            .on_conflict_do_update(index_elements=["namespace", "key"], set_=kept)
        )
        with told_in_words():
            async with self._engine.begin() as connection:
                await connection.execute(statement)
