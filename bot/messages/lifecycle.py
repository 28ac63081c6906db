"""The life of a job's message, the same on every platform: one message, however often a process
dies, and only one, however many there are.

It is made when the job begins, shows how the job goes on, and becomes its result. Whoever makes a
message claims it first; whoever comes after a claim looks for what the earlier one may have made.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from bot.buttons import Button, ButtonAction
from bot.cards.builders import (
    appeal_card,
    card_of,
    failure_card,
    job_card,
    result_card,
    review_card,
    told_card,
)
from bot.cards.models import Card, NoteCard
from bot.cards.simplified import KnownForms, in_words
from bot.messages.lanes import Lane
from bot.messages.ports import Chat, MessageKey, Posted
from bot.messages.routes import Route, first_open
from bot.messages.throttle import LiveMessages
from bot.refusals import MessageLost, MessageRefused, PlaceRefused
from domain.errors import LimnerError, SurfaceRefused, SurfaceUnavailable
from domain.illustrations import Delivery, DeliveryKind
from domain.requests import MODERATORS, Destination, JobStatus
from domain.team import JobMessage, MessageKind
from jobs.common.ports import NoRoom
from jobs.common.views import JobView
from jobs.services.jobs import JobService
from jobs.services.team import TeamService

log = structlog.get_logger(__name__)

BY_DELIVERY = frozenset({JobStatus.DELIVERING, JobStatus.DONE, JobStatus.FAILED})
"""What a job's message says from here on is written by its delivery alone."""
FOR_PEOPLE = frozenset({JobStatus.CHOOSING, JobStatus.REVIEWING, JobStatus.CANCELLED})
"""What is no mere progress: people wait for it, or have to do something."""
WAITS = "The picture can't be shown here. It's saved: {command} shows it."
ELSEWHERE = "{platform} won't accept this picture here. The person who asked has it."
FRESH_S = 0.05
"""How old a job may be that was read before its message was waited for."""
LOOK_S = 6.0
"""How long is looked for an earlier message before a new one is made, see
``bot.messages.ports.POST_S``."""


class JobMessages:
    """Makes, shows and finishes the messages of jobs on one platform."""

    def __init__(
        self,
        *,
        chat: Chat,
        job_service: JobService,
        team: TeamService,
        live: LiveMessages | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._chat = chat
        self._job_service = job_service
        self._team = team
        self._live = live or LiveMessages()
        self._forms = KnownForms()
        self._clock = clock

    async def begin(self, workspace_id: str, job_id: str, card: Card | None = None) -> bool:
        """Make the message of a job that has none; False where it has one, needs none any more, or
        somebody else is making it. As long as the job waits, the message says what ``card`` does.

        Raises:
            NoRoom: It would hold up results; a job may do without a message before its result.
        """
        async with self._live.showing(job_id) as may:
            view = await self._job_service.view(workspace_id, job_id)
            if not may or self._kept(view) or view.job.status in BY_DELIVERY:
                return False
            if not self._chat.try_turn(view, view.job.request.destination):
                raise NoRoom
            waits = view.job.status is JobStatus.QUEUED
            return await self._made(view, (card if waits else None) or card_of(view)) is not None

    async def show(self, view: JobView, lane: Lane = Lane.PROGRESS) -> bool:
        """Bring a job's message up to date; False where it is gone. Raises ``NoRoom``."""
        job_id = view.job.id
        await self._show_again(view)
        asked = self._clock()
        async with self._live.showing(job_id) as may:
            if self._clock() - asked > FRESH_S or self._kept(view) is None:
                # Somebody else wrote meanwhile, or made the message.
                now = await self._job_service.view(view.job.workspace_id, job_id)
                view = replace(now, paused=view.paused)
            message = self._kept(view)
            if not may or message is None or view.job.status in BY_DELIVERY:
                return True
            if view.job.status in FOR_PEOPLE:
                lane = min(lane, Lane.RESULT)
            mark = MessageKey(job_id)
            try:
                return await self._edited(view, message, card_of(view), mark, lane) is not None
            except PlaceRefused as error:
                log.warning("message_refused", job_id=job_id, error=str(error))
                return False
            except MessageRefused as error:  # progress is left out; the result has other ways
                log.warning("message_refused", job_id=job_id, error=str(error))
                return True

    def begun(self, job_id: str) -> JobView | None:
        """A job as it was when its message was made."""
        return self._live.begun(job_id)

    async def pause(self, view: JobView) -> None:
        """Say on a job's message that it is paused, from what is known without any storage. Another
        process may have written the result there meanwhile: then it stays. Raises ``NoRoom``."""
        message, mark = self._kept(view), MessageKey(view.job.id)
        if message is None:
            return
        async with self._live.showing(view.job.id) as may:
            if may and await self._chat.is_live(view, message):
                await self._edited(view, message, job_card(view), mark, Lane.PROGRESS)

    async def send(self, delivery: Delivery) -> str:
        """Make what a delivery brings appear; gives the receipt."""
        try:
            if delivery.kind is DeliveryKind.REVIEW:
                view = await self._job_service.view(delivery.workspace_id, delivery.job_id)
                return (await self._reviewed(view, delivery)).receipt
            if delivery.kind is DeliveryKind.APPEAL:
                view = await self._job_service.view(delivery.workspace_id, delivery.job_id)
                return (await self._appealed(view, delivery)).receipt
            async with self._live.finishing(delivery.job_id):
                view = await self._job_service.view(delivery.workspace_id, delivery.job_id)
                if delivery.kind is DeliveryKind.RESULT:
                    return (await self._finished(view, delivery)).receipt
                return (await self._failed(view, delivery)).receipt
        except (MessageRefused, MessageLost, PlaceRefused):
            raise
        except SurfaceRefused as error:
            # The app's access has ended: whoever runs it may mend that, and the result waits.
            raise SurfaceUnavailable(self._chat.name, str(error).rstrip(".")) from error

    async def find(self, delivery: Delivery) -> str | None:
        """The receipt of an earlier try of which nobody heard."""
        view = await self._job_service.view(delivery.workspace_id, delivery.job_id)
        mark = MessageKey(delivery.job_id, delivery.id)
        if delivery.destination.channel == MODERATORS:
            return None
        found = await self._chat.look_up(view, delivery.destination, mark)
        if found is None:
            return None
        appeal = delivery.kind is DeliveryKind.APPEAL
        if not appeal and not any(m.message == found.message for m in view.messages):
            is_review = delivery.kind is DeliveryKind.REVIEW
            await self._keep(view, found, MessageKind.REVIEW if is_review else MessageKind.RESULT)
        return found.receipt

    async def refresh(self, workspace_id: str, job_id: str) -> None:
        """Bring all messages of a job up to date at once, after somebody decided something."""
        view = await self._job_service.view(workspace_id, job_id)
        await self.show(view, Lane.ANSWER)
        for message in self._of_kind(view, MessageKind.REVIEW):
            await self._edit_again(view, message)

    async def _show_again(self, view: JobView) -> None:
        """Bring the messages of a job up to date whose words were changed after they were sent."""
        for message in self._of_kind(view, MessageKind.REVIEW, MessageKind.RESULT):
            if message.open:
                await self._edit_again(view, message)

    async def _edit_again(self, view: JobView, message: JobMessage) -> None:
        is_review = message.kind is MessageKind.REVIEW
        kind = DeliveryKind.REVIEW if is_review else DeliveryKind.RESULT
        sent = [delivery.id for delivery in view.deliveries if delivery.kind is kind]
        mark = MessageKey(view.job.id, sent[0] if sent else None)
        card = review_card(view) if is_review else card_of(view)
        try:
            await self._edited(view, message, card, mark, Lane.RESULT)
        except SurfaceRefused as error:
            log.warning("message_refused", job_id=view.job.id, error=str(error))

    async def _reviewed(self, view: JobView, delivery: Delivery) -> Posted:
        """Show a result to those who must approve it, and to nobody else."""
        mark = MessageKey(view.job.id, delivery.id)
        posted = await self._posted(view, delivery.destination, review_card(view), mark)
        await self._keep(view, posted, MessageKind.REVIEW)
        return posted

    async def _appealed(self, view: JobView, delivery: Delivery) -> Posted:
        """Show a refused request to those who may allow it: in the review channel, or where there
        is none, or it cannot be used, to each of them alone."""
        mark, place = MessageKey(view.job.id, delivery.id), delivery.destination
        card = appeal_card(view, language=view.job.request.language)
        if place.channel != MODERATORS:
            try:
                return await self._posted(view, place, card, mark)
            except PlaceRefused as error:
                log.warning("no_review_channel", job_id=view.job.id, error=str(error))
        first: Posted | None = None
        for home in await self._chat.moderators(view):
            try:
                posted = await self._posted(view, home, card, mark)
            except SurfaceRefused as error:
                log.info("moderator_not_told", job_id=view.job.id, error=str(error))
            else:
                first = first or posted
        if first is None:
            raise PlaceRefused(self._chat.title, "no moderator could be reached")
        return first

    async def _finished(self, view: JobView, delivery: Delivery) -> Posted:
        """Bring a result on the first way that is open, from the job's own message to a sentence
        that says where it waits."""
        card, mark = result_card(view), MessageKey(view.job.id, delivery.id)
        message = self._kept(view) or await self._adopted(view)
        place = delivery.destination
        routes = self._ways(view, message, card, mark, place)
        asker_reads_alone = self._chat.is_private(place)
        if view.job.request.shadow_of is None and not asker_reads_alone:
            home = Route("home", "home", lambda: self._posted_home(view, card, mark))
            routes.append(home)
        said = in_words(card, WAITS.format(command=self._chat.command(view.job.id)))
        routes += [
            replace(way, name=f"{way.name} words", simpler=True)
            for way in self._ways(view, message, said, mark, place)
        ]
        route, posted = await first_open(routes, job_id=view.job.id)
        if not route.name.startswith("edit"):
            await self._keep(view, posted, MessageKind.RESULT)
            await self._tidy(view, message, posted, mark)
        return posted

    def _ways(
        self,
        view: JobView,
        message: JobMessage | None,
        card: Card,
        mark: MessageKey,
        place: Destination,
    ) -> list[Route[Posted]]:
        """Into the job's own message, or into a new one."""

        async def post() -> Posted:
            await self._chat.turn(view, place, Lane.RESULT)
            return await self._posted(view, place, card, mark)

        ways: list[Route[Posted]] = []
        if message is not None:
            kept = message
            edit = Route(
                "edit",
                kept.channel,
                lambda: self._edited(view, kept, card, mark, Lane.RESULT),
            )
            ways.append(edit)
        return [*ways, Route("post", place.channel, post)]

    async def _tidy(
        self, view: JobView, message: JobMessage | None, posted: Posted, mark: MessageKey
    ) -> None:
        """Let the message that lived through a job not stand there as if it went on, where its
        result stands elsewhere. What cannot be done is left: the result is there."""
        if message is None:
            return
        try:
            if message.channel == posted.channel:
                await self._chat.discard(view, message)
                return
            said = ELSEWHERE.format(platform=self._chat.title)
            note = NoteCard(said, buttons=(Button(ButtonAction.SHOW, view.job.id),))
            await self._edited(view, message, note, mark, Lane.RESULT)
        except LimnerError as error:
            log.info("message_not_tidied", job_id=view.job.id, error=str(error))

    async def _failed(self, view: JobView, delivery: Delivery) -> Posted:
        """Say in the job's message that nothing came of it, and why only to whoever asked; without
        a message nobody else hears of it."""
        mark = MessageKey(view.job.id, delivery.id)
        why = failure_card(view)
        message = self._kept(view) or await self._adopted(view)
        private = self._chat.is_private(delivery.destination)
        routes: list[Route[Posted]] = []
        if message is not None:
            kept, shown = message, why if private else told_card(view)
            edit = Route(
                "edit",
                kept.channel,
                lambda: self._edited(view, kept, shown, mark, Lane.ERROR),
            )
            routes.append(edit)
        home = Route("home", "home", lambda: self._posted_home(view, why, mark, Lane.ERROR))
        routes.append(home)
        route, posted = await first_open(routes, job_id=view.job.id)
        if route.name == "edit" and not private:
            try:
                await self._chat.tell(view, why)
            except SurfaceRefused as error:  # they can still read it by the message's button
                log.warning("failure_not_told", job_id=view.job.id, error=str(error))
        return posted

    async def _posted_home(
        self, view: JobView, card: Card, mark: MessageKey, lane: Lane = Lane.RESULT
    ) -> Posted:
        home = await self._chat.home(view)
        await self._chat.turn(view, home, lane)
        return await self._posted(view, home, card, mark)

    async def _posted(
        self, view: JobView, place: Destination, card: Card, mark: MessageKey
    ) -> Posted:
        """Make a message, in the first form that the platform takes."""
        return await self._forms.show(
            card, lambda form: self._chat.post(view, place, form, mark), job_id=view.job.id
        )

    async def _edited(
        self, view: JobView, message: JobMessage, card: Card, mark: MessageKey, lane: Lane
    ) -> Posted | None:
        """Bring a message up to date, in the first form that the platform takes."""
        return await self._forms.show(
            card, lambda form: self._chat.edit(view, message, form, mark, lane), job_id=view.job.id
        )

    async def _adopted(self, view: JobView) -> JobMessage | None:
        """The message that a process made and died before it could say so; afterwards nobody else
        makes one."""
        if not view.job.request.live:
            return None
        earlier = await self._team.claim_message(view.job.workspace_id, view.job.id)
        if earlier is None:
            raise SurfaceUnavailable(self._chat.name, "the message is just being created")
        mark = MessageKey(view.job.id)
        found = (
            await self._chat.look_up(view, view.job.request.destination, mark) if earlier else None
        )
        return await self._keep(view, found, MessageKind.LIVE) if found else None

    async def _made(self, view: JobView, card: Card) -> JobMessage | None:
        """Make the live message, or find the one that somebody made who claimed it earlier."""
        earlier = await self._team.claim_message(view.job.workspace_id, view.job.id)
        if earlier is None:
            return None
        place, mark = view.job.request.destination, MessageKey(view.job.id)
        posted = await self._looked_up(view, place, mark) if earlier else None
        if posted is None:
            routes = [Route("post", "here", lambda: self._posted(view, place, card, mark))]
            if view.job.request.shadow_of is None and not self._chat.is_private(place):
                routes.append(Route("home", "home", lambda: self._posted_home(view, card, mark)))
            _route, posted = await first_open(routes, job_id=view.job.id)
        message = await self._keep(view, posted, MessageKind.LIVE)
        self._live.note_begun(view, message)
        return message

    async def _looked_up(
        self, view: JobView, place: Destination, mark: MessageKey
    ) -> Posted | None:
        try:
            async with asyncio.timeout(LOOK_S):
                return await self._chat.look_up(view, place, mark)
        except TimeoutError:
            why = "looking for the message took too long"
            raise SurfaceUnavailable(self._chat.name, why) from None

    async def _keep(self, view: JobView, posted: Posted, kind: MessageKind) -> JobMessage:
        message = JobMessage(
            surface=self._chat.name,
            channel=posted.channel,
            message=posted.message,
            job_id=view.job.id,
            kind=kind,
            created_at=datetime.now(UTC),
            open=kind is MessageKind.LIVE,
            thread=posted.thread,
        )
        await self._team.keep_message(view.job.workspace_id, message)
        return message

    def _kept(self, view: JobView) -> JobMessage | None:
        """The job's own message here, as far as it is known: live, or its result; the newest."""
        return next(reversed(self._of_kind(view, MessageKind.LIVE, MessageKind.RESULT)), None)

    def _of_kind(self, view: JobView, *kinds: MessageKind) -> Sequence[JobMessage]:
        return [m for m in view.messages if m.surface == self._chat.name and m.kind in kinds]
