"""The processes that work on queues."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Executor:
    """A process that works on queues, as its heartbeat tells."""

    id: str
    queues: tuple[str, ...]
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
