"""Queries over all workspaces for syncing jobs to linked channels; no surface gets this."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.links import MirroredJob
from storage.database import IN_PLACE, READ_ONLY, translate_errors
from storage.repositories.mirrors import mirrored, to_mirrored
from storage.rows import JobRow, MirrorRow


class SqlMirrorOperations:
    """Mirrored jobs across workspaces."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def open_mirrors(self, *, limit: int = 1000) -> Sequence[MirroredJob]:
        """The jobs of which something may have to be carried over, oldest first."""
        query = mirrored().where(MirrorRow.open).order_by(JobRow.created_at).limit(limit)
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True, IN_PLACE: True})
                rows = (await connection.execute(query)).all()
        return [to_mirrored(row) for row in rows]
