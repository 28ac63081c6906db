"""Changes of a job within one transaction: cancelling, choosing references, deleting pictures.

The job's row is locked while it changes. Tasks and blobs are changed by the caller after the
commit, so that a rolled back change leaves no trace.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from domain.errors import NotPossibleNow
from domain.illustrations import IllustrationStatus
from domain.requests import Job, JobStatus
from domain.short_codes import id_shown
from domain.stores import UnitOfWork
from domain.translation.messages import gettext
from jobs.admission.requests import Requester, record
from jobs.common.messages import show_again
from jobs.common.removal import removed_pictures
from jobs.common.status_words import STATUS_WORDS
from jobs.services.choosing import Choice, chosen, why_no_choice


async def cancel_job(unit: UnitOfWork, requester: Requester, job_id: str) -> tuple[Job, bool]:
    """Cancel a job that is not over. Gives it, and False where it was cancelled before.

    Raises:
        NotPossibleNow: The job is over already, or its result is on its way.
    """
    job = await unit.jobs.get(job_id)
    if job.status is JobStatus.CANCELLED:
        return job, False
    if job.status.final or job.status is JobStatus.DELIVERING:
        raise NotPossibleNow(
            gettext(
                "The job {job_id!r} is already {status} and can't be cancelled.",
                job_id=id_shown(job_id),
                status=STATUS_WORDS[job.status],
            )
        )
    job = replace(job, status=JobStatus.CANCELLED, finished_at=datetime.now(UTC))
    await unit.jobs.save(job)
    await unit.events.append(job_id, "cancelled", {}, key="cancelled")
    await record(unit, requester, "cancel", job_id)
    return job, True


async def record_choice(unit: UnitOfWork, requester: Requester, job_id: str, choice: Choice) -> Job:
    """Keep the chosen references of a job that waits for them; it is rendered next.

    Raises:
        NotPossibleNow: The job does not wait for a choice.
    """
    job = await unit.jobs.get(job_id)
    if job.status is not JobStatus.CHOOSING:
        raise NotPossibleNow(why_no_choice(job))
    research = await unit.research.load(job_id)
    grounded = chosen(research.grounded, choice)
    await unit.research.save_grounding(
        job_id,
        grounded,
        notes=research.notes,
        searched=research.searched,
        agent=research.agent,
    )
    job = replace(job, status=JobStatus.RENDERING)
    await unit.jobs.save(job)
    titles = [reference.title for reference in grounded.references]
    await unit.events.append(
        job_id, "chosen", {"by": requester.member_id, "references": titles}, key="chosen"
    )
    await record(unit, requester, "choose", job_id, references=titles)
    return job


async def delete_pictures(
    unit: UnitOfWork, requester: Requester, job_id: str, illustration_id: str | None
) -> Collection[str]:
    """Remove a job's pictures, or one of them. Gives the SHA-256 of blobs that are unused then.

    Raises:
        NotPossibleNow: The job is not over yet.
    """
    job = await unit.jobs.get(job_id)
    if not job.status.final and job.status is not JobStatus.REVIEWING:
        code = id_shown(job_id)
        raise NotPossibleNow(
            gettext("The job {job_id!r} is still running. Cancel it first.", job_id=code)
        )
    shown = [
        picture.id
        for picture in await unit.illustrations.of_job(job_id)
        if picture.status is IllustrationStatus.RENDERED
    ]
    only = [illustration_id] if illustration_id in shown and len(shown) > 1 else None
    lost = await removed_pictures(unit, job_id, only=only)
    mirrored = await unit.mirrors.touch(job_id)
    if only is None:
        await unit.deliveries.decided(job_id)
    if mirrored or only is not None:
        await show_again(unit, job_id, ended=True)
    gone = len(shown) if only is None else 1
    await record(unit, requester, "delete", job_id, pictures=gone)
    return lost
