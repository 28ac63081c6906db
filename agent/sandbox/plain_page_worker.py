"""Reads texts, and pages for which the thorough extractor takes too long: linear time, no tree."""

from __future__ import annotations

import re
from typing import Any

from agent.sandbox.charsets import codec_of_header, declared_codec, decoded
from agent.sandbox.texts import MAX_TEXT_CHARS, clean, line
from domain.html_text import unescaped

MAX_HTML_CHARS = 4_000_000
MAX_TAGS = 400_000
SHORT_LINE_CHARS = 40
"""Shorter lines are menus and buttons on most pages."""
ENOUGH_CHARS = 200
_TAG = re.compile(r"<([^<>]*)>?([^<]*)")
_NAME = re.compile(r"(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
_HIDDEN = frozenset(
    {"script", "style", "noscript", "template", "svg", "math", "iframe", "object"}
    | {"select", "textarea", "canvas", "audio", "video"}
)
_BREAKS = frozenset(
    {"address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset"}
    | {"figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header"}
    | {"hr", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td"}
    | {"th", "thead", "title", "tr", "ul"}
)
_SPACE = re.compile(r"[^\S\n]+")


def run(facts: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The text of an HTML page, or of a plain text where ``facts["html"]`` is false.

    ``facts["content_type"]`` is the Content-Type header.
    """
    codec = codec_of_header(facts["content_type"])
    if not facts["html"]:
        return {"title": ""}, [clean(decoded(data[: 8 * MAX_TEXT_CHARS], codec)).encode()]
    title, text = extracted(decoded(data, codec or declared_codec(data)))
    return {"title": title}, [text.encode()]


def extracted(page: str) -> tuple[str, str]:
    """The title and the readable text of an HTML page."""
    parts: list[str] = []
    title = ""
    hidden = ""
    length = 0
    for number, match in enumerate(_TAG.finditer(page[:MAX_HTML_CHARS])):
        name = _NAME.match(match[1])
        closes, element = (name[1], name[2].lower()) if name else ("", "")
        if hidden:
            if closes and element == hidden:
                hidden = ""
            else:
                continue
        elif element in _HIDDEN and not closes:
            hidden = element
            continue
        if element == "title" and not title and not closes:
            title = match[2]
        else:
            parts.append("\n" if element in _BREAKS else " " if element else "")
            parts.append(match[2])
            length += len(match[2])
        if length > 2 * MAX_TEXT_CHARS or number > MAX_TAGS:
            break
    if not parts:
        parts = [page[:MAX_TEXT_CHARS]]
    return line(unescaped(title)), _without_menus(clean(unescaped("".join(parts))))


def _without_menus(text: str) -> str:
    lines = [_SPACE.sub(" ", entry).strip() for entry in text.split("\n")]
    long = [entry for entry in lines if len(entry) >= SHORT_LINE_CHARS]
    chosen = long if sum(map(len, long)) >= ENOUGH_CHARS else [entry for entry in lines if entry]
    return "\n".join(chosen)
