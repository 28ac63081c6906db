"""What is said to somebody once a day at the most."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

DAY_S: Final = 24 * 3600.0
REMEMBERED: Final = 20_000


class OnceADay:
    """Remembers what was said within a day; of more than ``REMEMBERED`` the oldest is forgotten."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: OrderedDict[str, float] = OrderedDict()

    def is_first(self, key: str) -> bool:
        """Note that something is said now; False where it was said less than a day ago."""
        now = self._clock()
        said = self._said.get(key)
        if said is not None and now - said < DAY_S:
            return False
        self._said[key] = now
        self._said.move_to_end(key)
        while len(self._said) > REMEMBERED:
            self._said.popitem(last=False)
        return True
