"""The message that lives through a job: made or found, kept, brought up to date, and finished.

It is the answer to the command, or a message of Limner's own. Whatever a crash leaves behind is
found by the job's id, which every message of a job says.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import discord
import structlog

from bot.buttons import Button, ButtonAction
from bot.cards import builders
from bot.cards.models import Card, ErrorCard, NoteCard
from bot.commands.ports import Services
from bot.discord.client.ephemeral import PrivateAnswers
from bot.discord.client.messages import Messages, belongs, codes
from bot.discord.client.requesters import SURFACE, channel_of
from bot.discord.client.traffic import Traffic
from bot.discord.client.uploads import Build, Uploads
from bot.discord.view.render import Frame
from bot.messages.throttle import LiveMessages
from bot.refusals import PlaceRefused
from bot.text import plain
from domain.errors import SurfaceRefused
from domain.requests import JobStatus, Request
from domain.team import JobMessage, MessageKind, Preferences
from jobs.admission.requests import Requester
from jobs.common.views import JobView

log = structlog.get_logger(__name__)

GRACE_S = 5.0
"""How long a new job's message is waited for: whoever took the command is about to keep it."""
LOOK_S = 0.2
BACK = timedelta(minutes=2)
"""How much earlier than a job its message may be, and clocks apart."""
SHOWN = frozenset(
    {
        JobStatus.QUEUED,
        JobStatus.RESEARCHING,
        JobStatus.CHOOSING,
        JobStatus.RENDERING,
        JobStatus.REVIEWING,
        JobStatus.CANCELLED,
    }
)
"""What the message shows by itself; results and failures are deliveries."""
LANGUAGES_REMEMBERED = 2_000
FOR_PEOPLE = frozenset({JobStatus.CHOOSING, JobStatus.REVIEWING, JobStatus.CANCELLED})
"""What is no mere progress: people wait for it, or have to do something."""


@dataclass(frozen=True, slots=True)
class MessageServices:
    """What messages are made of and sent with."""

    services: Services
    messages: Messages
    uploads: Uploads
    live: LiveMessages
    private: PrivateAnswers
    traffic: Traffic = field(default_factory=Traffic)


class JobLife:
    """Makes, finds and writes the messages of jobs."""

    def __init__(
        self, voice: MessageServices, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._services = voice.services
        self._messages = voice.messages
        self._uploads = voice.uploads
        self._live = voice.live
        self._private = voice.private
        self._traffic = voice.traffic
        self._sleep = sleep
        self._languages: OrderedDict[str, str | None] = OrderedDict()
        self._own_languages: OrderedDict[str, str] = OrderedDict()

    async def adopt(self, view: JobView, channel_id: int, message_id: int) -> None:
        """Keep a message as that of a job, and give it a thread where the channel wants one.

        Raises:
            NoThread: The message is kept, but no thread can be opened.
        """
        request = view.job.request
        await self.keep(view, channel_id, message_id, thread=request.destination.thread)
        if request.destination.thread or request.private:
            return
        if (await self._preferences(request)).threads:
            thread = await self._messages.thread(channel_id, message_id, request.prompt)
            await self.keep(view, channel_id, message_id, thread=str(thread))

    async def keep(
        self,
        view: JobView,
        channel_id: int,
        message_id: int,
        *,
        kind: MessageKind = MessageKind.LIVE,
        thread: str | None = None,
    ) -> None:
        """Note that a message belongs to a job, and perhaps a thread with it."""
        message = JobMessage(
            SURFACE,
            str(channel_id),
            str(message_id),
            view.job.id,
            kind,
            datetime.now(UTC),
            open=kind is MessageKind.LIVE,
            thread=thread,
        )
        await self._services.team.keep_message(view.job.workspace_id, message)
        if kind is MessageKind.LIVE:
            self._live.note_begun(view, message)

    async def open(self, view: JobView) -> bool:
        """Find or send the message of a job that has none; False where there can be none."""
        if view.job.request.private:
            return False
        try:
            await self._open(view)
        except SurfaceRefused as error:
            log.warning("message_refused", job_id=view.job.id, error=str(error))
            return False
        return True

    async def show(self, view: JobView) -> bool:
        """Bring the message of a job up to date; False when it is gone. Raises ``NoRoom``."""
        await self._show_again(view)
        if view.job.status not in SHOWN:
            return True
        kept = live_message(view)
        if kept is None:
            return await self.open(view)
        if view.job.status in FOR_PEOPLE:
            async with self._traffic.result(kept.channel):
                return await self._show(view, kept)
        with self._traffic.progress(kept.channel):
            return await self._show(view, kept)

    async def pause(self, view: JobView) -> None:
        """Say on a job's message that it is paused, from what is known without any storage. Another
        process may have written the result there meanwhile: then it stays. Raises ``NoRoom``."""
        kept = live_message(view)
        if kept is None:
            return
        channel_id, message_id = int(kept.channel), int(kept.message)
        with self._traffic.progress(kept.channel):
            async with self._live.showing(view.job.id) as may:
                if not may:
                    return
                frame = Frame(language=self._language_when_paused(view.job.id))
                card = builders.job_card(view)
                build = self._uploads.builder(view.job.workspace_id, card, frame)
                if view.job.request.private:
                    await self._private.write(view.job.id, build)
                    return
                message = await self._messages.fetch(channel_id, message_id)
                if message and Button(ButtonAction.CANCEL, view.job.id).code in codes(message):
                    await self._messages.edit(channel_id, message_id, build)

    async def _show_again(self, view: JobView) -> None:
        """Bring the other messages of a job up to date whose words were changed."""
        for message in view.messages:
            if message.surface != SURFACE or not message.open or message.kind is MessageKind.LIVE:
                continue
            review = message.kind is MessageKind.REVIEW
            card = builders.review_card(view) if review else builders.card_of(view)
            build = await self.builder(view, card)
            try:
                await self._messages.edit(int(message.channel), int(message.message), build)
            except SurfaceRefused as error:
                log.warning("message_refused", job_id=view.job.id, error=str(error))

    async def _show(self, view: JobView, kept: JobMessage) -> bool:
        async with self._live.showing(view.job.id) as may:
            if not may:
                return True
            build = await self.builder(view, builders.card_of(view))
            try:
                if view.job.request.private:
                    return await self._private.write(view.job.id, build) is not None
                return await self._messages.edit(int(kept.channel), int(kept.message), build)
            except PlaceRefused as error:
                log.warning("message_refused", job_id=view.job.id, error=str(error))
                return False
            except SurfaceRefused as error:  # progress is left out; the result has other ways
                log.warning("message_refused", job_id=view.job.id, error=str(error))
                return True

    async def settled(self, view: JobView) -> JobView:
        """The job once its message is kept, if it has one, or the time for that is over."""
        workspace_id, job = view.job.workspace_id, view.job
        until = job.created_at + timedelta(seconds=GRACE_S)
        while job.request.live and live_message(view) is None and datetime.now(UTC) < until:
            await self._sleep(LOOK_S)
            view = await self._services.jobs.view(workspace_id, job.id)
        return view

    async def place_of(self, view: JobView) -> tuple[int, int] | None:
        """Channel and id of a job's message, also of one that was written but never kept; None
        where there is none, as for jobs that show nothing before their result."""
        if not view.job.request.live:
            return None
        kept = live_message(view)
        if kept is not None:
            return int(kept.channel), int(kept.message)
        try:
            found = await self._earlier(view)
        except SurfaceRefused:
            return None
        if found is None:
            return None
        thread = view.job.request.destination.thread
        await self.keep(view, found.channel.id, found.id, thread=thread)
        return found.channel.id, found.id

    async def _earlier(self, view: JobView) -> discord.Message | None:
        """A message that says the job's id although nobody kept it; a command's answer that still
        says "thinking" is removed, since only the dead process could have gone on with it."""
        job = view.job
        thinking: list[discord.Message] = []

        def ours(message: discord.Message) -> bool:
            if message.flags.loading:
                thinking.append(message)
                return False
            return belongs(message, job.id)

        channel_id, since = channel_of(job.request.destination), job.created_at - BACK
        found = await self._messages.find(channel_id, ours, since=since)
        for message in thinking:
            asked = message.interaction_metadata
            begun = asked and await self._services.jobs.job_of_event(
                job.workspace_id, event_key(asked.id)
            )
            if begun and begun.id == job.id:
                await self._messages.remove(channel_id, message.id)
        return found

    async def builder(self, view: JobView, card: Card, *, hint: str | None = None) -> Build:
        """Makes the message of a job's card, in the language that holds where it is shown."""
        language = await self._language(view)
        if view.paused:
            language = self._language_when_paused(view.job.id)
        frame = Frame(language=language, hint=hint)
        if isinstance(card, ErrorCard):
            frame = replace(frame, mark=view.job.id, title=plain(view.job.request.prompt))
        elif isinstance(card, NoteCard):
            frame = replace(frame, mark=view.job.id)
        return self._uploads.builder(view.job.workspace_id, card, frame)

    async def _open(self, view: JobView) -> None:
        message = await self._earlier(view)
        if message is None:
            async with self._live.showing(view.job.id) as may:
                if not may:
                    return
                build = await self.builder(view, builders.card_of(view))
                channel_id = channel_of(view.job.request.destination)
                message = await self._messages.post(channel_id, build, nonce=f"{view.job.id}:live")
        await self.adopt(view, message.channel.id, message.id)

    async def _preferences(self, request: Request) -> Preferences:
        requester = Requester(request.workspace_id, request.member_id, request.destination)
        return await self._services.team.preferences(requester)

    async def _language(self, view: JobView) -> str | None:
        """The language that was set for whoever asked; looked up once for each job."""
        job_id = view.job.id
        if job_id not in self._languages:
            self._languages[job_id] = (await self._preferences(view.job.request)).language
            while len(self._languages) > LANGUAGES_REMEMBERED:
                self._languages.popitem(last=False)
        return self._languages[job_id]

    def note_language(self, job_id: str, language: str) -> None:
        """Remember which language whoever asked for a job uses on Discord."""
        self._own_languages[job_id] = language
        while len(self._own_languages) > LANGUAGES_REMEMBERED:
            self._own_languages.popitem(last=False)

    def _language_when_paused(self, job_id: str) -> str | None:
        """The language in which to say that storage is out of reach: as it was set, or their own,
        as far as it is known without storage."""
        return self._languages.get(job_id) or self._own_languages.get(job_id)


def live_message(view: JobView) -> JobMessage | None:
    """The message that lives through a job, the newest where there are several."""
    ours = [m for m in view.messages if m.surface == SURFACE and m.kind is not MessageKind.REVIEW]
    return ours[-1] if ours else None


def event_key(event_id: int) -> str:
    """The key of a job that an interaction or a message asked for."""
    return f"{SURFACE}:{event_id}"
