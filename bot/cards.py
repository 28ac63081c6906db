"""What is shown: jobs, pictures, evidence and errors as plain values that any platform can draw.

A card holds words only, already safe to show and short enough for every platform: one line each, no
control or direction characters, cut at the end of a word where they are too long. A platform only
translates them into its own blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.texts import plain
from domain.errors import AskerError, LimnerError, TransientError
from domain.illustrations import Illustration
from domain.requests import Job, JobKind, JobStatus
from domain.research import Evidence, Hop, Reference, Source
from jobs.views import JobView

MAX_TITLE_CHARS = 256
MAX_TEXT_CHARS = 500
MAX_ALT_TEXT_CHARS = 1000
MAX_ADDRESS_CHARS = 500
MAX_STEPS = 10
MAX_ENTRIES = 50


class Blame(StrEnum):
    """Who has to react to an error."""

    ASKER = "asker"
    OPERATOR = "operator"
    NOBODY = "nobody"
    """It may pass by itself."""


@dataclass(frozen=True, slots=True)
class StatusCard:
    """A job at one moment: ``text`` is one sentence, ``steps`` its last hops, oldest first."""

    job_id: str
    title: str
    status: JobStatus
    text: str
    steps: tuple[str, ...]
    notes: tuple[str, ...]
    position: int
    """Jobs that wait before it."""
    can_cancel: bool


@dataclass(frozen=True, slots=True)
class IllustrationCard:
    """A finished picture; ``sha256`` names its bytes, ``caption`` says how it was made."""

    illustration_id: str
    job_id: str
    title: str
    sha256: str
    media_type: str
    width: int
    height: int
    alt_text: str
    caption: str
    compared: str | None
    """For a re-render: whether it is bit for bit its parent, or what is different."""


@dataclass(frozen=True, slots=True)
class ReferenceEntry:
    """A reference, in the order in which the prompt speaks of them; ``number`` counts from 1."""

    number: int
    title: str
    rights: str
    """Author and license as far as they are known; for an asker's own picture, that it is."""
    note: str
    address: str | None
    sha256: str


@dataclass(frozen=True, slots=True)
class EvidenceEntry:
    """A numbered citation; without a source it says that nothing was found for its claim."""

    n: int
    claim: str
    supported: bool
    title: str | None = None
    rights: str | None = None
    passage: str | None = None
    address: str | None = None
    provider: str | None = None
    fetched: str | None = None
    """When the source was read: ``2026-03-01 12:00 UTC``."""
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class EvidenceCard:
    """What a job's pictures rest on; ``left_out`` counts entries beyond what is shown."""

    job_id: str
    title: str
    references: tuple[ReferenceEntry, ...]
    entries: tuple[EvidenceEntry, ...]
    notes: tuple[str, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class ErrorCard:
    """What went wrong, in one sentence that says what to do next."""

    text: str
    blame: Blame


@dataclass(frozen=True, slots=True)
class JobEntry:
    """A job in a list; ``created`` reads ``2026-03-01 12:00``, in UTC."""

    job_id: str
    title: str
    status: JobStatus
    kind: JobKind
    created: str


@dataclass(frozen=True, slots=True)
class JobsCard:
    """The newest jobs, newest first."""

    entries: tuple[JobEntry, ...]


def job_card(view: JobView) -> StatusCard:
    """How a job stands."""
    job = view.job
    return StatusCard(
        job_id=job.id,
        title=_title(job),
        status=job.status,
        text=_status_text(view),
        steps=tuple(_step(hop) for hop in view.research.hops[-MAX_STEPS:]),
        notes=_notes(job),
        position=view.position,
        can_cancel=not job.status.final and job.status is not JobStatus.DELIVERING,
    )


def illustration_cards(view: JobView) -> tuple[IllustrationCard, ...]:
    """The job's finished pictures in their order; those still to be rendered are left out."""
    return tuple(
        IllustrationCard(
            illustration_id=illustration.id,
            job_id=illustration.job_id,
            title=_title(view.job),
            sha256=illustration.sha256,
            media_type=illustration.media_type or "image/png",
            width=illustration.width or illustration.recipe.width,
            height=illustration.height or illustration.recipe.height,
            alt_text=plain(
                illustration.alt_text or view.job.request.prompt, most=MAX_ALT_TEXT_CHARS
            ),
            caption=_caption(illustration),
            compared=_compared(illustration),
        )
        for illustration in view.illustrations
        if illustration.sha256 is not None
    )


def evidence_card(view: JobView) -> EvidenceCard:
    """The references and numbered citations of a job."""
    sources = {source.id: source for source in view.research.sources}
    grounded = view.research.grounded
    return EvidenceCard(
        job_id=view.job.id,
        title=_title(view.job),
        references=tuple(
            _reference(number, reference, sources.get(reference.source_id or ""))
            for number, reference in enumerate(grounded.references, 1)
        ),
        entries=tuple(
            _evidence(evidence, sources.get(evidence.source_id or ""))
            for evidence in grounded.evidence[:MAX_ENTRIES]
        ),
        notes=_notes(view.job),
        left_out=max(0, len(grounded.evidence) - MAX_ENTRIES),
    )


def jobs_card(jobs: Sequence[Job]) -> JobsCard:
    """A list of jobs, as many as fit."""
    return JobsCard(
        tuple(
            JobEntry(
                job_id=job.id,
                title=_title(job),
                status=job.status,
                kind=job.kind,
                created=job.created_at.strftime("%Y-%m-%d %H:%M"),
            )
            for job in jobs[:MAX_ENTRIES]
        )
    )


def error_card(error: BaseException) -> ErrorCard:
    """An error for the person who asked."""
    match error:
        case AskerError():
            blame = Blame.ASKER
        case TransientError():
            blame = Blame.NOBODY
        case _:
            blame = Blame.OPERATOR
    return ErrorCard(words_for(error), blame)


def words_for(error: BaseException) -> str:
    """One sentence for people; what was not raised on purpose tells nothing of the inside."""
    if isinstance(error, LimnerError):
        return plain(error)
    return "Something inside Limner broke; whoever runs it finds the details in its log."


def _title(job: Job) -> str:
    return plain(job.request.prompt, most=MAX_TITLE_CHARS)


def _notes(job: Job) -> tuple[str, ...]:
    return tuple(plain(note) for note in job.notes[:MAX_STEPS])


def _status_text(view: JobView) -> str:
    match view.job.status:
        case JobStatus.QUEUED if view.position == 1:
            return "Waiting; one job is before it."
        case JobStatus.QUEUED if view.position:
            return f"Waiting; {view.position} jobs are before it."
        case JobStatus.QUEUED:
            return "Waiting for a turn."
        case JobStatus.RESEARCHING:
            return "Looking things up."
        case JobStatus.CHOOSING:
            return "Waiting for somebody to choose the references."
        case JobStatus.RENDERING:
            return "Rendering."
        case JobStatus.REVIEWING:
            return "Waiting for approval."
        case JobStatus.DELIVERING:
            return "Delivering."
        case JobStatus.DONE:
            return "Done."
        case JobStatus.CANCELLED:
            return "Cancelled."
        case JobStatus.FAILED:
            return plain(view.job.error or "Failed; the log says why.")


def _step(hop: Hop) -> str:
    found = hop.observation.summary if hop.observation else "nothing"
    return plain(f"{hop.number}. {hop.thought} Found {found}.", most=MAX_TITLE_CHARS)


def _caption(illustration: Illustration) -> str:
    recipe = illustration.recipe
    return plain(f"{recipe.generator} · {recipe.width}×{recipe.height} · seed {recipe.seed}")


def _compared(illustration: Illustration) -> str | None:
    if illustration.identical is None:
        return None
    if illustration.identical:
        return "Made again bit for bit: the same as its parent."
    why = plain(illustration.difference or "the bytes differ").rstrip(".")
    return f"Not the same bytes as its parent: {why}."


def _rights(source: Source) -> str:
    known = (plain(part, most=120) for part in (source.author, source.license) if part)
    shown = [part for part in known if part]
    return " · ".join(shown if source.license else [*shown, "license unknown"])


def _address(source: Source) -> str:
    return plain(source.page_url, most=MAX_ADDRESS_CHARS)


def _reference(number: int, reference: Reference, source: Source | None) -> ReferenceEntry:
    return ReferenceEntry(
        number=number,
        title=plain(source.title if source else reference.title, most=120),
        rights=_rights(source) if source else "brought by the asker",
        note=plain(reference.note),
        address=_address(source) if source else None,
        sha256=reference.sha256,
    )


def _evidence(evidence: Evidence, source: Source | None) -> EvidenceEntry:
    claim = plain(evidence.claim)
    if source is None:
        return EvidenceEntry(n=evidence.n, claim=claim, supported=False)
    return EvidenceEntry(
        n=evidence.n,
        claim=claim,
        supported=evidence.supported,
        title=plain(source.title, most=120),
        rights=_rights(source),
        passage=plain(evidence.passage, most=MAX_TEXT_CHARS) if evidence.passage else None,
        address=_address(source),
        provider=plain(source.provider, most=80),
        fetched=source.fetched_at.strftime("%Y-%m-%d %H:%M UTC"),
        sha256=source.sha256,
    )
