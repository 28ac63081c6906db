"""Each provider reads its real wire format, and malformed answers too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.fetching.fetcher import FetchSettings, SafeFetcher
from agent.ports import Fetched, SearchProvider
from agent.providers.cached import CachedFetcher, CachedProvider
from agent.providers.moments import moment
from agent.providers.registry import PROVIDERS, build_provider, news_names
from agent.providers.spec import ProviderSettings
from domain.errors import (
    BlockedAddress,
    FetchFailed,
    InvalidSettings,
    NotFetched,
    ProviderUnavailable,
)
from domain.library import LibraryMatch
from domain.requests import Rights
from tests.fakes.search import MemoryCache
from tests.fakes.web import WebPeer, picture, web_peer

NAMES = (
    "wikipedia",
    "commons",
    "openverse",
    "searxng",
    "serper",
    "brave",
    "tavily",
    "ddgs",
    "gdelt",
    "feeds",
)
ENGINES = NAMES[3:8]
WRONG_KEYS: dict[str, str] = dict.fromkeys(("serper", "brave", "tavily"), "WRONG")
KEYS: dict[str, str] = dict.fromkeys(WRONG_KEYS, "KEY")


class Shelf:
    """A library with one page and two pictures."""

    async def search(
        self, workspace_id: str, query: str, *, kind: str, limit: int
    ) -> list[LibraryMatch]:
        if workspace_id != "w1":
            return []
        licenses = ["CC0 1.0", None] if kind == "picture" else ["CC0 1.0"]
        return [
            LibraryMatch(
                id=f"i{n}",
                kind=kind,
                title=query,
                text="text",
                url="library:1",
                sha256="a" * 64,
                added_at=datetime.now(UTC),
                score=1.0,
                license=known,
            )
            for n, known in enumerate(licenses)
        ]


@pytest.fixture
async def peer() -> AsyncIterator[WebPeer]:
    async with web_peer() as running:
        running.articles = {
            "Golden Gate Bridge": "A suspension bridge.\nIt is orange.",
            "Tower Bridge": "A bascule bridge.",
        }
        running.pictures = {"Golden Gate Bridge": 1, "Tower Bridge": 2}
        yield running


@pytest.fixture
async def fetcher() -> AsyncIterator[SafeFetcher]:
    opened = SafeFetcher(FetchSettings(total_timeout_s=30, allowed_networks=["127.0.0.1/32"]))
    yield opened
    await opened.aclose()


def settings_for(peer: WebPeer) -> ProviderSettings:
    return ProviderSettings(
        addresses={name: peer.url(name) for name in PROVIDERS},
        feeds=(peer.url("feed/rss"), peer.url("feed/atom")),
        keys=KEYS,
    )


def build(name: str, fetcher: SafeFetcher, peer: WebPeer) -> SearchProvider:
    return build_provider(name, settings_for(peer), fetcher=fetcher, library=Shelf())


async def test_wikipedia_gives_articles_best_first(fetcher: SafeFetcher, peer: WebPeer) -> None:
    wikipedia = build("wikipedia", fetcher, peer)
    pages = await wikipedia.pages("golden gate bridge", workspace_id="w1", limit=5)
    assert [page.title for page in pages] == ["Golden Gate Bridge", "Tower Bridge"]
    assert pages[0].text == "A suspension bridge.\nIt is orange."
    assert pages[0].url == "https://en.wikipedia.org/wiki/Golden_Gate_Bridge"
    assert (pages[0].license, pages[0].author) == ("CC BY-SA 4.0", "Wikipedia contributors")
    assert await wikipedia.pages("nothing known", workspace_id="w1", limit=5) == []


async def test_commons_gives_scaled_pictures_with_license_and_author(
    fetcher: SafeFetcher, peer: WebPeer
) -> None:
    commons = build("commons", fetcher, peer)
    found = await commons.pictures("golden gate", workspace_id="w1", limit=5, rights=Rights.ANY)
    hit = found[0]
    assert (hit.title, hit.license, hit.author) == (
        "Golden Gate Bridge",
        "CC BY-SA 4.0",
        "A Photographer",
    )
    assert hit.caption == "Golden Gate Bridge from afar"
    assert (await fetcher.get(hit.url)).body == picture(1)


async def test_openverse_gives_licensed_pictures(fetcher: SafeFetcher, peer: WebPeer) -> None:
    openverse = build("openverse", fetcher, peer)
    found = await openverse.pictures("tower", workspace_id="w1", limit=5, rights=Rights.LICENSED)
    assert [(hit.title, hit.license, hit.author) for hit in found] == [
        ("Tower Bridge", "CC BY-SA 2.0", "A Creator")
    ]


async def test_the_library_gives_its_own_pictures_by_their_blobs(
    fetcher: SafeFetcher, peer: WebPeer
) -> None:
    library = build("library", fetcher, peer)
    pages = await library.pages("q", workspace_id="w1", limit=5)
    assert [page.text for page in pages] == ["text"]
    for rights, count in ((Rights.ANY, 2), (Rights.LIBRARY, 2), (Rights.LICENSED, 1)):
        found = await library.pictures("q", workspace_id="w1", limit=5, rights=rights)
        assert [hit.blob for hit in found] == ["a" * 64] * count
    assert await library.pages("q", workspace_id="w2", limit=5) == []


@pytest.mark.parametrize("name", ENGINES)
async def test_search_engines_give_pages_and_pictures(
    fetcher: SafeFetcher, peer: WebPeer, name: str
) -> None:
    engine = build(name, fetcher, peer)
    pages = await engine.pages("golden gate", workspace_id="w1", limit=5)
    assert [(p.provider, p.title, p.license) for p in pages] == [(name, "Golden Gate Bridge", None)]
    assert pages[0].text == "A suspension bridge. It is orange."
    found = await engine.pictures("tower", workspace_id="w1", limit=5, rights=Rights.ANY)
    assert [(hit.title, hit.license) for hit in found] == [("Tower Bridge", None)]
    assert (await fetcher.get(found[0].url)).body == picture(2)
    calls = peer.total
    assert await engine.pictures("tower", workspace_id="w1", limit=5, rights=Rights.LICENSED) == []
    assert peer.total == calls, "they know no licenses"


async def test_feeds_are_searched_and_a_broken_one_is_left_out(
    fetcher: SafeFetcher, peer: WebPeer
) -> None:
    feeds = build("feeds", fetcher, peer)
    pages = await feeds.pages("mascot games", workspace_id="w1", limit=5)
    assert [(p.title, p.url, p.text, p.author) for p in pages] == [
        ("The mascot of the games", "https://news.example/m", "It is a red fox.", "Ann Author"),
        ("Mascot chosen for the winter games", "https://news.example/a", "A fox was chosen.", None),
    ]
    found = await feeds.pictures("mascot games", workspace_id="w1", limit=5, rights=Rights.ANY)
    assert [hit.url for hit in found] == ["https://news.example/fox.jpg"]
    assert await feeds.pages("bridge", workspace_id="w1", limit=5) == []
    settings = ProviderSettings(feeds=(peer.url("feed/rss"), peer.url("odd/missing")))
    some = build_provider("feeds", settings, fetcher=fetcher, library=Shelf())
    assert len(await some.pages("mascot games", workspace_id="w1", limit=5)) == 1


async def test_gdelt_gives_articles_with_their_pictures(
    fetcher: SafeFetcher, peer: WebPeer
) -> None:
    gdelt = build("gdelt", fetcher, peer)
    pages = await gdelt.pages("tower", workspace_id="w1", limit=5)
    found = await gdelt.pictures("tower", workspace_id="w1", limit=5, rights=Rights.ANY)
    assert [page.url for page in pages] == ["https://news.example/1"]
    assert found[0].page_url == "https://news.example/1"
    assert found[0].url == peer.url("picture/2.jpg")


async def test_engines_that_know_news_give_them_with_their_times(
    fetcher: SafeFetcher, peer: WebPeer
) -> None:
    names = ("library", "wikipedia", "searxng", "serper", "brave", "tavily", "ddgs")
    assert news_names(names) == (*names[2:], "gdelt")
    news = replace(settings_for(peer), news=True)
    engines = [
        build_provider(name, news, fetcher=fetcher, library=Shelf()) for name in news_names(names)
    ]
    for engine in engines:
        pages = await engine.pages("tower bridge", workspace_id="w1", limit=5)
        times = {page.published_at for page in pages}
        assert times == {datetime(2026, 1, 1, tzinfo=UTC)}, engine.name


async def test_feeds_say_when_their_entries_were_published(
    fetcher: SafeFetcher, peer: WebPeer
) -> None:
    pages = await build("feeds", fetcher, peer).pages("mascot games", workspace_id="w1", limit=5)
    assert [page.published_at for page in pages] == [None, datetime(2026, 1, 1, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("3 hours ago", datetime(2026, 1, 2, 9, tzinfo=UTC)),
        ("an hour ago", datetime(2026, 1, 2, 11, tzinfo=UTC)),
        ("2 days ago", datetime(2025, 12, 31, 12, tzinfo=UTC)),
        ("20260101T103000Z", datetime(2026, 1, 1, 10, 30, tzinfo=UTC)),
        ("2026-01-01T12:30:00+02:00", datetime(2026, 1, 1, 10, 30, tzinfo=UTC)),
        ("Jan 1, 2026", datetime(2026, 1, 1, tzinfo=UTC)),
        ("soon", None),
        ("", None),
        (None, None),
        ({"at": 1}, None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_times_are_read_as_engines_write_them(written: object, meant: datetime | None) -> None:
    assert moment(written, at=datetime(2026, 1, 2, 12, tzinfo=UTC)) == meant


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_without_its_key_or_address_says_what_to_set(name: str) -> None:
    with pytest.raises(InvalidSettings, match=f"LIMNER_{name.upper()}_"):
        build_provider(name, ProviderSettings(), fetcher=OddFetcher(b""), library=Shelf())


@pytest.mark.parametrize("name", ["serper", "brave", "tavily"])
async def test_a_wrong_key_is_said_without_showing_it(
    fetcher: SafeFetcher, peer: WebPeer, name: str
) -> None:
    settings = ProviderSettings(
        addresses={name: peer.url(name) for name in WRONG_KEYS}, keys=WRONG_KEYS
    )
    provider = build_provider(name, settings, fetcher=fetcher, library=Shelf())
    with pytest.raises(ProviderUnavailable) as failure:
        await provider.pages("x", workspace_id="w1", limit=5)
    assert "WRONG" not in str(failure.value)
    assert peer.total == 1


@pytest.mark.parametrize("name", NAMES)
async def test_only_the_library_is_asked_when_only_it_is_allowed(
    fetcher: SafeFetcher, peer: WebPeer, name: str
) -> None:
    provider = build(name, fetcher, peer)
    assert (
        await provider.pictures("bridge", workspace_id="w1", limit=5, rights=Rights.LIBRARY) == []
    )
    assert peer.total == 0


@pytest.mark.parametrize("name", NAMES)
async def test_a_provider_that_is_down_says_so(
    fetcher: SafeFetcher, peer: WebPeer, name: str
) -> None:
    peer.down = True
    provider = build(name, fetcher, peer)

    async def ask() -> None:
        await provider.pages("x", workspace_id="w1", limit=5)
        await provider.pictures("x", workspace_id="w1", limit=5, rights=Rights.ANY)

    with pytest.raises(ProviderUnavailable, match=f"{name}.*(503|none of the feeds could be read)"):
        await ask()


class OddFetcher:
    """Answers everything with the same bytes."""

    def __init__(self, body: bytes) -> None:
        self.body = body

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
        return Fetched(url, 200, "application/json", self.body, datetime.now(UTC))

    async def post(
        self, url: str, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """Answer anything."""
        return Fetched(url, 200, "application/json", self.body, datetime.now(UTC))

    async def allows(self, url: str) -> bool:
        return True


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b"{}",
        b'{"query": 7, "results": 7}',
        b'{"query": {"pages": [7, {"title": 7, "imageinfo": [7]}]}, "results": [7, {"url": 7}]}',
        (
            b'{"query": {"pages": [{"title": "x", "imageinfo": [{"mime": "image/png", '
            b'"url": "javascript:x"}]}]}, "results": [{"url": "file:///etc/passwd"}]}'
        ),
        b"[" * 100_000,
    ],
)
async def test_an_odd_answer_is_no_result_or_an_error_in_words(name: str, body: bytes) -> None:
    provider = build_provider(
        name,
        ProviderSettings(
            addresses=dict.fromkeys(("searxng", "ddgs"), "https://x.example"),
            feeds=("https://x.example/",),
            keys=KEYS,
        ),
        fetcher=OddFetcher(body),
        library=Shelf(),
    )
    with suppress(ProviderUnavailable):
        assert await provider.pages("x", workspace_id="w", limit=5) == []
    with suppress(ProviderUnavailable):
        assert await provider.pictures("x", workspace_id="w", limit=5, rights=Rights.ANY) == []


def test_an_unknown_provider_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        InvalidSettings,
        match="'bing'.*brave, commons, .*, wikipedia",
    ):
        build_provider("bing", ProviderSettings(), fetcher=OddFetcher(b""), library=Shelf())


async def test_the_same_question_is_asked_once_even_at_the_same_time(
    fetcher: SafeFetcher, peer: WebPeer
) -> None:
    import asyncio

    cache = MemoryCache()
    wikipedia = CachedProvider(build("wikipedia", fetcher, peer), cache, ttl_s=60, fresh=False)

    async def ask() -> object:
        return await wikipedia.pages("tower", workspace_id="w1", limit=5)

    first, *others = await asyncio.gather(ask(), ask(), ask())
    again = CachedProvider(build("wikipedia", fetcher, peer), cache, ttl_s=60, fresh=False)
    assert [first] * 3 == [*others, await again.pages("tower", workspace_id="w2", limit=5)]
    assert peer.total == 1


async def test_a_waiter_that_goes_away_does_not_stop_the_others(
    fetcher: SafeFetcher, peer: WebPeer
) -> None:
    import asyncio

    cached = CachedFetcher(fetcher, MemoryCache(), ttl_s=60, fresh=False)
    first = asyncio.create_task(cached.get(peer.url("picture/3.jpg")))
    second = asyncio.create_task(cached.get(peer.url("picture/3.jpg")))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).body == picture(3)
    assert first.cancelled()
    assert peer.total == 1


async def test_a_fresh_search_asks_again_and_keeps_the_answer(
    fetcher: SafeFetcher, peer: WebPeer
) -> None:
    cache = MemoryCache()
    for fresh, calls in ((False, 1), (True, 2), (False, 2)):
        cached = CachedFetcher(fetcher, cache, ttl_s=60, fresh=fresh)
        assert (await cached.get(peer.url("picture/3.jpg"))).body == picture(3)
        assert peer.total == calls


async def test_a_providers_failures_are_not_kept(fetcher: SafeFetcher, peer: WebPeer) -> None:
    cache = MemoryCache()
    wikipedia = CachedProvider(build("wikipedia", fetcher, peer), cache, ttl_s=60, fresh=False)
    peer.down = True
    with pytest.raises(ProviderUnavailable):
        await wikipedia.pages("tower", workspace_id="w1", limit=5)
    peer.down = False
    assert len(await wikipedia.pages("tower", workspace_id="w1", limit=5)) == 1


async def test_a_broken_cache_entry_is_asked_for_again(fetcher: SafeFetcher, peer: WebPeer) -> None:
    cache = MemoryCache()
    cached = CachedFetcher(fetcher, cache, ttl_s=60, fresh=False)
    await cached.get(peer.url("picture/3.jpg"))
    cache.kept = dict.fromkeys(cache.kept, b"garbage")
    assert (await cached.get(peer.url("picture/3.jpg"))).body == picture(3)


async def test_a_picture_that_cannot_be_read_is_not_asked_for_again_soon(
    fetcher: SafeFetcher, peer: WebPeer
) -> None:
    cache = MemoryCache()
    cached = CachedFetcher(fetcher, cache, ttl_s=86_400, fresh=False)
    kinds = {
        "odd/missing": ("answered 404", 404, 3600),
        "odd/busy": ("answered 429", 429, 300),
        "odd/cut": ("was cut off", None, 300),
        "odd/inside": ("private network", None, 300),
    }
    for path, (why, status, ttl_s) in kinds.items():
        cache.ttl_s.clear()
        for _ in range(2):
            with pytest.raises(FetchFailed, match=why) as failure:
                await cached.get(peer.url(path))
            assert failure.value.status == status
        assert list(cache.ttl_s.values()) == [ttl_s]
        with pytest.raises(FetchFailed, match=why) as failure:
            await cached.kept(peer.url(path))
        assert isinstance(failure.value, BlockedAddress) == ("inside" in path)
    calls = {path: peer.calls[f"/{path}"] for path in kinds}
    assert calls == {"odd/missing": 1, "odd/busy": 3, "odd/cut": 3, "odd/inside": 1}


async def test_an_address_that_was_never_asked_may_be_asked_at_once(
    fetcher: SafeFetcher, peer: WebPeer
) -> None:
    class Full(SafeFetcher):
        async def get(self, url: str, **_named: Any) -> Fetched:
            raise NotFetched(url, "all connections were busy for 60 s")

    cache = MemoryCache()
    full = CachedFetcher(Full(FetchSettings()), cache, ttl_s=60, fresh=False)
    with pytest.raises(FetchFailed, match="busy for 60 s"):
        await full.get(peer.url("picture/3.jpg"))
    cached = CachedFetcher(fetcher, cache, ttl_s=60, fresh=False)
    assert (await cached.get(peer.url("picture/3.jpg"))).body == picture(3)


async def test_what_is_known_is_reported_without_asking(
    fetcher: SafeFetcher, peer: WebPeer
) -> None:
    cached = CachedFetcher(fetcher, MemoryCache(), ttl_s=60, fresh=False)
    url = peer.url("picture/3.jpg")
    assert await cached.kept(url) is None
    await cached.get(url)
    known = await cached.kept(url)
    assert known is not None
    assert known.body == picture(3)
    await cached.remember_unusable(url, "it is no picture")
    with pytest.raises(FetchFailed, match="it is no picture"):
        await cached.get(url)
    assert peer.total == 1


async def test_with_no_time_to_keep_anything_nothing_is_kept(
    fetcher: SafeFetcher, peer: WebPeer
) -> None:
    cache = MemoryCache()
    cached = CachedFetcher(fetcher, cache, ttl_s=0, fresh=False)
    await cached.get(peer.url("picture/3.jpg"))
    with pytest.raises(FetchFailed):
        await cached.get(peer.url("odd/missing"))
    assert cache.kept == {}


async def test_robots_are_read_once_by_all_processes(peer: WebPeer) -> None:
    import asyncio

    cache = MemoryCache()
    for _ in range(2):  # two processes, or one and its successor
        fetcher = SafeFetcher(FetchSettings(allowed_networks=["127.0.0.1/32"]), cache)
        pages = [peer.url("odd/page"), peer.url("odd/private"), peer.url("odd/other")]
        assert await asyncio.gather(*map(fetcher.allows, pages)) == [True, False, True]
        await fetcher.aclose()
    assert peer.calls["/robots.txt"] == 1
    assert list(cache.ttl_s.values()) == [86_400]
