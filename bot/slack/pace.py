"""The pace of calls: so many at once, then one after each interval, as Slack's tiers have it."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

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
    "assistant.threads.setStatus": TIER_3,
    "assistant.threads.setSuggestedPrompts": TIER_3,
    "chat.delete": TIER_3,
    "chat.postEphemeral": TIER_4,
    "chat.postMessage": Rate(0.2, 20),
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
    "views.open": TIER_4,
    "views.publish": TIER_4,
    "views.update": TIER_4,
}
"""How often a method may be called in one workspace, from Slack's tiers."""


class Pace:
    """Turns by key, in the order in which they are asked for; the oldest keys are forgotten.

    The generic cell rate algorithm: for each key one time is kept, at which the next call would be
    due if there were no bursts.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._due: OrderedDict[tuple[str, ...], float] = OrderedDict()

    async def turn(self, key: tuple[str, ...], rate: Rate) -> None:
        """Take the next turn, and wait for it."""
        now = self._clock()
        due = max(self._due.get(key, now), now)
        self._keep(key, due + rate.interval_s)
        pause_s = due - now - rate.interval_s * (rate.burst - 1)
        if pause_s > 0:
            await self._sleep(pause_s)

    def has_room(self, key: tuple[str, ...], rate: Rate) -> bool:
        """Whether half of the burst is still free, so that what is urgent need not wait."""
        now = self._clock()
        return self._due.get(key, now) - now <= rate.interval_s * (rate.burst / 2)

    def hold(self, key: tuple[str, ...], rate: Rate, *, seconds: float) -> None:
        """Nobody's turn for that long: Slack said so."""
        at = self._clock() + seconds + rate.interval_s * (rate.burst - 1)
        self._keep(key, max(self._due.get(key, at), at))

    def _keep(self, key: tuple[str, ...], due: float) -> None:
        self._due[key] = due
        self._due.move_to_end(key)
        while len(self._due) > REMEMBERED:
            self._due.popitem(last=False)
