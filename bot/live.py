"""One writer at a time for the message of a job, and none after its result stands there."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

REMEMBERED = 5_000


@dataclass
class _Message:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    finished: bool = False


class LiveMessages:
    """Which jobs' messages are being written, and which are finished; the oldest are forgotten."""

    def __init__(self) -> None:
        self._messages: OrderedDict[str, _Message] = OrderedDict()

    @asynccontextmanager
    async def showing(self, job_id: str) -> AsyncGenerator[bool]:
        """Write how a job stands; gives False when its result stands there already."""
        message = self._message(job_id)
        async with message.lock:
            yield not message.finished

    @asynccontextmanager
    async def finishing(self, job_id: str) -> AsyncGenerator[None]:
        """Write a job's result; nothing is shown after it."""
        message = self._message(job_id)
        async with message.lock:
            yield
            message.finished = True

    def _message(self, job_id: str) -> _Message:
        message = self._messages.setdefault(job_id, _Message())
        self._messages.move_to_end(job_id)
        while len(self._messages) > REMEMBERED:
            self._messages.popitem(last=False)
        return message
