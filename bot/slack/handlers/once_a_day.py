"""Notices that a user gets once a day at the most."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from bot.memory import ShortMemory

DAY_S: Final = 24 * 3600.0
REMEMBERED: Final = 20_000


class OnceADay:
    """Remembers notices sent within a day; beyond ``REMEMBERED`` the oldest is forgotten."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._said = ShortMemory(DAY_S, REMEMBERED, clock)

    def is_first(self, key: str) -> bool:
        """Note that a notice is sent now; False where it was sent less than a day ago."""
        if key in self._said:
            return False
        self._said.add(key)
        return True
