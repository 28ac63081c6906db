"""Google through Serper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.ports import Fetched, Fetcher, SearchProvider
from agent.providers.answers import json_posted, parts
from agent.providers.spec import Access, ProviderSpec
from agent.providers.web import Answer, Found, WebProvider
from domain.research import SourceKind


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


def build(access: Access) -> SearchProvider:
    """The provider, as the settings say."""
    engine = Serper(access.base_url, access.api_key, news=access.news)
    return WebProvider(engine, access.fetcher)


SPEC = ProviderSpec(
    name="serper",
    title="Serper",
    base_url="https://google.serper.dev",
    needs_key=True,
    gives_news=True,
    price_unit="call",
    build=build,
)
