"""Discord as Limner's jobs see it: results are delivered, and messages show how jobs go on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import discord
import structlog

from bot import present
from bot.actions import Button, Deed
from bot.cards import Card, NoteCard, ResultCard
from bot.discord.askers import SURFACE, channel_of, guild_of
from bot.discord.client import LimnerClient
from bot.discord.life import JobLife, Voice, live_message
from bot.discord.messages import NoAccess, belongs, codes
from bot.discord.render import Frame
from bot.discord.uploads import Build
from bot.newscards import notice_card
from domain.errors import SurfaceUnavailable
from domain.illustrations import Delivery, DeliveryKind
from domain.news import Notice
from domain.team import MessageKind
from jobs.views import JobView

log = structlog.get_logger(__name__)

CONNECTED_S = 20.0
"""How long a delivery waits for the first login before it is tried again later."""


class DiscordSurface:
    """Delivers to Discord, and stays connected to it."""

    def __init__(self, *, client: LimnerClient, life: JobLife, voice: Voice) -> None:
        self._client = client
        self._life = life
        self._voice = voice
        self._desks = voice.desks
        self._messages = voice.messages

    @property
    def name(self) -> str:
        """How destinations call it."""
        return SURFACE

    async def run(self) -> None:
        """Stay connected until cancelled.

        Raises:
            InvalidSettings: Discord does not take the token, the intents or the shards.
        """
        await self._client.stay_connected()

    async def open(self, view: JobView) -> bool:
        """Make or find the message of a job that has none."""
        await self._connected()
        return await self._life.open(view)

    async def show(self, view: JobView) -> bool:
        """Bring the message of a job up to date; False when it is gone."""
        await self._connected()
        return await self._life.show(view)

    async def send(self, delivery: Delivery) -> str:
        """Make a result, a failure or a review appear, and give where.

        Raises:
            NoAccess: Limner may neither write there nor to the asker alone.
            SurfaceUnavailable: Discord did not answer.
        """
        await self._connected()
        view = await self._desks.jobs.view(delivery.workspace_id, delivery.job_id)
        if delivery.kind is DeliveryKind.REVIEW:
            return await self._review(delivery, view)
        failed = delivery.kind is DeliveryKind.FAILURE
        card = present.failure_card(view) if failed else present.result_card(view)
        if view.job.request.private:
            return await self._send_privately(delivery, view, card)
        place = await self._life.place_of(await self._life.settled(view))
        async with self._voice.live.finishing(view.job.id):
            build = await self._life.builder(view, card)
            try:
                if place and await self._messages.edit(*place, build):
                    return _receipt(*place)
                if delivery.kind is DeliveryKind.RESULT:
                    channel_id = channel_of(delivery.destination)
                    return await self._post(delivery, view, channel_id, build)
            except NoAccess as error:
                log.warning("no_access", job_id=view.job.id, error=str(error))
            return await self._post_directly(delivery, view, card)

    async def find(self, delivery: Delivery) -> str | None:
        """Where an earlier try got through, if it did."""
        await self._connected()
        view = await self._desks.jobs.view(delivery.workspace_id, delivery.job_id)
        kept = live_message(view)
        if kept and delivery.kind is not DeliveryKind.REVIEW and not view.job.request.private:
            message = await self._messages.fetch(int(kept.channel), int(kept.message))
            if message and _is_of(message, delivery):
                return _receipt(message.channel.id, message.id)
        for channel_id in await self._places(delivery, view):
            since = (delivery.claimed_at or datetime.now(UTC)) - timedelta(minutes=1)
            try:
                found = await self._messages.find(
                    channel_id, lambda message: _is_of(message, delivery), since=since
                )
            except NoAccess:
                continue
            if found is not None:
                return await self._kept(delivery, view, channel_id, found.id)
        return None

    async def notify(self, notice: Notice) -> None:
        """Write to one person alone.

        Raises:
            NoAccess: They take no such messages.
            SurfaceUnavailable: Discord did not answer.
        """
        await self._connected()
        frame = Frame(hint=self._whence(guild_of(notice.workspace_id), "/news list"))
        build = self._voice.uploads.builder(notice.workspace_id, notice_card(notice), frame)
        channel_id = await self._messages.direct(notice.member_id)
        await self._messages.post(channel_id, build, nonce=notice.id)

    async def _places(self, delivery: Delivery, view: JobView) -> list[int]:
        """Where an earlier try may have sent a message to."""
        places: list[int] = []
        if not view.job.request.private:
            places.append(channel_of(delivery.destination))
        if delivery.kind is not DeliveryKind.REVIEW:
            try:
                places.append(await self._messages.direct(view.job.request.member_id))
            except NoAccess:
                log.info("no_direct_messages", job_id=view.job.id)
        return places

    async def _review(self, delivery: Delivery, view: JobView) -> str:
        """Show a result to those who must approve it, in the same guild."""
        channel_id = channel_of(delivery.destination)
        if await self._messages.guild_of(channel_id) != guild_of(delivery.workspace_id):
            raise NoAccess("the review channel is not in this server")
        build = await self._life.builder(view, present.review_card(view))
        return await self._post(delivery, view, channel_id, build)

    async def _send_privately(self, delivery: Delivery, view: JobView, card: Card) -> str:
        """Answer where only the asker sees it: in the answer to the command, or directly."""
        view = await self._life.settled(view)
        build = await self._life.builder(view, card)
        async with self._voice.live.finishing(view.job.id):
            written = await self._voice.private.write(view.job.id, build)
            if written is not None:
                return _receipt(channel_of(delivery.destination), written)
            return await self._post_directly(delivery, view, card)

    async def _post_directly(self, delivery: Delivery, view: JobView, card: Card) -> str:
        """Write to the asker alone; who takes no such messages is told in the channel where the
        picture is, and nothing of it.

        Outside of its server a picture has no buttons: nothing of a server is done elsewhere.
        """
        guild_id, member_id = guild_of(view.job.workspace_id), view.job.request.member_id
        if view.job.request.shadow_of is not None:
            raise NoAccess("Limner may not post in the linked channel")
        if guild_id is not None and isinstance(card, ResultCard):
            card = replace(card, buttons=())
        hint = self._whence(guild_id, "/job history")
        build = await self._life.builder(view, card, hint=hint)
        try:
            channel_id = await self._messages.direct(member_id)
            return await self._post(delivery, view, channel_id, build)
        except NoAccess as error:
            log.info("no_direct_messages", job_id=view.job.id, error=str(error))
        waiting = NoteCard(
            "Something waits for you under /job history; it could not be sent to you."
        )
        frame = Frame(mark=view.job.id, ping=int(member_id))
        build = self._voice.uploads.builder(view.job.workspace_id, waiting, frame)
        channel_id = channel_of(delivery.destination)
        return await self._post(delivery, view, channel_id, build)

    def _whence(self, guild_id: int | None, command: str) -> str | None:
        """Where somebody finds what was asked for in a server."""
        guild = self._client.get_guild(guild_id) if guild_id is not None else None
        return f"From {guild.name}; {command} there has it, too." if guild else None

    async def _post(self, delivery: Delivery, view: JobView, channel_id: int, build: Build) -> str:
        message = await self._messages.post(channel_id, build, nonce=delivery.id)
        return await self._kept(delivery, view, channel_id, message.id)

    async def _kept(
        self, delivery: Delivery, view: JobView, channel_id: int, message_id: int
    ) -> str:
        """Keep the message that a delivery became, and give its receipt."""
        review = delivery.kind is DeliveryKind.REVIEW
        kind = MessageKind.REVIEW if review else MessageKind.RESULT
        thread = None if review else delivery.destination.thread
        await self._life.keep(view, channel_id, message_id, kind=kind, thread=thread)
        return _receipt(channel_id, message_id)

    async def _connected(self) -> None:
        try:
            await asyncio.wait_for(self._client.logged_in.wait(), CONNECTED_S)
        except TimeoutError:
            raise SurfaceUnavailable("Discord", "Limner is not connected to it yet") from None


def _is_of(message: discord.Message, delivery: Delivery) -> bool:
    """Whether a message carries what a delivery is to bring: its buttons tell."""
    known, job_id = codes(message), delivery.job_id
    if delivery.kind is DeliveryKind.FAILURE:
        others = {Button(deed, job_id).code for deed in (Deed.CANCEL, Deed.DELETE, Deed.APPROVE)}
        return belongs(message, job_id) and not known & others
    if delivery.kind is DeliveryKind.REVIEW:
        return Button(Deed.APPROVE, job_id).code in known
    waits = Button(Deed.CANCEL, job_id).code in known
    brought = bool(message.attachments) and belongs(message, job_id) and not waits
    return Button(Deed.DELETE, job_id).code in known or brought


def _receipt(channel_id: int, message_id: int) -> str:
    return f"{channel_id}/{message_id}"
