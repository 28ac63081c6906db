"""The monthly report on a whole installation, for the operator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import quantiles
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.team import UsageTotal
from storage.database import READ_ONLY, translate_errors
from storage.repositories.jobs import SHADOW
from storage.repositories.team import month_of
from storage.rows import JobRow
from storage.total_rows import JobCountRow, UsageTotalRow

LATEST: Final = 10_000
"""Of so many finished jobs the times are looked at."""
STATUSES: Final = ("done", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class WorkspaceUse:
    """The activity and the costs of one workspace."""

    workspace_id: str
    jobs: int
    pictures: int
    cost_usd: float


@dataclass(frozen=True, slots=True)
class MonthReport:
    """A month (``2026-03``, UTC) of all workspaces; seconds are from request to end."""

    month: str
    jobs: int
    pictures: int
    people: int
    outcomes: Mapping[str, int]
    seconds_p50: float | None
    seconds_p95: float | None
    cost_usd: float
    totals: Sequence[UsageTotal]
    workspaces: Sequence[WorkspaceUse]


class SqlReports:
    """Reads reports."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def month(self, begins: datetime, ends: datetime, *, workspaces: int = 20) -> MonthReport:
        """The month that begins then (UTC), with the workspaces that spent or asked most. Raises
        ``StorageUnavailable``."""
        month = month_of(begins)
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})

                async def read(query: Any) -> Sequence[Any]:
                    return (await connection.execute(query)).all()

                totals = await read(_totals(month))
                spent = {row[0]: float(row[1]) for row in await read(_spent(month))}
                counts = await read(_counts(month))
                [[people]] = await read(_people(month))
                outcomes = {row[0]: row[1] for row in await read(_outcomes(begins, ends))}
                times = await read(_times(begins, ends))
        seconds = sorted((row.finished_at - row.created_at).total_seconds() for row in times)
        cuts = quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else seconds * 20
        used = {row.workspace_id: (row.jobs, row.pictures) for row in counts}
        every = [
            WorkspaceUse(name, *used.get(name, (0, 0)), spent.get(name, 0.0))
            for name in used.keys() | spent.keys()
        ]
        every.sort(key=lambda use: (-use.cost_usd, -use.jobs, use.workspace_id))
        return MonthReport(
            month=month,
            jobs=sum(jobs for jobs, _ in used.values()),
            pictures=sum(pictures for _, pictures in used.values()),
            people=people,
            outcomes=outcomes,
            seconds_p50=round(cuts[9], 1) if cuts else None,
            seconds_p95=round(cuts[18], 1) if cuts else None,
            cost_usd=round(sum(spent.values()), 4),
            totals=[UsageTotal(r[0], r[1], r[2], float(r[3]), float(r[4])) for r in totals],
            workspaces=every[:workspaces],
        )


def _totals(month: str) -> Any:
    row = UsageTotalRow
    return (
        select(row.kind, row.name, row.unit, func.sum(row.amount), func.sum(row.cost_usd))
        .where(row.month == month)
        .group_by(row.kind, row.name, row.unit)
        .order_by(row.kind, row.name, row.unit)
    )


def _spent(month: str) -> Any:
    row = UsageTotalRow
    query = select(row.workspace_id, func.sum(row.cost_usd)).where(row.month == month)
    return query.group_by(row.workspace_id)


def _counts(month: str) -> Any:
    row = JobCountRow
    return (
        select(
            row.workspace_id,
            func.sum(row.jobs).label("jobs"),
            func.sum(row.pictures).label("pictures"),
        )
        .where(row.day.like(f"{month}-%"))
        .group_by(row.workspace_id)
    )


def _people(month: str) -> Any:
    row = JobCountRow
    people = select(row.workspace_id, row.member_id).where(row.day.like(f"{month}-%")).distinct()
    return select(func.count()).select_from(people.subquery())


def _outcomes(begins: datetime, ends: datetime) -> Any:
    return (
        select(JobRow.status, func.count())
        .where(JobRow.status.in_(STATUSES), *_asked(begins, ends), ~SHADOW)
        .group_by(JobRow.status)
    )


def _times(begins: datetime, ends: datetime) -> Any:
    return (
        select(JobRow.created_at, JobRow.finished_at)
        .where(
            JobRow.status == "done",
            *_asked(begins, ends),
            ~SHADOW,
            JobRow.finished_at.is_not(None),
        )
        .order_by(JobRow.created_at.desc())
        .limit(LATEST)
    )


def _asked(begins: datetime, ends: datetime) -> tuple[Any, Any]:
    return JobRow.created_at >= begins, JobRow.created_at < ends
