"""Starting the outside world of the benches as a process of its own."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass

import aiohttp

from evaluation.peers import script
from evaluation.peers.script import Delays

_DELAYS = Delays()


@dataclass(frozen=True, slots=True)
class RunningPeers:
    """The peers' address, process and delays."""

    base_url: str
    pid: int
    delays: Delays

    def environment(self) -> dict[str, str]:
        """Settings that point Limner's model, search and pictures here; all others stay as they
        are in production."""
        return {
            "LIMNER_MODEL_JUDGES": "false",  # what the policy costs has a bench of its own
            "LIMNER_MODEL_BASE_URL": f"{self.base_url}/v1",
            "LIMNER_SEARCH_PROVIDERS": "serper",
            "LIMNER_SERPER_BASE_URL": f"{self.base_url}/serper",
            "LIMNER_SERPER_API_KEY": script.KEY,
            "LIMNER_FETCH_ALLOWED_NETWORKS": "127.0.0.0/8",
        }

    async def calls(self) -> Counter[str]:
        """The number of calls of each kind of peer since the start; the model is no outside
        call."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.base_url}/calls") as answer,
        ):
            return Counter(await answer.json())


def outside(calls: Counter[str]) -> int:
    """The calls that leave one's own machines: all but those of the model."""
    return calls.total() - calls["model"]


@asynccontextmanager
async def running_peers(*, hosts: int, delays: Delays = _DELAYS) -> AsyncGenerator[RunningPeers]:
    """Start them, and end them with the block; pictures and pages lie on so many ``hosts``."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "evaluation.peers", str(hosts), json.dumps(asdict(delays))),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        ready = json.loads(await process.stdout.readline())
        yield RunningPeers(ready["base_url"], process.pid, delays)
    finally:
        process.stdin.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 5)
        if process.returncode is None:
            process.kill()
            await process.wait()
