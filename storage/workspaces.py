"""The workspaces where the app is still installed, and deleting all data of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.news import Schedule
from storage.database import READ_ONLY, translate_errors
from storage.news_rows import ScheduleRow
from storage.repositories.jobs import UNFINISHED
from storage.repositories.news import SCHEDULE
from storage.rows import TABLES, JobRow, LibraryItemRow, PreferencesRow, WorkspaceRow

_KEPT = (JobRow, ScheduleRow, PreferencesRow, LibraryItemRow)
"""Tables in which every workspace with any data has rows."""


class SqlWorkspaces:
    """Workspaces as a whole; no surface gets this."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def in_use(self, surface: str) -> Sequence[tuple[str, datetime | None]]:
        """The workspaces of a surface of which something is kept, those of one person left out,
        each with the time since when the app is no longer installed there (None: it is)."""
        kept = [
            exists().where(row.workspace_id == WorkspaceRow.id).correlate(WorkspaceRow)
            for row in _KEPT
        ]
        query = (
            select(WorkspaceRow.id, WorkspaceRow.departed_at)
            .where(
                WorkspaceRow.id.like(f"{surface}:%"),
                WorkspaceRow.id.not_like(f"{surface}:dm:%"),
                or_(*kept),
            )
            .order_by(WorkspaceRow.id)
        )
        return [(row[0], row[1]) for row in await self._read(query)]

    async def paused_schedules(self, surface: str) -> Sequence[Schedule]:
        """The paused schedules of all workspaces of a surface that have the app."""
        query = (
            select(ScheduleRow.value)
            .join(WorkspaceRow, WorkspaceRow.id == ScheduleRow.workspace_id)
            .where(
                ScheduleRow.workspace_id.like(f"{surface}:%"),
                ScheduleRow.paused,
                WorkspaceRow.departed_at.is_(None),
            )
        )
        return [SCHEDULE.validate_python(row.value) for row in await self._read(query)]

    async def set_departed(self, workspace_id: str, at: datetime | None) -> bool:
        """Note since when the app is no longer installed there, or that it is again; False where
        that was known."""
        column = WorkspaceRow.departed_at
        known = column.is_(None) if at is None else column.is_not(None)
        statement = (
            update(WorkspaceRow)
            .where(WorkspaceRow.id == workspace_id, ~known)
            .values(departed_at=at)
            .returning(WorkspaceRow.id)
        )
        with translate_errors():
            async with self._engine.begin() as connection:
                return (await connection.execute(statement)).first() is not None

    async def departed_before(self, before: datetime) -> Sequence[str]:
        """The workspaces in which the app has not been installed since before that time."""
        query = (
            select(WorkspaceRow.id)
            .where(WorkspaceRow.departed_at < before)
            .order_by(WorkspaceRow.id)
        )
        return [row[0] for row in await self._read(query)]

    async def unfinished_jobs(self, workspace_id: str) -> Sequence[str]:
        """The jobs of a workspace that go on or wait."""
        query = select(JobRow.id).where(
            JobRow.workspace_id == workspace_id, JobRow.status.in_(UNFINISHED)
        )
        return [row[0] for row in await self._read(query)]

    async def erase(self, workspace_id: str) -> int:
        """Delete every row of a workspace but its own, which says no more than its id; gives how
        many. The pictures go with the next sweep of blobs, since no row names them any more."""
        erased = 0
        with translate_errors():
            for table in reversed(TABLES.sorted_tables):
                if "workspace_id" not in table.c:
                    continue
                async with self._engine.begin() as connection:
                    gone = await connection.execute(
                        delete(table).where(table.c.workspace_id == workspace_id)
                    )
                    erased += gone.rowcount
            async with self._engine.begin() as connection:
                await connection.execute(
                    update(WorkspaceRow)
                    .where(WorkspaceRow.id == workspace_id)
                    .values(departed_at=None)
                )
        return erased

    async def _read(self, query: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                return (await connection.execute(query)).all()
