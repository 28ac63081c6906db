"""The tables of work and of the processes that do it, as SQLAlchemy rows."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base, CleanString, Id, JsonValue

_RUNNING: Final = text("executor_id IS NOT NULL AND partition IS NOT NULL")


class TaskRow(Base):
    """A workflow that waits for its turn or is being worked on; over, it is removed.

    ``executor_id`` is the process that works on it, none while it waits. ``turn`` orders the tasks
    of a workspace on a queue so that partitions take turns; see ``domain.tasks.ClaimedTask`` for
    the rest.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE"),
        UniqueConstraint("id"),
        Index(None, "queue", "executor_id", "workspace_id", "turn"),
        Index(None, "queue", "partition", "seq"),
        Index(None, "workspace_id", "job_id"),
        Index(
            "ix_tasks_running_partition",
            "queue",
            "partition",
            unique=True,
            sqlite_where=_RUNNING,
            postgresql_where=_RUNNING,
        ),
        Index(None, "executor_id"),
        Index(
            "ix_tasks_suspects",
            "queue",
            sqlite_where=text("suspect = 1"),
            postgresql_where=text("suspect"),
        ),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    id: Mapped[str] = mapped_column(CleanString(300))
    workflow: Mapped[str] = mapped_column(CleanString(30))
    queue: Mapped[str] = mapped_column(Id)
    partition: Mapped[str | None] = mapped_column(CleanString(700))
    workspace_id: Mapped[str] = mapped_column(Id)
    subject_id: Mapped[str] = mapped_column(CleanString(300))
    job_id: Mapped[str | None] = mapped_column(Id)
    turn: Mapped[int] = mapped_column(BigInteger)
    executor_id: Mapped[str | None] = mapped_column(Id)
    attempts: Mapped[int]
    cancelled: Mapped[bool]
    suspect: Mapped[bool]
    alone: Mapped[bool]
    died: Mapped[bool]
    steps: Mapped[int]
    deaths: Mapped[int]
    lone_deaths: Mapped[int]
    added_at: Mapped[datetime | None]
    """When it was added, by the database's clock; earlier versions did not record it."""


class ExecutorRow(Base):
    """The heartbeat of a process that works on queues; ``beats`` counts them."""

    __tablename__ = "executors"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    queues: Mapped[JsonValue]
    host: Mapped[str]
    pid: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    beats: Mapped[int] = mapped_column(BigInteger, server_default="0")
