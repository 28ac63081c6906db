"""The one fetcher: every address that a stranger chose is opened here, or not at all.

The rules stand at three places: the URL of every hop (:class:`AddressPolicy`), the address of every
connection (the socket factory sees what is really connected to, redirects and DNS rebinding
included), and the bytes, which are counted after decompression.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import aiohttp
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt
from yarl import URL

from agent.addresses import AddressPolicy
from agent.fetching import robots
from agent.fetching.bodies import read_body
from agent.fetching.failures import UNREADABLE, fail_as
from agent.fetching.headers import media_type, retry_after
from agent.fetching.robots import Robots
from agent.ports import Fetched
from domain.errors import BlockedAddress, FetchFailed

MAX_REDIRECTS = 5
TRIES = 3
CONNECTIONS_PER_HOST = 2
MAX_ANSWER_BYTES = 1_000_000
"""Of an answer to what was posted, which is JSON: as much as is parsed in 20 ms."""
_AGAIN = frozenset({429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ACCEPT_ENCODING = "gzip, deflate"


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """``contact`` says who runs the bot; ``allowed_networks`` opens otherwise refused ranges;
    ``own_addresses`` are services of the operator's, which may lie anywhere: only for a fetcher
    that opens no strangers' addresses."""

    contact: str = "limner operator"
    total_timeout_s: float = 15.0
    allowed_networks: Sequence[str] = ()
    own_addresses: Sequence[str] = ()
    connections_per_host: int = CONNECTIONS_PER_HOST


class SafeFetcher:
    """Opens addresses within the safety rules; one for each process."""

    def __init__(self, settings: FetchSettings) -> None:
        self._settings = settings
        policy = AddressPolicy.allowing(settings.allowed_networks)
        self._policy = policy.owning(settings.own_addresses)
        self._session: aiohttp.ClientSession | None = None
        self._robots = Robots(self._robots_txt)
        self.user_agent = f"Limner/{version('limner')} ({settings.contact})"

    async def aclose(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = 5_000_000,
    ) -> Fetched:
        """Read an address: at most 5 redirects and 3 tries within one time limit for all.

        ``max_bytes`` counts the body after decompression. ``headers`` stay with the host that they
        were given for.

        Raises:
            BlockedAddress: Limner never opens that address.
            FetchFailed: It could not be read; ``retry_after_s`` says what the other side asked for.
        """
        with fail_as(FetchFailed(url, UNREADABLE)):
            if params:
                url = str(self._policy.check(url).update_query(dict(params)))
            return await self._tried(url, lambda: self._follow(url, dict(headers or {}), max_bytes))

    async def _tried(self, url: str, once: Callable[[], Awaitable[Fetched]]) -> Fetched:
        """Up to three tries within one time limit for all."""
        deadline = time.monotonic() + self._settings.total_timeout_s
        tries = AsyncRetrying(
            retry=retry_if_exception(lambda error: _worth_another_try(error, deadline)),
            stop=stop_after_attempt(TRIES),
            wait=_pause,
            reraise=True,
        )
        try:
            async with asyncio.timeout(self._settings.total_timeout_s):
                async for attempt in tries:
                    with attempt:
                        return await once()
        except TimeoutError as error:
            raise FetchFailed(
                url, f"it did not answer within {self._settings.total_timeout_s:g} s"
            ) from error
        raise AssertionError  # pragma: no cover - the loop returns or raises

    async def post(
        self, url: str, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """Send a JSON object and read the answer, by the same rules; redirects are not followed.

        Raises:
            BlockedAddress: Limner never opens that address.
            FetchFailed: There was no usable answer.
        """

        async def once() -> Fetched:
            here = self._policy.check(url)
            with _told_in_words(url), self._known(here):
                async with self._client().post(
                    here, json=dict(body), headers=dict(headers or {}), allow_redirects=False
                ) as response:
                    return await _read(response, str(here), MAX_ANSWER_BYTES)

        with fail_as(FetchFailed(url, UNREADABLE)):
            return await self._tried(url, once)

    async def allows(self, url: str) -> bool:
        """Whether the site's robots.txt lets Limner read that page (RFC 9309: a missing file
        allows everything, a server that fails allows nothing)."""
        with fail_as(FetchFailed(url, UNREADABLE)):
            return await self._robots.allow(self._policy.check(url))

    async def _robots_txt(self, url: str) -> Fetched:
        return await self.get(url, max_bytes=robots.MAX_BYTES)

    async def _follow(self, url: str, headers: dict[str, str], max_bytes: int) -> Fetched:
        here = self._policy.check(url)
        for _ in range(MAX_REDIRECTS + 1):
            with _told_in_words(url), self._known(here):
                async with self._client().get(
                    here, headers=headers, allow_redirects=False
                ) as response:
                    if response.status not in _REDIRECTS:
                        return await _read(response, str(here), max_bytes)
                    following = self._policy.check(_location(response, here))
            if following.origin() != here.origin():
                headers = {}
            here = following
        raise BlockedAddress(url, f"it was redirected more than {MAX_REDIRECTS} times")

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    socket_factory=self._socket,
                    use_dns_cache=False,
                    limit=256,
                    limit_per_host=self._settings.connections_per_host,
                    force_close=True,
                ),
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=10),
                headers={"User-Agent": self.user_agent, "Accept-Encoding": _ACCEPT_ENCODING},
            )
        return self._session

    @contextmanager
    def _known(self, here: URL) -> Generator[None]:
        """Let the connections of this request reach a service of the operator's."""
        token = _OWN.set(self._policy.owns(here))
        try:
            yield
        finally:
            _OWN.reset(token)

    def _socket(self, info: tuple[int, int, int, str, tuple[Any, ...]]) -> socket.socket:
        """The last gate: sees the address of every connection that is really made."""
        family, kind, protocol, _name, address = info
        if not _OWN.get() and not self._policy.permits(str(address[0])):
            raise _Refused
        return socket.socket(family, kind, protocol)


_OWN: ContextVar[bool] = ContextVar("own", default=False)
"""Whether the request at hand goes to a service of the operator's."""


class _Refused(OSError):
    """A connection that the last gate refused."""


@contextmanager
def _told_in_words(url: str) -> Generator[None]:
    try:
        yield
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, _Refused):
            raise BlockedAddress(url, "it leads into a private network") from error
        raise FetchFailed(url, "there is no connection to it") from error
    except (aiohttp.InvalidURL, UnicodeError) as error:
        raise BlockedAddress(url, "it is no address") from error
    except (aiohttp.ClientError, OSError) as error:
        if isinstance(error, TimeoutError):
            raise
        raise FetchFailed(url, "the connection broke") from error


async def _read(response: aiohttp.ClientResponse, url: str, max_bytes: int) -> Fetched:
    if not 200 <= response.status < 300:
        raise FetchFailed(
            url,
            f"the site answered {response.status}",
            status=response.status,
            retry_after_s=retry_after(response.headers.get("Retry-After")),
        )
    body = await read_body(response, url=url, max_bytes=max_bytes)
    return Fetched(
        url=url,
        status=response.status,
        media_type=media_type(response.headers.get("Content-Type")),
        body=body,
        fetched_at=datetime.now(UTC),
    )


def _location(response: aiohttp.ClientResponse, here: URL) -> str:
    target = response.headers.get("Location", "")
    if not target or any(ord(c) <= 32 or c == "\\" for c in target):
        raise BlockedAddress(str(here), "it redirects to no address")
    try:
        following = here.join(URL(target))
    except ValueError as error:
        raise BlockedAddress(str(here), "it redirects to no address") from error
    if here.scheme == "https" and following.scheme == "http":
        raise BlockedAddress(str(here), "it redirects from https to http")
    return str(following)


def _worth_another_try(error: BaseException, deadline: float) -> bool:
    if not isinstance(error, FetchFailed) or not error.retryable:
        return False
    if error.status is not None and error.status not in _AGAIN:
        return False
    return time.monotonic() + (error.retry_after_s or 0.0) < deadline


def _pause(state: RetryCallState) -> float:
    """What the other side asked for, or 0.2, 0.4 s with jitter."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_s if isinstance(error, FetchFailed) else None
    if asked is not None:
        return asked
    jitter = (time.monotonic_ns() % 1000) / 1000
    return float(0.2 * 2 ** (state.attempt_number - 1) * (0.5 + jitter))
