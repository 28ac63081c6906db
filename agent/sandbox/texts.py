"""Text that was found in a document, without characters that readers cannot see."""

from __future__ import annotations

import unicodedata

from domain.normal_forms import normalized

MAX_TEXT_CHARS = 400_000
MAX_LINE_CHARS = 300
_KEPT = frozenset("\n\t\u200d")
"""Line breaks, tabs, and the joiner that emoji and several scripts need."""


def clean(text: str) -> str:
    """In normal form C, without control characters and the like; line breaks stay. At most 400,000
    characters."""
    text = normalized("NFC", text[: 2 * MAX_TEXT_CHARS].replace("\r\n", "\n").replace("\r", "\n"))
    hidden = {c for c in set(text) - _KEPT if unicodedata.category(c)[0] == "C"}
    if hidden:
        text = text.translate(dict.fromkeys(map(ord, hidden)))
    return text.strip()[:MAX_TEXT_CHARS]


def line(value: object, *, most: int = MAX_LINE_CHARS) -> str:
    """The same on one line."""
    return " ".join(clean(str(value or "")[: most * 20]).split())[:most]
