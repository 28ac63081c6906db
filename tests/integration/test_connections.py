"""So many requests at once go to one host; the others wait, and waiting is no time-out."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from agent.fetching.fetcher import FetchSettings, SafeFetcher
from agent.fetching.host_queue import HostQueue, TookTooLong, measured_waiting
from agent.fetching.silent_hosts import FAILURES, PAUSE_S, SilentHosts
from agent.providers.registry import connections
from agent.providers.spec import ProviderSettings
from domain.errors import FetchFailed
from tests.fakes.raw_peer import raw_peer
from tests.fakes.web import WebPeer, web_peer


@pytest.fixture
async def peer() -> AsyncIterator[WebPeer]:
    async with web_peer() as running:
        yield running


BASE = FetchSettings(total_timeout_s=3, allowed_networks=["127.0.0.1/32"])


def a_fetcher(**changed: Any) -> SafeFetcher:
    return SafeFetcher(replace(BASE, **changed))


async def test_a_site_is_asked_for_so_many_things_at_once(peer: WebPeer) -> None:
    fetcher = a_fetcher(connections_per_host=6)
    peer.slow_s = 0.02
    pages = await asyncio.gather(*(fetcher.get(peer.url(f"odd/p{n}")) for n in range(40)))
    await fetcher.aclose()
    assert [page.body for page in pages] == [f"p{n}".encode() for n in range(40)]
    assert peer.most_busy == 6


async def test_two_sites_do_not_wait_for_each_other(peer: WebPeer) -> None:
    fetcher = a_fetcher(connections_per_host=1)
    async with web_peer() as slow:
        slow.slow_s = 30
        waits = asyncio.create_task(fetcher.get(slow.url("odd/x")))
        await asyncio.sleep(0)
        assert (await fetcher.get(peer.url("odd/x"))).body == b"x"
        waits.cancel()
        await asyncio.gather(waits, return_exceptions=True)
        await fetcher.aclose()


async def test_waiting_for_a_connection_is_not_the_sites_time(peer: WebPeer) -> None:
    fetcher = a_fetcher(connections_per_host=1, total_timeout_s=0.5)
    peer.slow_s = 0.2
    with measured_waiting() as waiting:
        await asyncio.gather(*(fetcher.get(peer.url(f"odd/p{n}")) for n in range(8)))
    await fetcher.aclose()
    assert waiting.longest_s > 1, "longer than the time limit"


async def test_what_fails_after_it_waited_says_so(peer: WebPeer) -> None:
    fetcher = a_fetcher(connections_per_host=1, total_timeout_s=1.1)
    slow = [asyncio.create_task(fetcher.get(peer.url("odd/slow"))) for _ in range(2)]
    outcomes = await asyncio.gather(*slow, return_exceptions=True)
    await fetcher.aclose()
    assert [str(outcome).rpartition(": ")[2] for outcome in outcomes] == [
        "it didn't answer within 1.1 s.",
        "it didn't answer within 1.1 s, after waiting 1 s for a connection.",
    ]


async def test_nothing_waits_for_ever(peer: WebPeer) -> None:
    fetcher = a_fetcher(connections_per_host=1, max_wait_s=0.1)
    first = asyncio.create_task(fetcher.get(peer.url("odd/slow")))
    await asyncio.sleep(0)
    with pytest.raises(FetchFailed, match="all connections were busy for 0 s"):
        await fetcher.get(peer.url("odd/x"))
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await fetcher.aclose()


async def test_a_spare_request_lets_others_go_first() -> None:
    queue = HostQueue(lambda _host: 1, max_wait_s=5)
    order: list[str] = []

    async def ask(name: str, *, spare: bool) -> None:
        async with queue.connection("h", spare=spare):
            order.append(name)
            await asyncio.sleep(0)

    names = [("first", False), ("spare", True), ("second", False), ("third", False)]
    await asyncio.gather(*(ask(name, spare=spare) for name, spare in names))
    assert order == ["first", "second", "third", "spare"]


async def test_all_hosts_together_have_an_end_too() -> None:
    queue = HostQueue(lambda _host: 5, max_wait_s=0.05, in_all=2)
    async with queue.connection("a"), queue.connection("b"):
        with pytest.raises(TookTooLong):
            async with queue.connection("c"):
                pass
    async with queue.connection("c"):
        assert queue.in_use == 1
    assert (queue.in_use, queue.hosts) == (0, 0)


async def cancelled_at_random(rounds: int) -> None:
    queue = HostQueue(lambda _host: 3, max_wait_s=0.01, in_all=5)
    chance = random.Random(7)  # noqa: S311 - the same every time
    used, most = Counter[str](), Counter[str]()

    async def ask(host: str) -> None:
        async with queue.connection(host, spare=chance.random() < 0.3):
            used[host] += 1
            most[host] = max(most[host], used[host])
            try:
                await asyncio.sleep(chance.choice((0, 0, 0.001, 0.02)))
            finally:
                used[host] -= 1

    for _ in range(rounds):
        tasks = [asyncio.create_task(ask(chance.choice("abc"))) for _ in range(20)]
        for task in tasks:
            if chance.random() < 0.5:
                await asyncio.sleep(0)
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert max(most.values()) == 3
    assert (queue.in_use, queue.hosts) == (0, 0)


async def test_a_cancelled_request_gives_its_connection_back() -> None:
    await cancelled_at_random(20)


@pytest.mark.soak
async def test_a_thousand_times_cancelled_requests_give_their_connections_back() -> None:
    await cancelled_at_random(1000)


async def test_a_second_try_keeps_to_the_limit_and_is_given_back(peer: WebPeer) -> None:
    fetcher = a_fetcher(connections_per_host=3, public_sites=True, total_timeout_s=20)
    for n in range(3):
        await fetcher.get(peer.url(f"odd/p{n}"))
    slow = [asyncio.create_task(fetcher.get(peer.url("odd/slow"))) for _ in range(2)]
    for _ in range(1000):
        if peer.calls["/odd/slow"] == 3:
            break
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    assert peer.calls["/odd/slow"] == 3, "one second try had a connection, the other had none"
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    await asyncio.gather(*(fetcher.get(peer.url(f"odd/p{n}")) for n in range(3)))
    await fetcher.aclose()


async def test_connections_are_kept_for_the_next_request(peer: WebPeer) -> None:
    fetcher = a_fetcher()
    for n in range(5):
        await fetcher.get(peer.url(f"odd/p{n}"))
        await fetcher.post(peer.url("serper/search"), {"q": "x"}, headers={"X-API-KEY": "KEY"})
    await fetcher.aclose()
    assert len(peer.connections) == 1


async def test_a_host_that_never_answers_is_left_alone_for_a_while() -> None:
    fetcher = a_fetcher(public_sites=True, total_timeout_s=20)
    async with raw_peer(b"") as peer:
        for _ in range(2):
            with pytest.raises(FetchFailed, match=r"connection was lost|several times"):
                await fetcher.get(peer.base_url)
        asked = len(peer.asked)
        with pytest.raises(FetchFailed, match="has just failed to answer several times"):
            await fetcher.get(peer.base_url)
        assert len(peer.asked) == asked
    await fetcher.aclose()


async def test_a_service_is_asked_again_however_often_it_failed() -> None:
    fetcher = a_fetcher(total_timeout_s=20)
    async with raw_peer(b"") as peer:
        for _ in range(2):
            with pytest.raises(FetchFailed, match="connection was lost"):
                await fetcher.get(peer.base_url)
        peer.answer = b"HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\nok"
        assert (await fetcher.get(peer.base_url)).body == b"ok"
    await fetcher.aclose()


async def test_an_error_is_an_answer() -> None:
    async with raw_peer(b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n") as peer:
        fetcher = a_fetcher(public_sites=True)
        for _ in range(2 * FAILURES):
            with pytest.raises(FetchFailed, match="answered 404"):
                await fetcher.get(peer.base_url)
        await fetcher.aclose()


def test_a_silent_host_is_tried_once_after_its_pause() -> None:
    now = 0.0
    hosts = SilentHosts(clock=lambda: now)
    for _ in range(FAILURES):
        assert not hosts.is_silent("h")
        hosts.failed("h")
    assert hosts.is_silent("h")
    now = PAUSE_S
    assert not hosts.is_silent("h")
    hosts.failed("h")
    assert hosts.is_silent("h")
    hosts.answered("h")
    assert not hosts.is_silent("h")


def test_services_have_more_connections_than_public_sites() -> None:
    known = ProviderSettings(addresses={"searxng": "http://searx:8080", "commons": "http://own/"})
    most = connections(known, {"brave": 3})
    assert most["google.serper.dev:443"] == most["searx:8080"] == most["own:80"] == 64
    assert most["en.wikipedia.org:443"] == most["api.openverse.org:443"] == 8
    assert most["api.search.brave.com:443"] == 3
