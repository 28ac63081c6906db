"""The reference checkpoint: people pick, drop, order or replace the references, and the grounded
prompt follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from domain.errors import InvalidRequest
from domain.ordinals import mention, renumbered, replace_mentions, spelled_out, spoken_of
from domain.requests import MAX_REFERENCES, Attachment, Job, JobStatus
from domain.research import Evidence, GroundedPrompt, Reference
from domain.sentences import sentences
from domain.short_codes import id_shown
from domain.translation.messages import gettext


@dataclass(frozen=True, slots=True)
class Choice:
    """Which references to keep, by their numbers from 1 in the chosen order (None: all as they
    are), pictures to put in the place of some, and further ones to add."""

    keep: tuple[int, ...] | None = None
    replaced: Mapping[int, Attachment] = field(default_factory=dict[int, Attachment])
    added: tuple[Attachment, ...] = ()


def chosen(grounded: GroundedPrompt, choice: Choice) -> GroundedPrompt:
    """The grounded prompt with the chosen references.

    Sentences about a reference that is gone are left out, the others follow the new order, and a
    citation of a picture that is no longer used goes with it.

    Raises:
        InvalidRequest: A number is not there, or there would be more than five references.
    """
    known = grounded.references
    keep = tuple(range(1, len(known) + 1)) if choice.keep is None else choice.keep
    for number in (*keep, *choice.replaced):
        if not 1 <= number <= len(known):
            raise InvalidRequest(
                gettext(
                    "There is no reference {number}. Choose from 1 to {count}.",
                    number=number,
                    count=len(known),
                ),
                field="reference",
            )
    order = list(dict.fromkeys(keep))
    kept = [_replaced(known[n - 1], n, choice.replaced.get(n)) for n in order]
    references = (*kept, *(_brought(a, n) for n, a in enumerate(choice.added, len(kept) + 1)))
    if len(references) > MAX_REFERENCES:
        raise InvalidRequest(
            gettext(
                "That's {count} references; keep at most {max_references}.",
                count=len(references),
                max_references=MAX_REFERENCES,
            ),
            field="reference",
        )
    places = {old: new for new, old in enumerate(order, 1)}
    text = renumbered(_without_lost(grounded.text, places), places)
    uses = [
        f"Use the {mention(n)} as the requester's own model."
        for n in range(len(kept) + 1, len(references) + 1)
    ]
    return GroundedPrompt(
        text="\n".join((text, *uses)),
        references=references,
        evidence=_cited(grounded, {reference.source_id for reference in references}),
    )


def _replaced(reference: Reference, number: int, picture: Attachment | None) -> Reference:
    if picture is None:
        return reference
    return replace(_brought(picture, number), note=reference.note, subject=reference.subject)


def _brought(picture: Attachment, number: int) -> Reference:
    return Reference(
        img_id=f"ASK_{number:03d}",
        sha256=picture.sha256,
        note=gettext("provided by the requester"),
        title=picture.name,
    )


def _without_lost(text: str, places: Mapping[int, int]) -> str:
    """The prompt without its sentences about references that are gone; where nothing else would
    be left, only the words about them go."""
    text = spelled_out(text)
    every = sentences(text)
    lost = [s for s in every if any(n not in places for n in spoken_of(s.text))]
    if len(lost) == len(every):
        return replace_mentions(text, lambda n: None if n in places else "description")
    for sentence in reversed(lost):
        end = sentence.start + len(sentence.text)
        text = text[: sentence.start] + text[end:]
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())


def _cited(grounded: GroundedPrompt, used: set[str | None]) -> tuple[Evidence, ...]:
    """The evidence without citations of pictures that are not used, numbered anew."""
    pictures = {reference.source_id for reference in grounded.references} - used
    kept = [e for e in grounded.evidence if e.passage or e.source_id not in pictures]
    return tuple(replace(evidence, n=n) for n, evidence in enumerate(kept, 1))


def why_no_choice(job: Job) -> str:
    """The reason why the references of a job cannot be chosen now."""
    match job.status:
        case JobStatus.QUEUED | JobStatus.RESEARCHING:
            return gettext(
                "The references for job {job_id!r} aren't found yet.", job_id=id_shown(job.id)
            )
        case JobStatus.CANCELLED:
            return gettext(
                "The job {job_id!r} was cancelled, so there is nothing to choose.",
                job_id=id_shown(job.id),
            )
        case JobStatus.FAILED:
            return gettext(
                "The job {job_id!r} didn't work out, so there is nothing to choose.",
                job_id=id_shown(job.id),
            )
        case JobStatus.DONE:
            return gettext(
                "The references for job {job_id!r} have already been chosen. Edit the picture.",
                job_id=id_shown(job.id),
            )
        case _:
            return gettext(
                "The references for job {job_id!r} have already been chosen. "
                "Edit the picture once it's ready.",
                job_id=id_shown(job.id),
            )
