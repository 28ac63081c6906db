"""Whether a process is alive, and whether it is ready to work, for those who start and stop it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

LIVE_PATH: Final = "/livez"
READY_PATH: Final = "/readyz"


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    headers: Sequence[tuple[str, str]] = (("Content-Type", "application/json"),)


class HealthPages:
    """``/livez`` answers as long as the event loop turns, even if everything else fails, so that
    nothing is restarted because a database is away. ``/readyz`` looks at each part; fits
    ``web.server.HttpMount``.
    """

    def __init__(self, ready: Callable[[], Awaitable[Mapping[str, str]]]) -> None:
        """``ready`` gives every part with a sentence about its error, empty where there is none."""
        self._ready = ready

    @property
    def routes(self) -> Sequence[tuple[str, str]]:
        """Methods and paths."""
        return (("GET", LIVE_PATH), ("GET", READY_PATH))

    async def answer(
        self, path: str, *, query: str, headers: Mapping[str, str], body: bytes
    ) -> _Answer:
        """200 where all is well, else 503, with each part."""
        del query, headers, body
        if path == LIVE_PATH:
            return _Answer(200, b'{"ok": true}')
        troubles = await self._ready()
        ok = not any(troubles.values())
        parts = {
            name: {"ok": not trouble, "text": trouble or "ok"} for name, trouble in troubles.items()
        }
        return _Answer(200 if ok else 503, json.dumps({"ok": ok, "parts": parts}).encode())
