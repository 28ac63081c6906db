"""Five hundred commands in ten seconds, from one workspace and from fifty, over sockets and over
HTTP: each is acknowledged within a second, and each picture comes as fast as Slack's limits allow.

``BURST_COMMANDS`` in the environment makes it another number.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest
from cryptography.fernet import Fernet

from domain.installations import Installation
from storage import schema
from storage.database import open_database
from storage.installations import SqlInstallations
from storage.seals import Seal
from tests.fakes.emulate import free_port
from tests.fakes.slack import SIGNING_SECRET, FakeSlack, fake_slack
from tests.fakes.slack_api import APP_TOKEN, CLIENT
from tests.fakes.slack_limits import SlackLimits
from tests.fakes.slack_team import Message, Team

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

ROOT = Path(__file__).parent.parent.parent
COMMANDS = int(os.environ.get("BURST_COMMANDS", "500"))
WITHIN_S = COMMANDS / 50
RESULT_S = 1.2
"""Seconds that Slack wants between two results in one channel."""


@dataclass
class Burst:
    """`limner run` as a process of its own, and what was measured of it."""

    fake: FakeSlack
    environment: dict[str, str]
    port: int = 0
    acks: list[float] = field(default_factory=list[float])
    began: float = 0.0
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app", "run", cwd=ROOT, env={**os.environ, **self.environment}
        )
        if not self.port:
            await self.fake.connected(2)
            return
        async with asyncio.timeout(60), aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(f"http://127.0.0.1:{self.port}/healthz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.1)

    async def send(self, team: Team, number: int, session: aiohttp.ClientSession) -> None:
        """Type a command at its moment."""
        await asyncio.sleep(max(0.0, self.began + number * WITHIN_S / COMMANDS - time.monotonic()))
        body = self.fake.slash_body(f"a red cube, number {number}", user=f"U{number:05d}")
        body["team_id"] = team.id
        began = time.monotonic()
        if self.port:
            form = urlencode(body)
            headers = {
                **self.fake.signed(form),
                "Content-Type": "application/x-www-form-urlencoded",
            }
            url = f"http://127.0.0.1:{self.port}/slack/events"
            async with session.post(url, data=form, headers=headers) as answer:
                assert answer.status == 200, await answer.text()
        else:
            await self.fake.deliver("slash_commands", body, patience_s=60.0)
        self.acks.append(time.monotonic() - began)

    def pictures(self) -> list[Message]:
        """The messages that show one."""
        channels = [c for team in self.fake.teams.values() for c in team.channels.values()]
        return [m for channel in channels for m in channel.messages.values() if m.pictures]


@asynccontextmanager
async def a_burst(folder: Path, *, teams: int, http: bool) -> AsyncGenerator[Burst]:
    """A process that serves so many workspaces."""
    port = free_port() if http else 0
    async with fake_slack() as fake:
        fake.limits = SlackLimits()
        environment = {
            "LIMNER_DATA_DIR": str(folder / "data"),
            "LIMNER_SLACK_API_BASE": f"{fake.base_url}/api/",
            "LIMNER_SEARCH_PROVIDERS": "library",
            "LIMNER_HTTP_PORT": str(port or 8080),
        }
        if http:
            environment["LIMNER_SLACK_SIGNING_SECRET"] = SIGNING_SECRET
        else:
            environment["LIMNER_SLACK_APP_TOKEN"] = APP_TOKEN
        if teams == 1:
            environment["LIMNER_SLACK_BOT_TOKEN"] = fake.team.token
        else:
            environment |= await installed(fake, folder / "data", teams)
        for team in fake.teams.values():
            team.channel("C0001")
            team.users |= {f"U{n:05d}": {} for n in range(COMMANDS)}
        burst = Burst(fake, environment, port)
        await burst.start()
        try:
            yield burst
        finally:
            if burst.process is not None and burst.process.returncode is None:
                burst.process.terminate()
                await burst.process.wait()


async def installed(fake: FakeSlack, data: Path, teams: int) -> dict[str, str]:
    """Install the app in so many workspaces; gives the settings for them."""
    key = Fernet.generate_key().decode()
    data.mkdir(parents=True)  # noqa: ASYNC240 - before anything runs
    url = f"sqlite:///{data / 'limner.sqlite'}"
    await schema.upgrade(url)
    engine = open_database(url)
    store = SqlInstallations(engine, Seal([key]))
    fake.teams.clear()
    for number in range(teams):
        team = Team(id=f"T{number:04d}", token=f"xoxb-{number}", bot_id=f"B{number:04d}")
        fake.teams[team.id] = team
        await store.save(
            Installation(
                workspace_id=f"slack:{team.id}",
                token=team.token,
                bot_id=team.bot_id,
                bot_member_id=team.bot_user,
                scopes=(),
                installed_at=datetime.now(UTC),
            )
        )
    await engine.dispose()
    return {
        "LIMNER_SLACK_CLIENT_ID": CLIENT[0],
        "LIMNER_SLACK_CLIENT_SECRET": CLIENT[1],
        "LIMNER_SECRET_KEY": key,
        "LIMNER_PUBLIC_BASE_URL": "https://limner.example",
    }


@pytest.mark.parametrize("http", [False, True], ids=["sockets", "http"])
@pytest.mark.parametrize("teams", [1, 50])
async def test_a_burst_starves_nothing(tmp_path: Path, teams: int, http: bool) -> None:
    async with a_burst(tmp_path, teams=teams, http=http) as burst:
        known = list(burst.fake.teams.values())
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            burst.began = time.monotonic()
            sending = asyncio.gather(
                *(burst.send(known[n % teams], n, session) for n in range(COMMANDS))
            )
            first, shown = await watched(burst, teams)
            await sending
        acks = sorted(burst.acks)
        p99 = acks[int(len(acks) * 0.99) - 1]
        print(  # noqa: T201
            f"\n{teams} workspaces over {'HTTP' if http else 'sockets'}: {COMMANDS} commands, "
            f"acknowledged p50 {statistics.median(acks):.3f} s p99 {p99:.3f} s, "
            f"first picture after {first:.1f} s, all after {shown:.0f} s, "
            f"{burst.fake.limits.refused if burst.fake.limits else 0} calls over the limits"
        )
        assert len({m.job_id for m in burst.pictures()}) == COMMANDS
        assert len(burst.pictures()) == COMMANDS
        assert p99 < 1.0
        assert first < 10.0


async def watched(burst: Burst, teams: int) -> tuple[float, float]:
    """Wait for all pictures; gives after how many seconds the first and the last came."""
    first, told = 0.0, 0
    limit_s = 120 + COMMANDS / teams * RESULT_S * 1.5 + COMMANDS * 1.0
    async with asyncio.timeout(limit_s):
        while True:
            shown, now = len(burst.pictures()), time.monotonic() - burst.began
            if shown and not first:
                first = now
            if shown >= told + 25:
                told = shown
                print(f"{now:6.1f} s: {shown} pictures, {len(burst.acks)} acks", flush=True)  # noqa: T201
            if shown >= COMMANDS:
                return first, now
            await asyncio.sleep(0.2)
