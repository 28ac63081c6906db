"""``python -m evaluation.discord_bench``: how quickly commands are acknowledged while Limner works.

``limner run`` is a process of its own, as in production: research, rendering and the connection in
one. A Discord on loopback sends it many commands at once, again and again, while it is busy with
the jobs of the rounds before. Measured is the time from sending a command to the arrival of its
acknowledgement.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evaluation.peers.discord_server import DiscordPeer, discord_peer

ROOT = Path(__file__).parent.parent
LIMIT_S = 0.300
PROMPTS = (
    "the Golden Gate Bridge beside Tower Bridge",
    "a red cube",
    "Chelsea the cat on the Moon",
)


async def measured(peer: DiscordPeer, *, at_once: int, rounds: int, pause_s: float) -> list[float]:
    """Seconds until each command was acknowledged."""
    tokens: list[str] = []
    for number in range(rounds):
        for person in range(at_once):
            prompt = f"{PROMPTS[person % len(PROMPTS)]}, number {number}"
            tokens.append(await peer.asks(prompt=prompt, user_id=1000 + number * at_once + person))
        await asyncio.sleep(pause_s)
    asked = [peer.world.interactions[token] for token in tokens]
    await peer.until(lambda: all(i.acknowledged_at for i in asked), within_s=30)
    return sorted((i.acknowledged_at or 0.0) - i.told_at for i in asked)


async def answered(peer: DiscordPeer, count: int) -> float:
    """Seconds until so many pictures are there."""
    started = time.monotonic()
    await peer.until(
        lambda: sum(bool(m["attachments"]) for m in peer.world.every()) >= count, within_s=1800
    )
    return time.monotonic() - started


async def bench(*, at_once: int, rounds: int, pause_s: float) -> Table:
    """All figures as a table."""
    with tempfile.TemporaryDirectory() as folder:
        async with discord_peer() as peer:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "limner", "run"),
                cwd=ROOT,
                env={
                    **os.environ,
                    "LIMNER_DATA_DIR": folder,
                    "LIMNER_SEARCH_PROVIDERS": "library",
                    "LIMNER_DISCORD_TOKEN": peer.world.token,
                    "LIMNER_DISCORD_API_BASE": peer.api_base,
                },
            )
            try:
                await peer.until(lambda: peer.session and len(peer.session.events) > 1, within_s=60)
                await peer.asks(prompt="to warm up", user_id=1)
                await answered(peer, 1)
                times = await measured(peer, at_once=at_once, rounds=rounds, pause_s=pause_s)
                rest_s = await answered(peer, 1 + at_once * rounds)
            finally:
                process.terminate()
                await process.wait()
            return _table(peer, times, rest_s, at_once=at_once)


def _table(peer: DiscordPeer, times: list[float], rest_s: float, *, at_once: int) -> Table:
    written = [
        later - earlier
        for moments in peer.world.edits.values()
        for earlier, later in pairwise(moments[1:])
    ]
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    table = Table(title=f"Discord on {os.cpu_count()} cores, Python {platform.python_version()}")
    for column in ("figure", "measured", "limit"):
        table.add_column(column)
    table.add_row(
        f"{at_once} commands at once, acknowledged, p50 / p99 / max",
        f"{statistics.median(times) * 1000:.0f} / {p99 * 1000:.0f} / {times[-1] * 1000:.0f} ms",
        f"p99 < {LIMIT_S * 1000:.0f} ms",
    )
    table.add_row("commands measured", str(len(times)), "")
    table.add_row("pictures still to come after the last command", f"{rest_s:.1f} s", "")
    table.add_row(
        "least time between two writings of a message",
        f"{min(written, default=float('nan')):.2f} s",
        "≥ 1 s",
    )
    table.add_row("requests that Discord would refuse", str(len(peer.problems)), "0")
    return table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.discord_bench")
    parser.add_argument("--at-once", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--pause", type=float, default=5.0, help="seconds between rounds")
    wanted = parser.parse_args()
    table = asyncio.run(bench(at_once=wanted.at_once, rounds=wanted.rounds, pause_s=wanted.pause))
    Console().print(table)


if __name__ == "__main__":
    main()
