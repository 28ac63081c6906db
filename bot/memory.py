"""A bounded memory whose entries expire."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable


class ShortMemory:
    """Entries that expire ``life_s`` seconds after they were last added; beyond ``most`` the oldest
    are dropped."""

    def __init__(
        self, life_s: float, most: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._life_s = life_s
        self._most = most
        self._clock = clock
        self._added: OrderedDict[Hashable, float] = OrderedDict()

    def __contains__(self, thing: Hashable) -> bool:
        """Whether it is still remembered."""
        added = self._added.get(thing)
        return added is not None and self._clock() - added < self._life_s

    def add(self, thing: Hashable) -> None:
        """Remember it from now on."""
        self._added[thing] = self._clock()
        self._added.move_to_end(thing)
        while len(self._added) > self._most:
            self._added.popitem(last=False)
