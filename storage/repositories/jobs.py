"""The jobs of one workspace."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.orm import InstrumentedAttribute

from domain.illustrations import IllustrationStatus
from domain.requests import Destination, Job, JobStatus, Request
from storage.measures import measure_end
from storage.repositories.base import (
    JOB_COLUMNS,
    JOB_TIMES,
    JOBS,
    REFUSAL,
    Repository,
    dialect_insert,
    ensure_workspace,
    is_shown,
    to_job,
)
from storage.request_values import to_values
from storage.rows import IllustrationRow, JobRow, WorkspaceRow
from storage.total_rows import JobCountRow

RENDERED = IllustrationStatus.RENDERED.value
UNFINISHED = tuple(status.value for status in JobStatus if not status.final)
SHADOW = JobRow.request["shadow_of"]["job_id"].as_string().is_not(None)
"""Whether a job only shows another one, without a requester here."""
_SAVED = ("status", "error", "refusal", "notes", *JOB_TIMES)


@cache
def _add(dialect: str) -> Any:
    return dialect_insert(dialect, JOBS).on_conflict_do_nothing().returning(JOBS.c.id)


@cache
def _count(dialect: str) -> Any:
    counts = cast("Table", JobCountRow.__table__)
    statement = dialect_insert(dialect, counts)
    return statement.on_conflict_do_update(
        index_elements=["workspace_id", "member_id", "day"],
        set_={name: counts.c[name] + statement.excluded[name] for name in ("jobs", "pictures")},
    )


@cache
def _save() -> Any:
    return update(JOBS).where(
        JOBS.c.workspace_id == bindparam("workspace"), JOBS.c.id == bindparam("job")
    )


class SqlJobRepository(Repository):
    """The jobs of one workspace."""

    async def add(self, job: Job, *, event_key: str) -> Job:
        """Keep a new job; a used ``event_key`` of this workspace gives the earlier job back."""
        await ensure_workspace(self._session, self._workspace_id)
        request = job.request.with_parts(workspace_id=self._workspace_id)
        made = await self._execute(
            _add(self._dialect),
            {
                "workspace_id": self._workspace_id,
                "id": job.id,
                "event_key": event_key,
                "kind": job.kind.value,
                "member_id": request.origin.member_id,
                "surface": request.routing.destination.surface,
                "live": request.routing.live,
                "private": request.routing.private,
                "request": to_values(request),
                "created_at": job.created_at,
                **_changing(job),
            },
        )
        if made.first() is not None and request.origin.shadow_of is None and not job.status.final:
            await self._count(job.created_at, request)
        return await self._job_by("event_key", event_key) or await self._job(job.id)

    async def get(self, job_id: str) -> Job:
        """The job. Raises ``NotFound``."""
        return await self._job(job_id)

    async def save(self, job: Job) -> None:
        """Write the changed fields of a known job (never its request). Raises ``NotFound``."""
        before = await self._job(job.id)
        changed = {
            name: value
            for name, value in _changing(job).items()
            if getattr(before, name) != getattr(job, name)
        }
        if not changed:
            return
        key = {"workspace": self._workspace_id, "job": job.id}
        await self._execute(_save(), {**key, **changed})
        if job.status.final and not before.status.final and job.request.origin.shadow_of is None:
            measure_end(job)
        after = self._jobs[job.id] = replace(
            before, **{name: getattr(job, name) for name in _SAVED}
        )
        if is_shown(before) != is_shown(after):
            await self._session.execute(
                update(IllustrationRow)
                .where(
                    IllustrationRow.workspace_id == self._workspace_id,
                    IllustrationRow.job_id == job.id,
                )
                .values(posted=IllustrationRow.status == RENDERED if is_shown(after) else False)
            )

    async def require_approval(
        self, job_id: str, *, approvals: int, review: Destination | None
    ) -> None:
        """Let a job's result wait for that many people. Raises ``NotFound``."""
        job = await self._job(job_id)
        held = job.request.with_parts(
            approvals=max(job.request.routing.approvals, approvals),
            review=job.request.routing.review or review,
        )
        key = {"workspace": self._workspace_id, "job": job_id}
        await self._execute(_save(), {**key, "request": to_values(held)})
        self._jobs[job_id] = replace(job, request=held)

    async def recent(
        self, *, member_id: str | None = None, status: JobStatus | None = None, limit: int = 20
    ) -> Sequence[Job]:
        """The newest jobs first."""
        query = select(*JOB_COLUMNS).where(JOBS.c.workspace_id == self._workspace_id)
        if member_id is not None:
            query = query.where(JOBS.c.member_id == member_id)
        if status is not None:
            query = query.where(JOBS.c.status == status.value)
        query = query.order_by(JOBS.c.created_at.desc(), JOBS.c.id.desc()).limit(limit)
        return [to_job(row) for row in await self._session.execute(query)]

    async def statuses(self, job_ids: Collection[str]) -> Mapping[str, JobStatus]:
        """How the jobs of these ids stand; unknown ones are left out."""
        query = select(JOBS.c.id, JOBS.c.status).where(
            JOBS.c.workspace_id == self._workspace_id, JOBS.c.id.in_(job_ids)
        )
        return {row.id: JobStatus(row.status) for row in await self._session.execute(query)}

    async def with_code(self, code: str) -> Job | None:
        """The newest job whose id ends with a short code, if there is one."""
        query = select(*JOB_COLUMNS).where(
            JOBS.c.workspace_id == self._workspace_id, JOBS.c.id.endswith(code, autoescape=True)
        )
        query = query.order_by(JOBS.c.created_at.desc(), JOBS.c.id.desc()).limit(1)
        row = (await self._session.execute(query)).first()
        return to_job(row) if row is not None else None

    async def position(self, job_id: str) -> int:
        """The number of jobs of the workspace that wait before this one; 0 when none or already
        running."""
        job = await self._find_job(job_id)
        if (
            job is None
            or job.status is not JobStatus.QUEUED
            or job.request.origin.shadow_of is not None
        ):
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
        """The number of jobs that were requested since the start of that day (UTC), by all members
        or by one; other transactions that would add one wait until this one is over."""
        return await self._total(JobCountRow.jobs, since, member_id)

    async def pictures_since(self, since: datetime, *, member_id: str | None = None) -> int:
        """The number of pictures that were requested. Otherwise as :meth:`count_since`."""
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

    async def by_event(self, event_key: str) -> Job | None:
        """The job of an event, if it was taken up before."""
        return await self._job_by("event_key", event_key)

    async def _count(self, at: datetime, request: Request) -> None:
        await self._execute(
            _count(self._dialect),
            {
                "workspace_id": self._workspace_id,
                "member_id": request.origin.member_id,
                "day": day_of(at),
                "jobs": 1,
                "pictures": request.count,
            },
        )


def _changing(job: Job) -> dict[str, Any]:
    """The progress of a job from its row."""
    times = {name: getattr(job, name) for name in JOB_TIMES}
    return {
        "status": job.status.value,
        "error": job.error,
        "refusal": REFUSAL.dump_python(job.refusal, mode="json"),
        "notes": list(job.notes),
        **times,
    }


def day_of(at: datetime) -> str:
    """The day of a moment in UTC, as ``2026-03-01``."""
    return at.astimezone(UTC).date().isoformat()
