"""Discord over real sockets: outages, resumes, rate limits, dead tokens, wrong settings."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import structlog

from app.doctor import examine
from app.findings import Finding
from app.settings import load_settings
from bot.discord.gateway.client import DiscordOptions
from bot.discord.setup import open_discord
from domain.errors import InvalidSettings
from domain.requests import JobStatus
from evaluation.peers.discord_server import DiscordPeer, Fault, discord_peer
from evaluation.peers.discord_world import EPHEMERAL, GENERAL, GUILD, LOADING, said_in
from jobs.illustration.status_watch import Watcher
from tests.fakes.discord_line import Line, a_line
from tests.fakes.job_service import Office, an_office

ROOT = Path(__file__).parent.parent.parent
CALLBACK, MESSAGE = r"/interactions/.*", r"/channels/\d+/messages(/\d+)?"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        yield replace(opened, workspace=f"discord:{GUILD}")


@pytest.fixture
async def line(peer: DiscordPeer, office: Office) -> AsyncIterator[Line]:
    async with a_line(peer, office) as connected:
        yield connected


async def test_a_command_is_answered_through_the_gateway(line: Line) -> None:
    token, job_id = await line.asked()
    interaction = line.peer.world.interactions[token]
    message = line.peer.world.fetch(GENERAL, interaction.message_id or 0)
    assert job_id in str(message["components"])
    assert not message["flags"] & LOADING
    await line.surface.send(await line.finished(job_id))
    assert [m["id"] for m in line.peer.world.carrying(job_id)] == [message["id"]]


async def test_limner_asks_for_no_more_than_it_needs(line: Line) -> None:
    """Guilds, messages and reactions there and in direct messages; nothing privileged."""
    [identity] = line.peer.identities
    assert identity["intents"] == 1 | 1 << 9 | 1 << 10 | 1 << 12 | 1 << 13
    assert identity["shard"] == [0, 1]


async def test_servers_are_shared_among_as_many_connections_as_are_set(
    peer: DiscordPeer, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(*_: object, **__: object) -> None:
        """Discord wants five seconds between two; this one does not mind."""

    monkeypatch.setattr("discord.Client.before_identify_hook", at_once)
    options = DiscordOptions(peer.world.token, shards=2, message_content=True)
    async with open_discord(options, office.services, api_base=peer.api_base) as surface:
        running = asyncio.create_task(surface.run())
        await peer.until(lambda: len(peer.identities) == 2)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    assert [identity["shard"] for identity in peer.identities] == [[0, 2], [1, 2]]
    assert peer.identities[0]["intents"] & 1 << 15


async def test_what_happened_while_the_line_was_cut_is_heard_once(line: Line) -> None:
    await line.asked()
    await line.peer.drop()
    await line.peer.asks(prompt="a bear", user_id=43)
    await line.peer.until(lambda: line.peer.resumed == 1)
    await line.peer.asks(prompt="a wolf", user_id=44)
    await line.peer.until(lambda: "a wolf" in str(list(line.peer.world.every())))
    assert line.peer.identified == 1
    newest = await line.office.job_service.recent(line.office.workspace)
    assert sorted(job.request.prompt for job in newest) == ["a bear", "a fox", "a wolf"]
    assert len(list(line.peer.world.every())) == 3


async def test_limner_reconnects_when_discord_asks(line: Line) -> None:
    await line.peer.ask_to_reconnect()
    await line.peer.until(lambda: line.peer.resumed == 1)
    await line.asked()


async def test_a_session_that_cannot_be_resumed_is_begun_anew(line: Line) -> None:
    line.peer.forget_sessions()
    await line.peer.drop()
    await line.peer.until(lambda: line.peer.identified == 2)
    await line.asked()


async def test_a_command_that_is_heard_too_late_begins_nothing(line: Line) -> None:
    """The user saw Discord's error message, and asks again."""
    line.peer.world.patience_s = 0.0
    token = await line.peer.asks(prompt="a fox")
    await line.peer.until(lambda: f"/{token}/callback" in str(line.peer.requests))
    line.peer.world.patience_s = 60.0
    await line.asked(prompt="a bear", user_id=43)
    newest = await line.office.job_service.recent(line.office.workspace)
    assert [job.request.prompt for job in newest] == ["a bear"]


async def test_rate_limits_are_waited_out(line: Line) -> None:
    hurried = [
        Fault("PATCH", r"/webhooks/.*", 429, times=2),
        Fault("PATCH", MESSAGE, 429, times=2),
    ]
    line.peer.faults += hurried
    _, job_id = await line.asked()
    await line.surface.send(await line.finished(job_id))
    assert len(line.peer.world.carrying(job_id)) == 1
    assert not any(fault.times for fault in hurried)


async def test_an_acknowledgement_whose_answer_was_lost_is_none_the_less_one(line: Line) -> None:
    line.peer.faults.append(Fault("POST", CALLBACK, 500, after=True))
    token, job_id = await line.asked()
    message_id = line.peer.world.interactions[token].message_id
    message = line.peer.world.fetch(GENERAL, message_id or 0)
    assert job_id in str(message["components"])


async def test_a_message_whose_answer_was_lost_is_sent_once(line: Line) -> None:
    token, job_id = await line.asked()
    message_id = line.peer.world.interactions[token].message_id or 0
    line.peer.world.remove(GENERAL, message_id)
    delivery = await line.finished(job_id)
    line.peer.faults.append(Fault("POST", MESSAGE, 502, after=True))
    await line.surface.send(delivery)
    assert len(line.peer.world.carrying(job_id)) == 1
    assert await line.surface.find(delivery) is not None


async def test_the_picture_comes_although_the_token_is_dead(line: Line) -> None:
    _, job_id = await line.asked()
    line.peer.world.token_life_s = 0.0
    await line.surface.send(await line.finished(job_id))
    assert len(line.peer.world.carrying(job_id)) == 1


async def test_a_private_picture_comes_directly_when_its_token_is_dead(line: Line) -> None:
    token, job_id = await line.asked(private=True)
    message_id = line.peer.world.interactions[token].message_id or 0
    assert line.peer.world.fetch(GENERAL, message_id)["flags"] & EPHEMERAL
    line.peer.world.token_life_s = 0.0
    delivery = await line.finished(job_id)
    receipt = await line.surface.send(delivery)
    [message] = line.peer.world.carrying(job_id)
    assert message["channel_id"] == str(10_000 + 42)
    assert await line.surface.find(delivery) == receipt


async def test_who_takes_no_direct_messages_is_called_where_they_asked(line: Line) -> None:
    _, job_id = await line.asked(private=True)
    line.peer.world.token_life_s = 0.0
    line.peer.world.closed_to.add(42)
    await line.surface.send(await line.finished(job_id))
    assert line.peer.world.carrying(job_id) == []
    # Emoji may be uploaded at the same time.
    method, path, body = [r for r in line.peer.requests if "/emojis" not in r[1]][-1]
    assert (method, path) == ("POST", f"/channels/{GENERAL}/messages")
    assert body["allowed_mentions"] == {"parse": [], "users": [42]}
    assert "<@42>" in str(body["components"])


async def test_no_message_is_written_more_than_once_a_second(line: Line) -> None:
    watcher = Watcher(store=line.office.store, surface="discord", board=line.surface)
    watching = asyncio.create_task(watcher.run())
    token, job_id = await line.asked()
    for _ in range(12):
        await line.status(job_id, JobStatus.RESEARCHING)
        await asyncio.sleep(0.25)
    await line.surface.send(await line.finished(job_id))
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    message_id = line.peer.world.interactions[token].message_id or 0
    written = line.peer.world.edits[message_id][1:]
    assert len(written) >= 3
    assert min(later - earlier for earlier, later in pairwise(written)) > 0.95


async def test_nothing_that_is_logged_holds_a_secret(line: Line) -> None:
    with structlog.testing.capture_logs() as logs:
        line.peer.faults.append(Fault("POST", r"/webhooks/.*", 400))
        line.peer.faults.append(Fault("PATCH", r"/webhooks/.*", 400, times=3))
        token = await line.peer.asks(prompt="a fox", aspect="banana")
        await line.peer.until(lambda: len(logs) > 0)
    told = str(logs)
    assert token not in told
    assert line.peer.world.token not in told


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (4014, "LIMNER_DISCORD_MESSAGE_CONTENT is on, but Discord doesn't allow it"),
        (4011, "LIMNER_DISCORD_SHARDS doesn't work for this bot"),
    ],
)
async def test_what_discord_does_not_take_is_a_sentence(
    peer: DiscordPeer, office: Office, code: int, sentence: str
) -> None:
    peer.close_code = code
    options = DiscordOptions(peer.world.token, shards=1)
    async with open_discord(options, office.services, api_base=peer.api_base) as surface:
        with pytest.raises(InvalidSettings, match=sentence):
            await surface.run()


async def test_a_wrong_token_is_a_sentence_without_the_token(
    peer: DiscordPeer, office: Office
) -> None:
    options = DiscordOptions("a-wrong-token")
    async with open_discord(options, office.services, api_base=peer.api_base) as surface:
        with pytest.raises(InvalidSettings, match="LIMNER_DISCORD_TOKEN is wrong") as raised:
            await surface.run()
    assert "a-wrong-token" not in str(raised.value)
    assert "a-wrong-token" not in repr(options)


async def test_a_discord_that_is_away_at_the_start_is_waited_for(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.discord.gateway.client.PAUSES_S", (0.05,))
    async with discord_peer() as peer:
        peer.faults.append(Fault("GET", r"/users/@me", 503, times=3))
        options = DiscordOptions(peer.world.token)
        async with open_discord(options, office.services, api_base=peer.api_base) as surface:
            running = asyncio.create_task(surface.run())
            await peer.until(lambda: peer.session is not None)
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


async def test_commands_are_told_once_to_one_server_or_to_all(
    peer: DiscordPeer, office: Office
) -> None:
    path = f"/applications/1000/guilds/{GUILD}/commands"
    for number in range(1, 3):
        options = DiscordOptions(peer.world.token, test_guild=GUILD)
        async with open_discord(options, office.services, api_base=peer.api_base) as surface:
            running = asyncio.create_task(surface.run())
            await asyncio.wait_for(surface._client.wait_until_ready(), 30)  # pyright: ignore[reportPrivateUsage]
            while [request[:2] for request in peer.requests].count(("GET", path)) < number:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            await peer.until(lambda: peer.world.commands)
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
    told = [(method, path) for method, path, _ in peer.requests if method == "PUT"]
    assert told == [("PUT", path)]


async def findings(peer: DiscordPeer, **settings: object) -> dict[str, Finding]:
    """What the doctor finds about Discord."""
    known = {"discord_token": peer.world.token, "discord_api_base": peer.api_base, **settings}
    found = await examine(load_settings(**known))
    return {finding.name: finding for finding in found if finding.name.startswith("discord")}


async def test_the_doctor_says_what_limner_may_do_and_how_it_is_invited(
    peer: DiscordPeer,
) -> None:
    found = await findings(peer)
    assert all(finding.ok for finding in found.values())
    assert found["discord"].text == "Logged in as Limner."
    assert "Message Content Intent is off" in found["discord intents"].text
    assert found["discord permissions"].text == "In 1 servers."
    invitation = found["discord invitation"].text
    assert invitation.startswith("https://discord.com/oauth2/authorize?client_id=1000")
    assert "scope=bot+applications.commands&permissions=309237746688" in invitation
    assert peer.identified == 0
    assert [path for method, path, _ in peer.requests if method != "GET"] == []


async def test_the_doctor_says_whether_anybody_can_have_the_subscription(
    peer: DiscordPeer,
) -> None:
    assert "discord premium" not in await findings(peer)
    sold = (await findings(peer, discord_premium_sku=9001))["discord premium"]
    assert (sold.ok, sold.text) == (True, "Drawing needs the subscription Limner Plus.")
    group = (await findings(peer, discord_premium_sku=9002))["discord premium"]
    assert (group.ok, group.required) == (False, True)
    assert "Limner Plus is no subscription" in group.text
    unknown = (await findings(peer, discord_premium_sku=77))["discord premium"]
    assert not unknown.ok
    assert (
        "has no subscription 77, so nobody could draw. It has 9001 (Limner Plus)." in unknown.text
    )
    peer.faults.append(Fault("GET", r"/applications/\d+/skus", 403))
    hidden = await findings(peer, discord_premium_sku=9001)
    assert "doesn't list the app's subscriptions (status 403)" in hidden["discord premium"].text
    assert hidden["discord"].ok, "the other checks go on"


async def test_the_doctor_says_what_is_missing(peer: DiscordPeer) -> None:
    peer.world.rights = str(1 << 11)
    found = await findings(peer, discord_message_content=True)
    assert not found["discord intents"].ok
    assert found["discord intents"].required
    assert "LIMNER_DISCORD_MESSAGE_CONTENT is on, but" in found["discord intents"].text
    assert not found["discord permissions"].ok
    assert "missing in Fans of foxes: View Channel, " in found["discord permissions"].text
    [wrong] = (await findings(peer, discord_token="wrong.token.here")).values()
    assert not wrong.ok
    assert "LIMNER_DISCORD_TOKEN is wrong" in wrong.text
    peer.faults.append(Fault("GET", r"/users/@me", 503))
    [away] = (await findings(peer)).values()
    assert "Discord didn't answer" in away.text
    [unset] = (await findings(peer, discord_token=None)).values()
    assert (unset.ok, unset.required) == (True, False)


async def test_a_wrong_token_is_one_sentence_for_the_operator(peer: DiscordPeer) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", "run"),
        cwd=ROOT,
        env={
            **os.environ,
            "LIMNER_SEARCH_PROVIDERS": "library",
            "LIMNER_DISCORD_API_BASE": peer.api_base,
            "LIMNER_DISCORD_TOKEN": "wrong.token.here",
        },
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await asyncio.wait_for(process.communicate(), 90)
    *_, line = err.decode().strip().splitlines()
    assert process.returncode == 1
    assert "LIMNER_DISCORD_TOKEN is wrong: Discord rejected it" in line
    assert "wrong.token.here" not in line


async def test_the_library_is_loaded_only_when_it_is_needed_and_told_when_it_is_missing() -> None:
    code = (
        "import sys, app.application, app.doctor\n"
        "assert 'discord' not in sys.modules\n"
        "sys.modules['discord'] = None\n"
        "from app.chats import discord_options; from app.settings import load_settings\n"
        "discord_options(load_settings(discord_token='x'))"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code), cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    _, err = await process.communicate()
    assert b"run `pip install 'limner[discord]'`" in err


async def test_commands_are_answered_while_their_registration_hangs(
    peer: DiscordPeer, office: Office
) -> None:
    async with a_line(peer, office):
        pass
    peer.sessions.clear()
    peer.faults.append(Fault("GET", r"/applications/\d+/commands", 503, times=1000))
    async with a_line(peer, office) as line:
        _token, job_id = await line.asked()
        assert job_id


async def test_a_command_that_limner_no_longer_has_is_answered_in_private(line: Line) -> None:
    line.peer.world.commands.append({"name": "paint", "id": "7", "options": []})
    token = await line.peer.asks("paint")
    interaction = line.peer.world.interactions[token]
    await line.peer.until(lambda: interaction.message_id is not None)
    message = line.peer.world.fetch(GENERAL, interaction.message_id or 0)
    assert "Reload Discord" in said_in(message)
    assert message["flags"] & EPHEMERAL
