"""Slack's Web API by another implementation: `emulate` takes what Limner sends."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import aiohttp
import pytest
from cryptography.fernet import Fernet

from bot.slack.client.tokens import Tenant
from bot.slack.handlers.home import publish_home
from bot.slack.handlers.responder import SlackResponder
from bot.slack.handlers.slash import open_form
from bot.slack.payloads.slack_event import SlackEvent
from bot.slack.surface import SlackSettings, SlackSurface, opened_slack
from domain.illustrations import Delivery, DeliveryKind
from domain.requests import Job, JobStatus
from domain.team import MessageKind
from evaluation.peers.slack import SIGNING_SECRET, FakeSlack
from jobs.common.tasks import delivery_id
from storage.installations import SqlInstallations
from storage.seals import Seal
from tests.fakes.emulate import CLIENT, Emulated, Unreachable, emulated, free_port
from tests.fakes.job_service import Office, an_office
from tests.fakes.slack_stage import until
from tests.fakes.web import picture
from web.server import serving

WORKSPACE = "slack:T000000001"


@dataclass
class Scene:
    """Limner, installed in the emulated workspace by its own way."""

    slack: Emulated
    office: Office
    surface: SlackSurface
    address: str
    user: str
    channel: str

    async def says(self, text: str) -> None:
        """Type ``/illustrate``."""
        fake = FakeSlack()
        fake.team.id = "T000000001"
        body = urlencode({**fake.slash_body(text, self.user, self.channel), "response_url": ""})
        async with aiohttp.ClientSession() as session:
            headers = {**fake.signed(body), "Content-Type": "application/x-www-form-urlencoded"}
            async with session.post(
                f"{self.address}/slack/events", data=body, headers=headers
            ) as answer:
                assert answer.status == 200

    async def job(self) -> Job:
        """The one job, once its message is kept."""

        async def kept() -> bool:
            jobs = await self.office.job_service.recent(WORKSPACE)
            return bool(jobs) and bool(
                (await self.office.job_service.view(WORKSPACE, jobs[0].id)).messages
            )

        await until(kept)
        return (await self.office.job_service.recent(WORKSPACE))[0]

    async def messages(self) -> list[dict[str, Any]]:
        """What stands in the channel, newest first."""
        found = await self.slack.call(
            "conversations.history", channel=self.channel, include_all_metadata="true"
        )
        return [m for m in found["messages"] if m.get("metadata")]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    try:
        peer = emulated(tmp_path, redirect_url=f"{address}/slack/oauth_redirect")
        slack = await peer.__aenter__()
    except Unreachable as error:
        pytest.skip(str(error))
    try:
        async with an_office(tmp_path, workspace=WORKSPACE) as office:
            seal = Seal([Fernet.generate_key().decode()])
            store = SqlInstallations(office.engine, seal)
            settings = SlackSettings(
                api_base=f"{slack.base_url}/api/",
                folder=tmp_path / "slack",
                signing_secret=SIGNING_SECRET,
                client_id=CLIENT[0],
                client_secret=CLIENT[1],
                public_base_url=f"{address}/",
                edit_s=0.05,
            )
            async with opened_slack(settings, office.services, store=store, seal=seal) as surface:
                assert surface.door is not None
                doors = [surface.door]
                async with serving(doors, host="127.0.0.1", port=port, trouble=lambda: None):
                    user = await install(address, slack)
                    kept = await store.get(WORKSPACE)
                    assert kept is not None
                    slack.token = kept.token
                    channels = (await slack.call("conversations.list"))["channels"]
                    general = next(c["id"] for c in channels if c["name"] == "general")
                    yield Scene(slack, office, surface, address, user, general)
    finally:
        await peer.__aexit__(None, None, None)


async def install(address: str, slack: Emulated) -> str:
    """Go the whole way of "Add to Slack" as a browser; gives who did."""
    async with aiohttp.ClientSession() as browser:
        async with browser.get(f"{address}/slack/install", allow_redirects=False) as begin:
            location = begin.headers["Location"]
            cookie = begin.headers["Set-Cookie"].partition(";")[0]
        assert urlsplit(location).netloc == urlsplit(slack.base_url).netloc
        async with browser.get(location) as page:
            html = await page.text()
        fields = dict(re.findall(r'name="(\w+)"\s+value="([^"]*)"', html))
        fields = {name: value.replace("&amp;", "&") for name, value in fields.items()}
        async with browser.post(
            f"{slack.base_url}/oauth/v2/authorize/callback", data=fields, allow_redirects=False
        ) as chosen:
            back = chosen.headers["Location"]
        async with browser.get(back, headers={"Cookie": cookie}) as done:
            assert done.status == 200, await done.text()
    return str(fields["user_id"])


async def test_a_picture_comes_with_its_sources_into_one_message(scene: Scene) -> None:
    await scene.says("a cat")
    job = await scene.job()
    [message] = await scene.messages()
    assert "In the queue, you're next." in str(message["blocks"])
    await scene.office.researched(job.id)
    assert await scene.surface.show(await scene.office.job_service.view(WORKSPACE, job.id))
    [message] = await scene.messages()
    assert "Who is Eileen Collins?" in str(message["blocks"])
    sha256 = await scene.office.blobs.put(WORKSPACE, picture(3))
    await scene.office.finished(job.id, sha256=sha256)
    delivery = await sent(scene, job)
    [message] = await scene.messages()
    [image] = [b for b in message["blocks"] if b["type"] == "image"]
    assert image["alt_text"] == "A board"
    file = (await scene.slack.call("files.info", file=image["slack_file"]["id"]))["file"]
    assert file["size"] == len(picture(3))
    assert await scene.surface.find(delivery) is not None


async def test_a_picture_whose_message_was_removed_is_posted_anew_and_found(scene: Scene) -> None:
    await scene.says("a cat")
    job = await scene.job()
    [message] = await scene.messages()
    await scene.slack.call("chat.delete", channel=scene.channel, ts=message["ts"])
    sha256 = await scene.office.blobs.put(WORKSPACE, picture(3))
    await scene.office.finished(job.id, sha256=sha256)
    delivery = await sent(scene, job)
    assert len(await scene.messages()) == 1
    assert await scene.surface.find(delivery) is not None
    kinds = [m.kind for m in (await scene.office.job_service.view(WORKSPACE, job.id)).messages]
    assert kinds == [MessageKind.LIVE, MessageKind.RESULT]


async def test_forms_and_app_home_are_taken(scene: Scene) -> None:
    responder: SlackResponder = cast("Any", scene.surface)._intake._responder
    trigger = await scene.slack.call("views.generateTriggerId", user_id=scene.user)
    turn = SlackEvent(Tenant("T000000001"), scene.user, "k1", trigger_id=trigger["trigger_id"])
    await open_form(responder, turn)
    await publish_home(responder, turn)


async def sent(scene: Scene, job: Job) -> Delivery:
    """Deliver the result."""
    async with scene.office.store.workspace(WORKSPACE) as unit:
        done = replace(await unit.jobs.get(job.id), status=JobStatus.DELIVERING)
        await unit.jobs.save(done)
    name = delivery_id(job.id, DeliveryKind.RESULT)
    delivery = Delivery(
        name, WORKSPACE, job.id, DeliveryKind.RESULT, job.request.routing.destination
    )
    await scene.surface.send(delivery)
    return delivery
