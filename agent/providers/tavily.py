"""Tavily: a search for agents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.ports import Fetched, Fetcher, SearchProvider
from agent.providers.answers import json_posted, parts, texts
from agent.providers.spec import Access, ProviderSpec
from agent.providers.web import Answer, Found, WebProvider, results
from domain.research import SourceKind


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
            for r in results(answer)
        ]

    def pictures(self, answer: Answer) -> Sequence[Found]:
        """Images with their descriptions as titles, or their addresses alone."""
        listed: object = answer.get("images")
        bare = [Found("", address) for address in texts(listed)]
        return [*(Found(r.get("description"), r.get("url")) for r in parts(listed)), *bare]


def build(access: Access) -> SearchProvider:
    """The provider, as the settings say."""
    engine = Tavily(access.base_url, access.api_key, news=access.news)
    return WebProvider(engine, access.fetcher)


SPEC = ProviderSpec(
    name="tavily",
    title="Tavily",
    base_url="https://api.tavily.com",
    needs_key=True,
    gives_news=True,
    price_unit="call",
    build=build,
)
