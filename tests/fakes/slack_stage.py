"""Limner's Slack surface connected to a Slack of our own, over a desk whose jobs tests bring on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.slack.surface import SlackSettings, SlackSurface, opened_slack
from domain.illustrations import Delivery, DeliveryKind
from domain.requests import Job, JobStatus
from evaluation.peers.slack import FakeSlack, fake_slack
from evaluation.peers.slack_api import APP_TOKEN
from evaluation.peers.slack_team import Channel, Message
from jobs.common.tasks import delivery_id
from jobs.common.views import JobView
from tests.fakes.job_service import Office, an_office
from tests.fakes.web import picture

WORKSPACE = "slack:T0001"
PATIENCE_S = 240.0


async def until(holds: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = holds()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)


@dataclass(frozen=True)
class Stage:
    """A connected surface, and the means to look at both sides."""

    fake: FakeSlack
    office: Office
    surface: SlackSurface

    @property
    def channel(self) -> Channel:
        """The channel in which everything happens."""
        return self.fake.team.channel("C0001")

    async def message(self, number: int = 1, *, channel: Channel | None = None) -> Message:
        """The message of that number in the channel, once it is there."""
        where = channel or self.channel
        await until(lambda: len(where.messages) >= number)
        return list(where.messages.values())[number - 1]

    async def whispered(self, text: str, *, user: str = "U0ANN") -> None:
        """Wait until a user got an ephemeral message."""
        await until(lambda: text in self.fake.team.whispered(user))

    async def jobs(self, count: int = 1) -> list[Job]:
        """The jobs, once there are so many; oldest first."""

        async def there() -> bool:
            return len(await self.office.job_service.recent(WORKSPACE, limit=500)) >= count

        await until(there)
        return [*await self.office.job_service.recent(WORKSPACE, limit=500)][::-1]

    async def asked(self, text: str = "a cat", **more: Any) -> tuple[Job, Message]:
        """A job with its requester and its message."""
        jobs, messages = len(await self.jobs(0)), len(self.channel.messages)
        await self.fake.slash(text, **more)
        job = (await self.jobs(jobs + 1))[-1]
        return job, await self.message(messages + 1)

    async def finished(self, job: Job, *, pictures: int = 1) -> JobView:
        """The job with pictures, not delivered yet."""
        sha256 = await self.office.blobs.put(WORKSPACE, picture(7))
        await self.office.researched(job.id)
        await self.office.finished(job.id, pictures=pictures, sha256=sha256)
        await self.become(job, JobStatus.DELIVERING)
        return await self.office.job_service.view(WORKSPACE, job.id)

    async def become(self, job: Job, status: JobStatus, **parts: Any) -> None:
        """Bring a job into a state."""
        async with self.office.store.workspace(WORKSPACE) as unit:
            await unit.jobs.save(replace(await unit.jobs.get(job.id), status=status, **parts))

    async def deliver(self, job: Job, kind: DeliveryKind = DeliveryKind.RESULT) -> Delivery:
        """Send what a job's outbox holds, and keep the receipt."""
        request = job.request
        place = request.routing.review if kind is DeliveryKind.REVIEW else None
        delivery = Delivery(
            delivery_id(job.id, kind), WORKSPACE, job.id, kind, place or request.routing.destination
        )
        async with self.office.store.workspace(WORKSPACE) as unit:
            await unit.deliveries.add(delivery)
        receipt = await self.surface.send(delivery)
        async with self.office.store.workspace(WORKSPACE) as unit:
            await unit.deliveries.delivered(delivery.id, receipt=receipt, now=job.created_at)
        return replace(delivery, receipt=receipt)

    async def drawn(self, text: str = "a cat", **more: Any) -> tuple[Job, Message]:
        """A job whose result stands in its message."""
        job, message = await self.asked(text, **more)
        await self.finished(job)
        await self.deliver(job)
        await self.become(job, JobStatus.DONE)
        return job, message


@asynccontextmanager
async def a_stage(folder: Path, *, sockets: int = 1, **settings: Any) -> AsyncGenerator[Stage]:
    """A surface that is connected over Socket Mode, unless the settings say otherwise."""
    async with (
        an_office(folder, workspace=WORKSPACE) as office,
        a_stage_over(office, folder, sockets=sockets, **settings) as stage,
    ):
        yield stage


@asynccontextmanager
async def a_stage_over(
    office: Office, folder: Path, *, sockets: int = 1, scopes: Sequence[str] = (), **settings: Any
) -> AsyncGenerator[Stage]:
    """The same over an office that is open already; ``scopes`` are what Slack reports of the
    token."""
    async with fake_slack() as fake:
        fake.scopes = tuple(scopes)
        usual: dict[str, Any] = {"bot_token": fake.team.token, "app_token": APP_TOKEN}
        usual |= {"edit_s": 0.05, "sockets": sockets}
        chosen = SlackSettings(
            api_base=f"{fake.base_url}/api/", folder=folder / "slack", **{**usual, **settings}
        )
        async with opened_slack(chosen, office.services) as surface:
            running = asyncio.create_task(surface.run())
            try:
                if chosen.app_token:
                    await fake.connected(sockets)
                yield Stage(fake, office, surface)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
