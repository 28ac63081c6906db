"""A chat platform in memory: messages are the cards that they carry, and every process that is
connected to it writes them through the same ``JobMessages`` as on Discord and Slack."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from app.wiring import Application
from bot.cards.models import Card, NoteCard
from bot.cards.simplified import KnownForms
from bot.messages.lanes import Lane
from bot.messages.lifecycle import JobMessages
from bot.messages.ports import MessageKey, Posted
from domain.errors import LimnerError, SurfaceUnavailable
from domain.illustrations import Delivery
from domain.news import Notice
from domain.requests import Destination
from domain.team import JobMessage
from jobs.admission.requests import Requester
from jobs.common.views import JobView

Refuses = Callable[[str, Card], LimnerError | None]
"""What a place answers to a card, where it does not take it."""


@dataclass
class ChatWorld:
    """What stands in the chat, by channel and id, with every card that each message has shown."""

    name: str = "chat"
    messages: dict[tuple[str, str], list[Card]] = field(
        default_factory=dict[tuple[str, str], list[Card]]
    )
    carried: dict[tuple[str, str], MessageKey] = field(
        default_factory=dict[tuple[str, str], MessageKey]
    )
    """What each message carries unseen."""
    moderators: list[str] = field(default_factory=list[str])
    rules: list[Refuses] = field(default_factory=list[Refuses])
    lost: int = 0
    """How many of the next writes get through although the writer gets an error."""
    too_old: bool = False
    """Whether no message can be edited any more."""
    made: int = 0

    def write(self, channel: str, message: str, card: Card, mark: MessageKey) -> None:
        """Show a card. Raises what the rules say, or that the answer was lost."""
        for rule in self.rules:
            if (error := rule(channel, card)) is not None:
                raise error
        key = (channel, message)
        self.messages.setdefault(key, []).append(card)
        self.carried[key] = mark
        if self.lost:
            self.lost -= 1
            raise SurfaceUnavailable(self.name, "the answer was lost")

    def of_job(self, job_id: str) -> dict[tuple[str, str], Card]:
        """What each message of a job shows now."""
        return {
            key: cards[-1]
            for key, cards in self.messages.items()
            if self.carried[key].job_id == job_id
        }


def home_of(member_id: str) -> str:
    """The channel in which only that person reads."""
    return f"home-{member_id}"


class MemoryChat:
    """What one process can do in the chat; fits ``bot.messages.ports.Chat``."""

    def __init__(self, world: ChatWorld) -> None:
        self.world = world
        self._forms = KnownForms()

    @property
    def name(self) -> str:
        """How destinations call it."""
        return self.world.name

    @property
    def title(self) -> str:
        """How people call it."""
        return "The chat"

    @property
    def answers_in_place(self) -> bool:
        """Commands are answered by nothing."""
        return False

    def command(self, job_id: str) -> str:
        """The command that shows a job."""
        return f"/show {job_id}"

    def receipt(self, posted: Posted) -> str:
        """The message."""
        return posted.receipt

    async def turn(self, view: JobView, place: Destination, lane: Lane) -> None:
        """There is no pace."""

    def try_turn(self, view: JobView, place: Destination) -> bool:
        """There is no pace."""
        del view, place
        return True

    async def post(self, view: JobView, place: Destination, card: Card, mark: MessageKey) -> Posted:
        """Make a message; other processes go on meanwhile."""
        del view
        await asyncio.sleep(0)
        self.world.made += 1
        message = f"m{self.world.made}"
        self.world.write(place.channel, message, card, mark)
        return Posted(place.channel, message, place.thread)

    async def edit(
        self, view: JobView, message: JobMessage, card: Card, mark: MessageKey, lane: Lane
    ) -> Posted | None:
        """Bring a message up to date; None where it is gone."""
        del view, lane
        await asyncio.sleep(0)
        if self.world.too_old or (message.channel, message.message) not in self.world.messages:
            return None
        self.world.write(message.channel, message.message, card, mark)
        return Posted(message.channel, message.message, message.thread)

    async def is_live(self, view: JobView, message: JobMessage) -> bool:
        """Whether no delivery stands there yet."""
        del view
        mark = self.world.carried.get((message.channel, message.message))
        return mark is not None and mark.delivery_id is None

    async def open_thread(self, view: JobView, posted: Posted) -> str | None:
        """There are no threads."""
        del view, posted
        return None

    async def discard(self, view: JobView, message: JobMessage) -> None:
        """Remove a message."""
        del view
        self.world.messages.pop((message.channel, message.message), None)

    async def look_up(self, view: JobView, place: Destination, mark: MessageKey) -> Posted | None:
        """The message that carries the mark."""
        await asyncio.sleep(0)
        places = {place.channel, home_of(view.job.request.origin.member_id)}
        for (channel, message), carried in self.world.carried.items():
            same = carried.job_id == mark.job_id and mark.delivery_id in (None, carried.delivery_id)
            if same and channel in places and (channel, message) in self.world.messages:
                return Posted(channel, message)
        return None

    async def send_privately(self, view: JobView, card: Card) -> None:
        """Show something to the requester alone."""
        home, key = await self.home(view), MessageKey(view.job.id)
        await self._forms.show(card, lambda form: self.post(view, home, form, key))

    async def notify(self, view: JobView, result: Posted, card: NoteCard) -> None:
        """Say it in the channel of the result."""
        place = Destination(self.name, result.channel)
        await self.post(view, place, card, MessageKey(view.job.id))

    async def home(self, view: JobView) -> Destination:
        """The place that only the requester reads."""
        return Destination(self.name, home_of(view.job.request.origin.member_id))

    async def moderators(self, view: JobView) -> Sequence[Destination]:
        """Where each moderator reads alone."""
        del view
        return [Destination(self.name, home_of(member)) for member in self.world.moderators]

    def is_private(self, view: JobView, place: Destination) -> bool:
        """Whether only the requester reads there."""
        return place.channel == home_of(view.job.request.origin.member_id)

    def is_hidden(self, view: JobView) -> bool:
        """What is private goes to the requester's own place."""
        del view
        return False


@dataclass
class ChatPeer:
    """The chat as a surface of one process; fits ``app.chats.ChatSurface``."""

    world: ChatWorld = field(default_factory=ChatWorld)
    notices: list[Notice] = field(default_factory=list[Notice])
    removed: list[str] = field(default_factory=list[str])
    connected: bool = False
    opened_messages: JobMessages | None = None

    @property
    def name(self) -> str:
        """How destinations call it."""
        return self.world.name

    @property
    def online(self) -> bool:
        """Whether it is connected now."""
        return self.connected

    @property
    def messages(self) -> dict[tuple[str, str], list[Card]]:
        """Every message, with all cards that it has shown."""
        return self.world.messages

    @asynccontextmanager
    async def opened(self, application: Application) -> AsyncGenerator[ChatPeer]:
        """The surface over a wired application."""
        self.opened_messages = JobMessages(
            chat=MemoryChat(self.world),
            job_service=application.job_service,
            team=application.team,
        )
        yield self

    async def member(self, workspace_id: str, team: str, member_id: str) -> Requester | None:
        """No one: users of tests sign in nowhere."""
        del workspace_id, team, member_id
        return None

    async def run(self) -> None:
        """Stay connected."""
        self.connected = True
        await asyncio.Event().wait()

    def has_room(self, workspace_id: str, channel: str, *, new: bool) -> bool:
        """There always is."""
        del workspace_id, channel, new
        return True

    async def open(self, view: JobView) -> bool:
        """Make the message of a job."""
        return await self._messages.begin(view.job.workspace_id, view.job.id)

    def begun(self, job_id: str) -> JobView | None:
        """A job as it was when its message was made."""
        return self._messages.begun(job_id)

    async def pause(self, view: JobView) -> None:
        """Say that a job is paused."""
        await self._messages.pause(view)

    async def show(self, view: JobView) -> bool:
        """Bring a job's message up to date."""
        return await self._messages.show(view)

    async def send(self, delivery: Delivery) -> str:
        """Deliver."""
        return await self._messages.send(delivery)

    async def find(self, delivery: Delivery) -> str | None:
        """Find what an earlier try delivered."""
        return await self._messages.find(delivery)

    async def notify(self, notice: Notice) -> None:
        """Send a person a notice."""
        self.notices.append(notice)

    async def remove(
        self, workspace_id: str, messages: Sequence[JobMessage], receipts: Sequence[str]
    ) -> None:
        """Delete messages."""
        del workspace_id, receipts
        self.removed += [message.message for message in messages]

    @property
    def _messages(self) -> JobMessages:
        assert self.opened_messages is not None, "the surface is not open"
        return self.opened_messages
