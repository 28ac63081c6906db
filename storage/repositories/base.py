"""Shared by every repository: one session, one workspace, and the job's row as the lock.

What is asked often is built once as a Core statement and only given its values each time: building
a statement costs several times what SQLite takes to answer it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

from pydantic import TypeAdapter
from sqlalchemy import Select, Table, bindparam, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from domain.errors import NotFound
from domain.policy import Refusal
from domain.requests import Job, JobKind, JobStatus
from storage.request_values import from_values
from storage.rows import TABLES, JobRow, WorkspaceRow

REFUSAL: TypeAdapter[Refusal | None] = TypeAdapter(Refusal | None)
JOBS = TABLES.tables[JobRow.__tablename__]
JOB_TIMES = (
    "research_started_at",
    "research_finished_at",
    "render_started_at",
    "render_finished_at",
    "finished_at",
)
JOB_COLUMNS = tuple(
    JOBS.c[name]
    for name in (
        "id",
        "kind",
        "status",
        "request",
        "created_at",
        "error",
        "refusal",
        "notes",
        *JOB_TIMES,
    )
)


CONNECTION = "connection"
"""The key in a session's own notes for the connection of its transaction."""


async def execute_plainly(
    session: AsyncSession,
    statement: Any,
    values: Mapping[str, Any] | Sequence[Mapping[str, Any]],
) -> Any:
    """Carry out a statement that asks for columns and not for objects, in the transaction of the
    session but past it: the session's own part takes as long as all the rest together."""
    connection = session.info.get(CONNECTION)
    if connection is None:
        connection = session.info[CONNECTION] = await session.connection()
    return await cast("AsyncConnection", connection).execute(statement, values)


def insert_into(session: AsyncSession, row: Any) -> Any:
    """The insert of this database's own dialect, which knows what to do on a conflict."""
    return dialect_insert(session.get_bind().dialect.name, row)


def dialect_insert(dialect: str, row: Any) -> Any:
    """The same for a dialect by its name."""
    return postgresql.insert(row) if dialect == "postgresql" else sqlite.insert(row)


@cache
def upsert(dialect: str, table: Table, changed: tuple[str, ...] = ()) -> Any:
    """An insert that changes these columns where the row is there already, or nothing at all."""
    statement = dialect_insert(dialect, table)
    key = [column.name for column in table.primary_key]
    if not changed:
        return statement.on_conflict_do_nothing(index_elements=key)
    new = {name: statement.excluded[name] for name in changed}
    return statement.on_conflict_do_update(index_elements=key, set_=new)


async def ensure_workspace(session: AsyncSession, workspace_id: str) -> None:
    """Make the workspace unless it is there; a second call in the same transaction is free."""
    if session.info.get("workspace") == workspace_id:
        return
    statement = upsert(session.get_bind().dialect.name, cast("Table", WorkspaceRow.__table__))
    await session.execute(statement, {"id": workspace_id, "created_at": datetime.now(UTC)})
    session.info["workspace"] = workspace_id


def is_shown(job: Job) -> bool:
    """Whether the gallery shows the pictures of that job."""
    return job.status is JobStatus.DONE and not job.request.routing.private


@cache
def _job_by(column: str, *, locked: bool) -> Select[Any]:
    query = select(*JOB_COLUMNS).where(
        JOBS.c.workspace_id == bindparam("workspace"), JOBS.c[column] == bindparam("value")
    )
    return query.with_for_update() if locked else query


@cache
def _lock(*, locked: bool) -> Select[Any]:
    query = select(text("1")).where(
        JOBS.c.workspace_id == bindparam("workspace"), JOBS.c.id == bindparam("job")
    )
    return query.with_for_update(of=JOBS) if locked else query


@cache
def select_rows(table: Table, key: tuple[str, ...], order: tuple[str, ...] = ()) -> Select[Any]:
    """The whole rows of a table whose ``key`` columns have the values that are given."""
    matching = [table.c[name] == bindparam(name) for name in key]
    return select(*table.columns).where(*matching).order_by(*(table.c[name] for name in order))


class Repository:
    """Rows of one workspace, over one session."""

    def __init__(self, session: AsyncSession, workspace_id: str, *, read_only: bool) -> None:
        self._session = session
        self._workspace_id = workspace_id
        self._read_only = read_only

    @property
    def _dialect(self) -> str:
        return self._session.get_bind().dialect.name

    async def _execute(
        self, statement: Any, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> Any:
        """Carry out a statement that was built before, with its values."""
        return await execute_plainly(self._session, statement, values)

    async def _rows(self, table: Table, *order: str, **key: Any) -> Sequence[Any]:
        """The workspace's rows with these values, in the order of these columns."""
        query = select_rows(table, ("workspace_id", *key), order)
        found = await self._execute(query, {"workspace_id": self._workspace_id, **key})
        return cast("Sequence[Any]", found.all())

    async def _job(self, job_id: str) -> Job:
        """The job, locked where it may be changed, so that writers take turns.

        It is read once in a transaction: no other transaction can change a locked one.

        Raises:
            NotFound: The workspace has no such job.
        """
        job = await self._find_job(job_id)
        if job is None:
            raise NotFound("job", job_id)
        return job

    async def _find_job(self, job_id: str) -> Job | None:
        """The same, or None where there is no such job."""
        return self._jobs.get(job_id) or await self._job_by("id", job_id)

    async def _job_by(self, column: str, value: str) -> Job | None:
        """The job with that value in a column that names one."""
        query = _job_by(column, locked=not self._read_only)
        found = await self._execute(query, {"workspace": self._workspace_id, "value": value})
        row = found.one_or_none()
        if row is None:
            return None
        job = self._jobs[row.id] = to_job(row)
        return job

    async def _lock(self, job_id: str) -> None:
        """Lock a job that need not be read, once in a transaction.

        Raises:
            NotFound: The workspace has no such job.
        """
        if job_id not in self._jobs and job_id not in self._locked:
            query = _lock(locked=not self._read_only)
            found = await self._execute(query, {"workspace": self._workspace_id, "job": job_id})
            if found.first() is None:
                raise NotFound("job", job_id)
            self._locked.add(job_id)

    @property
    def _jobs(self) -> dict[str, Job]:
        """The jobs that this transaction has read and holds, as they are by now."""
        return cast("dict[str, Job]", self._session.info.setdefault("jobs", {}))

    @property
    def _locked(self) -> set[str]:
        """The jobs that it holds without having read them."""
        return cast("set[str]", self._session.info.setdefault("locked", set()))


def to_job(row: Any) -> Job:
    """A job as its row says."""
    return Job(
        id=row.id,
        request=from_values(row.request, JobKind(row.kind)),
        status=JobStatus(row.status),
        created_at=row.created_at,
        error=row.error,
        notes=tuple(row.notes),
        refusal=REFUSAL.validate_python(row.refusal),
        **{name: getattr(row, name) for name in JOB_TIMES},
    )
