"""Calls of Slack's Web API for a workspace: with its token, and at Slack's pace."""

from __future__ import annotations

from typing import Any

from bot.slack.pace import PER_CHANNEL, RATES, TIER_4, Pace, Rate
from bot.slack.tokens import Tenant, Tokens
from bot.slack.wire import CALL_S, Later, Wire
from domain.installations import Installation

POST = "chat.postMessage"
"""The method whose turn is taken beforehand, by :meth:`SlackApi.turn_in`."""
PATIENCE_S = 60.0
"""The longest wait in one call because Slack asks for it."""


class SlackApi:
    """The Web API for all workspaces."""

    def __init__(self, wire: Wire, tokens: Tokens, pace: Pace) -> None:
        self._wire = wire
        self._tokens = tokens
        self._pace = pace

    async def call(
        self,
        tenant: Tenant,
        method: str,
        *,
        limit_s: float = CALL_S,
        patience_s: float = PATIENCE_S,
        **arguments: Any,
    ) -> dict[str, Any]:
        """The answer to a call; it is only made again when Slack did not take it.

        ``limit_s`` is for one answer, ``patience_s`` for waits that Slack asks for.

        Raises:
            SurfaceRefused: Slack said no; ``code`` is its word.
            SurfaceUnavailable: It did not answer, is out of order, or asks to wait too long.
        """
        token = (await self._tokens.of(tenant)).token
        key, rate, waited_s = (tenant.workspace_id, method), _rate(method), 0.0
        if method != POST:
            await self._pace.turn(key, rate)
        while True:
            try:
                return await self._wire.call(token, method, limit_s=limit_s, **arguments)
            except Later as later:
                self._pace.hold(key, rate, seconds=later.seconds)
                waited_s += later.seconds
                if waited_s > patience_s:
                    raise
            await self._pace.turn(key, rate)

    async def turn_in(self, tenant: Tenant, channel: str) -> None:
        """Wait for the turn of a new message in a channel, before it is posted."""
        await self._pace.turn((tenant.workspace_id, POST), _rate(POST))
        await self._pace.turn((tenant.workspace_id, POST, channel), PER_CHANNEL)

    def has_room(self, tenant: Tenant, method: str) -> bool:
        """Whether a call that can be left out may be made."""
        return self._pace.has_room((tenant.workspace_id, method), _rate(method))

    async def upload(self, tenant: Tenant, name: str, data: bytes) -> str:
        """Upload a file that is shown nowhere yet; gives its id. Raises as :meth:`call`."""
        return await self._wire.upload((await self._tokens.of(tenant)).token, name, data)

    async def download(self, tenant: Tenant, name: str, address: str, *, most: int) -> bytes:
        """A file that somebody sent, ``most`` bytes at the most. Raises ``UnusableReference``."""
        token = (await self._tokens.of(tenant)).token
        return await self._wire.download(token, name, address, most=most)

    async def respond(self, address: str, **content: Any) -> bool:
        """Answer through a response address, without any token; False where that is over. Raises
        ``MessageRefused``."""
        return await self._wire.respond(address, **content)

    async def installation(self, tenant: Tenant) -> Installation:
        """The app in that workspace. Raises as :meth:`call`."""
        return await self._tokens.of(tenant)


def _rate(method: str) -> Rate:
    return RATES.get(method, TIER_4)
