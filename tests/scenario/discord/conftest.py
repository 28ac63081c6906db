"""A Discord in this process, with Limner in a server where Ann asks, Bob watches and Eve rules."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import discord
import pytest
import simcord

from bot.discord.gateway.client import DiscordOptions, LimnerClient
from bot.discord.setup import wired
from bot.discord.surface import DiscordSurface
from bot.discord.view.state_emoji import CHARACTERS
from domain.illustrations import Delivery, DeliveryKind, Illustration
from domain.requests import Destination, JobStatus
from evaluation.peers.discord_rules import Object, discord_rules, walked
from jobs.common.tasks import delivery_id
from jobs.common.views import JobView
from tests.fakes.job_service import Office, an_office
from tests.fakes.web import picture

HOSTS = ("cdn.simcord.invalid",)
OPTIONS = DiscordOptions("token", shards=1, message_content=True, cdn_hosts=HOSTS)


@dataclass
class Scene:
    """A server, its people, and the jobs behind it."""

    env: simcord.Env
    office: Office
    surface: DiscordSurface
    guild: simcord.GuildHandle
    channel: simcord.ChannelHandle
    ann: simcord.MemberActor
    bob: simcord.MemberActor
    eve: simcord.MemberActor
    allowed: list[str] = field(default_factory=list[str])
    """Beginnings of what Discord may refuse about requests in this test."""

    @property
    def workspace(self) -> str:
        """The server as a tenant."""
        return self.office.workspace

    async def imagine(
        self, prompt: str = "a fox", *, who: simcord.MemberActor | None = None, **options: Any
    ) -> tuple[str, simcord.InteractionResult]:
        """Ask for a picture; gives the job and the answer."""
        who = who or self.ann
        place = options.pop("place", self.channel)
        result = await who.slash(place, "imagine", prompt=prompt, **options)
        return (await self.newest()).job.id, result

    async def newest(self) -> JobView:
        """The newest job of the server."""
        [job] = await self.office.job_service.recent(self.workspace, limit=1)
        return await self.view(job.id)

    async def view(self, job_id: str) -> JobView:
        """Everything known about a job."""
        return await self.office.job_service.view(self.workspace, job_id)

    async def finish(
        self, job_id: str, *, pictures: int = 1, size: int = 320
    ) -> list[Illustration]:
        """Let a job be researched and rendered, up to its delivery."""
        data = picture(7, size=(size, size), kind="PNG")
        sha256 = await self.office.blobs.put(self.workspace, data)
        await self.office.researched(job_id)
        drawn = await self.office.finished(job_id, pictures=pictures, sha256=sha256)
        await self.status(job_id, JobStatus.DELIVERING)
        return drawn

    async def status(self, job_id: str, status: JobStatus, **parts: Any) -> None:
        """Let a job be in that state."""
        async with self.office.store.workspace(self.workspace) as unit:
            job = await unit.jobs.get(job_id)
            await unit.jobs.save(replace(job, status=status, **parts))

    async def show(self, job_id: str) -> bool:
        """Let the watcher bring the message of a job up to date."""
        shown = await self.surface.show(await self.view(job_id))
        await self.env.settle()
        return shown

    async def deliver(
        self, job_id: str, kind: DeliveryKind = DeliveryKind.RESULT, *, to: str = ""
    ) -> str:
        """Let the courier deliver, perhaps to another channel, and close the job as it does."""
        delivery = await self.delivery(job_id, kind)
        if to:
            delivery = replace(delivery, destination=Destination("discord", to))
        receipt = await self.surface.send(delivery)
        await self.env.settle()
        if kind is DeliveryKind.RESULT:
            await self.status(job_id, JobStatus.DONE)
        return receipt

    async def delivery(self, job_id: str, kind: DeliveryKind = DeliveryKind.RESULT) -> Delivery:
        """What the courier would deliver."""
        job = (await self.view(job_id)).job
        review = job.request.routing.review if kind is DeliveryKind.REVIEW else None
        return Delivery(
            delivery_id(job_id, kind),
            self.workspace,
            job_id,
            kind,
            review or job.request.routing.destination,
            claimed_at=job.created_at,
        )

    async def done(self, prompt: str = "a fox", **options: Any) -> tuple[str, discord.Message]:
        """A job that was asked for and answered; gives its message, too."""
        job_id, result = await self.imagine(prompt, **options)
        await self.finish(job_id)
        await self.deliver(job_id)
        assert result.response is not None
        return job_id, result.response.message

    def problems(self) -> list[str]:
        """What Discord would refuse about the requests so far."""
        rules = discord_rules()
        found = [
            problem
            for request in self.env.http_requests
            for problem in rules.problems(request.method, request.path, request.json)
        ]
        return [p for p in found if not any(p.startswith(known) for known in self.allowed)]


PATIENT = pytest.mark.simcord(settle_timeout=60.0)
"""Lets simcord wait for the answer to everything; tests share their machine."""


@pytest.fixture(autouse=True)
def _idle_workers_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simcord waits for every timer that is due within its patience, that of an idle decoding
    worker too; none is due here before the test ends."""
    monkeypatch.setattr("agent.sandbox.pool.IDLE_S", 600.0)


@pytest.fixture(autouse=True)
def _checks_may_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is seen before a command is acknowledged must not depend on a busy machine."""
    monkeypatch.setattr("bot.discord.handlers.responder.CHECK_S", 60.0)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        yield opened


@pytest.fixture
def message_content() -> bool:
    """Whether Limner reads what people write without mentioning it."""
    return True


@pytest.fixture
def simcord_bot(message_content: bool) -> LimnerClient:
    return LimnerClient(replace(OPTIONS, message_content=message_content))


@pytest.fixture
def surface(simcord_bot: LimnerClient, office: Office) -> DiscordSurface:
    """The surface, with no pause between two writings of a message."""
    return wired(simcord_bot, office.services, pause_s=0)


@pytest.fixture
async def scene(
    surface: DiscordSurface, office: Office, simcord_env: simcord.Env
) -> AsyncIterator[Scene]:
    await simcord_env.advance_time((datetime.now(UTC) - simcord_env.now()).total_seconds())
    guild = simcord_env.create_guild("Fans of foxes")
    channel = guild.create_text_channel("general")
    rulers = guild.create_role("Rulers", permissions=discord.Permissions(manage_guild=True))
    moderators = guild.create_role("Mods", permissions=discord.Permissions(manage_messages=True))
    found = Scene(
        simcord_env,
        replace(office, workspace=f"discord:{guild.id}"),
        surface,
        guild,
        channel,
        guild.add_member(simcord_env.create_user("ann")),
        guild.add_member(simcord_env.create_user("bob"), roles=[moderators]),
        guild.add_member(simcord_env.create_user("eve"), roles=[rulers]),
    )
    yield found
    assert found.problems() == []


def parts(message: Any) -> list[Object]:
    """Every component of a message, nested ones too."""
    return list(walked([_plain(component) for component in message.components]))


def _plain(component: Any) -> Object:
    return cast("Object", component if isinstance(component, dict) else component.to_dict())


def said(message: Any) -> str:
    """Every text of a message, with mentions of commands as Discord shows them, and a character for
    each emoji of the application."""
    text = "\n".join(str(part["content"]) for part in parts(message) if part["type"] == 10)
    text = re.sub(r"<:limner_([a-z]+)_\w+:\d+>", lambda found: CHARACTERS[found[1]], text)
    return re.sub(r"</([\w -]+):\d+>", r"/\1", text)


def alone(result: simcord.InteractionResult) -> Any:
    """The answer that only the person sees."""
    told = result.response if result.ephemeral else result.followups[0]
    assert told is not None
    return told


def labels(message: Any) -> list[str]:
    """The buttons of a message."""
    return [str(part["label"]) for part in parts(message) if part["type"] == 2]
