"""What people write and react with: wishes in the thread of a job, and votes."""

from __future__ import annotations

import re

import discord
import structlog

from bot.cards import builders
from bot.cards.models import Card, Reply
from bot.cards.simplified import KnownForms
from bot.commands.ports import Services
from bot.commands.service import Commands
from bot.discord.client.attachments import Intake, pictures_of
from bot.discord.client.chat import DiscordChat
from bot.discord.client.messages import Messages, NoThread
from bot.discord.client.requesters import SURFACE, author_of, event_key, workspace_of
from bot.discord.client.uploads import Build, Uploads
from bot.discord.handlers.responder import error_shown
from bot.discord.view.render import Frame
from bot.messages.lifecycle import JobMessages
from bot.messages.ports import Posted
from bot.refusals import PlaceRefused
from domain.errors import LimnerError, NotFound
from domain.requests import Destination
from jobs.admission.requests import Requester

log = structlog.get_logger(__name__)

VOTES = {"👍": 1, "❤": 1, "👎": -1}
"""Reactions that count, by their first sign: skin tones follow it."""


class Talk:
    """Listens in the threads of jobs, and counts votes."""

    def __init__(
        self,
        *,
        client: discord.Client,
        services: Services,
        chat: DiscordChat,
        job_messages: JobMessages,
        messages: Messages,
        uploads: Uploads,
        intake: Intake,
    ) -> None:
        self._client = client
        self._services = services
        self._chat = chat
        self._job_messages = job_messages
        self._messages = messages
        self._uploads = uploads
        self._intake = intake
        self._forms = KnownForms()

    async def written(self, message: discord.Message) -> None:
        """Do what somebody wishes in the thread of a job, or in reply to its message."""
        text = self._without_name(message.content)
        if not text and not message.attachments:
            return
        requester = author_of(message)
        try:
            job_id, key = await self._meant(message, requester), event_key(message.id)
            if job_id is None or await self._services.jobs.job_of_event(
                requester.workspace_id, key
            ):
                return
            pictures = await self._intake.read(pictures_of(message))
            reply = await Commands(self._services, requester).follow_up(
                job_id, text, event_key=key, pictures=pictures
            )
            if reply is not None:
                await self._reply(message, requester, reply)
        except Exception as error:  # the edge: whatever broke, the person is told
            await self._tell(message, requester, error)

    async def reacted(self, reaction: discord.RawReactionActionEvent) -> None:
        """Count a vote on the picture of a message, or take it back."""
        value = VOTES.get((reaction.emoji.name or "")[:1])
        if value is None or (reaction.member and reaction.member.bot):
            return
        workspace_id = workspace_of(reaction.guild_id, reaction.user_id)
        channel_id = str(reaction.channel_id)
        requester = Requester(workspace_id, str(reaction.user_id), Destination(SURFACE, channel_id))
        try:
            picture_id = await self._picture(requester, str(reaction.message_id))
            if picture_id is None:
                return
            commands = Commands(self._services, requester)
            if reaction.event_type == "REACTION_ADD":
                await commands.vote(picture_id, value)
            else:
                await commands.take_back(picture_id, value)
        except LimnerError as error:
            log.warning("vote_failed", message=reaction.message_id, error=str(error))

    async def _picture(self, requester: Requester, message_id: str) -> str | None:
        """The picture that a message shows, its first where there are several."""
        team, place = self._services.team, requester.destination.channel
        job_id = await team.job_of_message(requester.workspace_id, SURFACE, place, message_id)
        if job_id is None:
            return None
        shown = builders.illustration_cards(
            await self._services.jobs.view(requester.workspace_id, job_id)
        )
        return shown[0].illustration_id if shown else None

    async def _meant(self, message: discord.Message, requester: Requester) -> str | None:
        """The job that a message speaks of, where the channel wants such wishes.

        In a thread that Limner opened it is the newest there. Elsewhere it is the one that is
        replied to: in a conversation with Limner alone, and where the setting ``follow_ups`` is on.
        """
        channel, me = message.channel, self._client.user
        team, workspace_id = self._services.team, requester.workspace_id
        own = message.guild is None
        if isinstance(channel, discord.Thread):
            own = me is not None and channel.owner_id == me.id
            job_id = await team.job_of_thread(workspace_id, SURFACE, str(channel.id))
        elif message.reference and message.reference.message_id:
            answered = str(message.reference.message_id)
            job_id = await team.job_of_message(workspace_id, SURFACE, str(channel.id), answered)
        else:
            return None
        if job_id is None:
            return None
        wished = (await team.preferences(requester)).follow_ups
        return job_id if (own if wished is None else wished) else None

    async def _reply(self, message: discord.Message, requester: Requester, reply: Reply) -> None:
        if reply.job_id is None:
            await self._say(message, requester, reply.card)
            return
        view = await self._services.jobs.view(requester.workspace_id, reply.job_id)
        channel, nonce = str(message.channel.id), f"{reply.job_id}:live"

        async def answer(form: Card) -> Posted:
            sent = await self._post(message, await self._chat.builder(view, channel, form), nonce)
            return Posted(channel, str(sent.id), view.job.request.destination.thread)

        try:
            await self._job_messages.begin(
                requester.workspace_id, reply.job_id, reply.card, answer=answer
            )
        except NoThread as error:
            await self._say(message, requester, error_shown(error, self._services.redact))

    async def _tell(self, message: discord.Message, requester: Requester, error: Exception) -> None:
        """Answer with what went wrong; there is no way to do so in private."""
        if not isinstance(error, LimnerError):
            log.error("follow_up_broke", message=message.id, exc_info=error)
        if isinstance(error, PlaceRefused | NotFound):
            log.warning("follow_up_not_answered", message=message.id, error=str(error))
            return
        try:
            await self._say(message, requester, error_shown(error, self._services.redact))
        except LimnerError as failure:
            log.warning("error_not_told", message=message.id, exc_info=failure)

    async def _say(self, message: discord.Message, requester: Requester, card: Card) -> None:
        async def answer(form: Card) -> None:
            build = self._uploads.builder(requester.workspace_id, form, Frame())
            await self._post(message, build, f"{message.id}:answer")

        await self._forms.show(card, answer)

    async def _post(self, message: discord.Message, build: Build, nonce: str) -> discord.Message:
        return await self._messages.post(
            message.channel.id, build, nonce=nonce, reply_to=message.id
        )

    def _without_name(self, text: str) -> str:
        """The text without calling Limner by its name."""
        me = self._client.user
        return re.sub(rf"<@!?{me.id}>", " ", text).strip() if me else text.strip()
