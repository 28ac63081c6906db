"""The queue of tasks: who works on what, each partition in turn, one claim at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, text, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.orm import aliased

from domain.tasks import ClaimedTask, Task, Waiting
from storage.changes import CHANNEL, ChangeFeed
from storage.database import READ_ONLY, told_in_words
from storage.task_rows import ExecutorRow, TaskRow

_COLUMNS = TaskRow.__table__.c
Full = Mapping[str, Collection[str]]
"""By queue, workspaces whose tasks are left alone."""
NONE_FULL: Final[Full] = {}


class SqlTaskBoard:
    """The tasks of every workspace that wait or are worked on."""

    def __init__(self, engine: AsyncEngine, *, changes: ChangeFeed | None = None) -> None:
        self._engine = engine
        self._changes = changes or ChangeFeed()

    async def add(self, task: Task, *, attempts: int = 0) -> bool:
        """Let a task wait for its turn; False when it is there already.

        ``attempts`` above 0 says that the job engine knows it from before.
        """
        with told_in_words():
            async with self._engine.begin() as connection:
                turn = await _next_turn(connection, task)
                kind = self._engine.dialect.name
                insert = postgresql.insert if kind == "postgresql" else sqlite.insert
                added = await connection.execute(
                    insert(TaskRow)
                    .values(
                        id=task.id,
                        workflow=task.workflow,
                        queue=task.queue,
                        partition=task.partition,
                        workspace_id=task.workspace_id,
                        subject_id=task.subject_id,
                        job_id=task.job_id,
                        turn=turn,
                        attempts=attempts,
                        cancelled=False,
                        suspect=False,
                        alone=False,
                        died=False,
                        steps=0,
                        deaths=0,
                        lone_deaths=0,
                    )
                    .on_conflict_do_nothing(index_elements=["id"])
                    .returning(_COLUMNS.seq)
                )
                is_new = added.first() is not None
                if kind == "postgresql":  # also where this process hears of no changes itself
                    await connection.execute(text(f"SELECT pg_notify('{CHANNEL}', '')"))
        self._changes.touch()
        return is_new

    async def waiting(
        self, executor_id: str, queues: Sequence[str], *, full: Full = NONE_FULL
    ) -> Waiting:
        """What there is to do for a process that works on these queues, without what the ``full``
        workspaces have on each."""
        mine = _COLUMNS.executor_id == executor_id
        wanted = and_(_claimable(queues), _not_full(full))
        claimable = select(_COLUMNS.queue, _COLUMNS.suspect).where(wanted).distinct()
        cancelled = select(_COLUMNS.id).where(mine, _COLUMNS.cancelled)
        with told_in_words():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                found = (await connection.execute(claimable)).all()
                stopped = (await connection.execute(cancelled)).scalars().all()
        return Waiting(
            queues=frozenset(row.queue for row in found if not row.suspect),
            suspects=any(row.suspect for row in found),
            cancelled=frozenset(stopped),
        )

    async def take(
        self,
        executor_id: str,
        room: Mapping[str, int],
        *,
        over: Sequence[str] = (),
        full: Full = NONE_FULL,
    ) -> Sequence[ClaimedTask]:
        """Claim up to so many tasks of each queue, none of its ``full`` workspaces, and forget
        those that are ``over``.

        Suspects are left where they are.
        """
        wanted = {queue: most for queue, most in room.items() if most > 0}
        try:
            with told_in_words():
                async with self._engine.begin() as connection:
                    await self._remove(connection, executor_id, over)
                    taken = [
                        await self._claim(
                            connection,
                            executor_id,
                            and_(_claimable([queue]), _not_full(full)),
                            limit=most,
                            alone=False,
                        )
                        for queue, most in wanted.items()
                    ]
        except IntegrityError:  # another process has just begun a task of the same partition
            return await self.take(executor_id, {}, over=over)
        return [claim for claims in taken for claim in claims]

    async def take_suspect(self, executor_id: str, queues: Sequence[str]) -> ClaimedTask | None:
        """Claim one suspect, to be worked on alone."""
        wanted = and_(_claimable(queues), _COLUMNS.suspect)
        try:
            with told_in_words():
                async with self._engine.begin() as connection:
                    claims = await self._claim(connection, executor_id, wanted, limit=1, alone=True)
        except IntegrityError:
            return None
        return claims[0] if claims else None

    async def give_back(self, executor_id: str, task_ids: Sequence[str]) -> None:
        """Let tasks wait again; those that another process has by now are left alone."""
        await self._write(
            update(TaskRow)
            .where(_COLUMNS.id.in_(task_ids), _COLUMNS.executor_id == executor_id)
            .values(executor_id=None, alone=False)
        )

    async def count_death(
        self, executor_id: str, claim: ClaimedTask, *, give_back: bool = False
    ) -> bool:
        """Keep what was counted of a task; False when it is no longer this process's."""
        changed = await self._write(
            update(TaskRow)
            .where(_COLUMNS.id == claim.task.id, _COLUMNS.executor_id == executor_id)
            .values(
                executor_id=None if give_back else executor_id,
                suspect=claim.suspect,
                died=False,
                steps=claim.steps,
                deaths=claim.deaths,
                lone_deaths=claim.lone_deaths,
            )
        )
        return changed > 0

    async def cancel(self, task_ids: Sequence[str]) -> None:
        """Have tasks stopped; those that were never begun are forgotten."""
        named = _COLUMNS.id.in_(task_ids)
        never_begun = and_(_COLUMNS.executor_id.is_(None), _COLUMNS.attempts == 0)
        with told_in_words():
            async with self._engine.begin() as connection:
                await connection.execute(delete(TaskRow).where(named, never_begun))
                await connection.execute(update(TaskRow).where(named).values(cancelled=True))
                if self._engine.dialect.name == "postgresql":
                    await connection.execute(text(f"SELECT pg_notify('{CHANNEL}', '')"))
        self._changes.touch()

    async def known(self, task_ids: Sequence[str]) -> frozenset[str]:
        """Which of these tasks wait or are worked on."""
        with told_in_words():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                found = await connection.execute(
                    select(_COLUMNS.id).where(_COLUMNS.id.in_(task_ids))
                )
                return frozenset(found.scalars())

    async def _remove(
        self, connection: AsyncConnection, executor_id: str, task_ids: Sequence[str]
    ) -> None:
        if task_ids:
            await connection.execute(
                delete(TaskRow).where(
                    _COLUMNS.id.in_(task_ids), _COLUMNS.executor_id == executor_id
                )
            )

    async def _claim(
        self,
        connection: AsyncConnection,
        executor_id: str,
        wanted: ColumnElement[bool],
        *,
        limit: int,
        alone: bool,
    ) -> list[ClaimedTask]:
        # A process whose heartbeat was removed has lost its tasks and may not take others.
        beats = select(ExecutorRow.id).where(ExecutorRow.id == executor_id).exists()
        # Rows that another process is claiming are skipped, never waited for.
        candidates = (
            select(_COLUMNS.seq)
            .where(wanted, _COLUMNS.suspect == alone, beats)
            .order_by(_COLUMNS.turn, _COLUMNS.seq)
            .limit(limit)
            .with_for_update(skip_locked=True, of=TaskRow)
        )
        found = (await connection.execute(candidates)).scalars().all()
        if not found:
            return []
        rows = await connection.execute(
            update(TaskRow)
            .where(_COLUMNS.seq.in_(found), _COLUMNS.executor_id.is_(None))
            .values(executor_id=executor_id, attempts=_COLUMNS.attempts + 1, alone=alone)
            .returning(*_COLUMNS)
        )
        return [_claimed(row) for row in sorted(rows.all(), key=lambda row: row.seq)]

    async def _write(self, statement: Any) -> int:
        with told_in_words():
            async with self._engine.begin() as connection:
                return (await connection.execute(statement)).rowcount


async def _next_turn(connection: AsyncConnection, task: Task) -> int:
    """After the last task of its partition, but with the first of the others, so that a long queue
    of one partition holds up no other; tasks without a partition keep the order they came in."""
    if task.partition is None:
        return 0
    own = and_(_COLUMNS.queue == task.queue, _COLUMNS.partition == task.partition)
    last = select(func.max(_COLUMNS.turn)).where(own).scalar_subquery()
    waits = and_(_COLUMNS.queue == task.queue, _COLUMNS.executor_id.is_(None))
    first = select(func.min(_COLUMNS.turn)).where(waits).scalar_subquery()
    latest = select(func.max(_COLUMNS.turn)).where(_COLUMNS.queue == task.queue).scalar_subquery()
    [row] = (await connection.execute(select(last, first, latest))).all()
    return max((row[0] or 0) + 1, row[1] or row[2] or 0)


def _claimable(queues: Sequence[str]) -> ColumnElement[bool]:
    """Waits, is the first of its partition, and nobody works on another one of that."""
    other = aliased(TaskRow)
    same = and_(other.queue == _COLUMNS.queue, other.partition == _COLUMNS.partition)
    earlier = or_(other.executor_id.is_not(None), other.seq < _COLUMNS.seq)
    held_up = select(true()).where(same, earlier).correlate(TaskRow).exists()
    return and_(
        _COLUMNS.queue.in_(queues),
        _COLUMNS.executor_id.is_(None),
        or_(_COLUMNS.partition.is_(None), ~held_up),
    )


def _not_full(full: Full) -> ColumnElement[bool]:
    return and_(
        true(),
        *(
            ~and_(_COLUMNS.queue == queue, _COLUMNS.workspace_id.in_(sorted(workspaces)))
            for queue, workspaces in full.items()
        ),
    )


def _claimed(row: Any) -> ClaimedTask:
    return ClaimedTask(
        task=Task(
            id=row.id,
            workflow=row.workflow,
            queue=row.queue,
            workspace_id=row.workspace_id,
            subject_id=row.subject_id,
            partition=row.partition,
            job_id=row.job_id,
        ),
        attempts=row.attempts,
        cancelled=row.cancelled,
        suspect=row.suspect,
        alone=row.alone,
        died=row.died,
        steps=row.steps,
        deaths=row.deaths,
        lone_deaths=row.lone_deaths,
    )
