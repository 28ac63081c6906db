"""RSS and Atom feeds as a search provider: their newest entries, searched by words."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from agent.ports import Fetcher, PageHit, PictureHit, SearchProvider
from agent.providers.spec import Access, ProviderSpec
from domain.errors import FetchFailed, ProviderUnavailable
from domain.requests import Rights
from domain.research import SourceKind
from domain.translation.messages import gettext

if TYPE_CHECKING:
    from agent.providers.feed_reader import FeedEntry
    from agent.sandbox.pool import WorkerPool

AT_ONCE = 4
"""Feeds read at the same time: each takes a process."""
MIN_COVERAGE = 0.6


class FeedProvider:
    """The feeds of the settings; all are read at once, and one that fails is left out."""

    name = "feeds"
    local = False
    alternative = False
    kinds = frozenset({SourceKind.PAGE, SourceKind.PICTURE})

    def __init__(
        self, fetcher: Fetcher, *, addresses: Sequence[str], pool: WorkerPool | None = None
    ) -> None:
        self._fetcher = fetcher
        self._pool = pool
        self._addresses = tuple(addresses)
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def pages(self, query: str, *, workspace_id: str, limit: int) -> Sequence[PageHit]:
        """Entries about the query, feed by feed. Raises ``ProviderUnavailable``."""
        found = await self._matching(query)
        return [
            PageHit(
                provider=self.name,
                title=entry.title,
                url=entry.url,
                text=entry.text,
                fetched_at=at,
                author=entry.author,
                published_at=entry.published_at,
            )
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

    async def _matching(self, query: str) -> list[tuple[FeedEntry, datetime]]:
        from agent.providers.matching import coverage

        read = await asyncio.gather(*(self._entries(address) for address in self._addresses))
        if not any(entries is not None for entries in read):
            raise ProviderUnavailable(self.name, gettext("none of the feeds could be read"))
        return [
            (entry, at)
            for entries, at in filter(None, read)
            for entry in entries
            if coverage(f"{entry.title} {entry.text}", query) >= MIN_COVERAGE
        ]

    async def _entries(self, address: str) -> tuple[list[FeedEntry], datetime] | None:
        from agent.providers.feed_reader import read_feed

        try:
            async with self._turn:
                return await read_feed(self._fetcher, address, pool=self._pool)
        except FetchFailed:
            return None


def build(access: Access) -> SearchProvider:
    """The provider, as the settings say."""
    return FeedProvider(access.fetcher, addresses=access.feeds, pool=access.pool)


SPEC = ProviderSpec(
    name="feeds", title="RSS and Atom feeds", needs_feeds=True, gives_news=True, build=build
)
