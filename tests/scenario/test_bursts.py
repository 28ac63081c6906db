"""A small burst of commands, on each platform and way: none is lost, and none is shown twice. The
large ones, with their times, are in ``tests/soak``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bursts import burst, discord_burst, slack_burst

pytestmark = pytest.mark.timeout(240)
COMMANDS = 6
LIMIT_S = 180.0


@pytest.mark.parametrize(("teams", "http"), [(1, False), (5, True)])
async def test_each_command_of_a_burst_on_slack_gets_its_picture(
    tmp_path: Path, teams: int, http: bool
) -> None:
    async with slack_burst(tmp_path, teams=teams, http=http, people=COMMANDS) as chat:
        found = await burst(chat, commands=COMMANDS, within_s=0.5, limit_s=LIMIT_S)
    assert len(found.acks) == COMMANDS
    assert len(found.pictures) == len(set(found.pictures)) == COMMANDS


async def test_each_command_of_a_burst_on_discord_gets_its_picture(tmp_path: Path) -> None:
    async with discord_burst(tmp_path, channels=3) as chat:
        found = await burst(chat, commands=COMMANDS, within_s=0.5, limit_s=LIMIT_S)
        assert chat.peer.problems == []
    assert len(found.acks) == COMMANDS
    assert len(found.pictures) == len(set(found.pictures)) == COMMANDS
