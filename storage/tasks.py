"""The queue of tasks: who works on what, each workspace and in it each partition in turn, one claim
at a time."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    delete,
    func,
    literal,
    or_,
    select,
    text,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.orm import aliased

from domain.tasks import ClaimedTask, Task, Waiting
from storage.changes import CHANNEL, ChangeFeed
from storage.columns import time_now
from storage.database import IN_PLACE, READ_ONLY, begin_in_place, translate_errors
from storage.rows import TABLES
from storage.task_rows import ExecutorRow, TaskRow

_TASKS: Final = TABLES.tables[TaskRow.__tablename__]
_COLUMNS: Final = _TASKS.c
_NEW: Final = {
    **dict.fromkeys(("cancelled", "suspect", "alone", "died"), False),
    **dict.fromkeys(("steps", "deaths", "lone_deaths"), 0),
}
Full = Mapping[str, Collection[str]]
"""By queue, workspaces whose tasks are left alone."""
NONE_FULL: Final[Full] = {}


class SqlTaskBoard:
    """The tasks of every workspace that wait or are worked on."""

    def __init__(self, engine: AsyncEngine, *, changes: ChangeFeed | None = None) -> None:
        self._engine = engine
        self._changes = changes or ChangeFeed()
        self._served: dict[str, dict[str, int]] = defaultdict(dict)
        """By queue, when this process last claimed a task of each workspace, as a rising number."""
        self._claims = itertools.count(1)

    async def add(self, task: Task, *, attempts: int = 0) -> bool:
        """Let a task wait for its turn; False when it is there already.

        ``attempts`` above 0 says that the job engine knows it from before.
        """
        with translate_errors():
            async with begin_in_place(self._engine) as connection:
                turn = await _next_turn(connection, task)
                kind = self._engine.dialect.name
                values = {**asdict(task), "turn": turn, "attempts": attempts, **_NEW}
                added = await connection.execute(_insert(kind), values)
                is_new = added.first() is not None
                # also where this process is not notified of changes itself
                if kind == "postgresql":
                    await connection.execute(text(f"SELECT pg_notify('{CHANNEL}', '')"))
        self._changes.touch(tasks=True)
        return is_new

    async def waiting(
        self, executor_id: str, queues: Sequence[str], *, full: Full = NONE_FULL
    ) -> Waiting:
        """The available tasks for a process that works on these queues, without those of the
        ``full`` workspaces of each queue."""
        values: dict[str, Any] = {"executor": executor_id, "queues": [*queues]}
        for number, queue in enumerate(queues):
            values |= {f"queue_{number}": queue, f"full_{number}": [*full.get(queue, ())]}
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True, IN_PLACE: True})
                found = await connection.execute(_to_do(len(queues)), values)
                rows = found.all()
        numbers: set[int] = {row.number for row in rows}
        return Waiting(
            queues=frozenset(queues[number] for number in numbers if number >= 0),
            suspects=_SUSPECT in numbers,
            cancelled=frozenset(row.task for row in rows if row.number == _CANCELLED),
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
        those that are ``over``. Workspaces take turns: first come those of which this process has
        claimed nothing for longest.

        Suspects are left where they are.
        """
        wanted = {queue: most for queue, most in room.items() if most > 0}
        try:
            with translate_errors():
                async with begin_in_place(self._engine) as connection:
                    await self._remove(connection, executor_id, over)
                    taken = [
                        await self._claim_in_turn(
                            connection, executor_id, queue, limit=most, full=full.get(queue, ())
                        )
                        for queue, most in wanted.items()
                    ]
        except IntegrityError:  # another process has just begun a task of the same partition
            return await self.take(executor_id, {}, over=over)
        return [claim for claims in taken for claim in claims]

    async def take_suspect(self, executor_id: str, queues: Sequence[str]) -> ClaimedTask | None:
        """Claim one suspect, to be worked on alone."""
        try:
            with translate_errors():
                async with begin_in_place(self._engine) as connection:
                    wanted = {"queues": [*queues]}
                    claims = await self._claim(
                        connection, executor_id, _candidate_suspect(), wanted, alone=True
                    )
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
        with translate_errors():
            async with begin_in_place(self._engine) as connection:
                await connection.execute(delete(TaskRow).where(named, never_begun))
                await connection.execute(update(TaskRow).where(named).values(cancelled=True))
                if self._engine.dialect.name == "postgresql":
                    await connection.execute(text(f"SELECT pg_notify('{CHANNEL}', '')"))
        self._changes.touch(tasks=True)

    async def known(self, task_ids: Sequence[str]) -> frozenset[str]:
        """Those of these tasks that wait or are worked on."""
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True, IN_PLACE: True})
                found = await connection.execute(
                    select(_COLUMNS.id).where(_COLUMNS.id.in_(task_ids))
                )
                return frozenset(found.scalars())

    async def _remove(
        self, connection: AsyncConnection, executor_id: str, task_ids: Sequence[str]
    ) -> None:
        if task_ids:
            values = {"tasks": [*task_ids], "executor": executor_id}
            await connection.execute(_finished(), values)

    async def _claim_in_turn(
        self,
        connection: AsyncConnection,
        executor_id: str,
        queue: str,
        *,
        limit: int,
        full: Collection[str],
    ) -> list[ClaimedTask]:
        """Claim up to ``limit`` tasks of a queue, as evenly of its workspaces as can be."""
        found = await connection.execute(_workspaces(), {"queue": queue, "full": [*full]})
        served = self._served[queue]
        waiting = sorted(found.scalars().all(), key=lambda workspace: served.get(workspace, 0))
        self._served[queue] = {w: served[w] for w in waiting if w in served}
        taken: list[ClaimedTask] = []
        while waiting and len(taken) < limit:
            share = max(1, (limit - len(taken)) // len(waiting))
            for workspace in tuple(waiting):
                most = min(share, limit - len(taken))
                if not most:
                    break
                wanted = {"queue": queue, "workspace": workspace, "most": most}
                claims = await self._claim(connection, executor_id, _candidates(), wanted)
                if claims:
                    self._served[queue][workspace] = next(self._claims)
                if len(claims) < most:
                    waiting.remove(workspace)
                taken += claims
        return taken

    async def _claim(
        self,
        connection: AsyncConnection,
        executor_id: str,
        candidates: Any,
        wanted: Mapping[str, Any],
        *,
        alone: bool = False,
    ) -> list[ClaimedTask]:
        rows = await connection.execute(candidates, {**wanted, "executor": executor_id})
        found = rows.scalars().all()
        if not found:
            return []
        claim = {"found": found, "claimed_by": executor_id, "claimed_alone": alone}
        rows = await connection.execute(_claim(), claim)
        return [_claimed(row) for row in sorted(rows.all(), key=lambda row: row.seq)]

    async def _write(self, statement: Any) -> int:
        with translate_errors():
            async with begin_in_place(self._engine) as connection:
                return (await connection.execute(statement)).rowcount


async def _next_turn(connection: AsyncConnection, task: Task) -> int:
    """After the last task of its partition, but with the first of the others of its workspace, so
    that a long queue of one partition holds up no other; tasks without a partition keep the order
    they came in."""
    if task.partition is None:
        return 0
    place = {"queue": task.queue, "workspace": task.workspace_id, "partition": task.partition}
    found: Any = (await connection.execute(_turns(), place)).one()
    return max((found.last or 0) + 1, found.first or 0)


# Statements are built once and given their values each time: building one costs more than SQLite
# takes to answer it.


@cache
def _insert(dialect: str) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    added = insert(_TASKS).values(added_at=time_now(dialect))
    return added.on_conflict_do_nothing(index_elements=["id"]).returning(_COLUMNS.seq)


@cache
def _turns() -> Any:
    """The last turn of a partition; and the first that waits in its queue of its workspace, or the
    last of those worked on where none waits."""
    queue = _COLUMNS.queue == bindparam("queue")
    workspace = _COLUMNS.workspace_id == bindparam("workspace")
    partition = _COLUMNS.partition == bindparam("partition")
    waits = _COLUMNS.executor_id.is_(None)
    last = select(func.max(_COLUMNS.turn)).where(queue, partition)
    first = select(func.min(_COLUMNS.turn)).where(queue, workspace, waits)
    latest = select(func.max(_COLUMNS.turn)).where(queue, workspace)
    return select(
        last.scalar_subquery().label("last"),
        func.coalesce(first.scalar_subquery(), latest.scalar_subquery()).label("first"),
    )


_SUSPECT: Final = -1
_CANCELLED: Final = -2
"""The placeholder of a queue's number."""


@cache
def _to_do(queues: int) -> Any:
    """In one statement: the numbers of the queues on which something can be claimed, whether there
    are suspects, and the cancelled tasks of a process. Each of the former stops at the first task
    that it finds, however many wait."""
    no_task = literal(None, _COLUMNS.id.type)
    claimable = [
        (
            *_claimable(_COLUMNS.queue == bindparam(f"queue_{number}")),
            ~_COLUMNS.suspect,
            _COLUMNS.workspace_id.not_in(bindparam(f"full_{number}", expanding=True)),
        )
        for number in range(queues)
    ]
    found = [(number, select(true()).where(*each)) for number, each in enumerate(claimable)]
    found.append((_SUSPECT, select(true()).where(*_claimable(_queues()), _COLUMNS.suspect)))
    mine = _COLUMNS.executor_id == bindparam("executor")
    return union_all(
        *(
            select(literal(number).label("number"), no_task.label("task")).where(each.exists())
            for number, each in found
        ),
        select(literal(_CANCELLED), _COLUMNS.id).where(mine, _COLUMNS.cancelled),
    )


@cache
def _workspaces() -> Any:
    """The workspaces of which tasks wait on a queue."""
    return (
        select(_COLUMNS.workspace_id)
        .where(
            _COLUMNS.queue == bindparam("queue"),
            _COLUMNS.executor_id.is_(None),
            _COLUMNS.workspace_id.not_in(bindparam("full", expanding=True)),
        )
        .distinct()
    )


@cache
def _candidates() -> Any:
    """The claimable tasks of one workspace on one queue."""
    place = and_(
        _COLUMNS.queue == bindparam("queue"), _COLUMNS.workspace_id == bindparam("workspace")
    )
    return _to_be_claimed(place, ~_COLUMNS.suspect).limit(bindparam("most"))


@cache
def _candidate_suspect() -> Any:
    return _to_be_claimed(_queues(), _COLUMNS.suspect).limit(1)


def _to_be_claimed(*wanted: ColumnElement[bool]) -> Any:
    # A process whose heartbeat was removed has lost its tasks and may not take others.
    beats = select(ExecutorRow.id).where(ExecutorRow.id == bindparam("executor")).exists()
    # Rows that another process is claiming are skipped, never waited for.
    return (
        select(_COLUMNS.seq)
        .where(*_claimable(*wanted), beats)
        .order_by(_COLUMNS.turn, _COLUMNS.seq)
        .with_for_update(skip_locked=True, of=TaskRow)
    )


@cache
def _claim() -> Any:
    found = _COLUMNS.seq.in_(bindparam("found", expanding=True))
    return (
        update(_TASKS)
        .where(found, _COLUMNS.executor_id.is_(None))
        .values(
            executor_id=bindparam("claimed_by"),
            attempts=_COLUMNS.attempts + 1,
            alone=bindparam("claimed_alone"),
        )
        .returning(*_COLUMNS)
    )


@cache
def _finished() -> Any:
    named = _COLUMNS.id.in_(bindparam("tasks", expanding=True))
    return delete(_TASKS).where(named, _COLUMNS.executor_id == bindparam("executor"))


def _claimable(*wanted: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    """Waits, is the first of its partition, and no other one of that is in work."""
    other = aliased(TaskRow)
    same = and_(other.queue == _COLUMNS.queue, other.partition == _COLUMNS.partition)
    earlier = or_(other.executor_id.is_not(None), other.seq < _COLUMNS.seq)
    held_up = select(true()).where(same, earlier).correlate(TaskRow).exists()
    return (
        *wanted,
        _COLUMNS.executor_id.is_(None),
        or_(_COLUMNS.partition.is_(None), ~held_up),
    )


def _queues() -> ColumnElement[bool]:
    return _COLUMNS.queue.in_(bindparam("queues", expanding=True))


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
