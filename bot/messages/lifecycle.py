"""The life of a job's message, the same on every platform: one message, however often a process
dies, and only one, however many there are.

It is made when the job begins, shows how the job goes on, and becomes its result.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from bot.cards.builders import card_of, job_card, review_card
from bot.cards.models import Card, NoteCard
from bot.messages.deliveries import DeliverySender
from bot.messages.lanes import Lane
from bot.messages.ports import Chat, MessageKey, Posted
from bot.messages.throttle import LiveMessages
from bot.messages.writer import Answer, MessageWriter
from bot.refusals import MessageLost, MessageRefused, PlaceRefused
from domain.errors import LimnerError, SurfaceRefused, SurfaceUnavailable
from domain.illustrations import Delivery, DeliveryKind
from domain.requests import JobStatus, is_quiet
from domain.team import JobMessage, MessageKind
from domain.translation.messages import ngettext
from jobs.admission.requests import Requester
from jobs.common.ports import NoRoom
from jobs.common.views import JobView
from jobs.services.jobs import JobService
from jobs.services.team import TeamService

log = structlog.get_logger(__name__)

BY_DELIVERY: Final = frozenset({JobStatus.DELIVERING, JobStatus.DONE, JobStatus.FAILED})
"""From this status on, only the delivery writes a job's message."""
FOR_PEOPLE: Final = frozenset({JobStatus.CHOOSING, JobStatus.REVIEWING, JobStatus.CANCELLED})
"""Statuses beyond progress: people wait for them, or have to act."""
FRESH_S: Final = 0.05
"""How old a job may be that was read before its message was waited for."""
GRACE_S: Final = 5.0
"""How long a delivery waits for a new job's message, where a command's answer becomes it."""
LONG: Final = timedelta(minutes=1)
"""A job that takes at least this long notifies its requester, who may have looked away."""
GRACE_LOOK_S: Final = 0.2


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
        self._writer = MessageWriter(chat=chat, team=team, live=self._live)
        self._sender = DeliverySender(chat=chat, writer=self._writer)
        self._clock = clock

    async def begin(
        self,
        workspace_id: str,
        job_id: str,
        card: Card | None = None,
        *,
        answer: Answer | None = None,
    ) -> bool:
        """Make the message of a job that has none; False where it has one, needs none any more, or
        another process is making it.

        As long as the job waits, the message says what ``card`` does. With ``answer`` the message
        is made of the answer to the command, which is there already and waits.

        Raises:
            NoRoom: It would hold up results; a job may do without a message before its result.
            Refused: The message is there, but its thread cannot be opened.
        """
        async with self._live.showing(job_id) as may:
            view = await self._job_service.view(workspace_id, job_id)
            if not may or self._writer.live_message(view):
                return False
            if answer is None:
                if view.job.status in BY_DELIVERY or self._chat.is_hidden(view):
                    return False
                if not self._chat.try_turn(view, view.job.request.routing.destination):
                    raise NoRoom
            waits = view.job.status is JobStatus.QUEUED
            shown = (card if waits else None) or card_of(view)
            message = await self._writer.make(view, shown, answer)
        if message is None:
            return False
        posted = Posted(message.channel, message.message, message.thread)
        thread = await self._chat.open_thread(view, posted)
        if thread is not None:
            await self._writer.keep(view, posted, MessageKind.LIVE, thread=thread)
        return True

    async def show(self, view: JobView, lane: Lane = Lane.PROGRESS) -> bool:
        """Bring a job's message up to date; False where it is gone. Raises ``NoRoom``."""
        job_id = view.job.id
        await self._show_again(view)
        asked = self._clock()
        async with self._live.showing(job_id) as may:
            if self._clock() - asked > FRESH_S or self._writer.live_message(view) is None:
                # Another process wrote meanwhile, or made the message.
                now = await self._job_service.view(view.job.workspace_id, job_id)
                view = replace(now, paused=view.paused)
            message = self._writer.live_message(view)
            if not may or message is None or view.job.status in BY_DELIVERY:
                return True
            if view.job.status in FOR_PEOPLE:
                lane = min(lane, Lane.RESULT)
            mark = MessageKey(job_id)
            try:
                shown = await self._writer.edit(view, message, card_of(view), mark, lane)
            except PlaceRefused as error:
                log.warning("message_refused", job_id=job_id, error=str(error))
                return False
            except MessageRefused as error:  # progress is left out; the result has other ways
                log.warning("message_refused", job_id=job_id, error=str(error))
                return True
            except MessageLost as error:  # too old to be edited, say; the result makes a new one
                log.warning("message_lost", job_id=job_id, error=str(error))
                return True
        return shown is not None

    def begun(self, job_id: str) -> JobView | None:
        """A job as it was when its message was made."""
        return self._live.begun(job_id)

    async def pause(self, view: JobView) -> None:
        """Say on a job's message that it is paused, from what is known without any storage. Another
        process may have written the result there meanwhile: then it stays. Raises ``NoRoom``."""
        message, mark = self._writer.live_message(view), MessageKey(view.job.id)
        if message is None:
            return
        async with self._live.showing(view.job.id) as may:
            if may and await self._chat.is_live(view, message):
                await self._writer.edit(view, message, job_card(view), mark, Lane.PROGRESS)

    async def send(self, delivery: Delivery) -> str:
        """Make what a delivery brings appear; gives the receipt."""
        try:
            return self._chat.receipt(await self._sent(delivery))
        except (MessageRefused, MessageLost, PlaceRefused):
            raise
        except SurfaceRefused as error:
            # The app's access has ended: the operator may restore it, and the result waits.
            raise SurfaceUnavailable(self._chat.name, str(error).rstrip(".")) from error

    async def find(self, delivery: Delivery) -> str | None:
        """The receipt of an earlier attempt whose process died before it learned of the success."""
        view = await self._job_service.view(delivery.workspace_id, delivery.job_id)
        found = await self._sender.find(view, delivery)
        return self._chat.receipt(found) if found is not None else None

    async def refresh(self, workspace_id: str, job_id: str) -> None:
        """Bring all messages of a job up to date at once, after a decision on it."""
        view = await self._job_service.view(workspace_id, job_id)
        await self.show(view, Lane.ANSWER)
        for message in self._writer.messages_of(view, MessageKind.REVIEW):
            await self._edit_again(view, message)

    async def _sent(self, delivery: Delivery) -> Posted:
        view = await self._job_service.view(delivery.workspace_id, delivery.job_id)
        match delivery.kind:
            case DeliveryKind.REVIEW:
                return await self._sender.send_review(view, delivery)
            case DeliveryKind.APPEAL:
                return await self._sender.send_appeal(view, delivery)
            case DeliveryKind.REPORT:
                return await self._sender.send_report(view, delivery)
            case _:
                pass
        await self._wait_for_message(view)
        async with self._live.finishing(delivery.job_id):
            view = await self._job_service.view(delivery.workspace_id, delivery.job_id)
            if delivery.kind is not DeliveryKind.RESULT:
                return await self._sender.send_failure(view, delivery)
            posted = await self._sender.send_result(view, delivery)
        await self._notify(view, posted)
        return posted

    async def _notify(self, view: JobView, posted: Posted) -> None:
        """Notify the requester that a picture which took long is there, since an edited message
        notifies no one. It is sent once or, where the platform refuses it, not at all."""
        job = view.job
        request = job.request
        took = datetime.now(UTC) - job.created_at
        if (
            took < LONG
            or is_quiet(request)
            or not request.routing.live
            or self._chat.is_hidden(view)
        ):
            return
        requester = Requester(
            request.origin.workspace_id, request.origin.member_id, request.routing.destination
        )
        try:
            if (await self._team.preferences(requester)).notify is False:
                return
            count = len(view.illustrations)
            sentence = ngettext(
                "Your picture is ready.", "Your {count} pictures are ready.", count, count=count
            )
            await self._chat.notify(
                view, posted, NoteCard(sentence, calls=request.origin.member_id)
            )
        except LimnerError as error:
            log.info("not_notified", job_id=job.id, error=str(error))

    async def _wait_for_message(self, view: JobView) -> None:
        """Wait for the message of a new job, where the handler of the command is about to make it
        from the command's answer: otherwise the answer would stand there beside the result."""
        job = view.job
        if not (self._chat.answers_in_place and job.request.routing.live):
            return
        until = job.created_at + timedelta(seconds=GRACE_S)
        while self._writer.live_message(view) is None and datetime.now(UTC) < until:
            await asyncio.sleep(GRACE_LOOK_S)
            view = await self._job_service.view(job.workspace_id, job.id)

    async def _show_again(self, view: JobView) -> None:
        """Bring the messages of a job up to date whose words were changed after they were sent."""
        for message in self._writer.messages_of(view, MessageKind.REVIEW, MessageKind.RESULT):
            if message.open:
                await self._edit_again(view, message)

    async def _edit_again(self, view: JobView, message: JobMessage) -> None:
        is_review = message.kind is MessageKind.REVIEW
        kind = DeliveryKind.REVIEW if is_review else DeliveryKind.RESULT
        sent = [delivery.id for delivery in view.deliveries if delivery.kind is kind]
        mark = MessageKey(view.job.id, sent[0] if sent else None)
        card = review_card(view) if is_review else card_of(view)
        try:
            await self._writer.edit(view, message, card, mark, Lane.RESULT)
        except SurfaceRefused as error:
            log.warning("message_refused", job_id=view.job.id, error=str(error))
