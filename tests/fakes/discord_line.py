"""Limner's Discord surface connected to a Discord of our own, over jobs that tests bring on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

from bot.discord.gateway.client import DiscordOptions
from bot.discord.setup import open_discord
from bot.discord.surface import DiscordSurface
from domain.illustrations import Delivery, DeliveryKind
from domain.requests import JobStatus
from evaluation.peers.discord_server import DiscordPeer
from jobs.common.tasks import delivery_id
from tests.fakes.job_service import Office
from tests.fakes.web import picture


@dataclass
class Line:
    """Limner connected to the server."""

    peer: DiscordPeer
    office: Office
    surface: DiscordSurface
    running: asyncio.Task[None]

    async def asked(self, **options: object) -> tuple[str, str]:
        """A user sends a request; gives the interaction's token and the job once its message is
        kept."""
        options.setdefault("prompt", "a fox")
        token = await self.peer.asks(**options)  # type: ignore[arg-type]
        async with asyncio.timeout(240):
            while True:
                newest = await self.office.job_service.recent(self.office.workspace, limit=1)
                if newest:
                    view = await self.office.job_service.view(self.office.workspace, newest[0].id)
                    if view.messages:
                        return token, newest[0].id
                await asyncio.sleep(0.02)

    async def finished(self, job_id: str, *, pictures: int = 1) -> Delivery:
        """Let a job be rendered; gives its delivery."""
        sha256 = await self.office.blobs.put(self.office.workspace, picture(7, kind="PNG"))
        await self.office.researched(job_id)
        await self.office.finished(job_id, sha256=sha256, pictures=pictures)
        await self.status(job_id, JobStatus.DELIVERING)
        return await self.delivery(job_id)

    async def delivery(self, job_id: str, kind: DeliveryKind = DeliveryKind.RESULT) -> Delivery:
        """What is to be delivered of a job."""
        job = (await self.office.job_service.view(self.office.workspace, job_id)).job
        return Delivery(
            delivery_id(job_id, kind),
            self.office.workspace,
            job_id,
            kind,
            (job.request.routing.review if kind is DeliveryKind.REVIEW else None)
            or job.request.routing.destination,
            claimed_at=job.created_at,
        )

    async def status(self, job_id: str, status: JobStatus) -> None:
        """Let a job be in that state."""
        async with self.office.store.workspace(self.office.workspace) as unit:
            job = await unit.jobs.get(job_id)
            await unit.jobs.save(replace(job, status=status))
            await unit.events.append(job_id, status.value, {})


@asynccontextmanager
async def a_line(peer: DiscordPeer, office: Office) -> AsyncGenerator[Line]:
    """Limner connected, with the guild in its cache."""
    options = DiscordOptions(peer.world.token)
    async with open_discord(options, office.services, api_base=peer.api_base) as surface:
        running = asyncio.create_task(surface.run())
        await peer.until(lambda: peer.session is not None and len(peer.session.events) > 1)
        await peer.until(lambda: peer.world.commands)
        yield Line(peer, office, surface, running)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
