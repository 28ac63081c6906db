"""Feeds are read again as their sites ask for: only when they changed, where they moved to, and not
before their time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from agent.fetching.fetcher import FetchSettings, SafeFetcher
from agent.news.feeds import Feeds, is_dead
from agent.sandbox.pool import WorkerPool
from domain.errors import FetchFailed
from evaluation.peers.newsstand import XML, Told, rss

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


class KeptInMemory:
    """A cache without limits."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], bytes] = {}

    async def get(self, namespace: str, key: str) -> bytes | None:
        return self.values.get((namespace, key))

    async def put(self, namespace: str, key: str, *parts: bytes, ttl_s: float) -> None:
        assert ttl_s > 0
        self.values[namespace, key] = b"".join(parts)


@dataclass
class Site:
    """One site with a feed that has a version, or answers as a test says."""

    url: str = ""
    told: list[Told] = field(default_factory=lambda: [Told("One", "https://x.example/1", "", NOON)])
    status: int = 200
    calls: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])

    async def answer(self, request: web.Request) -> web.StreamResponse:
        etag = f'"{len(self.told)}"'
        status = self.status
        if request.path == "/old":
            status = 301
        elif status == 200 and request.headers.get("If-None-Match") == etag:
            status = 304
        self.calls.append((request.path, status))
        if status == 301:
            raise web.HTTPMovedPermanently("/feed")
        if status != 200:
            return web.Response(status=status, headers={"Retry-After": "3600"})
        return web.Response(body=rss(self.told), headers={"ETag": etag, "Content-Type": XML})


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    running = Site()
    app = web.Application()
    app.router.add_get("/{path:.*}", running.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        running.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield running
    finally:
        await runner.cleanup()


@pytest.fixture
async def feeds() -> AsyncIterator[Feeds]:
    fetcher = SafeFetcher(FetchSettings(total_timeout_s=30, allowed_networks=["127.0.0.0/8"]))
    pool = WorkerPool(size=1)
    yield Feeds(fetcher, pool=pool, cache=KeptInMemory())
    await pool.aclose()
    await fetcher.aclose()


async def titles(feeds: Feeds, url: str) -> list[str]:
    entries, _at = await feeds.read(url)
    return [entry.title for entry in entries]


async def test_a_feed_that_did_not_change_is_not_sent_again(site: Site, feeds: Feeds) -> None:
    url = f"{site.url}/feed"
    assert await titles(feeds, url) == await titles(feeds, url) == ["One"]
    assert [status for _path, status in site.calls] == [200, 304]
    site.told.append(Told("Two", "https://x.example/2", "", NOON + timedelta(hours=1)))
    assert await titles(feeds, url) == ["Two", "One"]


async def test_where_a_feed_moved_to_for_good_is_remembered(site: Site, feeds: Feeds) -> None:
    await titles(feeds, f"{site.url}/old")
    await titles(feeds, f"{site.url}/old")
    assert [path for path, _status in site.calls] == ["/old", "/feed", "/feed"]


async def test_a_site_that_asks_for_rest_is_left_alone(site: Site, feeds: Feeds) -> None:
    url = f"{site.url}/feed"
    await titles(feeds, url)
    site.status = 429
    with pytest.raises(FetchFailed):
        await feeds.read(url)
    calls = len(site.calls)
    assert await titles(feeds, url) == ["One"]
    assert len(site.calls) == calls


@pytest.mark.parametrize(("status", "dead"), [(410, True), (404, True), (500, False)])
async def test_a_feed_that_is_gone_is_distinguished_from_one_that_fails(
    site: Site, feeds: Feeds, status: int, *, dead: bool
) -> None:
    site.status = status
    with pytest.raises(FetchFailed) as failed:
        await feeds.read(f"{site.url}/feed")
    assert is_dead(failed.value) is dead


async def test_an_entry_without_a_date_has_the_time_when_it_was_seen_first(
    site: Site, feeds: Feeds
) -> None:
    site.told = [Told("Undated", "https://x.example/1")]
    first, at = await feeds.read(f"{site.url}/feed")
    assert [entry.published_at for entry in first] == [at]
    site.told.append(Told("Another", "https://x.example/2"))
    second, later = await feeds.read(f"{site.url}/feed")
    assert {entry.title: entry.published_at for entry in second} == {
        "Undated": at,
        "Another": later,
    }
