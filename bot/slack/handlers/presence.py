"""Workspaces that installed or removed the app while Limner did not hear of it.

Slack says once that the app was removed, and never that it is back. Without another look, a removal
during an outage would leave schedules running for ever, and a workspace that installed the app
again would lose its data, as one that the app was removed from long ago.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from bot.slack.client.api import SlackApi
from bot.slack.client.tokens import NAME, Tenant
from domain.errors import LimnerError, SurfaceRefused
from jobs.news.destinations import DestinationService

log = structlog.get_logger(__name__)

PAUSES_S: Final = (1800.0, 6 * 3600.0)
"""The pauses between looks; the last one is repeated."""
GONE: Final = frozenset({"account_inactive", "invalid_auth", "invalid_refresh_token"}) | {
    "token_revoked"
}
"""Slack's words where a token that was good is refused for good."""
NOT_INSTALLED: Final = "not_installed"


class PresenceCheck:
    """Compares in which workspaces something is kept with those that have the app."""

    def __init__(
        self,
        api: SlackApi,
        destinations: DestinationService | None,
        *,
        every_installation: bool,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """``every_installation`` says that this process knows all installations, so that a
        workspace without one has removed the app."""
        self._api = api
        self._destinations = destinations
        self._gone = GONE | ({NOT_INSTALLED} if every_installation else frozenset[str]())
        self._sleep = sleep
        self._refused: set[str] = set()
        """The workspaces whose token was refused at the last look."""

    async def keep_comparing(self) -> None:
        """Compare now and then, until cancelled."""
        looks = 0
        while True:
            try:
                await self.compare()
            except LimnerError as error:
                log.warning("slack_presence_unknown", error=str(error))
            await self._sleep(PAUSES_S[min(looks, len(PAUSES_S) - 1)])
            looks += 1

    async def compare(self) -> None:
        """Leave workspaces that refuse the token at two looks in a row, and join those that have
        the app again."""
        if self._destinations is None:
            return
        refused: set[str] = set()
        for workspace_id, departed in await self._destinations.workspaces.in_use(NAME):
            there = await self._is_there(workspace_id)
            if there and departed is not None:
                await self._destinations.join(workspace_id)
            elif there is False and departed is None:
                refused.add(workspace_id)
                if workspace_id in self._refused:
                    await self._destinations.leave(workspace_id)
        self._refused = refused

    async def installed(self, tenant: Tenant) -> None:
        """The app was installed just now: what its removal paused resumes, in all workspaces of the
        organisation where one installed it. The next comparison makes up for a failure."""
        if self._destinations is None:
            return
        try:
            for workspace_id, departed in await self._destinations.workspaces.in_use(NAME):
                if departed is not None and is_of(workspace_id, tenant):
                    await self._destinations.join(workspace_id)
        except LimnerError as error:
            log.warning("slack_presence_unknown", error=str(error))

    async def _is_there(self, workspace_id: str) -> bool | None:
        """Whether the app is installed in a workspace; None where Slack does not say."""
        try:
            await self._api.call(Tenant.of(workspace_id), "auth.test", patience_s=0)
        except SurfaceRefused as error:
            return False if error.code in self._gone else None
        except (LimnerError, ValueError):
            return None
        return True


def is_of(workspace_id: str, tenant: Tenant) -> bool:
    """Whether a workspace uses the installation of a tenant."""
    try:
        return Tenant.of(workspace_id).installed_as == tenant.installed_as
    except ValueError:
        return False
