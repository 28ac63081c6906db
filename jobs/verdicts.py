"""What is written down of a verdict, and where what needs approval is looked at."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog
from ulid import ULID

from domain.policy import Verdict
from domain.requests import LOCAL_WORKSPACE, Destination, Job
from domain.team import AuditEntry, Preferences
from jobs.stores import UnitOfWork

log = structlog.get_logger(__name__)


async def record_verdict(
    unit: UnitOfWork, job: Job, subject: str, verdict: Verdict, outcome: str
) -> None:
    """Write a verdict into the audit log: each judge with its category and score, no text."""
    found = ", ".join(f"{f.category.value} {f.score:.2f} ({f.judge})" for f in verdict.findings)
    log.info("judged", subject=subject, outcome=outcome, found=found)
    details = {"outcome": outcome, "found": found, "away": ", ".join(verdict.away)}
    await unit.ledger.record(
        AuditEntry(str(ULID()), datetime.now(UTC), job.request.member_id, "judge", subject, details)
    )


async def hold_for_approval(unit: UnitOfWork, job: Job, wished: Preferences) -> None:
    """Have a job's result wait until a moderator approves it."""
    await unit.jobs.require_approval(job.id, approvals=1, review=_review_place(job, wished))


def _review_place(job: Job, wished: Preferences) -> Destination | None:
    """The review channel of a job; None where moderators look at it from the job's message."""
    here = job.request.destination
    channel = wished.review_channel
    if job.workspace_id == LOCAL_WORKSPACE or not channel or channel == here.channel:
        return None
    return Destination(here.surface, channel)
