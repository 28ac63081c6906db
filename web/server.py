"""One HTTP server for a process; behind each door somebody answers, the server knows no more."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

import structlog
from aiohttp import web

from domain.errors import InvalidSettings, LimnerError

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 5_000_000
HEALTH_PATH = "/healthz"
FAREWELL_S = 3.0


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


class Door(Protocol):
    """Somebody who answers on some paths."""

    @property
    def routes(self) -> Sequence[tuple[str, str]]:
        """Methods and paths."""
        ...

    async def answer(
        self, path: str, *, query: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """The answer to a request; names of headers are in lower case."""
        ...


@asynccontextmanager
async def serving(
    doors: Sequence[Door], *, host: str, port: int, trouble: Callable[[], LimnerError | None]
) -> AsyncGenerator[int]:
    """Serve until the block ends; gives the port. ``trouble`` says why the process is not well.

    Raises:
        InvalidSettings: The address cannot be listened on.
    """
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.router.add_get(HEALTH_PATH, _health(trouble))
    for door in doors:
        for method, path in door.routes:
            app.router.add_route(method, path, _handler(door))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=FAREWELL_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise InvalidSettings(
            f"The address {host}:{port} cannot be listened on ({error.strerror}); set "
            "LIMNER_HTTP_HOST and LIMNER_HTTP_PORT."
        ) from error
    try:
        bound: int = runner.addresses[0][1]
        log.info("serving", host=host, port=bound)
        yield bound
    finally:
        await runner.cleanup()


def _handler(door: Door) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = await door.answer(
            request.path,
            query=request.query_string,
            headers=headers,
            body=await request.read(),
        )
        response = web.Response(status=answer.status, body=answer.body)
        for name, value in answer.headers:
            if name.lower() == "content-type":
                response.headers[name] = value
            elif name.lower() != "content-length":
                response.headers.add(name, value)
        return response

    return handle


def _health(trouble: Callable[[], LimnerError | None]) -> Handler:
    async def handle(_request: web.Request) -> web.Response:
        error = trouble()
        status = {"ok": error is None, "text": str(error) if error else "All is well."}
        return web.json_response(status, status=503 if error else 200)

    return handle
