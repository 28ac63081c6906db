"""Discord as Limner's jobs see it: results are delivered, and messages show how jobs go on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import discord
import structlog

from bot.cards.builders import posted_gallery
from bot.cards.models import Card
from bot.cards.news import notice_card
from bot.cards.simplified import KnownForms
from bot.discord.client.chat import DiscordChat
from bot.discord.client.messages import Messages
from bot.discord.client.requesters import SURFACE, guild_of, member_of
from bot.discord.client.uploads import Uploads
from bot.discord.gateway.client import LimnerClient
from bot.discord.view.components import Frame
from bot.messages.lifecycle import JobMessages
from domain.errors import SurfaceRefused, SurfaceUnavailable
from domain.galleries import GalleryMessage
from domain.illustrations import Delivery
from domain.news import Notice
from domain.team import JobMessage
from domain.translation.messages import gettext
from jobs.admission.requests import Requester
from jobs.common.views import JobView
from jobs.services.galleries import Pictures

log = structlog.get_logger(__name__)

CONNECTED_S = 20.0
"""How long a delivery waits for the first login before it is tried again later."""


class DiscordSurface:
    """Delivers to Discord, and stays connected to it; fits ``app.chats.ChatSurface``."""

    def __init__(
        self,
        *,
        client: LimnerClient,
        chat: DiscordChat,
        job_messages: JobMessages,
        messages: Messages,
        uploads: Uploads,
    ) -> None:
        self._client = client
        self._chat = chat
        self._job_messages = job_messages
        self._messages = messages
        self._uploads = uploads
        self._forms = KnownForms()

    @property
    def name(self) -> str:
        """The platform's name in destinations."""
        return SURFACE

    @property
    def connected(self) -> bool:
        """Whether it was connected before."""
        return self._client.logged_in.is_set()

    @property
    def online(self) -> bool:
        """Whether every connection to the gateway is open now."""
        shards = self._client.shards
        return bool(shards) and not any(shard.is_closed() for shard in shards.values())

    async def run(self) -> None:
        """Stay connected until cancelled.

        Raises:
            InvalidSettings: Discord does not take the token, the intents or the shards.
        """
        await self._client.stay_connected()

    def has_room(self, workspace_id: str, channel: str, *, new: bool) -> bool:
        """Whether progress may be shown there now."""
        del workspace_id, new
        return self._chat.has_room(channel)

    async def open(self, view: JobView) -> bool:
        """Make or find the message of a job that has none; False where there can be none."""
        await self._wait_for_login()
        try:
            return await self._job_messages.begin(view.job.workspace_id, view.job.id)
        except SurfaceRefused as error:
            log.warning("message_refused", job_id=view.job.id, error=str(error))
            return False

    async def show(self, view: JobView) -> bool:
        """Bring the message of a job up to date; False when it is gone. Raises ``NoRoom``."""
        await self._wait_for_login()
        return await self._job_messages.show(view)

    def begun(self, job_id: str) -> JobView | None:
        """A job as it was when its message was made."""
        return self._job_messages.begun(job_id)

    async def pause(self, view: JobView) -> None:
        """Say on a job's message that it is paused, without any storage."""
        await self._job_messages.pause(view)

    async def member(self, workspace_id: str, team: str, member_id: str) -> Requester | None:
        """A person of a server, as Discord knows them now; None where they are no member. Raises
        ``TransientError``."""
        del team
        guild_id = guild_of(workspace_id)
        guild = self._client.get_guild(guild_id) if guild_id is not None else None
        if guild is None or not member_id.isdecimal():
            return None
        found = guild.get_member(int(member_id))
        try:
            # Discord sends the member list only in part: a user who is not cached may be a member
            # all the same.
            found = found or await guild.fetch_member(int(member_id))
        except discord.NotFound:
            return None
        except (discord.DiscordException, OSError, TimeoutError) as error:
            raise SurfaceUnavailable("Discord", type(error).__name__) from None
        return member_of(found)

    async def send(self, delivery: Delivery) -> str:
        """Make a result, a failure or a review appear, and give where.

        Raises:
            SurfaceRefused: Discord takes it in no form, neither here nor in the requester's own
                messages, nor a word of ours about it.
            SurfaceUnavailable: Discord did not answer.
        """
        await self._wait_for_login()
        return await self._job_messages.send(delivery)

    async def find(self, delivery: Delivery) -> str | None:
        """The receipt of an earlier attempt that got through, if one did."""
        await self._wait_for_login()
        return await self._job_messages.find(delivery)

    async def notify(self, notice: Notice) -> None:
        """Write to one person alone.

        Raises:
            SurfaceRefused: They take no such messages, or Discord takes it in no form.
            SurfaceUnavailable: Discord did not answer.
        """
        await self._wait_for_login()
        frame = Frame(hint=self._chat.whence(notice.workspace_id, "/news list"))
        channel_id = await self._messages.direct(notice.member_id)

        async def post(form: Card) -> None:
            build = self._uploads.builder(notice.workspace_id, form, frame)
            await self._messages.post(channel_id, build, nonce=notice.id)

        await self._forms.show(notice_card(notice), post)

    async def remove(
        self, workspace_id: str, messages: Sequence[JobMessage], receipts: Sequence[str]
    ) -> None:
        """Delete messages of a job; its pictures are attached to them. Raises
        ``SurfaceUnavailable``."""
        del workspace_id, receipts
        await self._wait_for_login()
        for message in messages:
            if message.channel.isdecimal() and message.message.isdecimal():
                await self._messages.remove(int(message.channel), int(message.message))

    async def show_gallery(
        self, workspace_id: str, message: GalleryMessage, pictures: Pictures
    ) -> None:
        """Let a gallery that was posted show these pictures and no others.

        Raises:
            SurfaceRefused: It is out of reach.
            SurfaceUnavailable: Discord did not answer.
        """
        await self._wait_for_login()
        frame = Frame(language=message.language)

        async def write(form: Card) -> None:
            build = self._uploads.builder(workspace_id, form, frame)
            await self._messages.edit(int(message.channel), int(message.message), build)

        await self._forms.show(posted_gallery(pictures), write)

    async def _wait_for_login(self) -> None:
        try:
            await asyncio.wait_for(self._client.logged_in.wait(), CONNECTED_S)
        except TimeoutError:
            raise SurfaceUnavailable("Discord", gettext("Limner isn't connected yet")) from None
