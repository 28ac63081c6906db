"""Socket Mode: several connections at once, renewed when Slack wants it, and an end with words when
the token is not good."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.async_internals import (
    run_async_bolt_app,
    send_async_response,
)
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.client.http import Wire, library_logger
from bot.slack.payloads.models import UnreadablePayload, check_payload
from domain.errors import InvalidSettings, LimnerError, SurfaceRefused, SurfaceUnavailable
from domain.translation.messages import gettext

log = structlog.get_logger(__name__)

PING_S = 5.0
CONNECT_S = 4.5
"""Shorter than ``PING_S``, after which the library would use a spent address again."""
AGAIN_S = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Pauses between tries for an address to connect to, while Slack cannot be reached."""


class _Socket(SocketModeClient):
    """The library's connection; it asks for its addresses in a way that ends for a bad token."""

    def __init__(
        self,
        wire: Wire,
        token: str,
        failed: asyncio.Future[None],
        connected: Callable[[], None],
    ) -> None:
        super().__init__(
            app_token=token,
            logger=library_logger(),
            web_client=AsyncWebClient(logger=library_logger()),
            ping_interval=PING_S,
        )
        self._wire = wire
        self._failed = failed
        self._note_connected = connected

    async def connect(self) -> None:
        """Connect; an address is only good for one try, so each gets one of its own."""
        while not self.closed:
            if self.wss_uri is None:
                self.wss_uri = await self.issue_new_wss_url()
            try:
                async with asyncio.timeout(CONNECT_S):
                    await super().connect()  # type: ignore[no-untyped-call]
            except TimeoutError:
                self.wss_uri = None  # pyright: ignore[reportAttributeAccessIssue]
                continue
            log.info("slack_connected")
            self._note_connected()
            return

    async def issue_new_wss_url(self) -> str:
        """An address to connect to, however long it takes."""
        tries = 0
        while True:
            try:
                answer = await self._wire.call(self.app_token, "apps.connections.open")
                return str(answer["url"])
            except SurfaceRefused as error:
                if not self._failed.done():
                    self._failed.set_exception(_bad_token(error))
                raise
            except SurfaceUnavailable as error:
                log.warning("slack_unreachable", error=str(error))
                await asyncio.sleep(AGAIN_S[min(tries, len(AGAIN_S) - 1)])
                tries += 1


class Sockets:
    """All connections of this process."""

    def __init__(self, wire: Wire, token: str, *, count: int) -> None:
        self._wire = wire
        self._token = token
        self._count = count
        self._open: list[_Socket] = []

    @property
    def online(self) -> bool:
        """Whether at least one connection is open."""
        return any(s.current_session and not s.current_session.closed for s in self._open)

    async def run(self, app: AsyncApp, *, connected: Callable[[], None]) -> None:
        """Stay connected until cancelled; calls ``connected`` with each new connection.

        Raises:
            InvalidSettings: Slack refuses the token.
        """
        failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def answer(client: Any, request: SocketModeRequest) -> None:
            started = asyncio.get_running_loop().time()
            untyped: Any = request
            try:
                check_payload(untyped.payload)
            except UnreadablePayload as error:
                log.warning("slack_payload_unreadable", why=str(error))
                return
            response = await run_async_bolt_app(app, request)
            await send_async_response(client, request, response, started)

        sockets = [_Socket(self._wire, self._token, failed, connected) for _ in range(self._count)]
        connecting: list[asyncio.Task[None]] = []
        self._open = sockets
        try:
            for socket in sockets:
                socket.socket_mode_request_listeners.append(answer)
                connecting.append(asyncio.create_task(_connected(socket), name="slack connects"))
            await failed
        finally:
            for task in connecting:
                task.cancel()
            await asyncio.gather(*connecting, return_exceptions=True)
            await asyncio.gather(*map(_closed, sockets), return_exceptions=True)


async def _connected(socket: _Socket) -> None:
    try:
        await socket.connect()
    except LimnerError:
        return  # raised through the future that the owner awaits


async def _closed(socket: _Socket) -> None:
    await socket.close()  # type: ignore[no-untyped-call]


def _bad_token(error: SurfaceRefused) -> LimnerError:
    return InvalidSettings(
        gettext(
            "The setting LIMNER_SLACK_APP_TOKEN is wrong ({code}): create an app-level "
            "token with the scope connections:write under Basic Information in the "
            "Slack app's settings.",
            code=error.code,
        )
    )
