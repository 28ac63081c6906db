"""Articles that nearly tell one event. A headline and one sentence often share too little with
another paper's for that to be seen; their pages are read then, and share more."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace

from agent.news.cluster import Batch, events, likenesses
from agent.news.collect import MAX_SUMMARY_CHARS
from agent.news.rank import freshness
from agent.news.reading import read_page
from agent.news.topic import relevance
from agent.ports import Fetcher
from agent.sandbox.pool import WorkerPool
from domain.errors import FetchFailed
from domain.news import NewsItem

NEAR = 0.04
"""How alike (0 to 1) two articles are, at least, for their pages to be worth reading."""
MOST_READ = 12
SAYS_ENOUGH_CHARS = 600
"""An article whose feed gives so much of its text is not read for more."""


def near_misses(
    items: Sequence[NewsItem], *, topics: Sequence[str], searched: Collection[str]
) -> list[NewsItem]:
    """Up to 12 fresh articles of which little is known, and which are nearly alike enough to tell
    one event with another site's; those most alike first."""
    batch = Batch(items)
    now = max((item.seen_at for item in batch.items), default=None)
    group_of = {index: n for n, event in enumerate(events(batch)) for index in event}
    alike = likenesses(batch)

    def may_be_read(index: int) -> bool:
        item = batch.items[index]
        wanted = relevance(topics, [batch.features[index]], searched=item.url in searched)
        return bool(wanted) and bool(freshness([item.published_at], now=now))

    pairs = sorted(
        (-likeness, one, other)
        for one, near in alike.items()
        for other, likeness in near.items()
        if other < one
        and likeness >= NEAR
        and group_of[one] != group_of[other]
        and batch.items[one].site != batch.items[other].site
    )
    found: dict[int, None] = {}
    for _likeness, one, other in pairs:
        if len(found) < MOST_READ and may_be_read(one) and may_be_read(other):
            found |= {other: None, one: None}
    brief = [n for n in found if len(batch.items[n].summary) < SAYS_ENOUGH_CHARS]
    return [batch.items[index] for index in brief[:MOST_READ]]


async def with_page_texts(
    items: Sequence[NewsItem],
    wanted: Sequence[NewsItem],
    *,
    fetcher: Fetcher,
    pool: WorkerPool | None,
) -> list[NewsItem]:
    """The items, those that are ``wanted`` with the beginning of their pages' text; a page that
    cannot be read leaves its item as it is."""

    async def read(item: NewsItem) -> NewsItem:
        try:
            page, _extracted = await read_page(fetcher, item.url, pool=pool)
        except FetchFailed:
            return item
        text = page.text[:MAX_SUMMARY_CHARS]
        return replace(item, summary=text) if len(text) > len(item.summary) else item

    fuller = await asyncio.gather(*(read(item) for item in wanted))
    known = {item.url: item for item in fuller}
    return [known.get(item.url, item) for item in items]
