"""The trained agents of an installation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from pydantic import TypeAdapter
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from domain.training import AgentCheckpoint
from storage.database import READ_ONLY, translate_errors
from storage.repositories.base import upsert
from storage.sqlite import turn_to_write
from storage.training_rows import AgentCheckpointRow

_CHECKPOINT: TypeAdapter[AgentCheckpoint] = TypeAdapter(AgentCheckpoint)


class SqlCheckpointStore:
    """Keeps one row for each checkpoint."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def all(self) -> Sequence[AgentCheckpoint]:
        """All, in the order of their ids. Raises ``StorageUnavailable``."""
        query = select(AgentCheckpointRow.value).order_by(AgentCheckpointRow.id)
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                values = (await connection.execute(query)).scalars().all()
        return [_CHECKPOINT.validate_python(value) for value in values]

    async def save(self, *checkpoints: AgentCheckpoint) -> None:
        """Keep or change them, all or none. Raises ``StorageUnavailable``."""
        table = cast("Table", AgentCheckpointRow.__table__)
        statement = upsert(self._engine.dialect.name, table, ("state", "changed_at", "value"))
        rows = [
            {
                "id": each.id,
                "state": each.state.value,
                "changed_at": each.changed_at,
                "value": _CHECKPOINT.dump_python(each, mode="json"),
            }
            for each in checkpoints
        ]
        if not rows:
            return
        async with turn_to_write(self._engine):
            with translate_errors():
                async with AsyncSession(self._engine) as session, session.begin():
                    await session.execute(statement, rows)
