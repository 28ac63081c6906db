"""What the members of one workspace prefer, think, decide, spend and do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import delete, func, select

from domain.team import (
    AuditEntry,
    Decision,
    Preferences,
    Scope,
    Tally,
    UsageEntry,
    UsageTotal,
)
from storage.repositories.base import Repository, ensure_workspace, insert_into
from storage.rows import (
    ApprovalRow,
    AuditRow,
    IllustrationRow,
    JobRow,
    PreferencesRow,
    UsageRow,
    VoteRow,
)

_PREFERENCES: TypeAdapter[Preferences] = TypeAdapter(Preferences)


class SqlPreferenceRepository(Repository):
    """What was set for the workspace, its channels and its members."""

    async def get(self, scope: Scope, scope_id: str = "") -> Preferences:
        """What was set there; nothing set where nobody set anything."""
        row = await self._session.get(
            PreferencesRow, (self._workspace_id, scope.value, scope_id), populate_existing=True
        )
        return Preferences() if row is None else _PREFERENCES.validate_python(row.value)

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

    async def tally(self, illustration_id: str) -> Tally:
        """The votes on a picture."""
        rows = await self._session.execute(
            select(VoteRow.value, func.count())
            .where(
                VoteRow.workspace_id == self._workspace_id,
                VoteRow.illustration_id == illustration_id,
            )
            .group_by(VoteRow.value)
        )
        counts = {int(value): int(count) for value, count in rows}
        return Tally(counts.get(1, 0), counts.get(-1, 0))

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
        """What was decided about something, oldest first."""
        rows = await self._session.scalars(
            select(ApprovalRow)
            .where(
                ApprovalRow.workspace_id == self._workspace_id, ApprovalRow.subject_id == subject_id
            )
            .order_by(ApprovalRow.at, ApprovalRow.member_id)
        )
        return [Decision(row.member_id, row.approved, row.at, row.reason) for row in rows]


class SqlLedgerRepository(Repository):
    """What was spent, and who did what."""

    async def spend(self, entries: Sequence[UsageEntry]) -> None:
        """Keep what was spent; an entry whose key the job has already is left out, and so is one of
        a job of another workspace."""
        for entry in entries:
            if await self._session.get(JobRow, (self._workspace_id, entry.job_id)) is None:
                continue
            statement = insert_into(self._session, UsageRow).values(
                workspace_id=self._workspace_id,
                job_id=entry.job_id,
                key=entry.key,
                at=entry.at,
                member_id=entry.member_id,
                kind=entry.kind,
                name=entry.name,
                unit=entry.unit,
                amount=entry.amount,
                cost_usd=entry.cost_usd,
            )
            await self._session.execute(statement.on_conflict_do_nothing())

    async def totals(
        self, since: datetime, *, member_id: str | None = None
    ) -> Sequence[UsageTotal]:
        """What was spent since that time, by everybody or by one member, on each thing."""
        query = (
            select(
                UsageRow.kind,
                UsageRow.name,
                UsageRow.unit,
                func.sum(UsageRow.amount),
                func.sum(UsageRow.cost_usd),
            )
            .where(UsageRow.workspace_id == self._workspace_id, UsageRow.at >= since)
            .group_by(UsageRow.kind, UsageRow.name, UsageRow.unit)
            .order_by(UsageRow.kind, UsageRow.name, UsageRow.unit)
        )
        if member_id is not None:
            query = query.where(UsageRow.member_id == member_id)
        return [
            UsageTotal(kind, name, unit, float(amount), float(cost))
            for kind, name, unit, amount, cost in await self._session.execute(query)
        ]

    async def record(self, entry: AuditEntry) -> None:
        """Write down who did what; the same id again changes nothing."""
        await ensure_workspace(self._session, self._workspace_id)
        statement = insert_into(self._session, AuditRow).values(
            workspace_id=self._workspace_id,
            id=entry.id,
            at=entry.at,
            member_id=entry.member_id,
            action=entry.action,
            subject=entry.subject,
            details=dict(entry.details),
        )
        await self._session.execute(statement.on_conflict_do_nothing())

    async def audit(self, *, limit: int = 50) -> Sequence[AuditEntry]:
        """Who did what, the newest first."""
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
