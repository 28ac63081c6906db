"""Reads a stranger's RSS or Atom feed in a process of its own; run as a script.

Standard input holds one line of JSON (``{"url", "media_type"}``) and the feed; a JSON object
``{"known", "entries": [{"title", "url", "summary", "text", "author", "picture", "published_at"}]}``
goes to standard output. All of it is cleaned already. The process may use 512 MB and 8 s of
processor time; the kernel ends it otherwise.
"""

from __future__ import annotations

import calendar
import io
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import feedparser

from agent.limits import limit_process
from agent.providers.answers import web_address
from agent.providers.texts import known, one_line

MEMORY_BYTES = 512 << 20
CPU_S = 8
MAX_ENTRIES = 200
MAX_SUMMARY_CHARS = 1_000
MAX_TEXT_CHARS = 4_000


def entries_of(data: bytes, *, url: str, media_type: str) -> dict[str, Any]:
    """What the feed's first 200 entries say; ``known`` is whether it is a feed at all. Those
    without a title or an address are left out. Raises whatever feedparser raises."""
    # Bytes alone would be taken for the name of a file to open.
    parsed = feedparser.parse(
        io.BytesIO(data),
        sanitize_html=False,
        resolve_relative_uris=False,
        response_headers={"content-type": media_type, "content-location": url},
    )
    raws: list[Mapping[str, Any]] = parsed["entries"]
    read = (_entry(raw) for raw in raws[:MAX_ENTRIES])
    return {
        "known": bool(parsed.get("version")) or bool(raws),
        "entries": [entry for entry in read if entry["title"] and entry["url"]],
    }


def _entry(raw: Mapping[str, Any]) -> dict[str, Any]:
    content: Sequence[Any] = raw.get("content") or []
    text = content[0].get("value") if content else raw.get("summary")
    return {
        "title": one_line(raw.get("title")),
        "url": web_address(raw.get("link")),
        "summary": one_line(raw.get("summary") or text, most=MAX_SUMMARY_CHARS),
        "text": one_line(text, most=MAX_TEXT_CHARS),
        "author": known(raw.get("author")),
        "picture": _picture(raw),
        "published_at": _seconds(raw),
    }


def _picture(raw: Mapping[str, Any]) -> str | None:
    media: list[Any] = [*raw.get("media_content", []), *raw.get("media_thumbnail", [])]
    media += [e for e in raw.get("enclosures", []) if "image" in str(e.get("type"))]
    found = (web_address(m.get("url") or m.get("href")) for m in media)
    return next((picture for picture in found if picture), None)


def _seconds(raw: Mapping[str, Any]) -> int | None:
    """When it says it was published first, in seconds since 1970 (UTC)."""
    said = raw.get("published_parsed") or raw.get("updated_parsed")
    try:
        return calendar.timegm(said) if said else None
    except (ValueError, OverflowError):
        return None


if __name__ == "__main__":
    limit_process(memory_bytes=MEMORY_BYTES, cpu_s=CPU_S)
    about = json.loads(sys.stdin.buffer.readline())
    found = entries_of(sys.stdin.buffer.read(), url=about["url"], media_type=about["media_type"])
    sys.stdout.write(json.dumps(found))
