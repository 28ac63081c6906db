"""People who installed Limner for themselves use it in servers that Limner is no member of: only
they see it, and it belongs to them alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.peers.discord_rules import Object
from evaluation.peers.discord_server import DiscordPeer
from evaluation.peers.discord_world import EPHEMERAL, said_in
from tests.fakes.discord_line import Line, a_line
from tests.fakes.job_service import an_office

OWN, ELSEWHERE, CHANNEL, HOME = "discord:dm:42", 9_999, 9_001, 10_000 + 42


@pytest.fixture
async def line(peer: DiscordPeer, tmp_path: Path) -> AsyncIterator[Line]:
    async with (
        an_office(tmp_path) as office,
        a_line(peer, replace(office, workspace=OWN)) as connected,
    ):
        yield connected


async def asked(line: Line, **options: object) -> tuple[str, Object]:
    token, job_id = await line.asked(channel=CHANNEL, elsewhere=ELSEWHERE, **options)
    message_id = line.peer.world.interactions[token].message_id or 0
    return job_id, line.peer.world.fetch(CHANNEL, message_id)


async def test_a_picture_is_shown_to_the_person_alone(line: Line) -> None:
    job_id, message = await asked(line)
    assert message["flags"] & EPHEMERAL
    job = (await line.office.job_service.view(OWN, job_id)).job
    assert job.request.routing.private
    await line.surface.send(await line.finished(job_id))
    assert line.peer.world.carrying(job_id) == [message]
    posted = [path for verb, path, _ in line.peer.requests if verb == "POST"]
    assert not any(path == f"/channels/{CHANNEL}/messages" for path in posted)


async def test_a_picture_that_took_long_comes_to_their_own_messages(line: Line) -> None:
    job_id, _message = await asked(line)
    line.peer.world.token_life_s = 0.0
    await line.surface.send(await line.finished(job_id))
    [message] = line.peer.world.carrying(job_id)
    assert message["channel_id"] == str(HOME)


async def test_what_everybody_would_see_is_private_there_too(line: Line) -> None:
    token = await line.peer.asks("gallery", channel=CHANNEL, elsewhere=ELSEWHERE)
    interaction = line.peer.world.interactions[token]
    await line.peer.until(lambda: interaction.message_id is not None)
    message = line.peer.world.fetch(CHANNEL, interaction.message_id or 0)
    await line.peer.until(lambda: said_in(message))
    assert message["flags"] & EPHEMERAL


async def test_a_server_keeps_its_news_and_its_settings_to_itself(line: Line) -> None:
    kinds = {c["name"]: c.get("integration_types") for c in line.peer.world.commands}
    assert kinds["imagine"] == [0, 1]
    assert kinds["Illustrate this"] == [0, 1]
    assert kinds["news"] == kinds["admin"] == [0]
