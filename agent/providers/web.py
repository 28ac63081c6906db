"""The shared part of the search engines of the open web; each has a module of its own beside this
one.

They know no licenses, so their pictures are unknown in that respect, and with ``rights`` other than
``any`` they are not asked for pictures. Keys go only to the provider's own address. With ``news``
an engine's pages are news articles of the last days, with the times that they say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from agent.fetching.rate_limit import Pace
from agent.ports import Fetched, Fetcher, PageHit, PictureHit
from agent.providers.answers import parts, web_address
from agent.providers.moments import moment
from agent.sandbox.found_texts import one_line, pixels
from domain.requests import Rights
from domain.research import SourceKind

Answer = Mapping[str, Any]
MAX_SNIPPET_CHARS = 2_000


class Engine(Protocol):
    """The request of one search engine, and the fields of its answer."""

    @property
    def name(self) -> str:
        """The name in the settings."""
        ...

    async def ask(
        self, fetcher: Fetcher, query: str, *, kind: SourceKind, limit: int
    ) -> tuple[Answer, Fetched]:
        """The engine's answer. Raises ``ProviderUnavailable``."""
        ...

    def pages(self, answer: Answer) -> Sequence[Found]:
        """The pages in an answer."""
        ...

    def pictures(self, answer: Answer) -> Sequence[Found]:
        """The pictures in an answer."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """A result as an engine gives it; ``url`` is the picture itself for pictures."""

    title: object
    url: object
    text: object = ""
    page_url: object = None
    width: object = None
    height: object = None
    published: object = None


class WebProvider:
    """A search engine as a provider; with ``news`` its engine gives news articles as pages."""

    local = False
    kinds = frozenset({SourceKind.PAGE, SourceKind.PICTURE})

    def __init__(self, engine: Engine, fetcher: Fetcher, *, interval_s: float = 0.0) -> None:
        self._engine = engine
        self._pace = Pace(interval_s)
        self._fetcher = fetcher

    @property
    def name(self) -> str:
        """The engine's name."""
        return self._engine.name

    @property
    def alternative(self) -> bool:
        """Whether it searches the whole web, as others do; news are searched beside it."""
        return self._engine.name != "gdelt"

    async def pages(self, query: str, *, workspace_id: str, limit: int) -> Sequence[PageHit]:
        """Pages for a query, best first, with their snippets. Raises ``ProviderUnavailable``."""
        await self._pace.wait()
        answer, fetched = await self._engine.ask(
            self._fetcher, query[:300], kind=SourceKind.PAGE, limit=limit
        )
        hits = (self._page(found, fetched.fetched_at) for found in self._engine.pages(answer))
        return _merged(hit for hit in hits if hit is not None)[:limit]

    async def pictures(
        self, query: str, *, workspace_id: str, limit: int, rights: Rights
    ) -> Sequence[PictureHit]:
        """Pictures for a query, best first. Raises ``ProviderUnavailable``."""
        if rights is not Rights.ANY:
            return []
        await self._pace.wait()
        answer, fetched = await self._engine.ask(
            self._fetcher, query[:300], kind=SourceKind.PICTURE, limit=limit
        )
        hits = (self._picture(found, fetched.fetched_at) for found in self._engine.pictures(answer))
        return list(islice((hit for hit in hits if hit is not None), limit))

    def _page(self, found: Found, at: datetime) -> PageHit | None:
        url, text = web_address(found.url), one_line(found.text, most=MAX_SNIPPET_CHARS)
        if url is None or not text:
            return None
        title, published_at = one_line(found.title) or url, moment(found.published, at=at)
        return PageHit(self.name, title, url, text, at, published_at=published_at)

    def _picture(self, found: Found, at: datetime) -> PictureHit | None:
        url = web_address(found.url)
        if url is None:
            return None
        return PictureHit(
            provider=self.name,
            title=one_line(found.title) or "untitled",
            url=url,
            page_url=web_address(found.page_url) or url,
            found_at=at,
            width=pixels(found.width),
            height=pixels(found.height),
        )


def _merged(hits: Iterable[PageHit]) -> list[PageHit]:
    """Each page once, where it stood first, with all that was quoted of it."""
    pages: dict[str, PageHit] = {}
    for hit in hits:
        first = pages.setdefault(hit.url, hit)
        if hit.text not in first.text:
            text = f"{first.text} {hit.text}"[:MAX_SNIPPET_CHARS]
            published_at = first.published_at or hit.published_at
            pages[hit.url] = replace(first, text=text, published_at=published_at)
    return list(pages.values())


def results(answer: Answer) -> Sequence[Mapping[str, Any]]:
    """The objects under ``results``, as several engines call it."""
    return parts(answer.get("results"))
