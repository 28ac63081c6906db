"""Slack over HTTP: signed requests, and the installation into many workspaces."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
import structlog
from cryptography.fernet import Fernet

from bot.slack.client.http import library_logger
from bot.slack.client.tokens import ManyWorkspaces, Tenant
from bot.slack.inbound.oauth import SealedStates
from domain.errors import InvalidSettings, StorageUnavailable, SurfaceRefused, SurfaceUnavailable
from domain.installations import Installation
from evaluation.peers.slack import SIGNING_SECRET
from evaluation.peers.slack_api import CLIENT
from storage.seals import Seal
from tests.fakes.slack_many import ORGANISATION, Many, opened_many, sent, served
from tests.fakes.slack_stage import WORKSPACE, Stage, a_stage, until
from web.server import serving


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path, app_token="", signing_secret=SIGNING_SECRET) as opened:
        yield opened


@pytest.fixture
async def address(stage: Stage) -> AsyncIterator[str]:
    async with served(stage.surface) as base:
        yield base


async def test_a_signed_command_is_done(stage: Stage, address: str) -> None:
    body = urlencode(stage.fake.slash_body("a cat"))
    assert (await sent(address, body, stage.fake.signed(body)))[0] == 200
    await stage.message()
    assert [job.request.prompt for job in await stage.jobs()] == ["a cat"]


async def test_the_same_request_again_is_the_same_job(stage: Stage, address: str) -> None:
    body = urlencode(stage.fake.slash_body("a cat"))
    headers = stage.fake.signed(body)
    statuses = await asyncio.gather(*(sent(address, body, headers) for _ in range(4)))
    assert [status for status, _text in statuses] == [200] * 4
    await stage.message()
    assert len(await stage.jobs()) == 1


async def test_buttons_forms_and_events_come_over_http_too(stage: Stage, address: str) -> None:
    event = json.dumps(
        stage.fake.event_body({**stage.fake.says("<@U0BOT> a cat"), "type": "app_mention"})
    )
    headers = {**stage.fake.signed(event), "Content-Type": "application/json"}
    assert (await sent(address, event, headers))[0] == 200
    message = await stage.message()
    press = stage.fake.press_body(message.button("cancel"), "U0ANN", "C0001", message.ts)
    body = urlencode({"payload": json.dumps(press)})
    assert (await sent(address, body, stage.fake.signed(body)))[0] == 200
    await until(lambda: "Cancelled." in message.said)


async def test_slack_finds_out_that_the_address_is_ours(stage: Stage, address: str) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB"})
    headers = {**stage.fake.signed(body), "Content-Type": "application/json"}
    status, text = await sent(address, body, headers)
    assert (status, "3eZbrw1aB" in text) == (200, True)


def _changed(headers: dict[str, str], **changes: str | None) -> dict[str, str]:
    names = {"stamp": "X-Slack-Request-Timestamp", "signature": "X-Slack-Signature"}
    changed = {
        **headers,
        **{names[name]: value for name, value in changes.items() if value is not None},
    }
    gone = [names[name] for name, value in changes.items() if value is None]
    return {name: value for name, value in changed.items() if name not in gone}


@pytest.mark.parametrize(
    "changes",
    [
        {"stamp": ""},
        {"stamp": "soon"},
        {"stamp": "1.5"},
        {"stamp": "-5"},
        {"stamp": "９９９"},
        {"stamp": "9" * 400},
        {"stamp": None},
        {"signature": ""},
        {"signature": "v0="},
        {"signature": "v0=ünïcode"},
        {"signature": "v0=" + "0" * 64},
        {"signature": "v1=" + "0" * 64},
        {"signature": None},
        {"stamp": None, "signature": None},
    ],
)
async def test_a_wrong_signature_is_401(
    stage: Stage, address: str, changes: dict[str, str | None]
) -> None:
    body = urlencode(stage.fake.slash_body("a cat"))
    headers = _changed(stage.fake.signed(body), **changes)
    assert (await sent(address, body, headers))[0] == 401
    assert await stage.office.job_service.recent(WORKSPACE) == []


async def test_old_early_and_changed_requests_are_401(stage: Stage, address: str) -> None:
    body = urlencode(stage.fake.slash_body("a cat"))
    for at in (time.time() - 301, time.time() + 310, 0.0):
        assert (await sent(address, body, stage.fake.signed(body, at=at or 1)))[0] == 401
    headers = stage.fake.signed(body)
    assert (await sent(address, body + "x", headers))[0] == 401
    assert (await sent(address, body, stage.fake.signed(body, secret="other")))[0] == 401
    assert (await sent(address, b"\xff\xfe", headers))[0] == 401
    assert await stage.office.job_service.recent(WORKSPACE) == []


@pytest.mark.parametrize("ahead_s", [3600.0, -3600.0])
async def test_a_machine_whose_clock_is_wrong_takes_what_slack_sends_now(
    stage: Stage, address: str, ahead_s: float
) -> None:
    stage.fake.ahead_s = ahead_s
    body = urlencode(stage.fake.slash_body("a cat"))
    at = time.time() + ahead_s
    assert (await sent(address, body, stage.fake.signed(body, at=at)))[0] == 200
    await stage.message()
    for old in (at - 310, at + 310, time.time()):
        assert (await sent(address, body, stage.fake.signed(body, at=old)))[0] == 401
    assert len(await stage.jobs()) == 1
    assert stage.fake.calls["api.test"] <= 2, "old requests are no reason to ask Slack each time"


async def test_what_nobody_signed_is_no_reason_to_ask_slack_for_the_time(
    stage: Stage, address: str
) -> None:
    asked = stage.fake.calls["api.test"]
    body = urlencode(stage.fake.slash_body("a cat"))
    headers = stage.fake.signed(body, at=time.time() - 3600, secret="other")
    assert (await sent(address, body, headers))[0] == 401
    assert stage.fake.calls["api.test"] == asked


@pytest.mark.parametrize("body", ["{", '{"type"', "payload=%7B", "[]", "null", "payload=1"])
async def test_what_slack_would_not_send_is_turned_away(
    stage: Stage, address: str, body: str
) -> None:
    headers = {**stage.fake.signed(body), "Content-Type": "application/json"}
    status, text = await sent(address, body, headers)
    assert 400 <= status < 500
    assert "Traceback" not in text


async def test_the_server_says_whether_the_process_is_well() -> None:
    trouble: list[InvalidSettings] = []
    async with (
        serving(
            [], host="127.0.0.1", port=0, trouble=lambda: trouble[0] if trouble else None
        ) as port,
        aiohttp.ClientSession() as session,
    ):
        for status in (200, 503):
            async with session.get(f"http://127.0.0.1:{port}/healthz") as answer:
                assert answer.status == status
            trouble.append(InvalidSettings("The disk is full."))
        with pytest.raises(InvalidSettings, match=f"can't listen on 127.0.0.1:{port}"):
            async with serving([], host="127.0.0.1", port=port, trouble=lambda: None):
                pass


@pytest.fixture
async def many(tmp_path: Path) -> AsyncIterator[Many]:
    async with opened_many(tmp_path) as opened:
        yield opened


async def command(many: Many, address: str, text: str, **more: Any) -> int:
    body = urlencode({**many.fake.slash_body(text), **more})
    return (await sent(address, body, many.fake.signed(body)))[0]


async def test_a_workspace_installs_the_app_and_uses_it(many: Many) -> None:
    async with served(many.surface) as address:
        status, text = await many.installs(address, many.fake.team)
        assert status == 200
        assert "A &lt;b&gt;team&lt;/b&gt;" in text
        kept = await many.store.get(WORKSPACE)
        assert kept is not None
        assert kept.token == many.fake.team.token
        assert kept.token not in repr(kept)
        assert await command(many, address, "a cat") == 200
        await until(lambda: len(many.fake.team.channel("C0001").messages) == 1)


async def test_an_installation_may_end_in_a_process_whose_clock_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its state is dated by the clock that all processes share."""
    shared = datetime.now(UTC)

    async def now() -> datetime:
        return shared

    states = SealedStates(Seal([Fernet.generate_key().decode()]), now)
    state = await states.async_issue()
    monkeypatch.setattr("time.time", lambda: 0.0)
    shared += timedelta(seconds=599)
    assert await states.async_consume(state)
    shared += timedelta(seconds=2)
    assert not await states.async_consume(state)


async def test_a_workspace_without_the_app_is_told_so(many: Many) -> None:
    async with served(many.surface) as address:
        await command(many, address, "a cat", team_id="T0OTHER")
        assert await many.office.job_service.recent("slack:T0OTHER") == []
    with pytest.raises(SurfaceRefused, match="isn't installed"):
        await many.tokens.of(Tenant("T0OTHER"))


@pytest.mark.parametrize("state", ["", "made-up", "gAAAAABinvalid", "ü"])
async def test_an_installation_that_was_not_begun_here_is_refused(many: Many, state: str) -> None:
    async with served(many.surface) as address, aiohttp.ClientSession() as browser:
        many.fake.codes["code1"] = many.fake.team
        query = urlencode({"code": "code1", "state": state})
        cookie = {"Cookie": f"slack-app-oauth-state={state.encode('ascii', 'ignore').decode()}"}
        async with browser.get(f"{address}/slack/oauth_redirect?{query}", headers=cookie) as answer:
            assert answer.status in (400, 401)
    assert await many.store.get(WORKSPACE) is None
    assert "code1" in many.fake.codes


async def test_a_cancelled_installation_is_said_without_markup(many: Many) -> None:
    async with served(many.surface) as address, aiohttp.ClientSession() as browser:
        query = urlencode({"error": "<script>access_denied"})
        async with browser.get(f"{address}/slack/oauth_redirect?{query}") as answer:
            text = await answer.text()
    assert "&lt;script&gt;access_denied" in text
    assert "<script>" not in text


async def test_a_token_that_ends_is_exchanged_after_thirteen_idle_hours(many: Many) -> None:
    async with served(many.surface) as address:
        await many.installs(address, many.fake.team)
        await command(many, address, "a cat")
        await until(lambda: len(many.fake.team.channel("C0001").messages) == 1)
    kept = await many.store.get(WORKSPACE)
    assert kept is not None
    past = datetime.now(UTC) - timedelta(hours=1)
    await many.store.save(replace(kept, expires_at=past))
    many.fake.team.expires_at = past.timestamp()
    [job] = await many.office.job_service.recent(WORKSPACE)
    stage = Stage(many.fake, many.office, many.surface)
    await stage.finished(job)
    await stage.deliver(job)
    assert many.fake.refreshes == 1
    assert len(many.fake.team.channel("C0001").newest.pictures) == 1


async def test_two_processes_exchange_a_token_once(many: Many) -> None:
    async with served(many.surface) as address:
        await many.installs(address, many.fake.team)
    kept = await many.store.get(WORKSPACE)
    assert kept is not None
    await many.store.save(replace(kept, expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    tenant = Tenant(many.fake.team.id)
    both = [many.tokens, many.tokens]
    found = await asyncio.gather(*(tokens.of(tenant) for tokens in both for _ in range(5)))
    assert {installation.token for installation in found} == {many.fake.team.token}
    assert many.fake.refreshes == 1


async def test_a_token_that_is_good_for_a_while_is_used_while_another_exchanges_it(
    many: Many,
) -> None:
    async with served(many.surface) as address:
        await many.installs(address, many.fake.team)
    kept = await many.store.get(WORKSPACE)
    assert kept is not None
    soon = datetime.now(UTC) + timedelta(minutes=30)
    await many.store.save(replace(kept, expires_at=soon))
    assert await many.store.lease(WORKSPACE) is None
    assert (await many.tokens.of(Tenant(many.fake.team.id))).token == kept.token
    assert many.fake.refreshes == 0


async def test_a_process_that_died_over_an_exchange_holds_it_up_for_half_a_minute(
    many: Many,
) -> None:
    async with served(many.surface) as address:
        await many.installs(address, many.fake.team)
    kept = await many.store.get(WORKSPACE)
    assert kept is not None
    await many.store.save(replace(kept, expires_at=datetime.now(UTC)))
    assert await many.store.lease(WORKSPACE) is None
    now = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    tokens = ManyWorkspaces(
        many.store, client=CLIENT, wire=many.wire, clock=lambda: now, sleep=sleep
    )
    assert (await tokens.of(Tenant(many.fake.team.id))).token == many.fake.team.token
    assert many.fake.refreshes == 1
    assert 30 < now < 31


@pytest.mark.parametrize("hours", [-5, 5])
async def test_a_token_is_exchanged_whatever_clock_its_end_was_written_by(
    many: Many, hours: int
) -> None:
    async with served(many.surface) as address:
        await many.installs(address, many.fake.team)
        kept = await many.store.get(WORKSPACE)
        assert kept is not None
        told = datetime.now(UTC) + timedelta(hours=hours)
        await many.store.save(replace(kept, expires_at=told))
        many.fake.team.expires_at = time.time() - 1
        await command(many, address, "a cat")
        await until(lambda: len(many.fake.team.channel("C0001").messages) == 1)
    assert many.fake.refreshes == 1


async def test_a_new_token_is_kept_although_nobody_waits_for_it_any_more(
    many: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(many.surface) as address:
        await many.installs(address, many.fake.team)
    kept = await many.store.get(WORKSPACE)
    assert kept is not None
    await many.store.save(replace(kept, expires_at=datetime.now(UTC)))
    save, failures = many.store.save, 1

    async def busy_once(installation: Installation) -> None:
        nonlocal failures
        failures -= 1
        if failures >= 0:
            raise StorageUnavailable("The database is away.", retryable=True)
        await save(installation)

    monkeypatch.setattr(many.store, "save", busy_once)
    tokens = many.tokens
    asking = asyncio.create_task(tokens.of(Tenant(many.fake.team.id)))
    await until(lambda: many.fake.refreshes == 1)
    asking.cancel()

    async def is_new() -> bool:
        found = await many.store.get(WORKSPACE)
        return found is not None and found.token == many.fake.team.token

    await until(is_new)
    exchanging = [t for t in asyncio.all_tasks() if t.get_name() == "slack exchanges a token"]
    await asyncio.gather(*exchanging)


async def test_the_last_token_is_used_while_the_database_is_away(
    many: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(many.surface) as address:
        await many.installs(address, many.fake.team)
    now, tenant = 0.0, Tenant(many.fake.team.id)
    tokens = ManyWorkspaces(many.store, client=CLIENT, wire=many.wire, clock=lambda: now)
    known = await tokens.of(tenant)

    async def away(_workspace_id: str) -> None:
        raise StorageUnavailable("The database is away.")

    monkeypatch.setattr(many.store, "get", away)
    now = 3600.0
    assert await tokens.of(tenant) == known
    now = 13 * 3600.0
    with pytest.raises(StorageUnavailable):
        await tokens.of(tenant)


async def test_an_exchange_that_failed_is_tried_again(many: Many) -> None:
    async with served(many.surface) as address:
        await many.installs(address, many.fake.team)
    kept = await many.store.get(WORKSPACE)
    assert kept is not None
    await many.store.save(replace(kept, expires_at=datetime.now(UTC)))
    many.fake.mishaps["oauth.v2.access"] += ["invalid_refresh_token", 503]
    with pytest.raises(SurfaceRefused, match="install it again"):
        await many.tokens.of(Tenant(many.fake.team.id))
    tenant = Tenant(many.fake.team.id)
    with pytest.raises(SurfaceUnavailable):
        await many.tokens.of(tenant)
    assert (await many.tokens.of(tenant)).token == many.fake.team.token


async def test_an_uninstalled_app_forgets_its_token_unless_it_came_back(many: Many) -> None:
    async with served(many.surface) as address:
        await many.installs(address, many.fake.team)
        old = many.fake.event_body({"type": "app_uninstalled"}, event_time=int(time.time()) - 300)
        body = json.dumps(old)
        headers = {**many.fake.signed(body), "Content-Type": "application/json"}
        await sent(address, body, headers)
        await until(lambda: True)
        assert await many.store.get(WORKSPACE) is not None
        for kind, tokens in (("tokens_revoked", {"oauth": ["U1"]}), ("app_uninstalled", {})):
            event = {"type": kind, "tokens": tokens}
            late = many.fake.event_body(event, event_time=int(time.time()) + 5)
            body = json.dumps(late)
            headers = {**many.fake.signed(body), "Content-Type": "application/json"}
            assert (await sent(address, body, headers))[0] == 200

        async def gone() -> bool:
            return await many.store.get(WORKSPACE) is None

        await until(gone)


async def test_an_organisations_workspaces_share_its_token_and_nothing_else(many: Many) -> None:
    await many.is_installed_in_an_organisation()
    grid = {"enterprise_id": ORGANISATION, "teams": ["T0001", "T0002"]}
    many.fake.team.users["U0ANN"] = {"enterprise_user": grid}
    async with served(many.surface) as address:
        for team in ("T0001", "T0002"):
            await command(
                many,
                address,
                f"a cat for {team}",
                team_id=team,
                enterprise_id="E0001",
                is_enterprise_install="true",
            )
        await until(lambda: len(many.fake.team.channel("C0001").messages) == 2)
    for team in ("T0001", "T0002"):
        [job] = await many.office.job_service.recent(f"slack:{team}.E0001")
        assert job.request.prompt == f"a cat for {team}"


async def test_a_good_token_is_used_while_its_exchange_fails(many: Many) -> None:
    """Through all of Slack's errors a workspace goes on until its token has really ended."""
    async with served(many.surface) as address:
        await many.installs(address, many.fake.team)
        kept = await many.store.get(WORKSPACE)
        assert kept is not None
        soon = datetime.now(UTC) + timedelta(minutes=30)
        await many.store.save(replace(kept, expires_at=soon))
        many.fake.mishaps["oauth.v2.access"] += ["invalid_refresh_token", 503, 500, 429] * 9
        await command(many, address, "a cat")
        await until(lambda: len(many.fake.team.channel("C0001").messages) == 1)
    assert many.fake.calls["oauth.v2.access"] == 2, "the installation, and one try a minute"
    now = 0.0
    tokens = ManyWorkspaces(many.store, client=CLIENT, wire=many.wire, clock=lambda: now)
    tenant = Tenant(many.fake.team.id)
    for _ in range(4):
        assert (await tokens.of(tenant)).token == kept.token
        await tokens.finish()
        now += 61.0
    many.fake.mishaps["oauth.v2.access"].clear()
    assert (await tokens.of(tenant)).token == kept.token
    await tokens.finish()
    assert (await tokens.of(tenant)).token == many.fake.team.token != kept.token


@pytest.mark.parametrize("slow", ["the exchange", "the store", "the store fails"])
async def test_authorization_never_holds_up_an_acknowledgement(
    many: Many, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    async with served(many.surface) as address:
        await many.installs(address, many.fake.team)
        kept = await many.store.get(WORKSPACE)
        assert kept is not None
        get, calls = many.store.get, 0

        async def away(workspace_id: str) -> Installation | None:
            nonlocal calls
            calls += 1
            if calls == 1 and slow == "the store fails":
                raise StorageUnavailable("The database is away.")
            if calls == 1:
                await asyncio.sleep(4.0)
            return await get(workspace_id)

        if slow == "the exchange":
            await many.store.save(replace(kept, expires_at=datetime.now(UTC)))
            many.fake.slow["oauth.v2.access"] = 4.0
        else:
            monkeypatch.setattr(many.store, "get", away)
        async with asyncio.timeout(3):
            assert await command(many, address, "a cat") == 200
        await until(lambda: len(many.fake.team.channel("C0001").messages) == 1)


def test_what_slacks_libraries_warn_of_is_logged_without_secrets_and_words() -> None:
    with structlog.testing.capture_logs() as logged:
        logger = library_logger().getChild("anything")
        logger.error("Failed over xoxb-12345678-secret\nand what somebody wrote")
        logger.warning("It broke")
        logger.info("said: what somebody wrote")
    assert [(entry["log_level"], entry["said"]) for entry in logged] == [
        ("error", "Failed over [hidden]"),
        ("warning", "It broke"),
    ]
