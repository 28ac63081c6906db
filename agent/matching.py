"""How well a text speaks of a query."""

from __future__ import annotations

import re


def coverage(text: str, query: str) -> float:
    """The share of a query's words that a text holds, endings aside; 1 for an empty query."""
    words = re.findall(r"\w+", query.casefold())
    plain = text.casefold()
    # A word may carry another ending there ("rockets"), or stand inside a run of signs (富士山).
    held = sum(word[: max(4, len(word) - 2)] in plain for word in words)
    return held / len(words) if words else 1.0
