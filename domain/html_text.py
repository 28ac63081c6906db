"""HTML's character references, whatever they contain."""

from __future__ import annotations

import html
import re

# Python refuses to read numbers of thousands of digits; no character has a number of nine.
_LONG_REFERENCE = re.compile(r"&#\d{9,};?")


def unescaped(text: str) -> str:
    """The text with its character references replaced; numbers of no character become U+FFFD."""
    return html.unescape(_LONG_REFERENCE.sub("\ufffd", text))
