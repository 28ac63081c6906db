"""Notices that a user gets once a day at the most."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from bot.memory import ShortMemory
from bot.slack.payloads.slack_event import SlackEvent
from domain.errors import StorageUnavailable

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


class StrangerNotices:
    """Notices to users of other workspaces that they cannot use Limner: one a day in each thread,
    since they talk there anyway, and Limner is no part of it."""

    def __init__(self, count_today: Callable[[str], Awaitable[int]] | None) -> None:
        """``count_today`` counts what the processes together do within a day."""
        self._count_today = count_today
        self._sent = OnceADay()

    async def was_sent(self, turn: SlackEvent) -> bool:
        """Note that the person is informed now; True where they were within a day."""
        thread = turn.thread or turn.message or ""
        key = f"{turn.tenant.workspace_id}/{turn.channel}/{thread}/{turn.member_id}"
        if not self._sent.is_first(key):
            return True
        if self._count_today is None:
            return False
        # Other processes may have informed them. Only a digest is kept, which identifies no user.
        digest = hashlib.sha256(key.encode()).hexdigest()
        with suppress(StorageUnavailable):
            return await self._count_today(f"slack-notice:{digest[:40]}") > 1
        return False
