"""Rows of tokens that let messages be searched for a job."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base, Id, of_job


class SearchTokenRow(Base):
    """A token, sealed, and the time from which it is of no use."""

    __tablename__ = "search_tokens"
    __table_args__ = (of_job(),)

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    job_id: Mapped[str] = mapped_column(Id, primary_key=True)
    token: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]
