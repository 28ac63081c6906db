"""Which token speaks for Limner in a workspace: the one that was set, or those of installations,
which are exchanged for new ones before they end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, Self

import structlog

from bot.slack.codes import TITLE
from bot.slack.ports import Installations
from bot.slack.wire import Wire
from domain.errors import SurfaceRefused, SurfaceUnavailable
from domain.installations import Installation

log = structlog.get_logger(__name__)

NAME = "slack"
EXCHANGE_BEFORE = timedelta(hours=1)
LEASE = timedelta(seconds=30)
POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Tenant:
    """A workspace, and where a whole organisation installed the app that organisation too."""

    team_id: str
    enterprise_id: str | None = None

    @property
    def workspace_id(self) -> str:
        """How everything else calls it."""
        tail = f".{self.enterprise_id}" if self.enterprise_id else ""
        return f"{NAME}:{self.team_id}{tail}"

    @property
    def installed_as(self) -> str:
        """The id of its installation."""
        return f"{NAME}:{self.enterprise_id or self.team_id}"

    @classmethod
    def of(cls, workspace_id: str) -> Self:
        """The tenant that a workspace id means. Raises ``ValueError`` for other platforms' ids."""
        platform, _, rest = workspace_id.partition(":")
        team_id, _, enterprise_id = rest.partition(".")
        if platform != NAME or not team_id:
            raise ValueError(workspace_id)
        return cls(team_id, enterprise_id or None)


class Tokens(Protocol):
    """Where the token of a tenant comes from."""

    async def of(self, tenant: Tenant) -> Installation:
        """The installation with a token that is good for a while. Raises ``SurfaceRefused`` where
        the app is not installed."""
        ...

    async def forget(self, tenant: Tenant, *, before: datetime) -> None:
        """The app was uninstalled at that time."""
        ...


class OneWorkspace:
    """The token that the operator set, good in the workspace that it was made in."""

    def __init__(self, token: str, *, wire: Wire) -> None:
        self._token = token
        self._wire = wire
        self._lock = asyncio.Lock()
        self._known: Installation | None = None

    async def of(self, tenant: Tenant | None) -> Installation:
        """The installation; without a tenant whichever it is."""
        async with self._lock:
            if self._known is None:
                answer = await self._wire.call(self._token, "auth.test")
                self._known = installation_of(answer, token=self._token)
        if tenant is not None and tenant.installed_as != self._known.workspace_id:
            raise _not_installed()
        return self._known

    async def forget(self, tenant: Tenant, *, before: datetime) -> None:
        """Only said: the operator must mend it."""
        log.error("slack_uninstalled", workspace_id=tenant.workspace_id, at=before.isoformat())
        self._known = None


class ManyWorkspaces:
    """The tokens of all workspaces that installed the app."""

    def __init__(
        self,
        store: Installations,
        *,
        client: tuple[str, str],
        wire: Wire,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._client_id, self._client_secret = client
        self._wire = wire
        self._clock = clock
        self._sleep = sleep

    async def of(self, tenant: Tenant) -> Installation:
        """The installation; its token is exchanged first where it ends soon, by one process of all
        that would."""
        deadline = self._clock() + LEASE
        while True:
            found = await self._store.get(tenant.installed_as)
            if found is None:
                raise _not_installed()
            now = self._clock()
            if found.expires_at is None or found.expires_at - now > EXCHANGE_BEFORE:
                return found
            if await self._store.lease(tenant.installed_as, now=now, until=now + LEASE):
                return await self._exchanged(found)
            if found.expires_at > now:
                return found  # another process is at it, and this one is good for a while
            if now > deadline:
                raise SurfaceUnavailable(TITLE, "the token of the workspace is being exchanged")
            await self._sleep(POLL_S)

    async def forget(self, tenant: Tenant, *, before: datetime) -> None:
        """Remove the installation, unless the app was installed again since."""
        if await self._store.remove(tenant.installed_as, before=before):
            log.info("slack_uninstalled", workspace_id=tenant.workspace_id)

    async def _exchanged(self, old: Installation) -> Installation:
        latest = await self._store.get(old.workspace_id)
        if latest is not None and latest.token != old.token:
            await self._store.save(latest)  # done between our look and our lease
            return latest
        try:
            answer = await self._wire.call(
                None,
                "oauth.v2.access",
                client_id=self._client_id,
                client_secret=self._client_secret,
                grant_type="refresh_token",
                refresh_token=old.refresh_token,
            )
        except (SurfaceRefused, SurfaceUnavailable):
            latest = await self._store.get(old.workspace_id)
            if latest is not None and latest.token == old.token:
                await self._store.save(latest)  # ends the lease, so that the next try may begin
            raise
        new = replace(
            old,
            token=str(answer["access_token"]),
            refresh_token=str(answer.get("refresh_token") or "") or None,
            expires_at=self._clock() + timedelta(seconds=int(answer["expires_in"])),
        )
        await self._store.save(new)
        log.info("slack_token_exchanged", workspace_id=old.workspace_id)
        return new


def installation_of(answer: Mapping[str, Any], *, token: str) -> Installation:
    """The installation that ``auth.test`` tells of."""
    organisation = answer.get("enterprise_id") if answer.get("is_enterprise_install") else None
    tenant = Tenant(str(answer["team_id"]), str(organisation) if organisation else None)
    return Installation(
        workspace_id=tenant.installed_as,
        token=token,
        bot_id=str(answer.get("bot_id", "")),
        bot_member_id=str(answer.get("user_id", "")),
        scopes=(),
        installed_at=datetime.now(UTC),
    )


def _not_installed() -> SurfaceRefused:
    return SurfaceRefused(TITLE, "Limner is not installed in that workspace", code="not_installed")
