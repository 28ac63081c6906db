"""The knowledge of generators without research, by comparisons of pictures with and without it."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from domain.knowledge import KnownKind
from storage.database import READ_ONLY, translate_errors
from storage.knowledge_rows import GeneratorKnowledgeRow
from storage.repositories.base import dialect_insert, ensure_workspace
from storage.sqlite import turn_to_write


class SqlGeneratorKnowledge:
    """Keeps one row for each workspace, generator and kind of subject."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(self, workspace_id: str, *, generator: str, kind: str) -> KnownKind | None:
        """The knowledge of a generator about a kind of subject; None where there is none."""
        row = GeneratorKnowledgeRow
        query = select(row.comparisons, row.known).where(
            row.workspace_id == workspace_id, row.generator == generator, row.kind == kind
        )
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                found = (await connection.execute(query)).one_or_none()
        return None if found is None else KnownKind(found.comparisons, found.known)

    async def add(
        self, workspace_id: str, *, generator: str, kind: str, comparisons: int, known: int
    ) -> None:
        """Add up further comparisons, in ``known`` of which research changed nothing.

        Raises:
            ValueError: A number is negative, or ``known`` is more than ``comparisons``.
        """
        if not 0 <= known <= comparisons:
            raise ValueError(f"{known} of {comparisons} comparisons is no share")
        row = GeneratorKnowledgeRow
        table = cast("Table", row.__table__)
        statement = dialect_insert(self._engine.dialect.name, table).on_conflict_do_update(
            index_elements=["workspace_id", "generator", "kind"],
            set_={"comparisons": row.comparisons + comparisons, "known": row.known + known},
        )
        values = {"generator": generator, "kind": kind, "comparisons": comparisons, "known": known}
        async with turn_to_write(self._engine):
            with translate_errors():
                async with AsyncSession(self._engine) as session, session.begin():
                    await ensure_workspace(session, workspace_id)
                    await session.execute(statement, {"workspace_id": workspace_id, **values})
