"""``python -m evaluation.slack_bench``: how soon Slack's commands are acknowledged under load.

A real ``limner run`` is connected to a Slack of our own; while it researches and renders, fifty
people type ``/illustrate`` at the same moment. The budget: p99 below 300 ms on two cores.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evaluation.peers.slack import FakeSlack, fake_slack
from evaluation.peers.slack_api import APP_TOKEN

COMMANDS = 50
BUSY = 10
ROUNDS = 5
CHANNELS = 10
SUBJECTS = ("Amber Bridge", "Birch Tower", "Cedar Palace", "Dune Temple", "Elm Harbour")


async def rounds(folder: Path) -> list[list[float]]:
    """The seconds until each acknowledgement, round by round."""
    async with fake_slack() as fake:
        for number in range(CHANNELS):
            fake.team.channel(f"C{number:04d}")
        environment = {
            "LIMNER_DATA_DIR": str(folder),
            "LIMNER_SLACK_API_BASE": f"{fake.base_url}/api/",
            "LIMNER_SLACK_BOT_TOKEN": fake.team.token,
            "LIMNER_SLACK_APP_TOKEN": APP_TOKEN,
            "LIMNER_SEARCH_PROVIDERS": "library",
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "limner", "run"), env={**os.environ, **environment}
        )
        try:
            await fake.connected(2)
            return [await one_round(fake, number) for number in range(ROUNDS)]
        finally:
            process.terminate()
            await process.wait()


async def one_round(fake: FakeSlack, number: int) -> list[float]:
    """Make it busy, then let all users type at once."""
    subjects = ", ".join(SUBJECTS)
    for n in range(BUSY):
        await fake.slash(f"{subjects} count:4", user=f"UBUSY{number}{n}", channel=channel(n))
    await asyncio.sleep(2.0)
    acks = await asyncio.gather(
        *(
            fake.slash(f"{subjects}, seen by {n}", user=f"U{number}{n:03d}", channel=channel(n))
            for n in range(COMMANDS)
        )
    )
    return [ack.seconds for ack in acks]


def channel(number: int) -> str:
    """The channel that a user types in."""
    return f"C{number % CHANNELS:04d}"


def main() -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as name:
        measured = asyncio.run(rounds(Path(name)))
    table = Table(title=f"{COMMANDS} × /illustrate at once, on {os.cpu_count()} cores, in ms")
    for column in ("round", "p50", "p99", "max"):
        table.add_column(column, justify="right")
    every = [("all", [s for seconds in measured for s in seconds])]
    for title, seconds in [*((str(n), s) for n, s in enumerate(measured, 1)), *every]:
        cuts = statistics.quantiles(seconds, n=100, method="inclusive")
        figures = (statistics.median(seconds), cuts[98], max(seconds))
        table.add_row(title, *(f"{figure * 1000:.0f}" for figure in figures))
    Console().print(table)


if __name__ == "__main__":
    main()
