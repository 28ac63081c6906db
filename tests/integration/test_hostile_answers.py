"""Any server answer costs one source at the most and never a job."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from protego import Protego

from agent.fetching.fetcher import FetchSettings, SafeFetcher
from agent.fetching.robots import rules_for_limner
from agent.ports import Fetched, PageHit, PictureHit
from agent.providers.cached import CachedFetcher
from agent.providers.registry import PROVIDERS, build_provider
from agent.providers.spec import ProviderSettings
from agent.research.tools import SearchTools
from domain.errors import FetchFailed, ProviderUnavailable
from domain.library import LibraryMatch
from domain.requests import Rights
from domain.research import ToolCall, ToolName
from evaluation.peers.values import a_job, a_request
from tests.fakes.raw_peer import RawPeer, provider_answers, raw_peer, response, responses
from tests.fakes.search import MemoryCache, MemoryDecoder, MemoryPictures, MemoryProvider
from tests.fakes.web import picture, web_peer

REMOTE = [name for name in PROVIDERS if name != "library"]


@pytest.fixture
async def peer() -> AsyncIterator[RawPeer]:
    async with raw_peer() as running:
        yield running


@pytest.fixture
async def fetcher() -> AsyncIterator[SafeFetcher]:
    opened = a_fetcher()
    yield opened
    await opened.aclose()


def a_fetcher(timeout_s: float = 5.0) -> SafeFetcher:
    return SafeFetcher(FetchSettings(total_timeout_s=timeout_s, allowed_networks=["127.0.0.1/32"]))


async def ask_all(answers: list[bytes]) -> None:
    fetcher = a_fetcher(timeout_s=0.1)
    async with raw_peer() as peer:
        for answer in answers:
            peer.answer = answer
            with suppress(FetchFailed):
                fetched = await fetcher.get(f"{peer.base_url}/page", max_bytes=10_000)
                assert fetched.media_type.isascii()
            with suppress(FetchFailed):
                await fetcher.post(f"{peer.base_url}/search", {})
            with suppress(FetchFailed):
                await fetcher.allows(f"{peer.base_url}/page")
    await fetcher.aclose()


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(responses, min_size=1, max_size=4))
def test_any_response_is_read_or_fails_in_words(answers: list[bytes]) -> None:
    asyncio.run(ask_all(answers))


@pytest.mark.soak
@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(responses, min_size=1, max_size=4))
def test_any_of_many_responses_is_read_or_fails_in_words(answers: list[bytes]) -> None:
    asyncio.run(ask_all(answers))


@pytest.mark.parametrize("value", ["²", "9" * 5000, "Fri, 31 Dec 9999 23:59:59 -2359"])
async def test_an_absurd_time_to_wait_is_a_refusal_like_any_other(
    peer: RawPeer, fetcher: SafeFetcher, value: str
) -> None:
    peer.answer = response(404, [("Retry-After", value), ("Content-Length", "0")], b"")
    with pytest.raises(FetchFailed, match="answered 404"):
        await fetcher.get(peer.base_url)


def packed(data: bytes, how: str) -> bytes:
    match how:
        case "gzip":
            return gzip.compress(data)
        case "gzip in parts":
            return b"".join(gzip.compress(data[n : n + 999]) for n in range(0, len(data), 999))
        case "gzip and rubbish":
            return gzip.compress(data) + b"\0rubbish"
        case "raw deflate":
            raw = zlib.compressobj(wbits=-15)
            return raw.compress(data) + raw.flush()
        case _:
            return zlib.compress(data)


@pytest.mark.parametrize(
    "how", ["gzip", "gzip in parts", "gzip and rubbish", "deflate", "raw deflate"]
)
@pytest.mark.parametrize("size", [0, 1, 30_000, 262_144, 262_145, 1_000_003])
async def test_a_packed_body_is_unpacked_whole(
    peer: RawPeer, fetcher: SafeFetcher, how: str, size: int
) -> None:
    data = bytes(size) if how != "gzip in parts" else bytes(min(size, 30_000))
    encoding = "deflate" if "deflate" in how else "gzip"
    body = packed(data, how)
    headers = [("Content-Encoding", encoding), ("Content-Length", str(len(body)))]
    peer.answer = response(200, headers, body)
    if body:
        assert (await fetcher.get(peer.base_url)).body == data


async def test_a_stream_of_endless_parts_is_refused(peer: RawPeer, fetcher: SafeFetcher) -> None:
    body = gzip.compress(b"") * 10_000
    peer.answer = response(200, [("Content-Encoding", "gzip")], body)
    with pytest.raises(FetchFailed, match="compressed data is damaged"):
        await fetcher.get(peer.base_url)


class OneAnswer:
    """A fetcher that gets the same body everywhere."""

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
        return await self.get(url)

    async def allows(self, url: str) -> bool:
        return True


class NoLibrary:
    async def search(
        self, workspace_id: str, query: str, *, kind: str, limit: int
    ) -> list[LibraryMatch]:
        return []


def a_provider(name: str, body: bytes, *, news: bool) -> Any:
    known = ProviderSettings(
        addresses=dict.fromkeys(
            ("searxng", "ddgs", "openverse", "brave", "gdelt"), "https://x.example"
        ),
        keys=dict.fromkeys(("serper", "brave", "tavily"), "KEY"),
        feeds=("https://x.example/",),
        news=news,
    )
    return build_provider(name, known, fetcher=OneAnswer(body), library=NoLibrary())


async def ask_provider(name: str, answer: Any, *, news: bool) -> list[PageHit | PictureHit]:
    provider = a_provider(name, json.dumps(answer).encode(), news=news)
    hits: list[PageHit | PictureHit] = []
    with suppress(ProviderUnavailable):
        hits += await provider.pages("x", workspace_id="w", limit=5)
    with suppress(ProviderUnavailable):
        hits += await provider.pictures("x", workspace_id="w", limit=5, rights=Rights.ANY)
    return hits


def check_provider(name: str, answer: Any, *, news: bool) -> None:
    for hit in asyncio.run(ask_provider(name, answer, news=news)):
        # What is kept and sent must be text, wherever it came from.
        assert repr(hit).encode()
        for text in (hit.title, hit.url, hit.author, hit.license):
            assert (text or "").encode()
        assert hit.url.startswith(("https://", "http://"))


@settings(max_examples=60)
@given(st.sampled_from([n for n in REMOTE if n != "feeds"]), provider_answers, st.booleans())
def test_any_answer_of_a_provider_is_read_or_counts_as_none(
    name: str, answer: Any, news: bool
) -> None:
    check_provider(name, answer, news=news)


@pytest.mark.soak
@settings(max_examples=20_000, deadline=None)
@given(st.sampled_from([n for n in REMOTE if n != "feeds"]), provider_answers, st.booleans())
def test_any_of_many_answers_of_a_provider_is_read_or_counts_as_none(
    name: str, answer: Any, news: bool
) -> None:
    check_provider(name, answer, news=news)


@pytest.mark.parametrize("name", REMOTE)
async def test_code_that_breaks_over_an_answer_counts_as_no_answer(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_args: Any, **_named: Any) -> Any:
        raise RecursionError

    monkeypatch.setattr(OneAnswer, "get", broken)
    provider = a_provider(name, b"{}", news=False)
    if name in ("commons", "openverse"):
        asked = provider.pictures("x", workspace_id="w", limit=5, rights=Rights.ANY)
    else:
        asked = provider.pages("x", workspace_id="w", limit=5)
    with pytest.raises(ProviderUnavailable, match=name):
        await asked


async def test_half_a_surrogate_pair_costs_its_own_result_alone() -> None:
    results = [
        {"title": "bad \ud800 title", "url": "https://web.example/a", "content": "text"},
        {"title": "x", "url": "https://web.example/\ud800", "content": "text"},
        {"title": "good", "url": "https://web.example/b", "content": "text"},
    ]
    provider = a_provider("searxng", json.dumps({"results": results}).encode(), news=False)
    hits = await provider.pages("x", workspace_id="w", limit=5)
    assert [hit.title for hit in hits] == ["bad title", "good"]


async def test_one_bad_result_does_not_cost_the_others() -> None:
    body = b"""{"query": {"pages": [
        {"title": "File:A.jpg", "index": "first", "imageinfo": [{"mime": [], "url": "//w.x/a"}]},
        {"title": "File:B.jpg", "index": Infinity,
         "imageinfo": [{"mime": "image/jpeg", "url": "https://web.example/b.jpg"}]}
    ]}}"""
    hits = await a_provider("commons", body, news=False).pictures(
        "x", workspace_id="w", limit=5, rights=Rights.ANY
    )
    assert [hit.title for hit in hits] == ["B"]


BAD_ADDRESSES = (
    "http://[::1/x.jpg",
    "http://xn--ä.com/x.jpg",
    "http://a:99999/x.jpg",
    "http://\ud800.com/x.jpg",
    "http://\u202e.com/x.jpg",
    f"http://{'a' * 300}.com/x.jpg",
)


class PictureAddresses(MemoryProvider):
    """Finds the same addresses for every query."""

    def __init__(self, addresses: Sequence[str]) -> None:
        super().__init__()
        self.addresses = addresses

    async def pictures(
        self, query: str, *, workspace_id: str, limit: int, rights: Rights
    ) -> list[PictureHit]:
        now = datetime.now(UTC)
        return [PictureHit("p", "the bridge", url, url, now) for url in self.addresses]


async def test_a_bad_picture_host_among_the_results_costs_that_picture_alone() -> None:
    async with web_peer() as web:
        fetcher = a_fetcher()
        tools = SearchTools(
            providers=[PictureAddresses([*BAD_ADDRESSES, web.url("picture/1.jpg")])],
            fetcher=CachedFetcher(fetcher, MemoryCache(), ttl_s=60, fresh=False),
            decoder=MemoryDecoder(),
            pictures=MemoryPictures(),
        )
        session = tools.session(a_job(request=a_request(prompt="x", attachments=())))
        result = await session.run(ToolCall(ToolName.IMAGE_SEARCH, {"query": "bridge"}))
        await fetcher.aclose()
    assert [source.url for source in result.sources] == [web.url("picture/1.jpg")]
    assert len(result.observation.problems) >= 1
    assert all(problem.encode() for problem in result.observation.problems)


async def test_a_decoder_that_breaks_costs_one_picture() -> None:
    class Broken(MemoryDecoder):
        async def decode(self, data: bytes, *, max_pixels: int = 2_000_000) -> Any:
            if data == picture(2):
                raise ZeroDivisionError
            return await super().decode(data, max_pixels=max_pixels)

    async with web_peer() as peer:
        peer.pictures = {"bridge one": 1, "bridge two": 2}
        fetcher = a_fetcher()
        known = ProviderSettings(addresses={"searxng": peer.url("searxng")})
        tools = SearchTools(
            providers=[build_provider("searxng", known, fetcher=fetcher, library=NoLibrary())],
            fetcher=CachedFetcher(fetcher, MemoryCache(), ttl_s=60, fresh=False),
            decoder=Broken(),
            pictures=MemoryPictures(),
        )
        session = tools.session(a_job(request=a_request(prompt="x", attachments=())))
        result = await session.run(ToolCall(ToolName.IMAGE_SEARCH, {"query": "bridge"}))
        await fetcher.aclose()
    assert [source.title for source in result.sources] == ["bridge one"]
    assert result.observation.problems == ("bridge two: its answer couldn't be read",)


AGENTS = st.sampled_from(["*", "Limner", "limner*", "lim", "googlebot", "", "Limner/1.0"])
RULES = st.sampled_from(["/", "/a", "/a/b", "/*.jpg$", "/a*b", "", "/a/index.html"])
LINES = st.one_of(
    AGENTS.map(lambda agent: f"User-agent: {agent}"),
    AGENTS.map(lambda agent: f"user agent {agent}  # us"),
    RULES.map(lambda rule: f"Disallow: {rule}"),
    RULES.map(lambda rule: f"Allow: {rule}"),
    st.sampled_from(["", "# nothing", "Sitemap: https://x.example/", "Crawl-delay: 1", "junk"]),
)


@given(st.lists(LINES, max_size=12), st.sampled_from(["/", "/a", "/a/b", "/x.jpg", "/ab"]))
def test_the_rules_for_limner_decide_as_the_whole_file_does(lines: list[str], path: str) -> None:
    text = "\n".join(lines)
    whole, ours = Protego.parse(text), Protego.parse(rules_for_limner(text.encode()))
    url = f"https://x.example{path}"
    assert ours.can_fetch(url, "Limner") == whole.can_fetch(url, "Limner")
