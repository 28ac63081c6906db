"""Reports of delivered pictures: moderators get each picture with the possible actions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.errors import NotPossibleNow
from domain.illustrations import Delivery, DeliveryKind, IllustrationStatus
from domain.requests import LOCAL_WORKSPACE, MODERATORS, Destination, Job, JobStatus
from domain.stores import UnitOfWork
from domain.translation.messages import gettext
from jobs.admission.requests import Requester, preferences_for, record
from jobs.common.tasks import delivery_id

REPORT: Final = "report"
"""The action of the audit log that is counted."""
MOST: Final = 10
WITHIN: Final = timedelta(hours=24)


async def send_report(unit: UnitOfWork, requester: Requester, job: Job) -> Delivery | None:
    """Add a notice of a reported picture to the outbox: for the review channel, or where there is
    none for each moderator alone. None where moderators were notified before.

    Raises:
        NotPossibleNow: There is no picture, there is no moderator, or the requester reported too
        many.
    """
    if job.workspace_id == LOCAL_WORKSPACE:
        raise NotPossibleNow(gettext("There are no moderators on the command line."))
    shown = [
        picture
        for picture in await unit.illustrations.of_job(job.id)
        if picture.status is IllustrationStatus.RENDERED and picture.sha256 is not None
    ]
    if job.status is not JobStatus.DONE or not shown:
        raise NotPossibleNow(gettext("There is no picture here that can be reported."))
    since = datetime.now(UTC) - WITHIN
    sent = await unit.ledger.count_actions(REPORT, member_id=requester.member_id, since=since)
    if sent >= MOST:
        raise NotPossibleNow(
            gettext(
                "You reported {count} pictures in 24 hours. Ask a moderator directly.", count=MOST
            )
        )
    await record(unit, requester, REPORT, job.id, pictures=len(shown))
    if is_reported(await unit.deliveries.of_job(job.id)):
        return None
    channel = (await preferences_for(unit, requester)).review_channel or MODERATORS
    kind, place = DeliveryKind.REPORT, Destination(job.request.routing.destination.surface, channel)
    delivery = Delivery(delivery_id(job.id, kind), job.workspace_id, job.id, kind, place)
    await unit.deliveries.add(delivery)
    return delivery


def is_reported(deliveries: Iterable[Delivery]) -> bool:
    """Whether a job's pictures were reported to moderators."""
    return any(delivery.kind is DeliveryKind.REPORT for delivery in deliveries)


__all__ = ["is_reported", "send_report"]
