"""Five hundred commands in ten seconds: each is acknowledged within a second, and each picture
comes as fast as the platform's limits allow; also while slow senders hold the HTTP port.

``BURST_COMMANDS`` in the environment makes it another number.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.bursts import Chat, Measured, burst, discord_burst, slack_burst

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

COMMANDS = int(os.environ.get("BURST_COMMANDS", "500"))
WITHIN_S = COMMANDS / 50
SLACK_RESULT_S = 1.2
DISCORD_RESULT_S = 1.0
"""Seconds that the platform wants between two results in one channel."""
SLOW_SENDERS = 1_300


async def measured(chat: Chat, what: str, *, at_best_s: float) -> Measured:
    """A burst; ``at_best_s`` is how long the platform's limits make it last."""
    limit_s = 120 + at_best_s * 1.5 + COMMANDS
    found = await burst(chat, commands=COMMANDS, within_s=WITHIN_S, limit_s=limit_s, told=True)
    print(f"\n{what}: {found} (the limits allow {at_best_s:.0f} s)")  # noqa: T201
    return found


def check(found: Measured) -> None:
    """Nothing lost or doubled, and no requester waits long."""
    assert found.lost == 0
    assert len(found.pictures) == COMMANDS
    assert found.ack_p99_s < 1.0
    assert found.first_s < 10.0


@pytest.mark.parametrize("http", [False, True], ids=["sockets", "http"])
@pytest.mark.parametrize("teams", [1, 50])
async def test_a_burst_on_slack_starves_nothing(tmp_path: Path, teams: int, http: bool) -> None:
    async with slack_burst(tmp_path, teams=teams, http=http, people=COMMANDS) as chat:
        what = f"{teams} workspaces over {'HTTP' if http else 'sockets'}"
        found = await measured(chat, what, at_best_s=COMMANDS / teams * SLACK_RESULT_S)
        assert chat.fake.limits is not None
        print(f"calls over the limits: {chat.fake.limits.refused}")  # noqa: T201
    check(found)


@pytest.mark.parametrize("channels", [1, 10])
async def test_a_burst_on_discord_starves_nothing(tmp_path: Path, channels: int) -> None:
    async with discord_burst(tmp_path, channels=channels) as chat:
        what = f"Discord, {channels} channels"
        found = await measured(chat, what, at_best_s=COMMANDS / channels * DISCORD_RESULT_S)
        assert chat.peer.limits is not None
        print(f"calls over the limits: {chat.peer.limits.refused}")  # noqa: T201
    check(found)


@asynccontextmanager
async def slow_senders(port: int) -> AsyncGenerator[list[asyncio.StreamWriter]]:
    """Connections on which a request never ends; each is made anew when it is closed."""
    writers: list[asyncio.StreamWriter] = []

    async def send_slowly(number: int) -> None:
        own = f"127.0.{1 + number // 100}.{1 + number % 100}"  # Slack has an address of its own
        while True:
            try:
                _reader, writer = await asyncio.open_connection(
                    "127.0.0.1", port, local_addr=(own, 0)
                )
                writers.append(writer)
                writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nX: ")
                while not writer.is_closing():
                    writer.write(b"y")
                    await writer.drain()
                    await asyncio.sleep(1.0)
            except OSError:
                await asyncio.sleep(0.5)

    senders = [asyncio.create_task(send_slowly(number)) for number in range(SLOW_SENDERS)]
    try:
        yield writers
    finally:
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()


async def test_jobs_go_on_while_slow_senders_hold_the_http_port(tmp_path: Path) -> None:
    async with (
        slack_burst(tmp_path, teams=50, http=True, people=COMMANDS) as chat,
        slow_senders(chat.port) as writers,
    ):
        await asyncio.sleep(5.0)
        what = f"50 workspaces over HTTP beside {SLOW_SENDERS} slow senders"
        found = await measured(chat, what, at_best_s=COMMANDS / 50 * SLACK_RESULT_S)
        print(f"connections of slow senders: {len(writers)}")  # noqa: T201
    assert found.lost == 0
    assert len(found.pictures) == COMMANDS
