"""Counts of actions on a day, across all processes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import translate_errors
from storage.rows import CallCountRow


class SqlCallMeter:
    """Counts the calls of each provider on each day (UTC), and what is to be done once a day."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def count(self, name: str) -> int:
        """Count one more call today; gives how many there are with it."""
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        statement = insert(CallCountRow).values(
            day=datetime.now(UTC).date().isoformat(), name=name, calls=1
        )
        counted = statement.on_conflict_do_update(
            index_elements=["day", "name"], set_={"calls": CallCountRow.calls + 1}
        ).returning(CallCountRow.calls)
        with translate_errors():
            async with self._engine.begin() as connection:
                return int((await connection.execute(counted)).scalar_one())

    async def sweep(self) -> int:
        """Forget what was counted on days before yesterday; gives how many counts there were."""
        oldest = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
        with translate_errors():
            async with self._engine.begin() as connection:
                removed = await connection.execute(
                    delete(CallCountRow).where(CallCountRow.day < oldest)
                )
        return removed.rowcount
