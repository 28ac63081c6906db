"""Recording a verdict, and choosing where approvals are reviewed."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog
from ulid import ULID

from domain.illustrations import Delivery, DeliveryKind
from domain.metrics import POLICY_VERDICTS
from domain.policy import Verdict
from domain.requests import LOCAL_WORKSPACE, MODERATORS, Destination, Job, Request
from domain.stores import UnitOfWork
from domain.team import AuditEntry, Preferences, Scope
from jobs.common.tasks import delivery_id

log = structlog.get_logger(__name__)


async def record_verdict(
    unit: UnitOfWork, job: Job, subject: str, verdict: Verdict, outcome: str, *, sha256: str = ""
) -> None:
    """Write a verdict into the audit log: each judge with its category and score, no text;
    ``sha256`` is what stays of a picture that is kept nowhere."""
    found = ", ".join(f"{f.category.value} {f.score:.2f} ({f.judge})" for f in verdict.findings)
    judged, short = "request" if subject == job.id else "picture", outcome.replace(" ", "_")
    for category in {f.category.value for f in verdict.findings} or {"none"}:
        POLICY_VERDICTS.add(judged=judged, outcome=short, category=category)
    log.info("judged", subject=subject, outcome=outcome, found=found)
    details = {"outcome": outcome, "found": found, "away": ", ".join(verdict.away)}
    if sha256:
        details["sha256"] = sha256
    await unit.ledger.record(
        AuditEntry(
            str(ULID()), datetime.now(UTC), job.request.origin.member_id, "judge", subject, details
        )
    )


async def hold_for_approval(unit: UnitOfWork, job: Job, preferences: Preferences) -> None:
    """Have a job's result wait until a moderator approves it."""
    review = await get_review_place(unit, job.request, preferences)
    await unit.jobs.require_approval(job.id, approvals=1, review=review)


def is_local(request: Request) -> bool:
    """Whether a request was made on the command line, where the operator decides."""
    return (
        request.origin.workspace_id == LOCAL_WORKSPACE
        or request.routing.destination.surface == "terminal"
    )


async def get_review_place(
    unit: UnitOfWork, request: Request, preferences: Preferences
) -> Destination | None:
    """Where a request's approval is reviewed: in the review channel that applies there, or where
    that is this very channel, in the workspace's; None where moderators decide at the job's
    message."""
    here = request.routing.destination
    if is_local(request):
        return None
    channel = preferences.review_channel
    if channel == here.channel:
        channel = (await unit.preferences.get(Scope.WORKSPACE)).review_channel
    return Destination(here.surface, channel) if channel and channel != here.channel else None


async def notify_moderators(
    unit: UnitOfWork, job: Job, preferences: Preferences
) -> Delivery | None:
    """Add a notice about a job for moderators to the outbox: for the review channel, or where there
    is none for each of them alone. None on the command line, where there are no moderators."""
    if job.workspace_id == LOCAL_WORKSPACE:
        return None
    channel = preferences.review_channel or MODERATORS
    kind, place = DeliveryKind.APPEAL, Destination(job.request.routing.destination.surface, channel)
    delivery = Delivery(delivery_id(job.id, kind), job.workspace_id, job.id, kind, place)
    await unit.deliveries.add(delivery)
    return delivery
