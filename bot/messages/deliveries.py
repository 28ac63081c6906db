"""How results and failures reach the requester, and drafts those who must approve them: the routes
that are tried, from best to last."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import structlog

from bot.buttons import Button, ButtonAction
from bot.cards.builders import (
    appeal_card,
    failure_card,
    public_failure_card,
    report_card,
    reported_note,
    result_card,
    review_card,
)
from bot.cards.models import Card, NoteCard
from bot.cards.simplified import in_words
from bot.messages.lanes import Lane
from bot.messages.ports import Chat, MessageKey, Posted
from bot.messages.routes import Route, first_open
from bot.messages.writer import MessageWriter
from bot.refusals import PlaceRefused
from domain.errors import LimnerError, SurfaceRefused
from domain.illustrations import Delivery, DeliveryKind
from domain.requests import MODERATORS, Destination, is_quiet
from domain.team import JobMessage, MessageKind
from domain.translation.messages import gettext
from jobs.common.views import JobView

log = structlog.get_logger(__name__)

WAITS: Final = gettext("The picture can't be shown here. It's saved: {command} shows it.")
ELSEWHERE: Final = gettext(
    "{platform} won't accept this picture here. The person who asked has it."
)
NOT_SENT: Final = gettext(
    "Your picture is ready, but I couldn't post it or DM you. Find it with {command}."
)


class DeliverySender:
    """Brings what a delivery holds to people, on the first way that is open."""

    def __init__(self, *, chat: Chat, writer: MessageWriter) -> None:
        self._chat = chat
        self._writer = writer

    async def send_result(self, view: JobView, delivery: Delivery) -> Posted:
        """Deliver a result in the job's own message, in a new one, privately to the requester, or
        as a sentence that says where it waits."""
        mark = MessageKey(view.job.id, delivery.id)
        message = self._writer.live_message(view) or await self._writer.adopt(view)
        routes = self._ways_of_result(view, message, delivery)
        route, posted = await first_open(routes, job_id=view.job.id)
        if not route.name.startswith("edit"):
            await self._writer.keep(view, posted, MessageKind.RESULT)
            await self._tidy(view, message, posted, mark)
        return posted

    async def send_failure(self, view: JobView, delivery: Delivery) -> Posted:
        """Say in the job's message that it failed, and give the reason privately to the requester;
        without a message only the requester is notified."""
        mark = MessageKey(view.job.id, delivery.id)
        why = failure_card(view)
        message = self._writer.live_message(view) or await self._writer.adopt(view)
        alone = self._chat.is_hidden(view) or self._chat.is_private(view, delivery.destination)
        routes: list[Route[Posted]] = []
        if message is not None:
            kept, shown = message, why if alone else public_failure_card(view)
            edit = Route(
                "edit",
                kept.channel,
                lambda: self._writer.edit(view, kept, shown, mark, Lane.ERROR),
            )
            routes.append(edit)
        home = Route("home", "home", lambda: self._writer.post_home(view, why, mark, Lane.ERROR))
        routes.append(home)
        route, posted = await first_open(routes, job_id=view.job.id)
        if route is not home and not alone:
            try:
                await self._chat.send_privately(view, why)
            except SurfaceRefused as error:  # they can still read it by the message's button
                log.warning("failure_not_told", job_id=view.job.id, error=str(error))
                await self._point_to_button(view, message, mark)
        return posted

    async def _point_to_button(
        self, view: JobView, message: JobMessage | None, mark: MessageKey
    ) -> None:
        """Have the message of a failed job say that its requester could not be notified alone."""
        if message is None:
            return
        card = public_failure_card(view, notified=False)
        try:
            await self._writer.edit(view, message, card, mark, Lane.ERROR)
        except LimnerError as error:
            log.info("failure_not_shown", job_id=view.job.id, error=str(error))

    async def send_review(self, view: JobView, delivery: Delivery) -> Posted:
        """Show a result only to those who must approve it: in the review channel, or where it
        cannot be used any more, in direct messages to each moderator."""
        card = review_card(view)
        posted = await self._post_for_review(view, delivery, card)
        posted = posted or await self._notify_moderators(view, delivery, card)
        await self._writer.keep(view, posted, MessageKind.REVIEW)
        return posted

    async def send_appeal(self, view: JobView, delivery: Delivery) -> Posted:
        """Show a refused request to those who may allow it: in the review channel, or where there
        is none, or it cannot be used, to each of them alone."""
        card = appeal_card(view, language=view.job.request.origin.language)
        posted = await self._post_for_review(view, delivery, card)
        return posted or await self._notify_moderators(view, delivery, card)

    async def send_report(self, view: JobView, delivery: Delivery) -> Posted:
        """Show a reported picture in the review channel; where there is none, or it cannot be used,
        notify each moderator alone, who looks at it in the queue."""
        language = view.job.request.origin.language
        card = report_card(view, language=language)
        posted = await self._post_for_review(view, delivery, card)
        if posted is not None:
            await self._writer.keep(view, posted, MessageKind.REVIEW)
            return posted
        note = reported_note(view, language=language)
        return await self._notify_moderators(view, delivery, note)

    async def _post_for_review(
        self, view: JobView, delivery: Delivery, card: Card
    ) -> Posted | None:
        """Post in the review channel; None where there is none or it cannot be used."""
        mark, place = MessageKey(view.job.id, delivery.id), delivery.destination
        if place.channel == MODERATORS:
            return None
        try:
            return await self._writer.post(view, place, card, mark)
        except PlaceRefused as error:
            log.warning("no_review_channel", job_id=view.job.id, error=str(error))
            return None

    async def _notify_moderators(self, view: JobView, delivery: Delivery, card: Card) -> Posted:
        """Post to each moderator alone; gives the first message."""
        mark = MessageKey(view.job.id, delivery.id)
        first: Posted | None = None
        for home in await self._chat.moderators(view):
            try:
                posted = await self._writer.post(view, home, card, mark)
            except SurfaceRefused as error:
                log.info("moderator_not_told", job_id=view.job.id, error=str(error))
            else:
                first = first or posted
        if first is None:
            raise PlaceRefused(self._chat.title, gettext("no moderator could be reached"))
        return first

    async def find(self, view: JobView, delivery: Delivery) -> Posted | None:
        """The message of an earlier attempt whose process died before it learned of the success; it
        is kept, and the job's own message tidied, as that process would have done."""
        if delivery.destination.channel == MODERATORS:
            return None
        mark = MessageKey(delivery.job_id, delivery.id)
        found = await self._chat.look_up(view, delivery.destination, mark)
        known = {(m.channel, m.message) for m in view.messages}
        if found is None or (found.channel, found.message) in known:
            return found
        match delivery.kind:
            case DeliveryKind.APPEAL:
                pass  # never written again
            case DeliveryKind.REVIEW | DeliveryKind.REPORT:
                await self._writer.keep(view, found, MessageKind.REVIEW)
            case DeliveryKind.RESULT:
                await self._writer.keep(view, found, MessageKind.RESULT)
                await self._tidy(view, self._writer.live_message(view), found, mark)
            case DeliveryKind.FAILURE:
                await self._writer.keep(view, found, MessageKind.RESULT)
        return found

    def _ways_of_result(
        self, view: JobView, message: JobMessage | None, delivery: Delivery
    ) -> list[Route[Posted]]:
        card, mark = result_card(view), MessageKey(view.job.id, delivery.id)
        place, hidden = delivery.destination, self._chat.is_hidden(view)
        # Stories, copies and what a requester asked for alone have only this one place: there a new
        # message is tried although the edit was refused.
        elsewhere = view.job.request.origin.shadow_of is not None
        has_home = not (
            elsewhere or is_quiet(view.job.request) or self._chat.is_private(view, place)
        )
        routes = self._ways(view, message, card, mark, place, again=not has_home)
        if has_home:
            home = Route("home", "home", lambda: self._writer.post_home(view, card, mark))
            routes.append(home)
        command = self._chat.command(view.job.id)
        if hidden:
            note = NoteCard(
                NOT_SENT.format(command=command),
                buttons=(Button(ButtonAction.SHOW, view.job.id),),
                calls=view.job.request.origin.member_id,
            )
            return [*routes, self._way_to_post(view, note, mark, place, simpler=True)]
        sentence = in_words(card, WAITS.format(command=command))
        words = self._ways(view, message, sentence, mark, place)
        return [*routes, *(replace(way, name=f"{way.name} words", simpler=True) for way in words)]

    def _ways(
        self,
        view: JobView,
        message: JobMessage | None,
        card: Card,
        mark: MessageKey,
        place: Destination,
        *,
        again: bool = False,
    ) -> list[Route[Posted]]:
        """Into the job's own message, or into a new one where others may see it; ``again`` also
        where the platform did not take the content in the job's own."""
        ways: list[Route[Posted]] = []
        if message is not None:
            kept = message
            edit = Route(
                "edit",
                kept.channel,
                lambda: self._writer.edit(view, kept, card, mark, Lane.RESULT),
            )
            ways.append(edit)
        if not self._chat.is_hidden(view):
            ways.append(self._way_to_post(view, card, mark, place, simpler=again))
        return ways

    def _way_to_post(
        self,
        view: JobView,
        card: Card,
        mark: MessageKey,
        place: Destination,
        *,
        simpler: bool = False,
    ) -> Route[Posted]:
        async def post() -> Posted:
            await self._chat.turn(view, place, Lane.RESULT)
            return await self._writer.post(view, place, card, mark)

        return Route("post", place.channel, post, simpler=simpler)

    async def _tidy(
        self, view: JobView, message: JobMessage | None, posted: Posted, mark: MessageKey
    ) -> None:
        """Let the message that lived through a job not stand there as if it went on, where its
        result stands elsewhere. What cannot be done is left: the result is there."""
        if message is None or self._chat.is_hidden(view):
            return
        try:
            if message.channel == posted.channel:
                await self._chat.discard(view, message)
                return
            sentence = ELSEWHERE.format(platform=self._chat.title)
            note = NoteCard(sentence, buttons=(Button(ButtonAction.SHOW, view.job.id),))
            await self._writer.edit(view, message, note, mark, Lane.RESULT)
        except LimnerError as error:
            log.info("message_not_tidied", job_id=view.job.id, error=str(error))
