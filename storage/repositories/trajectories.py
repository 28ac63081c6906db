"""The conversations of jobs that were kept to train with, of one workspace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from pydantic import TypeAdapter
from sqlalchemy import Table, and_, delete, select

from domain.requests import JobKind
from domain.training import Trajectory
from storage.repositories.base import Repository, upsert
from storage.rows import IllustrationRow, JobRow
from storage.training_rows import TrajectoryRow

_TRAJECTORY: TypeAdapter[Trajectory] = TypeAdapter(Trajectory)
_CHANGES = ("member_id", "created_at", "value")


class SqlTrajectoryRepository(Repository):
    """The trajectories of one workspace."""

    async def keep(self, trajectory: Trajectory) -> None:
        """Keep a job's conversation; a second one for the same job replaces the first. Raises
        ``NotFound`` where the job does not exist here."""
        await self._lock(trajectory.job_id)
        table = cast("Table", TrajectoryRow.__table__)
        values = {
            "workspace_id": self._workspace_id,
            "job_id": trajectory.job_id,
            "member_id": trajectory.member_id,
            "created_at": trajectory.created_at,
            "value": _TRAJECTORY.dump_python(trajectory, mode="json"),
        }
        await self._execute(upsert(self._dialect, table, _CHANGES), values)

    async def after(self, job_id: str = "", *, limit: int = 100) -> Sequence[Trajectory]:
        """The trajectories of jobs whose ids follow that one, in the order of their ids."""
        return await self._found(TrajectoryRow.job_id > job_id, limit=limit)

    async def of_member(self, member_id: str) -> Sequence[Trajectory]:
        """All that were kept of a person's jobs."""
        return await self._found(TrajectoryRow.member_id == member_id)

    async def known(self, job_ids: Sequence[str]) -> Sequence[str]:
        """Those of these jobs whose conversation is kept."""
        query = select(TrajectoryRow.job_id).where(
            TrajectoryRow.workspace_id == self._workspace_id, TrajectoryRow.job_id.in_(job_ids)
        )
        return (await self._session.scalars(query)).all()

    async def corrections(self, illustration_id: str) -> Sequence[tuple[str, str]]:
        """The edits of a picture: each one's requester and words."""
        query = (
            select(JobRow.id, JobRow.member_id, JobRow.request["prompt"].as_string())
            .join(
                IllustrationRow,
                and_(
                    IllustrationRow.workspace_id == JobRow.workspace_id,
                    IllustrationRow.job_id == JobRow.id,
                ),
            )
            .where(
                IllustrationRow.workspace_id == self._workspace_id,
                IllustrationRow.parent_id == illustration_id,
                JobRow.kind == JobKind.EDIT.value,
            )
            .distinct()
            .order_by(JobRow.id)
        )
        return [(row[1], row[2]) for row in await self._session.execute(query)]

    async def forget(self, member_id: str | None = None) -> int:
        """Remove those of a person, or of all members; gives how many there were."""
        of_member = () if member_id is None else (TrajectoryRow.member_id == member_id,)
        statement = delete(TrajectoryRow).where(
            TrajectoryRow.workspace_id == self._workspace_id, *of_member
        )
        removed: Any = await self._session.execute(statement)
        return int(removed.rowcount)

    async def _found(self, *conditions: Any, limit: int | None = None) -> Sequence[Trajectory]:
        query = (
            select(TrajectoryRow.value)
            .where(TrajectoryRow.workspace_id == self._workspace_id, *conditions)
            .order_by(TrajectoryRow.job_id)
            .limit(limit)
        )
        found = await self._session.scalars(query)
        return [_TRAJECTORY.validate_python(value) for value in found]
