"""Slack over Socket Mode: connections that come and go, and envelopes that come again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
from aiohttp import web

from bot.slack.inbound.inbox import Inbox, opened_inbox
from bot.slack.payloads.slack_event import of_command
from bot.slack.surface import SlackSettings, opened_slack
from domain.errors import InvalidSettings
from domain.team import Preferences
from evaluation.peers.slack import FakeSlack, fake_slack
from evaluation.peers.slack_api import APP_TOKEN
from jobs.admission.requests import Requester
from tests.fakes.emulate import free_port
from tests.fakes.job_service import an_office
from tests.fakes.slack_stage import WORKSPACE, Stage, a_stage, until
from tests.fakes.web import picture


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path, sockets=2) as opened:
        yield opened


async def test_an_envelope_that_comes_four_times_at_once_is_one_job(stage: Stage) -> None:
    body = stage.fake.slash_body("a cat")
    sent = [stage.fake.deliver("slash_commands", body) for _ in range(4)]
    await asyncio.gather(*sent)
    await stage.message()
    mention = {**stage.fake.says("<@U0BOT> a dog"), "type": "app_mention"}
    event = stage.fake.event_body(mention)
    again = [stage.fake.deliver("events_api", event) for _ in range(4)]
    await asyncio.gather(*again)
    await stage.message(2)
    assert len(await stage.jobs(2)) == 2
    assert len(stage.channel.messages) == 2


async def test_an_event_that_comes_again_later_changes_nothing(tmp_path: Path) -> None:
    """Six minutes later Slack may send it a third time, to a process that knows nothing of it."""
    async with a_stage(tmp_path) as stage:
        event = stage.fake.event_body({**stage.fake.says("<@U0BOT> a cat"), "type": "app_mention"})
        await stage.fake.deliver("events_api", event)
        await stage.message()
        settings = SlackSettings(
            api_base=f"{stage.fake.base_url}/api/",
            folder=tmp_path / "later",
            bot_token=stage.fake.team.token,
            app_token=APP_TOKEN,
        )
        async with opened_slack(settings, stage.office.services) as later:
            running = asyncio.create_task(later.run())
            await stage.fake.connected(3)
            await stage.fake.deliver(
                "events_api",
                event,
                socket=stage.fake.sockets[-1],
                headers={"retry_attempt": 2, "retry_reason": "timeout"},
            )
            await stage.fake.slash("usage")
            await stage.whispered("You requested 1 picture today")
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert len(await stage.jobs()) == 1
        assert len(stage.channel.messages) == 1


async def test_connections_are_renewed_when_slack_wants_it(stage: Stage) -> None:
    before = set(map(id, stage.fake.sockets))
    await stage.fake.refresh()
    await until(lambda: sum(id(s) not in before and not s.closed for s in stage.fake.sockets) == 2)
    await stage.asked("a cat")


async def test_connections_that_break_are_made_again(stage: Stage) -> None:
    stage.fake.mishaps["apps.connections.open"] += [503]
    stage.fake.cut()
    await stage.fake.connected(2)
    await stage.asked("a cat")


async def test_what_a_ghost_swallowed_is_done_when_it_comes_again(stage: Stage) -> None:
    """Slack may hold a connection open that is dead on our side: nothing is acknowledged there."""
    body = stage.fake.slash_body("a cat")
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{stage.fake.base_url}/link/") as _ghost,
    ):
        await stage.fake.connected(3)
        ghost = stage.fake.sockets[-1]
        with pytest.raises(TimeoutError):
            await stage.fake.deliver("slash_commands", body, socket=ghost, patience_s=0.3)
    await stage.fake.connected(2)
    await stage.fake.deliver("slash_commands", body, socket=stage.fake.sockets[0])
    await stage.message()
    assert len(await stage.jobs()) == 1


async def test_an_acknowledgement_does_not_wait_for_the_work(stage: Stage) -> None:
    stage.fake.slow["users.info"] = 1.0
    ack = await stage.fake.slash("a cat")
    assert ack.seconds < 0.9
    assert stage.channel.messages == {}
    await stage.message()


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"bot_token": "xoxb-wrong"}, "LIMNER_SLACK_BOT_TOKEN"),
        ({"app_token": "xapp-wrong"}, "LIMNER_SLACK_APP_TOKEN"),
    ],
)
async def test_a_wrong_token_is_a_sentence_and_shows_nothing_of_it(
    tmp_path: Path, settings: dict[str, str], name: str
) -> None:
    async with fake_slack() as fake, an_office(tmp_path, workspace=WORKSPACE) as office:
        parts: Any = {"bot_token": fake.team.token, "app_token": APP_TOKEN, **settings}
        base = f"{fake.base_url}/api/"
        chosen = SlackSettings(api_base=base, folder=tmp_path / "slack", **parts)
        async with opened_slack(chosen, office.services) as surface:
            with pytest.raises(InvalidSettings, match=name) as raised:
                async with asyncio.timeout(240):
                    await surface.run()
    assert "wrong (invalid_auth)" in str(raised.value)
    assert "xoxb" not in str(raised.value)
    assert "xapp-" not in str(raised.value)


async def test_what_was_acknowledged_is_done_after_a_crash(tmp_path: Path) -> None:
    fake = FakeSlack()
    body = fake.slash_body("a cat")
    folder = tmp_path / "slack"
    dead = folder / "01DEADPROCESS"
    dead.mkdir(parents=True)
    (dead / "lock").touch()
    Inbox(dead, []).keep(of_command(body).key, body)
    (dead / "two.json").write_text("{broken")
    async with a_stage(tmp_path) as stage:
        await stage.message()
        assert [job.request.prompt for job in await stage.jobs()] == ["a cat"]
        await until(lambda: not [*folder.rglob("*.json")])
    assert not [*folder.iterdir()]


async def test_what_breaks_every_time_is_logged_and_not_kept_for_ever(
    stage: Stage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(_requester: Requester) -> Preferences:
        raise RuntimeError("a bug that nobody foresaw")

    monkeypatch.setattr(stage.office.team, "preferences", broken)
    with structlog.testing.capture_logs() as logs:
        await stage.fake.slash("a cat")
        await until(lambda: not [*(tmp_path / "slack").rglob("*.json")])
    assert {"slack_handler_broke", "slack_answer_lost"} <= {line["event"] for line in logs}


def test_the_inbox_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    with opened_inbox(tmp_path) as first:
        first.keep("k1", {"text": "a cat", "token": "secret", "response_url": "https://x"})
        with opened_inbox(tmp_path) as second:
            assert second.left == []
    with opened_inbox(tmp_path) as third:
        assert third.left == [{"text": "a cat"}]
        third.done("k1")
    with opened_inbox(tmp_path) as fourth:
        assert fourth.left == []
    assert [*tmp_path.iterdir()] == []


def test_no_token_of_a_payload_is_written_down(tmp_path: Path) -> None:
    search = {"action_token": "secret"}  # lets an app search the workspace as that person
    event = {"type": "message", "text": "a cat", "assistant_thread": {"thread_ts": "1", **search}}
    parts = {"actions": [{"value": "go", **search}], "workflow_token": "secret"}
    with opened_inbox(tmp_path) as inbox:
        inbox.keep("k1", {"event": {**event, **search}, **parts})
        [kept] = tmp_path.rglob("*.json")
        assert "secret" not in kept.read_text()
        assert "a cat" in kept.read_text()
        inbox.done("k1")


async def test_a_token_never_goes_to_another_host(stage: Stage) -> None:
    """Not even where something that answers in Slack's name sends us there."""
    seen: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", "") + (await request.text()))
        return web.json_response({"ok": True, "channel": "C0001", "ts": "1.2"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", elsewhere)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        there = {"Location": f"http://127.0.0.1:{port}/api/x"}
        stage.fake.mishaps["users.info"] += [(307, there), (302, there)]
        for _ in range(2):
            await stage.fake.slash("a cat")
        await until(lambda: len(seen) == 2)
        mine = stage.fake.send_file(picture(1))
        mine["url_private"] = f"http://127.0.0.1:{port}/files-pri/{mine['id']}/x.png"
        mention = stage.fake.says("<@U0BOT> a dog", files=[mine])
        await stage.fake.event({**mention, "type": "app_mention"})
        await stage.whispered("it isn't a Slack file")
    finally:
        await runner.cleanup()
    assert len(seen) == 2
    assert stage.fake.team.token not in "".join(seen)
    assert stage.fake.tokens_elsewhere == []


async def test_logs_hold_neither_tokens_nor_what_people_say(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with a_stage(tmp_path) as stage:
        await stage.drawn("a secret wish")
        stage.fake.mishaps["users.info"].append("invalid_auth")
        await stage.fake.slash("a secret wish", user="U0BOB")
        await stage.whispered("the token isn't valid", user="U0BOB")
        stage.fake.cut()
        await stage.fake.connected(1)
        written = caplog.text + capsys.readouterr().out
        mine = [line for line in written.splitlines() if "aiosqlite" not in line]
        said = "\n".join(line for line in mine if "sqlalchemy" not in line)
        assert "slack_handler_failed" in said
        for secret in (stage.fake.team.token, APP_TOKEN, "secret wish", "ticket="):
            assert secret not in said
