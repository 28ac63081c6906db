"""Estimates how long a new job will wait, from the length of the queue and the recent pace."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.requests import Job, JobStatus
from domain.stores import Operations

LOOKED_BACK: Final = timedelta(minutes=5)
KNOWN_S: Final = 5.0
"""How long a measured pace remains valid."""


class Outlook:
    """Estimates waits from the last minutes of all workspaces; it reveals nothing about them."""

    def __init__(
        self, operations: Operations, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._operations = operations
        self._clock = clock
        self._a_second = 0.0
        self._at = float("-inf")

    async def wait_s(self, job: Job, *, between_s: float = 0.0) -> float | None:
        """About how many seconds it takes until a new job's result is shown, where its platform
        wants ``between_s`` seconds between two of one workspace: 0 when it does not wait, None
        where nothing finished lately to estimate it from."""
        if job.status is not JobStatus.QUEUED:
            return 0.0
        ahead, here = await self._operations.ahead_of(job.workspace_id, job.created_at)
        if not ahead:
            return 0.0
        if self._clock() - self._at > KNOWN_S:
            self._a_second = await self._pace(datetime.now(UTC))
            self._at = self._clock()
        drawn_s = ahead / self._a_second if self._a_second else 0.0
        return max(drawn_s, here * between_s) or None

    async def _pace(self, now: datetime) -> float:
        """Jobs that were done a second, lately."""
        done, first = await self._operations.done_since(now - LOOKED_BACK)
        if first is None:
            return 0.0
        span = min(now - first, LOOKED_BACK)
        return done / max(span.total_seconds(), 1.0)
