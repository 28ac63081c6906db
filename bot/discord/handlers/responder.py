"""Answering a command, a button or a form: acknowledge at once, ask, show, and report failures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

import discord
import structlog
from discord import app_commands, ui

from bot.cards import builders
from bot.cards.models import Card, ErrorCard, NoteCard, Reply, StatusCard
from bot.cards.simplified import KnownForms
from bot.commands.ports import Services
from bot.commands.service import Commands
from bot.discord.client.chat import DiscordChat, without_buttons
from bot.discord.client.ephemeral import PrivateAnswers
from bot.discord.client.messages import (
    Messages,
    NoThread,
    answering,
    as_large_as_it_may_be,
    translate_errors,
)
from bot.discord.client.requesters import (
    SURFACE,
    Interaction,
    check_may_post,
    is_personal,
    requester_of,
)
from bot.discord.client.uploads import Content, Uploads
from bot.discord.handlers.interaction_writer import Ack, InteractionWriter, acknowledged
from bot.messages.galleries import keep_gallery
from bot.messages.lifecycle import JobMessages
from bot.messages.ports import Posted
from bot.messages.slots import Slots
from bot.messages.throttle import LiveMessages
from bot.messages.writer import Answer
from domain.errors import (
    LimnerError,
    Refused,
    RequesterError,
    SurfaceRefused,
    SurfaceUnavailable,
)
from domain.team import JobMessage, MessageKind
from domain.translation.messages import gettext
from jobs.admission.requests import Requester
from jobs.admission.rulings import PolicyRefused
from jobs.common.views import JobView

log = structlog.get_logger(__name__)

AT_ONCE = 6
"""Commands that are worked on at the same time, so that a burst holds up no acknowledgement."""
STALE: Final = gettext(
    "That command changed while your Discord was open. Reload Discord (Ctrl+R; on a phone, close "
    "the app and open it again), then try once more."
)
_STALE: Final = (
    app_commands.CommandNotFound,
    app_commands.CommandSignatureMismatch,
    app_commands.TransformerError,
)
UNANSWERED = (SurfaceRefused, SurfaceUnavailable)
"""After these the requester is answered in their own messages."""
CHECK_S = 0.2
"""The time limit of a check before the acknowledgement."""
Work = Callable[[Commands], Awaitable[Reply]]
Check = Callable[[Commands], Awaitable[None]]
"""Checks whether work would be refused, and changes nothing."""


class Answers:
    """Answers interactions; the edge at which any failure is reported to the requester."""

    def __init__(
        self,
        *,
        services: Services,
        chat: DiscordChat,
        job_messages: JobMessages,
        messages: Messages,
        uploads: Uploads,
        live: LiveMessages,
        private: PrivateAnswers,
    ) -> None:
        self._services = services
        self._chat = chat
        self._job_messages = job_messages
        self._messages = messages
        self._live = live
        self._private = private
        self._forms = KnownForms()
        self._writer = InteractionWriter(uploads)
        self._slots = Slots(AT_ONCE)
        self._checks = 0

    async def answer(self, interaction: Interaction, work: Work, *, ack: Ack) -> None:
        """Acknowledge, do the work, and show its reply or why there is none."""
        if ack is Ack.PUBLIC and is_personal(interaction):
            ack = Ack.PRIVATE
        if not await acknowledged(interaction, ack):
            return
        requester = requester_of(interaction)
        try:
            async with self._slots.one(requester.workspace_id):
                reply = await work(Commands(self._services, requester))
        except Exception as error:  # the edge: any failure is reported to the person
            await self.report(interaction, error, ack=ack)
            return
        try:
            await self._show(interaction, requester, reply, ack)
        except Exception as error:
            log.warning("answer_failed", job_id=reply.job_id, exc_info=error)
            if reply.job_id is not None:
                return
            if isinstance(error, UNANSWERED) and await self._at_home(interaction, reply.card, ack):
                return
            await self.report(interaction, error, ack=ack)

    async def begin(
        self,
        interaction: Interaction,
        work: Work,
        *,
        private: bool = False,
        check: Check | None = None,
    ) -> None:
        """Answer with work that begins a job where it was asked for, if Limner may post there.

        ``check`` finds out beforehand whether that will be refused, so that nothing of it shows in
        public; where it takes long, the interaction is acknowledged all the same.
        """
        if private or is_personal(interaction):
            await self.answer(interaction, work, ack=Ack.PRIVATE)
            return
        try:
            check_may_post(interaction)
            await requester_of(interaction).check_paid()
            await self._check(interaction, check)
        except PolicyRefused:  # the work writes the refusal down, and says what can be done
            await self.answer(interaction, work, ack=Ack.PRIVATE)
        except RequesterError as error:
            await self.refuse(interaction, error)
        else:
            await self.answer(interaction, work, ack=Ack.PUBLIC)

    async def _check(self, interaction: Interaction, check: Check | None) -> None:
        """Run a check as long as an acknowledgement can wait for it. Raises ``RequesterError``."""
        if check is None or self._checks >= AT_ONCE:
            return
        self._checks += 1
        try:
            async with asyncio.timeout(CHECK_S):
                await check(Commands(self._services, requester_of(interaction)))
        except RequesterError:
            raise
        except Exception as error:  # the work meets the same error, and reports it
            log.info("not_checked", interaction=interaction.id, error=str(error))
        finally:
            self._checks -= 1

    async def acknowledge(self, interaction: Interaction) -> None:
        """Take a press that changes nothing."""
        await acknowledged(interaction, Ack.UPDATE)

    async def ask(self, interaction: Interaction, form: ui.Modal) -> None:
        """Answer with a form to be filled in."""
        try:
            with translate_errors():
                await interaction.response.send_modal(form)
        except LimnerError as failure:
            log.warning("form_not_opened", interaction=interaction.id, exc_info=failure)

    async def story(self, interaction: Interaction, job_id: str) -> str:
        """The words of a draft as a form shows them; empty where there is none any more, or where
        the person may not change it: sending the form reports that."""
        try:
            return await Commands(self._services, requester_of(interaction)).draft_words(job_id)
        except LimnerError:
            return ""

    async def keep(self, interaction: Interaction, job_id: str, numbers: Sequence[int]) -> None:
        """Show which references are picked; nothing is drawn until the choice is confirmed."""
        if not await acknowledged(interaction, Ack.UPDATE):
            return
        try:
            card = await Commands(self._services, requester_of(interaction)).choice(job_id)
            async with self._live.showing(job_id) as may:
                if may:
                    await self._writer.write(interaction, card, kept=frozenset(numbers))
        except Exception as error:  # the edge: any failure is reported to the person
            await self.report(interaction, error, ack=Ack.UPDATE)

    async def refuse(self, interaction: Interaction, error: Exception) -> None:
        """Answer at once and privately that something cannot be."""
        card = error_card_of(error, self._services.redact)

        async def send(content: Content) -> None:
            await interaction.response.send_message(view=content.view(), ephemeral=True)

        async def answer(form: Card) -> None:
            await as_large_as_it_may_be(0, self._writer.build(interaction, form), send)

        try:
            await self._forms.show(card, answer)
        except LimnerError as failure:
            log.warning("refusal_failed", exc_info=failure)

    async def failed(self, interaction: Interaction, error: app_commands.AppCommandError) -> None:
        """Answer a command that could not be run: mostly an old one, which Discord still shows
        although Limner no longer has it, or has it with other options."""
        cause = getattr(error, "original", None)
        log.warning("command_failed", interaction=interaction.id, error=str(error), exc_info=cause)
        if interaction.type is discord.InteractionType.autocomplete:
            return  # suggestions have no way to say anything
        stale = isinstance(error, _STALE)
        reported = Refused(STALE) if stale else cause if isinstance(cause, Exception) else error
        if interaction.response.is_done():
            await self.report(interaction, reported, ack=Ack.PRIVATE)
        else:
            await self.refuse(interaction, reported)

    async def report(self, interaction: Interaction, error: Exception, *, ack: Ack) -> None:
        """Report a failure to the person privately."""
        if not isinstance(error, LimnerError):
            log.error("command_broke", interaction=interaction.id, exc_info=error)
        card = error_card_of(error, self._services.redact)
        try:
            await self._writer.privately(interaction, card, ack)
        except LimnerError as failure:
            if not isinstance(failure, UNANSWERED) or not await self._at_home(
                interaction, card, ack
            ):
                log.warning("error_not_told", interaction=interaction.id, exc_info=failure)

    async def _at_home(self, interaction: Interaction, card: Card, ack: Ack) -> bool:
        """Show in the person's own messages what Discord does not take as an answer; False where it
        takes it there neither. The answer that waits is removed."""
        try:
            channel_id = await self._messages.direct(str(interaction.user.id))

            async def post(form: Card) -> None:
                nonce = f"{interaction.id}:home"
                await self._messages.post(
                    channel_id, self._writer.build(interaction, form), nonce=nonce
                )

            await self._forms.show(without_buttons(card), post)
        except LimnerError as error:
            log.info("not_answered_at_home", interaction=interaction.id, error=str(error))
            return False
        if ack is not Ack.UPDATE:  # then it is the message that the button stands on
            with suppress(LimnerError):
                async with answering():
                    await interaction.delete_original_response()
        return True

    async def _show(
        self, interaction: Interaction, requester: Requester, reply: Reply, ack: Ack
    ) -> None:
        if reply.job_id is not None:
            view = await self._services.jobs.view(requester.workspace_id, reply.job_id)
            await self._begun(interaction, view, reply, ack)
        elif reply.replaces and ack is Ack.UPDATE:
            await self._replace(interaction, reply.card)
        elif ack is Ack.PUBLIC and not reply.private:
            shown, answer = await self._writer.write(interaction, reply.card)
            await keep_gallery(
                self._services,
                requester.workspace_id,
                shown,
                surface=SURFACE,
                channel=str(answer.channel.id),
                message=str(answer.id),
                language=interaction.locale.value,
            )
        else:
            await self._writer.privately(interaction, reply.card, ack)
        if reply.files is not None:
            await self._writer.send_files(interaction, reply.files)
        for channel, message in reply.deleted:
            await self._messages.remove(int(channel), int(message))

    async def _begun(self, interaction: Interaction, view: JobView, reply: Reply, ack: Ack) -> None:
        """Let the answer become the message of a job that was begun, if it has none yet."""
        self._chat.languages.note(view.job.id, interaction.locale.value)
        answer = self._answer_for(interaction, view, reply, ack)
        try:
            made = await self._job_messages.begin(
                view.job.workspace_id, view.job.id, reply.card, answer=answer
            )
        except NoThread as error:
            card = error_card_of(error, self._services.redact)
            await self._writer.follow_up(interaction, self._writer.build(interaction, card))
            return
        if made:
            return
        view = await self._services.jobs.view(view.job.workspace_id, view.job.id)
        kept = _message_of(view)
        if kept is None or await self._is_own(interaction, kept):
            return  # another process is making the message, and removes an answer that waits
        where = _address(interaction.guild_id, kept.channel, kept.message)
        there = NoteCard(gettext("I'm already drawing that."))
        await self._writer.privately(interaction, there, ack, see=where)

    def _answer_for(
        self, interaction: Interaction, view: JobView, reply: Reply, ack: Ack
    ) -> Answer:
        """Writes a job's message into the answer to an interaction."""

        async def answer(form: Card) -> Posted:
            build = await self._chat.builder(view, str(interaction.channel_id), form)
            if not reply.private:
                message = await self._writer.put(interaction, build)
            else:
                message = await self._writer.put_privately(interaction, build, ack)
                self._private.hold(view.job.id, interaction, message.id)
            thread = view.job.request.routing.destination.thread
            return Posted(str(message.channel.id), str(message.id), thread)

        return answer

    async def _is_own(self, interaction: Interaction, kept: JobMessage) -> bool:
        """Whether that is this very answer: Discord sent the interaction twice."""
        with translate_errors():
            original = await interaction.original_response()
        return str(original.id) == kept.message

    async def _replace(self, interaction: Interaction, card: Card) -> None:
        """Change the message that the button stands on, unless a result stands there by now."""
        if not isinstance(card, StatusCard):
            await self._writer.write(interaction, card)
            return
        async with self._live.showing(card.job_id) as may:
            if may:
                await self._writer.write(interaction, card)


def error_card_of(error: BaseException, redact: Callable[[str], str]) -> ErrorCard:
    """An error for the person who asked, with the commands that they have here, and without the
    secrets that ``redact`` knows."""
    return builders.error_card(error, redact, surface=SURFACE)


def _message_of(view: JobView) -> JobMessage | None:
    """The job's own message on Discord, the newest where there are several."""
    ours = [m for m in view.messages if m.surface == SURFACE and m.kind is not MessageKind.REVIEW]
    return ours[-1] if ours else None


def _address(guild_id: int | None, channel: str, message: str) -> str:
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel}/{message}"
