"""Cleaning what providers say about a page or a picture: it is data, and it may hold anything."""

from __future__ import annotations

import html
import re
import unicodedata

_TAG = re.compile(r"<[^>]{0,2000}>")
_HIDDEN = re.compile(r"<(script|style)\b", re.IGNORECASE)
_ENDS = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "style")}


def one_line(value: object, *, most: int = 300) -> str:
    """Plain text on one line: no HTML, no control characters, at most ``most`` characters."""
    if not isinstance(value, (str, int, float)):
        return ""
    text = html.unescape(_TAG.sub(" ", _shown(str(value)[: most * 20])))
    text = unicodedata.normalize("NFC", text)
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    text = "".join(c for c in text if unicodedata.category(c)[0] != "C" or c == "\u200d")
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _shown(text: str) -> str:
    """Without scripts and styles; in one pass, since many of them may never end."""
    parts: list[str] = []
    at = 0
    endless: set[str] = set()
    for match in _HIDDEN.finditer(text):
        name = match[1].lower()
        end = None
        if match.start() >= at and name not in endless:
            end = _ENDS[name].search(text, match.end())
            endless |= set() if end else {name}
        if end:
            parts += [text[at : match.start()], " "]
            at = end.end()
    return "".join(parts) + text[at:]


def known(value: object, *, most: int = 200) -> str | None:
    """The same, and None where nothing is said."""
    return one_line(value, most=most) or None


def paragraphs(value: object, *, most: int = 400_000) -> str:
    """Plain text with its line breaks, at most ``most`` characters."""
    if not isinstance(value, str):
        return ""
    text = unicodedata.normalize("NFC", value[:most])
    return "".join(c for c in text if c == "\n" or unicodedata.category(c)[0] != "C").strip()


def pixels(value: object) -> int | None:
    """A side of a picture in pixels, where it is said."""
    return value if isinstance(value, int) and 0 < value < 1_000_000 else None
