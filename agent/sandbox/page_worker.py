"""Reads the article of an HTML page with trafilatura: its text without menus, advertising and
scripts, and what the page says about itself."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import trafilatura
from trafilatura.utils import load_html

from agent.sandbox import plain_page_worker
from agent.sandbox.charsets import codec_of_header, declared_codec, decoded, is_utf8
from agent.sandbox.furniture import MAX_LINE_CHARS
from agent.sandbox.hidden_text import hidden_names, is_hidden
from agent.sandbox.page_checks import declared_wall, shown_wall, without_furniture
from agent.sandbox.texts import clean, line
from agent.sandbox.worker import CannotBeRead

MAX_TAGS = 50_000
"""Pages with more are read the plain way at once: trafilatura takes about 70 µs for a tag, and far
longer for some."""
MAX_SHOWN_LINES = 2_000
MAX_SHORT_CHARS = 100_000
"""A page with more is long enough to be read line by line."""
_WHOLE = frozenset({"html", "body", "head"})
"""Elements that are never hidden: sites hide the whole page until a script has run."""
_BLOCKS = ("h1", "h2", "h3", "h4", "p", "li", "blockquote", "figcaption")
_UNREAD = frozenset({"script", "style", "noscript", "template"})


def run(facts: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The article. ``facts`` are the page's ``url``, its ``content_type`` header, and ``today``
    (ISO 8601), after which no page was written.

    Raises:
        CannotBeRead: A wall stands in place of its text.
    """
    if data.count(b"<") > MAX_TAGS:
        return _plainly(facts, data)
    try:
        return _article(facts, data)
    except CannotBeRead:
        raise
    except (Exception, RecursionError):
        return _plainly(facts, data)


def _plainly(facts: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    return plain_page_worker.run({**facts, "html": True}, data)


def _article(facts: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    codecs = codec_of_header(facts["content_type"]), declared_codec(data)
    page = decoded(data, *codecs)
    if wall := declared_wall(page):
        raise CannotBeRead(wall.value)
    # Without a declaration trafilatura guesses.
    tree: Any = load_html(page if any(codecs) or is_utf8(data) else data)
    if tree is None:
        return {"title": ""}, [b""]
    _drop_hidden(tree, hidden_names(page))
    shown = _shown_lines(tree)
    blocks = _blocks(tree) if len(page) <= MAX_SHORT_CHARS else []
    found: Any = trafilatura.bare_extraction(
        tree,
        url=facts["url"],
        with_metadata=True,
        include_comments=False,
        include_tables=True,
        # A date that is declared and not one that stands anywhere in the text.
        date_extraction_params={
            "original_date": True,
            "extensive_search": False,
            "max_date": facts["today"],
        },
    )
    if found is None:
        return {"title": ""}, [b""]
    about = {
        "title": line(found.title),
        "author": line(found.author),
        "license": line(found.license),
        "site_name": line(found.sitename),
        "published": _day(found.date),
    }
    text = _in_lines(clean(str(found.text or "")), blocks)
    if wall := shown_wall(about["title"] or "", text, shown):
        raise CannotBeRead(wall.value)
    return about, [without_furniture(text).encode()]


def _drop_hidden(tree: Any, names: frozenset[str]) -> None:
    """Remove the parts of a page that readers cannot see."""
    hidden = [
        element
        for element in tree.iter()
        if isinstance(element.tag, str)
        and element.tag not in _WHOLE
        and (
            element.tag in ("noscript", "template")
            or (element.attrib and is_hidden(element.tag, element.attrib, names))
        )
    ]
    for element in hidden:
        if element.getparent() is not None:
            element.drop_tree()


def _shown_lines(tree: Any) -> list[str]:
    """The short lines of a page, among which a paywall says that the text goes on."""
    lines: list[str] = []
    for element in tree.iter():
        if isinstance(element.tag, str) and element.tag not in _UNREAD:
            text = (element.text or "").strip()
            if 10 <= len(text) <= MAX_LINE_CHARS:
                lines.append(text)
            if len(lines) >= MAX_SHOWN_LINES:
                break
    return lines


def _blocks(tree: Any) -> list[str]:
    """The texts of a page's headings, paragraphs and items, which each have a line of their own."""
    texts = (" ".join(element.text_content().split()) for element in tree.iter(*_BLOCKS))
    return [text for text in itertools.islice(texts, MAX_SHOWN_LINES) if text]


def _in_lines(text: str, blocks: list[str]) -> str:
    """A text that was read in a single line, as short pages are, with a line for each block."""
    if "\n" in text:
        return text
    lines: list[str] = []
    at = 0
    for block in blocks:
        start = text.find(block, at)
        if start >= 0:
            lines += [text[at:start], block]
            at = start + len(block)
    return "\n".join(line.strip() for line in (*lines, text[at:]) if line.strip())


def _day(value: object) -> str | None:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        return None
