"""The output of ``--json``; other programs rely on these shapes."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from bot.terminal.surface import receipt_paths
from domain.illustrations import DeliveryKind, Illustration, Recipe
from domain.library import LibraryItem
from domain.requests import Job, JobStatus
from domain.research import EvidenceChange, Source
from jobs.common.story_evidence import get_evidence
from jobs.common.views import JobView

AWAITING_APPROVAL = "awaiting_approval"
_RECIPE: TypeAdapter[Recipe] = TypeAdapter(Recipe)


def paths_of(view: JobView) -> list[str]:
    """The paths of a job's pictures, in their order."""
    for delivery in view.deliveries:
        if delivery.kind is DeliveryKind.RESULT:
            return receipt_paths(delivery.receipt)
    return []


def job_object(view: JobView) -> dict[str, Any]:
    """A job with its pictures, references, evidence and times."""
    cited = get_evidence(view)
    sources = cited.sources
    grounded = view.research.grounded
    paths = paths_of(view)
    found: dict[str, Any] = {
        "job_id": view.job.id,
        "status": status_word(view.job),
        "hops": len(view.research.hops),
        "illustrations": [
            _illustration(illustration, paths[n] if n < len(paths) else None)
            for n, illustration in enumerate(view.illustrations)
        ],
        "references": [
            {
                "img_id": reference.img_id,
                "title": reference.title,
                **_rights(sources.get(reference.source_id or "")),
                "note": reference.note,
                "sha256": reference.sha256,
            }
            for reference in grounded.references
        ],
        "evidence": [
            {
                "n": evidence.n,
                **_cited(sources.get(evidence.source_id or "")),
                "passage": evidence.passage,
                "claim": evidence.claim,
                "verdict": evidence.verdict.value,
                "supported": evidence.verdict.holds,
            }
            for evidence in cited.evidence
        ],
        "prompt": grounded.text,
        "notes": list(view.job.notes),
        "timing": timing(view.job),
    }
    if view.job.error is not None:
        found["error"] = view.job.error
    if view.illustrations and view.illustrations[0].parent_id is not None:
        first = view.illustrations[0]
        found |= {
            "parent_id": first.parent_id,
            "identical": first.identical,
            "difference": first.difference,
        }
    return found


def status_word(job: Job) -> str:
    """The state of a job, in one word."""
    return AWAITING_APPROVAL if job.status is JobStatus.REVIEWING else job.status.value


def timing(job: Job) -> dict[str, float | None]:
    """Seconds: until work began, of research, of rendering, and in all; None where unknown."""
    began = job.research_started_at or job.render_started_at
    return {
        "queued_s": _seconds(job.created_at, began),
        "research_s": _seconds(job.research_started_at, job.research_finished_at),
        "render_s": _seconds(job.render_started_at, job.render_finished_at),
        "total_s": _seconds(job.created_at, job.finished_at),
    }


def job_row(job: Job) -> dict[str, Any]:
    """A job in a list."""
    return {
        "job_id": job.id,
        "kind": job.kind.value,
        "status": status_word(job),
        "prompt": job.request.prompt,
        "created_at": job.created_at.isoformat(),
        "error": job.error,
    }


def change_object(change: EvidenceChange) -> dict[str, Any]:
    """The difference in evidence of two researches."""
    return {name: list(addresses) for name, addresses in asdict(change).items()}


def item_object(item: LibraryItem) -> dict[str, Any]:
    """A library item, without its text."""
    return {
        "id": item.id,
        "kind": item.kind.value,
        "title": item.title,
        "url": item.url,
        "author": item.author,
        "license": item.license,
        "tags": list(item.tags),
        "sha256": item.sha256,
        "added_at": item.added_at.isoformat(),
    }


def _illustration(illustration: Illustration, path: str | None) -> dict[str, Any]:
    return {
        "id": illustration.id,
        "path": path,
        "sha256": illustration.sha256,
        "width": illustration.width,
        "height": illustration.height,
        "alt_text": illustration.alt_text,
        "recipe": _RECIPE.dump_python(illustration.recipe, mode="json"),
    }


def _rights(source: Source | None) -> dict[str, Any]:
    return {
        "url": source.url if source else None,
        "page_url": source.page_url if source else None,
        "license": source.license if source else None,
        "author": source.author if source else None,
    }


def _cited(source: Source | None) -> dict[str, Any]:
    return {
        "title": source.title if source else None,
        "url": source.page_url if source else None,
        "fetched_at": source.fetched_at.isoformat() if source else None,
        "sha256": source.sha256 if source else None,
        "license": source.license if source else None,
        "author": source.author if source else None,
    }


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    if start is None or end is None:
        return None
    return round((end - start).total_seconds(), 3)
