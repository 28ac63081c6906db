"""Reads the article of an HTML page with trafilatura: its text without menus, advertising and
scripts, and what the page says about itself."""

from __future__ import annotations

from datetime import date
from typing import Any

import trafilatura

from agent.sandbox import plain_page_worker
from agent.sandbox.charsets import codec_of_header, declared_codec, decoded
from agent.sandbox.texts import clean, line

MAX_TAGS = 50_000
"""Pages with more are read the plain way at once: trafilatura takes about 70 µs for a tag, and far
longer for some."""


def run(facts: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The article. ``facts`` are the page's ``url``, its ``content_type`` header, and ``today``
    (ISO 8601), after which no page was written."""
    if data.count(b"<") > MAX_TAGS:
        return _plainly(facts, data)
    try:
        return _article(facts, data)
    except (Exception, RecursionError):
        return _plainly(facts, data)


def _plainly(facts: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    return plain_page_worker.run({**facts, "html": True}, data)


def _article(facts: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    codec = codec_of_header(facts["content_type"]) or declared_codec(data)
    found: Any = trafilatura.bare_extraction(
        # Without a declaration trafilatura guesses.
        decoded(data, codec) if codec else data,
        url=facts["url"],
        with_metadata=True,
        include_comments=False,
        include_tables=True,
        # A date that is said and not one that stands anywhere in the text.
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
        "published": _day(found.date),
    }
    return about, [clean(str(found.text or "")).encode()]


def _day(value: object) -> str | None:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        return None
