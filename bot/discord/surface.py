"""Discord as Limner's jobs see it: results are delivered, and messages show how jobs go on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import discord
import structlog

from bot.buttons import Button, ButtonAction
from bot.cards import builders
from bot.cards.models import Card
from bot.cards.news import notice_card
from bot.discord.client.deliveries import DeliveryRoutes, Sent
from bot.discord.client.lifecycle import JobLife, MessageServices, live_message
from bot.discord.client.messages import NoAccess, belongs, codes
from bot.discord.client.requesters import SURFACE, channel_of, guild_of, moderators_of
from bot.discord.gateway.client import LimnerClient
from bot.discord.view.render import Frame
from bot.locale.moderators import QUEUE_COMMANDS
from bot.messages.routes import first_open
from bot.refusals import PlaceRefused
from domain.errors import SurfaceRefused, SurfaceUnavailable
from domain.illustrations import FOR_MODERATORS, Delivery, DeliveryKind
from domain.news import Notice
from domain.requests import MODERATORS
from domain.team import MessageKind
from jobs.admission.requests import Requester
from jobs.common.views import JobView

log = structlog.get_logger(__name__)

CONNECTED_S = 20.0
"""How long a delivery waits for the first login before it is tried again later."""


class DiscordSurface:
    """Delivers to Discord, and stays connected to it."""

    def __init__(self, *, client: LimnerClient, life: JobLife, voice: MessageServices) -> None:
        self._client = client
        self._life = life
        self._voice = voice
        self._services = voice.services
        self._messages = voice.messages

    @property
    def name(self) -> str:
        """How destinations call it."""
        return SURFACE

    @property
    def connected(self) -> bool:
        """Whether it was connected before."""
        return self._client.logged_in.is_set()

    async def run(self) -> None:
        """Stay connected until cancelled.

        Raises:
            InvalidSettings: Discord does not take the token, the intents or the shards.
        """
        await self._client.stay_connected()

    def has_room(self, workspace_id: str, channel: str, *, new: bool) -> bool:
        """Whether progress may be shown there now."""
        del workspace_id, new
        return self._voice.traffic.has_room(channel)

    async def open(self, view: JobView) -> bool:
        """Make or find the message of a job that has none."""
        await self._wait_for_login()
        return await self._life.open(view)

    async def show(self, view: JobView) -> bool:
        """Bring the message of a job up to date; False when it is gone."""
        await self._wait_for_login()
        return await self._life.show(view)

    def begun(self, job_id: str) -> JobView | None:
        """A job as it was when its message was made."""
        return self._voice.live.begun(job_id)

    async def pause(self, view: JobView) -> None:
        """Say on a job's message that it is paused, without any storage."""
        await self._life.pause(view)

    async def send(self, delivery: Delivery) -> str:
        """Make a result, a failure or a review appear, and give where.

        Raises:
            SurfaceRefused: Discord takes it in no form, neither here nor in the requester's own
                messages, nor a word of ours about it.
            SurfaceUnavailable: Discord did not answer.
        """
        await self._wait_for_login()
        view = await self._services.jobs.view(delivery.workspace_id, delivery.job_id)
        if delivery.kind in FOR_MODERATORS:
            return await self._review(delivery, view)
        routes = await self._routes(delivery, await self._life.settled(view))
        channel = str(routes.place[0]) if routes.place else str(channel_of(delivery.destination))
        async with self._voice.traffic.result(channel), self._voice.live.finishing(view.job.id):
            _route, sent = await first_open(await routes.found(), job_id=view.job.id)
            if sent.new:
                await self._keep(delivery, view, sent)
            await routes.tidy(sent)
        return _receipt(sent)

    async def find(self, delivery: Delivery) -> str | None:
        """Where an earlier try got through, if it did."""
        await self._wait_for_login()
        view = await self._services.jobs.view(delivery.workspace_id, delivery.job_id)
        if delivery.destination.channel == MODERATORS:
            return None  # Discord drops a repeat within minutes
        kept = live_message(view)
        if kept and delivery.kind not in FOR_MODERATORS and not view.job.request.private:
            message = await self._messages.fetch(int(kept.channel), int(kept.message))
            if message and _is_of(message, delivery):
                return _receipt(Sent(message.channel.id, message.id))
        for channel_id in await self._places(delivery, view):
            since = (delivery.claimed_at or datetime.now(UTC)) - timedelta(minutes=1)
            try:
                found = await self._messages.find(
                    channel_id, lambda message: _is_of(message, delivery), since=since
                )
            except SurfaceRefused:
                continue
            if found is not None:
                sent = Sent(channel_id, found.id)
                await self._keep(delivery, view, sent)
                if delivery.kind not in FOR_MODERATORS:
                    await (await self._routes(delivery, view)).tidy(sent)
                return _receipt(sent)
        return None

    async def notify(self, notice: Notice) -> None:
        """Write to one person alone.

        Raises:
            SurfaceRefused: They take no such messages, or Discord takes it in no form.
            SurfaceUnavailable: Discord did not answer.
        """
        await self._wait_for_login()
        frame = Frame(hint=self._whence(guild_of(notice.workspace_id), "/news list"))
        build = self._voice.uploads.builder(notice.workspace_id, notice_card(notice), frame)
        channel_id = await self._messages.direct(notice.member_id)
        await self._messages.post(channel_id, build, nonce=notice.id)

    async def _places(self, delivery: Delivery, view: JobView) -> list[int]:
        """Where an earlier try may have sent a message to."""
        places = [channel_of(delivery.destination)]
        if delivery.kind not in FOR_MODERATORS:
            try:
                places.append(await self._messages.direct(view.job.request.member_id))
            except SurfaceRefused:
                log.info("no_direct_messages", job_id=view.job.id)
        return places

    async def _review(self, delivery: Delivery, view: JobView) -> str:
        """Show a result to those who must approve it, or a refused request to those who may allow
        it, in the same guild."""
        if delivery.kind is DeliveryKind.APPEAL:
            return _receipt(await self._appeal(delivery, view))
        sent = await self._in_review(delivery, view, builders.review_card(view))
        await self._keep(delivery, view, sent)
        return _receipt(sent)

    async def _in_review(self, delivery: Delivery, view: JobView, card: Card) -> Sent:
        channel_id = channel_of(delivery.destination)
        if await self._messages.guild_of(channel_id) != guild_of(delivery.workspace_id):
            raise NoAccess("the review channel isn't on this server")
        build = await self._life.builder(view, card)
        message = await self._messages.post(channel_id, build, nonce=delivery.id)
        return Sent(channel_id, message.id)

    async def _appeal(self, delivery: Delivery, view: JobView) -> Sent:
        """Show what waits for moderators in the review channel, or where there is none, or it
        cannot be used, to each of them alone."""
        card = builders.appeal_card(view, language=view.job.request.language)
        if delivery.destination.channel != MODERATORS:
            try:
                return await self._in_review(delivery, view, card)
            except PlaceRefused as error:
                log.warning("no_review_channel", job_id=view.job.id, error=str(error))
        guild_id = guild_of(delivery.workspace_id)
        guild = self._client.get_guild(guild_id) if guild_id is not None else None
        groups = (
            await self._services.team.preferences(_whoever_asked(view))
        ).moderator_groups or ()
        # Outside of the server nothing of it is done: there are no buttons.
        hint = self._whence(guild_id, QUEUE_COMMANDS[SURFACE])
        build = await self._life.builder(view, replace(card, buttons=()), hint=hint)
        first: Sent | None = None
        for member_id in moderators_of(guild, groups) if guild is not None else ():
            try:
                channel_id = await self._messages.direct(str(member_id))
                nonce = f"{delivery.id}:{member_id}"
                message = await self._messages.post(channel_id, build, nonce=nonce)
            except SurfaceRefused as error:
                log.info("moderator_not_told", job_id=view.job.id, error=str(error))
            else:
                first = first or Sent(channel_id, message.id)
        if first is None:
            raise NoAccess("no moderator accepts direct messages")
        return first

    async def _routes(self, delivery: Delivery, view: JobView) -> DeliveryRoutes:
        """The ways on which a delivery reaches whoever asked."""
        private = view.job.request.private
        return DeliveryRoutes(
            voice=self._voice,
            life=self._life,
            delivery=delivery,
            view=view,
            place=None if private else await self._life.place_of(view),
            whence=self._whence(guild_of(view.job.workspace_id), "/job history"),
        )

    def _whence(self, guild_id: int | None, command: str) -> str | None:
        """Where somebody finds what was asked for in a server."""
        guild = self._client.get_guild(guild_id) if guild_id is not None else None
        return f"From {guild.name}. You can also find it there with {command}." if guild else None

    async def _keep(self, delivery: Delivery, view: JobView, sent: Sent) -> None:
        """Keep the message that a delivery became; one for moderators about a refused request is
        never written again."""
        if delivery.kind is DeliveryKind.APPEAL:
            return
        review = delivery.kind is DeliveryKind.REVIEW
        kind = MessageKind.REVIEW if review else MessageKind.RESULT
        thread = None if review else delivery.destination.thread
        await self._life.keep(view, sent.channel_id, sent.message_id, kind=kind, thread=thread)

    async def _wait_for_login(self) -> None:
        try:
            await asyncio.wait_for(self._client.logged_in.wait(), CONNECTED_S)
        except TimeoutError:
            raise SurfaceUnavailable("Discord", "Limner isn't connected yet") from None


def _whoever_asked(view: JobView) -> Requester:
    request = view.job.request
    return Requester(request.workspace_id, request.member_id, request.destination)


def _is_of(message: discord.Message, delivery: Delivery) -> bool:
    """Whether a message carries what a delivery is to bring: its buttons tell."""
    known, job_id = codes(message), delivery.job_id
    if delivery.kind is DeliveryKind.FAILURE:
        others = {
            Button(deed, job_id).code
            for deed in (ButtonAction.CANCEL, ButtonAction.DELETE, ButtonAction.APPROVE)
        }
        return belongs(message, job_id) and not known & others
    if delivery.kind is DeliveryKind.REVIEW:
        return Button(ButtonAction.APPROVE, job_id).code in known
    if delivery.kind is DeliveryKind.APPEAL:
        return belongs(message, job_id) and bool(
            {code.split(":")[1] for code in known}
            & {ButtonAction.ALLOW.value, ButtonAction.LIFT.value}
        )
    waits = Button(ButtonAction.CANCEL, job_id).code in known
    noted = Button(ButtonAction.SHOW, job_id).code in known
    brought = (bool(message.attachments) or noted) and belongs(message, job_id) and not waits
    return Button(ButtonAction.DELETE, job_id).code in known or brought


def _receipt(sent: Sent) -> str:
    return f"{sent.channel_id}/{sent.message_id}"
