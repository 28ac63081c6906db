"""Hostile inputs served to the real product: each page on an address of its own, with jobs that ask
for all of them."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.hostile_inputs import HTML, Input, Role, hostile_inputs
from tests.fakes.web import PAGE, RSS, picture

_REQUEST = re.compile(rb"[A-Z]+ (\S+) HTTP")
_HOST = re.compile(rb"\r\nhost: ([\d.]+)", re.IGNORECASE)
_NUMBER = re.compile(r"Castle(?:\+|%20| )(\d+)")


@dataclass
class HostileWorld:
    """A server for ``inputs``; job number n is about "Castle n"."""

    inputs: Sequence[Input]
    port: int = 0
    served: set[str] = field(default_factory=set[str])
    """The names of the inputs that were asked for."""
    _feeds: int = 0

    def of(self, *roles: Role) -> list[Input]:
        """The inputs of these roles, in their order."""
        return [given for given in self.inputs if given.role in roles]

    @property
    def jobs(self) -> int:
        """How many jobs it takes to ask for every input."""
        searches = len(self.of(Role.ANSWER, Role.PICTURE))
        return max(len(self.of(Role.PAGE, Role.ROBOTS)), searches, len(self.of(Role.FEED)))

    def prompt(self, number: int) -> str:
        """What the job of that number asks for."""
        pages = self.of(Role.PAGE, Role.ROBOTS)
        at = f" as on http://{_address(number)}:{self.port}/castle" if number < len(pages) else ""
        return f'"Castle {number}"{at}'

    def environment(self) -> dict[str, str]:
        """Settings that search here and nowhere else."""
        return {
            "LIMNER_SEARCH_PROVIDERS": "library,searxng,feeds",
            "LIMNER_SEARXNG_BASE_URL": f"http://127.0.0.1:{self.port}/searxng",
            "LIMNER_FEEDS": f"http://127.0.0.1:{self.port}/feed",
            "LIMNER_FETCH_ALLOWED_NETWORKS": "127.0.0.0/8",
        }

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, byte for byte as the input says."""
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            request, host = _REQUEST.match(head), _HOST.search(head)
            path = request[1].decode() if request else "/"
            given = self._given(path, host[1].decode() if host else "127.0.0.1")
            self.served.add(given.name)
            body = await asyncio.to_thread(given.make)
            length = (
                b"" if b"ontent-Length" in given.head else b"\r\nContent-Length: %d" % len(body)
            )
            writer.write(given.head + length + b"\r\nConnection: close\r\n\r\n")
            writer.write(body)
            await writer.drain()
        writer.close()

    def _given(self, path: str, host: str) -> Input:
        third, fourth = (int(part) for part in host.split(".")[2:])
        if host.startswith("127.1."):
            return self._page(path, third * 256 + fourth)
        if path.startswith("/picture/"):
            given = self.of(Role.PICTURE)
            number = int(path.rpartition("/")[2])
            return given[number] if 0 <= number < len(given) else _PICTURE
        if path.startswith("/feed"):
            feeds, self._feeds = self.of(Role.FEED), self._feeds + 1
            return feeds[self._feeds % len(feeds)] if feeds else _FEED
        found = _NUMBER.search(path)
        number = int(found[1]) if found else 0
        answers = self.of(Role.ANSWER)
        if "categories=images" not in path and number < len(answers):
            return answers[number]
        return self._results(number)

    def _page(self, path: str, number: int) -> Input:
        pages = self.of(Role.PAGE, Role.ROBOTS)
        given = pages[number] if number < len(pages) else _PAGE
        if path == "/robots.txt":
            return given if given.role is Role.ROBOTS else _NO_ROBOTS
        return given if given.role is Role.PAGE else _PAGE

    def _results(self, number: int) -> Input:
        results = [
            {
                "title": f"Castle {number}",
                "url": f"http://127.0.0.1:{self.port}/page",
                "content": f"Castle {number} is a castle of grey stone with two round towers.",
                "img_src": f"http://127.0.0.1:{self.port}/picture/{shown}",
            }
            # A search that failed is not asked again by the same job, so that pictures belong to
            # the jobs after those whose search fails.
            for shown in (number - len(self.of(Role.ANSWER)), 10_000)
        ]
        body = json.dumps({"results": results}).encode()
        return Input("results", Role.ANSWER, lambda: body, (), "application/json")


_PAGE = Input("page", Role.PAGE, PAGE.encode)
_FEED = Input("feed", Role.FEED, RSS.encode, (), "text/xml")
_PICTURE = Input("picture", Role.PICTURE, lambda: picture(3), (), "image/jpeg")
_NO_ROBOTS = Input("no robots", Role.ROBOTS, lambda: b"", (), HTML, "404 Not Found")


def _address(number: int) -> str:
    return f"127.1.{number // 256}.{number % 256}"


async def serve(count: int) -> None:
    """Serve that many inputs on every loopback address until standard input ends; the port goes to
    standard output first, and the names of the inputs that were asked for at the end."""
    world = HostileWorld(hostile_inputs(count))
    server = await asyncio.start_server(world.answer, "0.0.0.0", 0, limit=2**20)
    world.port = server.sockets[0].getsockname()[1]
    sys.stdout.write(f"{world.port}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    sys.stdout.write(json.dumps(sorted(world.served)))


@asynccontextmanager
async def hostile_world(count: int) -> AsyncGenerator[HostileWorld]:
    """A server in a process of its own, so that making its inputs does not burden the one that is
    tested. ``served`` is known when the block has ended."""
    world = HostileWorld(hostile_inputs(count))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.fakes.hostile_world", str(count)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parent.parent.parent,
    )
    assert process.stdout is not None
    try:
        world.port = int(await process.stdout.readline())
        yield world
    finally:
        said, _ = await process.communicate(b"")
        world.served |= set(json.loads(said or b"[]"))


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
