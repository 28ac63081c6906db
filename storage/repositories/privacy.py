"""All data of one workspace about a person, or about all members: read whole and removed whole.

Each table with a workspace stands in ``_OWN``, ``_OF_JOBS``, ``_SHARED`` or ``_KEPT``; a test makes
sure that a new one is not forgotten.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import (
    ColumnElement,
    Table,
    Text,
    and_,
    delete,
    false,
    func,
    or_,
    select,
    text,
    true,
    tuple_,
    update,
)
from sqlalchemy import cast as sql_cast

from domain.illustrations import IllustrationStatus
from domain.privacy import Holdings
from domain.requests import Job
from domain.team import MEMBER_STATE, Scope
from domain.team_messages import MESSAGES_FOUND
from storage.account_rows import AccountCodeRow, AccountRow
from storage.gallery_rows import GalleryMessageRow
from storage.knowledge_rows import GeneratorKnowledgeRow
from storage.news_rows import NewsSlotRow, NoticeRow, ScheduleRow, StoryRow
from storage.page_rows import JobPageRow
from storage.repositories.base import JOB_COLUMNS, JOBS, Repository, to_job
from storage.research_rows import HopRow, JobSourceRow, ReferenceRow, SourceRow
from storage.rows import (
    INDEX_TABLE,
    TABLES,
    ApprovalRow,
    AuditRow,
    DeliveryRow,
    IllustrationRow,
    InstallationRow,
    JobEventRow,
    JobMessageRow,
    JobRow,
    LibraryItemRow,
    MirrorRow,
    PictureHashesRow,
    PreferencesRow,
    UsageRow,
    VoteRow,
    WorkspaceRow,
)
from storage.search_token_rows import SearchTokenRow
from storage.task_rows import TaskRow
from storage.total_rows import JobCountRow, UsageTotalRow
from storage.training_rows import TrajectoryRow
from storage.vote_sums import sum_up_votes

Condition = ColumnElement[bool]
_SECRET: Final = frozenset({"token", "refresh_token", "digest"})
_AT_ONCE: Final = 500
_HASH: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_COUNTED: Final = "floor"
"""The action that counts towards a suspension: deleting one's data is no way around it."""
_COUNTED_FOR: Final = timedelta(hours=24)
NOBODY: Final = ""
"""The actor of an audit entry, once their name is removed."""

_OWN: Final[Mapping[Any, Callable[[str], Condition]]] = {
    JobRow: lambda member: JobRow.member_id == member,
    VoteRow: lambda member: VoteRow.member_id == member,
    ApprovalRow: lambda member: ApprovalRow.member_id == member,
    AuditRow: lambda member: or_(AuditRow.member_id == member, AuditRow.subject == member),
    UsageRow: lambda member: UsageRow.member_id == member,
    UsageTotalRow: lambda member: UsageTotalRow.member_id == member,
    JobCountRow: lambda member: JobCountRow.member_id == member,
    TrajectoryRow: lambda member: TrajectoryRow.member_id == member,
    PreferencesRow: lambda member: and_(
        PreferencesRow.scope == Scope.MEMBER.value, PreferencesRow.scope_id == member
    ),
    ScheduleRow: lambda member: ScheduleRow.owner_id == member,
    NoticeRow: lambda member: NoticeRow.value["member_id"].as_string() == member,
    NewsSlotRow: lambda member: NewsSlotRow.preview["member_id"].as_string() == member,
    InstallationRow: lambda member: InstallationRow.installed_by == member,
    AccountRow: lambda member: AccountRow.member_id == member,
    AccountCodeRow: lambda member: AccountCodeRow.member_id == member,
}
"""Tables that name a person, and which of their rows are that person's."""
_OF_JOBS: Final = (
    *(MirrorRow, HopRow, SourceRow, ReferenceRow, JobSourceRow, IllustrationRow, DeliveryRow),
    *(JobEventRow, JobMessageRow, JobPageRow, SearchTokenRow),
)
"""Tables whose rows belong to a job, and go with it."""
_OF_PICTURES: Final = (PictureHashesRow,)
"""The same of a picture."""
_SHARED: Final = (LibraryItemRow, StoryRow, GeneratorKnowledgeRow, GalleryMessageRow)
"""Tables that say nothing of any one person: only the workspace has them."""
_KEPT: Final = (WorkspaceRow, TaskRow, InstallationRow)
"""Tables that a workspace keeps when all of it is removed: its bare id, the tasks that remove the
rest, and its tokens, which go when the app is uninstalled."""


def table_of(row: Any) -> Table:
    """The table behind a row's class."""
    return cast("Table", row.__table__)


_ROWS: Final = {
    table_of(row).name: row
    for row in (*_OWN, *_OF_JOBS, *_OF_PICTURES, *_SHARED, WorkspaceRow, TaskRow)
}


TABLES_READ: Final = tuple(sorted(set(_ROWS) - {table_of(TaskRow).name}))


def _not_shown(row: Any) -> tuple[Condition, ...]:
    """Which of a table's rows stay out of exports: the addresses of others' messages."""
    return (JobEventRow.kind != MESSAGES_FOUND,) if row is JobEventRow else ()


class SqlPrivacyRepository(Repository):
    """Everything that one workspace keeps."""

    async def tables(self) -> Sequence[str]:
        """The names of the tables that :meth:`rows` can read."""
        return TABLES_READ

    async def rows(
        self, table: str, member_id: str | None, *, offset: int, limit: int
    ) -> Sequence[Mapping[str, Any]]:
        """Rows of a table in the order of their keys, as JSON values, without secrets."""
        found = TABLES.tables[table]
        shown = [column for column in found.columns if column.name not in _SECRET]
        query = (
            select(*shown)
            .where(*self._of(_ROWS[table], member_id), *_not_shown(_ROWS[table]))
            .order_by(*found.primary_key.columns)
            .offset(offset)
            .limit(limit)
        )
        rows = (await self._session.execute(query)).mappings()
        return [{name: _plain(value) for name, value in row.items()} for row in rows]

    async def holdings(self, member_id: str | None) -> Holdings:
        """Counts of the data."""
        jobs = await self._session.scalar(
            select(func.count()).select_from(JobRow).where(*self._of(JobRow, member_id))
        )
        pictures = await self._session.scalar(
            select(func.count())
            .select_from(IllustrationRow)
            .where(
                *self._of(IllustrationRow, member_id),
                IllustrationRow.status == IllustrationStatus.RENDERED.value,
            )
        )
        return Holdings(jobs or 0, pictures or 0)

    async def jobs(self, member_id: str | None, *, limit: int) -> Sequence[Job]:
        """The oldest jobs that are left."""
        query = (
            select(*JOB_COLUMNS)
            .where(*self._of(JobRow, member_id))
            .order_by(JOBS.c.created_at, JOBS.c.id)
            .limit(limit)
        )
        return [to_job(row) for row in await self._session.execute(query)]

    async def pictures(self, job_ids: Collection[str]) -> Sequence[tuple[str, str]]:
        """A name and the hash of each picture that these jobs made, or that was brought along."""
        made = await self._session.execute(
            select(IllustrationRow.id, IllustrationRow.sha256)
            .where(*self._among(IllustrationRow, job_ids))
            .where(
                IllustrationRow.status == IllustrationStatus.RENDERED.value,
                IllustrationRow.sha256.is_not(None),
            )
            .order_by(IllustrationRow.id)
        )
        found = [(f"pictures/{id_}", str(sha256)) for id_, sha256 in made]
        asked = await self._session.execute(
            select(JobRow.request["attachments"])
            .where(JobRow.workspace_id == self._workspace_id, JobRow.id.in_(job_ids))
            .order_by(JobRow.id)
        )
        known = {sha256 for _name, sha256 in found}
        for (attachments,) in asked:
            for attachment in attachments or ():
                sha256 = str(attachment["sha256"])
                if sha256 not in known:
                    known.add(sha256)
                    found.append((f"references/{sha256[:16]}", sha256))
        return found

    async def blobs(self, job_ids: Collection[str]) -> frozenset[str]:
        """The hashes of all bytes that rows of these jobs name and no other row does."""
        named: set[str] = set()
        for row, columns in _NAMING.items():
            named |= await self._hashes(row, columns, self._among(row, job_ids))
        for row, columns in _NAMING.items():
            if not named:
                break
            others = [row.workspace_id == self._workspace_id, self._key(row).not_in(job_ids)]
            if row is JobEventRow:  # pictures on their way
                others.append(row.kind == "render_progress")
            named -= await self._hashes(row, columns, others, among=named)
        return frozenset(named - await self.library_blobs())

    async def library_blobs(self) -> frozenset[str]:
        """The hashes of the bytes of the library."""
        mine = LibraryItemRow.workspace_id == self._workspace_id
        return frozenset(await self._session.scalars(select(LibraryItemRow.sha256).where(mine)))

    async def remove_jobs(self, job_ids: Collection[str]) -> int:
        """Remove jobs with all that belongs to them; gives how many pictures there were."""
        pictures = await self._session.scalar(
            select(func.count())
            .select_from(IllustrationRow)
            .where(
                *self._among(IllustrationRow, job_ids),
                IllustrationRow.status == IllustrationStatus.RENDERED.value,
            )
        )
        await self._session.execute(
            update(NewsSlotRow)
            .where(NewsSlotRow.workspace_id == self._workspace_id, NewsSlotRow.job_id.in_(job_ids))
            .values(job_id=None)
        )
        await self._remove(ApprovalRow, ApprovalRow.subject_id.in_(job_ids))
        # What others did about these jobs stays in the log of the workspace, without its details.
        await self._session.execute(
            update(AuditRow)
            .where(AuditRow.workspace_id == self._workspace_id, AuditRow.subject.in_(job_ids))
            .values(details={})
        )
        await self._remove(TaskRow, TaskRow.job_id.in_(job_ids), TaskRow.executor_id.is_(None))
        await self._remove(JobRow, JobRow.id.in_(job_ids))
        self._jobs.clear()
        self._locked.clear()
        return pictures or 0

    async def forget_member(self, member_id: str) -> None:
        """Remove what else is kept of a member, and their name from what others did."""
        voted = set(
            await self._session.scalars(
                select(VoteRow.illustration_id).where(*self._of(VoteRow, member_id))
            )
        )
        for row in (
            *(VoteRow, ApprovalRow, UsageTotalRow, NoticeRow, NewsSlotRow, TrajectoryRow),
            *(AccountRow, AccountCodeRow),
        ):
            await self._remove(row, *self._of(row, member_id))
        for illustration_id in voted:
            await sum_up_votes(self._session, self._workspace_id, illustration_id)
        await self._keep_counts(member_id)
        await self._keep_state(member_id)
        await self._session.execute(
            update(ScheduleRow).where(*self._of(ScheduleRow, member_id)).values(owner_id=NOBODY)
        )
        await self._session.execute(
            update(InstallationRow)
            .where(*self._of(InstallationRow, member_id))
            .values(installed_by=NOBODY)
        )
        await self._forget_name(member_id)

    async def forget_everybody(self) -> None:
        """Remove all other rows of the workspace, but not its tokens of a chat platform."""
        index = text(f"DELETE FROM {INDEX_TABLE} WHERE workspace_id = :workspace")  # noqa: S608
        await self._session.execute(index, {"workspace": self._workspace_id})
        kept = {table_of(row).name for row in _KEPT}
        for table in reversed(TABLES.sorted_tables):
            if "workspace_id" in table.columns and table.name not in kept:
                mine = table.c.workspace_id == self._workspace_id
                await self._session.execute(delete(table).where(mine))
        self._jobs.clear()
        self._locked.clear()

    async def linked(self) -> Sequence[str]:
        """The codes of the channels that channels here name as linked."""
        code = PreferencesRow.value["linked"].as_string()
        found = await self._session.scalars(
            select(code).where(PreferencesRow.workspace_id == self._workspace_id, code.is_not(None))
        )
        return sorted({str(each) for each in found})

    async def _keep_counts(self, member_id: str) -> None:
        """The pictures of a day still count for the workspace's limit; whose they were does not."""
        counts = await self._session.execute(
            select(JobCountRow.day, JobCountRow.jobs, JobCountRow.pictures).where(
                *self._of(JobCountRow, member_id)
            )
        )
        for day, jobs, pictures in counts.all():
            key = (self._workspace_id, NOBODY, day)
            row = await self._session.get(JobCountRow, key)
            if row is None:
                row = JobCountRow(
                    workspace_id=self._workspace_id, member_id=NOBODY, day=day, jobs=0, pictures=0
                )
                self._session.add(row)
            row.jobs, row.pictures = row.jobs + jobs, row.pictures + pictures
        await self._session.flush()
        await self._remove(JobCountRow, *self._of(JobCountRow, member_id))

    async def _keep_state(self, member_id: str) -> None:
        """Only a suspension stays of what was set for a member."""
        row = await self._session.get(
            PreferencesRow, (self._workspace_id, Scope.MEMBER.value, member_id)
        )
        if row is None:
            return
        state = {name: row.value[name] for name in MEMBER_STATE if row.value.get(name)}
        if state:
            row.value = state
        else:
            await self._session.delete(row)
        await self._session.flush()

    async def _forget_name(self, member_id: str) -> None:
        """Take a member's name out of the audit log and of what others' jobs say."""
        mine = AuditRow.workspace_id == self._workspace_id
        counts = and_(AuditRow.action == _COUNTED, AuditRow.at >= datetime.now(UTC) - _COUNTED_FOR)
        await self._session.execute(
            update(AuditRow)
            .where(mine, AuditRow.member_id == member_id, ~counts)
            .values(member_id=NOBODY, details={})
        )
        await self._session.execute(
            update(AuditRow).where(mine, AuditRow.subject == member_id).values(subject=NOBODY)
        )
        for row, column in _MENTIONING:
            table, like = table_of(row), f'%"{member_id}"%'
            keys = list(table.primary_key.columns)
            found = await self._session.execute(
                select(*keys, table.c[column]).where(
                    table.c.workspace_id == self._workspace_id,
                    sql_cast(table.c[column], Text).like(like),
                )
            )
            for *key, value in found.all():
                same = [column_ == part for column_, part in zip(keys, key, strict=True)]
                changed = {column: _without(value, member_id)}
                await self._session.execute(update(table).where(*same).values(changed))

    async def _remove(self, row: Any, *conditions: Condition) -> None:
        statement = delete(row).where(row.workspace_id == self._workspace_id, *conditions)
        await self._session.execute(statement.execution_options(synchronize_session=False))

    async def _hashes(
        self,
        row: Any,
        columns: Sequence[str],
        conditions: Iterable[Condition],
        *,
        among: Collection[str] | None = None,
    ) -> set[str]:
        """The hashes that rows name."""
        table, found = table_of(row), set[str]()
        keys = list(table.primary_key.columns)
        shown = [sql_cast(table.c[name], Text) for name in columns]
        query = select(*keys, *shown).where(*conditions).order_by(*keys).limit(_AT_ONCE)
        after: tuple[Any, ...] | None = None
        while True:
            page = query if after is None else query.where(tuple_(*keys) > after)
            rows = (await self._session.execute(page)).all()
            for row_ in rows:
                for value in row_[len(keys) :]:
                    found.update(_HASH.findall(value or ""))
            if len(rows) < _AT_ONCE:
                return found if among is None else found & set(among)
            after = tuple(rows[-1][: len(keys)])

    def _of(self, row: Any, member_id: str | None) -> tuple[Condition, ...]:
        """The rows of a table that are the member's, or all members'."""
        if row is WorkspaceRow:
            return (WorkspaceRow.id == self._workspace_id, true() if member_id is None else false())
        mine = row.workspace_id == self._workspace_id
        if member_id is None:
            return (mine,)
        if row in _OWN:
            return (mine, _OWN[row](member_id))
        if row in _SHARED or row is TaskRow:
            return (mine, false())
        theirs = select(JobRow.id).where(*self._of(JobRow, member_id))
        if row in _OF_PICTURES:
            pictures = select(IllustrationRow.id).where(
                IllustrationRow.workspace_id == self._workspace_id,
                IllustrationRow.job_id.in_(theirs),
            )
            return (mine, row.illustration_id.in_(pictures))
        return (mine, row.job_id.in_(theirs))

    def _among(self, row: Any, job_ids: Collection[str]) -> tuple[Condition, ...]:
        return (row.workspace_id == self._workspace_id, self._key(row).in_(job_ids))

    def _key(self, row: Any) -> Any:
        return row.id if row is JobRow else row.job_id


_NAMING: Final[Mapping[Any, tuple[str, ...]]] = {
    JobRow: ("request",),
    IllustrationRow: ("sha256", "kept_sha256", "recipe"),
    ReferenceRow: ("sha256",),
    SourceRow: ("sha256",),
    TrajectoryRow: ("value",),
    JobEventRow: ("data",),
}
"""The columns that name blobs."""
_MENTIONING: Final = (
    (JobEventRow, "data"),
    (AuditRow, "details"),
    (StoryRow, "value"),
    (ScheduleRow, "value"),
    (DeliveryRow, "destination"),
    (NewsSlotRow, "considered"),
    (PreferencesRow, "value"),
)
"""JSON of others that may name a member."""


def _without(value: Any, member_id: str) -> Any:
    """JSON in which nothing is that member's id any more."""
    if value == member_id:
        return NOBODY
    if isinstance(value, dict):
        entries = cast("Mapping[str, Any]", value)
        return {key: _without(part, member_id) for key, part in entries.items()}
    if isinstance(value, list):
        return [_without(part, member_id) for part in cast("Sequence[Any]", value)]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value
