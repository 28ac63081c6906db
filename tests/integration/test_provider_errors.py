"""A provider's error is no empty answer, and what it gives beside results is used."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from agent.fetching.fetcher import FetchSettings, SafeFetcher
from agent.ports import Fetched, PageHit, PictureHit, SearchProvider
from agent.providers.cached import CachedProvider
from agent.providers.refusals import refusal_in
from agent.providers.registry import build_provider
from agent.providers.spec import ProviderSettings
from domain.errors import ProviderUnavailable
from domain.library import LibraryMatch
from domain.requests import Rights
from domain.research import SourceKind
from tests.fakes.search import MemoryCache

NOTHING: dict[str, bytes] = {
    "wikipedia": b'{"batchcomplete": true}',
    "commons": b'{"batchcomplete": true}',
    "openverse": b'{"result_count": 0, "page_count": 0, "results": []}',
    "searxng": b'{"query": "x", "number_of_results": 0, "results": [], "unresponsive_engines": []}',
    "serper": b'{"searchParameters": {"q": "x", "type": "search"}, "organic": [], "credits": 1}',
    "brave": b'{"type": "search", "query": {"original": "x"}, "mixed": {"main": []}}',
    "tavily": b'{"query": "x", "answer": null, "images": [], "results": [], "response_time": 1.1}',
    "ddgs": b'{"results": []}',
    "gdelt": b"{}",
}
ERRORS: list[tuple[str, dict[str, Any]]] = [
    (
        "wikipedia",
        {"error": {"code": "maxlag", "info": "Waiting for a host: 7 s lagged", "lag": 7}},
    ),
    ("wikipedia", {"error": {"code": "ratelimited", "info": "Too many requests from you"}}),
    ("wikipedia", {"errors": [{"code": "readonly", "text": "Held for maintenance"}]}),
    ("commons", {"error": {"code": "cirrussearch-too-busy-error", "info": "Search is busy"}}),
    ("commons", {"error": {"code": "internal_api_error_DBQueryError"}, "batchcomplete": True}),
    ("openverse", {"detail": "Request was throttled."}),
    ("openverse", {"detail": {"q": ["This field is wrong"]}, "status": 400}),
    ("serper", {"message": "Not enough credits", "statusCode": 400}),
    ("serper", {"searchParameters": {"q": "x"}, "message": "Unauthorized."}),
    ("brave", {"type": "ErrorResponse", "error": {"code": "RATE_LIMITED", "detail": "Slow down"}}),
    ("brave", {"type": "ErrorResponse", "status": 429}),
    ("tavily", {"detail": {"error": "This exceeds the limit of your plan"}}),
    ("tavily", {"error": "Unauthorized"}),
    ("searxng", {"results": [], "unresponsive_engines": [["a", "timeout"], ["b", "CAPTCHA"]]}),
    ("searxng", {"error": "No query"}),
    ("ddgs", {"detail": "RatelimitException"}),
]


class Shelf:
    """An empty library."""

    async def search(
        self, workspace_id: str, query: str, *, kind: str, limit: int
    ) -> list[LibraryMatch]:
        return []


class Scripted:
    """Gives one body after the other, and the last one again and again."""

    def __init__(self, *bodies: bytes, retry_after_s: float | None = None) -> None:
        self.bodies = list(bodies)
        self.retry_after_s = retry_after_s
        self.asked = 0

    def _next(self, url: str) -> Fetched:
        body = self.bodies[min(self.asked, len(self.bodies) - 1)]
        self.asked += 1
        wait_s = self.retry_after_s
        return Fetched(url, 200, "application/json", body, datetime.now(UTC), wait_s)

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
        """The next answer."""
        return self._next(url)

    async def post(
        self, url: str, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """The next answer."""
        return self._next(url)

    async def allows(self, url: str) -> bool:
        """Everything."""
        return True


def built(name: str, fetcher: Scripted | SafeFetcher, address: str = "") -> SearchProvider:
    own = "http://search.internal:8080/sx"
    addresses: dict[str, str] = {"searxng": own, "ddgs": own}
    settings = ProviderSettings(
        addresses={**addresses, name: address} if address else addresses,
        keys=dict.fromkeys(("serper", "brave", "tavily"), "SECRETKEY"),
    )
    return build_provider(name, settings, fetcher=fetcher, library=Shelf())


async def pages_of(name: str, answer: object) -> list[PageHit]:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return list(await built(name, Scripted(body)).pages("x", workspace_id="w", limit=5))


async def pictures_of(name: str, answer: object) -> list[PictureHit]:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    provider = built(name, Scripted(body))
    return list(await provider.pictures("x", workspace_id="w", limit=5, rights=Rights.ANY))


async def ask(provider: SearchProvider) -> int:
    """Ask for all that a provider has; gives how much there was."""
    found = 0
    if SourceKind.PAGE in provider.kinds:
        found += len(await provider.pages("x", workspace_id="w", limit=5))
    if SourceKind.PICTURE in provider.kinds:
        rights = Rights.ANY
        found += len(await provider.pictures("x", workspace_id="w", limit=5, rights=rights))
    return found


@pytest.mark.parametrize("name", NOTHING)
async def test_nothing_found_is_an_answer(name: str) -> None:
    assert await ask(built(name, Scripted(NOTHING[name]))) == 0


@pytest.mark.parametrize(("name", "answer"), ERRORS)
async def test_an_error_under_the_status_200_is_no_empty_answer_and_is_not_kept(
    name: str, answer: dict[str, Any]
) -> None:
    cache = MemoryCache()
    fetcher = Scripted(json.dumps(answer).encode())
    provider = CachedProvider(built(name, fetcher), cache, ttl_s=86_400, fresh=False)
    with pytest.raises(ProviderUnavailable, match=f"'{name}' didn't answer: it"):
        await ask(provider)
    assert cache.kept == {}
    fetcher.bodies, fetcher.asked = [NOTHING[name]], 0
    assert await ask(provider) == 0, "it is asked again as soon as it answers again"


async def test_an_error_does_not_repeat_the_key() -> None:
    answer = {"message": "The key SECRETKEY is used up", "statusCode": 403}
    with pytest.raises(ProviderUnavailable) as failure:
        await pages_of("serper", answer)
    assert "is used up" in str(failure.value)
    assert "SECRETKEY" not in str(failure.value)


async def test_a_short_wait_that_is_asked_for_is_waited_for() -> None:
    busy = json.dumps({"error": {"code": "maxlag", "info": "lagged"}}).encode()
    found = {"query": {"pages": [{"title": "X", "extract": "It is orange.", "index": 1}]}}
    fetcher = Scripted(busy, json.dumps(found).encode(), retry_after_s=0.01)
    pages = await built("wikipedia", fetcher).pages("x", workspace_id="w", limit=5)
    assert [page.text for page in pages] == ["It is orange."]
    assert fetcher.asked == 2


async def test_a_provider_that_asks_for_a_long_pause_is_not_asked_before_it_is_over() -> None:
    fetcher = Scripted(b'{"error": {"code": "ratelimited"}}', retry_after_s=600)
    provider = built("wikipedia", fetcher)
    for why in ("ratelimited", "not to be asked for (600|599) s more"):
        with pytest.raises(ProviderUnavailable, match=why):
            await provider.pages("x", workspace_id="w", limit=5)
    assert fetcher.asked == 1


@pytest.fixture
async def throttling() -> AsyncIterator[tuple[str, list[str]]]:
    """A MediaWiki that is too busy; gives its address and the paths that were asked."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        body = {"error": {"code": "maxlag", "info": "Waiting for a host: 9 seconds lagged"}}
        status = 200 if len(asked) == 1 else 503
        return web.json_response(body, status=status, headers={"Retry-After": "900"})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


async def test_the_pause_is_read_from_the_header_whatever_the_status(
    throttling: tuple[str, list[str]],
) -> None:
    address, asked = throttling
    fetcher = SafeFetcher(FetchSettings(total_timeout_s=30, allowed_networks=["127.0.0.1/32"]))
    try:
        for _ in ("200", "503"):
            provider = built("commons", fetcher, address)
            for _ in range(2):
                with pytest.raises(ProviderUnavailable) as failure:
                    await ask(provider)
                assert (failure.value.retry_after_s or 0) > 890
    finally:
        await fetcher.aclose()
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("said", "wait_s"),
    [
        ("Request was throttled. Expected available in 34 seconds.", 34.0),
        ("Please limit requests to one every 5 seconds or contact us.", 5.0),
        ("Try again in 1.5 s", 1.5),
        ("Waiting for db1: 7 seconds lagged", None),
        ("The 40 seconds film is not known", None),
    ],
)
def test_a_pause_is_read_from_the_words(said: str, wait_s: float | None) -> None:
    refusal = refusal_in({"detail": said})
    assert refusal is not None
    assert (refusal.why, refusal.retry_after_s) == (said, wait_s)


async def test_searxng_is_used_when_only_some_engines_are_silent() -> None:
    answer = {
        "results": [{"title": "X", "url": "https://a.example/", "content": "It is orange."}],
        "unresponsive_engines": [["brave", "timeout"]],
    }
    assert [page.text for page in await pages_of("searxng", answer)] == ["It is orange."]


async def test_searxng_gives_whole_addresses_and_sizes() -> None:
    original = "https://pictures.example/a.jpg"
    answer = {
        "results": [
            {"title": "A", "img_src": "/sx/image_proxy?url=https%3A%2F%2Fpictures.example%2Fa.jpg"},
            {"title": "B", "img_src": "//pictures.example/b.jpg", "resolution": "1600 x 1200"},
            {"title": "C", "img_src": "static/c.png", "resolution": "640×480 px", "url": "/p?x=1"},
            {"title": "D", "img_src": "data:image/png;base64,AAAA"},
        ]
    }
    found = await pictures_of("searxng", answer)
    assert [(hit.url, hit.width, hit.height) for hit in found] == [
        (original, None, None),
        ("https://pictures.example/b.jpg", 1600, 1200),
        ("http://search.internal:8080/sx/static/c.png", 640, 480),
    ]
    assert found[2].page_url == "http://search.internal:8080/p?x=1"


async def test_serper_gives_the_answer_box_and_the_knowledge_graph_first() -> None:
    answer = {
        "searchParameters": {"q": "how tall is it"},
        "answerBox": {
            "title": "Height",
            "snippet": "It is 227 m tall.",
            "link": "https://a.example/",
        },
        "knowledgeGraph": {
            "title": "Tall Bridge",
            "type": "Bridge",
            "description": "A suspension bridge.",
            "descriptionLink": "https://b.example/",
            "attributes": {"Opened": "1932", "Colour": "vermilion"},
        },
        "organic": [
            {"title": "One", "link": "https://a.example/", "snippet": "A page about it."},
            {"title": "Two", "link": "https://c.example/", "snippet": "Another page."},
        ],
    }
    pages = await pages_of("serper", answer)
    assert [(page.title, page.url, page.text) for page in pages] == [
        ("Height", "https://a.example/", "It is 227 m tall. A page about it."),
        (
            "Tall Bridge",
            "https://b.example/",
            "Bridge A suspension bridge. Opened: 1932. Colour: vermilion.",
        ),
        ("Two", "https://c.example/", "Another page."),
    ]


async def test_an_answer_of_googles_own_cites_the_search() -> None:
    answer = {"searchParameters": {"q": "a & b"}, "answerBox": {"answer": "42 m"}}
    (page,) = await pages_of("serper", answer)
    assert (page.title, page.text) == ("a & b", "42 m")
    assert page.url == "https://www.google.com/search?q=a+%26+b"


async def test_brave_gives_extra_snippets_and_sizes() -> None:
    result = {
        "title": "X",
        "url": "https://a.example/",
        "description": "It is a <strong>bridge</strong>.",
        "extra_snippets": ["It is painted vermilion.", 7, "It is a <strong>bridge</strong>."],
    }
    (page,) = await pages_of("brave", {"type": "search", "web": {"results": [result]}})
    assert page.text == "It is a bridge . It is painted vermilion."
    picture = {
        "title": "X",
        "url": "https://a.example/",
        "properties": {"url": "https://p.example/x.jpg", "width": 1200, "height": 800},
    }
    (hit,) = await pictures_of("brave", {"type": "images", "results": [picture]})
    assert (hit.width, hit.height) == (1200, 800)


async def test_tavily_gives_pictures_as_plain_addresses_too() -> None:
    images = ["https://p.example/a.jpg", {"url": "https://p.example/b.jpg", "description": "A bee"}]
    found = await pictures_of("tavily", {"results": [], "images": images})
    assert sorted((hit.url, hit.title) for hit in found) == [
        ("https://p.example/a.jpg", "untitled"),
        ("https://p.example/b.jpg", "A bee"),
    ]


async def test_gdelts_broken_json_is_read() -> None:
    body = (
        b'{"articles": [{"url": "https://n.example/1", "title": "It\\\'s 5\\ m \\"tall\\" \\u00e9'
        b'\x0b and \xff new\\", "seendate": "20260101T000000Z"}]}'
    ).replace(b'new\\"', b'new"')
    (page,) = await pages_of("gdelt", body)
    assert page.title == 'It\'s 5 m "tall" é and � new'


async def test_what_gdelt_says_in_words_is_an_error() -> None:
    with pytest.raises(ProviderUnavailable, match="too short"):
        await pages_of("gdelt", b"The specified phrase is too short.\n")
