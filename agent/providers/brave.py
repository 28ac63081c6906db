"""Brave Search."""

# ruff: noqa: SIM905 - a long list of codes reads better as a text

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agent.ports import Fetched, Fetcher, SearchProvider
from agent.providers.answers import joined, json_object, part, texts
from agent.providers.asked_language import get_foreign_language
from agent.providers.spec import Access, ProviderSpec
from agent.providers.web import Answer, Found, WebProvider, results
from domain.research import SourceKind

_LANGUAGES: Final = frozenset(
    "ar bg bn ca cs da de el es et eu fi fr gl gu he hi hr hu is it kn ko lt lv ml mr ms nb nl pa "
    "pl ro ru sk sl sr sv ta te th tr uk vi".split()  # codespell:ignore te
)
"""Languages of ``search_lang`` that have the code of ISO 639-1 there. Brave refuses a question in
any other."""
_OWN_CODES: Final = {"ja": "jp", "no": "nb", "pt": "pt-pt", "zh": "zh-hans"}
_EVERYWHERE: Final = "ALL"
"""The ``country`` that prefers no country's pages, in place of those of the United States."""


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
            {"q": query, "count": str(min(limit, 20)), **recent, **_spoken()},
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


def _spoken() -> dict[str, str]:
    """The language of the request as Brave names it; nothing for English and for a language that it
    does not have."""
    language = get_foreign_language()
    if language is None:
        return {}
    code = language if language in _LANGUAGES else _OWN_CODES.get(language)
    return {} if code is None else {"search_lang": code, "country": _EVERYWHERE}


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
