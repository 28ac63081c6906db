"""Cleaning what providers say about a page or a picture: it is data, and it may hold anything."""

from __future__ import annotations

import re
import unicodedata

from domain.html_text import unescaped
from domain.normal_forms import normalized

READ_PER_SHOWN = 8
"""Characters that are read for each that may be shown: the rest may be tags."""
_TAG = re.compile(r"<[^<>]{0,2000}>")
_HIDDEN = re.compile(r"<(script|style)\b", re.IGNORECASE)
_ENDS = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "style")}


def one_line(value: object, *, most: int = 300) -> str:
    """Plain text on one line: no HTML, no control characters, at most ``most`` characters."""
    if isinstance(value, (int, float)):
        value = str(value) if abs(value) < 1e18 else ""
    if not isinstance(value, str):
        return ""
    text = unescaped(_TAG.sub(" ", _shown(value[: most * READ_PER_SHOWN])))
    text = " ".join(normalized("NFC", text).split())
    if not text.isprintable():
        text = "".join(_printable(c) for c in text[: most * 4])
        text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _printable(character: str) -> str:
    """The character, a blank for a control, nothing for what is invisible; joiners stay, since
    emoji and several scripts need them."""
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    return "" if category[0] == "C" and character != "\u200d" else character


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
    """The same, and None where it is empty."""
    return one_line(value, most=most) or None


def paragraphs(value: object, *, most: int = 40_000) -> str:
    """Plain text with its line breaks, at most ``most`` characters."""
    if not isinstance(value, str):
        return ""
    lines = normalized("NFC", value[:most]).split("\n")
    return "\n".join(line if line.isprintable() else _shown_in(line) for line in lines).strip()


def _shown_in(line: str) -> str:
    return "".join(c for c in line if unicodedata.category(c)[0] != "C")


def pixels(value: object) -> int | None:
    """A side of a picture in pixels, where it is given."""
    return value if isinstance(value, int) and 0 < value < 1_000_000 else None
