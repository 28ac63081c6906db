"""Tokens for searching messages, held in memory by the process that accepts requests."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from domain.team_messages import TOKENS_KEPT

MAX_HELD: Final = 10_000


class HeldSearchTokens:
    """Fits ``domain.team_messages.SearchTokens`` where nothing can be sealed: a token is gone with
    the process, and other processes have none."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: OrderedDict[tuple[str, str], tuple[float, str]] = OrderedDict()

    async def keep(self, workspace_id: str, job_id: str, token: str) -> None:
        """Keep a job's token in the place of an earlier one."""
        self._held.pop((workspace_id, job_id), None)
        self._held[workspace_id, job_id] = (self._clock() + TOKENS_KEPT.total_seconds(), token)
        self._drop_expired()

    async def get(self, workspace_id: str, job_id: str) -> str | None:
        """The token; None where there is none any more."""
        self._drop_expired()
        _until, token = self._held.get((workspace_id, job_id), (0.0, None))
        return token

    async def forget(self, workspace_id: str, job_id: str) -> None:
        """Delete a job's token, if there is one."""
        self._held.pop((workspace_id, job_id), None)

    async def sweep(self) -> int:
        """Delete the tokens that are too old."""
        before = len(self._held)
        self._drop_expired()
        return before - len(self._held)

    def _drop_expired(self) -> None:
        now = self._clock()
        while self._held:
            until, _token = next(iter(self._held.values()))
            if until > now and len(self._held) <= MAX_HELD:
                return
            self._held.popitem(last=False)
