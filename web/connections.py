"""Limits on connections to the HTTP server: by whom, how many, and for how long.

aiohttp's server lets a peer take its time over a header and hold as many connections as there are
file descriptors. Here each of its connections is watched from outside: one that sends no whole
header in time is cut, and where all places are taken, the one that has been waiting longest makes
room for a new one.
"""

from __future__ import annotations

import asyncio
import ipaddress
import resource
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, Protocol, cast

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MANY: Final = 0.05
"""The part of all places from which on an address has many."""
FULL: Final = b"All connections are taken; try again in a moment.\n"
_REFUSAL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nRetry-After: 5\r\n"
    b"Connection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(FULL), FULL)
)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Seconds, and numbers of connections.

    ``header_s`` is for a whole header, ``body_s`` for a whole body, ``idle_s`` between an answer
    and the next request, ``stalled_s`` for a peer that takes no more of an answer. Addresses in
    ``proxies`` stand for many people, so ``per_address`` does not hold for them.
    """

    header_s: float = 10.0
    body_s: float = 30.0
    idle_s: float = 75.0
    stalled_s: float = 30.0
    connections: int = 500
    per_address: int = 100
    proxies: tuple[Network, ...] = ()


class _Phase(Enum):
    """The state of a connection."""

    WAITING = auto()
    HEADER = auto()
    SERVING = auto()


class Streaming(Protocol):
    """The inner protocol: what asyncio calls on a connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None: ...  # noqa: D102

    def connection_lost(self, exc: Exception | None) -> None: ...  # noqa: D102

    def data_received(self, data: bytes) -> None: ...  # noqa: D102

    def eof_received(self) -> bool | None: ...  # noqa: D102

    def pause_writing(self) -> None: ...  # noqa: D102

    def resume_writing(self) -> None: ...  # noqa: D102


class ConnectionGuard:
    """Holds the connections of one server to its limits."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        descriptors, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        # The jobs of this process need descriptors too, regardless of the settings.
        self._most = max(min(limits.connections, descriptors // 3), 1)
        self._open: dict[asyncio.BaseTransport, _Connection] = {}
        self._by_address: Counter[str] = Counter()

    def guarded(self, serve: Callable[[], Streaming]) -> Callable[[], asyncio.Protocol]:
        """The protocol of each connection for :meth:`asyncio.loop.create_server`, where ``serve``
        makes the protocol that really answers."""
        return lambda: _Connection(self, serve())

    @property
    def connections(self) -> int:
        """The number of open connections."""
        return len(self._open)

    def begin(self, transport: asyncio.BaseTransport | None) -> None:
        """Note that a whole header came over a connection: from here on its handler minds it."""
        connection = self._open.get(transport) if transport is not None else None
        if connection is not None:
            connection.enter(_Phase.SERVING, None)

    def end(self, transport: asyncio.BaseTransport | None) -> None:
        """Note that a request was answered."""
        connection = self._open.get(transport) if transport is not None else None
        if connection is not None:
            connection.answered = True
            connection.enter(_Phase.WAITING, self.limits.idle_s)

    def admit(self, connection: _Connection) -> bool:
        """Give a new connection a place, if need be that of one that only waits; False where all
        others are being answered."""
        address, transport = connection.address, connection.transport
        too_many = self._by_address[address] >= self.limits.per_address
        if too_many and not self._speaks_for_many(address):
            room = self._cut_off(address)
        elif len(self._open) >= self._most:
            room = self._cut_off(None)
        else:
            room = True
        if room and transport is not None:
            self._open[transport] = connection
            self._by_address[address] += 1
        return room

    def forget(self, connection: _Connection) -> None:
        """Free the place of a connection; nothing where it has none."""
        if connection.transport is None or self._open.pop(connection.transport, None) is None:
            return
        self._by_address[connection.address] -= 1
        if not self._by_address[connection.address]:
            del self._by_address[connection.address]

    def _cut_off(self, address: str | None) -> bool:
        """Cut a connection that only waits: the oldest of that address. Without one, those go first
        on which no request was ever made, of an address that has many of them, then the oldest; a
        peer that was answered before, such as a chat platform, keeps its place for as long as
        there are others."""
        waiting = [c for c in self._open.values() if c.phase is not _Phase.SERVING]
        if address is not None:
            waiting = [c for c in waiting if c.address == address]
        found = [c for c in waiting if not c.answered] or waiting
        if not found:
            return False
        counted = Counter(c.address for c in found)
        many, count = counted.most_common(1)[0]
        if count > self._most * MANY:
            found = [c for c in found if c.address == many]
        min(found, key=lambda c: c.since).cut()
        return True

    def _speaks_for_many(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return True  # a Unix socket: a user of this machine
        if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
        return any(parsed in network for network in self.limits.proxies)


class _Connection(asyncio.Protocol):
    """One connection: hands everything on, and watches the time."""

    def __init__(self, guard: ConnectionGuard, inner: Streaming) -> None:
        self._guard = guard
        self._inner = inner
        self._loop = asyncio.get_running_loop()
        self._alarm: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._admitted = False
        self.transport: asyncio.WriteTransport | None = None
        self.phase = _Phase.WAITING
        self.address = ""
        self.answered = False
        """Whether a request that came over it was answered before."""
        self.since = self._loop.time()

    def enter(self, phase: _Phase, seconds: float | None) -> None:
        """Be in that phase, for so many seconds at the longest."""
        self.phase, self.since = phase, self._loop.time()
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._loop.call_later(seconds, self.cut) if seconds is not None else None

    def cut(self) -> None:
        """End the connection without a word."""
        self._guard.forget(self)
        if self.transport is not None:
            self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a place, or say that there is none."""
        self.transport = cast("asyncio.WriteTransport", transport)
        peer: Any = transport.get_extra_info("peername")  # a tuple; text for a Unix socket
        self.address = "" if isinstance(peer, str) or not peer else str(peer[0])
        self._admitted = self._guard.admit(self)
        if not self._admitted:
            self.transport.write(_REFUSAL)
            self.transport.close()
            return
        self.enter(_Phase.WAITING, self._guard.limits.header_s)
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Hand bytes on; the first of a header starts the clock."""
        if not self._admitted:
            return
        if self.phase is _Phase.WAITING:
            self.enter(_Phase.HEADER, self._guard.limits.header_s)
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """The peer sends no more."""
        return self._inner.eof_received() if self._admitted else None

    def pause_writing(self) -> None:
        """The peer takes no more for now."""
        self._stalled = self._loop.call_later(self._guard.limits.stalled_s, self.cut)
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """The peer takes more again."""
        if self._stalled is not None:
            self._stalled.cancel()
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        for timer in (self._alarm, self._stalled):
            if timer is not None:
                timer.cancel()
        self._guard.forget(self)
        if self._admitted:
            self._inner.connection_lost(exc)


def networks(ranges: Sequence[str]) -> tuple[Network, ...]:
    """Address ranges such as ``10.0.0.0/8``. Raises ``ValueError``."""
    return tuple(ipaddress.ip_network(part) for part in ranges)
