"""ddgs: several search engines at once, through a server of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.ports import Fetched, Fetcher, SearchProvider
from agent.providers.answers import json_object
from agent.providers.spec import Access, ProviderSpec
from agent.providers.web import Answer, Found, WebProvider, results
from domain.research import SourceKind


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
            for r in results(answer)
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
            for r in results(answer)
        ]


def build(access: Access) -> SearchProvider:
    """The provider, as the settings say."""
    return WebProvider(Ddgs(access.base_url, news=access.news), access.fetcher)


SPEC = ProviderSpec(
    name="ddgs",
    title="ddgs",
    base_url="",
    about_address="Address of your own `ddgs api` server, for the provider ddgs.",
    needs_address=True,
    gives_news=True,
    build=build,
)
