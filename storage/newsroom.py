"""Queries over all workspaces for the news desk's timer; no surface gets this.

What is asked after each change, once a second under load, is built once and given its values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.news import Notice, Schedule, SlotKey, SlotStatus
from domain.requests import JobStatus
from storage.database import IN_PLACE, READ_ONLY, translate_errors
from storage.news_rows import NewsSlotRow, NoticeRow, ScheduleRow, StoryRow
from storage.repositories.news import NOTICE, SCHEDULE
from storage.rows import JobRow

ENDED = tuple(status.value for status in JobStatus if status.final)
SLOT_KEY = select(NewsSlotRow.workspace_id, NewsSlotRow.schedule_id, NewsSlotRow.due_at)
_VERSION: Final = select(
    func.count(), func.coalesce(func.sum(ScheduleRow.revision), 0), func.max(ScheduleRow.id)
)
_OPEN_SLOT: Final = (
    select(NewsSlotRow.schedule_id)
    .where(NewsSlotRow.status.in_((SlotStatus.DUE.value, SlotStatus.WORKING.value)))
    .limit(1)
)
_FORGOTTEN_SLOTS: Final = (
    SLOT_KEY.where(
        NewsSlotRow.status == SlotStatus.DUE.value, NewsSlotRow.changed_at < bindparam("before")
    )
    .order_by(NewsSlotRow.due_at)
    .limit(bindparam("most"))
)
_UNSENT_NOTICES: Final = (
    select(NoticeRow.value).where(NoticeRow.sent_at.is_(None)).limit(bindparam("most"))
)
_TO_RECHECK: Final = (
    select(StoryRow.workspace_id, StoryRow.id)
    .where(StoryRow.recheck_at <= bindparam("now"))
    .order_by(StoryRow.recheck_at)
    .limit(bindparam("most"))
)


class SqlNewsOperations:
    """Schedules, open slots and stories to be read again, across workspaces."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def version(self) -> str:
        """Changes whenever a schedule is added, changed or removed."""
        [row] = await self._read(_VERSION)
        return f"{row[0]}:{row[1]}:{row[2]}"

    async def active(self) -> Sequence[Schedule]:
        """All schedules that are not paused."""
        rows = await self._read(select(ScheduleRow.value).where(~ScheduleRow.paused))
        return [SCHEDULE.validate_python(row.value) for row in rows]

    async def last_slot(self, workspace_id: str, schedule_id: str) -> datetime | None:
        """The latest due time of a schedule that is accounted for, extra ones aside."""
        [row] = await self._read(
            select(func.max(NewsSlotRow.due_at)).where(
                NewsSlotRow.workspace_id == workspace_id,
                NewsSlotRow.schedule_id == schedule_id,
                ~NewsSlotRow.extra,
            )
        )
        latest: datetime | None = row[0]
        return latest

    async def has_open_slots(self) -> bool:
        """Whether some slot is claimed or worked on."""
        return bool(await self._read(_OPEN_SLOT))

    async def forgotten_slots(self, *, before: datetime, limit: int = 200) -> Sequence[SlotKey]:
        """Slots that were claimed before that time and not begun, the earliest first."""
        return _slot_keys(await self._read(_FORGOTTEN_SLOTS, {"before": before, "most": limit}))

    async def slots_to_settle(
        self, *, now: datetime, stuck_before: datetime | None = None, limit: int = 1000
    ) -> Sequence[SlotKey]:
        """Slots that are worked on and whose job has ended, or waits for approval at its due time;
        and those without a job that nothing happened to since ``stuck_before``."""
        reasons = [
            JobRow.status.in_(ENDED),
            and_(JobRow.status == JobStatus.REVIEWING.value, NewsSlotRow.due_at <= now),
        ]
        if stuck_before is not None:
            reasons.append(and_(JobRow.id.is_(None), NewsSlotRow.changed_at < stuck_before))
        return await self._slots(
            SLOT_KEY.outerjoin(
                JobRow,
                and_(
                    JobRow.workspace_id == NewsSlotRow.workspace_id,
                    JobRow.id == NewsSlotRow.job_id,
                ),
            ).where(NewsSlotRow.status == SlotStatus.WORKING.value, or_(*reasons)),
            limit,
        )

    async def unsent_notices(self, *, limit: int = 200) -> Sequence[Notice]:
        """Notices that were not sent yet."""
        rows = await self._read(_UNSENT_NOTICES, {"most": limit})
        return [NOTICE.validate_python(row.value) for row in rows]

    async def to_recheck(self, *, now: datetime, limit: int = 100) -> Sequence[tuple[str, str]]:
        """Workspace and id of the stories whose pages are to be read again by now."""
        rows = await self._read(_TO_RECHECK, {"now": now, "most": limit})
        return [(row.workspace_id, row.id) for row in rows]

    async def _slots(self, query: Select[str, str, datetime], limit: int) -> Sequence[SlotKey]:
        return _slot_keys(await self._read(query.order_by(NewsSlotRow.due_at).limit(limit)))

    async def _read(self, query: Any, values: Mapping[str, Any] | None = None) -> Sequence[Any]:
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True, IN_PLACE: True})
                return (await connection.execute(query, values)).all()


def _slot_keys(rows: Sequence[Any]) -> Sequence[SlotKey]:
    return [SlotKey(row.workspace_id, row.schedule_id, row.due_at) for row in rows]
