"""Orders writes to a channel: results go before progress, which is left out where it would delay
them. discord.py keeps to the rate limits; here is only the order."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Final
from weakref import WeakValueDictionary

from jobs.common.ports import NoRoom

PROGRESS_AT_ONCE: Final = 2
"""Discord takes about one writing a second in a channel."""
RESULTS_AT_ONCE: Final = 3
"""Results of one channel that are being sent; the others wait without their pictures."""


class Traffic:
    """The writings of each channel that are under way."""

    def __init__(self) -> None:
        self._results: Counter[str] = Counter()
        self._progress: Counter[str] = Counter()
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def has_room(self, channel: str) -> bool:
        """Whether progress may be shown there now."""
        return not self._results[channel] and self._progress[channel] < PROGRESS_AT_ONCE

    @asynccontextmanager
    async def result(self, channel: str) -> AsyncGenerator[None]:
        """Send what people wait for."""
        turns = self._turns.setdefault(channel, asyncio.Semaphore(RESULTS_AT_ONCE))
        with _counted(self._results, channel):
            async with turns:
                yield

    @asynccontextmanager
    async def progress(self, channel: str) -> AsyncGenerator[None]:
        """Show how something goes on. Raises ``NoRoom``."""
        if not self.has_room(channel):
            raise NoRoom
        with _counted(self._progress, channel):
            yield


@contextmanager
def _counted(counter: Counter[str], channel: str) -> Generator[None]:
    counter[channel] += 1
    try:
        yield
    finally:
        counter[channel] -= 1
        if not counter[channel]:
            del counter[channel]
