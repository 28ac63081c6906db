"""The tables, as SQLAlchemy rows.

Every tenant row is keyed by ``(workspace_id, …)``, so a row of one workspace cannot even be named
from another. Times are UTC. Parts that are only ever read and written whole are kept as JSON.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from storage import (
    account_rows,
    gallery_rows,
    knowledge_rows,
    news_rows,
    page_rows,
    research_rows,
    search_token_rows,
    task_rows,
    total_rows,
    training_rows,
)
from storage.columns import (
    Base,
    CleanJson,
    CleanString,
    Id,
    JsonValue,
    of_job,
    of_workspace,
    partial_index,
)


class WorkspaceRow(Base):
    """A tenant."""

    __tablename__ = "workspaces"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    created_at: Mapped[datetime]
    departed_at: Mapped[datetime | None]
    """Since when the app is no longer installed there."""


class JobRow(Base):
    """A job with its request and, once known, its grounded prompt."""

    __tablename__ = "jobs"
    __table_args__ = (
        of_workspace(),
        UniqueConstraint("workspace_id", "event_key"),
        Index(None, "status", "created_at"),
        Index(None, "surface", "status"),
        Index("ix_jobs_history", "workspace_id", "created_at", "id"),
        Index("ix_jobs_history_of_member", "workspace_id", "member_id", "created_at", "id"),
        Index("ix_jobs_history_by_status", "workspace_id", "status", "created_at", "id"),
        partial_index("ix_jobs_traces", "finished_at", where="traces_kept"),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    event_key: Mapped[str] = mapped_column(CleanString(300))
    kind: Mapped[str] = mapped_column(CleanString(30))
    member_id: Mapped[str] = mapped_column(Id)
    surface: Mapped[str] = mapped_column(CleanString(30))
    live: Mapped[bool]
    private: Mapped[bool]
    status: Mapped[str] = mapped_column(CleanString(30))
    request: Mapped[JsonValue]
    created_at: Mapped[datetime]
    research_started_at: Mapped[datetime | None]
    research_finished_at: Mapped[datetime | None]
    render_started_at: Mapped[datetime | None]
    render_finished_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None]
    refusal: Mapped[JsonValue | None] = mapped_column(CleanJson(none_as_null=True))
    notes: Mapped[JsonValue]
    grounded_prompt: Mapped[str | None]
    research_notes: Mapped[JsonValue | None]
    searched: Mapped[bool | None]
    search_reasons: Mapped[JsonValue | None] = mapped_column(CleanJson(none_as_null=True))
    research_agent: Mapped[JsonValue | None]
    traces_kept: Mapped[bool] = mapped_column(default=True, server_default=true())


class MirrorRow(Base):
    """A job that a linked channel shows too; ``open`` while something may have to be carried over,
    ``changes`` counts what was done to its pictures beside its log, ``withheld`` where the policy
    there does not allow it."""

    __tablename__ = "mirrors"
    __table_args__ = (of_job(), Index(None, "open"))

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    job_id: Mapped[str] = mapped_column(Id, primary_key=True)
    there: Mapped[str] = mapped_column(Id)
    open: Mapped[bool]
    changes: Mapped[int]
    withheld: Mapped[bool] = mapped_column(default=False, server_default=false())


class IllustrationRow(Base):
    """A picture with its recipe; ``posted`` is true while the gallery may show it. ``votes_up`` and
    ``score`` (votes for it less those against it) follow from its votes. ``kept_sha256`` names the
    bytes of a refused one that moderators may look at until ``kept_until``."""

    __tablename__ = "illustrations"
    __table_args__ = (
        of_job(),
        Index(None, "workspace_id", "job_id"),
        Index(None, "workspace_id", "sha256"),
        Index(None, "workspace_id", "parent_id"),
        Index(None, "created_at"),
        partial_index(
            "ix_illustrations_gallery", "workspace_id", "score", "created_at", "id", where="posted"
        ),
        Index(
            "ix_illustrations_kept",
            "workspace_id",
            "kept_sha256",
            sqlite_where=text("kept_sha256 IS NOT NULL"),
            postgresql_where=text("kept_sha256 IS NOT NULL"),
        ),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    job_id: Mapped[str] = mapped_column(Id)
    position: Mapped[int]
    recipe: Mapped[JsonValue]
    status: Mapped[str] = mapped_column(CleanString(30))
    created_at: Mapped[datetime]
    parent_id: Mapped[str | None] = mapped_column(Id)
    sha256: Mapped[str | None] = mapped_column(CleanString(64))
    media_type: Mapped[str | None] = mapped_column(CleanString(100))
    width: Mapped[int | None]
    height: Mapped[int | None]
    phash: Mapped[str | None] = mapped_column(CleanString(16))
    alt_text: Mapped[str | None]
    identical: Mapped[bool | None]
    difference: Mapped[str | None]
    marks: Mapped[JsonValue | None] = mapped_column(CleanJson(none_as_null=True))
    kept_sha256: Mapped[str | None] = mapped_column(CleanString(64))
    kept_until: Mapped[datetime | None]
    posted: Mapped[bool] = mapped_column(default=False, server_default=false())
    votes_up: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    score: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class DeliveryRow(Base):
    """A message of the outbox; ``undecided`` while moderators have not decided about an appeal or
    a report."""

    __tablename__ = "deliveries"
    __table_args__ = (
        of_job(),
        Index(None, "workspace_id", "job_id"),
        Index(None, "attempts"),
        partial_index("ix_deliveries_undecided", "workspace_id", "job_id", where="undecided"),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    job_id: Mapped[str] = mapped_column(Id)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(CleanString(30))
    destination: Mapped[JsonValue]
    claimed_at: Mapped[datetime | None]
    attempts: Mapped[int]
    receipt: Mapped[str | None]
    delivered_at: Mapped[datetime | None]
    undecided: Mapped[bool] = mapped_column(default=False, server_default=false())


class JobEventRow(Base):
    """One line of a job's log; ``key`` keeps a step that runs twice from logging twice."""

    __tablename__ = "job_events"
    __table_args__ = (of_job(), UniqueConstraint("workspace_id", "job_id", "key"))

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    job_id: Mapped[str] = mapped_column(Id, primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(CleanString(60))
    at: Mapped[datetime]
    data: Mapped[JsonValue]
    key: Mapped[str | None] = mapped_column(CleanString(300))


class JobMessageRow(Base):
    """A message in chat; an open one still has to be kept up to date."""

    __tablename__ = "job_messages"
    __table_args__ = (
        of_job(),
        Index(None, "workspace_id", "job_id"),
        Index(None, "workspace_id", "surface", "thread", "created_at"),
        Index(None, "surface", "open"),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    surface: Mapped[str] = mapped_column(CleanString(30), primary_key=True)
    channel: Mapped[str] = mapped_column(Id, primary_key=True)
    message: Mapped[str] = mapped_column(Id, primary_key=True)
    job_id: Mapped[str] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(CleanString(30))
    created_at: Mapped[datetime]
    open: Mapped[bool]
    thread: Mapped[str | None] = mapped_column(Id)


class PreferencesRow(Base):
    """The preferences of a workspace, a channel or a member."""

    __tablename__ = "preferences"
    __table_args__ = (of_workspace(),)

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    scope: Mapped[str] = mapped_column(CleanString(30), primary_key=True)
    scope_id: Mapped[str] = mapped_column(Id, primary_key=True)
    value: Mapped[JsonValue]


class VoteRow(Base):
    """A member's vote on a picture: 1 or -1."""

    __tablename__ = "votes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "illustration_id"],
            ["illustrations.workspace_id", "illustrations.id"],
            ondelete="CASCADE",
        ),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    illustration_id: Mapped[str] = mapped_column(Id, primary_key=True)
    member_id: Mapped[str] = mapped_column(Id, primary_key=True)
    value: Mapped[int]
    at: Mapped[datetime]


class PictureHashesRow(Base):
    """The perceptual hashes of a picture, by which a changed copy of it is found."""

    __tablename__ = "picture_hashes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "illustration_id"],
            ["illustrations.workspace_id", "illustrations.id"],
            ondelete="CASCADE",
        ),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    illustration_id: Mapped[str] = mapped_column(Id, primary_key=True)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)


class ApprovalRow(Base):
    """A member's decision about something that waits for approval."""

    __tablename__ = "approvals"
    __table_args__ = (of_workspace(),)

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_id: Mapped[str] = mapped_column(Id, primary_key=True)
    member_id: Mapped[str] = mapped_column(Id, primary_key=True)
    approved: Mapped[bool]
    at: Mapped[datetime]
    reason: Mapped[str | None]


class UsageRow(Base):
    """Something that was spent for a job."""

    __tablename__ = "usage"
    __table_args__ = (of_job(), Index(None, "workspace_id", "at"))

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    job_id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(CleanString(100), primary_key=True)
    at: Mapped[datetime]
    member_id: Mapped[str] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(CleanString(30))
    name: Mapped[str]
    unit: Mapped[str] = mapped_column(CleanString(30))
    amount: Mapped[float]
    cost_usd: Mapped[float]


class AuditRow(Base):
    """An entry of the audit log: actor, action and object."""

    __tablename__ = "audit_log"
    __table_args__ = (of_workspace(), Index(None, "workspace_id", "at"))

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime]
    member_id: Mapped[str] = mapped_column(Id)
    action: Mapped[str] = mapped_column(CleanString(60))
    subject: Mapped[str]
    details: Mapped[JsonValue]


class LibraryItemRow(Base):
    """A page or picture of a workspace's library; its words are indexed in ``library_index``."""

    __tablename__ = "library_items"
    __table_args__ = (of_workspace(), UniqueConstraint("workspace_id", "kind", "sha256"))

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(CleanString(30))
    title: Mapped[str]
    text: Mapped[str]
    url: Mapped[str]
    sha256: Mapped[str] = mapped_column(CleanString(64))
    added_at: Mapped[datetime]
    author: Mapped[str | None]
    license: Mapped[str | None]
    tags: Mapped[JsonValue]
    width: Mapped[int | None]
    height: Mapped[int | None]
    phash: Mapped[str | None] = mapped_column(CleanString(16))


class CallCountRow(Base):
    """The calls of a provider on a day (``2026-03-01``)."""

    __tablename__ = "call_counts"

    day: Mapped[str] = mapped_column(CleanString(10), primary_key=True)
    name: Mapped[str] = mapped_column(CleanString(100), primary_key=True)
    calls: Mapped[int]


class InstallationRow(Base):
    """A chat app's installation; tokens are sealed. Of an organisation it is of no one workspace,
    so it refers to none. While ``leased_until`` lies ahead, one process exchanges the token."""

    __tablename__ = "installations"

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    token: Mapped[bytes] = mapped_column(LargeBinary)
    refresh_token: Mapped[bytes | None] = mapped_column(LargeBinary)
    bot_id: Mapped[str] = mapped_column(Id)
    bot_member_id: Mapped[str] = mapped_column(Id)
    scopes: Mapped[JsonValue]
    installed_at: Mapped[datetime]
    installed_by: Mapped[str] = mapped_column(Id)
    expires_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]


INDEX_TABLE = "library_index"
"""The full-text table: FTS5 on SQLite, a tsvector on Postgres; made by the migrations alone."""
OTHER_ROWS = (
    *(task_rows.TaskRow, total_rows, knowledge_rows, page_rows, training_rows),
    *(gallery_rows, account_rows, news_rows, research_rows, search_token_rows),
)
"""Rows in other files, whose tables belong to the same metadata."""
TABLES = Base.metadata
"""All tables, as migrations must leave them."""
