"""Messages about jobs on Slack: posted, edited, found again by their metadata, and answers that
only one person sees."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog

from bot.cards.models import Card, NoteCard, ResultCard, StatusCard
from bot.locale.catalog import slack_command
from bot.messages.lanes import Lane
from bot.messages.languages import JobLanguages
from bot.messages.ports import POST_S, MessageKey, Posted
from bot.refusals import MessageLost, PlaceRefused
from bot.slack.client.api import POST, SlackApi
from bot.slack.client.block_support import BlockSupport
from bot.slack.client.canvases import Canvases, is_canvas
from bot.slack.client.codes import TITLE
from bot.slack.client.finding import (
    EVENT_TYPE,
    GONE,
    MessageFinder,
    files_in,
    payload_of,
    reading,
    thread_key,
)
from bot.slack.client.people import find_leaders
from bot.slack.client.places import Places, is_own
from bot.slack.client.sessions import AgentSessions, status_for
from bot.slack.client.streams import STILL_STREAMED, Streams
from bot.slack.client.tokens import NAME, Tenant
from bot.slack.client.uploads import Uploads
from bot.slack.client.whispers import Whispers
from bot.slack.view.canvases import SCOPE, with_canvas_button
from bot.slack.view.render import Drawn, Shown, drawn
from domain.errors import SurfaceRefused
from domain.requests import Destination
from domain.team import JobMessage, MessageKind
from domain.translation.catalogue import language_of
from domain.translation.messages import joined
from jobs.admission.requests import Requester
from jobs.common.ports import NoRoom
from jobs.common.views import JobView
from jobs.services.team import TeamService

log = structlog.get_logger(__name__)

UPDATE = "chat.update"
POST_PATIENCE_S = 3.0
THUMBNAILS_S = 3.0
"""How long a message that is claimed waits for small pictures; with the post itself, and the look
before it, this stays below the patience with a claim."""
MODERATORS_TOLD = 10
"""How many people are notified of what waits for a moderator."""


class SlackChat:
    """Slack's operations on messages about jobs; fits ``bot.messages.ports.Chat``."""

    def __init__(
        self,
        *,
        api: SlackApi,
        places: Places,
        uploads: Uploads,
        team: TeamService,
        posted: Callable[[str, str], Awaitable[None]],
    ) -> None:
        """``posted`` is called with workspace and channel after each post."""
        self._api = api
        self._places = places
        self._uploads = uploads
        self._team = team
        self._note_post = posted
        self._finder = MessageFinder(api)
        self._canvases = Canvases(api)
        self.support = BlockSupport()
        self.whispers = Whispers(api, places, uploads, self.support)
        self.sessions = AgentSessions(api)
        self._streams = Streams(api)
        self.languages = JobLanguages(team)

    @property
    def name(self) -> str:
        """The platform's name in destinations."""
        return NAME

    @property
    def title(self) -> str:
        """The platform's display name."""
        return TITLE

    @property
    def answers_in_place(self) -> bool:
        """Commands are acknowledged without a message."""
        return False

    def receipt(self, posted: Posted) -> str:
        """The message with its files, so that they can be deleted later."""
        return posted.receipt

    def command(self, job_id: str) -> str:
        """The command that shows a job."""
        return joined(slack_command("job.status"), job_id)

    async def turn(self, view: JobView, place: Destination, lane: Lane) -> None:
        """Wait until a message may be made there."""
        await self._api.turn_in(_tenant(view), place.channel, lane)

    def try_turn(self, view: JobView, place: Destination) -> bool:
        """Whether a message that can be left out may be made there; it has its turn then."""
        return self._api.try_turn_in(_tenant(view), place.channel)

    def has_room(self, workspace_id: str, channel: str, *, new: bool) -> bool:
        """Whether a message that can be left out may be made or changed there now."""
        if new:
            return self._api.has_room_in(workspace_id, channel)
        return self._api.has_room(workspace_id, UPDATE)

    async def post(self, view: JobView, place: Destination, card: Card, mark: MessageKey) -> Posted:
        """Make a message."""
        tenant = _tenant(view)
        asked_there = place.channel == view.job.request.routing.destination.channel
        if not asked_there and not self.is_private(view, place):
            await self._places.may_post(tenant, place.channel)  # joins it, where it can
        try:
            posted = await self._streamed(view, place, card, mark)
            posted = posted or await self._posted(view, place, card, mark)
        except PlaceRefused:
            self._places.forget(tenant, place.channel)
            raise
        await self._note_post(view.job.workspace_id, place.channel)
        await self._follow(view, posted.channel, posted.message, mark)
        return posted

    async def edit(
        self, view: JobView, message: JobMessage, card: Card, mark: MessageKey, lane: Lane
    ) -> Posted | None:
        """Bring a message up to date; None where it is gone. Raises ``NoRoom``."""
        kept = Posted(message.channel, message.message, message.thread)
        language = await self._language(view)
        if mark.delivery_id is None and await self._streams.append(view, card, lane, language):
            return kept
        if lane is Lane.PROGRESS and not self._api.try_turn(_tenant(view), UPDATE):
            raise NoRoom
        delivered = mark.delivery_id is not None
        await self._streams.stop(view, status_for(view, delivered=delivered))
        try:
            _answer, files = await self._shown(
                view,
                card,
                mark,
                UPDATE,
                lane=lane,
                has_turn=lane is Lane.PROGRESS,
                channel=message.channel,
                ts=message.message,
            )
        except MessageLost:
            return None
        await self._follow(view, message.channel, message.message, mark)
        return replace(kept, files=files)

    async def is_live(self, view: JobView, message: JobMessage) -> bool:
        """Whether a job's message still shows how the job stands. Raises ``NoRoom``."""
        tenant = _tenant(view)
        if not self._api.has_room(tenant.workspace_id, reading(message)):
            raise NoRoom
        found = await self._finder.kept(tenant, message, MessageKey(view.job.id))
        return found is not None and "delivery_id" not in payload_of(found)

    async def discard(self, view: JobView, message: JobMessage) -> None:
        """Remove a message of a job."""
        await self.remove(_tenant(view), message.channel, message.message)

    async def look_up(self, view: JobView, place: Destination, mark: MessageKey) -> Posted | None:
        """The message that carries the mark: the kept ones first, then messages there since the job
        began, and in the requester's own messages where the place cannot be read."""
        tenant = _tenant(view)
        for kept in view.messages:
            if kept.surface != NAME or kept.kind is MessageKind.CANVAS:
                continue
            message = await self._finder.kept(tenant, kept, mark)
            if message is not None:
                return Posted(kept.channel, kept.message, kept.thread, files_in(message, view))
        found = await self._finder.searched(tenant, view, place, mark)
        may_be_home = not self.is_private(view, place) and not _from_elsewhere(view)
        if found is None and may_be_home and mark.delivery_id is not None:
            found = await self._finder.searched(tenant, view, await self.home(view), mark)
        return found

    async def send_privately(self, view: JobView, card: Card) -> None:
        """Show something to the requester: in the channel for them alone, or in their own
        messages."""
        tenant, place = _tenant(view), view.job.request.routing.destination
        await self.whispers.send(
            tenant, view.job.request.origin.member_id, place, card, lane=Lane.ERROR
        )

    async def notify(self, view: JobView, result: Posted, card: NoteCard) -> None:
        """Reply in the thread of a result with a mention of the requester."""
        tenant, thread = (
            _tenant(view),
            view.job.request.routing.destination.thread or result.message,
        )
        message = drawn(card, shown=Shown(), language=await self._language(view))
        await self._api.turn_in(tenant, result.channel, Lane.RESULT)
        await self._api.call(
            tenant,
            POST,
            channel=result.channel,
            thread_ts=thread,
            text=message.notice,
            blocks=message.blocks,
        )

    async def home(self, view: JobView) -> Destination:
        """The requester's own messages with Limner."""
        return await self._places.home(_tenant(view), view.job.request.origin.member_id)

    async def moderators(self, view: JobView) -> Sequence[Destination]:
        """The own messages of people who may approve: of the configured user groups, or of admins
        and owners, or of the user who installed the app."""
        tenant = _tenant(view)
        request = view.job.request
        requester = Requester(
            request.origin.workspace_id, request.origin.member_id, request.routing.destination
        )
        groups = (await self._team.preferences(requester)).moderator_groups or ()
        found = await find_leaders(self._api, tenant, groups)
        if not found:
            found = [(await self._api.installation(tenant)).installed_by]
        homes: list[Destination] = []
        for member_id in [one for one in found if one][:MODERATORS_TOLD]:
            try:
                homes.append(await self._places.home(tenant, member_id))
            except SurfaceRefused as error:
                log.info("no_direct_messages", member_id=member_id, error=str(error))
        return homes

    def is_private(self, view: JobView, place: Destination) -> bool:
        """Whether only the requester reads there."""
        del view
        return is_own(place.channel)

    def is_hidden(self, view: JobView) -> bool:
        """Content for the requester alone goes into their own messages."""
        del view
        return False

    async def open_thread(self, view: JobView, posted: Posted) -> str | None:
        """Every message has a thread already."""
        del view, posted
        return None

    async def remove(self, tenant: Tenant, channel: str, message: str) -> None:
        """Delete a message or canvas of ours; one that is gone already is well."""
        if is_canvas(message):
            return await self._canvases.remove(tenant, message)
        try:
            await self._api.call(tenant, "chat.delete", channel=channel, ts=message)
        except SurfaceRefused as error:
            if error.code not in GONE:
                raise
        return None

    async def _streamed(
        self, view: JobView, place: Destination, card: Card, mark: MessageKey
    ) -> Posted | None:
        """Begin a job's message as a stream; None where it is to be a message as any other."""
        if not isinstance(card, StatusCard) or not self._streams.may_start(view, place, card, mark):
            return None
        ts = await self._streams.start(view, place, card, await self._language(view))
        if ts is None:
            return None
        return Posted(place.channel, ts, thread_key(place.channel, place.thread or ts))

    async def _follow(self, view: JobView, channel: str, message: str, mark: MessageKey) -> None:
        delivered = mark.delivery_id is not None
        language = await self._language(view)
        await self.sessions.follow(view, channel, message, delivered=delivered, language=language)

    async def _posted(
        self, view: JobView, place: Destination, card: Card, mark: MessageKey
    ) -> Posted:
        answer, files = await self._shown(
            view,
            card,
            mark,
            POST,
            limit_s=POST_S,
            patience_s=POST_PATIENCE_S,
            channel=place.channel,
            thread_ts=place.thread,
            unfurl_links=False,
            unfurl_media=False,
        )
        channel, ts = str(answer["channel"]), str(answer["ts"])
        return Posted(channel, ts, thread_key(channel, place.thread or ts), files)

    async def _shown(
        self, view: JobView, card: Card, mark: MessageKey, method: str, **arguments: Any
    ) -> tuple[dict[str, Any], Mapping[str, str]]:
        """Call a method with a card as the message's content. Gives the answer, and the files of
        the pictures."""
        tenant, language = _tenant(view), await self._language(view)
        if isinstance(card, ResultCard) and await self._makes_canvases(tenant):
            card = with_canvas_button(card)
        shown = await self._pictures(tenant, card, hurry=method == POST and not mark.delivery_id)

        def draw(newest: bool) -> Drawn:
            return drawn(card, shown=shown, language=language, newest=newest)

        async def put(message: Drawn) -> dict[str, Any]:
            content = _content(message, mark)
            try:
                return await self._api.call(tenant, method, **content, **arguments)
            except SurfaceRefused as error:
                if error.code != STILL_STREAMED:
                    raise
            # Another process began the stream; one that died, or one that is about to write.
            status = status_for(view, delivered=mark.delivery_id is not None)
            await self._streams.end(tenant, arguments["channel"], arguments["ts"], status)
            return await self._api.call(tenant, method, **content, **arguments)

        return await self.support.show(tenant.workspace_id, draw, put), shown.files

    async def _makes_canvases(self, tenant: Tenant) -> bool:
        return SCOPE in (await self._api.installation(tenant)).scopes

    async def _language(self, view: JobView) -> str:
        return language_of(await self.languages.of(view))

    async def _pictures(self, tenant: Tenant, card: Card, *, hurry: bool) -> Shown:
        try:
            async with asyncio.timeout(THUMBNAILS_S if hurry else None):
                return await self._uploads.shown(tenant, card)
        except TimeoutError:
            return self._uploads.elsewhere(card)


def _from_elsewhere(view: JobView) -> bool:
    """Whether a job has no requester in this workspace: it only shows one of a linked channel."""
    return view.job.request.origin.shadow_of is not None


def _tenant(view: JobView) -> Tenant:
    return Tenant.of(view.job.workspace_id)


def _content(message: Drawn, mark: MessageKey) -> dict[str, Any]:
    payload = {"job_id": mark.job_id, "delivery_id": mark.delivery_id}
    return {
        "text": message.notice,
        "blocks": message.blocks,
        "metadata": {
            "event_type": EVENT_TYPE,
            "event_payload": {name: value for name, value in payload.items() if value},
        },
    }
