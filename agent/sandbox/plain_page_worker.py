"""Reads texts, and pages for which the thorough extractor takes too long: linear time, no tree."""

from __future__ import annotations

import re
from typing import Any

from agent.sandbox.charsets import codec_of_header, declared_codec, decoded
from agent.sandbox.hidden_text import hidden_names, is_hidden
from agent.sandbox.page_checks import declared_wall, shown_wall, without_furniture
from agent.sandbox.texts import MAX_TEXT_CHARS, clean, line
from agent.sandbox.worker import CannotBeRead
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
_NEVER_HIDDEN = frozenset(
    {"html", "head", "body", "area", "base", "br", "col", "embed", "hr", "img", "input", "link"}
    | {"meta", "source", "track", "wbr"}
)
"""The whole page, which sites hide until a script has run, and elements without content."""
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s?=\s?(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+)))?""")
MAX_TAG_CHARS = 4_000
_SPACE = re.compile(r"[^\S\n]+")


def run(facts: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The text of an HTML page, or of a plain text where ``facts["html"]`` is false.

    ``facts["content_type"]`` is the Content-Type header.
    """
    codec = codec_of_header(facts["content_type"])
    if not facts["html"]:
        return {"title": ""}, [clean(decoded(data[: 8 * MAX_TEXT_CHARS], codec)).encode()]
    page = decoded(data, codec, declared_codec(data))
    if wall := declared_wall(page):
        raise CannotBeRead(wall.value)
    title, text = extracted(page)
    if wall := shown_wall(title, text):
        raise CannotBeRead(wall.value)
    return {"title": title}, [without_furniture(text).encode()]


def extracted(page: str) -> tuple[str, str]:
    """The title and the readable text of an HTML page, without hidden text."""
    parts: list[str] = []
    title = ""
    hidden, depth = "", 0
    length = 0
    names = hidden_names(page)
    for number, match in enumerate(_TAG.finditer(page[:MAX_HTML_CHARS])):
        name = _NAME.match(match[1])
        closes, element = (name[1], name[2].lower()) if name else ("", "")
        if hidden == "p" and element in _BREAKS and element != "br":
            hidden = ""  # a paragraph ends where another block begins
        if hidden:
            if element == hidden and hidden not in _HIDDEN:
                depth += -1 if closes else 1
            if not closes or element != hidden or (depth and hidden not in _HIDDEN):
                continue
            hidden = ""
        elif not closes and (element in _HIDDEN or _is_hidden(element, match[1], names)):
            hidden, depth = element, 1
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


def _is_hidden(element: str, tag: str, names: frozenset[str]) -> bool:
    if element != "dialog" and not any(blank in tag for blank in " \n\t"):
        return False
    if element in _NEVER_HIDDEN or tag.endswith("/"):
        return False
    found = _ATTRIBUTE.findall(tag[len(element) : MAX_TAG_CHARS])
    attributes = {name.lower(): unescaped(a or b or c) for name, a, b, c in found}
    return is_hidden(element, attributes, names)


def _without_menus(text: str) -> str:
    lines = [_SPACE.sub(" ", entry).strip() for entry in text.split("\n")]
    long = [entry for entry in lines if len(entry) >= SHORT_LINE_CHARS]
    chosen = long if sum(map(len, long)) >= ENOUGH_CHARS else [entry for entry in lines if entry]
    return "\n".join(chosen)
