"""The tables, as SQLAlchemy rows.

Every tenant row is keyed by ``(workspace_id, …)``, so a row of one workspace cannot even be named
from another. Times are UTC. Parts that are only ever read and written whole are kept as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

JsonValue = Any
"""Plain JSON: objects, lists, strings, numbers, booleans and null."""


class UtcDateTime(TypeDecorator[datetime]):
    """A time with its zone; SQLite keeps none, so it is added again when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Bring the time to UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class CleanText(TypeDecorator[str]):
    """Text that every database can keep: what strangers wrote may hold NUL, which becomes
    U+FFFD, and lone surrogates, which become a question mark."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what cannot be kept."""
        return None if value is None else cleaned(value)


class CleanString(TypeDecorator[str]):
    """The same with a greatest length."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what cannot be kept."""
        return None if value is None else cleaned(value)


class CleanJson(TypeDecorator[Any]):
    """JSON whose strings every database can keep."""

    impl = JSON().with_variant(JSONB(), "postgresql")
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Replace what cannot be kept, at any depth."""
        return _cleaned_json(value)


def cleaned(text: str) -> str:
    """The text without NUL characters and lone surrogates."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _cleaned_json(value: Any) -> Any:
    if isinstance(value, str):
        return cleaned(value)
    if isinstance(value, dict):
        entries = cast("Mapping[str, Any]", value)
        return {cleaned(key): _cleaned_json(part) for key, part in entries.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned_json(part) for part in cast("Sequence[Any]", value)]
    return value


class Base(DeclarativeBase):
    """Names of constraints follow one rule, so that migrations can refer to them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        str: CleanText(),
        JsonValue: CleanJson(),
    }


Id = CleanString(200)


def _of_workspace() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE")


def _of_job() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["workspace_id", "job_id"], ["jobs.workspace_id", "jobs.id"], ondelete="CASCADE"
    )


class WorkspaceRow(Base):
    """A tenant."""

    __tablename__ = "workspaces"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    created_at: Mapped[datetime]


class JobRow(Base):
    """A job with its request and, once known, its grounded prompt."""

    __tablename__ = "jobs"
    __table_args__ = (
        _of_workspace(),
        UniqueConstraint("workspace_id", "event_key"),
        Index(None, "status", "created_at"),
        Index(None, "surface", "status"),
        Index(None, "workspace_id", "member_id"),
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
    notes: Mapped[JsonValue]
    grounded_prompt: Mapped[str | None]
    research_notes: Mapped[JsonValue | None]
    searched: Mapped[bool | None]


class HopRow(Base):
    """One turn of the agent; ``call`` and ``observation`` are null where the turn had none."""

    __tablename__ = "hops"
    __table_args__ = (_of_job(),)

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
    __table_args__ = (_of_job(), Index(None, "workspace_id", "sha256"))

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
    """A picture that a job's grounded prompt speaks of, in its order."""

    __tablename__ = "references"
    __table_args__ = (_of_job(),)

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
    __table_args__ = (_of_job(),)

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    job_id: Mapped[str] = mapped_column(Id, primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    claim: Mapped[str]
    source_id: Mapped[str | None] = mapped_column(Id)
    passage: Mapped[str | None]
    passage_start: Mapped[int | None]
    supported: Mapped[bool]


class IllustrationRow(Base):
    """A picture with its recipe."""

    __tablename__ = "illustrations"
    __table_args__ = (
        _of_job(),
        Index(None, "workspace_id", "job_id"),
        Index(None, "workspace_id", "sha256"),
        Index(None, "workspace_id", "parent_id"),
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


class DeliveryRow(Base):
    """A message of the outbox."""

    __tablename__ = "deliveries"
    __table_args__ = (_of_job(), Index(None, "workspace_id", "job_id"), Index(None, "attempts"))

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


class JobEventRow(Base):
    """One line of a job's log; ``key`` keeps a step that runs twice from logging twice."""

    __tablename__ = "job_events"
    __table_args__ = (_of_job(), UniqueConstraint("workspace_id", "job_id", "key"))

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
        _of_job(),
        Index(None, "workspace_id", "job_id"),
        Index(None, "workspace_id", "surface", "thread"),
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
    """What was set for a workspace, a channel or a member."""

    __tablename__ = "preferences"
    __table_args__ = (_of_workspace(),)

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


class ApprovalRow(Base):
    """A member's decision about something that waits for approval."""

    __tablename__ = "approvals"
    __table_args__ = (_of_workspace(),)

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_id: Mapped[str] = mapped_column(Id, primary_key=True)
    member_id: Mapped[str] = mapped_column(Id, primary_key=True)
    approved: Mapped[bool]
    at: Mapped[datetime]
    reason: Mapped[str | None]


class UsageRow(Base):
    """Something that was spent for a job."""

    __tablename__ = "usage"
    __table_args__ = (_of_job(), Index(None, "workspace_id", "at"))

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
    """Who did what to what."""

    __tablename__ = "audit_log"
    __table_args__ = (_of_workspace(), Index(None, "workspace_id", "at"))

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
    __table_args__ = (_of_workspace(), UniqueConstraint("workspace_id", "kind", "sha256"))

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


class CacheRow(Base):
    """An answer of the outside world; public, so of no workspace."""

    __tablename__ = "search_cache"
    __table_args__ = (Index(None, "expires_at"),)

    namespace: Mapped[str] = mapped_column(CleanString(100), primary_key=True)
    key: Mapped[str] = mapped_column(CleanString(128), primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]


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


class ExecutorRow(Base):
    """The heartbeat of a process that works on queues."""

    __tablename__ = "executors"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    queues: Mapped[JsonValue]
    host: Mapped[str]
    pid: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


INDEX_TABLE = "library_index"
"""The full-text table: FTS5 on SQLite, a tsvector on Postgres; made by the migrations alone."""
