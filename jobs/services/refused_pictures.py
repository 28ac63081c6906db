"""Refused pictures that a workspace keeps for its moderators, for a limited time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from domain.errors import NotPossibleNow
from domain.illustrations import Illustration, IllustrationStatus
from domain.stores import Store
from domain.translation.messages import gettext
from jobs.admission.access import Access, Action
from jobs.admission.requests import Requester, record
from jobs.common.ports import BlobStore

log = structlog.get_logger(__name__)

NONE_KEPT = gettext(
    "No refused picture of it is kept: the setting `keep_refused` was not "
    "`yes`, its time is over, or it is of a kind that is never kept."
)


class RefusedPictures:
    """Refused pictures that moderators may look at."""

    def __init__(self, store: Store, access: Access) -> None:
        self._store = store
        self._access = access

    async def of_job(self, requester: Requester, job_id: str) -> Sequence[Illustration]:
        """The refused pictures of a job that are kept; that they were looked at is written down.

        Raises:
            NotFound: This workspace has no such job that the requester can see.
            NotPossibleNow: None is kept.
            Refused: The requester is no moderator.
        """
        await self._access.check(requester, Action.INSPECT, job_id)
        now = datetime.now(UTC)
        async with self._store.workspace(requester.workspace_id) as unit:
            every = await unit.illustrations.of_job(job_id)
            kept = [picture for picture in every if is_kept(picture, now=now)]
            if kept:
                await record(unit, requester, "inspect", job_id, pictures=len(kept))
        if not kept:
            raise NotPossibleNow(NONE_KEPT)
        return kept


def is_kept(picture: Illustration, *, now: datetime) -> bool:
    """Whether a picture is a refused one whose bytes moderators may look at now."""
    refused = picture.status is IllustrationStatus.REFUSED and picture.kept_sha256 is not None
    return refused and picture.kept_until is not None and picture.kept_until > now


async def remove_expired_pictures(store: Store, blobs: BlobStore) -> int:
    """Remove the refused pictures whose time is over; gives how many."""
    now, removed = await store.operations.now(), 0
    for workspace_id in await store.operations.with_expired_pictures(now=now):
        async with store.workspace(workspace_id) as unit:
            over = await unit.illustrations.expire_kept(now=now)
            lost = [sha for sha in dict.fromkeys(over) if not await unit.illustrations.sharing(sha)]
        for sha256 in lost:
            await blobs.remove(workspace_id, sha256)
        removed += len(over)
    if removed:
        log.info("refused_pictures_removed", pictures=removed)
    return removed
