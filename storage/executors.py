"""The processes that work on tasks: their heartbeats, and taking over the tasks of dead ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.tasks import Heartbeats
from storage.columns import time_now
from storage.database import READ_ONLY, begin_in_place, translate_errors
from storage.task_rows import ExecutorRow, TaskRow


class SqlExecutors:
    """The processes that work on this database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def beat(self, executor_id: str) -> Heartbeats:
        """Count one more heartbeat of a process, and give those of all; its own is missing when
        another process took its tasks away."""
        now = time_now(self._engine.dialect.name)
        mine = (
            update(ExecutorRow)
            .where(ExecutorRow.id == executor_id)
            .values(beats=ExecutorRow.beats + 1, seen_at=now)
        )
        # A process of an earlier version counts nothing; when it was seen changes instead.
        every = select(ExecutorRow.id, ExecutorRow.beats, ExecutorRow.seen_at)
        lost = (
            select(TaskRow.executor_id)
            .where(
                TaskRow.executor_id.is_not(None),
                TaskRow.executor_id.not_in(select(ExecutorRow.id)),
            )
            .distinct()
        )
        with translate_errors():
            async with begin_in_place(self._engine) as connection:
                await connection.execute(mine)
                rows = (await connection.execute(every)).all()
                orphans = (await connection.execute(lost)).scalars().all()
        return Heartbeats(
            beats={row.id: f"{row.beats} {row.seen_at.isoformat()}" for row in rows},
            orphans=frozenset(orphan for orphan in orphans if orphan is not None),
        )

    async def remove(self, executor_ids: Sequence[str], *, died: bool) -> Sequence[str]:
        """Forget processes and let their tasks wait for others; gives the tasks' ids."""
        # Whether it got further since its last death is found out by the process that takes it up.
        freed = (
            update(TaskRow)
            .where(TaskRow.executor_id.in_(executor_ids))
            .values(executor_id=None, **_counted(died=died))
            .returning(TaskRow.id)
        )
        gone = delete(ExecutorRow).where(ExecutorRow.id.in_(executor_ids))
        with translate_errors():
            async with self._engine.begin() as connection:
                await connection.execute(gone)
                return (await connection.execute(freed)).scalars().all()

    async def remove_earlier(self, executor_id: str, *, place: str) -> Sequence[str]:
        """Forget the processes that had this process's place before; gives the ids of tasks that
        they died with."""
        same = or_(ExecutorRow.id == place, ExecutorRow.id.startswith(f"{place}.", autoescape=True))
        earlier = select(ExecutorRow.id).where(same, ExecutorRow.id != executor_id)
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                found = (await connection.execute(earlier)).scalars().all()
        return await self.remove(found, died=True) if found else []


def _counted(*, died: bool) -> dict[str, Any]:
    if not died:
        return {}
    alone = case((TaskRow.alone, 1), else_=0)
    return {
        "died": True,
        "deaths": TaskRow.deaths + 1,
        "lone_deaths": TaskRow.lone_deaths + alone,
    }
