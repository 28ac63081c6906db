"""One HTTP server for a process, with a mount for each part that answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, Protocol

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from domain.errors import InvalidSettings, LimnerError, public_sentence
from domain.translation.messages import gettext
from web.connections import ConnectionGuard, ConnectionLimits

log = structlog.get_logger(__name__)

MAX_BODY_BYTES: Final = 1_000_000
MAX_BODIES_BYTES: Final = 64_000_000
"""Of all requests that are being read at once."""
HEALTH_PATH: Final = "/healthz"
FAREWELL_S: Final = 3.0
LINGER_S: Final = 3.0
"""How long the rest of an unwanted body is read."""
BACKLOG: Final = 256
READ_BYTES: Final = 65_536
USUAL_LIMITS: Final = ConnectionLimits()


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Answer(Protocol):
    """An HTTP answer."""

    @property
    def status(self) -> int:
        """The status code."""
        ...

    @property
    def body(self) -> bytes:
        """The body."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, str]]:
        """Names and values; a name may come more than once."""
        ...


class HttpMount(Protocol):
    """A part that answers on some paths."""

    @property
    def routes(self) -> Sequence[tuple[str, str]]:
        """Methods and paths."""
        ...

    async def answer(
        self, path: str, *, query: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """The answer to a request; names of headers are in lower case."""
        ...


class Pages(Protocol):
    """Pages for browsers, which read requests themselves."""

    @property
    def routes(self) -> Sequence[tuple[str, str, Handler]]:
        """Methods, paths and handlers."""
        ...


@asynccontextmanager
async def serving(
    doors: Sequence[HttpMount],
    *,
    pages: Pages | None = None,
    host: str,
    port: int,
    trouble: Callable[[], LimnerError | None],
    parts: Callable[[], Mapping[str, str]] = dict,
    limits: ConnectionLimits = USUAL_LIMITS,
    monitoring: bool = False,
) -> AsyncGenerator[int]:
    """Serve until the block ends; gives the port. ``trouble`` says why the process is not well, and
    ``parts`` which of its parts are out of order while the others go on; ``monitoring`` says
    that it is the port for that.

    Raises:
        InvalidSettings: The address cannot be listened on.
    """
    guard = ConnectionGuard(limits)
    bodies = _Bodies(limits.body_s)
    app = web.Application(middlewares=[_watched(guard), _in_sentences])
    app.router.add_get(HEALTH_PATH, _health(trouble, parts))
    for door in doors:
        for method, path in door.routes:
            app.router.add_route(method, path, _handler(door, bodies))
    for verb, place, handler in pages.routes if pages is not None else ():
        app.router.add_route(verb, place, handler)
        if verb == "GET":
            app.router.add_route("HEAD", place, handler)
    runner = web.AppRunner(
        app,
        access_log=None,
        logger=_one_line_logger(),
        shutdown_timeout=FAREWELL_S,
        keepalive_timeout=limits.idle_s + limits.header_s,  # the guard's own limits come first
        lingering_time=LINGER_S,
        auto_decompress=False,  # no client of ours compresses, and a bomb would be compressed
    )
    await runner.setup()
    assert runner.server is not None  # noqa: S101 - set up just now
    loop, connected = asyncio.get_running_loop(), guard.guarded(runner.server)
    try:
        server = await loop.create_server(connected, host, port, backlog=BACKLOG)
    except OSError as error:
        await runner.cleanup()
        where = {"host": host, "port": port, "strerror": error.strerror}
        if monitoring:
            sentence = gettext(
                "Limner can't listen on {host}:{port} ({strerror}). Check "
                "LIMNER_METRICS_HOST and LIMNER_METRICS_PORT.",
                **where,
            )
        else:
            sentence = gettext(
                "Limner can't listen on {host}:{port} ({strerror}). Check "
                "LIMNER_HTTP_HOST and LIMNER_HTTP_PORT.",
                **where,
            )
        raise InvalidSettings(sentence) from error
    try:
        bound: int = server.sockets[0].getsockname()[1]
        log.info("serving", host=host, port=bound)
        yield bound
    finally:
        server.close()
        await runner.cleanup()


def _watched(guard: ConnectionGuard) -> Middleware:
    """Notifies the guard when a request begins and ends."""

    @web.middleware
    async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
        transport = request.transport
        guard.begin(transport)
        try:
            return await handler(request)
        finally:
            guard.end(transport)

    return watch


class _Bodies:
    """Reads the bodies of requests: each in time, and all together within bounds."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._held = 0

    async def read(self, request: web.Request) -> bytes:
        """A request's body. Raises ``web.HTTPException`` with a sentence where it cannot be had."""
        body = bytearray()
        try:
            async with asyncio.timeout(self._limit_s):
                async for chunk in request.content.iter_chunked(READ_BYTES):
                    body += chunk
                    self._held += len(chunk)
                    if len(body) > MAX_BODY_BYTES:
                        raise web.HTTPRequestEntityTooLarge(
                            MAX_BODY_BYTES, text="The body is too large."
                        )
                    if self._held > MAX_BODIES_BYTES:
                        raise web.HTTPServiceUnavailable(text="Too much is being sent at once.")
        except TimeoutError:
            raise web.HTTPRequestTimeout(text="The body did not come in time.") from None
        except (web.RequestPayloadError, ConnectionError, ValueError):
            raise web.HTTPBadRequest(text="The body did not come whole.") from None
        finally:
            self._held -= len(body)
        return bytes(body)


@web.middleware
async def _in_sentences(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Any failure is answered in a sentence, and logged in one line."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        text = error.text or ""
        if error.status == 404:
            text = "There is nothing here."
        elif error.status == 405:
            text = f"{request.method[:20]} is not possible here."
        response = web.Response(status=error.status, text=text)
        if error.status in (408, 413, 503) or error.status == 400:
            response.force_close()
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except LimnerError as error:
        log.warning("http_request_failed", path=request.path[:100], error=str(error))
        return web.Response(status=503, text=public_sentence(error))
    except Exception as error:  # the edge: nothing else would answer the peer
        log.exception("http_request_broke", path=request.path[:100])
        return web.Response(status=500, text=public_sentence(error))


def _handler(door: HttpMount, bodies: _Bodies) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = await door.answer(
            request.path,
            query=request.query_string,
            headers=headers,
            body=await bodies.read(request),
        )
        response = web.Response(status=answer.status, body=answer.body)
        for name, value in answer.headers:
            if name.lower() == "content-type":
                response.headers[name] = value
            elif name.lower() != "content-length":
                response.headers.add(name, value)
        return response

    return handle


def _health(
    trouble: Callable[[], LimnerError | None], parts: Callable[[], Mapping[str, str]]
) -> Handler:
    async def handle(_request: web.Request) -> web.Response:
        error, broken = trouble(), dict(parts())
        text = str(error) if error else "Everything is running."
        if broken and error is None:
            text = " ".join(broken.values())
        status = {"ok": error is None and not broken, "text": text, "parts": broken}
        return web.json_response(status, status=503 if error else 200)

    return handle


def _one_line_logger() -> logging.Logger:
    """For aiohttp: what peers send wrongly is one line, without a traceback."""
    logger = logging.getLogger("limner.http")
    if not logger.filters:
        logger.addFilter(_one_line)
    return logger


def _one_line(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    record.msg = f"{record.getMessage()}: {type(error).__name__}" if error else record.getMessage()
    record.args, record.exc_info, record.levelno = None, None, logging.INFO
    record.levelname = "INFO"
    return True
