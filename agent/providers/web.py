"""Search engines of the open web: SearXNG, Serper, Brave, Tavily, ddgs, and GDELT for news.

They know no licenses, so their pictures are unknown in that respect, and with ``rights`` other than
``any`` they are not asked for pictures. Keys go only to the provider's own address. With ``news``
an engine's pages are news articles of the last days, with the times that they say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from agent.pace import Pace
from agent.ports import Fetched, Fetcher, PageHit, PictureHit
from agent.providers.answers import json_object, json_posted, part, parts, web_address
from agent.providers.moments import moment
from agent.providers.texts import one_line, pixels
from domain.requests import Rights
from domain.research import SourceKind

Answer = Mapping[str, Any]


class Engine(Protocol):
    """How one search engine is asked, and where its answer holds what."""

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
        return list(islice((hit for hit in hits if hit is not None), limit))

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
        url, text = web_address(found.url), one_line(found.text, most=2000)
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


@dataclass(frozen=True, slots=True)
class SearXng:
    """A SearXNG of one's own, with JSON switched on
    (https://docs.searxng.org/dev/search_api.html)."""

    base_url: str
    name: str = "searxng"
    news: bool = False

    async def ask(
        self, fetcher: Fetcher, query: str, *, kind: SourceKind, limit: int
    ) -> tuple[Answer, Fetched]:
        """Ask for one category."""
        pages = "news" if self.news else "general"
        category = pages if kind is SourceKind.PAGE else "images"
        params = {"q": query, "format": "json", "categories": category}
        if self.news:
            params["time_range"] = "week"
        return await json_object(fetcher, self.name, f"{self.base_url}/search", params)

    def pages(self, answer: Answer) -> Sequence[Found]:
        """Results with their content."""
        return [
            Found(r.get("title"), r.get("url"), r.get("content"), published=r.get("publishedDate"))
            for r in _results(answer)
        ]

    def pictures(self, answer: Answer) -> Sequence[Found]:
        """Results with their picture's address."""
        return [
            Found(r.get("title"), r.get("img_src"), page_url=r.get("url")) for r in _results(answer)
        ]


@dataclass(frozen=True, slots=True)
class Serper:
    """Google through Serper (https://serper.dev)."""

    base_url: str
    key: str
    name: str = "serper"
    news: bool = False

    async def ask(
        self, fetcher: Fetcher, query: str, *, kind: SourceKind, limit: int
    ) -> tuple[Answer, Fetched]:
        """Ask its search or its images."""
        pages = "news" if self.news else "search"
        place = pages if kind is SourceKind.PAGE else "images"
        return await json_posted(
            fetcher,
            self.name,
            f"{self.base_url}/{place}",
            {"q": query, "num": limit},
            headers={"X-API-KEY": self.key},
        )

    def pages(self, answer: Answer) -> Sequence[Found]:
        """Organic results, or news, with their snippets."""
        return [
            Found(r.get("title"), r.get("link"), r.get("snippet"), published=r.get("date"))
            for r in parts(answer.get("news" if self.news else "organic"))
        ]

    def pictures(self, answer: Answer) -> Sequence[Found]:
        """Images with the pages they stand on."""
        return [
            Found(
                r.get("title"),
                r.get("imageUrl"),
                page_url=r.get("link"),
                width=r.get("imageWidth"),
                height=r.get("imageHeight"),
            )
            for r in parts(answer.get("images"))
        ]


@dataclass(frozen=True, slots=True)
class Brave:
    """Brave Search (https://api-dashboard.search.brave.com)."""

    base_url: str
    key: str
    name: str = "brave"
    news: bool = False

    async def ask(
        self, fetcher: Fetcher, query: str, *, kind: SourceKind, limit: int
    ) -> tuple[Answer, Fetched]:
        """Ask its web or its images."""
        pages = "news" if self.news else "web"
        place = pages if kind is SourceKind.PAGE else "images"
        recent = {"freshness": "pw"} if self.news else {}
        return await json_object(
            fetcher,
            self.name,
            f"{self.base_url}/res/v1/{place}/search",
            {"q": query, "count": str(min(limit, 20)), **recent},
            headers={"X-Subscription-Token": self.key, "Accept": "application/json"},
        )

    def pages(self, answer: Answer) -> Sequence[Found]:
        """Web results, or news, with their descriptions."""
        listed = answer if self.news else part(answer, "web")
        return [
            Found(r.get("title"), r.get("url"), r.get("description"), published=r.get("page_age"))
            for r in _results(listed)
        ]

    def pictures(self, answer: Answer) -> Sequence[Found]:
        """Images with the pages they stand on."""
        return [
            Found(r.get("title"), part(r, "properties").get("url"), page_url=r.get("url"))
            for r in _results(answer)
        ]


@dataclass(frozen=True, slots=True)
class Tavily:
    """Tavily (https://docs.tavily.com); it gives pages and pictures in one answer."""

    base_url: str
    key: str
    name: str = "tavily"
    news: bool = False

    async def ask(
        self, fetcher: Fetcher, query: str, *, kind: SourceKind, limit: int
    ) -> tuple[Answer, Fetched]:
        """Ask once for both."""
        pictures = kind is SourceKind.PICTURE
        recent = {"topic": "news", "time_range": "week"} if self.news else {}
        return await json_posted(
            fetcher,
            self.name,
            f"{self.base_url}/search",
            {
                "query": query,
                "max_results": limit,
                "include_images": pictures,
                "include_image_descriptions": pictures,
                **recent,
            },
            headers={"Authorization": f"Bearer {self.key}"},
        )

    def pages(self, answer: Answer) -> Sequence[Found]:
        """Results with their content."""
        return [
            Found(r.get("title"), r.get("url"), r.get("content"), published=r.get("published_date"))
            for r in _results(answer)
        ]

    def pictures(self, answer: Answer) -> Sequence[Found]:
        """Images with their descriptions as titles."""
        return [Found(r.get("description"), r.get("url")) for r in parts(answer.get("images"))]


@dataclass(frozen=True, slots=True)
class Ddgs:
    """Several engines at once through a ``ddgs api`` server of one's own
    (https://pypi.org/project/ddgs); it reads their result pages, so it is opt-in."""

    base_url: str
    name: str = "ddgs"
    news: bool = False

    async def ask(
        self, fetcher: Fetcher, query: str, *, kind: SourceKind, limit: int
    ) -> tuple[Answer, Fetched]:
        """Ask its text search or its image search."""
        pages = "news" if self.news else "text"
        place = pages if kind is SourceKind.PAGE else "images"
        params = {"query": query, "max_results": str(limit)}
        if self.news:
            params["timelimit"] = "w"
        return await json_object(fetcher, self.name, f"{self.base_url}/search/{place}", params)

    def pages(self, answer: Answer) -> Sequence[Found]:
        """Results with their bodies."""
        address = "url" if self.news else "href"
        return [
            Found(r.get("title"), r.get(address), r.get("body"), published=r.get("date"))
            for r in _results(answer)
        ]

    def pictures(self, answer: Answer) -> Sequence[Found]:
        """Images with the pages they stand on."""
        return [
            Found(
                r.get("title"),
                r.get("image"),
                page_url=r.get("url"),
                width=r.get("width"),
                height=r.get("height"),
            )
            for r in _results(answer)
        ]


@dataclass(frozen=True, slots=True)
class Gdelt:
    """News of the last months through GDELT's DOC 2 interface; articles have titles and no text.
    With ``news`` those of the last days, the newest first."""

    base_url: str
    name: str = "gdelt"
    news: bool = False

    async def ask(
        self, fetcher: Fetcher, query: str, *, kind: SourceKind, limit: int
    ) -> tuple[Answer, Fetched]:
        """Ask for a list of articles, which holds their pictures too."""
        params = {"query": query, "mode": "ArtList", "format": "json", "maxrecords": str(limit * 2)}
        if self.news:
            params |= {"timespan": "3d", "sort": "DateDesc"}
        return await json_object(fetcher, self.name, f"{self.base_url}/api/v2/doc/doc", params)

    def pages(self, answer: Answer) -> Sequence[Found]:
        """Articles; the title is all that is said of them."""
        return [
            Found(a.get("title"), a.get("url"), a.get("title"), published=a.get("seendate"))
            for a in parts(answer.get("articles"))
        ]

    def pictures(self, answer: Answer) -> Sequence[Found]:
        """The pictures that articles are shared with."""
        return [
            Found(a.get("title"), a.get("socialimage"), page_url=a.get("url"))
            for a in parts(answer.get("articles"))
        ]


def _results(answer: Answer) -> Sequence[Mapping[str, Any]]:
    return parts(answer.get("results"))
