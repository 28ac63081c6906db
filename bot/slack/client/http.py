"""One call to Slack over HTTP: the library's client with our own connections, and every failure
translated into our errors.

Nothing is tried twice here: after an unclear answer a call may have got through, so callers check
before a second try.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import re
import time
from collections.abc import Mapping
from typing import Any, Final, cast

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.refusals import MessageRefused
from bot.slack.client.clock import SlackClock
from bot.slack.client.codes import PASSING, TITLE, refusal
from domain.errors import SurfaceUnavailable, UnusableReference
from domain.redaction import Redactor
from domain.translation.messages import gettext

log = structlog.get_logger(__name__)

UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""Exceptions of the library for an answer that is not Slack's."""
CALL_S = 20.0
SAID_CHARS = 300
"""Of what Slack's libraries log, so much is kept."""
TRANSFER_S = 120.0


class Later(SurfaceUnavailable):
    """Slack did not take a call and says when to come again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(TITLE, gettext("it asks to wait {seconds:.0f} s", seconds=seconds))
        self.seconds = seconds


class _Own:
    """The one call that the library's rotator makes, over our own connections: the library's own
    sends the client's secret in a way that aiohttp gives up."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def oauth_v2_access(self, **arguments: Any) -> dict[str, Any]:
        """The answer. Raises as :meth:`Wire.call`."""
        return await self._wire.call(None, "oauth.v2.access", **arguments)


class Wire:
    """Slack's Web API and its files, at one address."""

    def __init__(self, base_url: str, *, connector: aiohttp.BaseConnector | None = None) -> None:
        self._base = URL(base_url)
        self._connector = connector
        self._session: aiohttp.ClientSession | None = None
        self.clock = SlackClock()

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def client(self, token: str | None = None) -> AsyncWebClient:
        """The library's client for a token; it tries nothing twice."""
        return AsyncWebClient(
            token=token,
            base_url=str(self._base),
            session=self._http(),
            retry_handlers=[],
            logger=library_logger(),
        )

    async def call(
        self, token: str | None, method: str, *, limit_s: float = CALL_S, **arguments: Any
    ) -> dict[str, Any]:
        """The answer to a call; arguments that are None are left out.

        Raises:
            Later: Slack asks to retry after a pause. SurfaceRefused: Slack refused; ``code`` is its
            error code. SurfaceUnavailable: It did not answer within ``limit_s`` seconds, or is out
            of order.
        """
        answer = await self._answer(token, method, limit_s, arguments)
        return _object(answer)

    async def whoami(
        self, token: str, *, limit_s: float = CALL_S
    ) -> tuple[dict[str, Any], frozenset[str]]:
        """The owner and the scopes of a token, as far as Slack reports them. Raises as
        :meth:`call`."""
        answer = await self._answer(token, "auth.test", limit_s, {})
        headers = {name.lower(): str(value) for name, value in answer.headers.items()}
        scopes = headers.get("x-oauth-scopes", "").split(",")
        return _object(answer), frozenset(scope.strip() for scope in scopes if scope.strip())

    async def _answer(
        self, token: str | None, method: str, limit_s: float, arguments: Mapping[str, Any]
    ) -> Any:
        given = {name: _form_value(value) for name, value in arguments.items() if value is not None}
        client: Any = self.client(token)
        try:
            async with asyncio.timeout(limit_s):
                answer = await client.api_call(method, data=given)
        except SlackApiError as error:
            raise _in_words(error, method) from None
        except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as error:
            raise SurfaceUnavailable(TITLE, _why(error)) from None
        except UNREADABLE as error:
            raise _unreadable(error) from None
        self._note_time(answer)
        return answer

    async def rotated(
        self, client: tuple[str, str], token: str, refresh_token: str
    ) -> tuple[str, str | None, int]:
        """A new token for one that ends: the token, what it is exchanged with in its turn, and the
        seconds for which it is good. Raises as :meth:`call`."""
        began = time.time()
        rotator = AsyncTokenRotator(
            client_id=client[0], client_secret=client[1], client=cast("AsyncWebClient", _Own(self))
        )
        old = Bot(
            bot_token=token,
            bot_id="",
            bot_user_id="",
            bot_refresh_token=refresh_token,
            bot_token_expires_at=int(began),
            installed_at=began,
        )
        try:
            new = await rotator.perform_bot_token_rotation(bot=old)
        except UNREADABLE as error:
            raise _unreadable(error) from None
        if new is None or not new.bot_token:
            raise _unreadable(TypeError())
        good_s = int((new.bot_token_expires_at or began) - began)
        return new.bot_token, new.bot_refresh_token, good_s

    async def ask_time(self) -> None:
        """Make a cheap call to Slack to learn its time. Raises as :meth:`call`."""
        await self.call(None, "api.test")

    def _note_time(self, answer: Any) -> None:
        headers: Mapping[str, Any] = answer.headers
        for name in ("Date", "date"):
            if name in headers:
                self.clock.note(str(headers[name]))
                return

    async def upload(
        self, token: str, name: str, data: bytes, *, channel: str | None = None
    ) -> str:
        """Upload a file that is shown nowhere yet, or in that channel; gives its id. Raises as
        :meth:`call`.

        Without a description: with one Slack drops files silently (python-slack-sdk issue 1818),
        and it stands in the message's image block anyway.
        """
        client: Any = self.client(token)
        try:
            async with asyncio.timeout(TRANSFER_S):
                answer = await client.files_upload_v2(
                    filename=name, content=data, title=name, channel=channel
                )
        except SlackApiError as error:
            raise _in_words(error, "files.upload") from None
        except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as error:
            raise SurfaceUnavailable(TITLE, _why(error)) from None
        except UNREADABLE as error:
            raise _unreadable(error) from None
        try:
            return str(answer["files"][0]["id"])
        except (LookupError, TypeError) as error:
            raise _unreadable(error) from None

    async def respond(self, address: str, **content: Any) -> bool:
        """Answer through a response address, without any token; False where that is over.

        Raises:
            MessageRefused: Slack does not take what the answer holds.
        """
        if not self._is_slacks(URL(address)):
            return False
        try:
            async with (
                asyncio.timeout(CALL_S),
                self._http().post(address, json=content, allow_redirects=False) as answer,
            ):
                if answer.status == 400:
                    raise MessageRefused(TITLE, gettext("it rejected the reply"), code="status 400")
                return answer.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    async def download(self, token: str, name: str, address: str, *, most: int) -> bytes:
        """A file sent by a user, from Slack's own hosts alone, since the token goes along.

        Raises:
            UnusableReference: It lies elsewhere, is larger, or cannot be read.
        """
        url = URL(address)
        if not self._is_slacks(url):
            raise UnusableReference(name, gettext("it isn't a Slack file; upload it here"))
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with (
                asyncio.timeout(TRANSFER_S),
                self._http().get(url, headers=headers, allow_redirects=False) as answer,
            ):
                if answer.status != 200 or answer.content_type == "text/html":
                    raise UnusableReference(name, gettext("Slack doesn't let Limner read it"))
                return await _read(answer, name, most=most)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise UnusableReference(
                name, gettext("Slack didn't send it: {why}", why=_why(error))
            ) from None

    def _is_slacks(self, url: URL) -> bool:
        """Whether an address belongs to the Slack whose API is used."""
        base = self._base
        if url.scheme != base.scheme or url.user is not None:
            return False
        inside = (url.host or "").endswith(f".{(base.host or '').removeprefix('www.')}")
        return url.authority == base.authority or (inside and url.port == base.port)

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=TRANSFER_S, sock_connect=CALL_S)
            self._session = aiohttp.ClientSession(timeout=timeout, connector=self._connector)
        return self._session


_REDACTOR: Final = Redactor()
"""Hides everything that looks like a token; the secrets of the settings are hidden in every log."""


class _OwnLog(logging.Handler):
    """Passes on what Slack's libraries warn of: its first line, because what follows, and what they
    log below a warning, holds people's words. Secrets are hidden where the log is written."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record."""
        line = record.getMessage().partition("\n")[0][:SAID_CHARS]
        at = log.error if record.levelno >= logging.ERROR else log.warning
        at("slack_library", said=_REDACTOR.text(line), of=record.name)


def library_logger() -> logging.Logger:
    """The logger for Slack's libraries; Bolt makes more of them below ``slack_bolt``."""
    above = logging.getLogger("slack_bolt")
    above.setLevel(logging.WARNING)
    above.propagate = False
    if not above.handlers:
        above.addHandler(_OwnLog())
    return above.getChild("limner")


async def _read(answer: aiohttp.ClientResponse, name: str, *, most: int) -> bytes:
    data = bytearray()
    async for chunk in answer.content.iter_chunked(65_536):
        data += chunk
        if len(data) > most:
            raise UnusableReference(
                name, gettext("it is larger than {most:.0f} MB", most=most / 1e6)
            )
    return bytes(data)


def _form_value(value: Any) -> str:
    """An argument as Slack reads it in a form."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, (dict, list, tuple)) else str(value)


def _object(answer: Any) -> dict[str, Any]:
    data: object = getattr(answer, "data", None)
    if not isinstance(data, dict):
        raise _unreadable(TypeError())
    return dict(cast("dict[str, Any]", data))


def _unreadable(error: Exception) -> SurfaceUnavailable:
    return SurfaceUnavailable(
        TITLE, gettext("its answer couldn't be read ({reason})", reason=type(error).__name__)
    )


def _in_words(error: SlackApiError, method: str) -> Exception:
    answer = cast("Any", error.response)
    status, headers = getattr(answer, "status_code", 0), getattr(answer, "headers", {})
    data: Any = getattr(answer, "data", None)
    body = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    code = _code(body) or ("unknown_method" if status == 404 else "")
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return Later(_seconds(headers))
    if status >= 500 or not code or code in PASSING:
        return SurfaceUnavailable(
            TITLE, code or gettext("it answered with status {status}", status=status)
        )
    return refusal(method, code)


def _code(body: Mapping[str, Any]) -> str:
    """Slack's word for what is wrong; empty where it is no word."""
    code = str(body.get("error", ""))
    return code if re.fullmatch(r"[a-z][a-z0-9_.:-]{0,79}", code) else ""


def _seconds(headers: Mapping[str, Any]) -> float:
    value = next((v for k, v in headers.items() if k.lower() == "retry-after"), 1)
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return 1.0
    return min(max(seconds, 0.5), 3600.0) if math.isfinite(seconds) else 1.0


def _why(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return gettext("it took too long")
    return gettext("the connection failed ({reason})", reason=type(error).__name__)
