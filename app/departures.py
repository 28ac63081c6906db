"""Deleting what is kept of workspaces that the app was removed from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from domain.requests import Destination
from domain.team import Role
from jobs.admission.requests import Requester
from jobs.news.destinations import DestinationService
from jobs.services.privacy import PrivacyService


def erase_departed(
    destinations: DestinationService, privacy: PrivacyService, *, days: float
) -> Callable[[], Awaitable[None]]:
    """Deletes what is kept of workspaces that the app was removed from so many days ago: files,
    traces and jobs as a person's own deletion does, then every row that is left."""

    async def delete_everything(workspace_id: str) -> None:
        surface = workspace_id.partition(":")[0]
        keeper = Requester(workspace_id, "", Destination(surface, ""), Role.ADMIN)
        await privacy.delete_now(keeper, everybody=True)

    async def erase() -> None:
        await destinations.erase_departed(after=timedelta(days=days), delete=delete_everything)

    return erase
