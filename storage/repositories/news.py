"""Schedules, their slots, stories and notices of one workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import delete, select

from domain.errors import NotFound
from domain.news import Considered, Fingerprint, Notice, Preview, Schedule, Slot, SlotStatus, Story
from storage.news_rows import NewsSlotRow, NoticeRow, ScheduleRow, StoryRow
from storage.repositories.base import Repository, ensure_workspace, insert_into

SCHEDULE: TypeAdapter[Schedule] = TypeAdapter(Schedule)
_STORY: TypeAdapter[Story] = TypeAdapter(Story)
_FINGERPRINT: TypeAdapter[Fingerprint] = TypeAdapter(Fingerprint)
_CONSIDERED: TypeAdapter[tuple[Considered, ...]] = TypeAdapter(tuple[Considered, ...])
_PREVIEW: TypeAdapter[Preview | None] = TypeAdapter(Preview | None)
NOTICE: TypeAdapter[Notice] = TypeAdapter(Notice)


class SqlScheduleRepository(Repository):
    """The schedules of one workspace and their slots."""

    async def save(self, schedule: Schedule) -> None:
        """Keep a schedule, new or changed."""
        await ensure_workspace(self._session, self._workspace_id)
        schedule = replace(schedule, workspace_id=self._workspace_id)
        values = {
            "owner_id": schedule.owner_id,
            "value": SCHEDULE.dump_python(schedule, mode="json"),
            "paused": schedule.paused,
            "revision": schedule.revision,
            "created_at": schedule.created_at,
        }
        statement = insert_into(self._session, ScheduleRow).values(
            workspace_id=self._workspace_id, id=schedule.id, **values
        )
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=["workspace_id", "id"], set_=values)
        )

    async def get(self, schedule_id: str) -> Schedule:
        """The schedule, locked where it may be changed. Raises ``NotFound``."""
        row = await self._session.get(
            ScheduleRow,
            (self._workspace_id, schedule_id),
            with_for_update=not self._read_only,
            populate_existing=True,
        )
        if row is None:
            raise NotFound("schedule", schedule_id)
        return SCHEDULE.validate_python(row.value)

    async def list(self) -> Sequence[Schedule]:
        """All schedules, the oldest first."""
        rows = await self._session.scalars(
            select(ScheduleRow)
            .where(ScheduleRow.workspace_id == self._workspace_id)
            .order_by(ScheduleRow.created_at, ScheduleRow.id)
        )
        return [SCHEDULE.validate_python(row.value) for row in rows]

    async def remove(self, schedule_id: str) -> None:
        """Take a schedule away; what became of its slots stays. Raises ``NotFound``."""
        gone = await self._session.execute(
            delete(ScheduleRow)
            .where(ScheduleRow.workspace_id == self._workspace_id, ScheduleRow.id == schedule_id)
            .returning(ScheduleRow.id)
        )
        if gone.first() is None:
            raise NotFound("schedule", schedule_id)

    async def claim(self, slot: Slot) -> bool:
        """Keep a new slot; False, and nothing changed, when that due time has one already."""
        await ensure_workspace(self._session, self._workspace_id)
        statement = insert_into(self._session, NewsSlotRow).values(
            workspace_id=self._workspace_id,
            schedule_id=slot.schedule_id,
            due_at=slot.due_at,
            status=slot.status.value,
            changed_at=slot.changed_at,
            note=slot.note,
            story_id=slot.story_id,
            job_id=slot.job_id,
            extra=slot.extra,
            preview=_PREVIEW.dump_python(slot.preview, mode="json"),
        )
        made = await self._session.execute(
            statement.on_conflict_do_nothing().returning(NewsSlotRow.schedule_id)
        )
        return made.first() is not None

    async def save_slot(self, slot: Slot) -> None:
        """Write what became of a known slot. Raises ``NotFound``."""
        row = await self._slot(slot.schedule_id, slot.due_at)
        row.status, row.note, row.changed_at = slot.status.value, slot.note, slot.changed_at
        row.story_id, row.job_id = slot.story_id, slot.job_id
        row.considered = _CONSIDERED.dump_python(slot.considered, mode="json") or None
        await self._session.flush()

    async def slot(self, schedule_id: str, due_at: datetime) -> Slot:
        """The record of a due time, locked where it may be changed. Raises ``NotFound``."""
        return to_slot(await self._slot(schedule_id, due_at))

    async def slots(self, schedule_id: str, *, limit: int = 10) -> Sequence[Slot]:
        """The latest slots first."""
        rows = await self._session.scalars(
            select(NewsSlotRow)
            .where(
                NewsSlotRow.workspace_id == self._workspace_id,
                NewsSlotRow.schedule_id == schedule_id,
            )
            .order_by(NewsSlotRow.due_at.desc())
            .limit(limit)
        )
        return [to_slot(row) for row in rows]

    async def _slot(self, schedule_id: str, due_at: datetime) -> NewsSlotRow:
        row = await self._session.get(
            NewsSlotRow,
            (self._workspace_id, schedule_id, due_at),
            with_for_update=not self._read_only,
            populate_existing=True,
        )
        if row is None:
            raise NotFound("slot", f"{schedule_id} {due_at.isoformat()}")
        return row


class SqlStoryRepository(Repository):
    """The stories of one workspace, and the notices about them."""

    async def save(self, story: Story) -> None:
        """Keep a story, new or changed."""
        await ensure_workspace(self._session, self._workspace_id)
        story = replace(story, workspace_id=self._workspace_id)
        values = {
            "schedule_id": story.schedule_id,
            "value": _STORY.dump_python(story, mode="json"),
            "fingerprint": _FINGERPRINT.dump_python(story.fingerprint, mode="json"),
            "found_at": story.found_at,
            "taken": story.taken,
            "posted_at": story.posted_at,
            "recheck_at": story.recheck_at,
        }
        statement = insert_into(self._session, StoryRow).values(
            workspace_id=self._workspace_id, id=story.id, **values
        )
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=["workspace_id", "id"], set_=values)
        )

    async def get(self, story_id: str) -> Story:
        """The story, locked where it may be changed. Raises ``NotFound``."""
        row = await self._session.get(
            StoryRow,
            (self._workspace_id, story_id),
            with_for_update=not self._read_only,
            populate_existing=True,
        )
        if row is None:
            raise NotFound("story", story_id)
        return _STORY.validate_python(row.value)

    async def told(self, *, since: datetime) -> Sequence[tuple[str, Fingerprint]]:
        """The stories that were taken up since that time: the id of each, and what it is about."""
        rows = await self._session.execute(
            select(StoryRow.id, StoryRow.fingerprint).where(
                StoryRow.workspace_id == self._workspace_id,
                StoryRow.found_at >= since,
                StoryRow.taken,
            )
        )
        return [(row.id, _FINGERPRINT.validate_python(row.fingerprint)) for row in rows]

    async def add_notice(self, notice: Notice) -> bool:
        """Keep a notice; False, and nothing changed, when one of that id is there already."""
        await ensure_workspace(self._session, self._workspace_id)
        notice = replace(notice, workspace_id=self._workspace_id)
        statement = insert_into(self._session, NoticeRow).values(
            workspace_id=self._workspace_id,
            id=notice.id,
            value=NOTICE.dump_python(notice, mode="json"),
            sent_at=notice.sent_at,
        )
        made = await self._session.execute(
            statement.on_conflict_do_nothing().returning(NoticeRow.id)
        )
        return made.first() is not None

    async def notice(self, notice_id: str) -> Notice:
        """The notice. Raises ``NotFound``."""
        row = await self._session.get(
            NoticeRow, (self._workspace_id, notice_id), populate_existing=True
        )
        if row is None:
            raise NotFound("notice", notice_id)
        return replace(NOTICE.validate_python(row.value), sent_at=row.sent_at)

    async def notice_sent(self, notice_id: str, *, now: datetime) -> None:
        """Note that a notice was sent. Raises ``NotFound``."""
        row = await self._session.get(NoticeRow, (self._workspace_id, notice_id))
        if row is None:
            raise NotFound("notice", notice_id)
        row.sent_at = row.sent_at or now
        await self._session.flush()


def to_slot(row: NewsSlotRow) -> Slot:
    """A slot as its row says."""
    return Slot(
        schedule_id=row.schedule_id,
        due_at=row.due_at,
        status=SlotStatus(row.status),
        changed_at=row.changed_at,
        note=row.note,
        story_id=row.story_id,
        job_id=row.job_id,
        extra=row.extra,
        preview=_PREVIEW.validate_python(row.preview),
        considered=_CONSIDERED.validate_python(row.considered or ()),
    )
