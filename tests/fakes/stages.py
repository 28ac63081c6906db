"""Chat platforms as the contract of a message's life needs them: a place where jobs are asked for,
what people see there, and what can go wrong. A new platform joins with a stage of its own."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum, auto
from pathlib import Path
from typing import Any, cast

from sqlalchemy import delete

from bot.cards.models import Card, PicturesCard, ResultCard, ReviewCard
from bot.messages.lifecycle import JobMessages
from bot.messages.ports import Chat
from bot.refusals import MessageRefused, PlaceRefused
from domain.errors import LimnerError
from domain.illustrations import Delivery, DeliveryKind
from domain.requests import Destination, JobStatus
from evaluation.peers.discord_rules import Object, objects
from evaluation.peers.discord_server import Fault, discord_peer
from evaluation.peers.discord_world import EPHEMERAL, GENERAL, GUILD, REVIEW, said_in
from evaluation.peers.slack_api import DROP
from evaluation.peers.slack_team import Message
from jobs.admission.requests import Requester
from jobs.common.tasks import delivery_id
from jobs.common.views import JobView
from storage.rows import JobMessageRow
from tests.fakes.chat import ChatWorld, MemoryChat, home_of
from tests.fakes.discord_line import Line, a_line
from tests.fakes.job_service import Office, an_office
from tests.fakes.slack_stage import Stage as SlackTeam
from tests.fakes.slack_stage import a_stage
from tests.fakes.web import picture

PROMPT = "a zebra"
"""No sentence of Limner's own holds this word."""


class Readers(Enum):
    """Who reads what stands somewhere."""

    CHANNEL = auto()
    """All readers of the channel where jobs are requested."""
    ASKER = auto()
    """The requester alone."""
    REVIEW = auto()
    """The review channel."""
    MODERATOR = auto()
    """A moderator, alone."""


class Refusing(Enum):
    """What a platform does not take."""

    LINKS = auto()
    WORDS = auto()
    """Any that the requester wrote."""
    PICTURES = auto()
    PICTURES_IN_CHANNEL = auto()
    CHANNEL = auto()
    """Nothing can be written in the channel."""
    EVERYTHING = auto()


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as its readers see it."""

    readers: Readers
    text: str
    pictures: int


@dataclass
class LifeStage(ABC):
    """A platform with one channel, one person who asks, and a review channel."""

    office: Office
    requester: Requester
    review: Destination

    @property
    @abstractmethod
    def chat(self) -> Chat:
        """What the platform can do, as one process of Limner has it."""

    @abstractmethod
    def seen(self) -> list[Seen]:
        """Every message of Limner's, wherever it stands."""

    @abstractmethod
    def refuse(self, what: Refusing) -> None:
        """Refuse that from now on."""

    @abstractmethod
    def lose_answers(self) -> None:
        """Let the next write get through although its writer gets an error."""

    @abstractmethod
    def answer_again(self) -> None:
        """Lose no answer any more."""

    @abstractmethod
    def make_old(self) -> None:
        """Let no message be edited from now on."""

    @abstractmethod
    def clear_channel(self) -> None:
        """A user deletes all messages in the channel."""

    @abstractmethod
    async def ask_privately(self) -> str:
        """Request a private picture, as people do there; gives the job."""

    def process(self) -> JobMessages:
        """The messages of jobs, as one more process has them."""
        office = self.office
        return JobMessages(chat=self.chat, job_service=office.job_service, team=office.team)

    async def ask(self) -> JobView:
        """Ask for a picture; the job has no message yet."""
        commands = self.office.commands(self.requester)
        reply = await commands.imagine(PROMPT, event_key="e1", options={})
        assert reply.job_id is not None
        return await self.view(reply.job_id)

    async def view(self, job_id: str) -> JobView:
        """Everything known about a job."""
        return await self.office.job_service.view(self.requester.workspace_id, job_id)

    async def become(self, job_id: str, status: JobStatus, **parts: Any) -> JobView:
        """Bring a job into a state."""
        async with self.office.store.workspace(self.requester.workspace_id) as unit:
            await unit.jobs.save(replace(await unit.jobs.get(job_id), status=status, **parts))
        return await self.view(job_id)

    async def draw(self, job_id: str) -> None:
        """Let a job be rendered."""
        sha256 = await self.office.blobs.put(self.requester.workspace_id, picture(7, kind="PNG"))
        await self.office.researched(job_id)
        await self.office.finished(job_id, sha256=sha256)
        await self.become(job_id, JobStatus.DELIVERING)

    async def delivery(
        self, job_id: str, kind: DeliveryKind = DeliveryKind.RESULT, to: Destination | None = None
    ) -> Delivery:
        """What is to be delivered of a job; it stands in the outbox."""
        job = (await self.view(job_id)).job
        found = Delivery(
            delivery_id(job_id, kind),
            job.workspace_id,
            job_id,
            kind,
            to or job.request.routing.destination,
            claimed_at=job.created_at,
        )
        async with self.office.store.workspace(job.workspace_id) as unit:
            await unit.deliveries.add(found)
        return found

    async def forget_messages(self) -> None:
        """As if the processes that made messages had died before they could say so."""
        async with self.office.engine.begin() as connection:
            await connection.execute(delete(JobMessageRow))

    def expire_claims(self) -> None:
        """Let every claim of a message be that of a process long dead."""
        team: Any = self.office.team
        claim = team.claim_message

        async def claim_at_once(workspace_id: str, job_id: str) -> int | None:
            return cast("int | None", await claim(workspace_id, job_id, patience=timedelta(0)))

        team.claim_message = claim_at_once


def _refuses(what: Refusing, *, in_channel: bool, text: str, pictures: int) -> bool:
    match what:
        case Refusing.LINKS:
            return "://" in text
        case Refusing.WORDS:
            return "zebra" in text
        case Refusing.PICTURES:
            return pictures > 0
        case Refusing.PICTURES_IN_CHANNEL:
            return in_channel and pictures > 0
        case Refusing.CHANNEL:
            return in_channel
        case Refusing.EVERYTHING:
            return True


ABOUT_PLACE = frozenset({Refusing.CHANNEL, Refusing.EVERYTHING})
"""What is refused for where it is, and not for what it says."""


@dataclass
class MemoryStage(LifeStage):
    """The chat in memory."""

    world: ChatWorld

    @property
    def chat(self) -> Chat:
        """A process of its own, with nothing remembered."""
        return MemoryChat(self.world)

    def seen(self) -> list[Seen]:
        """Every message, in words."""
        readers = {
            "c1": Readers.CHANNEL,
            "review": Readers.REVIEW,
            home_of("ann"): Readers.ASKER,
            home_of("mod"): Readers.MODERATOR,
        }
        return [
            Seen(readers[channel], repr(cards[-1]), _pictures(cards[-1]))
            for (channel, _message), cards in self.world.messages.items()
        ]

    def refuse(self, what: Refusing) -> None:
        """Refuse that from now on."""
        kind = PlaceRefused if what in ABOUT_PLACE else MessageRefused

        def rule(channel: str, card: Card) -> LimnerError | None:
            in_channel = channel == "c1"
            found = _refuses(what, in_channel=in_channel, text=repr(card), pictures=_pictures(card))
            return kind("The chat", "it does not take that") if found else None

        self.world.rules.append(rule)

    def lose_answers(self) -> None:
        """Lose the next answer."""
        self.world.lost = 1

    def answer_again(self) -> None:
        """Lose none."""
        self.world.lost = 0

    def make_old(self) -> None:
        """Take no edits."""
        self.world.too_old = True

    def clear_channel(self) -> None:
        """Delete what stands in the channel."""
        for channel, message in list(self.world.messages):
            if channel == "c1":
                del self.world.messages[channel, message]

    async def ask_privately(self) -> str:
        """In the requester's own place."""
        home = replace(self.requester, destination=Destination("chat", home_of("ann")))
        reply = await self.office.commands(home).imagine(
            PROMPT, event_key="e1", options={"private": "yes"}
        )
        assert reply.job_id is not None
        await self.process().begin(self.requester.workspace_id, reply.job_id)
        return reply.job_id


def _pictures(card: Card) -> int:
    match card:
        case ResultCard() | PicturesCard():
            return len(card.pictures)
        case ReviewCard():
            return len(card.result.pictures)
        case _:
            return 0


@asynccontextmanager
async def a_memory_stage(folder: Path) -> AsyncGenerator[LifeStage]:
    """The chat in memory."""
    async with an_office(folder, workspace="chat:1") as office:
        requester = Requester("chat:1", "ann", Destination("chat", "c1"))
        world = ChatWorld(moderators=["mod"])
        yield MemoryStage(office, requester, Destination("chat", "review"), world)


@dataclass
class DiscordStage(LifeStage):
    """Discord on loopback: general, a review channel, and a server's owner."""

    line: Line

    @property
    def chat(self) -> Chat:
        """That of the process that is connected."""
        return cast("Chat", cast("Any", self.line.surface)._chat)

    def seen(self) -> list[Seen]:
        """Every message of Limner's."""
        readers = {
            GENERAL: Readers.CHANNEL,
            REVIEW: Readers.REVIEW,
            10_042: Readers.ASKER,
            10_001: Readers.MODERATOR,
        }
        return [
            Seen(
                Readers.ASKER
                if message["flags"] & EPHEMERAL
                else readers[int(message["channel_id"])],
                said_in(message).replace("\\", "") + str(message["components"]),
                len(message["attachments"]),
            )
            for message in self.line.peer.world.every()
        ]

    def refuse(self, what: Refusing) -> None:
        """Refuse that from now on."""
        names = {Refusing.LINKS: "links", Refusing.WORDS: "automod"}
        name = "permissions" if what in ABOUT_PLACE else names.get(what, "new")

        def rule(_verb: str, channel_id: int, body: Object) -> bool:
            files = objects(body, "attachments")
            return _refuses(
                what, in_channel=channel_id == GENERAL, text=said_in(body), pictures=len(files)
            )

        self.line.peer.world.rules.append((rule, name))

    def lose_answers(self) -> None:
        """Answer the next writing with a trouble of Discord's own."""
        path = r"/channels/\d+/messages(/\d+)?"
        self.line.peer.faults += [Fault(verb, path, 503, after=True) for verb in ("POST", "PATCH")]

    def answer_again(self) -> None:
        """No trouble any more."""
        self.line.peer.faults.clear()

    def make_old(self) -> None:
        """Every message was edited too often."""
        self.line.peer.world.rules.append((lambda verb, _channel, _body: verb == "PATCH", "edits"))

    def clear_channel(self) -> None:
        """Delete what stands in the channel."""
        self.line.peer.world.messages[GENERAL].clear()

    async def ask_privately(self) -> str:
        """With the command's option."""
        _token, job_id = await self.line.asked(prompt=PROMPT, private=True)
        return job_id


@asynccontextmanager
async def a_discord_stage(folder: Path) -> AsyncGenerator[LifeStage]:
    """Discord on loopback."""
    workspace = f"discord:{GUILD}"
    async with discord_peer() as peer, an_office(folder, workspace=workspace) as office:
        async with a_line(peer, office) as line:
            requester = Requester(workspace, "42", Destination("discord", str(GENERAL)))
            yield DiscordStage(office, requester, Destination("discord", str(REVIEW)), line)
        assert peer.problems == []


@dataclass
class SlackStage(LifeStage):
    """Slack on loopback: a channel, a review channel, and an admin."""

    team: SlackTeam

    @property
    def chat(self) -> Chat:
        """That of the process that is connected."""
        return cast("Chat", cast("Any", self.team.surface)._chat)

    def seen(self) -> list[Seen]:
        """Every message of Limner's, and what was whispered."""
        readers = {
            "C0001": Readers.CHANNEL,
            "G0REVIEW": Readers.REVIEW,
            "DU0ANN": Readers.ASKER,
            "DU0ADA": Readers.MODERATOR,
        }
        found = [
            (readers[channel.id], message)
            for channel in self.team.fake.team.channels.values()
            for message in channel.messages.values()
        ]
        found += [
            (Readers.ASKER, message)
            for who, _where, message in self.team.fake.team.whispers
            if who == "U0ANN"
        ]
        return [Seen(readers, _said(message), len(message.pictures)) for readers, message in found]

    def refuse(self, what: Refusing) -> None:
        """Refuse that from now on."""
        codes = {Refusing.CHANNEL: "not_in_channel", Refusing.EVERYTHING: "restricted_action"}

        def rule(method: str, arguments: dict[str, Any]) -> bool:
            if not method.startswith("chat.") or method == "chat.delete":
                return False
            text = f"{arguments.get('text', '')} {arguments.get('blocks', '')}"
            in_channel = arguments.get("channel") == "C0001"
            return _refuses(
                what, in_channel=in_channel, text=text, pictures=text.count("slack_file")
            )

        self.team.fake.rules.append((rule, codes.get(what, "invalid_blocks")))

    def lose_answers(self) -> None:
        """End the connection before the answer."""
        for method in ("chat.update", "chat.postMessage"):
            self.team.fake.mishaps[method].append(DROP)

    def answer_again(self) -> None:
        """Let connections live."""
        self.team.fake.mishaps.clear()

    def make_old(self) -> None:
        """Take no edits."""
        rule: Callable[[str, dict[str, Any]], bool] = lambda method, _a: method == "chat.update"  # noqa: E731
        self.team.fake.rules.append((rule, "edit_window_closed"))

    def clear_channel(self) -> None:
        """Delete what stands in the channel."""
        self.team.channel.messages.clear()

    async def ask_privately(self) -> str:
        """With the command's option."""
        await self.team.fake.slash(f"{PROMPT} --private")
        [job] = await self.team.jobs()
        return job.id


def _said(message: Message) -> str:
    return f"{message.said} {re.sub(r'[{}]', ' ', str(message.blocks))}"


@asynccontextmanager
async def a_slack_stage(folder: Path) -> AsyncGenerator[LifeStage]:
    """Slack on loopback."""
    async with a_stage(folder) as team:
        team.fake.team.users["U0ADA"] = {"is_admin": True}
        team.fake.team.channel("G0REVIEW", private=True)
        requester = Requester(team.office.workspace, "U0ANN", Destination("slack", "C0001"))
        yield SlackStage(team.office, requester, Destination("slack", "G0REVIEW"), team)


Opener = Callable[[Path], AbstractAsyncContextManager[LifeStage]]
STAGES: Mapping[str, Opener] = {
    "memory": a_memory_stage,
    "discord": a_discord_stage,
    "slack": a_slack_stage,
}


def where(seen: Sequence[Seen], readers: Readers) -> list[Seen]:
    """What those readers see."""
    return [message for message in seen if message.readers is readers]
