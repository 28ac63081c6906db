"""Finds dead processes: those whose heartbeat stood still while this process was watching.

No clock of another process is looked at. What counts is whether a heartbeat changes between two
looks, and how long it did not by this process's own monotonic clock. Time in which this process did
not look, because it stood still itself or the database was away, counts for one pause between looks
at most: the others may have had no chance either.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(slots=True)
class _Seen:
    beat: str
    silent_s: float = 0.0


class Liveness:
    """Watches heartbeats that are looked at about every ``look_s`` seconds."""

    def __init__(
        self,
        *,
        dead_after_s: float,
        look_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._dead_after_s = dead_after_s
        self._most_s = 2 * look_s
        self._clock = clock
        self._seen: dict[str, _Seen] = {}
        self._looked_at = clock()

    def look(self, beats: Mapping[str, str]) -> frozenset[str]:
        """Take note of the heartbeats of all processes; gives those that are dead."""
        now = self._clock()
        watched_s = min(now - self._looked_at, self._most_s)
        self._looked_at = now
        for executor_id in [known for known in self._seen if known not in beats]:
            del self._seen[executor_id]
        for executor_id, beat in beats.items():
            seen = self._seen.get(executor_id)
            if seen is None or seen.beat != beat:
                self._seen[executor_id] = _Seen(beat)
            else:
                seen.silent_s += watched_s
        return frozenset(
            executor_id
            for executor_id, seen in self._seen.items()
            if seen.silent_s >= self._dead_after_s
        )
