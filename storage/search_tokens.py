"""Tokens that let messages be searched for a job: sealed, and gone within minutes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import cast

from sqlalchemy import Delete, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.team_messages import TOKENS_KEPT
from storage.database import READ_ONLY, database_now, translate_errors
from storage.repositories.base import upsert
from storage.seals import Seal, WrongKey
from storage.search_token_rows import SearchTokenRow


class SqlSearchTokens:
    """Fits ``domain.team_messages.SearchTokens``: every process with the same database and key has
    them, and a restart loses none.

    ``learned`` is called with each token that passes through here, so that no log ever holds one.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        seal: Seal,
        *,
        learned: Callable[[str], None] = lambda _token: None,
    ) -> None:
        self._engine = engine
        self._seal = seal
        self._learned = learned

    async def keep(self, workspace_id: str, job_id: str, token: str) -> None:
        """Keep a job's token in the place of an earlier one, and delete those that are of no use
        any more."""
        self._learned(token)
        sealed = self._seal.close(f"{workspace_id}\n{job_id}\n{token}")
        table = cast("Table", SearchTokenRow.__table__)
        statement = upsert(self._engine.dialect.name, table, ("token", "expires_at"))
        row = {"workspace_id": workspace_id, "job_id": job_id, "token": sealed}
        with translate_errors():
            async with self._engine.begin() as connection:
                now = await database_now(connection)
                await connection.execute(_expired(now))
                await connection.execute(statement, {**row, "expires_at": now + TOKENS_KEPT})

    async def get(self, workspace_id: str, job_id: str) -> str | None:
        """The token; None where there is none any more, or it was sealed with another key."""
        mine = select(SearchTokenRow.token, SearchTokenRow.expires_at).where(
            SearchTokenRow.workspace_id == workspace_id, SearchTokenRow.job_id == job_id
        )
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                row = (await connection.execute(mine)).one_or_none()
                now = await database_now(connection)
        if row is None or row.expires_at <= now:
            return None
        try:
            owner, _, token = self._seal.open(bytes(row.token)).rpartition("\n")
        except WrongKey:
            return None
        if owner != f"{workspace_id}\n{job_id}":
            return None
        self._learned(token)
        return token

    async def forget(self, workspace_id: str, job_id: str) -> None:
        """Delete a job's token, if there is one."""
        await self._delete(
            delete(SearchTokenRow).where(
                SearchTokenRow.workspace_id == workspace_id, SearchTokenRow.job_id == job_id
            )
        )

    async def sweep(self) -> int:
        """Delete the tokens that are of no use any more; gives how many there were."""
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                now = await database_now(connection)
        return await self._delete(_expired(now))

    async def _delete(self, statement: Delete) -> int:
        with translate_errors():
            async with self._engine.begin() as connection:
                return (await connection.execute(statement)).rowcount


def _expired(now: datetime) -> Delete:
    return delete(SearchTokenRow).where(SearchTokenRow.expires_at <= now)
