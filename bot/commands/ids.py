"""Resolves a typed id or short code to a job, or to a picture of one.

A code is the end of an id, as cards show it; behind a job's code ``-2`` means its second picture.
"""

from __future__ import annotations

import re

from bot.cards.pictures import illustration_cards, state_phrase
from bot.locale.talk import talk_phrase
from domain.errors import InvalidRequest, NotFound
from domain.requests import JobStatus
from domain.short_codes import CODE_CHARS
from domain.translation.messages import gettext, ngettext
from jobs.services.jobs import JobService

_TYPED = re.compile(r"#?(?P<id>[0-9A-Z]{3,40}?)(?:-(?P<number>[1-4]))?")


async def job_id_of(
    job_service: JobService, workspace_id: str, identifier: str, *, kind: str = "job"
) -> str:
    """The job that an id or a code means. Raises ``NotFound``, for the kind that it was to name."""
    named, _number = _read(identifier)
    if len(named) == CODE_CHARS:
        found = await job_service.job_with_code(workspace_id, named)
        if found is not None:
            return found.id
        picture = await job_service.picture_with_code(workspace_id, named)
        if picture is not None:
            return picture.job_id
    try:
        return (await job_service.illustration(workspace_id, named)).job_id
    except NotFound:
        try:
            return (await job_service.view(workspace_id, named)).job.id
        except NotFound:
            raise NotFound(kind, identifier.strip().upper()) from None


async def illustration_id_of(job_service: JobService, workspace_id: str, identifier: str) -> str:
    """The picture that an id or a code of a picture, or of a job with a single one, means.

    Raises:
        NotFound: There is no such picture here.
        InvalidRequest: It is a job that has none, or several, or not so many.
    """
    named, number = _read(identifier)
    if len(named) == CODE_CHARS:
        picture = await job_service.picture_with_code(workspace_id, named)
        if picture is not None:
            return picture.id
    else:
        try:
            return (await job_service.illustration(workspace_id, named)).id
        except NotFound:
            pass
    try:
        job_id = await job_id_of(job_service, workspace_id, named)
    except NotFound:
        raise NotFound("picture", identifier.strip()) from None
    return await _of_job(job_service, workspace_id, job_id, number, identifier.strip())


async def _of_job(
    job_service: JobService, workspace_id: str, job_id: str, number: int | None, typed: str
) -> str:
    """One picture of a job: the only one, or that of the number as cards count them."""
    view = await job_service.view(workspace_id, job_id)
    shown = [card.illustration_id for card in illustration_cards(view)]
    if number is not None and number <= len(shown):
        return shown[number - 1]
    if len(shown) == 1 and number is None:
        return shown[0]
    if not shown and len(view.illustrations) == 1 and number is None:
        return view.illustrations[0].id  # using it raises the reason
    if not shown and (view.illustrations or view.job.status is not JobStatus.DONE):
        raise InvalidRequest(talk_phrase(state_phrase(view)), field="id")
    if not shown:
        raise InvalidRequest(gettext("The job {typed!r} has no pictures.", typed=typed), field="id")
    example = f"{typed.partition('-')[0]}-{min(2, len(shown))}"
    raise InvalidRequest(
        ngettext(
            "The job {typed!r} has {count} picture. Say which one with its number, such as "
            "{example}.",
            "The job {typed!r} has {count} pictures. Say which one with its number, such as "
            "{example}.",
            len(shown),
            typed=typed,
            example=example,
        ),
        field="id",
    )


def _read(identifier: str) -> tuple[str, int | None]:
    """The id or code in capitals, and the number behind it."""
    found = _TYPED.fullmatch(identifier.strip().upper())
    if found is None:
        return identifier.strip().upper(), None
    return found["id"], int(found["number"]) if found["number"] else None
