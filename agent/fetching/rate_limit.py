"""Keeping to what a provider allows: at most one question in so many seconds."""

from __future__ import annotations

import asyncio
import time


class Pace:
    """Lets one through in ``interval_s`` seconds, and the others wait; 0 lets all through."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._turn = asyncio.Lock()
        self._next_at = 0.0

    async def wait(self) -> None:
        """Wait for one's turn."""
        if self._interval_s <= 0:
            return
        async with self._turn:
            await asyncio.sleep(max(0.0, self._next_at - time.monotonic()))
            self._next_at = time.monotonic() + self._interval_s
