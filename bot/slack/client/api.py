"""Calls of Slack's Web API for a workspace: with its token, and at Slack's pace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from bot.messages.lanes import Lane
from bot.slack.client.codes import STALE
from bot.slack.client.http import CALL_S, Later, Wire
from bot.slack.client.rate_limit import PER_CHANNEL, RATES, TIER_4, Pace, Rate
from bot.slack.client.tokens import Tenant, Tokens
from domain.errors import SurfaceRefused
from domain.installations import Installation

T = TypeVar("T")

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
        lane: Lane = Lane.ANSWER,
        has_turn: bool = False,
        **arguments: Any,
    ) -> dict[str, Any]:
        """The answer to a call; it is only made again when Slack did not take it.

        ``limit_s`` is for one answer, ``patience_s`` for waits that Slack asks for. ``has_turn``
        where the turn for it was taken beforehand, as always for new messages.

        Raises:
            SurfaceRefused: Slack refused; ``code`` is its error code. SurfaceUnavailable: It did
            not answer, is out of order, or asks to wait too long.
        """
        key, rate, waited_s = (tenant.workspace_id, method), _rate(method), 0.0
        if method != POST and not has_turn:
            await self._pace.turn(key, rate, lane)
        while True:
            try:
                return await self._with_token(
                    tenant,
                    lambda token: self._wire.call(token, method, limit_s=limit_s, **arguments),
                )
            except Later as later:
                self._pace.hold(key, rate, seconds=later.seconds)
                waited_s += later.seconds
                if waited_s > patience_s:
                    raise
            await self._pace.turn(key, rate, lane)

    async def _with_token(self, tenant: Tenant, call: Callable[[str], Awaitable[T]]) -> T:
        """Make a call with the tenant's token; once more with another where Slack takes that one
        no longer, because another process has exchanged it."""
        token = (await self._tokens.of(tenant)).token
        try:
            return await call(token)
        except SurfaceRefused as error:
            if error.code not in STALE:
                raise
            expired = error.code == "token_expired"
            other = await self._tokens.other(tenant, refused=token, expired=expired)
            if other is None:
                raise
        return await call(other.token)

    async def turn_in(self, tenant: Tenant, channel: str, lane: Lane = Lane.ANSWER) -> None:
        """Wait for the turn of a new message in a channel, before it is posted."""
        await self._pace.turn((tenant.workspace_id, POST, channel), PER_CHANNEL, lane)
        await self._pace.turn((tenant.workspace_id, POST), _rate(POST), lane)

    def try_turn_in(self, tenant: Tenant, channel: str) -> bool:
        """Take a turn for an optional new message, if that delays no other call."""
        if not self.has_room_in(tenant.workspace_id, channel):
            return False
        self._pace.try_turn((tenant.workspace_id, POST, channel), PER_CHANNEL)
        return self._pace.try_turn((tenant.workspace_id, POST), _rate(POST))

    def has_room_in(self, workspace_id: str, channel: str) -> bool:
        """Whether a new message that can be left out may be posted in a channel."""
        pace = self._pace
        in_channel = pace.has_room((workspace_id, POST, channel), PER_CHANNEL)
        return in_channel and pace.has_room((workspace_id, POST), _rate(POST))

    def try_turn(self, tenant: Tenant, method: str) -> bool:
        """Take a turn for an optional call, if that delays no other call."""
        return self._pace.try_turn((tenant.workspace_id, method), _rate(method))

    def has_room(self, workspace_id: str, method: str) -> bool:
        """Whether a call that can be left out may be made."""
        return self._pace.has_room((workspace_id, method), _rate(method))

    async def upload(
        self, tenant: Tenant, name: str, data: bytes, *, channel: str | None = None
    ) -> str:
        """Upload a file that is shown nowhere yet, or in that channel; gives its id. Raises as
        :meth:`call`."""
        return await self._with_token(
            tenant, lambda token: self._wire.upload(token, name, data, channel=channel)
        )

    async def download(self, tenant: Tenant, name: str, address: str, *, most: int) -> bytes:
        """A file sent by a user, ``most`` bytes at the most. Raises ``UnusableReference``."""
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
