"""Which token Limner uses in a workspace: the configured one, or those of installations, which are
exchanged for new ones before they expire."""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, Self

import structlog

from bot.slack.client.codes import TITLE
from bot.slack.client.http import Wire
from bot.slack.client.ports import Installations
from domain.errors import StorageUnavailable, SurfaceRefused, SurfaceUnavailable
from domain.installations import Installation
from domain.patience import pauses
from domain.translation.messages import gettext

log = structlog.get_logger(__name__)

NAME = "slack"
EXCHANGE_BEFORE_S: Final = 3600.0
LEASE_S: Final = 30.0
POLL_S: Final = 0.2
EXCHANGE_AGAIN_S: Final = 60.0
"""The pause between two tries to exchange a token that is still good."""
FINISH_S: Final = 2.0
"""How long the end of a process waits for exchanges; below the 10 s in which it must stop."""
KNOWN_S: Final = 30.0
"""How long a token is used before the next check for a newer one."""
REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Tenant:
    """A workspace, and where a whole organisation installed the app that organisation too."""

    team_id: str
    enterprise_id: str | None = None

    @property
    def workspace_id(self) -> str:
        """The error for all other failures."""
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
    """The source of a tenant's token."""

    async def of(self, tenant: Tenant) -> Installation:
        """The installation with a token that is good for a while. Raises ``SurfaceRefused`` where
        the app is not installed."""
        ...

    async def identity(self, tenant: Tenant) -> Installation:
        """The app's identity there, whatever the state of its token. Raises as :meth:`of`."""
        ...

    async def other(
        self, tenant: Tenant, *, refused: str, expired: bool = False
    ) -> Installation | None:
        """The installation, where it has another token by now than the one that Slack refused."""
        ...

    async def forget(self, tenant: Tenant, *, before: datetime) -> None:
        """The app was uninstalled at that time."""
        ...

    async def finish(self) -> None:
        """Wait for what would be lost if the process ended now, a few seconds at the most."""
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
                answer, scopes = await self._wire.whoami(self._token)
                self._known = installation_of(answer, token=self._token, scopes=scopes)
        if tenant is not None and tenant.installed_as != self._known.workspace_id:
            raise _not_installed()
        return self._known

    async def identity(self, tenant: Tenant) -> Installation:
        """The installation. Raises as :meth:`of`."""
        return await self.of(tenant)

    async def other(
        self, tenant: Tenant, *, refused: str, expired: bool = False
    ) -> Installation | None:
        """None: the token stays until the operator sets another."""
        del tenant, refused, expired
        return None

    async def forget(self, tenant: Tenant, *, before: datetime) -> None:
        """Only logged: the operator must repair it."""
        log.error("slack_uninstalled", workspace_id=tenant.workspace_id, at=before.isoformat())
        self._known = None

    async def finish(self) -> None:
        """Nothing: this token is never exchanged."""


@dataclass(frozen=True, slots=True)
class _CachedInstallation:
    """An installation that was read; times by this process's monotonic clock, in seconds."""

    installation: Installation
    fresh_until: float
    good_until: float


class ManyWorkspaces:
    """The tokens of all workspaces that installed the app.

    The clocks of processes may differ by hours: whether a token expires soon is judged by the
    database's clock, and that another process died during an exchange by its lease, which does not
    change.
    """

    def __init__(
        self,
        store: Installations,
        *,
        client: tuple[str, str],
        wire: Wire,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._client_id, self._client_secret = client
        self._wire = wire
        self._clock = clock
        self._sleep = sleep
        self._known: OrderedDict[str, _CachedInstallation] = OrderedDict()
        self._leases: dict[str, tuple[datetime, float]] = {}
        """The leases of other processes, and since when each was seen."""
        self._exchanges: set[asyncio.Task[Installation]] = set()
        self._again_at: dict[str, float] = {}
        """When the exchange of a still valid token may be attempted again."""

    async def of(self, tenant: Tenant) -> Installation:
        """The installation; its token is exchanged where it ends soon, by one process of all that
        would. Until that is done, and while it fails, the old token is used as long as it is good.
        While the database cannot be used, the one that was read last is good."""
        known = self._known.get(tenant.installed_as)
        if known is not None and self._clock() < known.fresh_until:
            return known.installation
        try:
            return await self._read(tenant)
        except StorageUnavailable:
            if known is not None and self._clock() < known.good_until:
                return known.installation
            raise

    async def identity(self, tenant: Tenant) -> Installation:
        """The app's identity there; no token is exchanged."""
        known = self._known.get(tenant.installed_as)
        if known is not None:
            return known.installation
        found = await self._store.get(tenant.installed_as)
        if found is None:
            raise _not_installed()
        return found

    async def other(
        self, tenant: Tenant, *, refused: str, expired: bool = False
    ) -> Installation | None:
        """The installation, read anew, after Slack refused its token; None where there is no other
        token. One that has ``expired``, as Slack says, is exchanged regardless of the clocks.
        Raises as :meth:`of`."""
        self._known.pop(tenant.installed_as, None)
        found = await self._read(tenant, expired=refused if expired else None)
        return found if found.token != refused else None

    async def _read(self, tenant: Tenant, *, expired: str | None = None) -> Installation:
        deadline = self._clock() + 2 * LEASE_S
        while True:
            found = await self._store.get(tenant.installed_as)
            if found is None:
                raise _not_installed()
            if found.expires_at is None:
                return self._remember(found, left_s=math.inf)
            left_s = (found.expires_at - await self._store.now()).total_seconds()
            if found.token == expired:
                left_s = 0.0
            if left_s > EXCHANGE_BEFORE_S:
                return self._remember(found, left_s=left_s)
            if left_s > 0:
                await self._exchange_soon(found)
                return self._remember(found, left_s=left_s)
            if await self._lease(tenant.installed_as):
                return await asyncio.shield(self._begin_exchange(found))
            if self._clock() > deadline:
                raise SurfaceUnavailable(TITLE, gettext("the workspace's token is being renewed"))
            await self._sleep(POLL_S)

    async def _lease(self, workspace_id: str) -> bool:
        """Be the one process that exchanges a token. Another's lease ends when it has not changed
        for ``LEASE_S`` seconds by this process's own clock: no clocks are compared."""
        mark, since = self._leases.get(workspace_id, (None, 0.0))
        over = mark if self._clock() - since > LEASE_S else None
        theirs = await self._store.lease(workspace_id, over=over)
        if theirs is None:
            self._leases.pop(workspace_id, None)
        elif theirs != mark:
            self._leases[workspace_id] = (theirs, self._clock())
        return theirs is None

    def _remember(self, found: Installation, *, left_s: float) -> Installation:
        now = self._clock()
        fresh_s = min(KNOWN_S, left_s - EXCHANGE_BEFORE_S)
        self._known[found.workspace_id] = _CachedInstallation(found, now + fresh_s, now + left_s)
        self._known.move_to_end(found.workspace_id)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found

    async def forget(self, tenant: Tenant, *, before: datetime) -> None:
        """Remove the installation, unless the app was installed again since."""
        self._known.pop(tenant.installed_as, None)
        if await self._store.remove(tenant.installed_as, before=before):
            log.info("slack_uninstalled", workspace_id=tenant.workspace_id)

    async def finish(self) -> None:
        """Wait for the exchanges that were begun: a new token that is not saved is lost."""
        if self._exchanges:
            await asyncio.wait(set(self._exchanges), timeout=FINISH_S)

    async def _exchange_soon(self, old: Installation) -> None:
        """Begin to exchange a token that is still good, unless that is being done, or failed a
        moment ago."""
        workspace_id = old.workspace_id
        if self._clock() < self._again_at.get(workspace_id, 0.0):
            return
        self._again_at[workspace_id] = self._clock() + EXCHANGE_AGAIN_S
        with suppress(StorageUnavailable):
            if await self._lease(workspace_id):
                self._begin_exchange(old)

    def _begin_exchange(self, old: Installation) -> asyncio.Task[Installation]:
        """Exchange a token; this continues when no caller waits for it any more, because Slack may
        have made a new token already."""
        exchange = asyncio.create_task(self._exchange(old), name="slack exchanges a token")
        self._exchanges.add(exchange)
        exchange.add_done_callback(self._exchange_ended)
        return exchange

    def _exchange_ended(self, exchange: asyncio.Task[Installation]) -> None:
        self._exchanges.discard(exchange)
        if not exchange.cancelled() and exchange.exception() is not None:
            log.warning("slack_token_not_exchanged", why=str(exchange.exception()))

    async def _exchange(self, old: Installation) -> Installation:
        latest = await self._store.get(old.workspace_id)
        if latest is not None and latest.token != old.token:
            await self._store.save(latest)  # done between our look and our lease
            return latest
        try:
            client = self._client_id, self._client_secret
            token, refresh_token, good_s = await self._wire.rotated(
                client, old.token, old.refresh_token or ""
            )
        except Exception:
            latest = await self._store.get(old.workspace_id)
            if latest is not None and latest.token == old.token:
                await self._store.save(latest)  # ends the lease, so that the next try may begin
            raise
        new = replace(old, token=token, refresh_token=refresh_token)
        new = await self._saved(new, good_s=good_s)
        self._again_at.pop(old.workspace_id, None)
        log.info("slack_token_exchanged", workspace_id=old.workspace_id)
        return new

    async def _saved(self, new: Installation, *, good_s: int) -> Installation:
        """Save a new token, of which this is the only copy: retried while storage is away."""
        ends = self._clock() + good_s
        for pause_s in pauses():
            try:
                left = timedelta(seconds=ends - self._clock())
                new = replace(new, expires_at=await self._store.now() + left)
                await self._store.save(new)
            except StorageUnavailable as error:
                log.warning("slack_token_not_saved", workspace_id=new.workspace_id, why=str(error))
                if self._clock() > ends:
                    raise
            else:
                break
            await self._sleep(pause_s)
        return self._remember(new, left_s=ends - self._clock())


def installation_of(
    answer: Mapping[str, Any], *, token: str, scopes: Iterable[str] = ()
) -> Installation:
    """The installation as ``auth.test`` reports it."""
    organisation = answer.get("enterprise_id") if answer.get("is_enterprise_install") else None
    tenant = Tenant(str(answer["team_id"]), str(organisation) if organisation else None)
    return Installation(
        workspace_id=tenant.installed_as,
        token=token,
        bot_id=str(answer.get("bot_id", "")),
        bot_member_id=str(answer.get("user_id", "")),
        scopes=tuple(sorted(scopes)),
        installed_at=datetime.now(UTC),
    )


def _not_installed() -> SurfaceRefused:
    return SurfaceRefused(
        TITLE, gettext("Limner isn't installed in that workspace"), code="not_installed"
    )
