"""A second try beside a first one that takes unusually long; the quicker one counts."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from statistics import median
from time import monotonic
from typing import TypeVar

T = TypeVar("T")

FIRST_PATIENCE_S = 1.0
LEAST_PATIENCE_S = 0.3
MOST_PATIENCE_S = 2.0
REMEMBERED = 50


class Hedge:
    """Begins a second try after three times the usual duration of the latest pieces of work, at
    least 0.3 and at most 2 seconds (cf. Dean and Barroso, "The Tail at Scale", 2013)."""

    def __init__(self) -> None:
        self._durations: deque[float] = deque(maxlen=REMEMBERED)

    @property
    def patience_s(self) -> float:
        """Seconds until the second try."""
        if len(self._durations) < 3:
            return FIRST_PATIENCE_S
        return min(max(3 * median(self._durations), LEAST_PATIENCE_S), MOST_PATIENCE_S)

    async def run(
        self,
        work: Callable[[], Awaitable[T]],
        *,
        second: Callable[[], Awaitable[T]] | None = None,
    ) -> T:
        """The result of the first attempt to succeed, or the error of the last one; ``second`` is
        the second attempt, where it differs from the first. Both are over when this returns."""
        tries = [asyncio.ensure_future(self._timed(work))]
        try:
            done, _ = await asyncio.wait(tries, timeout=self.patience_s)
            if not done:
                tries.append(asyncio.ensure_future(self._timed(second or work)))
            pending = set(tries)
            while True:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                well = next((t for t in done if not t.cancelled() and not t.exception()), None)
                if well is not None:
                    return well.result()
                if not pending:
                    return next(iter(done)).result()
        finally:
            for task in tries:
                task.cancel()
            await asyncio.gather(*tries, return_exceptions=True)

    async def _timed(self, work: Callable[[], Awaitable[T]]) -> T:
        started = monotonic()
        result = await work()
        self._durations.append(monotonic() - started)
        return result
