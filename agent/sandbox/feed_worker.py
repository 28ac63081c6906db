"""Reads RSS and Atom feeds, as they really are."""

from __future__ import annotations

import calendar
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import feedparser

from agent.sandbox.charsets import codec_of, codec_of_header
from agent.sandbox.found_texts import known, one_line

MAX_ENTRIES = 200
MAX_SUMMARY_CHARS = 1_000
MAX_TEXT_CHARS = 4_000
MAX_ADDRESS_CHARS = 2_048
_DECLARED = re.compile(rb"(^\s*<\?xml[^>]{0,100}?)\s+encoding\s*=\s*[\"']([^\"'>]{0,100})[\"']")
_DECLARATION_BYTES = 1_000


def run(facts: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """What the feed's first 200 entries say, all of it cleaned; those without a title or an address
    are left out. ``known`` is whether it is a feed at all. Addresses are not checked.

    ``facts`` are its ``url`` and ``content_type`` header. Raises whatever feedparser raises.
    """
    media_type = facts["content_type"].partition(";")[0]
    codec = codec_of_header(facts["content_type"])
    # Bytes alone would be taken for the name of a file to open.
    parsed = feedparser.parse(
        io.BytesIO(_in_known_charset(data)),
        sanitize_html=False,
        resolve_relative_uris=False,
        response_headers={
            "content-type": f"{media_type}; charset={codec}" if codec else media_type,
            "content-location": facts["url"],
        },
    )
    raws: list[Mapping[str, Any]] = parsed["entries"]
    read = (_entry(raw) for raw in raws[:MAX_ENTRIES])
    found = {
        "known": bool(parsed.get("version")) or bool(raws),
        "entries": [entry for entry in read if entry["title"] and entry["url"]],
    }
    return found, []


def _in_known_charset(data: bytes) -> bytes:
    """The feed without a declaration of a character set that is not read: feedparser would try any
    codec of Python's."""
    match = _DECLARED.search(data[:_DECLARATION_BYTES])
    if match is None or codec_of(match[2].decode("ascii", "replace")) is not None:
        return data
    return match[1] + data[match.end() :]


def _entry(raw: Mapping[str, Any]) -> dict[str, Any]:
    content: Sequence[Any] = raw.get("content") or []
    text = content[0].get("value") if content else raw.get("summary")
    return {
        "title": one_line(raw.get("title")),
        "url": _address(raw.get("link")),
        "summary": one_line(raw.get("summary") or text, most=MAX_SUMMARY_CHARS),
        "text": one_line(text, most=MAX_TEXT_CHARS),
        "author": known(raw.get("author")),
        "picture": _picture(raw),
        "published_at": _seconds(raw),
    }


def _picture(raw: Mapping[str, Any]) -> str | None:
    media: list[Any] = [*raw.get("media_content", []), *raw.get("media_thumbnail", [])]
    media += [e for e in raw.get("enclosures", []) if "image" in str(e.get("type"))]
    found = (_address(m.get("url") or m.get("href")) for m in media)
    return next((picture for picture in found if picture), None)


def _address(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= MAX_ADDRESS_CHARS else None


def _seconds(raw: Mapping[str, Any]) -> int | None:
    """When it says it was published first, in seconds since 1970 (UTC)."""
    said = raw.get("published_parsed") or raw.get("updated_parsed")
    try:
        return calendar.timegm(said) if said else None
    except (ValueError, OverflowError):
        return None
