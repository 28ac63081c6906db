"""The one fetcher keeps its rules against real servers on loopback."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from agent.fetching.fetcher import FetchSettings, SafeFetcher
from agent.ports import Fetched
from domain.errors import BlockedAddress, FetchFailed
from tests.fakes.web import WebPeer, web_peer


@pytest.fixture
async def peer() -> AsyncIterator[WebPeer]:
    async with web_peer() as running:
        yield running


@pytest.fixture
async def fetcher() -> AsyncIterator[SafeFetcher]:
    opened = SafeFetcher(
        FetchSettings(
            contact="https://example.org/bot",
            total_timeout_s=3,
            allowed_networks=["127.0.0.1/32"],
        )
    )
    yield opened
    await opened.aclose()


async def test_a_page_is_read_with_an_honest_name(peer: WebPeer, fetcher: SafeFetcher) -> None:
    fetched = await fetcher.get(peer.url("odd/hello"), params={"q": "a b&c"})
    assert fetched.body == b"hello"
    assert fetched.media_type.startswith("text/plain")
    assert peer.agents == {fetcher.user_agent}
    assert fetcher.user_agent.startswith("Limner/")
    assert "https://example.org/bot" in fetcher.user_agent


async def test_redirects_are_followed_and_reported(peer: WebPeer, fetcher: SafeFetcher) -> None:
    fetched = await fetcher.get(peer.url("odd/moved"))
    assert fetched.url == peer.url("odd/packed")
    assert fetched.body == b"plain words"


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("bomb", "larger than 1 MB"),
        ("large", "larger than 1 MB"),
        ("cut", "was cut off"),
        ("brotli", "packed as 'br'"),
        ("missing", "answered 404"),
        ("slow", "within 3 s"),
        ("much-later", "answered 429"),
    ],
)
async def test_a_server_that_misbehaves_is_given_up(
    peer: WebPeer, fetcher: SafeFetcher, what: str, why: str
) -> None:
    with pytest.raises(FetchFailed, match=why):
        await fetcher.get(peer.url(f"odd/{what}"), max_bytes=1_000_000)


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("inside", "private network"),
        ("loop", "more than 5 times"),
        ("nowhere", "redirects to an invalid address"),
    ],
)
async def test_a_redirect_that_leads_astray_is_blocked(
    peer: WebPeer, fetcher: SafeFetcher, what: str, why: str
) -> None:
    with pytest.raises(BlockedAddress, match=why):
        await fetcher.get(peer.url(f"odd/{what}"))


async def test_a_busy_server_is_asked_three_times(peer: WebPeer, fetcher: SafeFetcher) -> None:
    with pytest.raises(FetchFailed, match="429") as failure:
        await fetcher.get(peer.url("odd/busy"))
    assert peer.calls["/odd/busy"] == 3
    assert failure.value.retry_after_s == 0


async def test_a_missing_page_is_asked_for_once(peer: WebPeer, fetcher: SafeFetcher) -> None:
    with pytest.raises(FetchFailed):
        await fetcher.get(peer.url("odd/missing"))
    assert peer.calls["/odd/missing"] == 1


async def test_a_body_is_gone_once_nobody_needs_it(peer: WebPeer, fetcher: SafeFetcher) -> None:
    """Without the garbage collector, which comes by too rarely for bodies of megabytes."""
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            # In a task of its own, as most are.
            assert (await asyncio.create_task(fetcher.get(peer.url("odd/hello")))).body
        await asyncio.sleep(0)
        left = [found for found in gc.get_objects() if isinstance(found, Fetched)]
    finally:
        gc.enable()
    assert not left


async def test_a_closed_port_is_said_in_words(fetcher: SafeFetcher) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(FetchFailed, match="can't be reached"):
            await fetcher.get(f"http://127.0.0.1:{port}/")


async def test_a_name_that_leads_inside_is_refused_at_the_connection(
    peer: WebPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: regardless of earlier answers for the name, the connection's own address
    decides."""
    port = int(peer.base_url.rpartition(":")[2])

    async def resolve(_self: Any, host: str, _port: int = 0, family: int = 0) -> list[Any]:
        return [
            {
                "hostname": host,
                "host": "127.0.0.1",
                "port": port,
                "family": socket.AF_INET,
                "proto": 0,
                "flags": 0,
            }
        ]

    monkeypatch.setattr(aiohttp.resolver.ThreadedResolver, "resolve", resolve)
    closed = SafeFetcher(FetchSettings(total_timeout_s=3))
    with pytest.raises(BlockedAddress, match="private network"):
        await closed.get("http://rebind.example.org/odd/hello")
    await closed.aclose()
    assert peer.total == 0


async def test_a_service_of_the_operators_may_lie_anywhere_and_nothing_else_beside_it(
    peer: WebPeer,
) -> None:
    async with web_peer() as other:
        fetcher = SafeFetcher(FetchSettings(own_addresses=(f"{peer.base_url}/searxng",)))
        try:
            assert (await fetcher.get(peer.url("odd/plain"))).status == 200
            for address in (other.url("odd/plain"), "http://127.0.0.1/", "http://localhost/"):
                with pytest.raises(BlockedAddress):
                    await fetcher.get(address)
            target = other.url("odd/plain")
            with pytest.raises(BlockedAddress):
                await fetcher.get(peer.url("odd/away"), params={"to": target})
        finally:
            await fetcher.aclose()
        assert other.total == 0


async def test_credentials_stay_with_their_host(peer: WebPeer, fetcher: SafeFetcher) -> None:
    async with web_peer() as other:
        away = {"to": other.url("odd/hello")}
        await fetcher.get(peer.url("odd/away"), params=away, headers={"X-API-KEY": "secret"})
        assert peer.seen_headers[-1]["X-API-KEY"] == "secret"
        assert other.calls["/odd/hello"] == 1
        assert "X-API-KEY" not in other.seen_headers[-1]


async def test_robots_are_obeyed_and_read_once(peer: WebPeer, fetcher: SafeFetcher) -> None:
    assert await fetcher.allows(peer.url("odd/page"))
    assert not await fetcher.allows(peer.url("odd/private"))
    assert peer.calls["/robots.txt"] == 1


async def test_a_site_that_fails_allows_nothing(peer: WebPeer, fetcher: SafeFetcher) -> None:
    peer.down = True
    assert not await fetcher.allows(peer.url("odd/page"))
