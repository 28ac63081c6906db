"""A client of services with OpenAI's interface: JSON over HTTP, answers as they arrive.

The addresses are the operator's own settings, so that neither the rules for untrusted addresses nor
the limits for public sites apply to them.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from typing import Any, Final

import aiohttp
from yarl import URL

from agent.fetching.headers import retry_after
from agent.model_clients.completion_request import CompletionRequest

MAX_ANSWER_BYTES: Final = 1_000_000
"""Of an answer that is read whole; as much as is parsed in 20 ms."""
MAX_REFUSAL_BYTES: Final = 100_000
MAX_REDIRECTS: Final = 5
KEEP_ALIVE_S: Final = 4.0
"""Less than the 5 s after which uvicorn, and with it vLLM, closes an idle connection: a request
must not meet one that is being closed."""
CONNECT_S: Final = 10.0
_SAME_METHOD: Final = (307, 308)
"""Redirections that are followed with the same body."""


class ServiceUnreachable(Exception):
    """There was no answer: no connection, no HTTP, or it took too long."""


class ServiceRefused(Exception):
    """The service answered with an error; ``body`` is parsed where it is JSON."""

    def __init__(self, status: int, body: object, *, address: str, retry_after_s: float | None):
        super().__init__(status)
        self.status = status
        self.body = body
        self.address = address
        self.retry_after_s = retry_after_s


class ServiceAnswer:
    """An answer whose headers have arrived."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.is_json = "json" in response.headers.get("Content-Type", "")

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives, decompressed. Raises errors of several kinds when the connection
        breaks."""
        return self._response.content.iter_any()

    async def json(self) -> Any:
        """The body. Raises ``ServiceUnreachable`` when the connection breaks, and ``ValueError`` or
        ``RecursionError`` where it is no JSON, or too long."""
        try:
            body = await _start_of(self._response, MAX_ANSWER_BYTES + 1)
        except (aiohttp.ClientError, OSError) as error:
            raise ServiceUnreachable(type(error).__name__) from error
        if len(body) > MAX_ANSWER_BYTES:
            raise ValueError("the answer is too long")
        return json.loads(body)


class ServiceClient:
    """Asks one service; ``base_url`` ends in ``/v1``. ``timeout_s`` is for a whole exchange."""

    def __init__(self, base_url: str, *, api_key: str, timeout_s: float) -> None:
        self._base_url = base_url.rstrip("/")
        self._key = api_key
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    @asynccontextmanager
    async def post(
        self, path: str, body: bytes | CompletionRequest
    ) -> AsyncGenerator[ServiceAnswer]:
        """Send JSON; the connection is given back with the end of the block.

        Raises:
            ServiceRefused: The status is none of success.
            ServiceUnreachable: There was no answer.
        """
        async with self._exchanged("POST", path, body) as response:
            yield ServiceAnswer(response)

    async def get(self, path: str) -> Any:
        """The JSON behind a path.

        Raises:
            ServiceRefused: The status is none of success.
            ServiceUnreachable: There was no answer, or not in JSON.
        """
        async with self._exchanged("GET", path, None) as response:
            try:
                return await ServiceAnswer(response).json()
            except (ValueError, RecursionError) as error:
                raise ServiceUnreachable(type(error).__name__) from error

    @asynccontextmanager
    async def _exchanged(
        self, method: str, path: str, body: bytes | CompletionRequest | None
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        response = await self._answered(method, path, body)
        try:
            if not 200 <= response.status < 300:
                raise await _refusal(response)
            yield response
        finally:
            response.release()

    async def _answered(
        self, method: str, path: str, body: bytes | CompletionRequest | None
    ) -> aiohttp.ClientResponse:
        """The headers of the answer, once no redirection follows."""
        try:
            first = address = URL(self._base_url + path)
            for _ in range(MAX_REDIRECTS):
                own = address.origin() == first.origin()
                response = await self._sent(method, address, body, with_key=own)
                if response.status not in _SAME_METHOD or "Location" not in response.headers:
                    return response
                response.release()
                address = address.join(URL(response.headers["Location"]))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise ServiceUnreachable(type(error).__name__) from error
        raise ServiceUnreachable("it redirects without end")

    async def _sent(
        self,
        method: str,
        address: URL,
        body: bytes | CompletionRequest | None,
        *,
        with_key: bool,
    ) -> aiohttp.ClientResponse:
        headers = {"Accept": "application/json, text/event-stream"}
        if with_key:
            headers["Authorization"] = f"Bearer {self._key}"
        if body is not None:
            length = len(body) if isinstance(body, bytes) else body.length
            headers |= {"Content-Type": "application/json", "Content-Length": str(length)}
        return await self._opened().request(
            method,
            address,
            data=body,
            headers=headers,
            allow_redirects=False,
            proxy=_proxy_for(address),
        )

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # As many as there are jobs: servers queue requests themselves.
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_S),
                trust_env=False,  # it would send what a .netrc holds in place of the key
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(
                    total=self._timeout_s, sock_connect=min(CONNECT_S, self._timeout_s)
                ),
                headers={"User-Agent": f"Limner/{version('limner')}"},
            )
        return self._session


async def _refusal(response: aiohttp.ClientResponse) -> ServiceRefused:
    """What a service says instead of an answer, as far as it can be read."""
    body: object = ""
    with suppress(aiohttp.ClientError, OSError, ValueError, RecursionError):
        text = await _start_of(response, MAX_REFUSAL_BYTES)
        body = text.decode("utf-8", "replace")
        body = json.loads(text)
    return ServiceRefused(
        response.status,
        body,
        address=str(response.url),
        retry_after_s=retry_after(response.headers.get("Retry-After")),
    )


async def _start_of(response: aiohttp.ClientResponse, most: int) -> bytes:
    """The first bytes of a body, at least ``most`` of a longer one."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) >= most:
            break
    return bytes(body)


def _proxy_for(address: URL) -> str | None:
    """The proxy that the environment names for an address."""
    proxies = urllib.request.getproxies()
    proxy = proxies.get(address.scheme) or proxies.get("all")
    if not proxy or urllib.request.proxy_bypass(address.host or ""):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"
