"""The one fetcher: every untrusted address is opened here, or not at all.

The rules are applied at three places: the URL of every hop (:class:`AddressPolicy`), the address of
every connection (the socket factory sees what is really connected to, redirects and DNS rebinding
included), and the bytes, which are counted after decompression.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from yarl import URL

from agent.fetching import robots
from agent.fetching.addresses import AddressPolicy
from agent.fetching.bodies import read_body
from agent.fetching.failures import UNREADABLE, fail_as
from agent.fetching.headers import media_type, retry_after
from agent.fetching.hedge import Hedge
from agent.fetching.host_queue import HostQueue, RequestClock, TookTooLong, waited_for
from agent.fetching.robots import Robots
from agent.fetching.silent_hosts import SilentHosts
from agent.ports import Cache, Fetched
from domain.errors import BlockedAddress, FetchFailed, NotFetched
from domain.metrics import FETCHES
from domain.tracing import span
from domain.translation.messages import gettext

if TYPE_CHECKING:
    import aiohttp

MAX_REDIRECTS = 5
TRIES = 3
CONNECTIONS_PER_HOST = 8
"""How many connections to a public site may be open at once."""
MAX_WAIT_S = 60.0
"""Seconds that a request waits for a connection before it gives up."""
KEEP_ALIVE_S = 15.0
MAX_ANSWER_BYTES = 1_000_000
"""Of an answer to what was posted, which is JSON: as much as is parsed in 20 ms."""
MAX_VERSION_CHARS = 300
"""Of an ETag or Last-Modified header that is sent back."""
_AGAIN = frozenset({429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_ACCEPT_ENCODING = "gzip, deflate"


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """``contact`` says who runs the bot; ``allowed_networks`` opens otherwise refused ranges.

    ``own_addresses`` are services of the operator's, which may lie anywhere: only for a fetcher
    that opens no untrusted addresses. ``connections`` limits the requests at once for single hosts
    (``searxng:8080``), where ``connections_per_host`` does not fit. ``public_sites`` is for a
    fetcher of pages and pictures: what hangs gets a second try beside it, and hosts that do not
    answer are left alone for a while.
    """

    contact: str = "limner operator"
    total_timeout_s: float = 15.0
    allowed_networks: Sequence[str] = ()
    own_addresses: Sequence[str] = ()
    connections_per_host: int = CONNECTIONS_PER_HOST
    connections: Mapping[str, int] = field(default_factory=dict[str, int])
    max_wait_s: float = MAX_WAIT_S
    public_sites: bool = False


class SafeFetcher:
    """Opens addresses within the safety rules; one for each process."""

    def __init__(self, settings: FetchSettings, cache: Cache | None = None) -> None:
        """``cache`` keeps what sites let Limner read."""
        self._settings = settings
        policy = AddressPolicy.allowing(settings.allowed_networks)
        self._policy = policy.owning(settings.own_addresses)
        self._session: aiohttp.ClientSession | None = None
        self._robots = Robots(self._robots_txt, cache)
        self._queue = HostQueue(
            lambda host: settings.connections.get(host, settings.connections_per_host),
            max_wait_s=settings.max_wait_s,
        )
        self._silent = SilentHosts()
        self._hedge = Hedge()
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
        spare: bool = False,
        cut: bool = False,
    ) -> Fetched:
        """Read an address: at most 5 redirects and 3 tries within one time limit for all, which
        does not run while the request waits for a connection.

        ``max_bytes`` counts the body after decompression. ``headers`` stay with the host that they
        were given for. A ``spare`` request connects only when no other waits for the same host.
        With ``cut`` the first ``max_bytes`` of a larger body are read.

        Raises:
            BlockedAddress: Limner never opens that address.
            FetchFailed: It could not be read; ``retry_after_s`` says what the other side asked for.
        """
        with fail_as(FetchFailed(url, UNREADABLE)):
            if params:
                url = str(self._policy.check(url).update_query(dict(params)))
            asked = _ReadRequest(url, dict(headers or {}), max_bytes, spare=spare, cut=cut)
            return await self._tried(
                url, lambda clock: self._follow(asked, clock, hedged=self._settings.public_sites)
            )

    async def post(
        self,
        url: str,
        body: Mapping[str, Any],
        *,
        headers: Mapping[str, str] | None = None,
        form: bool = False,
    ) -> Fetched:
        """Send a JSON object, or a ``form`` of strings, and read the answer, by the same rules;
        redirects are not followed.

        Raises:
            BlockedAddress: Limner never opens that address.
            FetchFailed: There was no usable answer.
        """

        async def once(clock: RequestClock) -> Fetched:
            here = self._policy.check(url)
            async with clock.connected(self._queue, host_of(here)):
                with _translate_errors(url), self._known(here):
                    sent: dict[str, Any] = {"data" if form else "json": dict(body)}
                    async with self._client().post(
                        here, **sent, headers=dict(headers or {}), allow_redirects=False
                    ) as response:
                        return await _read(response, str(here), MAX_ANSWER_BYTES)

        with fail_as(FetchFailed(url, UNREADABLE)):
            return await self._tried(url, once)

    async def _tried(self, url: str, once: Callable[[RequestClock], Awaitable[Fetched]]) -> Fetched:
        outcome = "failed"
        try:
            with span("fetch"):
                found = await self._tried_in_time(url, once)
            outcome = "ok"
        except BlockedAddress:
            outcome = "refused"
            raise
        except NotFetched:
            outcome = "not_asked"
            raise
        finally:
            FETCHES.add(outcome=outcome)
        return found

    async def _tried_in_time(
        self, url: str, once: Callable[[RequestClock], Awaitable[Fetched]]
    ) -> Fetched:
        """Up to three tries within one time limit for all."""
        total_s = self._settings.total_timeout_s
        waited, host = "", None
        try:
            async with asyncio.timeout(total_s) as limit:
                clock = RequestClock(limit)
                try:
                    return await _retried(once, clock)
                finally:
                    waited, host = waited_for(clock.waited_s), clock.host
        except TookTooLong as error:
            raise NotFetched(
                url,
                gettext("all connections were busy for {waited_s:.0f} s", waited_s=error.waited_s),
            ) from error
        except TimeoutError as error:
            if host is not None:
                self._silent.failed(host)
            raise FetchFailed(
                url,
                gettext(
                    "it didn't answer within {total_s:g} s{waited}", total_s=total_s, waited=waited
                ),
            ) from error

    async def allows(self, url: str) -> bool:
        """Whether the site's robots.txt lets Limner read that page (RFC 9309: a missing file
        allows everything, a server that fails allows nothing)."""
        with fail_as(FetchFailed(url, UNREADABLE)):
            return await self._robots.allow(self._policy.check(url))

    async def _robots_txt(self, url: str) -> Fetched:
        asked = _ReadRequest(url, {}, robots.MAX_BYTES)
        return await self._tried(url, lambda clock: self._follow(asked, clock, hedged=False))

    async def _follow(self, asked: _ReadRequest, clock: RequestClock, *, hedged: bool) -> Fetched:
        here = self._policy.check(asked.url)
        moved: str | None = None
        permanent = True
        for _ in range(MAX_REDIRECTS + 1):
            host = host_of(here)
            self._leave_silent_alone(asked.url, host)
            async with clock.connected(self._queue, host, spare=asked.spare):
                # The host may have gone silent while this request waited for a connection.
                self._leave_silent_alone(asked.url, host)
                found = await self._hop(asked, here, hedged=hedged)
            if isinstance(found, Fetched):
                return replace(found, moved_to=moved)
            # Only an unbroken chain of permanent redirects gives a new address.
            permanent = permanent and found.permanent
            moved = str(found.url) if permanent else moved
            if found.url.origin() != here.origin():
                # Headers may hold a key, which stays with its host.
                asked = replace(asked, headers={})
            here = found.url
        raise BlockedAddress(
            asked.url,
            gettext(
                "it was redirected more than {max_redirects} times", max_redirects=MAX_REDIRECTS
            ),
        )

    async def _hop(self, asked: _ReadRequest, here: URL, *, hedged: bool) -> Fetched | _Redirect:
        """The body, or the redirect's target; its connection is held already."""

        async def second() -> Fetched | _Redirect:
            async with self._queue.connection(host_of(here), spare=True):
                return await self._exchange(asked, here)

        if not hedged:
            return await self._exchange(asked, here)
        return await self._hedge.run(lambda: self._exchange(asked, here), second=second)

    async def _exchange(self, asked: _ReadRequest, here: URL) -> Fetched | _Redirect:
        host = host_of(here)
        try:
            with _translate_errors(asked.url), self._known(here):
                async with self._client().get(
                    here, headers=asked.headers, allow_redirects=False
                ) as response:
                    found = await self._outcome(response, here, asked)
        except FetchFailed as error:
            # An error status is an answer too, and so is a redirect to a refused address.
            if error.status is None and not isinstance(error, BlockedAddress):
                self._silent.failed(host)
            else:
                self._silent.answered(host)
            raise
        self._silent.answered(host)
        return found

    async def _outcome(
        self, response: aiohttp.ClientResponse, here: URL, asked: _ReadRequest
    ) -> Fetched | _Redirect:
        """The body, or the response's redirect."""
        if response.status in _REDIRECTS:
            target = self._policy.check(_location(response, here))
            return _Redirect(target, permanent=response.status in _PERMANENT)
        return await _read(response, str(here), asked.max_bytes, cut=asked.cut)

    def _leave_silent_alone(self, url: str, host: str) -> None:
        if self._settings.public_sites and self._silent.is_silent(host):
            raise NotFetched(url, gettext("its site has just failed to answer several times"))

    def prepare(self) -> None:
        """Load what the first request needs, so that it does not hold the event loop up."""
        self._client()

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            import aiohttp  # a command that looks nothing up need not load it

            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    socket_factory=self._socket,
                    use_dns_cache=False,
                    # The queue admits no request for which there is no connection. A kept one was
                    # checked when it was made, and serves only the host that it was made for.
                    limit=0,
                    keepalive_timeout=KEEP_ALIVE_S,
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
        """The last check: receives the address of every connection that is really made."""
        family, kind, protocol, _name, address = info
        if not _OWN.get() and not self._policy.permits(str(address[0])):
            raise _Refused
        return socket.socket(family, kind, protocol)


@dataclass(frozen=True, slots=True)
class _ReadRequest:
    """The parameters of a read."""

    url: str
    headers: Mapping[str, str]
    max_bytes: int
    spare: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True)
class _Redirect:
    """The target of a redirect, and whether it is permanent."""

    url: URL
    permanent: bool


def host_of(url: URL) -> str:
    """The host of an address with its port, such as ``example.org:443``."""
    return f"{url.raw_host}:{url.port}"


_OWN: ContextVar[bool] = ContextVar("own", default=False)
"""Whether the request at hand goes to a service of the operator's."""


class _Refused(OSError):
    """A connection that the last gate refused."""


@contextmanager
def _translate_errors(url: str) -> Generator[None]:
    import aiohttp

    try:
        yield
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, _Refused):
            raise BlockedAddress(url, gettext("it leads to a private network")) from error
        raise FetchFailed(url, gettext("it can't be reached")) from error
    except (aiohttp.InvalidURL, UnicodeError) as error:
        raise BlockedAddress(url, gettext("it isn't an address")) from error
    except (aiohttp.ClientError, OSError) as error:
        if isinstance(error, TimeoutError):
            raise
        raise FetchFailed(url, gettext("the connection was lost")) from error


async def _read(
    response: aiohttp.ClientResponse, url: str, max_bytes: int, *, cut: bool = False
) -> Fetched:
    if not 200 <= response.status < 300:
        raise FetchFailed(
            url,
            gettext("the site answered {status}", status=response.status),
            status=response.status,
            retry_after_s=retry_after(response.headers.get("Retry-After")),
        )
    body = await read_body(response, url=url, max_bytes=max_bytes, cut=cut)
    return Fetched(
        url=url,
        status=response.status,
        media_type=media_type(response.headers.get("Content-Type")),
        body=body,
        fetched_at=datetime.now(UTC),
        retry_after_s=retry_after(response.headers.get("Retry-After")),
        etag=_version(response, "ETag"),
        last_modified=_version(response, "Last-Modified"),
        cut=cut and len(body) >= max_bytes,
    )


def _version(response: aiohttp.ClientResponse, header: str) -> str | None:
    value = response.headers.get(header)
    return value if value and len(value) <= MAX_VERSION_CHARS and value.isprintable() else None


def _location(response: aiohttp.ClientResponse, here: URL) -> str:
    target = response.headers.get("Location", "")
    if not target or any(ord(c) <= 32 or c == "\\" for c in target):
        raise BlockedAddress(str(here), gettext("it redirects to an invalid address"))
    try:
        following = here.join(URL(target))
    except ValueError as error:
        raise BlockedAddress(str(here), gettext("it redirects to an invalid address")) from error
    if here.scheme == "https" and following.scheme == "http":
        raise BlockedAddress(str(here), gettext("it redirects from https to http"))
    return str(following)


async def _retried(
    once: Callable[[RequestClock], Awaitable[Fetched]], clock: RequestClock
) -> Fetched:
    """What one of up to three tries gives.

    A plain loop: tenacity's object refers to itself, and over the clock to the task and what it
    fetched, so that each body stayed in memory until the garbage collector's rarest round.
    """
    for number in range(1, TRIES):
        try:
            return await once(clock)
        except FetchFailed as error:
            if not _worth_another_try(error, clock.left_s):
                raise
            pause_s = _pause(error, number)
        await asyncio.sleep(pause_s)
    return await once(clock)


def _worth_another_try(error: FetchFailed, left_s: float) -> bool:
    if not error.retryable or (error.status is not None and error.status not in _AGAIN):
        return False
    return (error.retry_after_s or 0.0) < left_s


def _pause(error: FetchFailed, number: int) -> float:
    """The pause that the server asked for, or 0.2, 0.4 s with jitter."""
    if error.retry_after_s is not None:
        return error.retry_after_s
    jitter = (time.monotonic_ns() % 1000) / 1000
    return float(0.2 * 2 ** (number - 1) * (0.5 + jitter))
