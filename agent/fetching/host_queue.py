"""A queue for connections: so many to one host at once, the others wait their turn.

Waiting is no fault of the site's, so it happens outside a request's time limit (see
:class:`RequestClock`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from domain.translation.messages import gettext

IN_ALL = 256
"""Connections of one fetcher at once, to all hosts together: each takes a file descriptor."""


class TookTooLong(Exception):
    """No turn came within the time limit; ``waited_s`` is that time."""

    def __init__(self, waited_s: float) -> None:
        super().__init__(f"no connection was free for {waited_s:.0f} s")
        self.waited_s = waited_s


@dataclass
class _Host:
    """The connections of one host; a spare one waits until no other request does."""

    most: int
    used: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque[asyncio.Future[None]])
    spare: deque[asyncio.Future[None]] = field(default_factory=deque[asyncio.Future[None]])

    async def acquire(self, *, spare: bool) -> None:
        if self.used < self.most:
            self.used += 1
            return
        turn = asyncio.get_running_loop().create_future()
        lane = self.spare if spare else self.waiting
        lane.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # The turn may have come in the same moment: then it is handed on.
            if not turn.cancelled():
                self.release()
            elif turn in lane:
                lane.remove(turn)
            raise

    def release(self) -> None:
        """Hand the connection to the request that waits longest, or take it back."""
        for lane in (self.waiting, self.spare):
            while lane:
                turn = lane.popleft()
                if not turn.done():
                    turn.set_result(None)
                    return
        self.used -= 1

    @property
    def idle(self) -> bool:
        return not (self.used or self.waiting or self.spare)


class HostQueue:
    """Lets ``most(host)`` requests at once go to a host, and 256 in all, in the order in which they
    came; ``spare`` ones only when no other waits for that host."""

    def __init__(
        self, most: Callable[[str], int], *, max_wait_s: float, in_all: int = IN_ALL
    ) -> None:
        self._most = most
        self._max_wait_s = max_wait_s
        self._hosts: dict[str, _Host] = {}
        self._all = _Host(in_all)

    @property
    def in_use(self) -> int:
        """Connections that are held now, to all hosts."""
        return self._all.used

    @property
    def hosts(self) -> int:
        """Hosts with connections or waiting requests."""
        return len(self._hosts)

    async def acquire(self, host: str, *, spare: bool = False) -> Connection:
        """One of the host's connections, to be released by the caller. Raises ``TookTooLong``."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        one = self._hosts.get(host)
        if one is None:
            one = self._hosts[host] = _Host(self._most(host))
        connection = Connection(lambda: self._forget(host))
        try:
            async with asyncio.timeout(self._max_wait_s):
                for each in (one, self._all):
                    await each.acquire(spare=spare)
                    connection.held.append(each)
        except BaseException as error:
            connection.release()
            if isinstance(error, TimeoutError):
                raise TookTooLong(loop.time() - began) from error
            raise
        connection.waited_s = loop.time() - began
        _note(connection.waited_s)
        return connection

    @asynccontextmanager
    async def connection(self, host: str, *, spare: bool = False) -> AsyncGenerator[None]:
        """One of the host's connections for as long as the block runs. Raises ``TookTooLong``."""
        connection = await self.acquire(host, spare=spare)
        try:
            yield
        finally:
            connection.release()

    def _forget(self, host: str) -> None:
        one = self._hosts.get(host)
        if one is not None and one.idle:
            del self._hosts[host]


class Connection:
    """A turn to connect; ``waited_s`` is how long was waited for it."""

    def __init__(self, released: Callable[[], None]) -> None:
        self.waited_s = 0.0
        self.held: list[_Host] = []
        self._released = released

    def release(self) -> None:
        """Give it back; nothing happens when it was given back before."""
        while self.held:
            self.held.pop().release()
        self._released()


@dataclass
class Waiting:
    """The longest wait of one request for a connection, in seconds."""

    longest_s: float = 0.0


_WAITING: ContextVar[Waiting | None] = ContextVar("waiting", default=None)


@contextmanager
def measured_waiting() -> Generator[Waiting]:
    """Measure how long requests wait for their connections while the block runs."""
    waiting = Waiting()
    token = _WAITING.set(waiting)
    try:
        yield waiting
    finally:
        _WAITING.reset(token)


def waited_for(waited_s: float) -> str:
    """The end of a sentence that says how long was waited; empty where it is not worth it."""
    return (
        gettext(", after waiting {waited_s:.0f} s for a connection", waited_s=waited_s)
        if waited_s >= 1
        else ""
    )


def _note(waited_s: float) -> None:
    waiting = _WAITING.get()
    if waiting is not None:
        waiting.longest_s = max(waiting.longest_s, waited_s)


class RequestClock:
    """The time limit of one request, redirects and further tries included; it stands still while
    the request waits for a connection."""

    def __init__(self, limit: asyncio.Timeout) -> None:
        self._limit = limit
        self.waited_s = 0.0
        self.host: str | None = None
        """The host that the request is connected with just now."""

    @property
    def left_s(self) -> float:
        """Seconds until the request is given up; infinite while it waits."""
        ends_at = self._limit.when()
        now = asyncio.get_running_loop().time()
        return float("inf") if ends_at is None else max(0.0, ends_at - now)

    @asynccontextmanager
    async def connected(
        self, queue: HostQueue, host: str, *, spare: bool = False
    ) -> AsyncGenerator[None]:
        """A connection for as long as the block runs; waiting for it does not count. Raises
        ``TookTooLong``."""
        left_s = self.left_s
        self._limit.reschedule(None)
        try:
            connection = await queue.acquire(host, spare=spare)
        finally:
            self._limit.reschedule(asyncio.get_running_loop().time() + left_s)
        try:
            self.waited_s += connection.waited_s
            self.host = host
            yield
            self.host = None
        finally:
            connection.release()
