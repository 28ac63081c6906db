"""The kinds of columns: times in UTC, and text and JSON that every database can keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    Function,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

_REDACT = "limner_redact"
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


def time_now(dialect: str) -> Function[Any]:
    """The time by the clock of the database of that kind, as a part of a statement; for a file this
    machine's."""
    if dialect == "postgresql":
        return func.clock_timestamp()
    return func.strftime("%Y-%m-%d %H:%M:%f000", "now")


class CleanText(TypeDecorator[str]):
    """Text that every database can keep: untrusted text may hold NUL, which becomes U+FFFD, and
    lone surrogates, which become a question mark."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what cannot be kept."""
        return None if value is None else _redact_of(dialect)(cleaned(value))


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
        return _cleaned_json(value, _redact_of(dialect))


def keep_redacted(dialect: Dialect, redact: Callable[[str], str] | None) -> None:
    """Let every text of any length go through ``redact`` before this dialect keeps it."""
    vars(dialect)[_REDACT] = redact


def _redact_of(dialect: Dialect) -> Callable[[str], str]:
    return getattr(dialect, _REDACT, None) or str


def cleaned(text: str) -> str:
    """The text without NUL characters and lone surrogates."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _cleaned_json(value: Any, redact: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return redact(cleaned(value))
    if isinstance(value, dict):
        entries = cast("Mapping[str, Any]", value)
        return {cleaned(key): _cleaned_json(part, redact) for key, part in entries.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned_json(part, redact) for part in cast("Sequence[Any]", value)]
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


def of_workspace() -> ForeignKeyConstraint:
    """The key to a row's workspace, with which it is deleted."""
    return ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE")


def of_job() -> ForeignKeyConstraint:
    """The key to a row's job, with which it is deleted."""
    return ForeignKeyConstraint(
        ["workspace_id", "job_id"], ["jobs.workspace_id", "jobs.id"], ondelete="CASCADE"
    )


def partial_index(name: str, *columns: str, where: str) -> Index:
    """An index over the rows for which a boolean column is true; SQLite uses it only for queries
    that spell the condition in the same way."""
    return Index(name, *columns, sqlite_where=text(f"{where} = 1"), postgresql_where=text(where))
