"""Tavily: a search for agents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agent.ports import Fetched, Fetcher, SearchProvider
from agent.providers.answers import json_posted, parts, texts
from agent.providers.asked_language import get_foreign_language
from agent.providers.spec import Access, ProviderSpec
from agent.providers.web import Answer, Found, WebProvider, results
from domain.research import SourceKind

_COUNTRY_OF: Final = {
    "bg": "bulgaria", "cs": "czech republic", "da": "denmark", "de": "germany", "el": "greece",
    "et": "estonia", "fa": "iran", "fi": "finland", "fr": "france", "he": "israel", "hi": "india",
    "hr": "croatia", "hu": "hungary", "id": "indonesia", "is": "iceland", "it": "italy",
    "ja": "japan", "ko": "south korea", "lt": "lithuania", "lv": "latvia", "nb": "norway",
    "nl": "netherlands", "no": "norway", "pl": "poland", "pt": "brazil", "ro": "romania",
    "ru": "russia", "sk": "slovakia", "sl": "slovenia", "sr": "serbia", "sv": "sweden",
    "th": "thailand", "tr": "turkey", "uk": "ukraine", "vi": "vietnam", "zh": "china",
}  # fmt: skip
"""Tavily takes no language; ``country`` puts the pages of one country first. These languages have
most of their speakers in one country; Arabic and Spanish do not."""


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
                **({} if self.news else _near()),
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


def _near() -> dict[str, str]:
    """The country whose pages come first, by the language of the request. The topic ``news`` has no
    such option."""
    country = _COUNTRY_OF.get(get_foreign_language() or "")
    return {} if country is None else {"country": country}


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
