"""What every repository shares: one session, one workspace, and the job's row as the lock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import NotFound
from storage.rows import JobRow, WorkspaceRow


def insert_into(session: AsyncSession, row: Any) -> Any:
    """The insert of this database's own dialect, which knows what to do on a conflict."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(row)
    return sqlite.insert(row)


async def ensure_workspace(session: AsyncSession, workspace_id: str) -> None:
    """Make the workspace unless it is there."""
    values = {"id": workspace_id, "created_at": datetime.now(UTC)}
    statement = insert_into(session, WorkspaceRow).values(values)
    await session.execute(statement.on_conflict_do_nothing())


class Repository:
    """Rows of one workspace, over one session."""

    def __init__(self, session: AsyncSession, workspace_id: str, *, read_only: bool) -> None:
        self._session = session
        self._workspace_id = workspace_id
        self._read_only = read_only

    async def _job(self, job_id: str) -> JobRow:
        """The job's row, locked where it may be changed, so that writers take turns."""
        query = select(JobRow).where(JobRow.workspace_id == self._workspace_id, JobRow.id == job_id)
        if not self._read_only:
            query = query.with_for_update()
        row = await self._session.scalar(query.execution_options(populate_existing=True))
        if row is None:
            raise NotFound("job", job_id)
        return row
