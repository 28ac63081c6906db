"""The ways on which a result or a failure reaches whoever asked, from best to last."""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog

from bot.buttons import Button, ButtonAction
from bot.cards import builders
from bot.cards.models import Card, ErrorCard, NoteCard, ResultCard
from bot.discord.client.lifecycle import JobLife, MessageServices
from bot.discord.client.requesters import channel_of, guild_of
from bot.discord.client.uploads import Build
from bot.discord.view.render import Frame
from bot.messages.routes import Route
from domain.errors import LimnerError
from domain.illustrations import Delivery, DeliveryKind
from jobs.admission.refusals import get_refusal
from jobs.common.views import JobView

log = structlog.get_logger(__name__)

WAITING = "Your picture is ready, but I couldn't post it or DM you. Find it with /job history."
NOT_TAKEN = (
    "The picture is ready, but Discord won't accept it here. Press “Show” or use /job history "
    "to see it."
)
ELSEWHERE = (
    "Discord won't accept this picture here. The person who asked has it; press “Show” to see "
    "it, too."
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that brings a delivery; ``new`` where it was made for it."""

    channel_id: int
    message_id: int
    new: bool = True


@dataclass(frozen=True, slots=True)
class DeliveryRoutes:
    """The ways of one delivery; ``place`` is the message that lived through the job, if there is
    one, and ``whence`` says in other places where the picture was asked for."""

    voice: MessageServices
    life: JobLife
    delivery: Delivery
    view: JobView
    place: tuple[int, int] | None
    whence: str | None

    async def found(self) -> list[Route[Sent]]:
        """The ways, best first: the job's message, a new one, the requester's own messages, and a
        sentence of ours that says where the picture waits."""
        failed = self.delivery.kind is DeliveryKind.FAILURE
        view = self.view
        card: Card = builders.failure_card(view) if failed else builders.result_card(view)
        here = str(channel_of(self.delivery.destination))
        routes: list[Route[Sent]] = []
        build = await self.life.builder(view, card)
        alone = failed and get_refusal(view.job) is not None and not view.job.request.private
        if alone:
            directly = await self._directly(card)
            told = await self.life.builder(view, builders.told_card(view))
            routes.append(Route("direct", "direct", lambda: self._post_directly(directly)))
            if self.place is not None:
                routes.append(Route("edit", str(self.place[0]), lambda: self._edit(told)))
            return routes
        if view.job.request.private:
            routes.append(Route("answer", "answer", lambda: self._answer(build)))
        elif self.place is not None:
            routes.append(Route("edit", str(self.place[0]), lambda: self._edit(build)))
        if not (view.job.request.private or failed):
            routes.append(Route("post", here, lambda: self._post(int(here), build)))
        if view.job.request.shadow_of is None:
            directly = await self._directly(card)
            routes.append(Route("direct", "direct", lambda: self._post_directly(directly)))
        note = self._note()
        routes.append(Route("note", here, lambda: self._post(int(here), note), simpler=True))
        return routes

    async def tidy(self, sent: Sent) -> None:
        """Let the message that lived through the job not stand there as if the job went on, where
        its result stands elsewhere. What cannot be done is left: the result is there."""
        if self.place is None or (sent.channel_id, sent.message_id) == self.place:
            return
        try:
            if sent.channel_id == self.place[0]:
                await self.voice.messages.remove(*self.place)
            else:
                await self.voice.messages.edit(*self.place, self._elsewhere())
        except LimnerError as error:
            log.info("message_not_tidied", job_id=self.view.job.id, error=str(error))

    async def _answer(self, build: Build) -> Sent | None:
        """Into the answer that only the requester sees, while its token lives."""
        written = await self.voice.private.write(self.view.job.id, build)
        if written is None:
            return None
        return Sent(channel_of(self.delivery.destination), written, new=False)

    async def _edit(self, build: Build) -> Sent | None:
        """Into the message that lived through the job."""
        if self.place is None or not await self.voice.messages.edit(*self.place, build):
            return None
        return Sent(*self.place, new=False)

    async def _post(self, channel_id: int, build: Build) -> Sent:
        posted = await self.voice.messages.post(channel_id, build, nonce=self.delivery.id)
        return Sent(channel_id, posted.id)

    async def _post_directly(self, build: Build) -> Sent:
        return await self._post(await self.voice.messages.direct(self._member_id), build)

    async def _directly(self, card: Card) -> Build:
        """The message to the requester alone. Outside of its server a picture has no buttons:
        nothing of a server is done elsewhere."""
        if guild_of(self.view.job.workspace_id) is not None and isinstance(
            card, ResultCard | ErrorCard
        ):
            card = replace(card, buttons=())
        return await self.life.builder(self.view, card, hint=self.whence)

    def _note(self) -> Build:
        """A sentence of ours that calls whoever asked; nobody, where they asked elsewhere."""
        elsewhere = self.view.job.request.shadow_of is not None
        job_id = self.view.job.id
        card = NoteCard(
            NOT_TAKEN if elsewhere else WAITING, buttons=(Button(ButtonAction.SHOW, job_id),)
        )
        called = self._member_id if not elsewhere and self._member_id.isdecimal() else None
        frame = Frame(mark=job_id, ping=int(called) if called else None)
        return self.voice.uploads.builder(self.view.job.workspace_id, card, frame)

    def _elsewhere(self) -> Build:
        """What stands in the job's message where its result stands elsewhere."""
        job_id = self.view.job.id
        told = builders.told_card(self.view)
        if self.delivery.kind is DeliveryKind.FAILURE:
            return self.voice.uploads.builder(self.view.job.workspace_id, told, Frame())
        card = NoteCard(ELSEWHERE, buttons=(Button(ButtonAction.SHOW, job_id),))
        return self.voice.uploads.builder(self.view.job.workspace_id, card, Frame(mark=job_id))

    @property
    def _member_id(self) -> str:
        return self.view.job.request.member_id
