"""Hops, sources, references and evidence of the jobs of one workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Table, bindparam, delete, insert, select, update

from domain.errors import NotFound
from domain.research import (
    Evidence,
    EvidenceVerdict,
    GroundedPrompt,
    Hop,
    Observation,
    Reference,
    Research,
    Source,
    SourceKind,
    ToolCall,
)
from storage.repositories.base import JOBS, Repository, dialect_insert, upsert
from storage.research_rows import HopRow, JobSourceRow, ReferenceRow, SourceRow
from storage.rows import TABLES

HOPS, SOURCES, REFERENCES, JOB_SOURCES = (
    TABLES.tables[row.__tablename__] for row in (HopRow, SourceRow, ReferenceRow, JobSourceRow)
)
_HOP_CHANGES = ("thought", "call", "observation", "started_at", "finished_at")

_CALL: TypeAdapter[ToolCall] = TypeAdapter(ToolCall)
_OBSERVATION: TypeAdapter[Observation] = TypeAdapter(Observation)


@cache
def _add_hop(dialect: str) -> Any:
    statement = dialect_insert(dialect, HOPS).on_conflict_do_nothing()
    return statement.returning(HOPS.c.number)


@cache
def _outcome() -> Any:
    """The result of research, from the job's row."""
    names = ("grounded_prompt", "research_notes", "searched", "search_reasons", "research_agent")
    return select(*(JOBS.c[name] for name in names)).where(
        JOBS.c.workspace_id == bindparam("workspace"), JOBS.c.id == bindparam("job")
    )


@cache
def _delete(table: Table, key: tuple[str, ...]) -> Any:
    return delete(table).where(*(table.c[name] == bindparam(name) for name in key))


class SqlResearchRepository(Repository):
    """Hops, sources, references and evidence of the jobs of one workspace."""

    async def save_hop(self, job_id: str, hop: Hop, sources: Sequence[Source]) -> None:
        """Keep a hop with what it found; the same hop number again replaces the earlier one."""
        await self._lock(job_id)
        key = {"workspace_id": self._workspace_id, "job_id": job_id}
        found = hop.observation
        values = {
            **key,
            "number": hop.number,
            "thought": hop.thought,
            "call": _CALL.dump_python(hop.call, mode="json") if hop.call else None,
            "observation": _OBSERVATION.dump_python(found, mode="json") if found else None,
            "started_at": hop.started_at,
            "finished_at": hop.finished_at,
        }
        made = await self._execute(_add_hop(self._dialect), values)
        if made.first() is None:
            await self._execute(upsert(self._dialect, HOPS, _HOP_CHANGES), values)
            await self._clear(SOURCES, job_id=job_id, hop=hop.number)
        rows = [
            {
                **key,
                **asdict(source),
                "kind": source.kind.value,
                "hop": hop.number,
                "position": position,
            }
            for position, source in enumerate(sources)
        ]
        if rows:  # what an earlier hop found already stays that hop's
            await self._execute(upsert(self._dialect, SOURCES), rows)

    async def save_grounding(
        self,
        job_id: str,
        grounded: GroundedPrompt,
        *,
        notes: Sequence[str],
        searched: bool,
        reasons: Sequence[str] | None = None,
        agent: Mapping[str, str] | None = None,
    ) -> None:
        """Keep the outcome; a second call for the same job replaces the first, without ``reasons``
        or ``agent`` all but those."""
        await self._lock(job_id)
        changes: dict[str, Any] = {"grounded_prompt": grounded.text, "searched": searched}
        changes |= {"research_notes": list(notes)}
        if reasons is not None:
            changes["search_reasons"] = list(reasons)
        if agent is not None:
            changes["research_agent"] = dict(agent)
        key = {"workspace_id": self._workspace_id, "job_id": job_id}
        await self._session.execute(
            update(JOBS)
            .where(JOBS.c.workspace_id == self._workspace_id, JOBS.c.id == job_id)
            .values(**changes)
        )
        await self._clear(REFERENCES, job_id=job_id)
        await self._clear(JOB_SOURCES, job_id=job_id)
        references = [
            {**key, "position": position, **asdict(reference)}
            for position, reference in enumerate(grounded.references)
        ]
        if references:
            await self._execute(insert(REFERENCES), references)
        if grounded.evidence:
            cited = [{**key, **_evidence_values(evidence)} for evidence in grounded.evidence]
            await self._execute(insert(JOB_SOURCES), cited)

    async def load(self, job_id: str) -> Research:
        """All of a job's research so far; empty parts where nothing was kept. Raises ``NotFound``
        when the job does not exist here."""
        key = {"workspace": self._workspace_id, "job": job_id}
        job = (await self._execute(_outcome(), key)).one_or_none()
        if job is None:
            raise NotFound("job", job_id)
        hops = await self._rows(HOPS, "number", job_id=job_id)
        sources = await self._rows(SOURCES, "hop", "position", job_id=job_id)
        references = await self._rows(REFERENCES, "position", job_id=job_id)
        evidence = await self._rows(JOB_SOURCES, "n", job_id=job_id)
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
            decision=tuple(job.search_reasons or ()),
            agent=dict(job.research_agent or {}),
        )

    async def _clear(self, table: Table, **key: Any) -> None:
        statement = _delete(table, ("workspace_id", *key))
        await self._execute(statement, {"workspace_id": self._workspace_id, **key})


def _to_hop(row: Any) -> Hop:
    return Hop(
        number=row.number,
        thought=row.thought,
        call=_CALL.validate_python(row.call) if row.call else None,
        observation=_OBSERVATION.validate_python(row.observation) if row.observation else None,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _to_source(row: Any) -> Source:
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


def _to_reference(row: Any) -> Reference:
    return Reference(
        img_id=row.img_id,
        sha256=row.sha256,
        note=row.note,
        title=row.title,
        source_id=row.source_id,
        subject=row.subject,
    )


def _evidence_values(evidence: Evidence) -> dict[str, Any]:
    verdict = evidence.verdict
    return {**asdict(evidence), "verdict": verdict.value, "supported": verdict.holds}


def _to_evidence(row: Any) -> Evidence:
    return Evidence(
        n=row.n,
        claim=row.claim,
        source_id=row.source_id,
        passage=row.passage,
        passage_start=row.passage_start,
        verdict=_verdict(row),
    )


def _verdict(row: Any) -> EvidenceVerdict:
    """The verdict of a row; where an older version wrote it, what its ``supported`` was worth: it
    compared words and numbers and checked nothing else."""
    if row.verdict is not None:
        return EvidenceVerdict(row.verdict)
    if row.supported:
        return EvidenceVerdict.MENTIONED
    disagrees = row.source_id is not None
    return EvidenceVerdict.CONTRADICTED if disagrees else EvidenceVerdict.UNSUPPORTED
