"""What the feeds and the news searches of a schedule give, cleaned, each page once."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from agent.fetching.failures import UNREADABLE, fail_as
from agent.news.dates import believable
from agent.news.feeds import Feeds, is_dead
from agent.news.headlines import clean, site_tails, squashed
from agent.news.sites import canonical, site_of
from agent.ports import Cache, Fetcher, PageHit, SearchProvider
from agent.providers.feed_reader import FeedEntry
from agent.sandbox.pool import WorkerPool
from domain.errors import FetchFailed, ProviderUnavailable
from domain.news import NewsItem
from domain.research import SourceKind
from domain.sentences import sentences
from domain.translation.messages import gettext

MAX_FEEDS = 40
FEEDS_AT_ONCE = 4
"""Feeds read at the same time: each takes a connection and a process."""
ENTRIES_PER_FEED = 100
HITS_PER_TOPIC = 40
MAX_ITEMS = 500
OLDEST = timedelta(days=14)
"""Older articles tell nothing about today."""
MAX_SUMMARY_CHARS = 1_500
"""Of an article's text where the feed has it: more tells two events of one kind apart."""
FURNITURE = 3
"""Articles of a site that hold a sentence, from which on it belongs to the site."""


@dataclass(frozen=True, slots=True)
class Collected:
    """Articles, the newest first; the addresses of those that a search for the topics gave; and
    what went wrong, one sentence each."""

    items: tuple[NewsItem, ...] = ()
    searched: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
    dead: tuple[tuple[str, str], ...] = ()
    """The feeds that are missing, gone or no feeds, each with what to tell of it."""


@dataclass
class _Basket:
    items: list[NewsItem] = field(default_factory=list[NewsItem])
    searched: set[str] = field(default_factory=set[str])
    problems: list[str] = field(default_factory=list[str])
    dead: dict[str, str] = field(default_factory=dict[str, str])


class Collector:
    """Reads feeds and asks news searches, several at once."""

    def __init__(
        self,
        fetcher: Fetcher,
        providers: Sequence[SearchProvider],
        *,
        pool: WorkerPool | None = None,
        cache: Cache | None = None,
    ) -> None:
        self._feeds = Feeds(fetcher, pool=pool, cache=cache)
        self._providers = [p for p in providers if SourceKind.PAGE in p.kinds]
        self._turn = asyncio.Semaphore(FEEDS_AT_ONCE)

    async def collect(
        self, feeds: Sequence[str], topics: Sequence[str], *, workspace_id: str
    ) -> Collected:
        """What the feeds hold, and what searches for the topics find. A feed or a search that fails
        is a problem and never an error."""
        basket = _Basket()
        read = list(dict.fromkeys(feeds))
        if len(read) > MAX_FEEDS:
            basket.problems.append(
                gettext(
                    "Only the first {max_feeds} of {count} feeds were read.",
                    max_feeds=MAX_FEEDS,
                    count=len(read),
                )
            )
        await asyncio.gather(
            *(self._feed(url, basket) for url in read[:MAX_FEEDS]),
            *(self._search(topic, workspace_id, basket) for topic in topics),
        )
        items = await asyncio.to_thread(tidied, basket.items)
        kept = {item.url for item in items}
        return Collected(
            tuple(items),
            frozenset(basket.searched & kept),
            tuple(sorted(set(basket.problems))),
            tuple(sorted(basket.dead.items())),
        )

    async def check(self, feeds: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """The feeds that cannot be read, each with why and how it is."""
        basket = _Basket()
        await asyncio.gather(*(self._feed(url, basket) for url in dict.fromkeys(feeds)))
        return tuple(sorted(basket.dead.items()))

    async def _feed(self, url: str, basket: _Basket) -> None:
        try:
            with fail_as(FetchFailed(url, UNREADABLE)):
                async with self._turn:
                    entries, at = await self._feeds.read(url)
                basket.items += [_from_feed(entry, at) for entry in entries[:ENTRIES_PER_FEED]]
        except FetchFailed as error:
            why = gettext("The feed {url!r} couldn't be read: {why}.", url=url[:200], why=error.why)
            basket.problems.append(why)
            if is_dead(error):
                basket.dead[url] = why

    async def _search(self, topic: str, workspace_id: str, basket: _Basket) -> None:
        async def ask(provider: SearchProvider) -> Sequence[PageHit]:
            try:
                return await provider.pages(topic, workspace_id=workspace_id, limit=HITS_PER_TOPIC)
            except ProviderUnavailable as error:
                basket.problems.append(str(error))
                return []

        async def first_of(engines: Sequence[SearchProvider]) -> Sequence[PageHit]:
            for engine in engines:
                if hits := await ask(engine):
                    return hits
            return []

        engines = [provider for provider in self._providers if provider.alternative]
        beside = [provider for provider in self._providers if not provider.alternative]
        for hits in await asyncio.gather(first_of(engines), *map(ask, beside)):
            found = [_from_search(hit) for hit in hits[:HITS_PER_TOPIC]]
            basket.items += found
            basket.searched |= {item.url for item in found}


def _from_feed(entry: FeedEntry, at: datetime) -> NewsItem:
    return NewsItem(
        title=entry.title,
        url=entry.url,
        site=site_of(entry.url),
        summary=_told(entry)[:MAX_SUMMARY_CHARS],
        seen_at=at,
        published_at=believable(entry.published_at, url=entry.url, seen_at=at),
        author=entry.author,
        picture_url=entry.picture,
    )


def _told(entry: FeedEntry) -> str:
    """What the feed says beside the headline: its whole text where it has more than a summary."""
    return entry.text if len(entry.text) > len(entry.summary) else entry.summary


def _from_search(hit: PageHit) -> NewsItem:
    return NewsItem(
        title=hit.title,
        url=hit.url,
        site=site_of(hit.url),
        # Some searches know headlines alone, and give them as texts.
        summary="" if hit.text == hit.title else hit.text[:MAX_SUMMARY_CHARS],
        seen_at=hit.fetched_at,
        published_at=believable(hit.published_at, url=hit.url, seen_at=hit.fetched_at),
        author=hit.author,
    )


def tidied(items: Iterable[NewsItem]) -> list[NewsItem]:
    """The articles without their sites' names and repeated sentences, each page once, the newest
    first and at most 500; the same articles give the same, in whatever order they came."""
    pages: dict[str, NewsItem] = {}
    for item in sorted(items, key=_telling_most):
        pages.setdefault(canonical(item.url), item)
    tails, furniture = site_tails(pages.values()), _furniture(pages.values())
    fresh = [
        replace(
            item,
            title=clean(item.title, site=item.site, tails=tails.get(item.site, ())),
            summary=_without(item.summary, furniture[item.site]),
        )
        for item in pages.values()
        if item.published_at is None or item.seen_at - item.published_at <= OLDEST
    ]
    return sorted(fresh, key=_newest)[:MAX_ITEMS]


def _telling_most(item: NewsItem) -> tuple[bool, float, int, str, str, str]:
    """Sorts first what of one page is to be kept: what is dated, and of that the oldest date."""
    at = item.published_at.timestamp() if item.published_at else 0.0
    undated = item.published_at is None
    return (undated, at, -len(item.summary), item.url, item.title, item.summary)


def _newest(item: NewsItem) -> tuple[float, str]:
    return (-item.published_at.timestamp() if item.published_at else 0.0, item.url)


def _furniture(items: Iterable[NewsItem]) -> defaultdict[str, set[str]]:
    """The sentences that each site puts under many articles, squashed."""
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        seen[item.site].update({squashed(s.text) for s in sentences(item.summary)})
    often: defaultdict[str, set[str]] = defaultdict(set)
    for site, counts in seen.items():
        often[site] = {sentence for sentence, n in counts.items() if n >= FURNITURE}
    return often


def _without(text: str, furniture: set[str]) -> str:
    found = sentences(text)
    kept = [s.text for s in found if squashed(s.text) not in furniture]
    return text if len(kept) == len(found) else " ".join(kept)
