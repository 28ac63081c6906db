"""The outbox, the messages in chat, and the log of each job of one workspace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import bindparam, func, select, update

from domain.errors import NotFound
from domain.illustrations import Delivery, DeliveryKind, JobEvent
from domain.requests import Destination
from domain.team import JobMessage, MessageKind
from storage.repositories.base import Repository, dialect_insert
from storage.rows import TABLES, DeliveryRow, JobEventRow, JobMessageRow

DELIVERIES = TABLES.tables[DeliveryRow.__tablename__]
EVENTS = TABLES.tables[JobEventRow.__tablename__]

_DESTINATION: TypeAdapter[Destination] = TypeAdapter(Destination)


@cache
def _add_delivery(dialect: str) -> Any:
    position = (
        select(func.count())
        .select_from(DELIVERIES)
        .where(
            DELIVERIES.c.workspace_id == bindparam("of_workspace"),
            DELIVERIES.c.job_id == bindparam("of_job"),
        )
        .scalar_subquery()
    )
    statement = dialect_insert(dialect, DELIVERIES).values(position=position)
    return statement.on_conflict_do_nothing(index_elements=["workspace_id", "id"])


@cache
def _delivery(*, locked: bool) -> Any:
    query = select(DELIVERIES).where(
        DELIVERIES.c.workspace_id == bindparam("workspace"),
        DELIVERIES.c.id == bindparam("delivery"),
    )
    return query.with_for_update() if locked else query


@cache
def _change_delivery() -> Any:
    return update(DELIVERIES).where(
        DELIVERIES.c.workspace_id == bindparam("workspace"),
        DELIVERIES.c.id == bindparam("delivery"),
    )


@cache
def _append(dialect: str) -> Any:
    last = (
        select(func.coalesce(func.max(EVENTS.c.seq), 0))
        .where(
            EVENTS.c.workspace_id == bindparam("of_workspace"),
            EVENTS.c.job_id == bindparam("of_job"),
        )
        .scalar_subquery()
    )
    statement = dialect_insert(dialect, EVENTS).values(seq=last + 1)
    return statement.on_conflict_do_nothing(
        index_elements=["workspace_id", "job_id", "key"]
    ).returning(EVENTS.c.seq)


class SqlDeliveryRepository(Repository):
    """The outbox of one workspace."""

    async def add(self, delivery: Delivery) -> None:
        """Keep a delivery; one with that id already there stays as it is."""
        await self._lock(delivery.job_id)
        await self._execute(
            _add_delivery(self._dialect),
            {
                "of_workspace": self._workspace_id,
                "of_job": delivery.job_id,
                "workspace_id": self._workspace_id,
                "id": delivery.id,
                "job_id": delivery.job_id,
                "kind": delivery.kind.value,
                "undecided": delivery.kind in (DeliveryKind.APPEAL, DeliveryKind.REPORT),
                "destination": _DESTINATION.dump_python(delivery.destination, mode="json"),
                "claimed_at": delivery.claimed_at,
                "attempts": delivery.attempts,
                "receipt": delivery.receipt,
                "delivered_at": delivery.delivered_at,
            },
        )

    async def claim(self, delivery_id: str, *, now: datetime) -> Delivery:
        """Count an attempt and return the delivery as it was *before* the claim, so that the caller
        sees whether an earlier attempt may have got through. Raises ``NotFound``."""
        before = await self._delivery(delivery_id)
        await self._change(delivery_id, claimed_at=now, attempts=before.attempts + 1)
        return before

    async def delivered(self, delivery_id: str, *, receipt: str, now: datetime) -> None:
        """Keep the receipt; the first one stays. Raises ``NotFound``."""
        if (await self._delivery(delivery_id)).receipt is None:
            await self._change(delivery_id, receipt=receipt, delivered_at=now)

    async def of_job(self, job_id: str) -> Sequence[Delivery]:
        """A job's deliveries in the order they were added."""
        rows = await self._rows(DELIVERIES, "position", job_id=job_id)
        return [_to_delivery(row) for row in rows]

    async def undecided(self, *, limit: int) -> Sequence[str]:
        """The jobs about which moderators were notified and have not decided, the newest first."""
        rows = await self._session.scalars(
            select(DeliveryRow.job_id)
            .where(DeliveryRow.workspace_id == self._workspace_id, DeliveryRow.undecided)
            .order_by(DeliveryRow.job_id.desc())
            .limit(limit)
        )
        return list(rows)

    async def decided(self, job_id: str) -> None:
        """Note that moderators decided about a job."""
        await self._session.execute(
            update(DeliveryRow)
            .where(
                DeliveryRow.workspace_id == self._workspace_id,
                DeliveryRow.job_id == job_id,
                DeliveryRow.undecided,
            )
            .values(undecided=False)
        )

    async def _delivery(self, delivery_id: str) -> Delivery:
        query = _delivery(locked=not self._read_only)
        values = {"workspace": self._workspace_id, "delivery": delivery_id}
        row = (await self._execute(query, values)).one_or_none()
        if row is None:
            raise NotFound("delivery", delivery_id)
        return _to_delivery(row)

    async def _change(self, delivery_id: str, **changed: Any) -> None:
        key = {"workspace": self._workspace_id, "delivery": delivery_id}
        await self._execute(_change_delivery(), {**key, **changed})


class SqlEventLog(Repository):
    """The durable log of what happens to the jobs of one workspace."""

    async def append(
        self, job_id: str, kind: str, data: dict[str, Any], *, key: str | None = None
    ) -> JobEvent | None:
        """Add a line with the next number. With a ``key`` that the job's log already holds,
        nothing is added and None comes back, so a step that runs twice logs once."""
        await self._lock(job_id)  # makes the next number this writer's alone
        at = datetime.now(UTC)
        added = await self._execute(
            _append(self._dialect),
            {
                "of_workspace": self._workspace_id,
                "of_job": job_id,
                "workspace_id": self._workspace_id,
                "job_id": job_id,
                "kind": kind,
                "at": at,
                "data": data,
                "key": key,
            },
        )
        seq = added.scalar_one_or_none()
        return None if seq is None else JobEvent(job_id, seq, kind, at, data)

    async def read(self, job_id: str, *, after: int = 0, limit: int = 500) -> Sequence[JobEvent]:
        """The lines after that number, in order; none for a job of another workspace."""
        rows = await self._session.scalars(
            select(JobEventRow)
            .where(
                JobEventRow.workspace_id == self._workspace_id,
                JobEventRow.job_id == job_id,
                JobEventRow.seq > after,
            )
            .order_by(JobEventRow.seq)
            .limit(limit)
        )
        return [_to_event(row) for row in rows]

    async def get(self, job_id: str, key: str) -> JobEvent | None:
        """The job's line with that key; None for a job of another workspace."""
        row = await self._session.scalar(
            select(JobEventRow).where(
                JobEventRow.workspace_id == self._workspace_id,
                JobEventRow.job_id == job_id,
                JobEventRow.key == key,
            )
        )
        return None if row is None else _to_event(row)

    async def latest(self, job_id: str) -> JobEvent | None:
        """The job's last line; None for a job of another workspace."""
        row = await self._session.scalar(
            select(JobEventRow)
            .where(JobEventRow.workspace_id == self._workspace_id, JobEventRow.job_id == job_id)
            .order_by(JobEventRow.seq.desc())
            .limit(1)
        )
        return None if row is None else _to_event(row)


class SqlMessageRepository(Repository):
    """The messages in chat that belong to the jobs of one workspace."""

    async def add(self, message: JobMessage) -> None:
        """Keep a message; one that is known already gets the new thread and openness."""
        await self._lock(message.job_id)
        row = await self._row(message.surface, message.channel, message.message)
        if row is None:
            row = JobMessageRow(
                workspace_id=self._workspace_id,
                surface=message.surface,
                channel=message.channel,
                message=message.message,
                job_id=message.job_id,
                created_at=message.created_at,
            )
            self._session.add(row)
        row.kind, row.open = message.kind.value, message.open
        row.thread = message.thread or row.thread
        await self._session.flush()

    async def find(self, surface: str, channel: str, message: str) -> JobMessage | None:
        """The message of those ids, if it is one of a job here."""
        row = await self._row(surface, channel, message)
        return None if row is None else _to_message(row)

    async def of_job(self, job_id: str) -> Sequence[JobMessage]:
        """A job's messages, oldest first."""
        rows = await self._session.scalars(
            select(JobMessageRow)
            .where(JobMessageRow.workspace_id == self._workspace_id, JobMessageRow.job_id == job_id)
            .order_by(JobMessageRow.created_at, JobMessageRow.message)
        )
        return [_to_message(row) for row in rows]

    async def in_thread(self, surface: str, thread: str) -> JobMessage | None:
        """The newest message of a job in that thread, or the one whose thread it is."""
        row = await self._session.scalar(
            select(JobMessageRow)
            .where(
                JobMessageRow.workspace_id == self._workspace_id,
                JobMessageRow.surface == surface,
                JobMessageRow.thread == thread,
            )
            .order_by(JobMessageRow.created_at.desc(), JobMessageRow.message.desc())
            .limit(1)
        )
        return None if row is None else _to_message(row)

    async def close(self, job_id: str) -> None:
        """Note that a job's messages need no more care."""
        await self._session.execute(
            update(JobMessageRow)
            .where(JobMessageRow.workspace_id == self._workspace_id, JobMessageRow.job_id == job_id)
            .values(open=False)
        )

    async def _row(self, surface: str, channel: str, message: str) -> JobMessageRow | None:
        key = (self._workspace_id, surface, channel, message)
        return await self._session.get(JobMessageRow, key)


def _to_delivery(row: Any) -> Delivery:
    return Delivery(
        id=row.id,
        workspace_id=row.workspace_id,
        job_id=row.job_id,
        kind=DeliveryKind(row.kind),
        destination=_DESTINATION.validate_python(row.destination),
        claimed_at=row.claimed_at,
        attempts=row.attempts,
        receipt=row.receipt,
        delivered_at=row.delivered_at,
    )


def _to_event(row: JobEventRow) -> JobEvent:
    return JobEvent(job_id=row.job_id, seq=row.seq, kind=row.kind, at=row.at, data=row.data)


def _to_message(row: JobMessageRow) -> JobMessage:
    return JobMessage(
        surface=row.surface,
        channel=row.channel,
        message=row.message,
        job_id=row.job_id,
        kind=MessageKind(row.kind),
        created_at=row.created_at,
        open=row.open,
        thread=row.thread,
    )
