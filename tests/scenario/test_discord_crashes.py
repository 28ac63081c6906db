"""`limner run` as a process of its own, killed at random moments while people ask for pictures:
each job ends with exactly one message that carries its picture.

``LIMNER_TEST_CRASH_JOBS=50`` makes it long, ``LIMNER_TEST_CRASH_SEED`` other moments.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from domain.requests import Job, JobStatus
from evaluation.peers.discord_server import DiscordPeer, discord_peer
from evaluation.peers.discord_world import GENERAL, GUILD
from storage.database import open_database
from storage.unit_of_work import SqlStore
from tests import forks

ROOT = Path(__file__).parent.parent.parent
JOBS = int(os.environ.get("LIMNER_TEST_CRASH_JOBS", "8"))
SEED = int(os.environ.get("LIMNER_TEST_CRASH_SEED", "7"))
AT_ONCE = max(2, JOBS // 4)
"""At most five deaths for a job: one that outlives more counts as what kills the process."""
WORKSPACE = f"discord:{GUILD}"


@dataclass
class Bot:
    """A `limner run` that is killed and started again."""

    peer: DiscordPeer
    folder: Path
    process: forks.Process | None = None
    kills: int = 0
    tokens: list[str] = field(default_factory=list[str])

    async def start(self) -> None:
        """Start it, and wait until it is connected."""
        before = self.peer.identified
        self.process = await forks.start(
            *("app", "run"),
            env={
                **os.environ,
                "LIMNER_DATA_DIR": str(self.folder),
                "LIMNER_SEARCH_PROVIDERS": "library",
                "LIMNER_DISCORD_TOKEN": self.peer.world.token,
                "LIMNER_DISCORD_API_BASE": self.peer.api_base,
                "LIMNER_DECODER_PROCESSES": "1",
                "LIMNER_LOG_LEVEL": "info",
            },
            stdout=forks.DEVNULL,
        )
        await self.peer.until(lambda: self.peer.identified > before, within_s=240)
        await self.peer.until(lambda: self._knows_guild(), within_s=240)

    async def kill(self) -> None:
        """End it at once."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            assert await self.process.wait() == -signal.SIGKILL
            self.kills += 1

    async def stop(self) -> None:
        """Ask it to end, as an operator does."""
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await asyncio.wait_for(self.process.wait(), 30)

    async def ask(self, number: int) -> None:
        """A user requests a picture."""
        prompt = f"Fox number {number} near the Old Bridge"
        self.tokens.append(await self.peer.asks(prompt=prompt, user_id=100 + number))

    async def jobs(self) -> Sequence[Job]:
        """Every job that was accepted."""
        engine = open_database(f"sqlite:///{self.folder / 'limner.sqlite'}")
        try:
            async with SqlStore(engine).workspace(WORKSPACE, read_only=True) as unit:
                return await unit.jobs.recent(limit=1000)
        finally:
            await engine.dispose()

    async def accepted(self, *, more_than: int) -> None:
        """Wait for one more job: a busy machine may take longer to accept one than a process
        is left alive."""
        async with asyncio.timeout(240):
            while True:
                if len(await self.jobs()) > more_than:
                    return
                await asyncio.sleep(0.1)

    async def ended(self, *, within_s: float) -> Sequence[Job]:
        """Every job that was accepted, once all of them are over."""
        async with asyncio.timeout(within_s):
            while True:
                jobs = await self.jobs()
                if all(job.status.final for job in jobs):
                    return jobs
                await asyncio.sleep(0.5)

    def _knows_guild(self) -> bool:
        session = self.peer.session
        return session is not None and len(session.events) >= 2


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    async with discord_peer() as peer:
        running = Bot(peer, tmp_path / "bot")
        await running.start()
        yield running
        with suppress(ProcessLookupError):
            await running.stop()
        assert peer.problems == []


@pytest.mark.timeout(480 + 30 * JOBS)
async def test_each_job_ends_with_one_message_that_carries_its_picture(bot: Bot) -> None:
    chance = random.Random(SEED)  # noqa: S311
    asked = 0
    while asked < JOBS:
        accepted = len(await bot.jobs())
        for _ in range(min(AT_ONCE, JOBS - asked)):
            await bot.ask(asked)
            asked += 1
        await bot.accepted(more_than=accepted)
        await asyncio.sleep(chance.uniform(0.1, 3.0))
        await bot.kill()
        await bot.start()
    jobs = await bot.ended(within_s=240 + 15 * JOBS)
    await asyncio.sleep(1.0)
    assert bot.kills >= JOBS // AT_ONCE
    assert [job.error for job in jobs if job.status is not JobStatus.DONE] == []
    carried = {job.id: len(bot.peer.world.carrying(job.id)) for job in jobs}
    assert set(carried.values()) == {1}
    people = [job.request.origin.member_id for job in jobs]
    assert len(people) == len(set(people)), "an interaction became two jobs"
    unanswered = [
        message
        for message in bot.peer.world.messages.get(GENERAL, {}).values()
        if any(job.id in str(message["components"]) for job in jobs) and not message["attachments"]
    ]
    assert unanswered == [], "a job has another message beside its result"


async def test_an_asked_picture_is_there_after_a_quiet_restart(bot: Bot) -> None:
    await bot.ask(1)
    await bot.peer.until(lambda: bot.peer.world.interactions[bot.tokens[0]].acknowledged_at)
    await bot.peer.until(lambda: any(m["components"] for m in bot.peer.world.every()))
    await bot.stop()
    await bot.start()
    await bot.peer.until(
        lambda: any(m["attachments"] for m in bot.peer.world.every()), within_s=240
    )
    [message] = list(bot.peer.world.every())
    [attachment] = message["attachments"]
    assert attachment["description"]
