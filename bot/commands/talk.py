"""Answers to what people write: in threads, in replies, after a mention, in direct messages.

A message is first read (who is addressed, what is wanted, of which picture), then carried out.
Between the two a surface fetches attached pictures and finds out where it can answer.
"""

from __future__ import annotations

import asyncio

from bot.cards.models import NoteCard, Reply
from bot.commands.answers import languages_of
from bot.commands.brought_files import check_usable
from bot.commands.incoming_messages import (
    MAKING,
    IncomingMessage,
    UnderstoodMessage,
    intent_input,
    is_running,
)
from bot.commands.intent_model import known_better
from bot.commands.making import Pictures
from bot.commands.message_reply import MessageReply
from bot.commands.ports import Services
from bot.commands.service import Commands
from bot.commands.which_picture import LOOKED_THROUGH
from bot.intents.models import Intent
from bot.intents.reader import needs_picture, read
from domain.requests import Audience
from jobs.admission.access import Action
from jobs.admission.requests import Requester
from jobs.common.views import JobView


class Conversation:
    """Reads the messages of one person in one place, and carries them out."""

    def __init__(self, services: Services, requester: Requester) -> None:
        self.services = services
        self.requester = requester

    async def understand(self, message: IncomingMessage) -> UnderstoodMessage | None:
        """The understood message; None where it is to be left alone."""
        view = await self._view_of(message)
        heard = intent_input(message, view)
        reading = await asyncio.to_thread(read, heard)  # the encoder takes 15 ms and more
        if self.services.intents is not None:
            reading = await known_better(self.services.intents, heard, reading)
        if reading.intent is Intent.NOTHING and not message.addressed:
            return None
        if reading.intent is Intent.CANCEL and not message.addressed and not is_running(view):
            return None
        if view is None and (needs_picture(reading.intent) or reading.intent is Intent.COMMAND):
            view = await self._newest_here()
        if reading.intent in MAKING or message.addressed:
            check_usable(message.unusable, self._language(message))
        return UnderstoodMessage(message, reading, await self._preferred_language(message), view)

    async def _preferred_language(self, message: IncomingMessage) -> str:
        wished = await self.services.team.preferences(self.requester)
        return wished.language or self._language(message)

    def _language(self, message: IncomingMessage) -> str:
        """Of the reader's client where the surface reports it, otherwise of the message."""
        return self.requester.language or languages_of(message.text)

    async def _view_of(self, message: IncomingMessage) -> JobView | None:
        """The job that a message refers to: of its thread or of the message it replies to; in a
        direct message the newest there."""
        if message.job_id is None:
            alone = self.requester.audience is Audience.ALONE
            return await self._newest_here() if alone else None
        return await self._readable(message.job_id)

    async def _readable(self, job_id: str) -> JobView:
        await self.services.jobs.check(self.requester, Action.READ, job_id)
        return await self.services.jobs.view(self.requester.workspace_id, job_id)

    async def _newest_here(self) -> JobView | None:
        """The person's newest job whose answer went to this place."""
        here = self.requester.destination
        jobs = await self.services.jobs.recent(
            self.requester.workspace_id,
            member_id=self.requester.member_id,
            limit=LOOKED_THROUGH,
        )
        found = next(
            (job for job in jobs if job.request.routing.destination.channel == here.channel), None
        )
        return await self._readable(found.id) if found is not None else None

    async def act(
        self,
        understood: UnderstoodMessage,
        commands: Commands,
        *,
        event_key: str,
        help_card: NoteCard,
        pictures: Pictures = (),
    ) -> Reply:
        """Do what a message wants, with the commands of where the answer goes.

        Raises:
            LimnerError: It cannot be done; the message says why.
        """
        replying = MessageReply(
            *(self.services, self.requester, understood, commands),
            event_key=event_key,
            pictures=pictures,
            help_card=help_card,
        )
        return await replying.make()
