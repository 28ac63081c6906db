"""The HTTP server of a process under peers that take their time, send nonsense, or are many."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

import aiohttp
import pytest

from web import server
from web.connections import ConnectionLimits, networks
from web.server import serving

QUICK = ConnectionLimits(header_s=1.0, body_s=1.0, idle_s=1.0, stalled_s=0.5)
LONG_S = 20.0


@dataclass(frozen=True)
class Said:
    status: int = 200
    body: bytes = b"ok"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Echo:
    """Answers with as many bytes as it is asked for, once it may."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0
    routes: Sequence[tuple[str, str]] = (("POST", "/echo"),)

    async def answer(
        self, path: str, *, query: str, headers: Mapping[str, str], body: bytes
    ) -> Said:
        self.asked += 1
        if query == "break":
            raise RuntimeError("a bug that nobody foresaw")
        if query == "wait":
            await self.go.wait()
        return Said(body=b"x" * int(query) if query.isdigit() else body)


@dataclass
class Site:
    port: int
    door: Echo
    writers: list[asyncio.StreamWriter] = field(default_factory=list[asyncio.StreamWriter])

    async def raw(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection on which nothing was said yet."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writers.append(writer)
        return reader, writer

    async def health(self) -> int:
        """The status of a new connection's look at the health."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self.port}/healthz") as answer,
        ):
            return answer.status


@asynccontextmanager
async def a_site(limits: ConnectionLimits = QUICK) -> AsyncGenerator[Site]:
    door = Echo()
    async with serving(
        [door], host="127.0.0.1", port=0, trouble=lambda: None, limits=limits
    ) as port:
        site = Site(port, door)
        yield site
        for writer in site.writers:
            writer.transport.abort()
        await asyncio.sleep(0.05)


async def until_closed(reader: asyncio.StreamReader) -> bytes:
    """Everything that came until the connection ended, also where it was reset: that happens to who
    still sends to a server that has answered and closed."""
    came = bytearray()
    async with asyncio.timeout(LONG_S):
        with suppress(ConnectionResetError):
            while chunk := await reader.read(65536):
                came += chunk
    return bytes(came)


async def dribble(writer: asyncio.StreamWriter, text: bytes) -> None:
    """Send a byte now and then, until the other side has enough."""
    try:
        for byte in text:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.05)
    except ConnectionError:
        pass


async def test_a_header_that_never_ends_is_cut_off() -> None:
    async with a_site() as site:
        reader, writer = await site.raw()
        sending = asyncio.create_task(dribble(writer, b"GET /healthz HTTP/1.1\r\nX: " + b"y" * 200))
        assert await until_closed(reader) == b""
        await sending
        silent, _writer = await site.raw()
        assert await until_closed(silent) == b""
        assert await site.health() == 200


async def test_a_body_that_never_ends_is_a_sentence() -> None:
    async with a_site() as site:
        reader, writer = await site.raw()
        head = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n"
        writer.write(head)
        sending = asyncio.create_task(dribble(writer, b"z" * 200))
        said = await until_closed(reader)
        await sending
        assert said.startswith(b"HTTP/1.1 408")
        assert said.endswith(b"The body did not come in time.")


async def test_an_answered_connection_is_kept_for_a_while() -> None:
    async with a_site(replace(QUICK, header_s=1.0, idle_s=5.0)) as site:
        reader, writer = await site.raw()
        for _ in range(2):
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readuntil(b"}}")).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(1.2)
        assert await until_closed(reader) == b""


async def test_who_takes_no_more_of_an_answer_is_cut_off() -> None:
    async with a_site() as site:
        reader, writer = await site.raw()
        writer.write(b"POST /echo?50000000 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        await asyncio.sleep(1.5)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await reader.readexactly(50_000_000)


async def test_an_answer_that_takes_long_is_waited_for() -> None:
    async with a_site() as site:
        reader, writer = await site.raw()
        writer.write(b"POST /echo?wait HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
        await asyncio.sleep(1.5)
        site.door.go.set()
        assert (await reader.readuntil(b"hi")).startswith(b"HTTP/1.1 200")


async def test_where_all_places_are_taken_the_longest_waiting_makes_room() -> None:
    limits = ConnectionLimits(connections=20)
    async with a_site(limits) as site:
        held = [await site.raw() for _ in range(60)]
        for _reader, writer in held[40:]:
            writer.write(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        assert [await site.health() for _ in range(3)] == [200] * 3
        ended = await asyncio.gather(*(until_closed(reader) for reader, _ in held[:40]))
        assert ended == [b""] * 40


async def test_who_was_answered_before_keeps_its_place_while_strangers_come() -> None:
    async with a_site(ConnectionLimits(connections=20)) as site:
        known = [await site.raw() for _ in range(5)]
        for reader, writer in known:
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200")
        for _ in range(60):
            await site.raw()
        await asyncio.sleep(0.2)
        for reader, writer in known:
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = await reader.readuntil(b"}}")
            assert b"HTTP/1.1 200" in answer


async def test_who_is_being_answered_is_never_sent_away() -> None:
    async with a_site(ConnectionLimits(connections=2)) as site:
        busy = [await site.raw() for _ in range(2)]
        for _reader, writer in busy:
            writer.write(b"POST /echo?wait HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
        async with asyncio.timeout(LONG_S):
            while site.door.asked < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        reader, _writer = await site.raw()
        said = await until_closed(reader)
        assert said.startswith(b"HTTP/1.1 503")
        assert b"All connections are taken; try again in a moment." in said
        site.door.go.set()
        for reader, _writer in busy:
            assert (await reader.readuntil(b"hi")).startswith(b"HTTP/1.1 200")
        assert await site.health() == 200


@pytest.mark.parametrize(("proxies", "left"), [((), 3), (("127.0.0.0/8",), 6)])
async def test_one_address_holds_so_many_connections_unless_it_is_a_proxy(
    proxies: tuple[str, ...], left: int
) -> None:
    limits = ConnectionLimits(per_address=3, proxies=networks(proxies), header_s=60)
    async with a_site(limits) as site:
        held = [await site.raw() for _ in range(6)]
        await asyncio.sleep(0.2)
        assert sum(not reader.at_eof() for reader, _writer in held) == left


NONSENSE = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET / HTTP/9.9\r\n\r\n",
    b"\r\n\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\n" + b"A: b\r\n" * 500 + b"\r\n",
    b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n",
    b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n" + b"a" * 3_000_000,
    b"DELETE /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /%ff%00/../%2e HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /echo?\xff\xfe HTTP/1.1\r\nHost: \xff\r\n\r\n",
    b"POST /echo?break HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
)


async def test_nonsense_is_answered_or_cut_off_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with a_site() as site:
        for sent in NONSENSE:
            reader, writer = await site.raw()
            writer.write(sent)
            said = await until_closed(reader)
            assert b"Traceback" not in said
            own_fault = sent.startswith(b"POST /echo?break")
            assert said.startswith(b"HTTP/1.1 500") == own_fault, said[:200]
        for sent in (b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nhalf", b"GET"):
            _reader, writer = await site.raw()
            writer.write(sent)
            await writer.drain()
            writer.transport.abort()
        assert await site.health() == 200
    assert "Traceback" not in caplog.text


async def test_many_large_bodies_at_once_do_not_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "MAX_BODIES_BYTES", 300_000)
    async with a_site(ConnectionLimits()) as site, AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        started = asyncio.Event()

        async def slow() -> AsyncGenerator[bytes]:
            for _ in range(4):
                yield b"a" * 100_000
                started.set()
                await asyncio.sleep(0.3)

        url = f"http://127.0.0.1:{site.port}/echo"
        first = asyncio.create_task(session.post(url, data=slow()).__aenter__())
        await started.wait()
        async with session.post(url, data=b"b" * 250_000) as answer:
            assert answer.status == 503
        assert (await first).status == 503
        async with session.post(url, data=b"c" * 250_000) as answer:
            assert answer.status == 200


@pytest.mark.soak
async def test_thirteen_hundred_slow_senders_stop_nothing() -> None:
    async with a_site(ConnectionLimits()) as site:
        senders: list[asyncio.Task[None]] = []
        for _ in range(1_300):
            _reader, writer = await site.raw()
            senders.append(asyncio.create_task(dribble(writer, b"GET / HTTP/1.1\r\n" + b"x" * 600)))
        for _ in range(30):
            assert await site.health() == 200
            await asyncio.sleep(1)
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)
