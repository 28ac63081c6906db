"""Slack's rate limits: calls of each method in a workspace within a minute, and new messages of a
channel; a client that calls more often has to wait."""

from __future__ import annotations

import time
from collections import defaultdict, deque

TIERS = {
    "agents.sessions.setStatus": 50,
    "chat.startStream": 20,
    "chat.stopStream": 20,
    "chat.update": 50,
    "chat.delete": 50,
    "conversations.history": 50,
    "conversations.info": 50,
    "conversations.join": 50,
    "conversations.open": 50,
    "conversations.replies": 50,
    "usergroups.list": 20,
    "users.list": 20,
}
"""Calls a minute; others have 100."""
SURPLUS = 20
"""Slack lets short bursts pass."""
POSTS_A_SECOND = 1.0
POSTS_AT_ONCE = 4.0


class SlackLimits:
    """Counts calls, and says how long a caller has to wait."""

    def __init__(self) -> None:
        self._calls: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._posts: dict[tuple[str, str], tuple[float, float]] = {}
        self.refused = 0

    def wait_s(self, team: str, method: str, channel: str) -> float:
        """The wait before the call may be made; 0 where it may be made now."""
        now = time.monotonic()
        wait = self._of_channel(team, channel, now) if method == "chat.postMessage" else 0.0
        if not wait and method != "chat.postMessage":
            calls = self._calls[team, method]
            while calls and calls[0] < now - 60:
                calls.popleft()
            if len(calls) >= TIERS.get(method, 100) + SURPLUS:
                wait = calls[0] + 60 - now
            else:
                calls.append(now)
        self.refused += wait > 0
        return wait

    def _of_channel(self, team: str, channel: str, now: float) -> float:
        left, at = self._posts.get((team, channel), (POSTS_AT_ONCE, now))
        left = min(left + (now - at) * POSTS_A_SECOND, POSTS_AT_ONCE)
        if left < 1.0:
            self._posts[team, channel] = (left, now)
            return (1.0 - left) / POSTS_A_SECOND
        self._posts[team, channel] = (left - 1.0, now)
        return 0.0
