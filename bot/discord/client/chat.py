"""Messages about jobs on Discord: posted, edited, found again by the job id in their text, and
those that only one person sees."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Final

import discord
import structlog

from bot.buttons import Button, ButtonAction
from bot.cards.models import (
    Card,
    ErrorCard,
    NoteCard,
    PicturesCard,
    ResultCard,
    StatusCard,
)
from bot.cards.simplified import KnownForms
from bot.discord.client.ephemeral import PrivateAnswers
from bot.discord.client.finding import MessageFinder, where_posted
from bot.discord.client.messages import Messages, NoAccess, codes
from bot.discord.client.requesters import (
    SURFACE,
    channel_of,
    guild_of,
    moderators_of,
)
from bot.discord.client.traffic import Traffic
from bot.discord.client.uploads import Build, Uploads
from bot.discord.view.components import Frame
from bot.locale.catalog import discord_command
from bot.locale.moderators import QUEUE_COMMANDS
from bot.messages.lanes import Lane
from bot.messages.languages import JobLanguages
from bot.messages.ports import MessageKey, Posted
from domain.errors import LimnerError, SurfaceRefused
from domain.illustrations import FOR_MODERATORS, DeliveryKind
from domain.requests import Destination
from domain.team import JobMessage, MessageKind, Preferences
from domain.translation.messages import gettext
from jobs.admission.requests import Requester
from jobs.common.ports import NoRoom
from jobs.common.views import JobView
from jobs.services.jobs import JobService
from jobs.services.team import TeamService

log = structlog.get_logger(__name__)

REMEMBERED: Final = 2_000
"""Channels of people's own messages."""
HISTORY_COMMAND: Final = discord_command("job.history")
_TO_EACH: Final = frozenset({DeliveryKind.APPEAL, DeliveryKind.REPORT})
"""The deliveries that each moderator gets in a direct message where there is no review channel."""


class DiscordChat:
    """Discord's operations on messages about jobs; fits ``bot.messages.ports.Chat``."""

    def __init__(
        self,
        *,
        client: discord.Client,
        messages: Messages,
        uploads: Uploads,
        private: PrivateAnswers,
        job_service: JobService,
        team: TeamService,
    ) -> None:
        self._client = client
        self._messages = messages
        self._uploads = uploads
        self._private = private
        self._finder = MessageFinder(messages, job_service)
        self._team = team
        self._traffic = Traffic()
        self._forms = KnownForms()
        self.languages = JobLanguages(team)
        self._homes: OrderedDict[str, None] = OrderedDict()

    @property
    def name(self) -> str:
        """The platform's name in destinations."""
        return SURFACE

    @property
    def title(self) -> str:
        """The platform's display name."""
        return "Discord"

    @property
    def answers_in_place(self) -> bool:
        """A command is acknowledged by a message that says "thinking"."""
        return True

    def command(self, job_id: str) -> str:
        """The command that shows a job."""
        del job_id
        return HISTORY_COMMAND

    def receipt(self, posted: Posted) -> str:
        """Channel and message."""
        return f"{posted.channel}/{posted.message}"

    async def turn(self, view: JobView, place: Destination, lane: Lane) -> None:
        """Nothing to wait for: discord.py keeps the pace, and results take turns in :meth:`post`
        and :meth:`edit`."""

    def try_turn(self, view: JobView, place: Destination) -> bool:
        """Whether a message that can be left out may be made there."""
        del view
        return self._traffic.has_room(str(channel_of(place)))

    def has_room(self, channel: str) -> bool:
        """Whether progress may be shown there now."""
        return self._traffic.has_room(channel)

    async def post(self, view: JobView, place: Destination, card: Card, mark: MessageKey) -> Posted:
        """Make a message."""
        channel_id = channel_of(place)
        await self._check_server(view, place)
        nonce = mark.delivery_id or f"{mark.job_id}:live"
        if mark.kind in _TO_EACH:
            nonce += f":{channel_id}"  # each moderator gets one
        if mark.delivery_id is None:
            build = await self.builder(view, str(channel_id), card, mark)
            message = await self._messages.post(channel_id, build, nonce=nonce)
        else:
            async with self._traffic.result(str(channel_id)):
                build = await self.builder(view, str(channel_id), card, mark)
                message = await self._messages.post(channel_id, build, nonce=nonce)
            if mark.kind is DeliveryKind.RESULT:
                await self._publish(view, channel_id, message.id)
        return where_posted(message, channel_id, place.thread)

    async def edit(
        self, view: JobView, message: JobMessage, card: Card, mark: MessageKey, lane: Lane
    ) -> Posted | None:
        """Bring a message up to date; None where it is gone. Raises ``NoRoom``."""
        async with self._turn(message.channel, lane):
            build = await self.builder(view, message.channel, card, mark)
            if self._is_answer(view, message):
                there = await self._private.write(view.job.id, build) is not None
            else:
                there = await self._messages.edit(int(message.channel), int(message.message), build)
        return Posted(message.channel, message.message, message.thread) if there else None

    async def is_live(self, view: JobView, message: JobMessage) -> bool:
        """Whether a job's message still shows how the job stands. Raises ``NoRoom``."""
        if self._is_answer(view, message):
            return True  # no other process can write there
        if not self._traffic.has_room(message.channel):
            raise NoRoom
        found = await self._messages.fetch(int(message.channel), int(message.message))
        return bool(found and Button(ButtonAction.CANCEL, view.job.id).code in codes(found))

    async def open_thread(self, view: JobView, posted: Posted) -> str | None:
        """A thread on the job's message, where the channel wants one. Raises ``NoThread``."""
        request = view.job.request
        here = posted.channel == request.routing.destination.channel
        if request.routing.destination.thread or self.is_hidden(view) or not here:
            return None
        if not (await self._preferences(view)).threads:
            return None
        thread = await self._messages.thread(
            int(posted.channel), int(posted.message), request.prompt
        )
        return str(thread)

    async def discard(self, view: JobView, message: JobMessage) -> None:
        """Remove a message of a job."""
        del view
        await self._messages.remove(int(message.channel), int(message.message))

    async def look_up(self, view: JobView, place: Destination, mark: MessageKey) -> Posted | None:
        """The message of a job, and where ``mark`` names a delivery one that holds its content: the
        kept ones first, then messages there since the job began, and in the requester's own
        messages."""
        for kept in view.messages:
            if kept.surface != SURFACE or self._is_answer(view, kept):
                continue
            if await self._finder.kept(kept, mark):
                return Posted(kept.channel, kept.message, kept.thread)
        found = await self._finder.searched(view, str(channel_of(place)), place.thread, mark)
        may_be_home = mark.delivery_id is not None and mark.kind not in FOR_MODERATORS
        if found is None and may_be_home and view.job.request.origin.shadow_of is None:
            try:
                home = await self.home(view)
            except SurfaceRefused:
                log.info("no_direct_messages", job_id=view.job.id)
            else:
                found = await self._finder.searched(view, home.channel, None, mark)
        return found

    async def send_privately(self, view: JobView, card: Card) -> None:
        """Send something to the requester, in their own messages."""
        home = await self.home(view)

        async def post(form: Card) -> None:
            build = await self.builder(view, home.channel, form)
            await self._messages.post(int(home.channel), build, nonce=f"{view.job.id}:told")

        await self._forms.show(card, post)

    async def notify(self, view: JobView, result: Posted, card: NoteCard) -> None:
        """Reply to a result with a mention of the requester."""
        frame = Frame(language=await self.languages.of(view))
        build = self._uploads.builder(view.job.workspace_id, card, frame)
        await self._messages.post(
            int(result.channel),
            build,
            nonce=f"{view.job.id}:ready",
            reply_to=int(result.message),
        )

    async def home(self, view: JobView) -> Destination:
        """The requester's own messages with Limner."""
        return await self._home_of(view.job.request.origin.member_id)

    async def moderators(self, view: JobView) -> Sequence[Destination]:
        """The own messages of people who may approve: of the roles that are set, or who may manage
        messages, and of the server's owner."""
        guild = self._guild(view)
        if guild is None:
            return ()
        groups = (await self._preferences(view)).moderator_groups or ()
        homes: list[Destination] = []
        for member_id in moderators_of(guild, groups):
            try:
                homes.append(await self._home_of(str(member_id)))
            except SurfaceRefused as error:
                log.info("no_direct_messages", member_id=member_id, error=str(error))
        return homes

    def is_private(self, view: JobView, place: Destination) -> bool:
        """Whether only the requester reads there."""
        del place
        return guild_of(view.job.workspace_id) is None and not self.is_hidden(view)

    def is_hidden(self, view: JobView) -> bool:
        """Whether the job's message is an answer that only one person sees."""
        return view.job.request.routing.private

    async def builder(
        self, view: JobView, channel: str, card: Card, mark: MessageKey | None = None
    ) -> Build:
        """Makes the message of a job's card, in the language that holds where it is shown. Outside
        of its server it has no buttons: nothing of a server is done elsewhere."""
        hint = None
        if self._is_outside(view, channel):
            queued = mark is not None and mark.kind in _TO_EACH
            command = QUEUE_COMMANDS[SURFACE] if queued else HISTORY_COMMAND
            hint, card = self.whence(view.job.workspace_id, command), without_buttons(card)
        says_job = not isinstance(card, ErrorCard | NoteCard)
        frame = Frame(
            language=await self.languages.of(view),
            hint=hint,
            mark=None if says_job else view.job.id,
        )
        return self._uploads.builder(view.job.workspace_id, card, frame)

    def whence(self, workspace_id: str, command: str) -> str | None:
        """From which server something in a person's own messages comes, and where it is found."""
        guild_id = guild_of(workspace_id)
        guild = self._client.get_guild(guild_id) if guild_id is not None else None
        if guild is None:
            return None
        return gettext(
            "From {server}. You can also find it there with {command}.",
            server=guild.name,
            command=command,
        )

    def _guild(self, view: JobView) -> discord.Guild | None:
        guild_id = guild_of(view.job.workspace_id)
        return self._client.get_guild(guild_id) if guild_id is not None else None

    def _is_answer(self, view: JobView, message: JobMessage) -> bool:
        """Whether a message is the answer that only one person sees, written by its token."""
        return self.is_hidden(view) and message.kind is MessageKind.LIVE

    def _turn(self, channel: str, lane: Lane) -> AbstractAsyncContextManager[None]:
        if lane is Lane.PROGRESS:
            return self._traffic.progress(channel)
        return self._traffic.result(channel)

    async def _home_of(self, member_id: str) -> Destination:
        channel = str(await self._messages.direct(member_id))
        self._homes[channel] = None
        self._homes.move_to_end(channel)
        while len(self._homes) > REMEMBERED:
            self._homes.popitem(last=False)
        return Destination(SURFACE, channel)

    async def _publish(self, view: JobView, channel_id: int, message_id: int) -> None:
        """Publish a story of the news desk that was posted into an announcement channel."""
        request, channel = view.job.request, self._client.get_channel(channel_id)
        story = request.origin.story_id is not None and not request.routing.live
        if not story or not isinstance(channel, discord.TextChannel) or not channel.is_news():
            return
        try:
            await self._messages.publish(channel_id, message_id)
        except LimnerError as error:  # the story stands in the channel all the same
            log.warning("story_not_published", job_id=view.job.id, error=str(error))

    async def _check_server(self, view: JobView, place: Destination) -> None:
        """See that a place where a job was not asked for is in the job's server, or a person's own
        messages. Raises ``NoAccess``."""
        here = view.job.request.routing.destination.channel
        if place.channel == here or place.channel in self._homes:
            return
        if await self._messages.guild_of(channel_of(place)) != guild_of(view.job.workspace_id):
            raise NoAccess(gettext("the review channel isn't on this server"))

    def _is_outside(self, view: JobView, channel: str) -> bool:
        """Whether a channel is a person's own messages although the job belongs to a server."""
        request = view.job.request
        inside = {request.routing.destination.channel, request.routing.destination.thread}
        if guild_of(view.job.workspace_id) is None or channel in inside:
            return False
        known = self._client.get_channel(int(channel))
        return channel in self._homes or getattr(known, "guild", None) is None

    async def _preferences(self, view: JobView) -> Preferences:
        request = view.job.request
        requester = Requester(
            request.origin.workspace_id, request.origin.member_id, request.routing.destination
        )
        return await self._team.preferences(requester)


def without_buttons(card: Card) -> Card:
    """The card for a place where nothing of its server is done."""
    match card:
        case StatusCard() | ResultCard() | ErrorCard() | NoteCard() | PicturesCard():
            return replace(card, buttons=())
        case _:
            return card
