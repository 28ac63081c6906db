"""Whether a story is about what a schedule asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from agent.news.features import Features, telling

MAX_PARTS = 5
ENOUGH = 0.6
"""The share of a topic's words that must stand in a story."""
FOUND_BY_SEARCH = 0.7
"""How relevant a story is at least, when a search for the topic found it."""
_BETWEEN = re.compile(r"\s*(?:[,;|\n]|\s/\s|\bor\b|\boder\b|\bou\b)\s*", re.IGNORECASE)


def topics(topic: str) -> tuple[str, ...]:
    """The topics of a schedule: "space, astronomy or rockets" names three; any of them will do."""
    parts = (part.strip() for part in _BETWEEN.split(topic))
    return tuple(dict.fromkeys(part for part in parts if part))[:MAX_PARTS]


def relevance(wanted: Sequence[str], told: Iterable[Features], *, searched: bool) -> float:
    """How much (0 to 1) an event's articles speak of one of the topics; 1 without any topic, and 0
    for less than ``ENOUGH``. ``searched`` is whether a search for the topics found one."""
    if not wanted:
        return 1.0
    words = {word for features in told for word in features.all}
    best = max(_held(telling(topic, dates=False), words) for topic in wanted)
    best = max(best, FOUND_BY_SEARCH if searched else 0.0)
    return best if best >= ENOUGH else 0.0


def _held(topic: frozenset[str], words: set[str]) -> float:
    return len(topic & words) / len(topic) if topic else 0.0
