"""Messages and reactions: mentions, replies, requests in threads, and votes."""

from __future__ import annotations

import re
from dataclasses import replace

import discord
import structlog

from bot.cards.models import Card, Reply
from bot.cards.pictures import illustration_cards
from bot.cards.simplified import KnownForms
from bot.commands.brought_files import counted
from bot.commands.incoming_messages import IncomingMessage, UnderstoodMessage
from bot.commands.ports import Services
from bot.commands.service import Commands
from bot.commands.talk import Conversation
from bot.discord.client.attachments import Intake, brought_by, pictures_of
from bot.discord.client.chat import DiscordChat
from bot.discord.client.messages import Messages, NoThread
from bot.discord.client.premium import payment_of_author
from bot.discord.client.requesters import SURFACE, author_of, event_key, workspace_of
from bot.discord.client.uploads import Build, Uploads
from bot.discord.handlers.help import HelpFor
from bot.discord.handlers.responder import error_card_of
from bot.discord.view.components import Frame
from bot.messages.lifecycle import JobMessages
from bot.messages.ports import Posted
from bot.refusals import PlaceRefused
from domain.errors import LimnerError, NotFound
from domain.requests import Destination
from jobs.admission.requests import Requester

log = structlog.get_logger(__name__)

VOTES = {"👍": 1, "❤": 1, "👎": -1}
"""Reactions that count, by their first sign: skin tones follow it."""
NUMBERS = {"1️⃣": 1, "2️⃣": 2, "3️⃣": 3, "4️⃣": 4}
"""Reactions that vote for one picture of a set."""


class Talk:
    """Reads messages where Limner can answer, and counts votes."""

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
        help_card: HelpFor,
    ) -> None:
        self._client = client
        self._services = services
        self._chat = chat
        self._job_messages = job_messages
        self._messages = messages
        self._uploads = uploads
        self._intake = intake
        self._forms = KnownForms()
        self._help_card = help_card

    async def written(self, message: discord.Message) -> None:
        """Answer messages addressed to Limner, and carry out clear requests in a picture's
        thread."""
        requester = replace(
            author_of(message),
            payment=payment_of_author(
                self._client, getattr(self._client, "premium_sku", None), message
            ),
        )
        try:
            text = await self._incoming(message, requester)
            if text is None or await self._services.jobs.job_of_event(
                requester.workspace_id, event_key(message.id)
            ):
                return
            conversation = Conversation(self._services, requester)
            understood = await conversation.understand(text)
            if understood is not None:
                await self._answer(message, requester, conversation, understood)
        except Exception as error:  # the edge: any failure is reported to the person
            await self._report(message, requester, error)

    async def _answer(
        self,
        message: discord.Message,
        requester: Requester,
        conversation: Conversation,
        understood: UnderstoodMessage,
    ) -> None:
        pictures = await self._intake.read(pictures_of(message) if understood.wants_files else ())
        reply = await conversation.act(
            understood,
            Commands(self._services, requester),
            event_key=event_key(message.id),
            help_card=await self._help_card(requester, understood.language),
            pictures=pictures,
        )
        await self._reply(message, requester, reply, language=understood.language)
        for channel, gone in reply.deleted:
            await self._messages.remove(int(channel), int(gone))

    async def reacted(self, reaction: discord.RawReactionActionEvent) -> None:
        """Count a vote on the pictures of a message, or take it back."""
        name = reaction.emoji.name or ""
        number = NUMBERS.get(name)
        value = 1 if number else VOTES.get(name[:1])
        if value is None or (reaction.member and reaction.member.bot):
            return
        workspace_id = workspace_of(reaction.guild_id, reaction.user_id)
        channel_id = str(reaction.channel_id)
        requester = Requester(workspace_id, str(reaction.user_id), Destination(SURFACE, channel_id))
        try:
            commands = Commands(self._services, requester)
            for picture_id in await self._pictures(requester, str(reaction.message_id), number):
                if reaction.event_type == "REACTION_ADD":
                    await commands.vote(picture_id, value)
                else:
                    await commands.take_back(picture_id, value)
        except LimnerError as error:
            log.warning("vote_failed", message=reaction.message_id, error=str(error))

    async def _pictures(
        self, requester: Requester, message_id: str, number: int | None
    ) -> list[str]:
        """The pictures that a message shows, or the one of that number."""
        team, place = self._services.team, requester.destination.channel
        job_id = await team.job_of_message(requester.workspace_id, SURFACE, place, message_id)
        if job_id is None:
            return []
        view = await self._services.jobs.view(requester.workspace_id, job_id)
        shown = [card.illustration_id for card in illustration_cards(view)]
        return shown if number is None else shown[number - 1 : number]

    async def _incoming(
        self, message: discord.Message, requester: Requester
    ) -> IncomingMessage | None:
        """A message as the conversation takes it; None where it cannot concern Limner.

        A mention, a reply to Limner's message and what is written to it alone always do. Others
        do in the thread of a picture that Limner opened, or where the setting ``follow_ups`` is on.
        """
        text, mentioned = self._without_name(message.content), self._is_mentioned(message)
        job_id = await self._job(message, requester)
        to_us, to_other = self._reply_to(message, answers_job=job_id is not None)
        addressed = mentioned or message.guild is None or to_us
        if not addressed and not await self._listens(message, requester, job_id):
            return None
        if not text and not message.attachments and not mentioned:
            return None  # nothing that Discord lets Limner see
        files, unusable = counted([(file.name, file.picture) for file in brought_by(message)])
        return IncomingMessage(
            text=text,
            addressed=addressed,
            to_other=to_other and not mentioned,
            job_id=job_id,
            files=files,
            unusable=unusable,
        )

    async def _job(self, message: discord.Message, requester: Requester) -> str | None:
        """The job of the message that is replied to, or the newest of the thread."""
        team, workspace_id = self._services.team, requester.workspace_id
        place = str(message.channel.id)
        if message.reference and message.reference.message_id:
            answered = str(message.reference.message_id)
            job_id = await team.job_of_message(workspace_id, SURFACE, place, answered)
            if job_id is not None:
                return job_id
        if isinstance(message.channel, discord.Thread):
            return await team.job_of_thread(workspace_id, SURFACE, place)
        return None

    def _reply_to(self, message: discord.Message, *, answers_job: bool) -> tuple[bool, bool]:
        """Whether a message replies to one of Limner's, and whether to another author's."""
        reference, me = message.reference, self._client.user
        if reference is None or reference.message_id is None:
            return False, False
        answered = reference.resolved
        if isinstance(answered, discord.Message):
            ours = me is not None and answered.author.id == me.id
            return ours, not ours
        ours = answers_job and not isinstance(message.channel, discord.Thread)
        return ours, False

    async def _listens(
        self, message: discord.Message, requester: Requester, job_id: str | None
    ) -> bool:
        """Whether requests count there that do not mention Limner."""
        channel, me = message.channel, self._client.user
        if job_id is None or not isinstance(channel, discord.Thread):
            return False
        wished = (await self._services.team.preferences(requester)).follow_ups
        return me is not None and channel.owner_id == me.id if wished is None else wished

    async def _reply(
        self, message: discord.Message, requester: Requester, reply: Reply, *, language: str
    ) -> None:
        if reply.job_id is None:
            await self._say(message, requester, reply.card, language=language)
            return
        view = await self._services.jobs.view(requester.workspace_id, reply.job_id)
        channel, nonce = str(message.channel.id), f"{reply.job_id}:live"

        async def answer(form: Card) -> Posted:
            sent = await self._post(message, await self._chat.builder(view, channel, form), nonce)
            return Posted(channel, str(sent.id), view.job.request.routing.destination.thread)

        try:
            await self._job_messages.begin(
                requester.workspace_id, reply.job_id, reply.card, answer=answer
            )
        except NoThread as error:
            await self._say(message, requester, error_card_of(error, self._services.redact))

    async def _report(
        self, message: discord.Message, requester: Requester, error: Exception
    ) -> None:
        """Answer with what went wrong; there is no way to do so in private."""
        if not isinstance(error, LimnerError):
            log.error("follow_up_broke", message=message.id, exc_info=error)
        if isinstance(error, PlaceRefused | NotFound):
            log.warning("follow_up_not_answered", message=message.id, error=str(error))
            return
        try:
            await self._say(message, requester, error_card_of(error, self._services.redact))
        except LimnerError as failure:
            log.warning("error_not_told", message=message.id, exc_info=failure)

    async def _say(
        self,
        message: discord.Message,
        requester: Requester,
        card: Card,
        *,
        language: str | None = None,
    ) -> None:
        async def answer(form: Card) -> None:
            build = self._uploads.builder(requester.workspace_id, form, Frame(language=language))
            await self._post(message, build, f"{message.id}:answer")

        await self._forms.show(card, answer)

    async def _post(self, message: discord.Message, build: Build, nonce: str) -> discord.Message:
        return await self._messages.post(
            message.channel.id, build, nonce=nonce, reply_to=message.id
        )

    def _is_mentioned(self, message: discord.Message) -> bool:
        """Whether a message calls Limner by its name or by the role that Discord gave it."""
        me = self._client.user
        if me is None:
            return False
        if any(user.id == me.id for user in message.mentions):
            # Replying with a ping mentions the author of the message; that counts as a reply.
            return re.search(rf"<@!?{me.id}>", message.content) is not None or not (
                message.reference
            )
        own = message.guild.self_role if message.guild else None
        return own is not None and own.id in message.raw_role_mentions

    def _without_name(self, text: str) -> str:
        """The text without calling Limner by its name."""
        me = self._client.user
        return re.sub(rf"<@!?{me.id}>", " ", text).strip() if me else text.strip()
