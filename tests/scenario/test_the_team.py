"""What a team does with a picture, on the real engine: change it, vary it, choose its references,
have it approved, have it checked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import pytest

from agent.sandbox import text_reading
from agent.sandbox.text_reading import TextNotRead, TextReader
from app.application import EVERYTHING, open_application
from app.chats import Opener
from app.settings import Settings
from app.wiring import Application
from bot.cards.models import ChoiceCard, ErrorCard, ResultCard, ReviewCard, StatusCard
from bot.commands.ports import Services
from bot.commands.service import Commands
from domain.requests import Destination, JobStatus
from domain.team import Role, Scope
from generation.registry import Renderers
from jobs.admission.requests import Requester
from jobs.common.views import JobView
from jobs.illustration import workflow
from jobs.illustration.status_watch import Watcher, WatchSettings
from tests.fakes.chat import ChatPeer, home_of
from tests.fakes.job_service import at
from tests.fakes.model_server import Messages, Saying, model_server
from tests.scenario.conftest import PROMPT, Place

C = TypeVar("C")
ANN = Requester("chat:1", "ann", Destination("chat", "c1"))
BOB = replace(ANN, member_id="bob")
ADMIN = replace(ANN, member_id="root", role=Role.ADMIN)


@dataclass
class Team:
    """A running Limner with a chat."""

    application: Application
    chat: ChatPeer

    def as_(self, requester: Requester) -> Commands:
        application = self.application
        return Commands(
            Services(
                application.job_service, application.team, application.library, ("storyboard",)
            ),
            requester,
        )

    async def until(self, job_id: str, *statuses: JobStatus) -> JobView:
        """The job once it has come that far."""
        async with asyncio.timeout(240):
            while True:
                view = await self.application.job_service.view("chat:1", job_id)
                if view.job.status in statuses:
                    return view
                assert view.job.status is not JobStatus.FAILED, view.job.error
                await asyncio.sleep(0.05)

    async def drawn(self, requester: Requester = ANN, text: str = PROMPT) -> JobView:
        """A request from beginning to end."""
        reply = await self.as_(requester).imagine(text, event_key=f"e:{text}")
        assert reply.job_id is not None
        return await self.until(reply.job_id, JobStatus.DONE)

    def shown(self, view: JobView) -> list[object]:
        """What the job's first message has shown."""
        [message] = [m for m in view.messages if m.channel == "c1"]
        return list(self.chat.messages["c1", message.message])

    def told(self, member_id: str) -> list[object]:
        """What only that person was shown."""
        home = home_of(member_id)
        return [card for (c, _), cards in self.chat.messages.items() if c == home for card in cards]

    async def shows(self, job_id: str, kind: type[C]) -> C:
        """The card of that kind, once the job's first message shows it."""
        async with asyncio.timeout(240):
            while True:
                view = await self.application.job_service.view("chat:1", job_id)
                if view.messages and isinstance(card := self.shown(view)[-1], kind):
                    return card
                await asyncio.sleep(0.05)

    async def closed(self, job_id: str) -> JobView:
        """The job, once none of its messages needs any more care."""
        async with asyncio.timeout(240):
            while True:
                view = await self.application.job_service.view("chat:1", job_id)
                if not any(message.open for message in view.messages):
                    return view
                await asyncio.sleep(0.05)


@pytest.fixture
async def team(ready: Place, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Team]:
    async with running(ready, monkeypatch) as opened:
        yield opened


@asynccontextmanager
async def running(place: Place, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Team]:
    """A Limner that is connected to the chat, and gives each job its message soon."""
    chat = ChatPeer()

    def chats(_settings: Settings) -> dict[str, Opener]:
        return {"chat": chat.opened}

    monkeypatch.setattr("app.application.configured_chats", chats)
    prompt = partial(Watcher, settings=WatchSettings(grace_s=0.0))
    monkeypatch.setattr("app.application.Watcher", prompt)
    async with open_application(place.settings, work=EVERYTHING, serve=True) as application:
        yield Team(application, chat)


async def test_one_message_lives_from_the_request_to_the_result(team: Team) -> None:
    view = await team.drawn()
    shown = team.shown(view)
    assert isinstance(shown[0], StatusCard)
    assert isinstance(shown[-1], ResultCard)
    assert len(shown[-1].pictures) == 1
    assert shown[-1].sources[0].title == "Golden Gate Bridge · en.wikipedia.org"
    await team.closed(view.job.id)
    assert team.shown(view)[-1] == shown[-1]


async def test_an_edit_keeps_the_sources_of_the_picture_that_it_changes(team: Team) -> None:
    first = await team.drawn()
    reply = await team.as_(BOB).edit(first.job.id, "make it night", event_key="e2", references=[2])
    assert reply.job_id is not None
    view = await team.until(reply.job_id, JobStatus.DONE)
    [picture], [parent] = view.illustrations, first.illustrations
    assert (picture.parent_id, picture.identical) == (parent.id, None)
    assert picture.recipe.references[0].sha256 == parent.sha256
    assert picture.recipe.prompt.startswith("Change the first reference image")
    assert [r.title for r in view.research.grounded.references] == [
        "the earlier picture",
        "Tower Bridge",
    ]
    passages = [e.passage for e in first.research.grounded.evidence if e.passage]
    assert [e.passage for e in view.research.grounded.evidence if e.passage] == passages
    for evidence in view.research.grounded.evidence:
        source = view.research.source(evidence.source_id or "")
        if evidence.passage is not None:
            assert evidence.passage in (source.text or "")
    assert view.research.hops[0].number == 0
    again = await team.as_(BOB).edit(view.job.id, "add snow", event_key="e3")
    assert again.job_id is not None
    third = await team.until(again.job_id, JobStatus.DONE)
    assert [e.passage for e in third.research.grounded.evidence if e.passage] == passages


async def test_variations_are_other_pictures_and_the_next_ones_others_again(team: Team) -> None:
    [parent] = (await team.drawn()).illustrations
    seeds = {parent.recipe.seed}
    for number in range(2):
        reply = await team.as_(ANN).vary(parent.id, event_key=f"v{number}", count=2)
        assert reply.job_id is not None
        view = await team.until(reply.job_id, JobStatus.DONE)
        assert [p.parent_id for p in view.illustrations] == [parent.id] * 2
        assert all(p.identical is None for p in view.illustrations)
        seeds |= {p.recipe.seed for p in view.illustrations}
    assert len(seeds) == 5


async def test_variations_are_none_of_the_pictures_of_the_same_set(team: Team) -> None:
    first = await team.drawn(text=f"{PROMPT} --count 4")
    seeds = {p.recipe.seed for p in first.illustrations}
    reply = await team.as_(ANN).vary(first.illustrations[0].id, event_key="v", count=3)
    assert reply.job_id is not None
    view = await team.until(reply.job_id, JobStatus.DONE)
    assert len(seeds | {p.recipe.seed for p in view.illustrations}) == 7


async def test_references_are_chosen_before_the_picture_is_drawn(team: Team) -> None:
    reply = await team.as_(ANN).imagine(f"{PROMPT} --choose", event_key="e1")
    assert reply.job_id is not None
    view = await team.until(reply.job_id, JobStatus.CHOOSING)
    card = await team.shows(reply.job_id, ChoiceCard)
    assert [r.title.split(" · ")[0] for r in card.references] == [
        "Golden Gate Bridge",
        "Tower Bridge",
    ]
    await team.as_(BOB).choose(view.job.id, keep=[2])
    done = await team.until(reply.job_id, JobStatus.DONE)
    [picture] = done.illustrations
    assert [r.title for r in picture.recipe.references] == ["Tower Bridge"]
    assert "Use the first reference image for the appearance of Tower Bridge." in (
        picture.recipe.prompt
    )
    assert "second reference image" not in picture.recipe.prompt


async def test_nobody_chooses_and_the_job_goes_on_with_all_of_them(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflow, "CHOICE_TIME", workflow.CHOICE_TIME * 0)
    reply = await team.as_(ANN).imagine(f"{PROMPT} --choose", event_key="e1")
    assert reply.job_id is not None
    view = await team.until(reply.job_id, JobStatus.DONE)
    assert len(view.illustrations[0].recipe.references) == 2


async def test_a_picture_leaves_the_review_channel_when_it_is_approved(team: Team) -> None:
    for name, value in (("review_channel", "77777"), ("approvals", "1")):
        await team.as_(ADMIN).settings(Scope.WORKSPACE, name, value)
    reply = await team.as_(ANN).imagine(PROMPT, event_key="e1")
    assert reply.job_id is not None
    view = await team.until(reply.job_id, JobStatus.REVIEWING)
    [review] = [cards for (channel, _), cards in team.chat.messages.items() if channel == "77777"]
    assert isinstance(review[0], ReviewCard)
    assert not any(isinstance(card, ResultCard) for card in team.shown(view))
    await team.as_(at(BOB, "77777")).decide(view.job.id, approved=True)
    done = await team.until(reply.job_id, JobStatus.DONE)
    assert isinstance(team.shown(done)[-1], ResultCard)


async def test_a_rejected_picture_is_reported_to_its_requester_with_the_reason(team: Team) -> None:
    for name, value in (("review_channel", "77777"), ("approvals", "1")):
        await team.as_(ADMIN).settings(Scope.WORKSPACE, name, value)
    reply = await team.as_(ANN).imagine(PROMPT, event_key="e1")
    assert reply.job_id is not None
    view = await team.until(reply.job_id, JobStatus.REVIEWING)
    await team.as_(at(BOB, "77777")).decide(view.job.id, approved=False, reason="the flag is wrong")
    shown = team.shown(await team.closed(reply.job_id))[-1]
    [told] = team.told("ann")
    assert isinstance(told, ErrorCard)
    assert told.text == "The picture wasn't approved: the flag is wrong."
    assert isinstance(shown, StatusCard)
    assert shown.text == "This one didn't work out. The person who asked has the details."


def judged(*marks: float) -> Callable[[Messages], Saying]:
    """What a judge says: a score for the whole picture, and the first claim shown or not."""

    def say(messages: Messages) -> Saying:
        del messages
        mark = queue.pop(0) if len(queue) > 1 else queue[0]
        return json.dumps(
            {
                "faithfulness": mark,
                "visual_correctness": mark,
                "text_needed": False,
                "aesthetics": mark,
                "claims": [{"n": 1, "shown": mark >= 1, "why": "seen"}],
                "advice": "Paint the bridge orange",
            }
        )

    queue = list(marks)
    return say


def is_model(_self: Renderers, _generator: str) -> bool:
    return True


async def checked(
    ready: Place, monkeypatch: pytest.MonkeyPatch, *marks: float | int
) -> tuple[JobView, int]:
    """A request whose pictures a judge marks, and how many were drawn for it."""
    monkeypatch.setattr(Renderers, "is_model", is_model)
    saying: Saying | Callable[[Messages], Saying] = 500 if marks == (500,) else judged(*marks)
    async with model_server(saying) as server:
        ready.environment["LIMNER_CHECK_BASE_URL"] = server.base_url
        async with running(ready, monkeypatch) as team:
            view = await team.drawn()
            log = [
                event.kind
                async for event in team.application.job_service.follow("chat:1", view.job.id)
            ]
    return view, log.count("rendered")


async def test_a_picture_that_falls_short_is_drawn_again_from_a_corrected_prompt(
    ready: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, drawn = await checked(ready, monkeypatch, 0, 1)
    assert drawn == 2
    [kept] = view.illustrations
    assert "Paint the bridge orange." in kept.recipe.prompt
    assert kept.marks is not None
    assert kept.marks.score == pytest.approx(0.8)
    assert (kept.marks.claims[0].shown, kept.marks.text_accuracy) == (True, None)


async def test_after_the_second_try_the_picture_stays_with_its_marks(
    ready: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, drawn = await checked(ready, monkeypatch, 0)
    assert drawn == 3
    [kept] = view.illustrations
    assert kept.marks is not None
    assert kept.marks.claims[0].shown is False


async def test_a_judge_that_fails_gives_no_mark_and_that_is_said(
    ready: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, drawn = await checked(ready, monkeypatch, 500)
    assert drawn == 1
    assert view.illustrations[0].marks is None
    assert "The picture wasn't checked because the vision model didn't answer." in view.job.notes


@pytest.mark.parametrize("lines", [["OBEN", "OPEN"], []], ids=["wrong first", "unreadable"])
async def test_required_text_is_checked_without_a_vision_model(
    ready: Place, monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    async def read(_self: TextReader, _picture: bytes) -> list[str]:
        if not lines:
            raise TextNotRead("its text can't be read")
        return [lines.pop(0)]

    monkeypatch.setattr(text_reading, "installed_reader", lambda: "rapidocr 3.10.0")
    monkeypatch.setattr(TextReader, "read", read)
    monkeypatch.setattr(Renderers, "is_model", is_model)
    readable = bool(lines)
    async with running(ready, monkeypatch) as team:
        view = await team.drawn(text=f"{PROMPT}, with a sign that says “OPEN”")
        log = [e.kind async for e in team.application.job_service.follow("chat:1", view.job.id)]
    [kept] = view.illustrations
    unread = "The text in the picture wasn't checked because it couldn't be read."
    assert (unread in view.job.notes) is not readable
    assert log.count("rendered") == 1 + readable
    assert (kept.marks is not None and kept.marks.score == 1) is readable
    assert ("Write “OPEN” in exactly these letters." in kept.recipe.prompt) is readable
