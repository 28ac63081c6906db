"""Canvases of a picture's evidence, made from its sources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.buttons import ButtonAction
from bot.cards.builders import error_card
from bot.cards.evidence import job_title
from bot.cards.pictures import illustration_cards
from bot.locale.catalog import label
from bot.slack.client.api import POST
from bot.slack.client.canvases import is_canvas
from bot.slack.client.places import is_own
from bot.slack.client.tokens import NAME
from bot.slack.handlers.responder import SlackResponder
from bot.slack.payloads.slack_event import SlackEvent
from bot.slack.view import modals
from bot.slack.view.canvases import canvas_notice, canvas_view
from domain.errors import LimnerError, NotPossibleNow, SurfaceRefused
from domain.requests import Destination, JobStatus
from domain.team import JobMessage, MessageKind
from domain.translation.catalogue import language_of
from domain.translation.messages import gettext
from jobs.admission.access import Action
from jobs.common.views import JobView

MAX_TITLE_CHARS = 120


@dataclass(frozen=True, slots=True)
class MadeCanvas:
    """A canvas; ``openly`` where all of the picture's channel may read it, not just one person."""

    address: str
    openly: bool


async def make_canvas(responder: SlackResponder, turn: SlackEvent, job_id: str) -> MadeCanvas:
    """A canvas of a finished picture's evidence, for those who see the picture: its channel, or the
    requester alone. There is one for each job, which is written anew when it is asked for again.

    Raises:
        NotFound: The person cannot see such a job.
        NotPossibleNow: It has no picture, or the workspace has no canvases for apps.
        SurfaceRefused: Slack refuses.
    """
    services, workspace_id = responder.services, turn.tenant.workspace_id
    await services.jobs.check(await responder.requester(turn), Action.READ, job_id)
    async with responder.canvases.turn(f"{workspace_id}/{job_id}"):
        view = await services.jobs.view(workspace_id, job_id)
        if view.job.status is not JobStatus.DONE or not illustration_cards(view):
            raise NotPossibleNow(gettext("There is no finished picture to make a canvas of."))
        return await _Canvas(responder, turn, view).made()


async def show_canvas(responder: SlackResponder, turn: SlackEvent, job_id: str) -> None:
    """Make the canvas, and say in the modal of the sources where it is."""
    language = await responder.known_language(turn)
    title = label(ButtonAction.CANVAS, language)
    view_id, waiting = turn.view_id, modals.waiting_view(title)
    if view_id is None:
        view_id = await responder.open(turn, waiting)
    else:
        await responder.update(turn, view_id, waiting)
    if view_id is None:
        return
    try:
        made = await make_canvas(responder, turn, job_id)
        view = canvas_view(title, made.address, openly=made.openly, language=language)
    except LimnerError as error:
        card = error_card(error, responder.services.redact, surface=NAME)
        view = modals.card_view(title, card, language=language)
    await responder.update(turn, view_id, view)


class _Canvas:
    """The making of one canvas."""

    def __init__(self, responder: SlackResponder, turn: SlackEvent, view: JobView) -> None:
        self._responder = responder
        self._turn = turn
        self._tenant = turn.tenant
        self._view = view
        self._canvases = responder.canvases

    async def made(self) -> MadeCanvas:
        """Write it, and share it with those who may see the picture."""
        canvas_id, told = await self._written()
        address = await self._canvases.address(self._tenant, canvas_id)
        place = self._place()
        if place is not None:
            try:
                await self._share(canvas_id, address, place, told)
            except SurfaceRefused:
                pass  # a channel that takes no message or canvas: only this person gets it
            else:
                return MadeCanvas(address, openly=True)
        home = await self._responder.home(self._turn)
        await self._share(canvas_id, address, home, told)
        return MadeCanvas(address, openly=False)

    async def _written(self) -> tuple[str, set[str]]:
        """The canvas with the evidence of now, and the channels in which its address stands."""
        kept = [each for each in self._view.messages if each.kind is MessageKind.CANVAS]
        text = await self._text()
        told = {each.channel for each in kept if not is_canvas(each.message)}
        for earlier in reversed([each for each in kept if is_canvas(each.message)]):
            if await self._canvases.rewrite(self._tenant, earlier.message, text):
                return earlier.message, told
        title = job_title(self._view.job)[:MAX_TITLE_CHARS]
        canvas_id = await self._canvases.create(self._tenant, title, text)
        place = self._place() or self._view.job.request.routing.destination
        try:
            await self._keep(place.channel, canvas_id)
        except LimnerError:
            await self._canvases.remove(self._tenant, canvas_id)
            raise
        return canvas_id, set()

    async def _text(self) -> str:
        write = self._responder.services.dossier
        if write is None:
            raise NotPossibleNow(gettext("This isn't possible here."))
        wished = self._view.job.request.origin.language
        wished = wished or await self._responder.known_language(self._turn)
        return write(self._view, language_of(wished), message=await self._picture_address())

    async def _picture_address(self) -> str | None:
        """The address of the message that shows the picture."""
        shown = self._result()
        if shown is None:
            return None
        try:
            found = await self._responder.api.call(
                self._tenant,
                "chat.getPermalink",
                channel=shown.channel,
                message_ts=shown.message,
            )
        except SurfaceRefused:
            return None
        return str(found["permalink"])

    def _result(self) -> JobMessage | None:
        """The message with the picture in the place where it was asked for."""
        channel = self._view.job.request.routing.destination.channel
        for each in reversed(self._view.messages):
            shows = each.kind in (MessageKind.LIVE, MessageKind.RESULT)
            if shows and (each.surface, each.channel) == (NAME, channel):
                return each
        return None

    def _place(self) -> Destination | None:
        """Where the picture was posted for others to see; None where it was not."""
        routing = self._view.job.request.routing
        there = routing.destination
        if there.surface != NAME or routing.private or not there.channel or is_own(there.channel):
            return None
        shown = self._result()
        return Destination(NAME, there.channel, there.thread or (shown.message if shown else None))

    async def _share(
        self, canvas_id: str, address: str, place: Destination, told: set[str]
    ) -> None:
        """Post the address, unless it stands there already, and let those who read there read the
        canvas."""
        if place.channel in told:
            return
        title = job_title(self._view.job)
        text, blocks = canvas_notice(
            title, address, language=await self._responder.known_language(self._turn)
        )
        await self._responder.api.turn_in(self._tenant, place.channel)
        posted = await self._responder.api.call(
            self._tenant,
            POST,
            channel=place.channel,
            thread_ts=place.thread,
            text=text,
            blocks=blocks,
        )
        message, own = str(posted["ts"]), is_own(place.channel)
        try:
            await self._canvases.share(
                self._tenant,
                canvas_id,
                channel="" if own else place.channel,
                member_id=self._turn.member_id if own else "",
            )
        except LimnerError:  # the address would open for nobody
            await self._responder.chat.remove(self._tenant, place.channel, message)
            raise
        await self._keep(place.channel, message)

    async def _keep(self, channel: str, message: str) -> None:
        kept = JobMessage(
            surface=NAME,
            channel=channel,
            message=message,
            job_id=self._view.job.id,
            kind=MessageKind.CANVAS,
            created_at=datetime.now(UTC),
        )
        await self._responder.services.team.keep_message(self._view.job.workspace_id, kept)
