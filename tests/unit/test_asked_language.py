"""Providers are asked in the language of the request, and Wikidata for names of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.ports import Fetched
from agent.providers.asked_language import asked_in
from agent.providers.brave import Brave
from agent.providers.searxng import SearXng
from agent.providers.tavily import Tavily
from agent.providers.wikidata import WikidataEntities
from agent.providers.wikipedia import WikipediaProvider
from agent.research.metering import MeteredFetcher, counted_calls
from domain.errors import FetchFailed
from domain.research import SourceKind


class Web:
    """Answers each address with an object, and remembers what was asked."""

    def __init__(self, *answers: Mapping[str, Any]) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._answers = list(answers)

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = 5_000_000,
        spare: bool = False,
        cut: bool = False,
    ) -> Fetched:
        """The next answer. Raises ``FetchFailed`` where there is none."""
        self.asked.append((url, dict(params or {})))
        if not self._answers:
            raise FetchFailed(url, "nobody is there")
        body = json.dumps(self._answers.pop(0)).encode()
        return Fetched(url, 200, "application/json", body, datetime.now(UTC))

    async def post(
        self, url: str, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """As :meth:`get`; what was posted counts as asked."""
        return await self.get(url, params=body)

    async def allows(self, url: str) -> bool:
        """Always."""
        return True


def articles(*titles: str) -> Mapping[str, Any]:
    pages = [{"title": t, "extract": f"{t} is a bridge.", "index": n} for n, t in enumerate(titles)]
    return {"query": {"pages": pages}}


async def test_wikipedia_is_asked_in_the_language_of_the_request_first() -> None:
    web = Web(articles(), articles("Kölner Dom"))
    provider = WikipediaProvider(web, base_url="https://en.wikipedia.org")
    with asked_in("de"):
        pages = await provider.pages("Kölner Dom", workspace_id="w1", limit=3)
    assert [url for url, _ in web.asked] == [
        "https://de.wikipedia.org/w/api.php",
        "https://en.wikipedia.org/w/api.php",
    ]
    assert [page.url for page in pages] == ["https://en.wikipedia.org/wiki/K%C3%B6lner_Dom"]


@pytest.mark.parametrize(
    ("base_url", "language"),
    [
        ("https://en.wikipedia.org", "xx"),
        ("https://wiki.example", "de"),
        ("http://127.0.0.1:1", "fr"),
    ],
)
async def test_another_address_or_language_changes_nothing(base_url: str, language: str) -> None:
    web = Web(articles("Tower Bridge"))
    with asked_in(language):
        await WikipediaProvider(web, base_url=base_url).pages("x", workspace_id="w1", limit=3)
    assert [url for url, _ in web.asked] == [f"{base_url}/w/api.php"]


@pytest.mark.parametrize(("language", "told"), [("de", "de"), ("en", None), ("", None)])
async def test_search_engines_are_told_a_foreign_language(language: str, told: str | None) -> None:
    web = Web({"results": []})
    with asked_in(language):
        await SearXng("http://127.0.0.1:1").ask(web, "x", kind=SourceKind.PAGE, limit=3)
    assert web.asked[0][1].get("language") == told


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("de", {"search_lang": "de", "country": "ALL"}),
        ("ja", {"search_lang": "jp", "country": "ALL"}),
        ("zh", {"search_lang": "zh-hans", "country": "ALL"}),
        ("fa", {}),
        ("en", {}),
        ("", {}),
    ],
)
async def test_brave_is_told_the_languages_that_it_has(language: str, told: dict[str, str]) -> None:
    web = Web({})
    with asked_in(language):
        await Brave("http://127.0.0.1:1", "KEY").ask(web, "x", kind=SourceKind.PAGE, limit=3)
    assert web.asked[0][1] == {"q": "x", "count": "3", **told}


@pytest.mark.parametrize(
    ("language", "news", "told"),
    [
        ("de", False, "germany"),
        ("ko", False, "south korea"),
        ("de", True, None),
        ("es", False, None),
        ("en", False, None),
        ("", False, None),
    ],
)
async def test_tavily_puts_the_pages_of_a_languages_country_first(
    language: str, news: bool, told: str | None
) -> None:
    web = Web({})
    with asked_in(language):
        tavily = Tavily("http://127.0.0.1:1", "KEY", news=news)
        await tavily.ask(web, "x", kind=SourceKind.PAGE, limit=3)
    assert web.asked[0][1].get("country") == told


def entity(label: str, text: str, description: str = "") -> Mapping[str, Any]:
    return {"id": "Q1", "label": label, "description": description, "match": {"text": text}}


@pytest.mark.parametrize(
    ("found", "known"),
    [
        ([entity("Tower Bridge", "Tower Bridge", "bridge in London")], "Tower Bridge"),
        ([entity("The Lord of the Rings", "tower bridge")], "The Lord of the Rings"),
        ([entity("fire hydrant", "tower bridge")], None),
        ([entity("Tower Bridge Road", "Tower Bridge Road")], None),
        ([], None),
    ],
)
async def test_wikidata_knows_names_by_their_capitals(
    found: list[Mapping[str, Any]], known: str | None
) -> None:
    web = Web({"search": found})
    with counted_calls() as calls:
        entities = WikidataEntities(MeteredFetcher(web, "wikidata"), base_url="http://127.0.0.1:1/")
        entity_found = await entities.find_name(" tower  bridge ", language="en")
    assert (entity_found.label if entity_found else None) == known
    assert web.asked[0][0] == "http://127.0.0.1:1/w/api.php"
    assert web.asked[0][1]["search"] == "tower bridge"
    assert calls == {"wikidata": 1}


async def test_wikidata_that_does_not_answer_knows_nothing() -> None:
    assert await WikidataEntities(Web()).find_name("tower bridge", language="en") is None
    assert await WikidataEntities(Web()).find_name(" ", language="en") is None
