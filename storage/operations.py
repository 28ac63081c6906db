"""House-keeping across workspaces: heartbeats, unfinished jobs, retention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from statistics import median
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import and_, case, delete, exists, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.executors import Executor
from domain.illustrations import Delivery, DeliveryKind
from domain.requests import LOCAL_WORKSPACE, Destination, JobKey, JobStatus
from domain.team import LiveJob, Scope
from storage.database import READ_ONLY, translate_errors
from storage.repositories.jobs import SHADOW, UNFINISHED
from storage.research_rows import HopRow
from storage.rows import (
    DeliveryRow,
    IllustrationRow,
    JobEventRow,
    JobMessageRow,
    JobRow,
    PreferencesRow,
    VoteRow,
    WorkspaceRow,
)
from storage.task_rows import ExecutorRow, TaskRow
from storage.training_rows import TrajectoryRow

_DESTINATION: TypeAdapter[Destination] = TypeAdapter(Destination)
GOING_ON = tuple(status for status in UNFINISHED if status != JobStatus.REVIEWING.value)
"""Statuses that do not wait for people alone. Statuses are always named: "all but the final ones"
would read every job that is kept."""
EXPIRED_AT_ONCE = 200
"""Jobs whose traces are removed in one transaction, so that no writer waits long."""


class SqlOperations:
    """Queries of the workflow engine over all workspaces; no surface gets this."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def without_review_channel(self, *, limit: int = 20) -> Sequence[str]:
        """Workspaces of chats, those of one person left out, that have set no review channel."""
        chosen = (
            select(PreferencesRow.workspace_id)
            .where(
                PreferencesRow.workspace_id == WorkspaceRow.id,
                PreferencesRow.scope == Scope.WORKSPACE.value,
                PreferencesRow.value["review_channel"].as_string().is_not(None),
            )
            .exists()
        )
        query = (
            select(WorkspaceRow.id)
            .where(
                WorkspaceRow.id != LOCAL_WORKSPACE,
                WorkspaceRow.id.not_like("%:dm:%"),
                ~chosen,
            )
            .order_by(WorkspaceRow.id)
            .limit(limit)
        )
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                return [str(row[0]) for row in await connection.execute(query)]

    async def beat(self, executor: Executor) -> None:
        """Insert or refresh a process's heartbeat."""
        values = {**asdict(executor), "queues": list(executor.queues)}
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        statement = (
            insert(ExecutorRow)
            .values(values)
            .on_conflict_do_update(
                index_elements=["id"], set_={k: v for k, v in values.items() if k != "id"}
            )
        )
        with translate_errors():
            async with self._engine.begin() as connection:
                await connection.execute(statement)

    async def executors(self) -> Sequence[Executor]:
        """All processes with a heartbeat, alive or not."""
        rows = await self._read(select(ExecutorRow.__table__).order_by(ExecutorRow.id))
        return [
            Executor(
                id=row.id,
                queues=tuple(row.queues),
                host=row.host,
                pid=row.pid,
                started_at=row.started_at,
                seen_at=row.seen_at,
            )
            for row in rows
        ]

    async def forget_executor(self, executor_id: str) -> None:
        """Remove a heartbeat; nothing happens when it is gone."""
        with translate_errors():
            async with self._engine.begin() as connection:
                await connection.execute(delete(ExecutorRow).where(ExecutorRow.id == executor_id))

    async def now(self) -> datetime:
        """The time by the database's clock; for a file, this machine's."""
        if self._engine.dialect.name != "postgresql":
            return datetime.now(UTC)
        [row] = await self._read(select(func.now()))
        now: datetime = row[0]
        return now

    async def stray(self, *, limit: int = 500) -> Sequence[JobKey]:
        """Jobs that should go on by themselves and have no task that waits or is worked on, and
        those that wait for a choice; of those that only show another one, the pending deliveries.
        Oldest first."""
        goes_on = or_(~SHADOW, JobRow.status == JobStatus.DELIVERING.value)
        has_task = exists().where(
            TaskRow.workspace_id == JobRow.workspace_id, TaskRow.job_id == JobRow.id
        )
        query = (
            select(JobRow.workspace_id, JobRow.id, JobRow.kind, JobRow.status, JobRow.created_at)
            .where(JobRow.status.in_(GOING_ON), goes_on, ~has_task)
            .order_by(JobRow.created_at, JobRow.id)
            .limit(limit)
        )
        return [
            JobKey(
                workspace_id=row.workspace_id,
                job_id=row.id,
                kind=row.kind,
                status=JobStatus(row.status),
                created_at=row.created_at,
            )
            for row in await self._read(query)
        ]

    async def untried(self, *, limit: int = 200) -> Sequence[Delivery]:
        """Messages of the outbox that no process has tried to send yet."""
        columns = (
            DeliveryRow.workspace_id,
            DeliveryRow.id,
            DeliveryRow.job_id,
            DeliveryRow.kind,
            DeliveryRow.destination,
        )
        query = select(*columns).where(DeliveryRow.attempts == 0).order_by(DeliveryRow.id)
        return [
            Delivery(
                id=row.id,
                workspace_id=row.workspace_id,
                job_id=row.job_id,
                kind=DeliveryKind(row.kind),
                destination=_DESTINATION.validate_python(row.destination),
            )
            for row in await self._read(query.limit(limit))
        ]

    async def live(self, surface: str, *, limit: int = 1000) -> Sequence[LiveJob]:
        """The jobs of a surface that a message there must still show: unfinished ones, and those
        whose message was not brought to its end; oldest first."""
        last = (
            select(func.max(JobEventRow.seq))
            .where(JobEventRow.workspace_id == JobRow.workspace_id, JobEventRow.job_id == JobRow.id)
            .scalar_subquery()
        )
        channel = (
            select(func.max(JobMessageRow.channel))
            .where(
                JobMessageRow.workspace_id == JobRow.workspace_id,
                JobMessageRow.job_id == JobRow.id,
                # Not plainly: SQLite would read all messages of the surface instead of the job's.
                func.coalesce(JobMessageRow.surface, "") == surface,
            )
            .correlate(JobRow)
            .scalar_subquery()
        )
        asked_in = JobRow.request["destination"]["channel"].as_string()
        columns = (
            JobRow.workspace_id,
            JobRow.id,
            JobRow.status,
            JobRow.created_at,
            last.label("seq"),
            channel.label("channel"),
            # Read from the request only where there is no message yet.
            case((channel.is_(None), asked_in), else_=None).label("asked_in"),
            case((channel.is_(None), SHADOW), else_=False).label("shadow"),
        )
        running = select(*columns).where(
            JobRow.surface == surface, JobRow.live, JobRow.status.in_(UNFINISHED)
        )
        opened = (
            select(*columns)
            .join(
                JobMessageRow,
                and_(
                    JobMessageRow.workspace_id == JobRow.workspace_id,
                    JobMessageRow.job_id == JobRow.id,
                ),
            )
            .where(JobMessageRow.surface == surface, JobMessageRow.open)
        )
        rows = await self._read(running.union(opened).order_by("created_at").limit(limit))
        return [
            LiveJob(
                workspace_id=row.workspace_id,
                job_id=row.id,
                seq=row.seq or 0,
                status=JobStatus(row.status),
                created_at=row.created_at,
                channel=row.channel or row.asked_in or "",
                shown=row.channel is not None,
                shadow=bool(row.shadow),
            )
            for row in rows
        ]

    async def positions(self) -> Mapping[tuple[str, str], int]:
        """The number of waiting jobs of its workspace before each waiting job, by workspace and
        job."""
        queued = JobRow.status == JobStatus.QUEUED.value
        before = func.row_number().over(
            partition_by=JobRow.workspace_id, order_by=(JobRow.created_at, JobRow.id)
        )
        query = select(JobRow.workspace_id, JobRow.id, before.label("number"))
        rows = await self._read(query.where(queued, ~SHADOW))
        return {(row.workspace_id, row.id): row.number - 1 for row in rows}

    async def ahead_of(self, workspace_id: str, created_at: datetime) -> tuple[int, int]:
        """The number of older jobs in work or waiting, in all workspaces and in that one."""
        here = case((JobRow.workspace_id == workspace_id, 1))
        query = select(func.count(), func.count(here)).where(
            JobRow.status.in_(GOING_ON), JobRow.created_at < created_at
        )
        [row] = await self._read(query)
        return int(row[0]), int(row[1])

    async def done_since(self, since: datetime) -> tuple[int, datetime | None]:
        """The number of jobs of all workspaces that ended since then, and when the first of them
        was requested."""
        query = select(func.count(), func.min(JobRow.created_at)).where(
            JobRow.traces_kept, JobRow.finished_at >= since
        )
        [row] = await self._read(query)
        return int(row[0]), row[1]

    async def render_seconds(self, *, latest: int = 200) -> Mapping[str, float]:
        """The median seconds a picture took, by generator, over the latest pictures of all."""
        pictures = (
            select(
                IllustrationRow.workspace_id,
                IllustrationRow.job_id,
                IllustrationRow.recipe["generator"].as_string().label("generator"),
            )
            .order_by(IllustrationRow.created_at.desc())
            .limit(latest)
            .subquery()
        )
        query = select(pictures, JobRow.render_started_at, JobRow.render_finished_at).join(
            JobRow,
            and_(JobRow.workspace_id == pictures.c.workspace_id, JobRow.id == pictures.c.job_id),
        )
        rows = [
            row
            for row in await self._read(query)
            if row.render_started_at is not None and row.render_finished_at is not None
        ]
        counts = Counter((row.workspace_id, row.job_id) for row in rows)
        seconds: dict[str, list[float]] = {}
        for row in rows:
            whole = (row.render_finished_at - row.render_started_at).total_seconds()
            each = whole / counts[row.workspace_id, row.job_id]
            seconds.setdefault(row.generator, []).append(each)
        return {generator: median(took) for generator, took in seconds.items()}

    async def with_expired_pictures(self, *, now: datetime) -> Sequence[str]:
        """Workspaces with refused pictures whose time is over, in the order of their ids."""
        query = (
            select(IllustrationRow.workspace_id)
            .where(IllustrationRow.kept_sha256.is_not(None), IllustrationRow.kept_until <= now)
            .distinct()
            .order_by(IllustrationRow.workspace_id)
        )
        return [row.workspace_id for row in await self._read(query)]

    async def with_trajectories(self) -> Sequence[str]:
        """Workspaces of which conversations are kept to train with, in the order of their ids."""
        query = select(TrajectoryRow.workspace_id).distinct().order_by(TrajectoryRow.workspace_id)
        return [row.workspace_id for row in await self._read(query)]

    async def with_votes(self) -> Sequence[str]:
        """Workspaces with votes on pictures, in the order of their ids."""
        query = select(VoteRow.workspace_id).distinct().order_by(VoteRow.workspace_id)
        return [row.workspace_id for row in await self._read(query)]

    async def kept_trajectories(self) -> Mapping[str, int]:
        """The number of conversations that are kept for training, by workspace."""
        query = select(TrajectoryRow.workspace_id, func.count().label("n")).group_by(
            TrajectoryRow.workspace_id
        )
        return {row.workspace_id: row.n for row in await self._read(query)}

    async def agent_outcomes(self) -> Mapping[str, Mapping[str, int]]:
        """Jobs and votes by the trained agent that did the research, "" for that of the
        settings. Reads all jobs that a model researched."""
        checkpoint = JobRow.research_agent["checkpoint"].as_string()
        up, score = IllustrationRow.votes_up, IllustrationRow.score
        query = (
            select(
                checkpoint.label("checkpoint"),
                func.count(func.distinct(JobRow.id)).label("jobs"),
                func.coalesce(func.sum(up), 0).label("up"),
                func.coalesce(func.sum(up - score), 0).label("down"),
            )
            .outerjoin(
                IllustrationRow,
                and_(
                    IllustrationRow.workspace_id == JobRow.workspace_id,
                    IllustrationRow.job_id == JobRow.id,
                ),
            )
            .where(JobRow.research_agent["profile"].as_string().is_not(None))
            .group_by(checkpoint)
        )
        return {
            row.checkpoint or "": {
                "jobs": int(row.jobs),
                "votes_up": int(row.up),
                "votes_down": int(row.down),
            }
            for row in await self._read(query)
        }

    async def expire_trajectories(self, *, before: datetime) -> int:
        """Remove what was kept to train with of jobs from before that time; gives how many."""
        statement = delete(TrajectoryRow).where(TrajectoryRow.created_at < before)
        with translate_errors():
            async with self._engine.begin() as connection:
                return (await connection.execute(statement)).rowcount

    async def expire(self, *, before: datetime) -> int:
        """Remove events and hops of jobs finished before that time; pictures, recipes, sources and
        evidence stay. Gives the number of jobs touched.

        Each job is looked at once, and a few hundred at a time."""
        touched = 0
        with translate_errors():
            while True:
                async with self._engine.begin() as connection:
                    jobs = await _jobs_to_expire(connection, before)
                    for row in (JobEventRow, HopRow) if jobs else ():
                        key = tuple_(row.workspace_id, row.job_id)
                        await connection.execute(delete(row).where(key.in_(jobs)))
                touched += len(jobs)
                if len(jobs) < EXPIRED_AT_ONCE:
                    return touched

    async def _read(self, query: Any) -> Sequence[Any]:
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                return (await connection.execute(query)).all()


async def _jobs_to_expire(
    connection: AsyncConnection, before: datetime
) -> Sequence[tuple[str, str]]:
    """The keys of jobs whose traces are to be removed now; they are marked as done."""
    key = tuple_(JobRow.workspace_id, JobRow.id)
    old = (
        select(JobRow.workspace_id, JobRow.id)
        .where(JobRow.traces_kept, JobRow.finished_at < before)
        .order_by(JobRow.finished_at)
        .limit(EXPIRED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    jobs = [(row.workspace_id, row.id) for row in await connection.execute(old)]
    if jobs:
        await connection.execute(update(JobRow).where(key.in_(jobs)).values(traces_kept=False))
    return jobs
