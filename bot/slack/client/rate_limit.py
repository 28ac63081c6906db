"""The pace of calls: so many at once, then one after each interval, as Slack's tiers have it;
waiting calls are served by lane, so that an answer to a user never stands behind progress."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from bot.messages.lanes import Lane
from bot.messages.slots import waiting

REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Rate:
    """``burst`` calls at once, and then one every ``interval_s`` seconds."""

    interval_s: float
    burst: int


TIER_2: Final = Rate(3.0, 5)
TIER_3: Final = Rate(1.2, 20)
TIER_4: Final = Rate(0.6, 40)
PER_CHANNEL: Final = Rate(1.0, 3)
"""New messages in one channel: one a second, with short bursts."""
RATES: Final[Mapping[str, Rate]] = {
    "agents.sessions.setStatus": TIER_3,
    "assistant.search.context": TIER_2,
    "assistant.threads.setStatus": TIER_3,
    "assistant.threads.setSuggestedPrompts": TIER_3,
    "canvases.access.set": TIER_3,
    "canvases.create": TIER_2,
    "canvases.delete": TIER_3,
    "canvases.edit": TIER_3,
    "chat.delete": TIER_3,
    "chat.appendStream": TIER_4,
    "chat.postEphemeral": TIER_4,
    "chat.postMessage": Rate(0.2, 20),
    "chat.startStream": TIER_2,
    "chat.stopStream": TIER_2,
    "chat.update": TIER_3,
    "conversations.history": TIER_3,
    "conversations.info": TIER_3,
    "conversations.join": TIER_3,
    "conversations.open": TIER_3,
    "conversations.replies": TIER_3,
    "files.delete": TIER_3,
    "files.info": TIER_4,
    "usergroups.list": TIER_2,
    "users.info": TIER_4,
    "users.list": TIER_2,
    "views.open": TIER_4,
    "views.publish": TIER_4,
    "views.update": TIER_4,
}
"""The rate limit of a method in one workspace, from Slack's tiers."""
Key = tuple[str, ...]


class Timer(Protocol):
    """Something that happens later unless it is cancelled."""

    def cancel(self) -> None:
        """Let it not happen."""
        ...


Later = Callable[[float, Callable[[], None]], Timer]
"""Has something done after so many seconds."""


@dataclass
class _Queue:
    """The calls of one key: when the next would be due if there were no bursts, and who waits."""

    rate: Rate
    due: float
    waiting: list[tuple[Lane, int, asyncio.Future[None]]] = field(
        default_factory=list[tuple[Lane, int, "asyncio.Future[None]"]]
    )
    timer: Timer | None = None

    def wait_s(self, now: float) -> float:
        """Seconds until the next call may be made."""
        return self.due - now - self.rate.interval_s * (self.rate.burst - 1)

    def take(self, now: float) -> None:
        """Count a call."""
        self.due = max(self.due, now) + self.rate.interval_s


class Pace:
    """Turns by key, by lane and then in the order in which they are asked for; the oldest keys are
    forgotten.

    The generic cell rate algorithm: for each key one time is kept, at which the next call would be
    due if there were no bursts.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, later: Later | None = None
    ) -> None:
        self._clock = clock
        self._later = later
        self._numbers = itertools.count()
        self._queues: OrderedDict[Key, _Queue] = OrderedDict()

    async def turn(self, key: Key, rate: Rate, lane: Lane = Lane.ANSWER) -> None:
        """Take the next turn of that lane, and wait for it. Who is cancelled meanwhile gives it
        back."""
        queue, now = self._queue(key, rate), self._clock()
        if not queue.waiting and queue.wait_s(now) <= 0:
            queue.take(now)
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(queue.waiting, (lane, next(self._numbers), mine))
        self._arm(queue)
        try:
            async with waiting():
                await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                queue.due -= queue.rate.interval_s
                self._arm(queue)
            raise

    def try_turn(self, key: Key, rate: Rate) -> bool:
        """Take a turn for an optional call, if that delays no other call."""
        if not self.has_room(key, rate):
            return False
        self._queue(key, rate).take(self._clock())
        return True

    def has_room(self, key: Key, rate: Rate) -> bool:
        """Whether no call waits and half of the burst is still free, so that urgent calls need not
        wait."""
        queue = self._queues.get(key)
        if queue is None:
            return True
        return not self._waits(queue) and queue.due - self._clock() <= rate.interval_s * (
            rate.burst / 2
        )

    def hold(self, key: Key, rate: Rate, *, seconds: float) -> None:
        """Pause all turns for that long, as Slack asked."""
        queue = self._queue(key, rate)
        at = self._clock() + seconds + rate.interval_s * (rate.burst - 1)
        queue.due = max(queue.due, at)
        self._arm(queue)

    def _queue(self, key: Key, rate: Rate) -> _Queue:
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = _Queue(rate, self._clock())
        self._queues.move_to_end(key)
        while len(self._queues) > REMEMBERED and not self._waits(next(iter(self._queues.values()))):
            self._queues.popitem(last=False)
        return queue

    def _arm(self, queue: _Queue) -> None:
        """Have the next in line served when its turn has come."""
        if queue.timer is not None:
            queue.timer.cancel()
            queue.timer = None
        if self._waits(queue):
            later = self._later or asyncio.get_running_loop().call_later
            wait_s = max(queue.wait_s(self._clock()), 0.0)
            queue.timer = later(wait_s, lambda: self._serve(queue))

    def _serve(self, queue: _Queue) -> None:
        queue.timer = None
        while self._waits(queue) and queue.wait_s(self._clock()) <= 0:
            _lane, _number, future = heapq.heappop(queue.waiting)
            queue.take(self._clock())
            future.set_result(None)
        self._arm(queue)

    def _waits(self, queue: _Queue) -> bool:
        """Whether any call waits; cancelled ones do not count."""
        while queue.waiting and queue.waiting[0][2].done():
            heapq.heappop(queue.waiting)
        return bool(queue.waiting)
