"""Measures how long the event loop does not get to run, and shows what it was doing then."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import FrameType

TICK_S = 0.005
STACK_AFTER_S = 0.05
"""Seconds without a tick after which the loop's stack is recorded."""
MOST_KEPT = 50


@dataclass(frozen=True, slots=True)
class Stall:
    """One time in which the loop did not run.

    ``wall_s`` is the time on the clock, ``cpu_s`` the processor time that this process used
    meanwhile: on a machine shared with others the process may only have waited for its turn, so a
    test asserts on ``busy_s``.
    """

    wall_s: float
    cpu_s: float
    stack: str

    @property
    def busy_s(self) -> float:
        """Seconds in which this process's own work kept the loop from running."""
        return min(self.wall_s, self.cpu_s)


@dataclass
class StallMeter:
    """What was measured: every stall over 50 ms, the longest 50 of them."""

    stalls: list[Stall] = field(default_factory=list[Stall])
    longest_wall_s: float = 0.0
    longest_busy_s: float = 0.0

    def add(self, stall: Stall) -> None:
        """Note a stall."""
        self.longest_wall_s = max(self.longest_wall_s, stall.wall_s)
        self.longest_busy_s = max(self.longest_busy_s, stall.busy_s)
        if stall.wall_s >= STACK_AFTER_S:
            self.stalls.append(stall)
            self.stalls.sort(key=lambda s: -s.busy_s)
            del self.stalls[MOST_KEPT:]

    def report(self, *, over_s: float = 0.25) -> str:
        """The stalls that kept the loop for at least ``over_s`` seconds, with their stacks."""
        return "\n".join(
            f"{s.busy_s * 1000:.0f} ms busy, {s.wall_s * 1000:.0f} ms on the clock\n{s.stack}"
            for s in self.stalls
            if s.busy_s >= over_s
        )


@asynccontextmanager
async def measured_stalls() -> AsyncGenerator[StallMeter]:
    """Measure the running loop while the block runs."""
    meter = StallMeter()
    watcher = _Watcher(threading.get_ident())
    watcher.thread.start()
    ticking = asyncio.create_task(_tick(meter, watcher), name="stall meter")
    try:
        yield meter
    finally:
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)
        watcher.stop()


async def _tick(meter: StallMeter, watcher: _Watcher) -> None:
    while True:
        wall, cpu = time.monotonic(), time.process_time()
        await asyncio.sleep(TICK_S)
        now = time.monotonic()
        late = now - wall - TICK_S
        meter.add(Stall(late, time.process_time() - cpu, watcher.stack_since(now)))


class _Watcher:
    """A thread that records the stack of the loop's thread when no tick comes."""

    def __init__(self, loop_thread: int) -> None:
        self._loop_thread = loop_thread
        self._last_tick = time.monotonic()
        self._stacks: Counter[tuple[str, ...]] = Counter()
        self._stopped = threading.Event()
        self.thread = threading.Thread(target=self._watch, name="stall watcher", daemon=True)

    def stack_since(self, now: float) -> str:
        """The stack seen most often since the last tick, if any; this is the next tick."""
        stacks, self._stacks, self._last_tick = self._stacks, Counter(), now
        return "\n".join(stacks.most_common(1)[0][0]) if stacks else ""

    def stop(self) -> None:
        self._stopped.set()
        self.thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(STACK_AFTER_S / 2):
            if time.monotonic() - self._last_tick > STACK_AFTER_S:
                frames = sys._current_frames()  # pyright: ignore[reportPrivateUsage]
                self._stacks[_places(frames.get(self._loop_thread))] += 1


def _places(frame: FrameType | None) -> tuple[str, ...]:
    """Where the innermost twelve frames are, outermost first. Source lines are not read: that takes
    so long at first that the stall may be over before it is recorded."""
    places: list[str] = []
    while frame is not None and len(places) < 12:
        code = frame.f_code
        places.append(f"  {code.co_filename}:{frame.f_lineno} in {code.co_qualname}")
        frame = frame.f_back
    return tuple(reversed(places))
