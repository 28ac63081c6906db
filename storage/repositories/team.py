"""The team's data of one workspace: preferences, votes, decisions, usage and audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import bindparam, delete, func, select, tuple_

from domain.errors import NotFound
from domain.metrics import SPENT_USD
from domain.team import (
    AuditEntry,
    Decision,
    Preferences,
    Scope,
    Tally,
    UsageEntry,
    UsageTotal,
)
from storage.columns import cleaned
from storage.repositories.base import (
    Repository,
    dialect_insert,
    ensure_workspace,
    insert_into,
    upsert,
)
from storage.rows import (
    TABLES,
    ApprovalRow,
    AuditRow,
    IllustrationRow,
    PreferencesRow,
    UsageRow,
    VoteRow,
)
from storage.total_rows import UsageTotalRow
from storage.vote_sums import sum_up_votes

_PREFERENCES: TypeAdapter[Preferences] = TypeAdapter(Preferences)
AUDIT, PREFERENCES, USAGE, TOTALS = (
    TABLES.tables[row.__tablename__] for row in (AuditRow, PreferencesRow, UsageRow, UsageTotalRow)
)
_TOTAL_KEY = ("workspace_id", "month", "member_id", "kind", "name", "unit")


def month_of(at: datetime) -> str:
    """The month of a moment in UTC, as ``2026-03``."""
    return f"{at.astimezone(UTC):%Y-%m}"


@cache
def _spend(dialect: str) -> Any:
    return dialect_insert(dialect, USAGE).on_conflict_do_nothing().returning(USAGE.c.key)


@cache
def _add_up(dialect: str) -> Any:
    statement = dialect_insert(dialect, TOTALS)
    sums = {name: TOTALS.c[name] + statement.excluded[name] for name in ("amount", "cost_usd")}
    return statement.on_conflict_do_update(index_elements=list(_TOTAL_KEY), set_=sums)


@cache
def _preferences_of() -> Any:
    """The preferences at some places of a workspace, each a scope and its id."""
    columns = PREFERENCES.c
    place = tuple_(columns.scope, columns.scope_id)
    return select(columns.scope, columns.scope_id, columns.value).where(
        columns.workspace_id == bindparam("workspace"),
        place.in_(bindparam("places", expanding=True)),
    )


class SqlPreferenceRepository(Repository):
    """The preferences of the workspace, its channels and its members."""

    async def get(self, scope: Scope, scope_id: str = "") -> Preferences:
        """The preferences at one place; empty where none are set."""
        rows = await self._rows(PREFERENCES, scope=scope.value, scope_id=scope_id)
        return _PREFERENCES.validate_python(rows[0].value) if rows else Preferences()

    async def get_each(self, places: Sequence[tuple[Scope, str]]) -> Sequence[Preferences]:
        """The preferences at each of these places (a scope and its id), in their order."""
        wanted = [(scope.value, scope_id) for scope, scope_id in places]
        key = {"workspace": self._workspace_id, "places": wanted}
        found = await self._execute(_preferences_of(), key)
        set_ = {(scope, scope_id): value for scope, scope_id, value in found}
        return [
            _PREFERENCES.validate_python(set_.get((scope.value, cleaned(scope_id)), {}))
            for scope, scope_id in places
        ]

    async def save(self, scope: Scope, scope_id: str, preferences: Preferences) -> None:
        """Replace what was set there."""
        await ensure_workspace(self._session, self._workspace_id)
        value = _PREFERENCES.dump_python(preferences, mode="json", exclude_none=True)
        statement = insert_into(self._session, PreferencesRow).values(
            workspace_id=self._workspace_id, scope=scope.value, scope_id=scope_id, value=value
        )
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["workspace_id", "scope", "scope_id"], set_={"value": value}
            )
        )


class SqlOpinionRepository(Repository):
    """Votes on pictures, and decisions about what waits for approval."""

    async def vote(
        self, illustration_id: str, member_id: str, value: int, *, now: datetime
    ) -> None:
        """Count a member's vote: 1 for, -1 against, 0 takes it back. A later one replaces an
        earlier one; votes on unknown pictures are not counted."""
        mine = (
            VoteRow.workspace_id == self._workspace_id,
            VoteRow.illustration_id == illustration_id,
            VoteRow.member_id == member_id,
        )
        await self._session.execute(delete(VoteRow).where(*mine))
        known = await self._session.get(IllustrationRow, (self._workspace_id, illustration_id))
        if value and known is not None:
            self._session.add(
                VoteRow(
                    workspace_id=self._workspace_id,
                    illustration_id=illustration_id,
                    member_id=member_id,
                    value=1 if value > 0 else -1,
                    at=now,
                )
            )
            await self._session.flush()
        await sum_up_votes(self._session, self._workspace_id, illustration_id)

    async def take_back(self, illustration_id: str, member_id: str, value: int) -> None:
        """Forget a member's vote where it has that value."""
        await self._session.execute(
            delete(VoteRow).where(
                VoteRow.workspace_id == self._workspace_id,
                VoteRow.illustration_id == illustration_id,
                VoteRow.member_id == member_id,
                VoteRow.value == value,
            )
        )
        await sum_up_votes(self._session, self._workspace_id, illustration_id)

    async def tally(self, illustration_id: str) -> Tally:
        """The votes on a picture."""
        found = await self._session.execute(
            select(IllustrationRow.votes_up, IllustrationRow.score).where(
                IllustrationRow.workspace_id == self._workspace_id,
                IllustrationRow.id == illustration_id,
            )
        )
        row = found.one_or_none()
        return Tally() if row is None else Tally(row.votes_up, row.votes_up - row.score)

    async def votes(self, illustration_id: str) -> Mapping[str, int]:
        """Each member's vote on a picture, 1 or -1."""
        rows = await self._session.execute(
            select(VoteRow.member_id, VoteRow.value).where(
                VoteRow.workspace_id == self._workspace_id,
                VoteRow.illustration_id == illustration_id,
            )
        )
        return {member_id: int(value) for member_id, value in rows}

    async def decide(self, subject_id: str, decision: Decision) -> None:
        """Keep a member's decision; a later one replaces an earlier one."""
        await ensure_workspace(self._session, self._workspace_id)
        await self._session.execute(
            delete(ApprovalRow).where(
                ApprovalRow.workspace_id == self._workspace_id,
                ApprovalRow.subject_id == subject_id,
                ApprovalRow.member_id == decision.member_id,
            )
        )
        self._session.add(
            ApprovalRow(
                workspace_id=self._workspace_id,
                subject_id=subject_id,
                member_id=decision.member_id,
                approved=decision.approved,
                at=decision.at,
                reason=decision.reason,
            )
        )
        await self._session.flush()

    async def decisions(self, subject_id: str) -> Sequence[Decision]:
        """The decisions on a subject, oldest first."""
        rows = await self._session.scalars(
            select(ApprovalRow)
            .where(
                ApprovalRow.workspace_id == self._workspace_id, ApprovalRow.subject_id == subject_id
            )
            .order_by(ApprovalRow.at, ApprovalRow.member_id)
        )
        return [Decision(row.member_id, row.approved, row.at, row.reason) for row in rows]


class SqlLedgerRepository(Repository):
    """Usage and the audit log."""

    async def spend(self, entries: Sequence[UsageEntry]) -> None:
        """Keep what was spent; an entry whose key the job has already is left out, and so is one of
        a job of another workspace."""
        spent: dict[tuple[str, str, str, str, str], tuple[float, float]] = {}
        for entry in entries:
            if await self._added(entry):
                SPENT_USD.add(entry.cost_usd, kind=entry.kind, name=entry.name)
                thing = (month_of(entry.at), entry.member_id, entry.kind, entry.name, entry.unit)
                amount, cost_usd = spent.get(thing, (0.0, 0.0))
                spent[thing] = (amount + entry.amount, cost_usd + entry.cost_usd)
        # Always in one order, so that two transactions never wait for each other.
        for thing, (amount, cost_usd) in sorted(spent.items()):
            key = dict(zip(_TOTAL_KEY, (self._workspace_id, *thing), strict=True))
            values = {**key, "amount": amount, "cost_usd": cost_usd}
            await self._execute(_add_up(self._dialect), values)

    async def _added(self, entry: UsageEntry) -> bool:
        """Whether an entry was not there before; False where its job is of another workspace."""
        try:
            await self._lock(entry.job_id)
        except NotFound:
            return False
        values = {"workspace_id": self._workspace_id, **asdict(entry)}
        made = await self._execute(_spend(self._dialect), values)
        return made.first() is not None

    async def totals(
        self, since: datetime, *, member_id: str | None = None
    ) -> Sequence[UsageTotal]:
        """The costs since the start of that month (UTC), of all members or of one, on each
        thing."""
        row = UsageTotalRow
        query = (
            select(row.kind, row.name, row.unit, func.sum(row.amount), func.sum(row.cost_usd))
            .where(row.workspace_id == self._workspace_id, row.month >= month_of(since))
            .group_by(row.kind, row.name, row.unit)
            .order_by(row.kind, row.name, row.unit)
        )
        if member_id is not None:
            query = query.where(row.member_id == member_id)
        return [
            UsageTotal(kind, name, unit, float(amount), float(cost))
            for kind, name, unit, amount, cost in await self._session.execute(query)
        ]

    async def record(self, entry: AuditEntry) -> None:
        """Write down who did what; the same id again changes nothing."""
        await ensure_workspace(self._session, self._workspace_id)
        await self._execute(
            upsert(self._dialect, AUDIT),
            {
                "workspace_id": self._workspace_id,
                "id": entry.id,
                "at": entry.at,
                "member_id": entry.member_id,
                "action": entry.action,
                "subject": entry.subject,
                "details": dict(entry.details),
            },
        )

    async def count_actions(self, action: str, *, member_id: str, since: datetime) -> int:
        """How often a member did that since a moment."""
        query = select(func.count()).where(
            AuditRow.workspace_id == self._workspace_id,
            AuditRow.member_id == member_id,
            AuditRow.action == action,
            AuditRow.at >= since,
        )
        return await self._session.scalar(query) or 0

    async def audit(self, *, limit: int = 50) -> Sequence[AuditEntry]:
        """The audit log, the newest entry first."""
        rows = await self._session.scalars(
            select(AuditRow)
            .where(AuditRow.workspace_id == self._workspace_id)
            .order_by(AuditRow.at.desc(), AuditRow.id.desc())
            .limit(limit)
        )
        return [
            AuditEntry(row.id, row.at, row.member_id, row.action, row.subject, row.details)
            for row in rows
        ]
