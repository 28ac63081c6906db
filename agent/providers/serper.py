"""Google through Serper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import quote_plus

from agent.ports import Fetched, Fetcher, SearchProvider
from agent.providers.answers import joined, json_posted, part, parts, texts
from agent.providers.asked_language import get_foreign_language
from agent.providers.spec import Access, ProviderSpec
from agent.providers.web import Answer, Found, WebProvider
from domain.research import SourceKind

MAX_ATTRIBUTES = 20
"""Facts that are read of a knowledge graph."""


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
        language = get_foreign_language()
        spoken = {"hl": language} if language is not None else {}
        return await json_posted(
            fetcher,
            self.name,
            f"{self.base_url}/{place}",
            {"q": query, "num": limit, **spoken},
            headers={"X-API-KEY": self.key},
        )

    def pages(self, answer: Answer) -> Sequence[Found]:
        """The answer box, the knowledge graph and the organic results, or news."""
        listed = [
            Found(r.get("title"), r.get("link"), r.get("snippet"), published=r.get("date"))
            for r in parts(answer.get("news" if self.news else "organic"))
        ]
        if self.news:
            return listed
        searched = _google_address(answer)
        return [*_answer_box(answer, searched), *_knowledge_graph(answer, searched), *listed]

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


def _google_address(answer: Answer) -> str:
    """The page of Google's own results for people, where no page is named."""
    asked = part(answer, "searchParameters").get("q")
    return f"https://www.google.com/search?q={quote_plus(str(asked or '')[:300])}"


def _answer_box(answer: Answer, searched: str) -> Sequence[Found]:
    box = part(answer, "answerBox")
    text = joined(box.get("answer"), box.get("snippet"), *texts(box.get("snippetHighlighted")))
    title = box.get("title") or part(answer, "searchParameters").get("q")
    return [Found(title, box.get("link") or searched, text)] if text else []


def _knowledge_graph(answer: Answer, searched: str) -> Sequence[Found]:
    graph = part(answer, "knowledgeGraph")
    attributes = islice(part(graph, "attributes").items(), MAX_ATTRIBUTES)
    facts = [f"{name}: {value}." for name, value in attributes if isinstance(value, str)]
    text = joined(graph.get("type"), graph.get("description"), *facts)
    address = graph.get("descriptionLink") or graph.get("website") or searched
    return [Found(graph.get("title"), address, text)] if text else []


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
