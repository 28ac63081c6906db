"""What every repository shares: one session, one workspace, and the job's row as the lock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import NotFound
from domain.requests import JobStatus
from storage.rows import JobRow, WorkspaceRow


def insert_into(session: AsyncSession, row: Any) -> Any:
    """The insert of this database's own dialect, which knows what to do on a conflict."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(row)
    return sqlite.insert(row)


async def ensure_workspace(session: AsyncSession, workspace_id: str) -> None:
    """Make the workspace unless it is there; a second call in the same transaction is free."""
    if session.info.get("workspace") == workspace_id:
        return
    values = {"id": workspace_id, "created_at": datetime.now(UTC)}
    statement = insert_into(session, WorkspaceRow).values(values)
    await session.execute(statement.on_conflict_do_nothing())
    session.info["workspace"] = workspace_id


def is_shown(job: JobRow) -> bool:
    """Whether the gallery shows the pictures of that job."""
    return job.status == JobStatus.DONE.value and not job.private


class Repository:
    """Rows of one workspace, over one session."""

    def __init__(self, session: AsyncSession, workspace_id: str, *, read_only: bool) -> None:
        self._session = session
        self._workspace_id = workspace_id
        self._read_only = read_only

    async def _job(self, job_id: str) -> JobRow:
        """The job's row, locked where it may be changed, so that writers take turns.

        It is read once in a transaction: nobody else can change a locked row.

        Raises:
            NotFound: The workspace has no such job.
        """
        row = await self._find_job(job_id)
        if row is None:
            raise NotFound("job", job_id)
        return row

    async def _find_job(self, job_id: str) -> JobRow | None:
        """The same, or None where there is no such job."""
        row = self._jobs_read.get(job_id)
        if row is None:
            row = await self._read_job(JobRow.id == job_id)
        return row

    async def _read_job(self, condition: ColumnElement[bool]) -> JobRow | None:
        query = select(JobRow).where(JobRow.workspace_id == self._workspace_id, condition)
        if not self._read_only:
            query = query.with_for_update()
        row = await self._session.scalar(query.execution_options(populate_existing=True))
        if row is not None:
            self._jobs_read[row.id] = row
        return row

    @property
    def _jobs_read(self) -> dict[str, JobRow]:
        """The rows that this transaction has read, kept alive: the session itself forgets rows
        that nothing refers to."""
        return cast("dict[str, JobRow]", self._session.info.setdefault("jobs", {}))
