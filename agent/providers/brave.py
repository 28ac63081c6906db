"""Brave Search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.ports import Fetched, Fetcher, SearchProvider
from agent.providers.answers import joined, json_object, part, texts
from agent.providers.spec import Access, ProviderSpec
from agent.providers.web import Answer, Found, WebProvider, results
from domain.research import SourceKind


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
        """Web results, or news, with their descriptions and what else is quoted of them."""
        listed = answer if self.news else part(answer, "web")
        return [
            Found(
                r.get("title"),
                r.get("url"),
                joined(r.get("description"), *texts(r.get("extra_snippets"))),
                published=r.get("page_age"),
            )
            for r in results(listed)
        ]

    def pictures(self, answer: Answer) -> Sequence[Found]:
        """Images with the pages they stand on."""
        return [
            Found(
                r.get("title"),
                part(r, "properties").get("url"),
                page_url=r.get("url"),
                width=part(r, "properties").get("width"),
                height=part(r, "properties").get("height"),
            )
            for r in results(answer)
        ]


def build(access: Access) -> SearchProvider:
    """The provider, as the settings say."""
    engine = Brave(access.base_url, access.api_key, news=access.news)
    return WebProvider(engine, access.fetcher, interval_s=1.0 if access.is_public else 0.0)


SPEC = ProviderSpec(
    name="brave",
    title="Brave Search",
    base_url="https://api.search.brave.com",
    public_host="search.brave.com",
    needs_key=True,
    gives_news=True,
    price_unit="call",
    build=build,
)
