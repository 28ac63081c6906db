"""A repeated job makes no outside call, whatever failed the first time and in any process."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.fetching.fetcher import FetchSettings, SafeFetcher
from agent.providers.cached import CachedFetcher, CachedProvider
from agent.providers.registry import build_provider
from agent.providers.spec import ProviderSettings
from agent.research.tools import SearchTools, ToolSession
from domain.library import LibraryMatch
from domain.research import ToolCall, ToolName
from evaluation.peers.values import a_job, a_request
from storage.file_cache import FileCache
from tests.fakes.search import MemoryDecoder, MemoryPictures
from tests.fakes.web import WebPeer, web_peer


class NoLibrary:
    async def search(
        self, workspace_id: str, query: str, *, kind: str, limit: int
    ) -> list[LibraryMatch]:
        return []


@asynccontextmanager
async def a_process(peer: WebPeer, folder: Path) -> AsyncGenerator[ToolSession]:
    """The tools of one process over real parts; only decoding and blobs are in memory."""
    cache = FileCache(folder, max_bytes=100_000_000)
    networks = ["127.0.0.1/32"]
    fetcher = SafeFetcher(FetchSettings(allowed_networks=networks, public_sites=True), cache)
    services = SafeFetcher(FetchSettings(allowed_networks=networks), cache)
    known = ProviderSettings(addresses={"serper": peer.url("serper")}, keys={"serper": "KEY"})
    provider = build_provider("serper", known, fetcher=services, library=NoLibrary())
    tools = SearchTools(
        providers=[CachedProvider(provider, cache, ttl_s=3600, fresh=False)],
        fetcher=CachedFetcher(fetcher, cache, ttl_s=3600, fresh=False),
        decoder=MemoryDecoder(),
        pictures=MemoryPictures(),
        shown=cache,
    )
    prompt = f"{peer.url('odd/page')} and {peer.url('odd/private')}"
    try:
        yield tools.session(a_job(request=a_request(prompt=prompt, attachments=())))
    finally:
        await services.aclose()
        await fetcher.aclose()
        await cache.aclose()


async def whole_job(session: ToolSession, peer: WebPeer) -> Sequence[tuple[str, str]]:
    """Pages that may and may not be read, a search and several picture searches."""
    calls = [
        ToolCall(ToolName.BROWSE, {"url": peer.url("odd/page"), "query": "bridge"}),
        ToolCall(ToolName.BROWSE, {"url": peer.url("odd/private"), "query": "bridge"}),
        ToolCall(ToolName.SEARCH, {"queries": ["Tall Bridge"]}),
        *(
            ToolCall(ToolName.IMAGE_SEARCH, {"query": f"Tall Bridge {n}", "top_k": 5})
            for n in range(6)
        ),
    ]
    sources: list[tuple[str, str]] = []
    for call in calls:
        result = await session.run(call)
        session.absorb(result)
        sources += [(source.url, source.sha256) for source in result.sources]
    return sources


@pytest.mark.parametrize("hang_s", [0.05, 0.8])
async def test_a_repeated_job_asks_nobody(tmp_path: Path, hang_s: float) -> None:
    async with web_peer() as peer:
        peer.any_query = True
        peer.delays = (0.0, 0.01, hang_s)  # of ten pictures one hangs and one is missing
        async with a_process(peer, tmp_path / "cache") as session:
            first = await whole_job(session, peer)
        assert peer.calls["/robots.txt"] == 1
        assert peer.calls["/odd/private"] == 0
        cold = Counter(peer.calls)
        async with a_process(peer, tmp_path / "cache") as session:
            again = await whole_job(session, peer)
        assert peer.calls - cold == Counter()
        assert cold.total() > 30
    assert len(again) == len(first)
