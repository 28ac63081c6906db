"""Messages in chat that show a gallery, as SQLAlchemy rows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base, CleanString, Id, JsonValue


class GalleryMessageRow(Base):
    """A message that shows pictures of several jobs; a stale one still shows a picture that was
    deleted. ``changes`` counts how often that happened."""

    __tablename__ = "gallery_messages"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE"),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    surface: Mapped[str] = mapped_column(CleanString(30), primary_key=True)
    channel: Mapped[str] = mapped_column(Id, primary_key=True)
    message: Mapped[str] = mapped_column(Id, primary_key=True)
    pictures: Mapped[JsonValue]
    posted_at: Mapped[datetime]
    language: Mapped[str | None] = mapped_column(CleanString(30))
    changes: Mapped[int]
    stale: Mapped[bool]
