"""The emoji of a job's states: uploaded once beside everything else, and never in its way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from bot.discord.view.draw_emoji import emoji
from bot.discord.view.state_emoji import CHARACTERS, FILES
from evaluation.peers.discord_server import DiscordPeer, Fault
from evaluation.peers.discord_world import GENERAL, GUILD
from tests.fakes.discord_line import Line, a_line
from tests.fakes.job_service import Office, an_office

EMOJI = r"/applications/\d+/emojis"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        yield replace(opened, workspace=f"discord:{GUILD}")


def names(peer: DiscordPeer) -> list[str]:
    return [str(each["name"]) for each in peer.world.emoji]


def requests(peer: DiscordPeer, method: str) -> int:
    return sum(verb == method and "/emojis" in path for verb, path, _ in peer.requests)


async def uploaded(peer: DiscordPeer) -> None:
    await peer.until(lambda: len(peer.world.emoji) == len(CHARACTERS))


async def card_of(line: Line) -> str:
    """A new job's message, as Discord has it."""
    token, _ = await line.asked()
    message_id = line.peer.world.interactions[token].message_id or 0
    return str(line.peer.world.fetch(GENERAL, message_id)["components"])


async def test_the_card_shows_an_emoji_of_the_application(
    peer: DiscordPeer, office: Office
) -> None:
    async with a_line(peer, office) as line:
        await uploaded(peer)
        assert "<:limner_queued_" in await card_of(line)
    assert peer.problems == []


async def test_emoji_that_are_there_are_not_uploaded_again(
    peer: DiscordPeer, office: Office
) -> None:
    async with a_line(peer, office):
        await uploaded(peer)
    async with a_line(peer, office):
        await peer.until(lambda: requests(peer, "GET") == 2)
        assert requests(peer, "POST") == len(CHARACTERS)


async def test_a_changed_picture_replaces_its_emoji_and_others_stay(
    peer: DiscordPeer, office: Office
) -> None:
    about: dict[str, object] = {
        "roles": [],
        "require_colons": True,
        "managed": False,
        "animated": False,
    }
    for id_, name in (("7", "limner_done_000000"), ("8", "limner_logo"), ("9", "party")):
        peer.world.emoji.append({**about, "id": id_, "name": name, "available": True})
    async with a_line(peer, office):
        await peer.until(lambda: requests(peer, "DELETE"))
        await peer.until(lambda: "limner_done_000000" not in names(peer))
    assert {"limner_logo", "party"} < set(names(peer))
    assert len(names(peer)) == len(CHARACTERS) + 2


@pytest.mark.parametrize("status", [400, 403])
async def test_without_emoji_the_card_shows_a_character(
    peer: DiscordPeer, office: Office, status: int
) -> None:
    peer.faults.append(Fault("POST", EMOJI, status, times=1000))
    async with a_line(peer, office) as line:
        await peer.until(lambda: requests(peer, "POST"))
        assert "⏳" in await card_of(line)


async def test_an_emoji_that_another_process_has_just_uploaded_is_used(
    peer: DiscordPeer, office: Office
) -> None:
    """Discord refuses a name that is taken, here by a process that was a moment faster."""
    peer.faults.append(Fault("POST", EMOJI, 400, after=True))
    async with a_line(peer, office) as line:
        await uploaded(peer)
        assert "<:limner_queued_" in await card_of(line)
    assert len(set(names(peer))) == len(names(peer)) == len(CHARACTERS)


def test_the_pictures_are_those_that_are_drawn() -> None:
    for name in CHARACTERS:
        with Image.open(FILES / f"{name}.png") as kept:
            assert kept.size == (128, 128)
            off = ImageChops.difference(kept.convert("RGBA"), emoji(name))
            assert max(most for _, most in off.getextrema()) <= 8, name  # type: ignore[misc]
        assert (FILES / f"{name}.png").stat().st_size < 256 * 1024
