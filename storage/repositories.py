"""The repositories of one workspace, over one database session.

The workspace is part of every row's key and of every query, and no method takes it as an argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import NotFound
from domain.illustrations import (
    Delivery,
    DeliveryKind,
    Illustration,
    IllustrationStatus,
    JobEvent,
    Recipe,
)
from domain.requests import Destination, Job, JobKind, JobStatus, Request
from domain.research import (
    Evidence,
    GroundedPrompt,
    Hop,
    Observation,
    Reference,
    Research,
    Source,
    SourceKind,
    ToolCall,
)
from storage.rows import (
    DeliveryRow,
    HopRow,
    IllustrationRow,
    JobEventRow,
    JobRow,
    JobSourceRow,
    ReferenceRow,
    SourceRow,
    WorkspaceRow,
)

_REQUEST: TypeAdapter[Request] = TypeAdapter(Request)
_RECIPE: TypeAdapter[Recipe] = TypeAdapter(Recipe)
_DESTINATION: TypeAdapter[Destination] = TypeAdapter(Destination)
_CALL: TypeAdapter[ToolCall] = TypeAdapter(ToolCall)
_OBSERVATION: TypeAdapter[Observation] = TypeAdapter(Observation)
_JOB_TIMES = (
    "research_started_at",
    "research_finished_at",
    "render_started_at",
    "render_finished_at",
    "finished_at",
)


async def ensure_workspace(session: AsyncSession, workspace_id: str) -> None:
    """Make the workspace unless it is there."""
    values = {"id": workspace_id, "created_at": datetime.now(UTC)}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    await session.execute(insert(WorkspaceRow).values(values).on_conflict_do_nothing())


class _Repository:
    def __init__(self, session: AsyncSession, workspace_id: str, *, read_only: bool) -> None:
        self._session = session
        self._workspace_id = workspace_id
        self._read_only = read_only

    async def _job(self, job_id: str) -> JobRow:
        """The job's row, locked where it may be changed, so that writers take turns."""
        query = select(JobRow).where(JobRow.workspace_id == self._workspace_id, JobRow.id == job_id)
        if not self._read_only:
            query = query.with_for_update()
        row = await self._session.scalar(query.execution_options(populate_existing=True))
        if row is None:
            raise NotFound("job", job_id)
        return row


class SqlJobRepository(_Repository):
    """The jobs of one workspace."""

    async def add(self, job: Job, *, event_key: str) -> Job:
        """Keep a new job; a used ``event_key`` of this workspace gives the earlier job back."""
        await ensure_workspace(self._session, self._workspace_id)
        insert = (
            postgresql.insert
            if self._session.get_bind().dialect.name == "postgresql"
            else sqlite.insert
        )
        request = replace(job.request, workspace_id=self._workspace_id)
        await self._session.execute(
            insert(JobRow)
            .values(
                workspace_id=self._workspace_id,
                id=job.id,
                event_key=event_key,
                kind=job.kind.value,
                member_id=request.member_id,
                status=job.status.value,
                request=_REQUEST.dump_python(request, mode="json"),
                created_at=job.created_at,
                notes=list(job.notes),
                error=job.error,
                **{name: getattr(job, name) for name in _JOB_TIMES},
            )
            .on_conflict_do_nothing()
        )
        row = await self._session.scalar(
            select(JobRow).where(
                JobRow.workspace_id == self._workspace_id, JobRow.event_key == event_key
            )
        )
        return _to_job(row or await self._job(job.id))

    async def get(self, job_id: str) -> Job:
        """The job. Raises ``NotFound``."""
        return _to_job(await self._job(job_id))

    async def save(self, job: Job) -> None:
        """Write the changed fields of a known job (never its request). Raises ``NotFound``."""
        row = await self._job(job.id)
        row.status, row.error, row.notes = job.status.value, job.error, list(job.notes)
        for name in _JOB_TIMES:
            setattr(row, name, getattr(job, name))
        await self._session.flush()

    async def recent(
        self, *, member_id: str | None = None, status: JobStatus | None = None, limit: int = 20
    ) -> Sequence[Job]:
        """The newest jobs first."""
        query = select(JobRow).where(JobRow.workspace_id == self._workspace_id)
        if member_id is not None:
            query = query.where(JobRow.member_id == member_id)
        if status is not None:
            query = query.where(JobRow.status == status.value)
        query = query.order_by(JobRow.created_at.desc(), JobRow.id.desc()).limit(limit)
        return [_to_job(row) for row in await self._session.scalars(query)]

    async def position(self, job_id: str) -> int:
        """How many jobs of the workspace wait before this one; 0 when none or already running."""
        waiting = (
            JobRow.workspace_id == self._workspace_id,
            JobRow.status == JobStatus.QUEUED.value,
        )
        mine = await self._session.scalar(
            select(JobRow.created_at).where(*waiting, JobRow.id == job_id)
        )
        if mine is None:
            return 0
        before = select(func.count()).select_from(JobRow).where(*waiting, JobRow.created_at < mine)
        return await self._session.scalar(before) or 0


class SqlResearchRepository(_Repository):
    """Hops, sources, references and evidence of the jobs of one workspace."""

    async def save_hop(self, job_id: str, hop: Hop, sources: Sequence[Source]) -> None:
        """Keep a hop with what it found; the same hop number again replaces the earlier one."""
        await self._job(job_id)
        key = {"workspace_id": self._workspace_id, "job_id": job_id}
        await self._clear(HopRow, job_id, HopRow.number == hop.number)
        await self._clear(SourceRow, job_id, SourceRow.hop == hop.number)
        kept = await self._session.scalars(
            select(SourceRow.id).where(
                SourceRow.workspace_id == self._workspace_id, SourceRow.job_id == job_id
            )
        )
        known = set(kept)
        self._session.add(
            HopRow(
                **key,
                number=hop.number,
                thought=hop.thought,
                call=_CALL.dump_python(hop.call, mode="json") if hop.call else None,
                observation=(
                    _OBSERVATION.dump_python(hop.observation, mode="json")
                    if hop.observation
                    else None
                ),
                started_at=hop.started_at,
                finished_at=hop.finished_at,
            )
        )
        for position, source in enumerate(sources):
            if source.id not in known:
                known.add(source.id)
                values = {**asdict(source), "kind": source.kind.value}
                self._session.add(SourceRow(**key, hop=hop.number, position=position, **values))
        await self._session.flush()

    async def save_grounding(
        self, job_id: str, grounded: GroundedPrompt, *, notes: Sequence[str], searched: bool
    ) -> None:
        """Keep the outcome; a second call for the same job replaces the first."""
        row = await self._job(job_id)
        key = {"workspace_id": self._workspace_id, "job_id": job_id}
        row.grounded_prompt, row.searched = grounded.text, searched
        row.research_notes = list(notes)
        await self._clear(ReferenceRow, job_id)
        await self._clear(JobSourceRow, job_id)
        for position, reference in enumerate(grounded.references):
            self._session.add(ReferenceRow(**key, position=position, **asdict(reference)))
        for evidence in grounded.evidence:
            self._session.add(JobSourceRow(**key, **asdict(evidence)))
        await self._session.flush()

    async def load(self, job_id: str) -> Research:
        """All of a job's research so far; empty parts where nothing was kept. Raises ``NotFound``
        when the job does not exist here."""
        job = await self._session.get(JobRow, (self._workspace_id, job_id))
        if job is None:
            raise NotFound("job", job_id)
        hops = await self._all(HopRow, job_id, HopRow.number)
        sources = await self._all(SourceRow, job_id, SourceRow.hop, SourceRow.position)
        references = await self._all(ReferenceRow, job_id, ReferenceRow.position)
        evidence = await self._all(JobSourceRow, job_id, JobSourceRow.n)
        return Research(
            hops=tuple(_to_hop(row) for row in hops),
            sources=tuple(_to_source(row) for row in sources),
            grounded=GroundedPrompt(
                text=job.grounded_prompt or "",
                references=tuple(_to_reference(row) for row in references),
                evidence=tuple(_to_evidence(row) for row in evidence),
            ),
            notes=tuple(job.research_notes or ()),
            searched=bool(job.searched),
        )

    async def _clear(self, row: Any, job_id: str, *conditions: Any) -> None:
        await self._session.execute(
            delete(row).where(
                row.workspace_id == self._workspace_id, row.job_id == job_id, *conditions
            )
        )

    async def _all(self, row: Any, job_id: str, *order: Any) -> Sequence[Any]:
        query = (
            select(row)
            .where(row.workspace_id == self._workspace_id, row.job_id == job_id)
            .order_by(*order)
        )
        return (await self._session.scalars(query)).all()


class SqlIllustrationRepository(_Repository):
    """The illustrations of one workspace."""

    async def save(self, illustration: Illustration) -> None:
        """Keep or overwrite the illustration with that id; its recipe is written only once."""
        await self._job(illustration.job_id)
        row = await self._session.get(IllustrationRow, (self._workspace_id, illustration.id))
        if row is None:
            row = IllustrationRow(
                workspace_id=self._workspace_id,
                id=illustration.id,
                job_id=illustration.job_id,
                position=illustration.position,
                recipe=_RECIPE.dump_python(illustration.recipe, mode="json"),
                created_at=illustration.created_at,
                parent_id=illustration.parent_id,
            )
            self._session.add(row)
        row.status = illustration.status.value
        row.sha256, row.media_type = illustration.sha256, illustration.media_type
        row.width, row.height, row.phash = (
            illustration.width,
            illustration.height,
            illustration.phash,
        )
        row.alt_text = illustration.alt_text
        row.identical, row.difference = illustration.identical, illustration.difference
        await self._session.flush()

    async def get(self, illustration_id: str) -> Illustration:
        """The illustration. Raises ``NotFound``."""
        row = await self._session.get(IllustrationRow, (self._workspace_id, illustration_id))
        if row is None:
            raise NotFound("illustration", illustration_id)
        return _to_illustration(row)

    async def of_job(self, job_id: str) -> Sequence[Illustration]:
        """A job's illustrations by position."""
        rows = await self._session.scalars(
            select(IllustrationRow)
            .where(
                IllustrationRow.workspace_id == self._workspace_id,
                IllustrationRow.job_id == job_id,
            )
            .order_by(IllustrationRow.position)
        )
        return [_to_illustration(row) for row in rows]


class SqlDeliveryRepository(_Repository):
    """The outbox of one workspace."""

    async def add(self, delivery: Delivery) -> None:
        """Keep a delivery; one with that id already there stays as it is."""
        await self._job(delivery.job_id)
        if await self._session.get(DeliveryRow, (self._workspace_id, delivery.id)) is not None:
            return
        self._session.add(
            DeliveryRow(
                workspace_id=self._workspace_id,
                id=delivery.id,
                job_id=delivery.job_id,
                position=len(await self.of_job(delivery.job_id)),
                kind=delivery.kind.value,
                destination=_DESTINATION.dump_python(delivery.destination, mode="json"),
                claimed_at=delivery.claimed_at,
                attempts=delivery.attempts,
                receipt=delivery.receipt,
                delivered_at=delivery.delivered_at,
            )
        )
        await self._session.flush()

    async def claim(self, delivery_id: str, *, now: datetime) -> Delivery:
        """Count a try and return the delivery as it was *before* the claim, so that the caller
        sees whether an earlier try may have got through. Raises ``NotFound``."""
        row = await self._delivery(delivery_id)
        before = _to_delivery(row)
        row.claimed_at, row.attempts = now, row.attempts + 1
        await self._session.flush()
        return before

    async def delivered(self, delivery_id: str, *, receipt: str, now: datetime) -> None:
        """Keep the receipt; the first one stays. Raises ``NotFound``."""
        row = await self._delivery(delivery_id)
        if row.receipt is None:
            row.receipt, row.delivered_at = receipt, now
            await self._session.flush()

    async def of_job(self, job_id: str) -> Sequence[Delivery]:
        """A job's deliveries in the order they were added."""
        rows = await self._session.scalars(
            select(DeliveryRow)
            .where(DeliveryRow.workspace_id == self._workspace_id, DeliveryRow.job_id == job_id)
            .order_by(DeliveryRow.position)
        )
        return [_to_delivery(row) for row in rows]

    async def _delivery(self, delivery_id: str) -> DeliveryRow:
        row = await self._session.get(
            DeliveryRow,
            (self._workspace_id, delivery_id),
            with_for_update=True,
            populate_existing=True,
        )
        if row is None:
            raise NotFound("delivery", delivery_id)
        return row


class SqlEventLog(_Repository):
    """The durable log of what happens to the jobs of one workspace."""

    async def append(
        self, job_id: str, kind: str, data: dict[str, Any], *, key: str | None = None
    ) -> JobEvent | None:
        """Add a line with the next number. With a ``key`` that the job's log already holds,
        nothing is added and None comes back, so a step that runs twice logs once."""
        await self._job(job_id)
        mine = (JobEventRow.workspace_id == self._workspace_id, JobEventRow.job_id == job_id)
        if key is not None and await self._session.scalar(
            select(JobEventRow.seq).where(*mine, JobEventRow.key == key)
        ):
            return None
        last = await self._session.scalar(select(func.max(JobEventRow.seq)).where(*mine))
        row = JobEventRow(
            workspace_id=self._workspace_id,
            job_id=job_id,
            seq=(last or 0) + 1,
            kind=kind,
            at=datetime.now(UTC),
            data=data,
            key=key,
        )
        self._session.add(row)
        await self._session.flush()
        return _to_event(row)

    async def read(self, job_id: str, *, after: int = 0, limit: int = 500) -> Sequence[JobEvent]:
        """The lines after that number, in order; none for a job of another workspace."""
        rows = await self._session.scalars(
            select(JobEventRow)
            .where(
                JobEventRow.workspace_id == self._workspace_id,
                JobEventRow.job_id == job_id,
                JobEventRow.seq > after,
            )
            .order_by(JobEventRow.seq)
            .limit(limit)
        )
        return [_to_event(row) for row in rows]


def _to_job(row: JobRow) -> Job:
    return Job(
        id=row.id,
        kind=JobKind(row.kind),
        request=_REQUEST.validate_python(row.request),
        status=JobStatus(row.status),
        created_at=row.created_at,
        error=row.error,
        notes=tuple(row.notes),
        **{name: getattr(row, name) for name in _JOB_TIMES},
    )


def _to_hop(row: HopRow) -> Hop:
    return Hop(
        number=row.number,
        thought=row.thought,
        call=_CALL.validate_python(row.call) if row.call else None,
        observation=_OBSERVATION.validate_python(row.observation) if row.observation else None,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _to_source(row: SourceRow) -> Source:
    return Source(
        id=row.id,
        kind=SourceKind(row.kind),
        provider=row.provider,
        title=row.title,
        url=row.url,
        page_url=row.page_url,
        fetched_at=row.fetched_at,
        sha256=row.sha256,
        license=row.license,
        author=row.author,
        text=row.text,
        img_id=row.img_id,
        width=row.width,
        height=row.height,
        phash=row.phash,
    )


def _to_reference(row: ReferenceRow) -> Reference:
    return Reference(
        img_id=row.img_id,
        sha256=row.sha256,
        note=row.note,
        title=row.title,
        source_id=row.source_id,
        subject=row.subject,
    )


def _to_evidence(row: JobSourceRow) -> Evidence:
    return Evidence(
        n=row.n,
        claim=row.claim,
        source_id=row.source_id,
        passage=row.passage,
        passage_start=row.passage_start,
        supported=row.supported,
    )


def _to_illustration(row: IllustrationRow) -> Illustration:
    return Illustration(
        id=row.id,
        workspace_id=row.workspace_id,
        job_id=row.job_id,
        position=row.position,
        recipe=_RECIPE.validate_python(row.recipe),
        status=IllustrationStatus(row.status),
        created_at=row.created_at,
        parent_id=row.parent_id,
        sha256=row.sha256,
        media_type=row.media_type,
        width=row.width,
        height=row.height,
        phash=row.phash,
        alt_text=row.alt_text,
        identical=row.identical,
        difference=row.difference,
    )


def _to_delivery(row: DeliveryRow) -> Delivery:
    return Delivery(
        id=row.id,
        workspace_id=row.workspace_id,
        job_id=row.job_id,
        kind=DeliveryKind(row.kind),
        destination=_DESTINATION.validate_python(row.destination),
        claimed_at=row.claimed_at,
        attempts=row.attempts,
        receipt=row.receipt,
        delivered_at=row.delivered_at,
    )


def _to_event(row: JobEventRow) -> JobEvent:
    return JobEvent(job_id=row.job_id, seq=row.seq, kind=row.kind, at=row.at, data=row.data)
