"""Discord's rate limits: five new messages and five edits in five seconds for each channel,
reported in the headers of every answer."""

from __future__ import annotations

import re
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

from aiohttp import web

CALLS, WINDOW_S = 5, 5.0
_LIMITED = re.compile(r"/channels/(\d+)/messages(?:/\d+)?")


@dataclass
class DiscordLimits:
    """Counts calls, and says how many are left."""

    refused: int = 0
    _calls: defaultdict[tuple[str, str], deque[float]] = field(
        default_factory=lambda: defaultdict[tuple[str, str], deque[float]](deque)
    )

    def headers(self, method: str, path: str) -> tuple[dict[str, str], float]:
        """An answer's headers on the limits, and how long the caller has to wait; 0 where the call
        may be made now."""
        found = _LIMITED.fullmatch(path)
        if found is None or method not in ("POST", "PATCH"):
            return {}, 0.0
        calls, now = self._calls[method, found[1]], time.monotonic()
        while calls and calls[0] <= now - WINDOW_S:
            calls.popleft()
        over = len(calls) >= CALLS
        if over:
            self.refused += 1
        else:
            calls.append(now)
        left_s = calls[0] + WINDOW_S - now
        headers = {
            "X-RateLimit-Limit": str(CALLS),
            "X-RateLimit-Remaining": str(CALLS - len(calls)),
            "X-RateLimit-Reset": f"{time.time() + left_s:.3f}",
            "X-RateLimit-Reset-After": f"{left_s:.3f}",
            "X-RateLimit-Bucket": f"messages-{method}",
        }
        return headers, left_s if over else 0.0


def refused(wait_s: float, limits: dict[str, str]) -> web.Response:
    """The answer to a call over the limits."""
    body = {"message": "You are being rate limited.", "retry_after": wait_s, "global": False}
    headers = {**limits, "Via": "1.1 google", "Retry-After": str(int(wait_s) + 1)}
    response = web.json_response(body, status=429, headers=headers)
    response.headers["Content-Type"] = "application/json"
    return response
