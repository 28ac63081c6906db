"""The jobs of one workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from pydantic import TypeAdapter
from sqlalchemy import func, select, update
from sqlalchemy.orm import InstrumentedAttribute

from domain.illustrations import IllustrationStatus
from domain.requests import Destination, Job, JobKind, JobStatus, Request
from storage.repositories.base import Repository, ensure_workspace, insert_into, is_shown
from storage.rows import IllustrationRow, JobRow, WorkspaceRow
from storage.total_rows import JobCountRow

_REQUEST: TypeAdapter[Request] = TypeAdapter(Request)
_JOB_TIMES = (
    "research_started_at",
    "research_finished_at",
    "render_started_at",
    "render_finished_at",
    "finished_at",
)


RENDERED = IllustrationStatus.RENDERED.value
UNFINISHED = tuple(status.value for status in JobStatus if not status.final)
SHADOW = JobRow.request["shadow_of"]["job_id"].as_string().is_not(None)
"""Whether a job only shows another one; nobody here asked for it."""


class SqlJobRepository(Repository):
    """The jobs of one workspace."""

    async def add(self, job: Job, *, event_key: str) -> Job:
        """Keep a new job; a used ``event_key`` of this workspace gives the earlier job back."""
        await ensure_workspace(self._session, self._workspace_id)
        request = replace(job.request, workspace_id=self._workspace_id)
        made = await self._session.execute(
            insert_into(self._session, JobRow)
            .values(
                workspace_id=self._workspace_id,
                id=job.id,
                event_key=event_key,
                kind=job.kind.value,
                member_id=request.member_id,
                surface=request.destination.surface,
                live=request.live,
                private=request.private,
                status=job.status.value,
                request=_REQUEST.dump_python(request, mode="json"),
                created_at=job.created_at,
                notes=list(job.notes),
                error=job.error,
                **{name: getattr(job, name) for name in _JOB_TIMES},
            )
            .on_conflict_do_nothing()
            .returning(JobRow.id)
        )
        if made.first() is not None and request.shadow_of is None:
            await self._count(job.created_at, request)
        row = await self._read_job(JobRow.event_key == event_key)
        return _to_job(row or await self._job(job.id))

    async def get(self, job_id: str) -> Job:
        """The job. Raises ``NotFound``."""
        return _to_job(await self._job(job_id))

    async def save(self, job: Job) -> None:
        """Write the changed fields of a known job (never its request). Raises ``NotFound``."""
        row = await self._job(job.id)
        before = row.status
        row.status, row.error, row.notes = job.status.value, job.error, list(job.notes)
        for name in _JOB_TIMES:
            setattr(row, name, getattr(job, name))
        await self._session.flush()
        if row.status != before and JobStatus.DONE.value in (before, row.status):
            await self._session.execute(
                update(IllustrationRow)
                .where(
                    IllustrationRow.workspace_id == self._workspace_id,
                    IllustrationRow.job_id == job.id,
                )
                .values(posted=IllustrationRow.status == RENDERED if is_shown(row) else False)
            )

    async def require_approval(
        self, job_id: str, *, approvals: int, review: Destination | None
    ) -> None:
        """Let a job's result wait for that many people. Raises ``NotFound``."""
        row = await self._job(job_id)
        request = _REQUEST.validate_python(row.request)
        held = replace(
            request,
            approvals=max(request.approvals, approvals),
            review=request.review or review,
        )
        row.request = _REQUEST.dump_python(held, mode="json")
        await self._session.flush()

    async def recent(
        self, *, member_id: str | None = None, status: JobStatus | None = None, limit: int = 20
    ) -> Sequence[Job]:
        """The newest jobs first."""
        query = select(JobRow).where(JobRow.workspace_id == self._workspace_id)
        if member_id is not None:
            query = query.where(JobRow.member_id == member_id)
        if status is not None:
            query = query.where(JobRow.status == status.value)
        query = query.order_by(JobRow.created_at.desc(), JobRow.id.desc()).limit(limit)
        return [_to_job(row) for row in await self._session.scalars(query)]

    async def position(self, job_id: str) -> int:
        """How many jobs of the workspace wait before this one; 0 when none or already running."""
        job = await self._find_job(job_id)
        if job is None or job.status != JobStatus.QUEUED.value or _is_shadow(job):
            return 0
        before = (
            select(func.count())
            .select_from(JobRow)
            .where(
                JobRow.workspace_id == self._workspace_id,
                JobRow.status == JobStatus.QUEUED.value,
                JobRow.created_at < job.created_at,
                ~SHADOW,
            )
        )
        return await self._session.scalar(before) or 0

    async def unfinished_lanes(self, member_id: str) -> Sequence[int]:
        """The lane of each of a member's jobs that are not over, in no order."""
        lanes = await self._session.scalars(
            select(JobRow.request["lane"].as_integer()).where(
                JobRow.workspace_id == self._workspace_id,
                JobRow.status.in_(UNFINISHED),
                JobRow.member_id == member_id,
            )
        )
        return [lane or 0 for lane in lanes]

    async def count_since(self, since: datetime, *, member_id: str | None = None) -> int:
        """How many jobs were asked for since the start of that day (UTC), by everybody or by one
        member; who may add one waits until this transaction is over."""
        return await self._total(JobCountRow.jobs, since, member_id)

    async def pictures_since(self, since: datetime, *, member_id: str | None = None) -> int:
        """How many pictures they were asked for. Otherwise as :meth:`count_since`."""
        return await self._total(JobCountRow.pictures, since, member_id)

    async def _total(
        self, column: InstrumentedAttribute[int], since: datetime, member_id: str | None
    ) -> int:
        if not self._read_only:
            await ensure_workspace(self._session, self._workspace_id)
            await self._session.execute(
                select(WorkspaceRow.id)
                .where(WorkspaceRow.id == self._workspace_id)
                .with_for_update()
            )
        query = select(func.sum(column)).where(
            JobCountRow.workspace_id == self._workspace_id, JobCountRow.day >= day_of(since)
        )
        if member_id is not None:
            query = query.where(JobCountRow.member_id == member_id)
        return await self._session.scalar(query) or 0

    async def _count(self, at: datetime, request: Request) -> None:
        statement = insert_into(self._session, JobCountRow).values(
            workspace_id=self._workspace_id,
            member_id=request.member_id,
            day=day_of(at),
            jobs=1,
            pictures=request.count,
        )
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["workspace_id", "member_id", "day"],
                set_={
                    "jobs": JobCountRow.jobs + 1,
                    "pictures": JobCountRow.pictures + request.count,
                },
            )
        )

    async def by_event(self, event_key: str) -> Job | None:
        """The job of an event, if it was taken up before."""
        row = await self._read_job(JobRow.event_key == event_key)
        return None if row is None else _to_job(row)


def day_of(at: datetime) -> str:
    """The day of a moment in UTC, as ``2026-03-01``."""
    return at.astimezone(UTC).date().isoformat()


def _is_shadow(row: JobRow) -> bool:
    return bool(row.request.get("shadow_of"))


def _to_job(row: JobRow) -> Job:
    return Job(
        id=row.id,
        kind=JobKind(row.kind),
        request=_REQUEST.validate_python(row.request),
        status=JobStatus(row.status),
        created_at=row.created_at,
        error=row.error,
        notes=tuple(row.notes),
        **{name: getattr(row, name) for name in _JOB_TIMES},
    )
