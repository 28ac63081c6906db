"""Whether what this process keeps things in can be used."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

from domain.errors import StorageUnavailable


class StorageHealth:
    """The storages that cannot be used now; users of a storage report their successes and failures
    here.

    ``changed`` is called when an outage begins, with its error and 0.0, and when there is none
    left, with None and the seconds that it lasted.
    """

    def __init__(
        self,
        *,
        changed: Callable[[StorageUnavailable | None, float], None] = lambda _error, _seconds: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._changed = changed
        self._clock = clock
        self._failures: dict[Hashable, StorageUnavailable] = {}
        self._since = 0.0

    @property
    def trouble(self) -> StorageUnavailable | None:
        """The oldest current error; None when all works."""
        return next(iter(self._failures.values()), None)

    @property
    def trouble_s(self) -> float:
        """The seconds that the outage has lasted; 0 when all works."""
        return self._clock() - self._since if self._failures else 0.0

    def report_failure(self, user: Hashable, error: StorageUnavailable) -> None:
        """A user of a storage failed; kept until the same one reports a success."""
        began = not self._failures
        self._failures[user] = error
        if began:
            self._since = self._clock()
            self._changed(error, 0.0)

    def report_success(self, user: Hashable) -> None:
        """A user of a storage succeeded, or no longer needs it."""
        if self._failures.pop(user, None) is not None and not self._failures:
            self._changed(None, self._clock() - self._since)
