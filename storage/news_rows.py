"""The news desk's schedules, due times, stories and notices, as SQLAlchemy rows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import (
    Base,
    CleanJson,
    CleanString,
    Id,
    JsonValue,
    of_workspace,
)


class ScheduleRow(Base):
    """A schedule: when and about what a team wants the news illustrated."""

    __tablename__ = "schedules"
    __table_args__ = (of_workspace(),)

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    owner_id: Mapped[str] = mapped_column(Id)
    value: Mapped[JsonValue]
    paused: Mapped[bool]
    revision: Mapped[int]
    created_at: Mapped[datetime]


class NewsSlotRow(Base):
    """One due time of a schedule and what became of it; it outlives its schedule."""

    __tablename__ = "news_slots"
    __table_args__ = (of_workspace(), Index(None, "status"))

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    schedule_id: Mapped[str] = mapped_column(Id, primary_key=True)
    due_at: Mapped[datetime] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(CleanString(30))
    changed_at: Mapped[datetime]
    note: Mapped[str]
    story_id: Mapped[str | None] = mapped_column(Id)
    job_id: Mapped[str | None] = mapped_column(Id)
    extra: Mapped[bool]
    preview: Mapped[JsonValue | None] = mapped_column(CleanJson(none_as_null=True))
    considered: Mapped[JsonValue | None] = mapped_column(CleanJson(none_as_null=True))


class StoryRow(Base):
    """A story that was taken up; ``recheck_at`` is when its pages are read again next."""

    __tablename__ = "stories"
    __table_args__ = (
        of_workspace(),
        Index(None, "workspace_id", "found_at"),
        Index(None, "recheck_at"),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    schedule_id: Mapped[str] = mapped_column(Id)
    value: Mapped[JsonValue]
    fingerprint: Mapped[JsonValue]
    found_at: Mapped[datetime]
    taken: Mapped[bool]
    posted_at: Mapped[datetime | None]
    recheck_at: Mapped[datetime | None]


class NoticeRow(Base):
    """A notice that one person gets once."""

    __tablename__ = "notices"
    __table_args__ = (of_workspace(), Index(None, "sent_at"))

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    value: Mapped[JsonValue]
    sent_at: Mapped[datetime | None]
