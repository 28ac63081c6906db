"""The research of jobs: hops, sources and references, as SQLAlchemy rows."""

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
    of_job,
)


class HopRow(Base):
    """One turn of the agent; ``call`` and ``observation`` are null where the turn had none."""

    __tablename__ = "hops"
    __table_args__ = (of_job(),)

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    job_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    thought: Mapped[str]
    call: Mapped[JsonValue | None] = mapped_column(CleanJson(none_as_null=True))
    observation: Mapped[JsonValue | None] = mapped_column(CleanJson(none_as_null=True))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]


class SourceRow(Base):
    """A page or picture that was fetched; ``hop`` is the turn that found it."""

    __tablename__ = "sources"
    __table_args__ = (of_job(), Index(None, "workspace_id", "sha256"))

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    job_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    hop: Mapped[int]
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(CleanString(30))
    provider: Mapped[str]
    title: Mapped[str]
    url: Mapped[str]
    page_url: Mapped[str]
    fetched_at: Mapped[datetime]
    sha256: Mapped[str] = mapped_column(CleanString(64))
    license: Mapped[str | None]
    author: Mapped[str | None]
    text: Mapped[str | None]
    img_id: Mapped[str | None] = mapped_column(CleanString(20))
    width: Mapped[int | None]
    height: Mapped[int | None]
    phash: Mapped[str | None] = mapped_column(CleanString(16))


class ReferenceRow(Base):
    """A picture that a job's grounded prompt mentions, in its order."""

    __tablename__ = "references"
    __table_args__ = (of_job(),)

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    job_id: Mapped[str] = mapped_column(Id, primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    img_id: Mapped[str] = mapped_column(CleanString(20))
    sha256: Mapped[str] = mapped_column(CleanString(64))
    note: Mapped[str]
    title: Mapped[str]
    source_id: Mapped[str | None] = mapped_column(Id)
    subject: Mapped[str | None]


class JobSourceRow(Base):
    """A numbered citation of a job."""

    __tablename__ = "job_sources"
    __table_args__ = (of_job(),)

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    job_id: Mapped[str] = mapped_column(Id, primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    claim: Mapped[str]
    source_id: Mapped[str | None] = mapped_column(Id)
    passage: Mapped[str | None]
    passage_start: Mapped[int | None]
    supported: Mapped[bool]
    verdict: Mapped[str | None] = mapped_column(CleanString(16))
    """None in rows of versions before it, which know only ``supported``."""
