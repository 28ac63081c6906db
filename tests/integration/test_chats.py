"""Chat surfaces as they are set up: what is missing is said, and nothing loads that is not used."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from cryptography.fernet import Fernet

from app.application import EVERYTHING, open_application
from app.chats import configured_chats
from app.doctor import examine
from app.settings import load_settings
from bot.slack.handlers.buttons import (
    EDIT_IMAGE,
    ILLUSTRATE,
    ILLUSTRATE_THIS,
    SHOW_SOURCES,
    VERIFY_IMAGE,
)
from bot.slack.handlers.workflow_steps import ILLUSTRATE_STEP
from bot.slack.inbound.http import EVENTS_PATH, REDIRECT_PATH
from bot.slack.inbound.oauth import OPTIONAL_SCOPES, SCOPES
from domain.errors import InvalidSettings
from domain.requests import JobStatus
from evaluation.peers.slack import FakeSlack, fake_slack
from evaluation.peers.slack_api import APP_TOKEN
from tests.fakes.emulate import free_port
from tests.fakes.slack_stage import until

ROOT = Path(__file__).parent.parent.parent
ONE: dict[str, Any] = {"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1"}
MANY: dict[str, Any] = {
    "slack_client_id": "1.2",
    "slack_client_secret": "s",
    "slack_signing_secret": "x",
    "secret_key": "k",
    "public_base_url": "https://limner.example",
}


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"slack_app_token": "xapp-1"}, "BOT_TOKEN or LIMNER_SLACK_CLIENT_ID: neither is set"),
        ({**ONE, "slack_client_id": "1.2"}, "both are set"),
        ({"slack_bot_token": "xoxb-1"}, "LIMNER_SLACK_APP_TOKEN .Socket Mode. or LIMNER_SLACK_SIG"),
        ({**MANY, "slack_client_secret": None}, "LIMNER_SLACK_CLIENT_SECRET, since"),
        ({**MANY, "secret_key": None}, "LIMNER_SECRET_KEY, since"),
        ({**MANY, "public_base_url": ""}, "LIMNER_PUBLIC_BASE_URL, since"),
        ({**MANY, "slack_signing_secret": None}, "LIMNER_SLACK_SIGNING_SECRET"),
    ],
)
def test_what_slack_lacks_is_said(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidSettings, match=sentence):
        configured_chats(load_settings(**settings))


def test_without_tokens_there_is_no_slack_and_with_them_there_is() -> None:
    assert configured_chats(load_settings()) == {}
    assert set(configured_chats(load_settings(**ONE))) == {"slack"}
    assert set(configured_chats(load_settings(**MANY))) == {"slack"}


@pytest.mark.parametrize(
    "address", ["ftp://slack.com", "slack.com", "http://slack.com/api", "http://8.8.8.8/"]
)
def test_tokens_never_travel_in_the_open(address: str) -> None:
    with pytest.raises(InvalidSettings, match="LIMNER_SLACK_API_BASE is wrong.*https"):
        load_settings(slack_api_base=address)


@pytest.mark.parametrize(
    "address", ["https://slack.com/api", "http://127.0.0.1:5000/api/", "http://10.0.0.5/api"]
)
def test_addresses_in_ones_own_network_may_be_plain(address: str) -> None:
    assert load_settings(slack_api_base=address).slack_api_base == address.rstrip("/") + "/"


def test_nothing_of_slack_loads_without_slack() -> None:
    code = (
        "import sys, app.application, app.doctor\n"
        "names = ('slack_bolt', 'slack_sdk', 'cryptography', 'torch')\n"
        "print([name for name in names if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


def test_the_manifest_says_what_the_app_needs_and_answers_to() -> None:
    yaml: Any = pytest.importorskip("yaml")
    manifest = yaml.safe_load((ROOT / "slack-manifest.yaml").read_text())
    scopes = manifest["oauth_config"]["scopes"]
    assert sorted(scopes["bot"]) == sorted((*SCOPES, *OPTIONAL_SCOPES))
    assert sorted(scopes["bot_optional"]) == sorted(OPTIONAL_SCOPES)
    shortcuts = {entry["callback_id"]: entry for entry in manifest["features"]["shortcuts"]}
    assert set(shortcuts) == {
        ILLUSTRATE,
        ILLUSTRATE_THIS,
        EDIT_IMAGE,
        SHOW_SOURCES,
        VERIFY_IMAGE,
    }
    assert all(len(entry["name"]) <= 24 for entry in shortcuts.values())
    [command] = manifest["features"]["slash_commands"]
    assert (command["command"], command["should_escape"]) == ("/illustrate", True)
    assert manifest["settings"]["socket_mode_enabled"] is True
    events = set(manifest["settings"]["event_subscriptions"]["bot_events"])
    assert {"app_mention", "message.channels", "message.groups", "message.im"} <= events
    assert {"reaction_added", "reaction_removed", "app_home_opened"} <= events
    assert {"app_uninstalled", "tokens_revoked"} <= events
    assert {"agent_session_stopped", "function_executed", "link_shared"} <= events
    assert set(manifest["functions"]) == {ILLUSTRATE_STEP}
    assert manifest["settings"]["function_runtime"] == "remote"
    assert manifest["settings"]["org_deploy_enabled"] is True
    assert 175 <= len(manifest["display_information"]["long_description"]) <= 4000
    assert len(manifest["display_information"]["description"]) <= 140


def test_the_manifest_for_http_differs_in_how_slack_reaches_limner_alone() -> None:
    yaml: Any = pytest.importorskip("yaml")
    sockets, http = (
        yaml.safe_load((ROOT / name).read_text())
        for name in ("slack-manifest.yaml", "slack-manifest-http.yaml")
    )
    events = http["features"]["slash_commands"][0].pop("url")
    assert urlsplit(str(events)).path == EVENTS_PATH
    for part in ("event_subscriptions", "interactivity"):
        assert http["settings"][part].pop("request_url") == events
    [back] = http["oauth_config"].pop("redirect_urls")
    assert urlsplit(str(back)).path == REDIRECT_PATH
    ways = ("socket_mode_enabled", "token_rotation_enabled")
    assert [http["settings"].pop(name) for name in ways] == [False, True]
    assert [sockets["settings"].pop(name) for name in ways] == [True, False]
    assert http == sockets


async def doctor(**settings: Any) -> tuple[bool, str]:
    """What the doctor says of Slack."""
    findings = await examine(load_settings(**settings))
    found = next(finding for finding in findings if finding.name == "slack")
    return found.ok, found.text


async def test_the_doctor_looks_at_slack() -> None:
    ok, told = await doctor()
    assert ok
    assert told.startswith("Not set up")
    assert (await doctor(slack_app_token="x"))[0] is False
    async with fake_slack() as fake:
        good: dict[str, Any] = {
            "slack_bot_token": fake.team.token,
            "slack_app_token": APP_TOKEN,
            "slack_api_base": f"{fake.base_url}/api/",
        }
        assert await doctor(**good) == (True, "Connected as limner in Team, over Socket Mode.")
        fake.scopes = tuple(scope for scope in SCOPES if scope != "files:write")
        assert "missing files:write." in (await doctor(**good))[1]
        wrong = await doctor(**{**good, "slack_bot_token": "xoxb-bad"})
        assert wrong == (False, "LIMNER_SLACK_BOT_TOKEN doesn't work (invalid_auth).")
        wrong = await doctor(**{**good, "slack_app_token": "xapp-bad"})
        assert wrong == (False, "LIMNER_SLACK_APP_TOKEN doesn't work (invalid_auth).")
    assert "didn't answer" in (await doctor(**good))[1]


def settings_for(fake: FakeSlack, tmp_path: Path, **more: Any) -> Any:
    return load_settings(
        data_dir=tmp_path / "data",
        slack_api_base=f"{fake.base_url}/api/",
        search_providers="library",
        decoder_processes=1,
        **more,
    )


async def test_a_whole_house_draws_for_slack(tmp_path: Path) -> None:
    async with fake_slack() as fake:
        settings = settings_for(
            fake, tmp_path, slack_bot_token=fake.team.token, slack_app_token=APP_TOKEN
        )
        async with open_application(settings, work=EVERYTHING, serve=True) as application:
            await fake.connected(2)
            await fake.slash("a red cube")
            channel = fake.team.channel("C0001")
            await until(lambda: bool(channel.messages) and bool(channel.newest.pictures))
            [job] = await application.job_service.recent("slack:T0001")

            async def done() -> bool:
                view = await application.job_service.view("slack:T0001", job.id)
                return view.job.status is JobStatus.DONE and not any(m.open for m in view.messages)

            await until(done)
            assert len(channel.messages) == 1


async def test_a_process_may_hold_the_chats_and_leave_the_work_to_others(tmp_path: Path) -> None:
    async with fake_slack() as fake:
        settings = settings_for(
            fake, tmp_path, slack_bot_token=fake.team.token, slack_app_token=APP_TOKEN
        )
        work = ("delivery", "news")
        async with open_application(settings, work=work, serve=True, chats=True) as application:
            await fake.connected(2)
            assert "delivery-slack" in application.queues
            assert not {"research", "generation"} & set(application.queues)


async def test_a_house_for_many_workspaces_serves_http(tmp_path: Path) -> None:
    port = free_port()
    async with fake_slack() as fake:
        settings = settings_for(
            fake,
            tmp_path,
            **{**MANY, "secret_key": Fernet.generate_key().decode()},
            http_port=port,
        )
        async with open_application(settings, work=EVERYTHING, serve=True) as application:
            assert [door.routes for door in application.doors]
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://127.0.0.1:{port}/healthz") as answer,
            ):
                assert answer.status == 200


async def test_a_wrong_token_ends_the_house_with_a_sentence(tmp_path: Path) -> None:
    async with fake_slack() as fake:
        settings = settings_for(
            fake, tmp_path, slack_bot_token="xoxb-bad", slack_app_token=APP_TOKEN
        )
        async with open_application(settings, work=EVERYTHING, serve=True) as application:
            slack = next(task for task in application.running if task.get_name() == "slack")
            with pytest.raises(InvalidSettings, match="LIMNER_SLACK_BOT_TOKEN"):
                await asyncio.wait_for(asyncio.shield(slack), 10)


async def test_a_surface_that_breaks_later_ends_nothing_and_comes_back(tmp_path: Path) -> None:
    async with fake_slack() as fake:
        settings = settings_for(
            fake, tmp_path, slack_bot_token=fake.team.token, slack_app_token=APP_TOKEN
        )
        async with open_application(settings, work=EVERYTHING, serve=True) as application:
            await fake.connected(2)
            fake.mishaps["apps.connections.open"] += ["invalid_auth"] * 2
            fake.cut()
            await until(lambda: "LIMNER_SLACK_APP_TOKEN" in str(application.supervisor.troubles))
            assert application.trouble is None
            assert not any(task.done() for task in application.running)
            await fake.connected(2)
            await fake.slash("a red cube")
            await until(lambda: not application.supervisor.troubles)


def test_libraries_that_are_missing_are_named() -> None:
    code = (
        "import sys\nsys.modules['slack_bolt'] = None\n"
        "from app.chats import slack_settings; from app.settings import load_settings\n"
        "slack_settings(load_settings(slack_bot_token='x', slack_app_token='y'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert "slack_bolt isn't installed; run `pip install 'limner[slack]'`" in done.stderr
