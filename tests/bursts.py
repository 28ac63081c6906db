"""Many people who ask at once, on Slack and on Discord, of a `limner run` that is a process of its
own; what they see of it is measured."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import aiohttp

from evaluation.peers.discord_limits import DiscordLimits
from evaluation.peers.discord_server import DiscordPeer, discord_peer
from evaluation.peers.slack import SIGNING_SECRET, FakeSlack, fake_slack
from evaluation.peers.slack_api import APP_TOKEN
from evaluation.peers.slack_installations import installed
from evaluation.peers.slack_limits import SlackLimits
from evaluation.peers.slack_team import Team
from evaluation.running import until_healthy
from tests import forks
from tests.fakes.emulate import free_port

ROOT = Path(__file__).parent.parent
FIRST_CHANNEL = 4000


class Chat(Protocol):
    """A platform on which people ask."""

    async def ask(self, number: int) -> None:
        """Type a command; returns when it is acknowledged."""
        ...

    def pictures(self) -> list[str]:
        """The job of each message that shows a picture."""
        ...


@dataclass(frozen=True)
class Measured:
    """What people saw; seconds from the first command on."""

    commands: int
    acks: list[float]
    first_s: float
    all_s: float
    pictures: list[str]

    @property
    def ack_p99_s(self) -> float:
        """The wait that one command of a hundred exceeds."""
        return sorted(self.acks)[max(0, int(len(self.acks) * 0.99) - 1)]

    @property
    def lost(self) -> int:
        """Commands of which no picture came."""
        return self.commands - len(set(self.pictures))

    def __str__(self) -> str:
        return (
            f"{self.commands} commands, acknowledged p50 {statistics.median(self.acks):.3f} s "
            f"p99 {self.ack_p99_s:.3f} s, first picture after {self.first_s:.1f} s, all after "
            f"{self.all_s:.1f} s, lost {self.lost}, doubled "
            f"{len(self.pictures) - len(set(self.pictures))}"
        )


async def burst(
    chat: Chat, *, commands: int, within_s: float, limit_s: float, told: bool = False
) -> Measured:
    """Ask so often within that time, and wait for all pictures."""
    acks: list[float] = []
    began = time.monotonic()

    async def ask(number: int) -> None:
        await asyncio.sleep(max(0.0, began + number * within_s / commands - time.monotonic()))
        asked = time.monotonic()
        await chat.ask(number)
        acks.append(time.monotonic() - asked)

    first_s, said, shown, now = 0.0, 0, 0, 0.0
    async with asyncio.TaskGroup() as tasks:
        for number in range(commands):
            tasks.create_task(ask(number))
        while shown < commands and now < limit_s:
            await asyncio.sleep(0.1)
            shown, now = len(set(chat.pictures())), time.monotonic() - began
            if shown and not first_s:
                first_s = now
            if told and shown >= said + 25:
                said = shown
                print(f"{now:6.1f} s: {shown} pictures, {len(acks)} acks", flush=True)  # noqa: T201
    await asyncio.sleep(1.0)  # a second message of a job would come now
    return Measured(commands, acks, first_s, now, chat.pictures())


@asynccontextmanager
async def limner(environment: dict[str, str]) -> AsyncGenerator[forks.Process]:
    """`limner run`, until the block ends."""
    settings = {
        "LIMNER_SEARCH_PROVIDERS": "library",
        "LIMNER_LOG_LEVEL": "warning",
        **environment,
    }
    process = await forks.start("app", "run", env={**os.environ, **settings}, stdout=forks.DEVNULL)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await asyncio.wait_for(process.wait(), 60)


@dataclass
class SlackBurst:
    """Slack with so many workspaces, over sockets or, with a ``port``, over HTTP."""

    fake: FakeSlack
    port: int
    session: aiohttp.ClientSession
    teams: list[Team] = field(default_factory=list[Team])

    async def ask(self, number: int) -> None:
        """Type a command."""
        body = self.fake.slash_body(f"a red cube, number {number}", user=f"U{number:05d}")
        body["team_id"] = self.teams[number % len(self.teams)].id
        if not self.port:
            await self.fake.deliver("slash_commands", body, patience_s=60.0)
            return
        form, headers = self.fake.form(body)
        url = f"http://127.0.0.1:{self.port}/slack/events"
        async with self.session.post(url, data=form, headers=headers) as answer:
            assert answer.status == 200, await answer.text()

    def pictures(self) -> list[str]:
        """The job of each message that shows one."""
        channels = [c for team in self.teams for c in team.channels.values()]
        messages = [m for channel in channels for m in channel.messages.values()]
        return [str(m.job_id) for m in messages if m.pictures]

    async def answering(self) -> None:
        """Wait until Limner answers."""
        if not self.port:
            await self.fake.connected(2)
            return
        await until_healthy(self.session, self.port)


@asynccontextmanager
async def slack_burst(
    folder: Path,
    *,
    teams: int,
    http: bool,
    people: int,
    settings: Mapping[str, str] | None = None,
) -> AsyncGenerator[SlackBurst]:
    """A Slack, and a Limner that serves its workspaces, with these settings of its own."""
    port = free_port() if http else 0
    connector = aiohttp.TCPConnector(limit=0)
    async with fake_slack() as fake, aiohttp.ClientSession(connector=connector) as session:
        fake.limits = SlackLimits()
        environment = {
            "LIMNER_DATA_DIR": str(folder / "data"),
            "LIMNER_SLACK_API_BASE": f"{fake.base_url}/api/",
            "LIMNER_HTTP_PORT": str(port or 8080),
            **(settings or {}),
        }
        if http:
            environment["LIMNER_SLACK_SIGNING_SECRET"] = SIGNING_SECRET
        else:
            environment["LIMNER_SLACK_APP_TOKEN"] = APP_TOKEN
        if teams == 1:
            environment["LIMNER_SLACK_BOT_TOKEN"] = fake.team.token
        else:
            (folder / "data").mkdir(parents=True)
            url = f"sqlite:///{folder / 'data' / 'limner.sqlite'}"
            environment |= await installed(fake, url, teams)
        for team in fake.teams.values():
            team.channel("C0001")
            team.users |= {f"U{n:05d}": {} for n in range(people)}
        async with limner(environment):
            found = SlackBurst(fake, port, session, list(fake.teams.values()))
            await found.answering()
            yield found


@dataclass
class DiscordBurst:
    """A Discord server with so many channels."""

    peer: DiscordPeer
    channels: int

    async def ask(self, number: int) -> None:
        """Type a command."""
        channel = FIRST_CHANNEL + number % self.channels
        token = await self.peer.asks(
            prompt=f"a red cube, number {number}", user_id=100_000 + number, channel=channel
        )
        interaction = self.peer.world.interactions[token]
        await self.peer.until(lambda: interaction.acknowledged_at is not None, within_s=60)

    def pictures(self) -> list[str]:
        """The job of each message that shows one."""
        return [self.peer.world.job_of(m) for m in self.peer.world.every() if m["attachments"]]


@asynccontextmanager
async def discord_burst(folder: Path, *, channels: int) -> AsyncGenerator[DiscordBurst]:
    """A Discord, and a Limner that serves its server."""
    async with discord_peer() as peer:
        peer.limits = DiscordLimits()
        peer.world.more_channels = range(FIRST_CHANNEL, FIRST_CHANNEL + channels)
        environment = {
            "LIMNER_DATA_DIR": str(folder / "data"),
            "LIMNER_DISCORD_TOKEN": peer.world.token,
            "LIMNER_DISCORD_API_BASE": peer.api_base,
        }
        async with limner(environment):
            await peer.until(lambda: peer.session and len(peer.session.events) >= 2, within_s=90)
            yield DiscordBurst(peer, channels)
