"""What an id that somebody typed means: a job, or a picture of one."""

from __future__ import annotations

from domain.errors import InvalidRequest, NotFound
from jobs.services.jobs import JobService


async def job_id_of(
    job_service: JobService, workspace_id: str, identifier: str, *, kind: str = "job"
) -> str:
    """The job that an id of a job or a picture means. Raises ``NotFound``, for what the id was to
    name."""
    identifier = identifier.strip().upper()
    try:
        return (await job_service.illustration(workspace_id, identifier)).job_id
    except NotFound:
        try:
            return (await job_service.view(workspace_id, identifier)).job.id
        except NotFound:
            raise NotFound(kind, identifier) from None


async def illustration_id_of(job_service: JobService, workspace_id: str, identifier: str) -> str:
    """The picture that an id of a picture, or of a job with a single one, means.

    Raises:
        NotFound: There is no such picture here.
        InvalidRequest: It is a job that has none, or several.
    """
    identifier = identifier.strip().upper()
    try:
        return (await job_service.illustration(workspace_id, identifier)).id
    except NotFound:
        try:
            view = await job_service.view(workspace_id, identifier)
        except NotFound:
            raise NotFound("picture", identifier) from None
    if len(view.illustrations) != 1:
        ids = ", ".join(i.id for i in view.illustrations) or "none yet"
        raise InvalidRequest(
            f"The job {identifier!r} has several pictures: {ids}. Choose one.", field="id"
        )
    return view.illustrations[0].id
