"""Old jobs by the thousand: copies of one finished job, made by the database itself.

A copy has everything that the job has, in every table, under an id, with times and for a member of
its own, so that a database can be measured as it is after months of use.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.columns import UtcDateTime
from storage.rows import TABLES

MEMBERS = 50
"""Every second copy is of the member who asked for the job, the others are of so many members."""
PRIVATE_EACH = 10
"""One copy in so many is private."""
_MINE = {
    "jobs": "id = :job_id",
    "votes": "illustration_id IN (SELECT id FROM illustrations WHERE job_id = :job_id)",
    "audit_log": "subject = :job_id",
    "approvals": "subject_id = :job_id",
}
"""The rows of the job, in tables without a column ``job_id``."""
_IDS = frozenset({"id", "job_id", "key", "subject", "subject_id"})
"""Columns in which the job's id stands."""
_NUMBERS = (
    "WITH RECURSIVE numbers(copy) AS "
    "(SELECT 1 UNION ALL SELECT copy + 1 FROM numbers WHERE copy < :copies) "
)


@dataclass(frozen=True, slots=True)
class _Dialect:
    """A database's expressions for a copy's id and time, and the day and month of a time."""

    id: str
    time: str
    day: str
    month: str
    pictures: str


_SQLITE = _Dialect(
    id="('PAST' || printf('%08d', copy))",
    time="strftime('%Y-%m-%d %H:%M:%f000', :now, '-' || (copy * :every_s) || ' seconds')",
    day="substr({}, 1, 10)",
    month="substr({}, 1, 7)",
    pictures="sum(json_extract(request, '$.count'))",
)
_POSTGRES = _Dialect(
    id="('PAST' || lpad(copy::text, 8, '0'))",
    time="(:now::timestamptz - copy * make_interval(secs => :every_s))",
    day="to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
    month="to_char({} AT TIME ZONE 'UTC', 'YYYY-MM')",
    pictures="sum((request->>'count')::integer)",
)


def past_job_id(number: int) -> str:
    """The id of a copy, from 1 on; the first is the newest."""
    return f"PAST{number:08d}"


async def seed_past_jobs(
    database: AsyncEngine, workspace_id: str, job_id: str, *, copies: int, every_s: float = 20.0
) -> None:
    """Copy a finished job; each copy is ``every_s`` seconds older than the one before it. Is done
    once for each database."""
    dialect = _POSTGRES if database.dialect.name == "postgresql" else _SQLITE
    now = datetime.now(UTC)
    values = {
        "workspace_id": workspace_id,
        "job_id": job_id,
        "copies": copies,
        "every_s": every_s,
        "now": now.isoformat() if dialect is _POSTGRES else f"{now:%Y-%m-%d %H:%M:%S}",
    }
    async with database.begin() as connection:
        for table in TABLES.sorted_tables:
            statement = _copy(table, dialect)
            if statement is not None:
                await _execute(connection, statement, values)
        for statement in _totals(dialect):
            await connection.execute(text(statement))
    async with database.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await plain.exec_driver_sql("ANALYZE")


async def _execute(connection: AsyncConnection, statement: str, values: dict[str, Any]) -> None:
    clause = text(statement.replace("::", "\\:\\:"))
    used = {name: values[name] for name in values if f":{name}" in statement}
    await connection.execute(clause, used)


def _copy(table: Table, dialect: _Dialect) -> str | None:
    """The statement that copies the job's rows of a table; None where no rows are the job's."""
    names = [column.name for column in table.columns]
    if table.name == "news_slots" or "workspace_id" not in names:
        return None
    mine = _MINE.get(table.name, "job_id = :job_id" if "job_id" in names else None)
    if mine is None:
        return None
    values = [_value(table.name, column, dialect) for column in table.columns]
    quoted = [f'"{name}"' for name in names]
    return (
        f'{_NUMBERS} INSERT INTO "{table.name}" ({", ".join(quoted)}) '  # noqa: S608
        f'SELECT {", ".join(values)} FROM "{table.name}" CROSS JOIN numbers '
        f"WHERE workspace_id = :workspace_id AND {mine}"
    )


def _value(table: str, column: Any, dialect: _Dialect) -> str:
    name = f'"{column.name}"'
    private = f"(copy % {PRIVATE_EACH} = 0)"
    match table, column.name:
        case "illustrations", "sha256":
            return f"substr({dialect.id} || {name}, 1, 64)"
        case ("jobs", "event_key") | ("audit_log", "id") | ("job_messages", "message" | "thread"):
            return dialect.id
        case "jobs", "private":
            return private
        case "illustrations", "posted":
            return f"({name} AND NOT {private})"
        case "jobs" | "usage", "member_id":
            return f"CASE WHEN copy % 2 = 0 THEN {name} ELSE 'member-' || (copy % {MEMBERS}) END"
        case _:
            pass
    if isinstance(column.type, UtcDateTime):
        return f"CASE WHEN {name} IS NULL THEN NULL ELSE {dialect.time} END"
    if column.name in ("id", "illustration_id") and table in ("illustrations", "votes"):
        return f"({dialect.id} || {name})"
    return f"replace({name}, :job_id, {dialect.id})" if column.name in _IDS else name


def _totals(dialect: _Dialect) -> list[str]:
    """The statements that add everything up anew."""
    day, month = dialect.day.format("created_at"), dialect.month.format("at")
    thing = "workspace_id, member_id, kind, name, unit"
    return [
        "DELETE FROM job_counts",
        (
            "INSERT INTO job_counts (workspace_id, member_id, day, jobs, pictures) "  # noqa: S608
            f"SELECT workspace_id, member_id, {day}, count(*), {dialect.pictures} FROM jobs "
            "GROUP BY 1, 2, 3"
        ),
        "DELETE FROM usage_totals",
        (
            f"INSERT INTO usage_totals ({thing}, month, amount, cost_usd) "  # noqa: S608
            f"SELECT {thing}, {month}, sum(amount), sum(cost_usd) FROM usage "
            "GROUP BY 1, 2, 3, 4, 5, 6"
        ),
    ]
