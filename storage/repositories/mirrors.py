"""The jobs of one workspace that linked channels show too."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, select, update

from domain.links import ChannelCode, MirroredJob
from domain.requests import JobStatus
from storage.repositories.base import Repository, insert_into
from storage.rows import JobEventRow, JobRow, MirrorRow


class SqlMirrorRepository(Repository):
    """The mirrored jobs of one workspace."""

    async def add(self, job_id: str, there: ChannelCode) -> None:
        """Note that a job is to be shown there; one that is noted already stays as it is."""
        await self._lock(job_id)
        statement = insert_into(self._session, MirrorRow).values(
            workspace_id=self._workspace_id,
            job_id=job_id,
            there=str(there),
            open=True,
            changes=0,
        )
        await self._session.execute(statement.on_conflict_do_nothing())

    async def get(self, job_id: str) -> MirroredJob | None:
        """The record of a job that is shown elsewhere too; None where it is not."""
        found = await self._execute(
            _mirror_of_job(), {"workspace": self._workspace_id, "job": job_id}
        )
        row = found.one_or_none()
        return None if row is None else to_mirrored(row)

    async def touch(self, job_id: str) -> bool:
        """Note that a job's pictures or votes changed; False where it is shown nowhere else."""
        touched = await self._session.execute(
            update(MirrorRow)
            .where(*self._mine(job_id))
            .values(open=True, changes=MirrorRow.changes + 1)
            .returning(MirrorRow.job_id)
        )
        return touched.first() is not None

    async def withhold(self, job_id: str) -> None:
        """Note that the policy there does not allow a job; no effect where it is shown nowhere
        else."""
        await self._session.execute(
            update(MirrorRow)
            .where(*self._mine(job_id))
            .values(open=True, withheld=True, changes=MirrorRow.changes + 1)
        )

    async def close(self, job_id: str, *, changes: int) -> None:
        """Note that all of a job is carried over, unless it was touched since ``changes``."""
        await self._session.execute(
            update(MirrorRow)
            .where(*self._mine(job_id), MirrorRow.changes == changes)
            .values(open=False)
        )

    def _mine(self, job_id: str) -> tuple[Any, ...]:
        return (MirrorRow.workspace_id == self._workspace_id, MirrorRow.job_id == job_id)


@cache
def mirrored() -> Select[str, str, Any, str, int, bool, str, int]:
    """Mirrored jobs with their states and the numbers of their last events."""
    last = (
        select(func.max(JobEventRow.seq))
        .where(JobEventRow.workspace_id == JobRow.workspace_id, JobEventRow.job_id == JobRow.id)
        .scalar_subquery()
    )
    same_job = and_(MirrorRow.workspace_id == JobRow.workspace_id, MirrorRow.job_id == JobRow.id)
    return select(
        MirrorRow.workspace_id,
        MirrorRow.job_id,
        JobRow.request["destination"]["channel"].as_string().label("channel"),
        MirrorRow.there,
        MirrorRow.changes,
        MirrorRow.withheld,
        JobRow.status,
        last.label("seq"),
    ).join(JobRow, same_job)


@cache
def _mirror_of_job() -> Select[str, str, Any, str, int, bool, str, int]:
    """One of them, asked several times for each job; nearly all are shown nowhere else."""
    return mirrored().where(
        MirrorRow.workspace_id == bindparam("workspace"), MirrorRow.job_id == bindparam("job")
    )


def to_mirrored(row: Any) -> MirroredJob:
    """One of them as a value."""
    return MirroredJob(
        job_id=row.job_id,
        here=ChannelCode(row.workspace_id, row.channel),
        there=ChannelCode.parse(row.there),
        changes=row.changes,
        status=JobStatus(row.status),
        seq=row.seq or 0,
        withheld=row.withheld,
    )
