"""Training data, and the checkpoints made from it, as SQLAlchemy rows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base, CleanString, Id, JsonValue


class TrajectoryRow(Base):
    """The whole conversation of a job with its research model; it goes with its job."""

    __tablename__ = "trajectories"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "job_id"], ["jobs.workspace_id", "jobs.id"], ondelete="CASCADE"
        ),
        Index(None, "workspace_id", "member_id"),
        Index(None, "created_at"),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    job_id: Mapped[str] = mapped_column(Id, primary_key=True)
    member_id: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime]
    value: Mapped[JsonValue]


class AgentCheckpointRow(Base):
    """A trained agent: where it is served, how it compares, and whether jobs are given to it."""

    __tablename__ = "agent_checkpoints"
    __table_args__ = (Index(None, "state"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    state: Mapped[str] = mapped_column(CleanString(30))
    changed_at: Mapped[datetime]
    value: Mapped[JsonValue]
