"""Finds stories on the web, checks them in more than one source, and puts them into words."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from agent.news.budget import BudgetedModel, WordsSettings
from agent.news.collect import Collector
from agent.news.corrections import recheck
from agent.news.editor import edited
from agent.news.near_misses import near_misses, with_page_texts
from agent.news.rank import ranked
from agent.news.reading import read_pages
from agent.news.topic import topics
from agent.news.writing import Draft, composed, extracted
from agent.ports import Cache, ChatModel, Fetcher, SearchProvider
from agent.sandbox.pool import WorkerPool
from domain.news import (
    Candidate,
    CitedPage,
    Correction,
    Fingerprint,
    Gathering,
    Schedule,
    StoryText,
)
from domain.research import Account
from domain.translation.messages import gettext

FEW_CANDIDATES = 2
"""With fewer stories, the pages of articles that nearly tell one event are read before it is given
up."""


class WebNewsroom:
    """Reads feeds and pages through ``fetcher``, which should keep nothing: a page that is checked
    again must be read again. ``providers`` search news; without a ``model`` the words of a story
    are sentences of its pages. ``words`` is the model's budget. Pages and feeds are read in the
    worker processes of ``pool``; ``cache`` keeps what is known of feeds."""

    def __init__(
        self,
        *,
        fetcher: Fetcher,
        providers: Sequence[SearchProvider],
        model: ChatModel | None = None,
        words: WordsSettings | None = None,
        pool: WorkerPool | None = None,
        cache: Cache | None = None,
    ) -> None:
        self._fetcher = fetcher
        self._pool = pool
        self._collector = Collector(fetcher, providers, pool=pool, cache=cache)
        self._model = model
        self._words = words or WordsSettings()

    async def gather(self, schedule: Schedule, *, known: Sequence[Fingerprint]) -> Gathering:
        """The stories of the schedule's feeds and of searches for its topic, best first, without
        those that tell a ``known`` one again and those that fewer independent sites tell than it
        asks for. What cannot be read is a problem, never an error."""
        wanted = topics(schedule.topic)
        if not wanted and not schedule.feeds:
            return Gathering((), 0, (gettext("The schedule needs feeds or a topic."),))
        found = await self._collector.collect(
            schedule.feeds, wanted, workspace_id=schedule.workspace_id
        )
        rank = partial(
            ranked,
            topics=wanted,
            searched=found.searched,
            min_sources=schedule.min_sources,
            known=known,
        )
        ranking = await asyncio.to_thread(rank, found.items)
        if len(ranking.candidates) < FEW_CANDIDATES:
            near = await asyncio.to_thread(
                near_misses, found.items, topics=wanted, searched=found.searched
            )
            if near:
                items = await with_page_texts(
                    found.items, near, fetcher=self._fetcher, pool=self._pool
                )
                ranking = await asyncio.to_thread(rank, items)
        return Gathering(
            *(ranking.candidates, len(found.items), found.problems, found.dead),
            dropped=ranking.dropped,
            grown=ranking.grown,
        )

    async def check_feeds(self, feeds: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """Those of the feeds that are missing, gone or no feeds, each with what to tell of it."""
        return await self._collector.check(feeds)

    async def write(
        self, schedule: Schedule, candidate: Candidate, *, account: Account
    ) -> StoryText | None:
        """Read up to six of the candidate's pages and put the story into words: in the schedule's
        language by the model, whose every sentence must stand in a page; otherwise, or where it
        fails, in the pages' own. None when fewer independent pages that tell the story could be
        read than the schedule asks for, or when they hold no sentence to quote. The model's tokens
        are put to the account, and it is not asked any more once they are too many."""
        tongue = schedule.language.partition("-")[0].casefold()
        pages = await read_pages(
            self._fetcher,
            candidate,
            least=schedule.min_sources,
            tongue=tongue,
            pool=self._pool,
        )
        if not pages:
            return None
        draft: Draft | None = None
        if self._model is not None:
            model = BudgetedModel(self._model, self._words, account)
            draft = await edited(model, pages, tongue=tongue)
        # In threads: all words of all pages are looked at.
        draft = draft or await asyncio.to_thread(
            extracted, pages, candidate.fingerprint, tongue=tongue
        )
        return await asyncio.to_thread(composed, draft, pages, candidate) if draft else None

    async def recheck(self, page: CitedPage) -> Correction | None:
        """Read a cited page again, if its site lets us, and say what changed: it is gone, has
        another headline, or takes something back; None when nothing did or nothing can be told
        now."""
        return await recheck(self._fetcher, page, pool=self._pool)
