"""Kill -9 at random moments while `limner run` serves Slack: each accepted command ends as exactly
one message that carries its picture.

``CRASH_JOBS=50`` in the environment does it with fifty jobs.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from evaluation.peers.slack import FakeSlack, fake_slack
from evaluation.peers.slack_api import APP_TOKEN
from evaluation.peers.slack_team import Message
from tests import forks

ROOT = Path(__file__).parent.parent.parent
JOBS = int(os.environ.get("CRASH_JOBS", "8"))
KILLS = max(3, JOBS // 6)
CHANNELS = 5


@dataclass
class House:
    """`limner run` as a process of its own, connected to our Slack."""

    fake: FakeSlack
    environment: dict[str, str]
    process: forks.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it is connected."""
        self.fake.sockets.clear()
        self.process = await forks.start("app", "run", env={**os.environ, **self.environment})
        await self.fake.connected(2)

    async def kill(self) -> None:
        """Kill it as the kernel would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        assert await self.process.wait() == -signal.SIGKILL

    async def stop(self) -> int:
        """Ask it to stop; gives its exit status."""
        assert self.process is not None
        self.process.terminate()
        async with asyncio.timeout(240):
            return await self.process.wait()


@pytest.fixture
async def application(tmp_path: Path) -> AsyncIterator[House]:
    async with fake_slack() as fake, opened(fake, tmp_path / "data") as application:
        for number in range(CHANNELS):
            fake.team.channel(f"C{number:04d}")
        yield application


@asynccontextmanager
async def opened(fake: FakeSlack, data: Path) -> AsyncGenerator[House]:
    environment = {
        "LIMNER_DATA_DIR": str(data),
        "LIMNER_SLACK_API_BASE": f"{fake.base_url}/api/",
        "LIMNER_SLACK_BOT_TOKEN": fake.team.token,
        "LIMNER_SLACK_APP_TOKEN": APP_TOKEN,
        "LIMNER_SEARCH_PROVIDERS": "library",
        "LIMNER_DECODER_PROCESSES": "1",
    }
    application = House(fake, environment)
    await application.start()
    try:
        yield application
    finally:
        if application.process is not None and application.process.returncode is None:
            application.process.kill()
            await application.process.wait()


def messages(fake: FakeSlack) -> list[Message]:
    """Everything that was posted anywhere."""
    return [m for channel in fake.team.channels.values() for m in channel.messages.values()]


async def command(fake: FakeSlack, number: int) -> bool:
    """Type a command; False where it was not acknowledged, so that Slack shows its author an
    error."""
    try:
        await fake.slash(
            f"a red cube, number {number}",
            user=f"U{number:05d}",
            channel=f"C{number % CHANNELS:04d}",
        )
    except (TimeoutError, AssertionError, ConnectionError):
        return False
    return True


async def finished(fake: FakeSlack, wanted: int) -> None:
    """Wait until so many messages carry their picture, and no message is still without one: an
    unacknowledged command may have been accepted before the kill."""
    async with asyncio.timeout(240 + 6 * JOBS):
        while True:
            shown = [bool(m.pictures) for m in messages(fake)]
            if sum(shown) >= wanted and all(shown):
                return
            await asyncio.sleep(0.2)


@pytest.mark.timeout(480 + 15 * JOBS)
async def test_each_accepted_command_is_one_message_with_its_picture(application: House) -> None:
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)  # noqa: S311
    print(f"seed {seed}")  # noqa: T201
    commands = [asyncio.create_task(command(application.fake, n)) for n in range(JOBS)]
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.1, 3.0))
        await application.kill()
        await application.start()
    accepted = {n for n, acknowledged in enumerate(await asyncio.gather(*commands)) if acknowledged}
    await finished(application.fake, len(accepted))
    await asyncio.sleep(2)
    carried = Counter(m.job_id for m in messages(application.fake) if m.pictures)
    assert set(carried.values()) == {1}, f"seed {seed}"
    everything = messages(application.fake)
    assert all(m.pictures for m in everything), f"a message was left behind, seed {seed}"
    for number in accepted:
        with_it = [m for m in everything if f"number {number} " in f"{m.said} "]
        assert len(with_it) == 1, f"number {number}, seed {seed}"
    print(f"{len(accepted)} of {JOBS} accepted, {KILLS} kills")  # noqa: T201
    assert await application.stop() == 0
