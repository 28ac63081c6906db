"""Slack's time, from the ``Date`` headers of its own answers: this machine's clock may be hours
wrong."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Final

import structlog

log = structlog.get_logger(__name__)

FRESH_S: Final = 60.0
"""An answer so soon after the last one that was looked at is not looked at."""
WRONG_S: Final = 60.0
"""From so many seconds on, this machine's clock counts as wrong."""


def _since_boot() -> float:
    """Seconds since the machine started, those in which it was suspended included."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class SlackClock:
    """Gives the time at Slack; by this machine's own clock until Slack has answered once."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = _since_boot,
    ) -> None:
        self._clock = clock
        self._elapsed = elapsed
        self._known: tuple[float, float] | None = None
        """A time at Slack, and the elapsed time at which it was."""
        self._wrong = False

    def now(self) -> float:
        """Seconds since 1970."""
        if self._known is None:
            return self._clock()
        then, elapsed = self._known
        return then + self._elapsed() - elapsed

    @property
    def ahead_s(self) -> float:
        """The seconds by which this machine's clock is ahead of Slack's; 0 while that is not
        known."""
        return self._clock() - self.now()

    @property
    def is_wrong(self) -> bool:
        """Whether this machine's clock is wrong enough for the operator to set it."""
        return abs(self.ahead_s) >= WRONG_S

    def note(self, date: str) -> None:
        """Take note of the ``Date`` of an answer of Slack's; what is no date is left alone."""
        if self._known is not None and self._elapsed() - self._known[1] < FRESH_S:
            return
        try:
            server_time = parsedate_to_datetime(date).timestamp()
        except (ValueError, TypeError, OverflowError):
            return
        self._known = server_time, self._elapsed()
        if self.is_wrong != self._wrong:
            self._wrong = self.is_wrong
            if self._wrong:
                log.warning("clock_wrong", ahead_of_slack_s=round(self.ahead_s))
            else:
                log.info("clock_right_again")
