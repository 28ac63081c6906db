"""Pictures of earlier jobs, and their references, as parts of a new request."""

from __future__ import annotations

from collections.abc import Sequence

from domain.errors import InvalidRequest, NotPossibleNow
from domain.illustrations import Illustration, IllustrationStatus
from domain.requests import MAX_REFERENCES, Attachment, Job, JobStatus
from domain.research import Research
from domain.short_codes import id_shown
from domain.stores import UnitOfWork
from domain.translation.messages import gettext


async def get_rendered(unit: UnitOfWork, illustration_id: str) -> tuple[Illustration, Job]:
    """A finished picture and its job. Raises ``NotFound`` or ``NotPossibleNow``."""
    picture = await unit.illustrations.get(illustration_id)
    job = await unit.jobs.get(picture.job_id)
    if picture.status is not IllustrationStatus.RENDERED:
        raise NotPossibleNow(why_missing(picture, job.status))
    return picture, job


def why_missing(picture: Illustration, status: JobStatus) -> str:
    """The reason why a picture cannot be shown, by the status of its job: only of jobs in progress
    may it still come."""
    illustration_id = picture.id
    if picture.status is IllustrationStatus.DELETED:
        return gettext(
            "The picture {illustration_id!r} was deleted. Request it again.",
            illustration_id=id_shown(illustration_id),
        )
    if picture.status is IllustrationStatus.REFUSED:
        return gettext(
            "The content policy doesn't allow showing picture {illustration_id!r}. "
            "Request another one.",
            illustration_id=id_shown(illustration_id),
        )
    match status:
        case JobStatus.CANCELLED:
            return gettext(
                "The picture {illustration_id!r} was cancelled. Request it again.",
                illustration_id=id_shown(illustration_id),
            )
        case JobStatus.FAILED:
            return gettext(
                "The picture {illustration_id!r} didn't work out. Request it again.",
                illustration_id=id_shown(illustration_id),
            )
        case _:
            return gettext(
                "The picture {illustration_id!r} isn't ready yet. Wait for its job to finish.",
                illustration_id=id_shown(illustration_id),
            )


def as_attachment(picture: Illustration) -> Attachment:
    """A finished picture as a reference of a new one."""
    return Attachment(
        name=gettext("the earlier picture"),
        sha256=picture.sha256 or "",
        width=picture.width or picture.recipe.width,
        height=picture.height or picture.recipe.height,
    )


def reused_references(research: Research, numbers: Sequence[int]) -> list[Attachment]:
    """References of an earlier job as pictures of a new one. Raises ``InvalidRequest``."""
    known = research.grounded.references
    sizes = {source.sha256: source for source in research.sources}
    found: list[Attachment] = []
    for number in dict.fromkeys(numbers):
        if not 1 <= number <= len(known):
            raise InvalidRequest(
                gettext(
                    "There is no reference {number}; the picture has {count}.",
                    number=number,
                    count=len(known),
                ),
                field="reference",
            )
        reference = known[number - 1]
        source = sizes.get(reference.sha256)
        width, height = (source.width, source.height) if source else (None, None)
        found.append(Attachment(reference.title, reference.sha256, width or 0, height or 0))
    return found[:MAX_REFERENCES]
