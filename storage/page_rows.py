"""Data of the web pages, as SQLAlchemy rows."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base, Id


class JobPageRow(Base):
    """The number of times that the links to a job's page were revoked; no row means none."""

    __tablename__ = "job_pages"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "job_id"], ["jobs.workspace_id", "jobs.id"], ondelete="CASCADE"
        ),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    job_id: Mapped[str] = mapped_column(Id, primary_key=True)
    links: Mapped[int]


class PageKeyRow(Base):
    """The one key with which every process signs links to pages."""

    __tablename__ = "page_keys"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[bytes] = mapped_column(LargeBinary)
