"""A server that answers any request in the worst way: it repeats what it was sent, never ends, or
sends unreadable data."""

from __future__ import annotations

import asyncio
import base64
import json
import zlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote


@dataclass
class HostilePeer:
    """A running server; ``heard`` holds the heads and bodies of the requests."""

    port: int
    heard: list[str] = field(default_factory=list[str])

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"


Answer = Callable[[str], bytes]
"""The whole answer to a request's text."""


def http(body: bytes, *, status: str = "200 OK", kind: str = "application/json") -> bytes:
    """An HTTP answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _spellings(text: str) -> list[str]:
    return [text, quote(text), json.dumps(text), base64.b64encode(text.encode()).decode()]


def echo(status: str) -> Answer:
    """Repeat the whole request in every text field that a client may look at."""

    def answer(request: str) -> bytes:
        said = " ".join(_spellings(request) + [line for line in request.splitlines() if line])
        fields = ("error", "message", "name", "team", "user", "title", "snippet", "link", "url",
                  "code", "needed", "warning", "description", "text", "content")  # fmt: skip
        flat: dict[str, Any] = dict.fromkeys(fields, said)
        nested = {"error": {"message": said, "code": said, "type": said}}
        body: dict[str, Any] = {
            **flat, "ok": False, "error": nested["error"] if "v1" in request[:200] else said,
            "organic": [flat], "results": [flat], "images": [flat], "items": [flat],
            "web": {"results": [flat]}, "errors": {said: said},
        }  # fmt: skip
        return http(json.dumps(body).encode(), status=status)

    return answer


def echo_line(status: str) -> Answer:
    """Repeat the secret headers in the status line and in headers."""

    def answer(request: str) -> bytes:
        said = " ".join(
            line.partition(":")[2].strip() for line in request.splitlines() if "uth" in line
        )
        head = f"HTTP/1.1 {status} {said}\r\nX-OAuth-Scopes: {said}\r\nRetry-After: {said}\r\n"
        return f"{head}Content-Type: text/html\r\nContent-Length: 0\r\n\r\n".encode()

    return answer


def constant(answer: bytes) -> Answer:
    """The same to everything."""
    return lambda _request: answer


DEEP = b"[" * 100_000 + b"]" * 100_000
GZIP = zlib.compressobj(9, zlib.DEFLATED, 31)
BOMB = GZIP.compress(b" " * 200_000_000) + GZIP.flush()
ANSWERS: dict[str, Answer] = {
    "echoes with 200": echo("200 OK"),
    "echoes with 400": echo("400 Bad Request"),
    "echoes with 401": echo("401 Unauthorized"),
    "echoes with 403": echo("403 Forbidden"),
    "echoes with 418": echo("418 Teapot"),
    "echoes in its head": echo_line("403"),
    "binary": constant(http(bytes(range(256)) * 40)),
    "binary as text": constant(http(b"\xff\xfe\x00" * 99, kind="text/html; charset=utf-16")),
    "unknown charset": constant(http(b"{}", kind="application/json; charset=undefined")),
    "deep": constant(http(DEEP)),
    "a list": constant(http(b"[1, null, {}]")),
    "null": constant(http(b"null")),
    "a number": constant(http(b"1e999")),
    "other types": constant(http(b'{"ok": "x", "error": 7, "id": [], "name": {}, "flags": "x"}')),
    "empty": constant(http(b"")),
    "no content": constant(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "redirects to itself": constant(
        b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
    ),
    "redirects elsewhere": constant(
        b"HTTP/1.1 307 Go\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"
    ),
    "no HTTP": constant(b"220 smtp.example ESMTP\r\n" * 10),
    "cut off": constant(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"),
    "broken chunks": constant(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}"),
    "huge head": constant(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 2_000_000 + b"\r\n\r\n"),
    "no compression": constant(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nxxxx"
    ),
    "bomb": constant(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
        b"Content-Length: " + str(len(BOMB)).encode() + b"\r\n\r\n" + BOMB
    ),
    "rate limit for ever": constant(
        b"HTTP/1.1 429 Slow\r\nRetry-After: 99999999\r\nVia: 1.1 x\r\nContent-Length: 50\r\n"
        b"Content-Type: application/json\r\n\r\n"
        b'{"retry_after": 99999999, "global": true, "a": ""}'
    ),
    "hangs": constant(b""),
    "hangs in the middle": constant(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"),
    "never ends": constant(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + b"[" * 65_536
    ),
}
LASTING = frozenset({"hangs", "hangs in the middle", "never ends"})


@asynccontextmanager
async def hostile_peer(name: str) -> AsyncGenerator[HostilePeer]:
    """A server that gives that answer of ``ANSWERS`` to everything."""
    answer = ANSWERS[name]
    peer = HostilePeer(0)
    writers: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        try:
            data = await reader.read(65_536)
            while data:
                text = data.decode("latin-1")
                peer.heard.append(text)
                said = answer(text)
                writer.write(said)
                await writer.drain()
                while name == "never ends":
                    writer.write(said[-65_536:])
                    await writer.drain()
                if name not in LASTING:
                    break
                data = await reader.read(65_536)
        except (ConnectionError, OSError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
