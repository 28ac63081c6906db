"""Slack over HTTP: requests that Slack signed, and the installation into further workspaces."""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from bot.slack.client.http import Wire
from bot.slack.payloads.models import UnknownPayload, UnreadablePayload, read_payload
from domain.errors import LimnerError

log = structlog.get_logger(__name__)

EVENTS_PATH = "/slack/events"
INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"
MAX_AGE_S = 300
ASK_S = 5.0
"""Seconds between two questions for Slack's time."""
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; fits ``web.server.Answer``."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = field(default=())


class SlackHttpEndpoint:
    """Slack's requests over HTTP; fits ``web.server.HttpMount``."""

    def __init__(
        self,
        app: AsyncApp,
        *,
        signing_secret: str | None,
        flow: AsyncOAuthFlow | None = None,
        wire: Wire,
    ) -> None:
        """``signing_secret`` None: events come over Socket Mode, so none are taken here."""
        self._app = app
        self._flow = flow
        self._verifier = SignatureVerifier(signing_secret) if signing_secret else None
        self._wire = wire
        self._asked_at = float("-inf")

    @property
    def routes(self) -> tuple[tuple[str, str], ...]:
        """Methods and paths."""
        found: list[tuple[str, str]] = []
        if self._verifier is not None:
            found.append(("POST", EVENTS_PATH))
        if self._flow is not None:
            found += [("GET", INSTALL_PATH), ("GET", REDIRECT_PATH)]
        return tuple(found)

    async def answer(
        self, path: str, *, query: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """The answer to a request; names of headers are in lower case."""
        flow = self._flow
        if path == EVENTS_PATH and self._verifier is not None:
            return await self._event(headers, body)
        if flow is None or path not in (INSTALL_PATH, REDIRECT_PATH):
            return _sentence(404, "There is nothing here.")
        request = AsyncBoltRequest(body="", query=query, headers=dict(headers))
        if path == INSTALL_PATH:
            return _answer(await flow.handle_installation(request))
        return _answer(await flow.handle_callback(request))

    async def _event(self, headers: Mapping[str, str], body: bytes) -> Answer:
        if not await self._signed(headers, body):
            return _sentence(401, "The request isn't signed by Slack, or is too old.")
        content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        try:
            payload = read_payload(body, content_type)
        except UnreadablePayload as error:
            log.warning("slack_payload_unreadable", why=str(error))
            return _sentence(404 if isinstance(error, UnknownPayload) else 400, str(error))
        # As over Socket Mode: Bolt would read the text of the body in its own, laxer way.
        request = AsyncBoltRequest(mode="socket_mode", body=payload)
        response = await self._app.async_dispatch(request)
        if response.status == 404:
            return _sentence(404, "Limner doesn't handle such requests.")
        return _answer(response)

    async def _signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether Slack signed the request, and within five minutes by its own clock."""
        timestamp = headers.get("x-slack-request-timestamp", "")
        signature = headers.get("x-slack-signature", "")
        if not self._is_valid(body, timestamp, signature):
            return False
        if self._is_fresh(timestamp):
            return True
        # The age limit is there against replayed requests, but a request may also look old only
        # because this machine's clock is wrong. Slack itself knows the time.
        await self._ask_time()
        return self._is_fresh(timestamp)

    def _is_fresh(self, timestamp: str) -> bool:
        return abs(self._wire.clock.now() - int(timestamp)) <= MAX_AGE_S

    async def _ask_time(self) -> None:
        if time.monotonic() - self._asked_at < ASK_S:
            return
        self._asked_at = time.monotonic()
        try:
            await self._wire.ask_time()
        except LimnerError as error:
            log.warning("slack_time_unknown", error=str(error))

    def _is_valid(self, body: bytes, timestamp: str, signature: str) -> bool:
        """Whether the signature is good, whatever its age. What is no signature at all is turned
        away first: the library would fail over it."""
        if not (_TIMESTAMP.fullmatch(timestamp) and _SIGNATURE.fullmatch(signature)):
            return False
        if self._verifier is None:
            return False
        try:
            good = self._verifier.generate_signature(timestamp=timestamp, body=body)
        except UnicodeDecodeError:
            return False
        return good is not None and hmac.compare_digest(good, signature)


def _sentence(status: int, text: str) -> Answer:
    return Answer(status, text.encode(), (("Content-Type", "text/plain; charset=utf-8"),))


def _answer(response: BoltResponse) -> Answer:
    pairs = tuple((name, value) for name, values in response.headers.items() for value in values)
    return Answer(response.status, (response.body or "").encode(), pairs)
