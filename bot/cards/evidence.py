"""The sources of a picture as a card: references, citations and sources."""

from __future__ import annotations

from bot.cards.models import (
    MAX_ADDRESS_CHARS,
    MAX_ENTRIES,
    MAX_STEPS,
    MAX_TEXT_CHARS,
    MAX_TITLE_CHARS,
    EvidenceCard,
    EvidenceEntry,
    ReferenceEntry,
    SourceLine,
)
from bot.marks import time_mark
from bot.text import cited, plain
from domain.request_titles import request_title
from domain.requests import Job
from domain.research import Evidence, EvidenceVerdict, Reference, Source
from domain.translation.messages import gettext, joined, stored
from jobs.common.story_evidence import get_evidence
from jobs.common.views import JobView

MAX_REFERENCE_CHARS = 70
"""Of a reference's title with its host: both must fit into the label of an option."""


def evidence_card(view: JobView) -> EvidenceCard:
    """The references and numbered citations of a job, those of its story first."""
    cited_evidence = get_evidence(view)
    sources = cited_evidence.sources
    grounded = view.research.grounded
    return EvidenceCard(
        job_id=view.job.id,
        title=job_title(view.job),
        references=tuple(
            _reference(number, reference, sources.get(reference.source_id or ""))
            for number, reference in enumerate(grounded.references, 1)
        ),
        entries=tuple(
            _evidence(evidence, sources.get(evidence.source_id or ""))
            for evidence in cited_evidence.evidence[:MAX_ENTRIES]
        ),
        notes=(*job_notes(view.job), *search_reasons(view)),
        left_out=max(0, len(cited_evidence.evidence) - MAX_ENTRIES),
        address=view.page,
        messages=view.team_messages,
    )


def source_lines(card: EvidenceCard) -> tuple[SourceLine, ...]:
    """The sources of a card with the numbers of their citations, in the order of the first."""
    found: dict[tuple[str, str | None], list[int]] = {}
    for entry in card.entries:
        if entry.title is not None:
            found.setdefault((entry.title, entry.address), []).append(entry.n)
    return tuple(
        SourceLine(tuple(numbers), title, address) for (title, address), numbers in found.items()
    )


def job_title(job: Job) -> str:
    """The title of a job: its prompt."""
    return plain(request_title(job.request), most=MAX_TITLE_CHARS)


def job_notes(job: Job) -> tuple[str, ...]:
    """Notes on how a job was done."""
    return tuple(plain(stored(note)) for note in job.notes[:MAX_STEPS])


def search_reasons(view: JobView) -> tuple[str, ...]:
    """Why the search gate did or did not search for a job."""
    return tuple(plain(stored(reason)) for reason in view.research.decision[:MAX_STEPS])


def _rights(source: Source) -> str:
    known = (plain(part, most=120) for part in (source.author, source.license) if part)
    shown = [part for part in known if part]
    return joined(*shown, "" if source.license else gettext("unknown license"), by=" · ")


def _address(source: Source) -> str | None:
    """The address of a source; None where it is too long, since half an address leads elsewhere."""
    address = plain(source.page_url, most=10_000)
    return address if len(address) <= MAX_ADDRESS_CHARS else None


def _reference(number: int, reference: Reference, source: Source | None) -> ReferenceEntry:
    return ReferenceEntry(
        number=number,
        title=(
            cited(source.title, source.page_url, most=MAX_REFERENCE_CHARS)
            if source
            else plain(reference.title, most=MAX_REFERENCE_CHARS)
        ),
        rights=_rights(source) if source else gettext("provided by the requester"),
        note=plain(stored(reference.note)),
        address=_address(source) if source else None,
        sha256=reference.sha256,
    )


def _evidence(evidence: Evidence, source: Source | None) -> EvidenceEntry:
    claim = plain(stored(evidence.claim))
    if source is None:
        return EvidenceEntry(evidence.n, claim, EvidenceVerdict.UNSUPPORTED)
    return EvidenceEntry(
        n=evidence.n,
        claim=claim,
        verdict=evidence.verdict,
        title=cited(source.title, source.page_url),
        rights=_rights(source),
        passage=plain(evidence.passage, most=MAX_TEXT_CHARS) if evidence.passage else None,
        address=_address(source),
        provider=plain(source.provider, most=80),
        fetched=time_mark(source.fetched_at),
        sha256=source.sha256,
    )
