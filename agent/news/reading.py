"""The pages of a story, read as their sites let us."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from agent.fetching.failures import UNREADABLE, fail_as
from agent.fetching.pages import PageText, extract_page
from agent.news.copies import Voice, independent, voice
from agent.news.features import language, telling, tokens
from agent.news.headlines import clean
from agent.news.sites import canonical, outlet_of, site_of
from agent.ports import Fetched, Fetcher
from agent.sandbox.pool import WorkerPool
from domain.errors import FetchFailed
from domain.news import Candidate, Fingerprint, NewsItem
from domain.translation.messages import gettext

MOST_PAGES = 6
MOST_TRIES = 10
MAX_TEXT_CHARS = 20_000
ABOUT_IT = 0.3
"""The share of a story's fingerprint that a page must hold to tell it."""
OLDEST = timedelta(days=5)
"""A page that says it is older tells an old story, whatever its feed says."""


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page as it was read; ``url`` is where it was in the end, ``site`` whose that is."""

    title: str
    url: str
    site: str
    text: str
    fetched_at: datetime
    author: str | None = None
    outlet: str | None = None
    """What the site calls itself; None where it does not say."""
    published_at: datetime | None = None
    """When its feed says that it was published."""

    @property
    def sha256(self) -> str:
        """The hash of the text (UTF-8)."""
        return hashlib.sha256(self.text.encode("utf-8", "replace")).hexdigest()

    @property
    def language(self) -> str | None:
        """A guess at its language."""
        return _language(f"{self.title}\n{self.text[:3000]}")

    @property
    def voice(self) -> Voice:
        """The page as a witness."""
        return voice(self.site, self.title, self.text[:5000], author=self.author)


@lru_cache(maxsize=64)
def _language(text: str) -> str | None:
    return language(tokens(text))


async def read_page(
    fetcher: Fetcher, url: str, *, pool: WorkerPool | None = None
) -> tuple[ReadPage, PageText]:
    """A page, as it is kept and as it was extracted, in a worker process of ``pool``.

    Raises:
        FetchFailed: It could not be read, or its site does not want it to be read by programs.
    """
    if not await fetcher.allows(url):
        raise FetchFailed(url, gettext("its site doesn't allow bots"))
    fetched = await fetcher.get(url)
    with fail_as(FetchFailed(url, UNREADABLE)):
        page = await extract_page(
            fetched.body, url=fetched.url, media_type=fetched.media_type, pool=pool
        )
        return _kept(fetched, page), page


def _kept(fetched: Fetched, page: PageText) -> ReadPage:
    site = site_of(fetched.url)
    return ReadPage(
        title=clean(page.title, site=site),
        url=fetched.url,
        site=site,
        text=page.text[:MAX_TEXT_CHARS],
        fetched_at=fetched.fetched_at,
        author=page.author,
        outlet=outlet_of(page.site_name),
    )


async def read_pages(
    fetcher: Fetcher,
    candidate: Candidate,
    *,
    least: int,
    tongue: str,
    pool: WorkerPool | None = None,
) -> list[ReadPage]:
    """Up to six pages that tell the candidate's story, from different sites as far as there are
    any, and first those in the language ``tongue``; nothing when fewer than ``least`` of them are
    independent of each other."""
    most = max(MOST_PAGES, least)
    waiting = reading_order(candidate.items, tongue)[: max(MOST_TRIES, 2 * least)]
    found: list[ReadPage] = []
    while waiting and len(found) < most:
        now, waiting = waiting[: most - len(found)], waiting[most - len(found) :]
        read = await asyncio.gather(*(_telling(fetcher, item, candidate, pool) for item in now))
        for page in read:
            if page and not any(canonical(page.url) == canonical(p.url) for p in found):
                found.append(page)
    witnesses = await asyncio.to_thread(lambda: independent([page.voice for page in found]))
    return found if witnesses >= least else []


def reading_order(items: Sequence[NewsItem], tongue: str) -> list[NewsItem]:
    """The articles in the order in which to read them: those in the language first, and of each
    site one before any second; the newest one in the language is read in any case, since it tells
    what the story has come to."""
    own = [i for i in items if language(tokens(f"{i.title}\n{i.summary}")) == tongue]
    spoken = [*own, *(item for item in items if item not in own)]
    first = list({item.site: item for item in reversed(spoken)}.values())[::-1]
    order = [*first, *(item for item in spoken if item not in first)]
    dated = [(i.published_at, i) for i in own or spoken if i.published_at is not None]
    newest = max(dated, key=lambda each: each[0], default=None)
    if newest is not None and newest[1] not in order[:MOST_PAGES]:
        order.remove(newest[1])
        order.insert(MOST_PAGES - 1, newest[1])
    return order


async def _telling(
    fetcher: Fetcher, item: NewsItem, candidate: Candidate, pool: WorkerPool | None
) -> ReadPage | None:
    try:
        page, extracted = await read_page(fetcher, item.url, pool=pool)
    except FetchFailed:
        return None
    published = extracted.published
    if published is not None and published < (page.fetched_at - OLDEST).date():
        return None
    tells = await asyncio.to_thread(_tells, page, candidate.fingerprint)
    return replace(page, published_at=item.published_at) if tells else None


def _tells(page: ReadPage, about: Fingerprint) -> bool:
    words = telling(f"{page.title}\n{page.text}")
    whole = 2 * len(about.entities) + len(about.words)
    held = 2 * len(words.intersection(about.entities)) + len(words.intersection(about.words))
    return held >= ABOUT_IT * whole
