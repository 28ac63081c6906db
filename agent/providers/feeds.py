"""RSS and Atom feeds as a search provider: their newest entries, searched by words."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import feedparser

from agent.matching import coverage
from agent.ports import Fetcher, PageHit, PictureHit
from agent.providers.answers import web_address
from agent.providers.texts import known, one_line
from domain.errors import FetchFailed, ProviderUnavailable
from domain.requests import Rights
from domain.research import SourceKind

MAX_FEED_BYTES = 5_000_000
MAX_ENTRIES = 200
MIN_COVERAGE = 0.6


@dataclass(frozen=True, slots=True)
class _Entry:
    title: str
    url: str
    text: str
    author: str | None
    picture: str | None


class FeedProvider:
    """The feeds of the settings; all are read at once, and one that fails is left out."""

    name = "feeds"
    local = False
    alternative = False
    kinds = frozenset({SourceKind.PAGE, SourceKind.PICTURE})

    def __init__(self, fetcher: Fetcher, *, addresses: Sequence[str]) -> None:
        self._fetcher = fetcher
        self._addresses = tuple(addresses)

    async def pages(self, query: str, *, workspace_id: str, limit: int) -> Sequence[PageHit]:
        """Entries that speak of the query, feed by feed. Raises ``ProviderUnavailable``."""
        found = await self._matching(query)
        return [
            PageHit(self.name, entry.title, entry.url, entry.text, at, author=entry.author)
            for entry, at in found
            if entry.text
        ][:limit]

    async def pictures(
        self, query: str, *, workspace_id: str, limit: int, rights: Rights
    ) -> Sequence[PictureHit]:
        """The pictures of such entries; their licenses are unknown. Raises
        ``ProviderUnavailable``."""
        if rights is not Rights.ANY:
            return []
        return [
            PictureHit(self.name, entry.title, entry.picture, entry.url, at, author=entry.author)
            for entry, at in await self._matching(query)
            if entry.picture
        ][:limit]

    async def _matching(self, query: str) -> list[tuple[_Entry, datetime]]:
        read = await asyncio.gather(*(self._entries(address) for address in self._addresses))
        if not any(entries is not None for entries in read):
            raise ProviderUnavailable(self.name, "no feed could be read")
        return [
            (entry, at)
            for entries, at in filter(None, read)
            for entry in entries
            if coverage(f"{entry.title} {entry.text}", query) >= MIN_COVERAGE
        ]

    async def _entries(self, address: str) -> tuple[list[_Entry], datetime] | None:
        try:
            fetched = await self._fetcher.get(address, max_bytes=MAX_FEED_BYTES)
        except FetchFailed:
            return None
        return await asyncio.to_thread(_parsed, fetched.body), fetched.fetched_at


def _parsed(body: bytes) -> list[_Entry]:
    parsed = feedparser.parse(body, sanitize_html=True, resolve_relative_uris=False)
    raws: list[Mapping[str, Any]] = parsed["entries"]
    entries: list[_Entry] = []
    for raw in raws[:MAX_ENTRIES]:
        url, title = web_address(raw.get("link")), one_line(raw.get("title"))
        if url is None or not title:
            continue
        content: list[Any] = raw.get("content") or []
        text = content[0].get("value") if content else raw.get("summary")
        media: list[Any] = [*raw.get("media_content", []), *raw.get("media_thumbnail", [])]
        enclosures: list[Any] = raw.get("enclosures", [])
        enclosed = [e for e in enclosures if "image" in str(e.get("type"))]
        pictures = [web_address(m.get("url") or m.get("href")) for m in (*media, *enclosed)]
        entries.append(
            _Entry(
                title=title,
                url=url,
                text=one_line(text, most=4000),
                author=known(raw.get("author")),
                picture=next((picture for picture in pictures if picture), None),
            )
        )
    return entries
