"""Reads RSS, Atom and JSON feeds, as they really are."""

from __future__ import annotations

import calendar
import codecs
import html
import io
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urljoin

import feedparser

from agent.sandbox.charsets import codec_of, codec_of_header
from agent.sandbox.found_texts import known, one_line

MAX_ENTRIES = 200
MAX_SUMMARY_CHARS = 1_000
MAX_TEXT_CHARS = 4_000
MAX_ADDRESS_CHARS = 2_048
_DECLARED = re.compile(rb"(^\s*<\?xml[^>]{0,100}?)\s+encoding\s*=\s*[\"']([^\"'>]{0,100})[\"']")
_DECLARATION_BYTES = 1_000
MOST_DATES_READ = 40
"""Dates in other forms than feeds should have: each takes some milliseconds."""
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"),
    (b"<\0r\0", "utf-16-le"), (b"\0<\0r", "utf-16-be"),
)  # fmt: skip
_EAST_ASIAN = re.compile(
    r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일](?:\D{0,8}(\d{1,2})[:時时시](\d{2})?)?"
)
_LINK = re.compile(r"<link\b[^>]{0,2000}>", re.IGNORECASE)
_PART = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))")
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")
_HEAD_CHARS = 300_000


def run(facts: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The feed's newest 200 entries, cleaned, dated ones first; those without a title or an address
    are left out. ``known`` is whether it is a feed at all, and ``feeds`` are the addresses of those
    that a page names instead. Addresses are not checked.

    ``facts`` are its ``url`` and ``content_type`` header. Raises the errors of feedparser and of
    the JSON parser.
    """
    data = _narrow(data)
    json_feed = _json_feed(data)
    if json_feed is not None:
        read = [_json_entry(item) for item in json_feed]
        return {"known": True, "entries": _newest(read), "feeds": []}, []
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
    dates = _Dates()
    is_feed = bool(parsed.get("version")) or bool(raws)
    found = {
        "known": is_feed,
        "entries": _newest([_entry(raw, dates) for raw in raws]),
        "feeds": [] if is_feed else _named_feeds(data, facts["url"]),
    }
    return found, []


def _newest(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The newest 200: a feed may begin with its oldest. Undated ones keep their order."""
    usable = [entry for entry in entries if entry["title"] and entry["url"]]
    dated = [entry for entry in usable if entry["published_at"] is not None]
    dated.sort(key=lambda entry: -entry["published_at"])
    undated = [entry for entry in usable if entry["published_at"] is None]
    return [*dated, *undated][:MAX_ENTRIES]


def _narrow(data: bytes) -> bytes:
    """A feed in UTF-16 or UTF-32 as UTF-8, without its declaration."""
    for mark, codec in _WIDE:
        if data.startswith(mark):
            text = data.decode(codec, "replace").lstrip("\ufeff")
            return re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", text).encode()
    return data


def _json_feed(data: bytes) -> list[Mapping[str, Any]] | None:
    """The items of a JSON Feed (https://www.jsonfeed.org/version/1.1/); None for anything else."""
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    try:
        feed: Any = json.loads(data.decode("utf-8-sig", "replace"))
    except ValueError:
        return None
    items: Any = feed.get("items")
    if "jsonfeed.org" not in str(feed.get("version")) or not isinstance(items, list):
        return None
    listed = cast("Sequence[Any]", items)
    return [cast("Mapping[str, Any]", item) for item in listed if isinstance(item, dict)]


def _json_entry(raw: Mapping[str, Any]) -> dict[str, Any]:
    text = raw.get("content_text") or raw.get("content_html") or raw.get("summary")
    name = _name(raw.get("authors") or [raw.get("author")])
    at = _iso_seconds(str(raw.get("date_published") or raw.get("date_modified") or ""))
    return {
        "title": one_line(raw.get("title") or raw.get("summary")),
        "url": _address(raw.get("url") or raw.get("external_url") or raw.get("id")),
        "summary": one_line(raw.get("summary") or text, most=MAX_SUMMARY_CHARS),
        "text": one_line(text, most=MAX_TEXT_CHARS),
        "author": known(name),
        "picture": _address(raw.get("image") or raw.get("banner_image")),
        "published_at": at,
    }


def _name(authors: Any) -> object:
    """The name of the first author."""
    listed = cast("Sequence[Any]", authors) if isinstance(authors, list) else (authors,)
    first: Any = listed[0] if listed else None
    return cast("Mapping[str, Any]", first).get("name") if isinstance(first, dict) else None


def _iso_seconds(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _named_feeds(data: bytes, url: str) -> list[str]:
    """The feeds that a page names in its head, in its order."""
    page = data[:_HEAD_CHARS].decode("utf-8", "replace")
    feeds: list[str] = []
    for link in _LINK.findall(page):
        parts = {m[1].casefold(): html.unescape(m[2] or m[3] or m[4] or "")
                 for m in _PART.finditer(link)}  # fmt: skip
        if "alternate" in parts.get("rel", "").casefold().split() and (
            parts.get("type", "").casefold().strip() in _FEED_TYPES
        ):
            address = _address(urljoin(url, parts.get("href", "").strip()))
            feeds += [address] if address else []
    return list(dict.fromkeys(feeds))[:5]


def _in_known_charset(data: bytes) -> bytes:
    """The feed without a declaration of a character set that is not read: feedparser would try any
    codec of Python's."""
    match = _DECLARED.search(data[:_DECLARATION_BYTES])
    if match is None or codec_of(match[2].decode("ascii", "replace")) is not None:
        return data
    return match[1] + data[match.end() :]


def _entry(raw: Mapping[str, Any], dates: _Dates) -> dict[str, Any]:
    content: Sequence[Any] = raw.get("content") or []
    text = content[0].get("value") if content else raw.get("summary")
    return {
        "title": one_line(raw.get("title")),
        "url": _address(raw.get("link")),
        "summary": one_line(raw.get("summary") or text, most=MAX_SUMMARY_CHARS),
        "text": one_line(text, most=MAX_TEXT_CHARS),
        "author": known(raw.get("author")),
        "picture": _picture(raw),
        "published_at": _seconds(raw, dates),
    }


def _picture(raw: Mapping[str, Any]) -> str | None:
    media: list[Any] = [*raw.get("media_content", []), *raw.get("media_thumbnail", [])]
    media += [e for e in raw.get("enclosures", []) if "image" in str(e.get("type"))]
    found = (_address(m.get("url") or m.get("href")) for m in media)
    return next((picture for picture in found if picture), None)


def _address(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= MAX_ADDRESS_CHARS else None


def _seconds(raw: Mapping[str, Any], dates: _Dates) -> int | None:
    """The time of its first publication by its own account, in seconds since 1970 (UTC)."""
    text = str(raw.get("published") or raw.get("updated") or "")
    east_asian = _EAST_ASIAN.search(text)
    if east_asian is not None:
        return _iso_seconds(
            "{:0>4}-{:0>2}-{:0>2}T{:0>2}:{:0>2}".format(
                *(part or "0" for part in east_asian.groups())
            )
        )
    published = raw.get("published_parsed") or raw.get("updated_parsed")
    try:
        if published:
            return calendar.timegm(published)
    except (ValueError, OverflowError):
        return None
    return dates.read(text)


class _Dates:
    """Reads dates in the languages of people; the language of the first is tried first."""

    def __init__(self) -> None:
        self._left = MOST_DATES_READ
        self._languages: list[str] | None = None

    def read(self, text: str) -> int | None:
        """Seconds since 1970 (UTC); None where the text is no whole date."""
        if not re.search(r"\d.*\D.*\d|\d{4}", text) or len(text) > 80 or not self._left:
            return None
        self._left -= 1
        from dateparser.date import DateDataParser  # hardly any feed needs it

        parser = DateDataParser(
            languages=self._languages,
            settings={
                "PARSERS": ["absolute-time"],
                "REQUIRE_PARTS": ["day", "month", "year"],
                "TIMEZONE": "UTC",
                "RETURN_AS_TIMEZONE_AWARE": True,
            },
        )
        found = parser.get_date_data(text)
        if found.date_obj is None:
            return None
        self._languages = [str(found.locale)] if found.locale else None
        return int(found.date_obj.timestamp())
