"""A model server, a search service, a web site and a picture host in one process.

They use the wire formats of OpenAI's chat completions and of Serper, and cost next to nothing:
pictures are encoded beforehand and requests are not parsed where they are long.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web

from evaluation.peers import script
from evaluation.peers.photographs import Photographs
from evaluation.peers.script import Delays

CHARACTERS_A_TOKEN = 4
WRITES = 6
"""In so many pieces the tokens of an answer arrive, as from a server that works on many at once."""


@dataclass
class Peers:
    """Everything outside of Limner; ``calls`` counts what was asked by kind."""

    photographs: Photographs
    delays: Delays = field(default_factory=Delays)
    hosts: int = 1
    """Pictures and pages come from so many addresses of 127.0.1.0/24; 1 for only 127.0.0.1."""
    port: int = 0
    calls: Counter[str] = field(default_factory=Counter[str])

    @property
    def base_url(self) -> str:
        """The addresses of the services."""
        return f"http://127.0.0.1:{self.port}"

    def site(self, number: int) -> str:
        """The address of one of the hosts that pictures and pages lie on."""
        host = f"127.0.1.{1 + number % self.hosts}" if self.hosts > 1 else "127.0.0.1"
        return f"http://{host}:{self.port}"

    def page_url(self, name: str) -> str:
        """The address of a name's page."""
        return f"{self.site(_number(name))}/page/{name}"

    def application(self) -> web.Application:
        """The server's routes."""
        app = web.Application(client_max_size=256_000_000)
        app.router.add_post("/v1/chat/completions", self.complete)
        app.router.add_post("/serper/{kind}", self.search)
        app.router.add_get("/picture/{number}.jpg", self.picture)
        app.router.add_get("/page/{name}", self.page)
        app.router.add_get("/robots.txt", self.robots)
        app.router.add_get("/calls", self.counted)
        return app

    async def complete(self, request: web.Request) -> web.StreamResponse:
        """The model's next turn: streamed token by token, or at once where that was asked for."""
        self.calls["model"] += 1
        body = await request.read()
        text = script.saying(body, self.page_url)
        if b'"stream":true' not in body and b'"stream": true' not in body:
            await asyncio.sleep(self.delays.model_s)
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            return web.json_response({**_ABOUT, "choices": [choice], "usage": _USAGE})
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await asyncio.sleep(self.delays.first_token_s)
        pause_s = (self.delays.model_s - self.delays.first_token_s) / WRITES
        with suppress(ConnectionResetError):  # who asked was killed
            await response.prepare(request)
            for piece in _pieces(text):
                await asyncio.sleep(pause_s)
                await response.write(piece)
            await response.write(_LAST)
        return response

    async def search(self, request: web.Request) -> web.Response:
        """Results as Serper gives them."""
        self.calls["search"] += 1
        if request.headers.get("X-API-KEY") != script.KEY:
            return web.Response(status=403)
        query = str((await request.json())["q"])
        await asyncio.sleep(self.delays.search_s)
        if request.match_info["kind"] == "images":
            return web.json_response({"images": self._images(query)})
        name = query.split()[2]
        hits = [
            {
                "title": f"{query}, part {n}",
                "link": self.page_url(name) + (f"/{n}" if n else ""),
                "snippet": f"The Bridge of {name} has {n + 3} arches of red stone. " * 4,
            }
            for n in range(10)
        ]
        return web.json_response({"organic": hits})

    def _images(self, query: str) -> list[dict[str, object]]:
        name = " ".join(query.split()[2:3])
        first = _number(name) % 500 * 20 + (10 if query.endswith("night") else 0)
        return [
            {
                "title": f"{query}, view {n}",
                "imageUrl": f"{self.site(first + n)}/picture/{first + n}.jpg",
                "link": f"{self.site(first + n)}/page/{name}",
                "imageWidth": 1200,
                "imageHeight": 900,
            }
            for n in range(script.PICTURES)
        ]

    async def picture(self, request: web.Request) -> web.Response:
        """The picture of that number; one in ten hangs and one in ten is missing."""
        self.calls["picture"] += 1
        number = int(request.match_info["number"])
        if number % 10 == script.HANGING:
            await asyncio.sleep(self.delays.hang_s)
        await asyncio.sleep(self.delays.picture_s)
        if number % 10 == script.MISSING:
            return web.Response(status=404)
        return web.Response(body=self.photographs.picture(number), content_type="image/jpeg")

    async def page(self, request: web.Request) -> web.Response:
        """A page to read."""
        self.calls["page"] += 1
        await asyncio.sleep(self.delays.page_s)
        return web.Response(text=script.page(request.match_info["name"]), content_type="text/html")

    async def robots(self, _request: web.Request) -> web.Response:
        """A site whose robots.txt allows all."""
        self.calls["robots"] += 1
        return web.Response(text="User-agent: *\nAllow: /\n")

    async def counted(self, _request: web.Request) -> web.Response:
        """The number of calls of each kind since the start."""
        return web.json_response(self.calls)


def _number(name: str) -> int:
    """A number that follows from a name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:3], "big")


_ABOUT = {"id": "bench", "object": "chat.completion", "created": 1, "model": "bench"}
_USAGE = {"prompt_tokens": 3000, "completion_tokens": 100, "total_tokens": 3100}


def _event(choices: list[object], **more: object) -> bytes:
    about = {**_ABOUT, "object": "chat.completion.chunk", "choices": choices, **more}
    return b"data: " + json.dumps(about, separators=(",", ":")).encode() + b"\n\n"


_LAST = (
    _event([{"index": 0, "delta": {}, "finish_reason": "stop"}])
    + _event([], usage=_USAGE)
    + b"data: [DONE]\n\n"
)


def _pieces(text: str) -> list[bytes]:
    """The events of an answer, one for each token, in ``WRITES`` pieces."""
    tokens = [text[at : at + CHARACTERS_A_TOKEN] for at in range(0, len(text), CHARACTERS_A_TOKEN)]
    share = -(-len(tokens) // WRITES)
    return [
        b"".join(
            _event([{"index": 0, "delta": {"content": token}, "finish_reason": None}])
            for token in tokens[at : at + share]
        )
        for at in range(0, len(tokens), share)
    ]


async def serve(delays: Delays, *, hosts: int) -> None:
    """Serve on a free port until the input ends; prints the base address as JSON first."""
    peers = Peers(Photographs(), delays=delays, hosts=hosts)
    runner = web.AppRunner(peers.application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "0.0.0.0", 0, backlog=1024)
    await site.start()
    peers.port = int(runner.addresses[0][1])
    print(json.dumps({"base_url": peers.base_url}), flush=True)
    try:
        await asyncio.to_thread(sys.stdin.read)
    finally:
        await runner.cleanup()
