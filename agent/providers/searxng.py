"""SearXNG: a search engine of one's own, with JSON switched on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.ports import Fetched, Fetcher, SearchProvider
from agent.providers.answers import json_object
from agent.providers.spec import Access, ProviderSpec
from agent.providers.web import Answer, Found, WebProvider, results
from domain.research import SourceKind


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
            for r in results(answer)
        ]

    def pictures(self, answer: Answer) -> Sequence[Found]:
        """Results with their picture's address."""
        return [
            Found(r.get("title"), r.get("img_src"), page_url=r.get("url")) for r in results(answer)
        ]


def build(access: Access) -> SearchProvider:
    """The provider, as the settings say."""
    return WebProvider(SearXng(access.base_url, news=access.news), access.fetcher)


SPEC = ProviderSpec(
    name="searxng",
    title="SearXNG",
    base_url="",
    about_address="A SearXNG of your own, with JSON switched on.",
    needs_address=True,
    gives_news=True,
    build=build,
)
