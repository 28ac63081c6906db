"""The numbers that monitoring reads from the database, of all processes and workspaces at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.tasks import kind_of_queue
from storage.database import READ_ONLY, translate_errors
from storage.repositories.jobs import UNFINISHED
from storage.rows import JobRow
from storage.schema import REVISION
from storage.task_rows import ExecutorRow, TaskRow

_VERSION: Final = "SELECT version_num FROM alembic_version"
FRESH_S: Final = 15.0
"""A heartbeat that is older is a dead process's."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Queue lengths; a queue is named without the machine it belongs to."""

    jobs: Mapping[tuple[str, str], int]
    """Unfinished jobs by state and kind."""
    tasks: Mapping[tuple[str, str], int]
    """By queue, and "waiting" or "running"."""
    oldest_s: Mapping[str, float]
    """The age of the oldest waiting task of a queue."""
    processes: Mapping[str, int]
    """Living processes by queue."""


class SqlFigures:
    """Reads them in one transaction; each statement reads what is unfinished, not what is kept."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def read(self) -> Figures:
        """The numbers as they are now. Raises ``StorageUnavailable``."""
        waits = TaskRow.executor_id.is_(None)
        jobs = (
            select(JobRow.status, JobRow.kind, func.count())
            .where(JobRow.status.in_(UNFINISHED))
            .group_by(JobRow.status, JobRow.kind)
        )
        tasks = select(
            TaskRow.queue, waits.label("waits"), func.count().label("number"),
            func.min(TaskRow.added_at).label("oldest"),
        ).group_by(TaskRow.queue, waits)  # fmt: skip
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                unfinished = (await connection.execute(jobs)).all()
                queued = (await connection.execute(tasks)).all()
                alive = (await connection.execute(select(ExecutorRow.__table__))).all()
                now = max((row.seen_at for row in alive), default=None)
        counts: Counter[tuple[str, str]] = Counter()
        oldest: dict[str, float] = {}
        for row in queued:
            queue = kind_of_queue(row.queue)
            counts[queue, "waiting" if row.waits else "running"] += row.number
            # By the newest heartbeat: both times are by the database's clock.
            if row.waits and row.oldest is not None and now is not None:
                oldest[queue] = max(oldest.get(queue, 0.0), (now - row.oldest).total_seconds())
        fresh = [
            r for r in alive if now is not None and now - r.seen_at < timedelta(seconds=FRESH_S)
        ]
        processes = Counter(kind_of_queue(queue) for row in fresh for queue in set(row.queues))
        return Figures({(row[0], row[1]): row[2] for row in unfinished}, counts, oldest, processes)

    async def schema_trouble(self) -> str:
        """A sentence where the tables are older than this program; empty where they are not. Newer
        ones are well: while a version is rolled out, the earlier one goes on with them."""
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                found = (await connection.execute(text(_VERSION))).scalar()
        if found is not None and str(found) >= REVISION:
            return ""
        return f"The database has the schema {found}; run `limner db upgrade`."
