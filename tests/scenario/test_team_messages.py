"""Messages of a Slack workspace help to draw what only its team knows, and are kept nowhere."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from app.application import EVERYTHING, open_application
from app.message_search import make_search_tokens
from app.settings import Settings, load_settings
from app.wiring import Application
from domain.requests import Destination
from domain.team_messages import TOLD
from evaluation.peers.slack import FakeSlack, fake_slack
from evaluation.peers.slack_api import APP_TOKEN
from evaluation.peers.slack_team import Message, Writing
from evaluation.peers.values import a_job
from storage.unit_of_work import SqlStore
from tests.fakes.slack_stage import until

TOKEN = "12345.98765.abcd2358fdea"
SAID = "For the new folks, Quibble is a small green otter with a red scarf and a wooden sword"
MORE = "And nobody may tell Henrietta that the merger closes in November."
ADDRESS = "https://team.slack.com/archives/C0002/p1754670081000100"


@pytest.fixture
async def fake() -> AsyncIterator[FakeSlack]:
    async with fake_slack() as peer:
        peer.team.users["U0ADA"] = {"is_admin": True}
        peer.team.channel("C0001")
        peer.team.writings.append(Writing(f"{SAID}. {MORE}", ADDRESS, "quibble mascot"))
        peer.team.action_tokens.add(TOKEN)
        yield peer


@pytest.fixture
def settings(fake: FakeSlack, tmp_path: Path) -> Settings:
    return load_settings(
        data_dir=tmp_path,
        slack_api_base=f"{fake.base_url}/api/",
        slack_bot_token=fake.team.token,
        slack_app_token=APP_TOKEN,
        search_providers=("library",),
        decoder_processes=1,
        secret_key=Fernet.generate_key().decode(),
    )


@asynccontextmanager
async def opened(
    fake: FakeSlack, settings: Settings, work: Sequence[str] = EVERYTHING
) -> AsyncGenerator[Application]:
    """A process that is connected to Slack."""
    fake.sockets.clear()
    async with open_application(settings, work=work, serve=True, chats=True) as application:
        await fake.connected(2)
        yield application


async def turn_on(fake: FakeSlack) -> None:
    await fake.slash("settings team search_messages yes", user="U0ADA")
    await until(lambda: "search_messages yes" in fake.team.whispered("U0ADA"))


async def mention(fake: FakeSlack, words: str, *, token: str | None = TOKEN) -> None:
    """Somebody mentions Limner."""
    event = {**fake.says(f"<@U0BOT> {words}"), **({"action_token": token} if token else {})}
    await fake.event({**event, "type": "app_mention"})


async def drawn(fake: FakeSlack, count: int = 1) -> Message:
    """The newest message, once so many have a picture."""
    messages = fake.team.channel("C0001").messages
    await until(lambda: sum(bool(m.pictures) for m in messages.values()) >= count)
    return fake.team.channel("C0001").newest


async def tokens_kept(application: Application) -> int:
    async with application.database.connect() as connection:
        found = await connection.execute(text("SELECT count(*) FROM search_tokens"))
        return int(found.scalar_one())


def written(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file of a data folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()


@pytest.mark.timeout(300)
async def test_what_the_team_wrote_is_drawn_and_no_text_of_it_is_kept(
    fake: FakeSlack, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened(fake, settings) as application:
        await mention(fake, "our mascot Quibble in the rain")
        await drawn(fake)
        await turn_on(fake)
        await mention(fake, "a cat on a sofa")
        await drawn(fake, 2)
        assert fake.team.searches == []
        await mention(fake, "our mascot Quibble on a skateboard")
        message = await drawn(fake, 3)
        assert "1 message in public channels" in message.said
        view = await application.job_service.view("slack:T0001", str(message.job_id))
        grounded = view.research.grounded.text
        assert grounded.endswith(f"Quibble {TOLD}: small green otter, red scarf, wooden sword.")
        assert view.team_messages == (ADDRESS,)
        assert message.button("sources")
        [search] = fake.team.searches
        assert (search["channel_types"], search["include_bots"]) == ("public_channel", "false")
        assert await tokens_kept(application) == 0
        while_open = dict(written(tmp_path))
    logged = "".join(capsys.readouterr()).encode()
    for path, data in [*while_open.items(), *written(tmp_path), (Path("log"), logged)]:
        for found in (TOKEN, SAID, MORE, "Henrietta", "merger", "green otter with"):
            assert found.encode() not in data, f"{found!r} in {path}"


@pytest.mark.timeout(300)
async def test_a_restart_in_the_middle_of_a_search_searches_again(
    fake: FakeSlack, settings: Settings
) -> None:
    fake.slow["assistant.search.context"] = 60.0
    async with opened(fake, settings) as application:
        await turn_on(fake)
        await mention(fake, "our mascot Quibble on a skateboard")
        await until(lambda: fake.calls["assistant.search.context"] == 1)
        assert await tokens_kept(application) == 1
    fake.slow.clear()
    async with opened(fake, settings) as application:
        assert "1 message in public channels" in (await drawn(fake)).said
        assert await tokens_kept(application) == 0


async def test_a_worker_without_chats_searches_with_the_token_that_another_process_kept(
    fake: FakeSlack, settings: Settings
) -> None:
    job = a_job("slack:T0001")
    job = replace(job, request=job.request.with_parts(destination=Destination("slack", "C0001")))
    async with open_application(settings, work=("research",), serve=True) as worker:
        async with SqlStore(worker.database).workspace("slack:T0001") as unit:
            await unit.jobs.add(job, event_key="e1")
        await make_search_tokens(settings, worker.database).keep("slack:T0001", job.id, TOKEN)
        found = await worker.message_searches["slack"].search(job, ["Quibble"])
    assert [message.address for message in found.messages] == [ADDRESS]
