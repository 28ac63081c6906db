"""Messages of a Slack workspace help to draw what only its team knows, and are kept nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from app.application import EVERYTHING, open_application
from app.settings import load_settings
from app.wiring import Application
from evaluation.peers.slack import FakeSlack, fake_slack
from evaluation.peers.slack_api import APP_TOKEN
from evaluation.peers.slack_team import Message, Writing
from tests.fakes.slack_stage import until

TOKEN = "12345.98765.abcd2358fdea"
SAID = "For the new folks, Quibble is a small green otter with a red scarf and a wooden sword"
MORE = "And nobody may tell Henrietta that the merger closes in November."
ADDRESS = "https://team.slack.com/archives/C0002/p1754670081000100"


@pytest.fixture
async def fake() -> AsyncIterator[FakeSlack]:
    async with fake_slack() as opened:
        opened.team.users["U0ADA"] = {"is_admin": True}
        opened.team.channel("C0001")
        opened.team.writings.append(Writing(f"{SAID}. {MORE}", ADDRESS, "quibble mascot"))
        opened.team.action_tokens.add(TOKEN)
        yield opened


@pytest.fixture
async def application(fake: FakeSlack, tmp_path: Path) -> AsyncIterator[Application]:
    settings: dict[str, Any] = {
        "data_dir": tmp_path,
        "slack_api_base": f"{fake.base_url}/api/",
        "slack_bot_token": fake.team.token,
        "slack_app_token": APP_TOKEN,
        "search_providers": ("library",),
        "decoder_processes": 1,
        "secret_key": Fernet.generate_key().decode(),
    }
    async with open_application(load_settings(**settings), work=EVERYTHING, serve=True) as opened:
        await fake.connected(2)
        yield opened


async def turn_on(fake: FakeSlack) -> None:
    await fake.slash("settings team search_messages yes", user="U0ADA")
    await until(lambda: "search_messages yes" in fake.team.whispered("U0ADA"))


async def mention(fake: FakeSlack, text: str, *, token: str | None = TOKEN) -> Message:
    """Somebody mentions Limner; gives its message once it has a picture."""
    channel, before = fake.team.channel("C0001"), len(fake.team.channel("C0001").messages)
    event = {**fake.says(f"<@U0BOT> {text}"), **({"action_token": token} if token else {})}
    await fake.event({**event, "type": "app_mention"})
    await until(lambda: len(channel.messages) > before and bool(channel.newest.pictures))
    return channel.newest


def written(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file of a data folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()


@pytest.mark.timeout(300)
async def test_what_the_team_wrote_is_drawn_and_no_text_of_it_is_kept(
    fake: FakeSlack, application: Application, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await turn_on(fake)
    message = await mention(fake, "our mascot Quibble on a skateboard")
    assert "1 message in public channels" in message.said
    view = await application.job_service.view("slack:T0001", str(message.job_id))
    assert "Quibble: small green otter, red scarf, wooden sword." in view.research.grounded.text
    [search] = fake.team.searches
    assert (search["channel_types"], search["include_bots"]) == ("public_channel", "false")
    await asyncio.sleep(0.5)
    logged = "".join(capsys.readouterr()).encode()
    for path, data in [*written(tmp_path), (Path("log"), logged)]:
        for secret in (TOKEN, SAID, MORE, "Henrietta", "merger", "a small green otter with"):
            assert secret.encode() not in data, f"{secret!r} in {path}"


@pytest.mark.timeout(300)
async def test_nothing_is_searched_unless_it_is_turned_on_and_only_the_team_can_know(
    fake: FakeSlack, application: Application
) -> None:
    await mention(fake, "our mascot Quibble on a skateboard")
    await turn_on(fake)
    await mention(fake, "a cat on a sofa")
    assert fake.team.searches == []
    assert await application.search_tokens.get("slack:T0001", "x") is None
