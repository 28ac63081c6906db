"""The processes that work on queues."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Executor:
    """A process that works on queues, by its heartbeat.

    ``id`` is unique to one run of it; ``place`` is what it shares with the runs before and after
    it, of which one at a time lives.
    """

    id: str
    queues: tuple[str, ...]
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime

    @property
    def place(self) -> str:
        """The part of the id that stays when the process is started again."""
        return self.id.partition(".")[0]
