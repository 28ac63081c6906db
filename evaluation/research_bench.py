"""How near one trajectory of the model-driven agent comes to its critical path, how many fit into a
process, and what they ask of the outside world.

The model answers after 0.8 s, a search after 0.3 s, a picture after 0.25 s; one picture in ten
hangs for 3 s and one in ten is missing. Run with ``python -m evaluation.research_bench``.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from agent.cached import CachedFetcher, CachedProvider
from agent.chat_models import ModelSettings, OpenAiChatModel
from agent.fetch import FetchSettings, SafeFetcher
from agent.images import DecodingPool
from agent.loop import LoopSettings, ModelResearcher
from agent.providers.registry import ProviderSettings, build_provider
from agent.tools import SearchTools
from domain.requests import Job
from tests.fakes.model_server import ModelServer, answer, model_server, turn
from tests.fakes.search import MemoryNotebook, MemoryPictures, MemorySteps
from tests.fakes.values import a_job, a_request
from tests.fakes.web import WebPeer, web_peer

MODEL_S, SEARCH_S, PICTURE_S, HANG_S = 0.8, 0.3, 0.25, 3.0
HOPS = ("search", "image_search", "image_search")
TURNS = len(HOPS) + 1
CRITICAL_S = TURNS * MODEL_S + len(HOPS) * SEARCH_S + 2 * PICTURE_S
"""Every model turn, every search, and the pictures of two searches, one of them after another."""
AT_ONCE = 64


class MemoryCache:
    """A cache in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}

    async def get(self, namespace: str, key: str) -> bytes | None:
        """The kept value."""
        return self.kept.get((namespace, key))

    async def put(self, namespace: str, key: str, value: bytes, *, ttl_s: float) -> None:
        """Keep a value."""
        self.kept[namespace, key] = value


@dataclass
class Bench:
    """One process's agent with its peers."""

    agent: ModelResearcher
    peer: WebPeer
    server: ModelServer

    async def one(self, name: str) -> float:
        """Wall seconds of one trajectory."""
        started = time.monotonic()
        job: Job = a_job(request=a_request(prompt=f"the Bridge of {name}", attachments=()))
        research = await self.agent.research(job, steps=MemorySteps(), notebook=MemoryNotebook())
        if len(research.hops) != len(HOPS) or not research.grounded.references:
            raise RuntimeError(f"the trajectory went astray: {research.notes}")
        return time.monotonic() - started


def _script(messages: list[dict[str, Any]]) -> str:
    """What the model says, by how far the conversation is."""
    said = sum(message["role"] == "assistant" for message in messages)
    name = str(messages[1]["content"]).rpartition(" ")[2]
    if said == len(HOPS):
        return answer(f"The Bridge of {name} in the first reference image.", "IMG_001")
    query = f"Bridge {name} {'by night' if said == 2 else 'by day'}"
    queries = {"queries": [query]} if HOPS[said] == "search" else {"query": query}
    return turn(f"hop {said}", HOPS[said], **queries)


@asynccontextmanager
async def opened(cache: MemoryCache) -> AsyncGenerator[Bench]:
    """The agent as it is wired in production, with peers on loopback."""
    async with web_peer() as peer, model_server(_script) as server:
        server.delay_s = MODEL_S
        peer.delays = (SEARCH_S, PICTURE_S, HANG_S)
        peer.any_query = True
        fetcher = SafeFetcher(
            FetchSettings(allowed_networks=["127.0.0.1/32"], connections_per_host=256)
        )
        decoder = DecodingPool(size=os.cpu_count() or 2)
        pictures = MemoryPictures()
        settings = ProviderSettings(serper_base_url=peer.url("serper"), serper_api_key="KEY")
        provider = CachedProvider(
            build_provider("serper", settings, fetcher=fetcher, library=_NoLibrary()),
            cache,
            ttl_s=60,
            fresh=False,
        )
        tools = SearchTools(
            providers=[provider],
            fetcher=CachedFetcher(fetcher, cache, ttl_s=60, fresh=False),
            decoder=decoder,
            pictures=pictures,
        )
        model = OpenAiChatModel(ModelSettings((server.base_url,), "m"))
        agent = ModelResearcher(
            model=model,
            tools_for=lambda _job: tools,
            max_references=lambda _job: 5,
            decoder=decoder,
            pictures=pictures,
            settings=LoopSettings(),
        )
        try:
            yield Bench(agent, peer, server)
        finally:
            await model.aclose()
            await decoder.aclose()
            await fetcher.aclose()


class _NoLibrary:
    async def search(self, workspace_id: str, query: str, *, kind: str, limit: int) -> list[Any]:
        return []


def _memory() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def measured() -> list[tuple[str, str, str]]:
    """All figures, as rows of the table."""
    cache = MemoryCache()
    async with opened(cache) as bench:
        await bench.one("warmup")
        alone = [await bench.one(f"single{n}") for n in range(5)]
        single = statistics.median(alone)
        bench.peer.calls.clear()
        await bench.one("calls")
        cold = bench.peer.total
        await bench.one("calls")
        warm = bench.peer.total - cold
        before = _memory()
        together = await asyncio.gather(*(bench.one(f"many{n}") for n in range(AT_ONCE)))
        memory = _memory()
    return [
        (
            "one trajectory (median of 5)",
            f"{single:.2f} s",
            f"{single / CRITICAL_S:.2f} × its critical path ({CRITICAL_S:.2f} s)",
        ),
        (
            f"{AT_ONCE} at once, the slowest",
            f"{max(together):.2f} s",
            f"{max(together) / single:.2f} × one alone",
        ),
        (
            f"memory with {AT_ONCE} at once",
            f"{memory:.0f} MB",
            f"{memory / before:.2f} × before",
        ),
        ("outside calls of a job, cold", str(cold), ""),
        ("outside calls of the same job, warm", str(warm), f"{warm / cold:.2f} × cold"),
    ]


def main() -> None:
    """Measure and print the table."""
    table = Table(title="The model-driven agent")
    for column in ("figure", "measured", "ratio"):
        table.add_column(column)
    for row in asyncio.run(measured()):
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
