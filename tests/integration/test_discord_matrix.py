"""Every refusal of Discord, for every kind of message and wherever it holds: the picture arrives,
or the requester is notified. No cell of the matrix is empty."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from domain.errors import LimnerError, SurfaceRefused, SurfaceUnavailable
from domain.illustrations import DeliveryKind
from domain.news import Notice, Schedule
from domain.requests import Destination, Job, JobRef, JobStatus
from domain.team import Role
from evaluation.peers.discord_rules import Object
from evaluation.peers.discord_server import DiscordPeer
from evaluation.peers.discord_world import (
    GENERAL,
    GUILD,
    PASSING,
    REFUSALS,
    REVIEW,
    Rule,
    has_links,
    said_in,
)
from evaluation.peers.values import NOON
from jobs.admission.requests import Requester
from jobs.illustration.delivery import KEPT, DeliveryWorker
from jobs.news.settling import Settler
from storage.newsroom import SqlNewsOperations
from tests.fakes.discord_line import Line, a_line
from tests.fakes.job_service import an_office
from tests.fakes.search import MemorySteps
from tests.fakes.web import picture

WORKSPACE, HOME = f"discord:{GUILD}", 10_000 + 42
KEPT_SENTENCE: Final = "It's saved"
TIMES: Final = 2
"""How often what passes by itself is met."""


def with_links(_verb: str, channel: int, body: Object) -> bool:
    return channel != HOME and has_links("", channel, body)


def with_words(_verb: str, channel: int, body: Object) -> bool:
    return channel != HOME and ("fox" in said_in(body) or "harbour" in said_in(body).lower())


def with_pictures(_verb: str, channel: int, body: Object) -> bool:
    return channel != HOME and bool(body.get("attachments"))


def edited(verb: str, channel: int, _body: Object) -> bool:
    return channel != HOME and verb == "PATCH"


def in_the_server(_verb: str, channel: int, _body: Object) -> bool:
    return channel != HOME


def in_own_messages(_verb: str, channel: int, _body: Object) -> bool:
    return channel == HOME


PLACES: Final[dict[str, Rule]] = {
    rule.__name__: rule
    for rule in (with_links, with_words, with_pictures, edited, in_the_server, in_own_messages)
}


@dataclass
class Cell:
    """One kind of message under one refusal."""

    line: Line
    rule: Rule
    refusal: str

    def refuse(self) -> None:
        left = [None] * TIMES if self.refusal in PASSING else None

        def rule(verb: str, channel: int, body: Object) -> bool:
            if not self.rule(verb, channel, body) or left == []:
                return False
            if left:
                left.pop()
            return True

        self.line.peer.world.rules.append((rule, self.refusal))

    @property
    def home(self) -> list[Object]:
        """The messages that only the requester reads."""
        return list(self.line.peer.world.messages.get(HOME, {}).values())

    async def asked(self, name: str = "imagine", **options: object) -> str:
        """A job whose message stands there."""
        before = await self.line.office.job_service.recent(WORKSPACE, limit=1)
        token = await self.line.peer.asks(name, **options)  # type: ignore[arg-type]
        interaction = self.line.peer.world.interactions[token]
        await self.line.peer.until(lambda: interaction.message_id is not None)
        while True:
            newest = await self.line.office.job_service.recent(WORKSPACE, limit=1)
            if newest and list(newest) != list(before):
                view = await self.line.office.job_service.view(WORKSPACE, newest[0].id)
                if view.messages:
                    return newest[0].id

    async def deliver(
        self, job_id: str, kind: DeliveryKind = DeliveryKind.RESULT, to: int | None = None
    ) -> str | None:
        """Let the courier deliver; gives the receipt, None where it gave up."""
        office = self.line.office
        delivery = replace(await self.line.delivery(job_id, kind), claimed_at=None)
        if to is not None:
            delivery = replace(delivery, destination=Destination("discord", str(to)))
        async with office.store.workspace(WORKSPACE) as unit:
            await unit.deliveries.add(delivery)
        courier = DeliveryWorker(
            store=office.store,
            surfaces={"discord": self.line.surface},
            sleep=_at_once,
            place_closed=office.destinations.close_channel,
        )
        try:
            await courier.deliver(WORKSPACE, delivery.id, MemorySteps())
        except LimnerError:
            return None
        view = await office.job_service.view(WORKSPACE, job_id)
        return next(d.receipt for d in view.deliveries if d.id == delivery.id)

    def arrived(self, job_id: str, receipt: str | None, *, kept: bool = True) -> bool:
        """Whether the picture is somewhere, or a sentence that says where it waits; where nothing
        at all is taken, it waits in the history."""
        world = self.line.peer.world
        told = [m for m in world.every() if KEPT_SENTENCE in said_in(m)]
        return bool(world.carrying(job_id) or told or (kept and receipt == KEPT))


async def _at_once(_seconds: float) -> None:
    """Pauses between rounds are not waited for here."""


async def result(cell: Cell, *, count: int = 1) -> bool:
    options: dict[str, object] = {"prompt": "a fox", "count": count}
    job_id = await cell.asked("imagine", **options)
    await cell.line.finished(job_id, pictures=count)
    cell.refuse()
    return cell.arrived(job_id, await cell.deliver(job_id))


async def a_set(cell: Cell) -> bool:
    return await result(cell, count=4)


async def an_edit(cell: Cell) -> bool:
    first = await cell.asked(prompt="a fox")
    await cell.line.finished(first)
    await cell.line.status(first, JobStatus.DONE)
    job_id = await cell.asked("edit", image=first, instruction="a fox at night")
    await cell.line.finished(job_id)
    cell.refuse()
    return cell.arrived(job_id, await cell.deliver(job_id))


async def a_private_result(cell: Cell) -> bool:
    job_id = await cell.asked(prompt="a fox", private=True)
    await cell.line.finished(job_id)
    cell.refuse()
    return cell.arrived(job_id, await cell.deliver(job_id))


async def a_failure(cell: Cell) -> bool:
    """The requester learns why it failed, alone, or by the button of the message, which says so
    where they could not be reached; where nothing is taken, the history says it."""
    job_id = await cell.asked(prompt="a fox")
    async with cell.line.office.store.workspace(WORKSPACE) as unit:
        job = await unit.jobs.get(job_id)
        why = "The page https://fox.example/ is in the way."
        await unit.jobs.save(replace(job, status=JobStatus.FAILED, error=why))
    cell.refuse()
    receipt = await cell.deliver(job_id, DeliveryKind.FAILURE)
    said = [said_in(message) for message in cell.line.peer.world.every()]
    told = any("ailed" in words or "is in the way" in words for words in said)
    by_button = any("The button shows the person who asked why" in words for words in said)
    return told or by_button or receipt == KEPT


async def the_sources(cell: Cell) -> bool:
    """The evidence of a picture is shown to the requester in some form."""
    job_id = await cell.asked(prompt="a fox")
    await cell.line.finished(job_id)
    await cell.deliver(job_id)
    await cell.line.status(job_id, JobStatus.DONE)
    cell.line.peer.world.messages.clear()
    cell.refuse()
    token = await cell.line.peer.asks("sources", job=job_id)
    return await answered(cell, token)


async def answered(cell: Cell, token: str) -> bool:
    """Whether the answer to a command stands there in some form, or is sent to the requester
    alone."""
    interaction = cell.line.peer.world.interactions[token]
    await cell.line.peer.until(lambda: interaction.message_id is not None)
    shown = cell.line.peer.world.messages[GENERAL].get(interaction.message_id or 0)
    await cell.line.peer.until(
        lambda: cell.home or (shown is not None and shown["components"]), within_s=30
    )
    return True


async def a_draft(cell: Cell) -> bool:
    """Where the review channel does not take it, the requester learns why nothing comes of it."""
    job_id = await cell.asked(prompt="a fox")
    async with cell.line.office.store.workspace(WORKSPACE) as unit:
        place = Destination("discord", str(REVIEW))
        await unit.jobs.require_approval(job_id, approvals=1, review=place)
    await cell.line.finished(job_id)
    cell.refuse()
    receipt = await cell.deliver(job_id, DeliveryKind.REVIEW)
    if receipt is not None:
        return cell.arrived(job_id, receipt, kept=False)
    async with cell.line.office.store.workspace(WORKSPACE) as unit:
        job = await unit.jobs.get(job_id)
        await unit.jobs.save(replace(job, status=JobStatus.FAILED, error="It can't be reviewed."))
    cell.line.peer.world.rules.clear()  # the review channel alone is out of order
    await cell.deliver(job_id, DeliveryKind.FAILURE)
    return any("It can't be reviewed." in said_in(message) for message in cell.home)


async def a_story(cell: Cell) -> bool:
    """It is posted, or its owner is notified once why not."""
    office, place = cell.line.office, Destination("discord", str(GENERAL))
    owner = Requester(WORKSPACE, "42", place, Role.ADMIN)
    name = f"harbour{cell.refusal}".replace(" ", "")
    schedule = Schedule("", WORKSPACE, "42", name, place, "0 * * * *", "UTC", NOON, topic="harbour")
    added = await office.news.add(owner, schedule)
    job_id = await office.illustrate_news(owner, name)
    sha256 = await office.blobs.put(WORKSPACE, picture(7, kind="PNG"))
    await office.finished(job_id, sha256=sha256)
    await cell.line.status(job_id, JobStatus.DELIVERING)
    operations = SqlNewsOperations(office.engine)
    known = {notice.id for notice in await operations.unsent_notices()}
    cell.refuse()
    receipt = await cell.deliver(job_id)
    if receipt is not None:
        await office.news.remove(owner, added.schedule.id)
        return cell.arrived(job_id, receipt, kept=False)
    await cell.line.status(job_id, JobStatus.FAILED)
    settler = Settler(
        store=office.store, operations=operations, team=office.team, dispatcher=office.dispatcher
    )
    await settler.settle()
    told = [one for one in await operations.unsent_notices() if one.id not in known]
    assert cell.home == [], "stories never come to their owner's own messages"
    await office.news.remove(owner, added.schedule.id)
    return [notice.member_id for notice in told] == ["42"]


async def a_notice(cell: Cell) -> bool:
    """It is sent; or the desk is notified that it could not be, and it stands in the list of
    schedules."""
    cell.refuse()
    text = "Your schedule fox cannot read https://fox.example/feed."
    notice = Notice(f"n-{cell.refusal}", WORKSPACE, "discord", "42", text)
    for _round in range(TIMES + 1):  # as a durable step does
        try:
            await cell.line.surface.notify(notice)
        except SurfaceRefused:
            return cell.rule is in_own_messages
        except SurfaceUnavailable:
            continue
        return bool(cell.home)
    return False


async def a_gallery(cell: Cell) -> bool:
    """The answer stands there in some form, or is sent to the requester alone."""
    job_id = await cell.asked(prompt="a fox")
    await cell.line.finished(job_id)
    await cell.deliver(job_id)
    cell.line.peer.world.messages.clear()
    cell.refuse()
    token = await cell.line.peer.asks("gallery")
    return await answered(cell, token)


async def a_copy(cell: Cell) -> bool:
    """The requester has it where they asked; nothing of it is sent to any own messages."""
    office = cell.line.office
    original = await cell.asked(prompt="a fox")
    async with office.store.workspace(WORKSPACE) as unit:
        job = await unit.jobs.get(original)
        request = job.request.with_parts(
            shadow_of=JobRef("slack:T1", "01J00000000000000000000000"), live=True
        )
        copy = Job(f"{original[:-4]}COPY", request, job.status, NOON)
        job_id = (await unit.jobs.add(copy, event_key=f"copy:{original}")).id
    await cell.line.finished(job_id)
    cell.refuse()
    receipt = await cell.deliver(job_id)
    assert cell.home == []
    return cell.arrived(job_id, receipt)


KINDS: Final[dict[str, Callable[[Cell], Awaitable[bool]]]] = {
    "result": result,
    "set": a_set,
    "edit": an_edit,
    "draft": a_draft,
    "story": a_story,
    "notice": a_notice,
    "gallery": a_gallery,
    "copy": a_copy,
    "private": a_private_result,
    "failure": a_failure,
    "sources": the_sources,
}
ANYWHERE: Final = ("edited", "in_the_server", "in_own_messages")
"""Where every refusal is tried; elsewhere it depends on what a message says or shows."""
OF_CONTENT: Final = [
    *("links", "automod", "form", "explicit", "large", "too large", "new", "conflict", "request"),
    *("permissions", "channel"),
]
SMALL: Final = [
    *((kind, "in_the_server", "permissions") for kind in KINDS),
    ("result", "in_the_server", "limited"),
    ("result", "in_the_server", "unavailable"),
    *((kind, "with_words", "automod") for kind in ("draft", "edit", "gallery", "story")),
]


async def filled(
    peer: DiscordPeer, folder: Path, kind: str, place: str, refusals: Iterable[str]
) -> None:
    """See that cells end as they must, one after another over one connection."""
    async with (
        an_office(folder, workspace=WORKSPACE) as office,
        a_line(peer, replace(office, workspace=WORKSPACE)) as line,
    ):
        for refusal in refusals:
            ended = await KINDS[kind](Cell(line, PLACES[place], refusal))
            assert ended, (kind, place, refusal)
            peer.world.rules.clear()
            peer.world.messages.clear()


@pytest.mark.parametrize(("kind", "place", "refusal"), SMALL)
async def test_the_picture_arrives_or_the_requester_is_notified(
    peer: DiscordPeer, tmp_path: Path, kind: str, place: str, refusal: str
) -> None:
    await filled(peer, tmp_path, kind, place, [refusal])


@pytest.mark.soak
@pytest.mark.parametrize(("kind", "place"), [*product(KINDS, PLACES)])
async def test_no_cell_of_the_matrix_is_empty(
    peer: DiscordPeer, tmp_path: Path, kind: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.discord.client.messages.ANSWER_S", 5.0)
    refusals = [*(REFUSALS if place in ANYWHERE else OF_CONTENT)]
    at_once = 1 if kind == "story" else len(refusals)  # the newspapers have one story to tell
    for first in range(0, len(refusals), at_once):
        folder = tmp_path / str(first)
        folder.mkdir()
        await filled(peer, folder, kind, place, refusals[first : first + at_once])
