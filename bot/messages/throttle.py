"""One writer at a time for the message of a job, never too soon after the last, and none after its
result stands there."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from bot.messages.slots import waiting
from domain.team import JobMessage
from jobs.common.views import JobView, without_findings

REMEMBERED = 5_000


@dataclass
class _Message:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    finished: bool = False
    written_at: float = float("-inf")


class LiveMessages:
    """Live messages: which jobs' messages are being written, and which are finished; the oldest are
    forgotten.

    ``pause_s`` is the least time in seconds between two writings of one message.
    """

    def __init__(
        self,
        *,
        pause_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._pause_s = pause_s
        self._clock = clock
        self._sleep = sleep
        self._messages: OrderedDict[str, _Message] = OrderedDict()
        self._begun: OrderedDict[str, JobView] = OrderedDict()

    def note_begun(self, view: JobView, message: JobMessage) -> None:
        """Remember a job as it was when its message was made."""
        self._begun[view.job.id] = without_findings(replace(view, messages=(message,)))
        while len(self._begun) > REMEMBERED:
            self._begun.popitem(last=False)

    def begun(self, job_id: str) -> JobView | None:
        """A job as it was when its message was made."""
        return self._begun.get(job_id)

    @asynccontextmanager
    async def showing(self, job_id: str) -> AsyncGenerator[bool]:
        """Write how a job stands; gives False when its result stands there already."""
        message = self._message(job_id)
        async with message.lock:
            if message.finished:
                yield False
                return
            async with self._paced(message):
                yield True

    @asynccontextmanager
    async def finishing(self, job_id: str) -> AsyncGenerator[None]:
        """Write a job's result; nothing is shown after it."""
        message = self._message(job_id)
        async with message.lock, self._paced(message):
            yield
            message.finished = True

    @asynccontextmanager
    async def _paced(self, message: _Message) -> AsyncGenerator[None]:
        pause_s = message.written_at + self._pause_s - self._clock()
        if pause_s > 0:
            async with waiting():
                await self._sleep(pause_s)
        try:
            yield
        finally:
            message.written_at = self._clock()

    def _message(self, job_id: str) -> _Message:
        message = self._messages.setdefault(job_id, _Message())
        self._messages.move_to_end(job_id)
        while len(self._messages) > REMEMBERED:
            self._messages.popitem(last=False)
        return message
