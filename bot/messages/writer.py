"""Posting, editing and keeping the messages of jobs on one platform, and making the first one.

A process claims a job's message before it makes it; one that finds a claim looks for what the
earlier process may have made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from bot.cards.models import Card
from bot.cards.simplified import KnownForms
from bot.messages.lanes import Lane
from bot.messages.ports import Chat, MessageKey, Posted
from bot.messages.routes import Route, first_open
from bot.messages.throttle import LiveMessages
from domain.errors import SurfaceUnavailable
from domain.requests import Destination
from domain.team import JobMessage, MessageKind
from domain.translation.messages import gettext
from jobs.common.views import JobView
from jobs.services.team import TeamService

LOOK_S: Final = 6.0
"""How long is looked for an earlier message before a new one is made, see
``bot.messages.ports.POST_S``."""

Answer = Callable[[Card], Awaitable[Posted]]
"""Turns the answer to a command into the message of the job that it began. Raises as
:meth:`bot.messages.ports.Chat.post`."""


class MessageWriter:
    """Writes the messages of jobs on one platform, and keeps which ones there are."""

    def __init__(self, *, chat: Chat, team: TeamService, live: LiveMessages) -> None:
        self._chat = chat
        self._team = team
        self._live = live
        self._forms = KnownForms()

    async def post(self, view: JobView, place: Destination, card: Card, mark: MessageKey) -> Posted:
        """Make a message, in the first form that the platform takes."""
        return await self._forms.show(
            card, lambda form: self._chat.post(view, place, form, mark), job_id=view.job.id
        )

    async def post_home(
        self, view: JobView, card: Card, mark: MessageKey, lane: Lane = Lane.RESULT
    ) -> Posted:
        """Make a message where only the requester reads."""
        home = await self._chat.home(view)
        await self._chat.turn(view, home, lane)
        return await self.post(view, home, card, mark)

    async def edit(
        self, view: JobView, message: JobMessage, card: Card, mark: MessageKey, lane: Lane
    ) -> Posted | None:
        """Bring a message up to date, in the first form that the platform takes; None where it is
        gone."""
        return await self._forms.show(
            card, lambda form: self._chat.edit(view, message, form, mark, lane), job_id=view.job.id
        )

    async def keep(
        self, view: JobView, posted: Posted, kind: MessageKind, *, thread: str | None = None
    ) -> JobMessage:
        """Note that a message belongs to a job, and perhaps a thread with it."""
        message = JobMessage(
            surface=self._chat.name,
            channel=posted.channel,
            message=posted.message,
            job_id=view.job.id,
            kind=kind,
            created_at=datetime.now(UTC),
            open=kind is MessageKind.LIVE,
            thread=thread or posted.thread,
        )
        await self._team.keep_message(view.job.workspace_id, message)
        if kind is MessageKind.LIVE:
            self._live.note_begun(view, message)
        return message

    def messages_of(self, view: JobView, *kinds: MessageKind) -> Sequence[JobMessage]:
        """The kept messages of a job on this platform that are of these kinds, oldest first."""
        return [m for m in view.messages if m.surface == self._chat.name and m.kind in kinds]

    def live_message(self, view: JobView) -> JobMessage | None:
        """The job's own message as far as it is kept: live, or its result; the newest."""
        return next(reversed(self.messages_of(view, MessageKind.LIVE, MessageKind.RESULT)), None)

    async def make(self, view: JobView, card: Card, answer: Answer | None) -> JobMessage | None:
        """Make the live message, from the command's answer where there is one, or find the one made
        under an earlier claim; None while another process is at it."""
        earlier = await self._team.claim_message(view.job.workspace_id, view.job.id)
        if earlier is None:
            return None
        posted: Posted | None = None
        if earlier or (answer is None and self._chat.answers_in_place):
            posted = await self._look_up(view)
        if posted is None:
            _route, posted = await first_open(
                self._ways_to_begin(view, card, answer), job_id=view.job.id
            )
        return await self.keep(view, posted, MessageKind.LIVE)

    async def adopt(self, view: JobView) -> JobMessage | None:
        """Keep the message that a process made before it died without recording it; afterwards no
        other process makes one.

        Raises:
            SurfaceUnavailable: Another process is just making it.
        """
        if not view.job.request.routing.live or self._chat.is_hidden(view):
            return None
        earlier = await self._team.claim_message(view.job.workspace_id, view.job.id)
        if earlier is None:
            raise SurfaceUnavailable(self._chat.name, gettext("the message is just being created"))
        looks = earlier or self._chat.answers_in_place
        found = await self._look_up(view) if looks else None
        return await self.keep(view, found, MessageKind.LIVE) if found else None

    def _ways_to_begin(
        self, view: JobView, card: Card, answer: Answer | None
    ) -> list[Route[Posted]]:
        request, mark = view.job.request, MessageKey(view.job.id)
        place = request.routing.destination
        ways: list[Route[Posted]] = []
        if answer is not None:
            write = answer

            def show() -> Awaitable[Posted]:
                return self._forms.show(card, write, job_id=view.job.id)

            ways.append(Route("answer", "answer", show))
        if self._chat.is_hidden(view):
            return ways
        ways.append(Route("post", "here", lambda: self.post(view, place, card, mark)))
        if request.origin.shadow_of is None and not self._chat.is_private(view, place):
            ways.append(Route("home", "home", lambda: self.post_home(view, card, mark)))
        return ways

    async def _look_up(self, view: JobView) -> Posted | None:
        place, mark = view.job.request.routing.destination, MessageKey(view.job.id)
        try:
            async with asyncio.timeout(LOOK_S):
                return await self._chat.look_up(view, place, mark)
        except TimeoutError:
            why = gettext("looking for the message took too long")
            raise SurfaceUnavailable(self._chat.name, why) from None
