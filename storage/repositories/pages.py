"""Queries for the pages of one workspace: links, lineage and the gallery."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from domain.illustrations import Illustration, IllustrationStatus
from domain.pages import GalleryEntry, GalleryOrder, GalleryQuery
from domain.team import Scope, Tally
from storage.news_rows import NewsSlotRow
from storage.page_rows import JobPageRow
from storage.repositories.base import JOB_COLUMNS, JOBS, Repository, insert_into, to_job
from storage.repositories.pictures import to_illustration
from storage.research_rows import JobSourceRow, SourceRow
from storage.rows import IllustrationRow, PreferencesRow

MAX_CHANNELS = 2_000
MAX_GENERATORS = 100
_CHANNEL = JOBS.c.request["destination"]["channel"].as_string()
_STORY = JOBS.c.request["story_id"].as_string()


class SqlPageRepository(Repository):
    """The pages of one workspace."""

    async def links(self, job_id: str) -> int:
        """The number of times that the links to a job's page were revoked."""
        row = await self._session.get(JobPageRow, (self._workspace_id, job_id))
        return row.links if row is not None else 0

    async def revoke_links(self, job_id: str) -> int:
        """Let every link to a job's page end; gives the new number. Raises ``NotFound``."""
        await self._lock(job_id)
        links = await self.links(job_id) + 1
        statement = insert_into(self._session, JobPageRow).values(
            workspace_id=self._workspace_id, job_id=job_id, links=links
        )
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["workspace_id", "job_id"], set_={"links": links}
            )
        )
        return links

    async def made_from(self, illustration_id: str, *, limit: int) -> Sequence[Illustration]:
        """The pictures that were made from that one, the oldest first."""
        rows = await self._session.scalars(
            select(IllustrationRow)
            .where(
                IllustrationRow.workspace_id == self._workspace_id,
                IllustrationRow.parent_id == illustration_id,
                IllustrationRow.status == IllustrationStatus.RENDERED.value,
            )
            .order_by(IllustrationRow.id)
            .limit(limit)
        )
        return [to_illustration(row) for row in rows]

    async def channels(self) -> Sequence[str]:
        """The channels in which finished pictures of the gallery were asked for."""
        query = self._shown(_CHANNEL).distinct().limit(MAX_CHANNELS)
        return [channel for channel in await self._session.scalars(query) if channel]

    async def published_channels(self) -> frozenset[str]:
        """The channels whose pictures have public pages."""
        row = PreferencesRow
        query = select(row.scope_id).where(
            row.workspace_id == self._workspace_id,
            row.scope == Scope.CHANNEL.value,
            row.value["publish"].as_boolean(),
        )
        return frozenset(await self._session.scalars(query))

    async def find(self, query: GalleryQuery) -> Sequence[GalleryEntry]:
        """The pictures that a gallery shows, in its order."""
        if not query.channels:
            return []
        newest = (IllustrationRow.created_at.desc(), IllustrationRow.id.desc())
        best = (IllustrationRow.score.desc(), *newest)
        statement = (
            self._shown(IllustrationRow, *JOB_COLUMNS)
            .where(*self._filters(query))
            .order_by(*(best if query.order is GalleryOrder.BEST else newest))
            .offset(query.offset)
            .limit(query.limit)
        )
        rows = (await self._session.execute(statement)).all()
        return [
            GalleryEntry(
                to_illustration(row[0]),
                to_job(_JobColumns(row[1:])),
                Tally(row[0].votes_up, row[0].votes_up - row[0].score),
            )
            for row in rows
        ]

    async def generators(self, channels: frozenset[str]) -> Sequence[str]:
        """The generators of the gallery's pictures, by name."""
        if not channels:
            return []
        name = IllustrationRow.recipe["generator"].as_string()
        query = self._shown(name).where(_CHANNEL.in_(channels)).distinct().limit(MAX_GENERATORS)
        return sorted(found for found in await self._session.scalars(query) if found)

    def _shown(self, *columns: Any) -> Any:
        """A query of finished pictures that a gallery may show, with their jobs."""
        row = IllustrationRow
        return (
            select(*columns)
            .select_from(row)
            .join(JOBS, and_(JOBS.c.workspace_id == row.workspace_id, JOBS.c.id == row.job_id))
            .where(row.workspace_id == self._workspace_id, row.posted, row.sha256.is_not(None))
        )

    def _filters(self, query: GalleryQuery) -> list[ColumnElement[bool]]:
        row, found = IllustrationRow, [_CHANNEL.in_(query.channels)]
        if query.member_id is not None:
            found.append(JOBS.c.member_id == query.member_id)
        if query.generator is not None:
            found.append(row.recipe["generator"].as_string() == query.generator)
        if query.schedule_id is not None:
            found.append(JOBS.c.id.in_(self._jobs_of_schedule(query.schedule_id)))
        if query.news_only:
            found.append(_STORY.is_not(None))
        if query.since is not None:
            found.append(row.created_at >= query.since)
        return found + [self._speaks_of(word) for word in query.words.split()[:8]]

    def _jobs_of_schedule(self, schedule_id: str) -> Select[Any]:
        slot = NewsSlotRow
        return select(slot.job_id).where(
            slot.workspace_id == self._workspace_id,
            slot.schedule_id == schedule_id,
            slot.job_id.is_not(None),
        )

    def _speaks_of(self, word: str) -> ColumnElement[bool]:
        """Whether a job's request, or the evidence that it cites, holds a word."""
        cited, source = JobSourceRow, SourceRow
        evidence = (
            select(cited.n)
            .outerjoin(
                source,
                and_(
                    source.workspace_id == cited.workspace_id,
                    source.job_id == cited.job_id,
                    source.id == cited.source_id,
                ),
            )
            .where(
                cited.workspace_id == self._workspace_id,
                cited.job_id == JOBS.c.id,
                or_(
                    cited.claim.icontains(word, autoescape=True),
                    cited.passage.icontains(word, autoescape=True),
                    source.title.icontains(word, autoescape=True),
                ),
            )
        )
        prompt = JOBS.c.request["prompt"].as_string()
        return or_(prompt.icontains(word, autoescape=True), exists(evidence.correlate(JOBS)))


class _JobColumns:
    """The columns of a job out of a longer row, by their names."""

    def __init__(self, values: Sequence[Any]) -> None:
        for column, value in zip(JOB_COLUMNS, values, strict=True):
            setattr(self, column.name, value)
