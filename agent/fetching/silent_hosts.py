"""Hosts that do not answer are left alone for a while, so that no job waits for them again and
again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

FAILURES = 4
"""Requests in a row without any answer after which a host counts as silent."""
PAUSE_S = 60.0
MAX_HOSTS = 1000


@dataclass
class _Silence:
    failures: int = 0
    until: float = 0.0


class SilentHosts:
    """Counts requests in a row that a host gave no answer to."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[str, _Silence] = {}

    def is_silent(self, host: str) -> bool:
        """Whether the host is to be left alone now."""
        known = self._known.get(host)
        return known is not None and self._clock() < known.until

    def failed(self, host: str) -> None:
        """A request got no answer. After a pause a single further one counts as silence again."""
        while host not in self._known and len(self._known) >= MAX_HOSTS:
            self._known.pop(next(iter(self._known)))
        known = self._known.setdefault(host, _Silence())
        known.failures += 1
        if known.failures >= FAILURES:
            known.until = self._clock() + PAUSE_S

    def answered(self, host: str) -> None:
        """The host answered, with any status."""
        self._known.pop(host, None)
