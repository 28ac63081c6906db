"""Decisions of moderators: recording one, and what follows for the job.

A job is locked by its row while it is decided on, so that two moderators never release it twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from domain.errors import NotPossibleNow, Refused
from domain.illustrations import Delivery, DeliveryKind
from domain.requests import LOCAL_WORKSPACE, Job, JobStatus, is_quiet
from domain.short_codes import id_shown
from domain.stores import UnitOfWork
from domain.team import Decision, Scope
from domain.translation.messages import gettext
from jobs.admission.refusals import get_refusal
from jobs.admission.requests import Requester, record
from jobs.common.messages import show_again
from jobs.common.tasks import delivery_id
from jobs.linked.people import names_of_person
from jobs.services.reports import is_reported


async def record_decision(
    unit: UnitOfWork, requester: Requester, job_id: str, *, approved: bool, reason: str | None
) -> Delivery | None:
    """Record the requester's decision on a job that waits for approval. Gives the delivery that
    follows from it: of the result with the last approval, of the failure with a rejection.

    Raises:
        NotFound: This workspace has no such job.
        NotPossibleNow: The job does not wait for approval.
        Refused: They want to approve a picture of their own.
    """
    job = await unit.jobs.get(job_id)
    if job.status is not JobStatus.REVIEWING:
        raise not_waiting(job_id)
    names = await names_of_person(unit, job, requester.member_id)
    check_not_own(requester, job, names, approved=approved)
    before = [one.member_id for one in await unit.opinions.decisions(job_id)]
    # A person decides once, with any of their linked accounts: a second decision replaces the
    # first, which may be under another account's name.
    name = next((one for one in before if one in names), requester.member_id)
    now = datetime.now(UTC)
    await unit.opinions.decide(job_id, Decision(name, approved, now, reason))
    await unit.events.append(job_id, "decided", {"by": requester.member_id, "approved": approved})
    await record(unit, requester, "approve" if approved else "reject", job_id, reason=reason)
    await unit.deliveries.decided(job_id)
    delivery = await _delivery_after(unit, job, approved=approved, reason=reason)
    if await unit.mirrors.touch(job_id):
        await show_again(unit, job_id, ended=False)
    return delivery


async def _delivery_after(
    unit: UnitOfWork, job: Job, *, approved: bool, reason: str | None
) -> Delivery | None:
    if not approved:
        return await _reject(unit, job, reason)
    # A story with a due time is released by the news desk.
    if job.request.routing.post_at is None and _is_enough(
        job, await unit.opinions.decisions(job.id)
    ):
        return await release_result(unit, job)
    return None


def not_waiting(job_id: str) -> NotPossibleNow:
    """The error for a decision on a job that does not wait for approval."""
    return NotPossibleNow(
        gettext("The job {job_id!r} doesn't need approval.", job_id=id_shown(job_id))
    )


def check_not_own(
    requester: Requester, job: Job, names: Collection[str], *, approved: bool
) -> None:
    """Check that no one approves a picture of their own; ``names`` are all ids of the requester."""
    own = job.request.origin.member_id in names and job.request.origin.story_id is None
    if approved and own and requester.workspace_id != LOCAL_WORKSPACE:
        raise Refused(gettext("You asked for this picture, so someone else must approve it."))


def _is_enough(job: Job, decisions: Sequence[Decision]) -> bool:
    return sum(decision.approved for decision in decisions) >= job.request.routing.approvals


async def release_result(unit: UnitOfWork, job: Job) -> Delivery:
    """Send an approved result on to where it was asked for."""
    await unit.jobs.save(replace(job, status=JobStatus.DELIVERING))
    return await _add_delivery(unit, job, DeliveryKind.RESULT)


async def _reject(unit: UnitOfWork, job: Job, reason: str | None) -> Delivery | None:
    """End a rejected job, and notify its requester; a story is not announced in public."""
    why = (reason or "").strip().rstrip(".")
    error = (
        gettext("The picture wasn't approved: {why}.", why=why)
        if why
        else gettext("The picture wasn't approved.")
    )
    await unit.jobs.save(
        replace(job, status=JobStatus.FAILED, error=error, finished_at=datetime.now(UTC))
    )
    await unit.events.append(job.id, "failed", {"error": error}, key="failed")
    if is_quiet(job.request):
        return None
    return await _add_delivery(unit, job, DeliveryKind.FAILURE)


async def _add_delivery(unit: UnitOfWork, job: Job, kind: DeliveryKind) -> Delivery:
    delivery = Delivery(
        id=delivery_id(job.id, kind),
        workspace_id=job.workspace_id,
        job_id=job.id,
        kind=kind,
        destination=job.request.routing.destination,
    )
    await unit.deliveries.add(delivery)
    return delivery


async def is_undecided(unit: UnitOfWork, job: Job) -> bool:
    """Whether moderators can still act on a job that was sent to them: at the floor only lift a
    suspension."""
    if job.status is JobStatus.DONE:
        return is_reported(await unit.deliveries.of_job(job.id))
    if job.status is not JobStatus.FAILED:
        return job.status is JobStatus.REVIEWING
    refusal = get_refusal(job)
    if refusal is None or not refusal.floor:
        return True
    return bool((await unit.preferences.get(Scope.MEMBER, job.request.origin.member_id)).suspended)
