"""Rows that hold sums of other rows, so that a total costs the same however many rows there are."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base, CleanString, Id


def _of_workspace() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE")


class JobCountRow(Base):
    """The number of jobs that a member requested on a day (``2026-03-01``, UTC), shadows aside, so
    that limits of a day cost the same however many jobs are kept."""

    __tablename__ = "job_counts"
    __table_args__ = (_of_workspace(), Index(None, "workspace_id", "day"))

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    member_id: Mapped[str] = mapped_column(Id, primary_key=True)
    day: Mapped[str] = mapped_column(CleanString(10), primary_key=True)
    jobs: Mapped[int]
    pictures: Mapped[int]


class UsageTotalRow(Base):
    """The costs of a member on one thing in a month (``2026-03``, UTC): the sum of its usage."""

    __tablename__ = "usage_totals"
    __table_args__ = (_of_workspace(),)

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    month: Mapped[str] = mapped_column(CleanString(7), primary_key=True)
    member_id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(CleanString(30), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(CleanString(30), primary_key=True)
    amount: Mapped[float]
    cost_usd: Mapped[float]
