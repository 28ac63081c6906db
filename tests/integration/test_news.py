"""The news desk: due times counted once, stories posted once, drafts, failures and posts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.buttons import Button, ButtonAction
from bot.cards.builders import card_of, result_card, review_card
from bot.cards.models import NoteCard, SchedulesCard
from bot.cards.news import considered_lines, notice_card
from bot.commands.ports import Services
from bot.commands.service import Commands
from bot.marks import time_mark
from domain.errors import (
    FetchFailed,
    InvalidRequest,
    NotFound,
    NotPossibleNow,
    Refused,
)
from domain.news import Correction, Doubt, Fingerprint, Outcome, Schedule, Slot, SlotStatus
from domain.policy import Action, Category
from domain.requests import Destination, JobStatus, Rerender
from domain.tasks import Task
from domain.team import Role, Scope
from domain.translation.messages import stored, translated
from evaluation.peers.newsroom import DOUBTFUL, START, Clock, FakeNewsroom, a_schedule
from evaluation.peers.values import an_illustration
from jobs.admission.judging import Policy
from jobs.admission.requests import Requester
from jobs.common.tasks import recheck_task
from jobs.news.corrections import CorrectionWatch
from jobs.news.editor import NewsEditor
from jobs.news.review import why_doubtful
from jobs.news.service import NewsService
from jobs.news.settling import Settler
from jobs.news.timer import Ledger, SlotTrigger
from storage.newsroom import SqlNewsOperations
from storage.tasks import SqlTaskBoard
from storage.unit_of_work import SqlStore
from tests.fakes.job_service import ANN, BOB, STRANGER, Office, an_office, at
from tests.fakes.judged import ScriptedJudge
from tests.fakes.policies import a_policy
from tests.fakes.search import MemorySteps

MODERATOR = replace(ANN, role=Role.MODERATOR)
ADMIN = replace(BOB, member_id="root", role=Role.ADMIN)
RULES = a_policy()


@dataclass
class Desk:
    """The news desk over an office; the test is the engine."""

    office: Office
    newsroom: FakeNewsroom
    clock: Clock
    ledger: Ledger
    editor: NewsEditor
    settler: Settler
    corrections: CorrectionWatch
    news: NewsService
    parameters: dict[str, Any] = field(default_factory=dict[str, Any])
    """Those of the recipes of its pictures."""

    async def keep(self, **parts: Any) -> Schedule:
        schedule = a_schedule(**parts)
        async with self.office.store.workspace("w1") as unit:
            await unit.schedules.save(schedule)
        return schedule

    async def get(self, schedule_id: str = "S1") -> Schedule:
        async with self.office.store.workspace("w1") as unit:
            return await unit.schedules.get(schedule_id)

    async def slots(self, schedule_id: str = "S1") -> list[Slot]:
        async with self.office.store.workspace("w1") as unit:
            return list(await unit.schedules.slots(schedule_id, limit=100))[::-1]

    async def work(self, workflow: str = "news") -> int:
        """Do the tasks of that kind that the engine was handed."""
        tasks = [task for task in self.office.dispatcher.tasks if task.workflow == workflow]
        for task in tasks:
            self.office.dispatcher.tasks.remove(task)
            body = self.editor.work if workflow == "news" else self.corrections.work
            await body(task.workspace_id, task.subject_id, MemorySteps())
        return len(tasks)

    async def due(self, schedule: Schedule, *, at: datetime | None = None) -> Slot:
        """Let a slot come up and be worked on; gives the latest."""
        self.clock.now = at or START + timedelta(hours=2, seconds=1)
        await self.ledger.account(schedule)
        await self.work()
        return (await self.slots(schedule.id))[-1]

    async def job(self, slot: Slot, status: JobStatus, **parts: Any) -> None:
        """Let a slot's job come that far."""
        assert slot.job_id is not None
        async with self.office.store.workspace("w1") as unit:
            job = replace(await unit.jobs.get(slot.job_id), status=status, **parts)
            await unit.jobs.save(job)
            picture = an_illustration(job, identical=None)
            recipe = replace(picture.recipe, parameters=self.parameters)
            await unit.illustrations.save(replace(picture, recipe=recipe))

    def notices(self) -> list[Task]:
        return [task for task in self.office.dispatcher.tasks if task.workflow == "notice"]

    async def told(self) -> list[str]:
        """The notices that were sent, which are then marked as read."""
        await self.settler.settle()
        found: list[str] = []
        for task in self.notices():
            self.office.dispatcher.tasks.remove(task)
            async with self.office.store.workspace("w1") as unit:
                found.append((await unit.stories.notice(task.subject_id)).text)
                await unit.stories.notice_sent(task.subject_id, now=self.clock())
        return found

    def as_(self, requester: Requester) -> Commands:
        office = self.office
        return Commands(
            Services(office.job_service, office.team, office.library, (), self.news), requester
        )


@pytest.fixture
async def job_service(tmp_path: Path) -> AsyncIterator[Desk]:
    async with an_office(tmp_path) as office:
        yield a_desk(office, office.store, SqlNewsOperations(office.engine))


def a_desk(
    office: Office, store: SqlStore, operations: SqlNewsOperations, policy: Policy = RULES
) -> Desk:
    clock, newsroom = Clock(), FakeNewsroom()
    parts: dict[str, Any] = {
        "store": store,
        "operations": operations,
        "dispatcher": office.dispatcher,
        "clock": clock,
    }
    editor = NewsEditor(
        store=store, newsroom=newsroom, job_service=office.job_service, policy=policy, clock=clock
    )
    return Desk(
        office=office,
        newsroom=newsroom,
        clock=clock,
        ledger=Ledger(**parts),
        editor=editor,
        settler=Settler(team=office.team, **parts),
        corrections=CorrectionWatch(newsroom=newsroom, **parts),
        news=NewsService(
            store=store,
            dispatcher=office.dispatcher,
            job_service=office.job_service,
            editor=editor,
            newsroom=newsroom,
            max_schedules=3,
            clock=clock,
        ),
    )


async def test_a_story_is_found_illustrated_and_posted_once(job_service: Desk) -> None:
    schedule = await job_service.keep()
    slot = await job_service.due(schedule)
    assert (slot.status, slot.note) == (SlotStatus.WORKING, "Illustrating: The harbour opens")
    view = await job_service.office.job_service.view("w1", slot.job_id or "")
    request = view.job.request
    assert (request.prompt, request.routing.live, request.origin.story_id) == (
        "A harbour with two piers",
        False,
        slot.story_id,
    )
    assert request.routing.destination == schedule.destination
    assert [source.title for source in view.research.sources] == [
        "Harbour 1 opens",
        "Harbour 2 opens",
    ]
    assert await job_service.ledger.account(schedule) == 0
    await job_service.job(slot, JobStatus.DONE)
    assert await job_service.settler.settle() == 1
    assert await job_service.settler.settle() == 0
    [posted] = await job_service.slots()
    assert (posted.status, posted.note) == (SlotStatus.POSTED, "Posted: The harbour opens")
    card = result_card(await job_service.office.job_service.view("w1", slot.job_id or ""))
    assert card.story is not None
    assert (card.story.headline, card.story.text) == (
        "The harbour opens",
        "The harbour opened. [1] It has two piers. [1] [2]",
    )
    assert [line.numbers for line in card.sources] == [(1,), (2,)]


async def test_a_story_that_was_told_is_not_told_again(job_service: Desk) -> None:
    schedule = await job_service.keep()
    await job_service.job(await job_service.due(schedule), JobStatus.DONE)
    await job_service.settler.settle()
    slot = await job_service.due(schedule, at=START + timedelta(days=1, hours=2, seconds=1))
    assert slot.status is SlotStatus.EMPTY
    assert slot.note == "No story worth a picture today: checked 7 articles."
    assert job_service.notices() == []


async def test_a_told_story_is_known_by_its_further_articles_from_then_on(
    job_service: Desk,
) -> None:
    schedule = await job_service.keep()
    await job_service.job(await job_service.due(schedule), JobStatus.DONE)
    await job_service.settler.settle()
    job_service.newsroom.grown = {"harbour": Fingerprint(("harbour", "pier"), ("open",))}
    await job_service.due(schedule, at=START + timedelta(days=1, hours=2, seconds=1))
    async with job_service.office.store.workspace("w1", read_only=True) as unit:
        [(story_id, about)] = await unit.stories.told(since=START - timedelta(days=1))
        assert (await unit.stories.get(story_id)).fingerprint == about
    assert about.entities == ("harbour", "pier")


async def test_a_due_time_keeps_which_stories_were_looked_at_and_why_they_were_not_chosen(
    job_service: Desk,
) -> None:
    job_service.newsroom.names = ["bridge", "harbour", "pier"]
    job_service.newsroom.unreadable = {"bridge"}
    slot = await job_service.due(await job_service.keep())
    assert [story.outcome for story in slot.considered] == [
        Outcome.CHOSEN,
        Outcome.UNREAD,
        Outcome.ALTERNATIVE,
    ]
    assert slot.considered[0].headline == "The harbour opens"
    assert [str(line) for line in considered_lines(slot)] == [
        "Not chosen: “Harbour 1 opens” (news1.example): too few of its pages could be read",
        "Not chosen: “Harbour 1 opens” (news1.example): another story was better",
    ]


@pytest.mark.parametrize(
    ("parts", "team", "note"),
    [
        ({"quiet_days": ("mon",)}, {}, "No posts on quiet days"),
        ({"quiet_days": ("2026-01-05",)}, {}, "No posts on quiet days"),
        ({"ends_on": datetime(2026, 1, 4, tzinfo=UTC).date()}, {}, "has ended"),
        ({}, {"paused": True}, "An admin paused Limner"),
    ],
)
async def test_a_slot_is_skipped_with_the_reason(
    job_service: Desk, parts: dict[str, Any], team: dict[str, Any], note: str
) -> None:
    schedule = await job_service.keep(**parts)
    await job_service.office.team.prefer(ADMIN, Scope.WORKSPACE, **team)
    slot = await job_service.due(schedule)
    assert slot.status is SlotStatus.SKIPPED
    assert note in slot.note
    assert job_service.newsroom.gathered == 0


async def test_after_an_outage_the_latest_is_worked_on_and_the_others_are_accounted_for(
    job_service: Desk,
) -> None:
    schedule = await job_service.keep(cron="0 * * * *", grace=timedelta(hours=3))
    slot = await job_service.due(schedule, at=START + timedelta(hours=5, minutes=10))
    slots = await job_service.slots()
    assert [s.due_at.hour for s in slots] == [8, 9, 10, 11, 12]
    assert [s.status for s in slots] == [SlotStatus.SKIPPED] * 4 + [SlotStatus.WORKING]
    assert all("Missed" in s.note for s in slots[:-1])
    assert slot.due_at.hour == 12


async def test_what_comes_up_later_than_its_grace_is_not_posted(job_service: Desk) -> None:
    schedule = await job_service.keep()
    slot = await job_service.due(schedule, at=START + timedelta(hours=6))
    assert slot.status is SlotStatus.SKIPPED
    assert "4.0 hours late" in slot.note


async def test_a_changed_schedule_is_not_behind_with_its_new_times(job_service: Desk) -> None:
    await job_service.keep()
    job_service.clock.on(days=3)
    await job_service.news.change(MODERATOR, "S1", cron="30 * * * *")
    assert await job_service.ledger.account(await job_service.get()) == 0
    job_service.clock.on(hours=1)
    assert await job_service.ledger.account(await job_service.get()) == 1


async def test_a_clock_that_jumps_back_fires_nothing_twice(job_service: Desk) -> None:
    schedule = await job_service.keep(cron="0 * * * *")
    await job_service.due(schedule, at=START + timedelta(hours=2, seconds=1))
    for back in (60, 10):
        job_service.clock.now = START + timedelta(hours=2) - timedelta(minutes=back)
        assert await job_service.ledger.account(schedule) == 0
    job_service.clock.now = START + timedelta(hours=2, minutes=5)
    assert await job_service.ledger.account(schedule) == 0


async def test_a_slot_whose_task_was_lost_is_handed_on(job_service: Desk) -> None:
    schedule = await job_service.keep()
    job_service.clock.now = START + timedelta(hours=2, seconds=1)
    await job_service.ledger.account(schedule)
    job_service.office.dispatcher.tasks.clear()  # the process died before the engine learned of it
    await job_service.ledger.hand_on_forgotten()
    assert job_service.office.dispatcher.tasks == []
    job_service.clock.on(seconds=11)
    await job_service.ledger.hand_on_forgotten()
    assert [task.workflow for task in job_service.office.dispatcher.tasks] == ["news"]


async def test_pages_that_cannot_be_read_and_blocked_subjects_lead_to_the_next_story(
    job_service: Desk,
) -> None:
    job_service.newsroom.names = ["storm", "war", "bridge"]
    job_service.newsroom.unreadable = {"storm"}
    await job_service.office.team.prefer(ADMIN, Scope.WORKSPACE, blocked=("war",))
    slot = await job_service.due(await job_service.keep())
    assert slot.note == "Illustrating: The bridge opens"


MASSACRE = {
    "headline": "Bodies dismembered in massacre at the harbour",
    "picture": "Dismembered bodies at the harbour",
}


async def test_news_of_violence_are_told_with_a_calm_picture(job_service: Desk) -> None:
    job_service.newsroom.parts = dict(MASSACRE)
    slot = await job_service.due(await job_service.keep())
    assert slot.note == f"Illustrating: {MASSACRE['headline']}"
    request = (await job_service.office.job_service.view("w1", slot.job_id or "")).job.request
    assert request.prompt.startswith("A calm view from afar")
    assert request.prompt.endswith("Harbour")


async def test_news_of_children_who_were_killed_are_told_with_a_calm_picture(
    job_service: Desk,
) -> None:
    headline = "Six children killed in earthquake at the harbour"
    job_service.newsroom.parts = {
        "headline": headline,
        "sentences": ("An earthquake killed six children at the harbour on Sunday.",),
        "picture": headline,
    }
    slot = await job_service.due(await job_service.keep())
    assert slot.note == f"Illustrating: {headline}"
    request = (await job_service.office.job_service.view("w1", slot.job_id or "")).job.request
    assert request.prompt.startswith("A calm view from afar")


async def test_a_team_that_refuses_violence_of_its_own_accord_gets_no_such_news(
    job_service: Desk,
) -> None:
    refuse = {Category.VIOLENCE: Action.REFUSE}
    await job_service.office.team.prefer(ADMIN, Scope.WORKSPACE, categories=refuse)
    job_service.newsroom.parts = dict(MASSACRE)
    slot = await job_service.due(await job_service.keep())
    assert slot.status is SlotStatus.EMPTY
    assert "graphic violence" in slot.note


async def test_news_at_the_floor_are_neither_told_nor_drawn(job_service: Desk) -> None:
    job_service.newsroom.parts = {"sentences": ("A naked child was photographed.",)}
    slot = await job_service.due(await job_service.keep())
    assert (slot.status, slot.job_id) == (SlotStatus.EMPTY, None)


async def test_models_judge_the_words_of_news_too_and_one_that_is_away_stops_them(
    tmp_path: Path,
) -> None:
    for judging, status, said in (
        (ScriptedJudge(words=("pier",)), SlotStatus.EMPTY, "sexual content"),
        (ScriptedJudge(away=True), SlotStatus.EMPTY, "couldn't be checked"),
        (ScriptedJudge(), SlotStatus.WORKING, "Illustrating"),
    ):
        folder = tmp_path / said[:3]
        folder.mkdir()
        async with an_office(folder) as office:
            operations = SqlNewsOperations(office.engine)
            opened = a_desk(office, office.store, operations, a_policy(texts=(judging,)))
            slot = await opened.due(await opened.keep())
        assert slot.status is status
        assert said in slot.note


async def test_words_that_a_person_writes_for_a_draft_and_other_stories_are_judged(
    job_service: Desk,
) -> None:
    job_service.newsroom.names = ["harbour", "bridge", "tower"]
    slot = await reviewing(job_service)
    commands = job_service.as_(at(BOB, "r1"))
    with pytest.raises(Refused, match="sexual content"):
        await commands.press(
            Button(ButtonAction.TEXT, slot.job_id or ""),
            message="m1",
            text="A pier\nHardcore porn.",
        )
    await job_service.office.team.prefer(ADMIN, Scope.WORKSPACE, blocked=("bridge",))
    await commands.press(Button(ButtonAction.STORY, slot.job_id or ""), message="m2")
    [changed] = await job_service.slots()
    other = await job_service.office.job_service.view("w1", changed.job_id or "")
    assert other.story is not None
    assert other.story.text.headline == "The tower opens"


async def test_a_sensitive_story_is_drawn_and_never_looks_like_a_photograph(
    job_service: Desk,
) -> None:
    job_service.newsroom.parts = {"sensitive": "a disaster"}
    slot = await job_service.due(await job_service.keep(style="photograph, 35 mm"))
    style = (
        await job_service.office.job_service.view("w1", slot.job_id or "")
    ).job.request.style or ""
    assert "no photograph" in style
    assert "35 mm" not in style


async def test_a_failure_is_reported_to_the_owner_once_and_the_fifth_pauses_the_schedule(
    job_service: Desk,
) -> None:
    schedule = await job_service.keep(cron="0 * * * *")
    job_service.newsroom.failure = FetchFailed("https://x.example", "it is silent")
    told: list[str] = []
    for hour in range(1, 6):
        slot = await job_service.due(
            await job_service.get(), at=START + timedelta(hours=hour, seconds=1)
        )
        assert slot.status is SlotStatus.FAILED
        told += await job_service.told()
    assert len(told) == 5
    assert told[0].startswith("Harbour news: The address")
    assert told[4].startswith("Harbour news has been paused. It failed 5 times in a row")
    kept = await job_service.get()
    assert (kept.paused, kept.failures) == (True, 5)
    await job_service.news.resume(MODERATOR, schedule.id)
    assert ((await job_service.get()).paused, (await job_service.get()).failures) == (False, 0)


async def test_feeds_that_cannot_be_read_are_a_failure_and_an_empty_day_is_none(
    job_service: Desk,
) -> None:
    job_service.newsroom.names, job_service.newsroom.items = [], 0
    job_service.newsroom.problems = ("The feed x is no feed.",)
    slot = await job_service.due(await job_service.keep())
    assert (slot.status, slot.note) == (
        SlotStatus.FAILED,
        "None of the sources could be read. The feed x is no feed.",
    )


async def test_a_dead_feed_is_shown_when_added_and_told_to_the_owner_once(
    job_service: Desk,
) -> None:
    feed, why = "https://a.example/rss", "The feed 'https://a.example/rss' couldn't be read: gone."
    job_service.newsroom.dead = ((feed, why),)
    made = await job_service.as_(MODERATOR).news.add({"when": "daily", "feeds": feed})
    assert isinstance(made.card, SchedulesCard)
    assert made.card.entries[0].slots == (why,)
    schedule = await job_service.keep(feeds=(feed,))
    slot = await job_service.due(schedule)
    assert why in slot.note
    assert await job_service.told() == [f"{schedule.name}: {why} Replace or remove it."]
    await job_service.due(schedule, at=job_service.clock() + timedelta(days=1))
    assert await job_service.told() == []


async def test_a_picture_that_fails_is_no_public_noise(job_service: Desk) -> None:
    slot = await job_service.due(await job_service.keep())
    await job_service.job(slot, JobStatus.FAILED, error="The card is broken.")
    assert await job_service.settler.settle() == 1
    assert await job_service.told() == ["Harbour news: The card is broken."]
    [failed] = await job_service.slots()
    assert failed.status is SlotStatus.FAILED
    assert (await job_service.get()).failures == 1
    slot = await job_service.due(
        await job_service.get(), at=START + timedelta(days=1, hours=2, seconds=1)
    )
    assert slot.note == "Illustrating: The harbour opens", "it was not told, so it may be"


REVIEWED: dict[str, Any] = {"approvals": 1, "review": Destination("chat", "r1")}


async def reviewing(job_service: Desk) -> Slot:
    """A draft that waits for approval, half an hour before its time."""
    schedule = await job_service.keep(**REVIEWED)
    slot = await job_service.due(schedule, at=START + timedelta(hours=1, minutes=30))
    await job_service.job(slot, JobStatus.REVIEWING)
    return slot


async def test_a_draft_is_made_before_its_time_and_posted_at_it(job_service: Desk) -> None:
    slot = await reviewing(job_service)
    assert slot.due_at == START + timedelta(hours=2)
    job_id = slot.job_id or ""
    view = await job_service.office.job_service.view("w1", job_id)
    card = review_card(view)
    assert f"It is due at {time_mark(slot.due_at)}." in card.text
    assert [button.action for button in card.buttons] == [
        ButtonAction.APPROVE,
        ButtonAction.REJECT,
        ButtonAction.TEXT,
        ButtonAction.PICTURE,
        ButtonAction.SOURCES,
    ]
    await job_service.as_(at(BOB, "r1")).decide(job_id, approved=True)
    assert (
        await job_service.office.job_service.view("w1", job_id)
    ).job.status is JobStatus.REVIEWING
    await job_service.settler.settle()
    assert not any(task.workflow == "deliver" for task in job_service.office.dispatcher.tasks)
    job_service.clock.now = slot.due_at
    await job_service.office.team.prefer(ADMIN, Scope.WORKSPACE, paused=True)
    await job_service.settler.settle()
    assert not any(task.workflow == "deliver" for task in job_service.office.dispatcher.tasks)
    await job_service.office.team.prefer(ADMIN, Scope.WORKSPACE, paused=None)
    await job_service.settler.settle()
    assert [t.id for t in job_service.office.dispatcher.tasks if t.workflow == "deliver"] == [
        f"{job_id}:result:deliver"
    ]


async def test_a_draft_that_nobody_approves_expires_with_a_notice(job_service: Desk) -> None:
    slot = await reviewing(job_service)
    job_service.clock.now = slot.due_at + timedelta(hours=3, seconds=1)
    assert await job_service.settler.settle() == 1
    [expired] = await job_service.slots()
    assert expired.status is SlotStatus.EXPIRED
    assert await job_service.told() == [
        "Harbour news: The draft wasn't approved in time, so it wasn't posted."
    ]
    with pytest.raises(NotPossibleNow):
        await job_service.as_(at(BOB, "r1")).decide(slot.job_id or "", approved=True)


async def test_a_rejected_draft_may_be_told_another_time(job_service: Desk) -> None:
    slot = await reviewing(job_service)
    await job_service.as_(at(BOB, "r1")).decide(
        slot.job_id or "", approved=False, reason="not ours"
    )
    await job_service.settler.settle()
    [rejected] = await job_service.slots()
    assert rejected.status is SlotStatus.REJECTED
    assert "not ours" in rejected.note
    assert (await job_service.told(), (await job_service.get()).failures) == ([], 0)
    assert not any(task.workflow == "deliver" for task in job_service.office.dispatcher.tasks)


async def test_a_draft_gets_other_words_another_picture_or_another_story(job_service: Desk) -> None:
    job_service.newsroom.names = ["harbour", "bridge"]
    job_service.parameters = {"story": {"headline": "The harbour opens"}}
    slot = await reviewing(job_service)
    job_id = slot.job_id or ""
    commands = job_service.as_(at(BOB, "r1"))
    await commands.press(
        Button(ButtonAction.TEXT, job_id),
        message="m1",
        text="A new pier\nIt is long.\n\nIt is red.",
    )
    [slot] = await job_service.slots()
    assert slot.job_id not in (None, job_id)  # its card has the new words
    await job_service.job(slot, JobStatus.REVIEWING)
    job_id = slot.job_id or ""
    view = await job_service.office.job_service.view("w1", job_id)
    assert view.story is not None
    assert view.story.text.sentences == ("It is long.", "It is red.")
    with pytest.raises(InvalidRequest, match="headline is empty"):
        await commands.press(Button(ButtonAction.TEXT, job_id), message="m1", text=" ")
    await commands.press(Button(ButtonAction.PICTURE, job_id), message="m1")
    [changed] = await job_service.slots()
    assert changed.job_id not in (None, job_id)
    again = await job_service.office.job_service.view("w1", changed.job_id or "")
    assert isinstance(again.job.request.action, Rerender)
    assert (again.job.request.action.vary, again.job.request.routing.approvals) == (True, 1)
    assert again.story is not None
    assert again.story.text.headline == "A new pier"
    await job_service.job(changed, JobStatus.REVIEWING)
    await commands.press(Button(ButtonAction.STORY, changed.job_id or ""), message="m2")
    [third] = await job_service.slots()
    other = await job_service.office.job_service.view("w1", third.job_id or "")
    assert other.story is not None
    assert other.story.text.headline == "The bridge opens"
    await job_service.job(third, JobStatus.REVIEWING)
    with pytest.raises(NotPossibleNow, match="no other story"):
        await commands.press(Button(ButtonAction.STORY, third.job_id or ""), message="m3")
    assert await job_service.settler.settle() == 0


async def test_what_a_model_took_for_the_words_is_seen_in_the_usage(job_service: Desk) -> None:
    job_service.newsroom.names, job_service.newsroom.tokens = ["harbour", "bridge"], 300
    job_service.newsroom.unreadable = {"harbour"}
    slot = await job_service.due(await job_service.keep())
    assert slot.note == "Illustrating: The bridge opens"
    async with job_service.office.store.workspace("w1") as unit:
        (total,) = await unit.ledger.totals(START, member_id="ann")
    assert (total.kind, total.name, total.amount, total.cost_usd) == ("model", "m", 600, 6e-4)


async def test_the_list_says_where_a_models_budget_ended(job_service: Desk) -> None:
    job_service.newsroom.tokens, job_service.newsroom.used_up = 300, True
    schedule = await job_service.keep()
    slot = await job_service.due(schedule)
    assert slot.note == (
        "Illustrating: The harbour opens (quoted from its pages, because the model's budget was "
        "used up)"
    )
    job_service.newsroom.names, job_service.newsroom.unreadable = ["bridge"], {"bridge"}
    empty = await job_service.due(schedule, at=START + timedelta(days=1, hours=2, seconds=1))
    assert empty.status is SlotStatus.EMPTY
    assert empty.note.endswith(" The model used 300 tokens, its whole budget.")


async def test_cited_pages_are_read_again_after_a_day_and_a_week(job_service: Desk) -> None:
    schedule = await job_service.keep()
    slot = await job_service.due(schedule)
    await job_service.job(slot, JobStatus.DONE)
    await job_service.settler.settle()
    assert await job_service.corrections.look() == 0
    job_service.clock.on(days=1, seconds=1)
    assert await job_service.corrections.look() == 1
    await job_service.work("recheck")
    assert await job_service.told() == []
    assert await job_service.corrections.look() == 0
    url = "https://news1.example/1"
    job_service.newsroom.corrections[url] = Correction(url, "retraction", "Harbour 1 took it back.")
    job_service.clock.on(days=6, seconds=1)
    assert await job_service.corrections.look() == 1
    await job_service.work("recheck")
    await job_service.settler.settle()
    [notice] = job_service.notices()
    async with job_service.office.store.workspace("w1") as unit:
        kept = await unit.stories.notice(notice.subject_id)
    assert kept.text == (
        "There is news about your post 'The harbour opens': Harbour 1 took it back."
    )
    assert kept.offers == ("annotate", "replace")
    with pytest.raises(Refused):
        await job_service.as_(BOB).press(notice_card(kept).buttons[0], message="n1")
    alone = replace(ANN, workspace_id="chat:dm:ann", role=Role.ADMIN)
    reply = await job_service.as_(alone).press(notice_card(kept).buttons[0], message="n1")
    assert reply.private
    card = result_card(await job_service.office.job_service.view("w1", slot.job_id or ""))
    assert card.story is not None
    assert card.story.notice == "Note: Harbour 1 took it back."
    job_service.clock.on(days=30)
    assert await job_service.corrections.look() == 0


async def test_pages_are_read_again_where_tasks_lie_in_the_same_database(job_service: Desk) -> None:
    board = SqlTaskBoard(job_service.office.engine)

    class OnBoard:
        async def enqueue(self, task: Task) -> None:
            await board.add(task)  # on SQLite it waits for any other writer

        async def cancel(self, task_ids: Sequence[str]) -> None:
            raise AssertionError(task_ids)

    schedule = await job_service.keep()
    slot = await job_service.due(schedule)
    await job_service.job(slot, JobStatus.DONE)
    await job_service.settler.settle()
    job_service.clock.on(days=1, seconds=1)
    operations, store = SqlNewsOperations(job_service.office.engine), job_service.office.store
    corrections = CorrectionWatch(
        store=store,
        operations=operations,
        newsroom=job_service.newsroom,
        dispatcher=OnBoard(),
        clock=job_service.clock,
    )
    assert await corrections.look() == 1
    assert await board.known([recheck_task("w1", slot.story_id or "", 1).id])


async def test_a_preview_is_for_one_person_and_leaves_no_trace(job_service: Desk) -> None:
    await job_service.keep(**REVIEWED)
    reply = await job_service.as_(BOB).news.preview("Harbour news")
    assert isinstance(reply.card, NoteCard)
    await job_service.work()
    [slot] = await job_service.slots()
    assert (slot.status, slot.note) == (SlotStatus.SKIPPED, "A preview for one person.")
    request = (await job_service.office.job_service.view("w1", slot.job_id or "")).job.request
    assert (request.routing.private, request.origin.member_id, request.routing.approvals) == (
        True,
        "bob",
        0,
    )
    real = await job_service.due(await job_service.get(), at=START + timedelta(hours=1, minutes=30))
    assert real.status is SlotStatus.WORKING, "the story still counts as not told"


async def test_schedules_are_made_shown_changed_and_removed_in_words(job_service: Desk) -> None:
    commands = job_service.as_(MODERATOR).news
    made = await commands.add(
        {
            "when": "weekdays at 9",
            "time_zone": "Europe/Berlin",
            "topic": "harbours",
            "feeds": "https://a.example/rss, https://b.example/atom",
            "approvals": "1",
            "review": "<#1234567>",
            "quiet": "sat, 2026-12-24",
            "ends": "2027-01-31",
        }
    )
    assert isinstance(made.card, SchedulesCard)
    [entry] = made.card.entries
    assert entry.name == "harbours"
    assert entry.about == "harbours · 2 feeds · 1 approval needed"
    assert entry.next_times[0] == "Mon 2026-01-05 09:00 CET"
    assert len(entry.next_times) == 5
    changed = await commands.edit("harbours", {"name": "Ports", "when": "daily at 6 pm"})
    assert isinstance(changed.card, SchedulesCard)
    assert changed.card.entries[0].next_times[0] == "Mon 2026-01-05 18:00 CET"
    paused = await commands.pause("ports")
    assert isinstance(paused.card, SchedulesCard)
    assert (paused.card.entries[0].state, paused.card.entries[0].next_times) == ("paused", ())
    assert await commands.suggestions("po") == [("Ports", entry.schedule_id)]
    await commands.resume(entry.schedule_id[-6:])
    await commands.remove("Ports")
    with pytest.raises(NotFound):
        await commands.run("Ports")
    actions = [a.action for a in await job_service.office.team.audit(ADMIN)]
    assert actions == ["news-remove", "news-edit", "news-edit", "news-edit", "news-add"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"topic": "x"}, "needs a time"),
        ({"when": "weekdays at 9"}, "needs a topic or feeds"),
        ({"when": "soon", "topic": "x"}, "don't understand the time"),
        ({"when": "9:00", "topic": "x", "time_zone": "Mars"}, "no time zone"),
        ({"when": "*/5 * * * *", "topic": "x"}, "more often than every 15 minutes"),
        ({"when": "9:00", "feeds": "file:///etc/passwd"}, "isn't a feed address"),
        ({"when": "9:00", "topic": "x", "approvals": "3"}, "a number from 0 to 2"),
        ({"when": "9:00", "topic": "x", "approvals": "1"}, "needs a review channel"),
        ({"when": "9:00", "topic": "x", "ends": "soon"}, "write it like"),
        ({"when": "9:00", "topic": "x", "colour": "red"}, "no option 'colour'"),
    ],
)
async def test_what_cannot_be_a_schedule_is_refused(
    job_service: Desk, options: dict[str, str], sentence: str
) -> None:
    with pytest.raises(InvalidRequest, match=sentence):
        await job_service.as_(MODERATOR).news.add(options)


async def test_rights_and_limits_of_schedules(job_service: Desk) -> None:
    options = {"when": "9:00", "topic": "x"}
    with pytest.raises(Refused, match="Only moderators"):
        await job_service.as_(ANN).news.add(options)
    await job_service.as_(MODERATOR).news.add({**options, "name": "One"})
    for other in (BOB, replace(BOB, role=Role.MODERATOR)):
        with pytest.raises(Refused, match="Only the person who created"):
            await job_service.as_(other).news.remove("One")
    with pytest.raises(NotFound):
        await job_service.as_(STRANGER).news.remove("One")
    await job_service.as_(ADMIN).news.pause("One")
    for name in ("Two", "Three"):
        await job_service.as_(MODERATOR).news.add({**options, "name": name})
    with pytest.raises(InvalidRequest, match="You already have 3 schedules"):
        await job_service.as_(MODERATOR).news.add({**options, "name": "Four"})


async def test_the_kill_switch_is_an_admins_and_stops_requests_too(job_service: Desk) -> None:
    with pytest.raises(Refused, match="Only an admin"):
        await job_service.as_(MODERATOR).settings(Scope.WORKSPACE, "paused", "yes")
    await job_service.as_(ADMIN).settings(Scope.WORKSPACE, "paused", "yes")
    with pytest.raises(Refused, match="paused here"):
        await job_service.as_(ANN).imagine("a cat", event_key="e1")
    await job_service.as_(ADMIN).settings(Scope.WORKSPACE, "paused", "no")
    assert (await job_service.as_(ANN).imagine("a cat", event_key="e1")).job_id


def test_apscheduler_is_woken_at_the_due_time_or_before_it_where_people_must_approve() -> None:
    plain = SlotTrigger(a_schedule())
    reviewed = SlotTrigger(a_schedule(**REVIEWED))
    first = plain.get_next_fire_time(None, START)
    assert first is not None
    assert first == START + timedelta(hours=2)
    assert plain.get_next_fire_time(first, first) == first + timedelta(days=1)
    assert plain.get_next_fire_time(None, first) == first
    assert reviewed.get_next_fire_time(None, START) == START + timedelta(hours=1)


async def test_a_story_card_fits_the_job_whatever_became_of_it(job_service: Desk) -> None:
    slot = await job_service.due(await job_service.keep())
    await job_service.job(slot, JobStatus.CANCELLED)
    view = await job_service.office.job_service.view("w1", slot.job_id or "")
    assert review_card(view).text == "Cancelled."
    assert card_of(replace(view, story=None)) is not None


async def test_a_doubtful_story_is_not_posted_where_nobody_reviews_it(job_service: Desk) -> None:
    job_service.newsroom.parts = DOUBTFUL
    schedule = await job_service.keep()
    slot = await job_service.due(schedule)
    assert (slot.status, slot.job_id) == (SlotStatus.EMPTY, None)
    assert slot.note.startswith("“The harbour opens” needs an editor, so it wasn't posted: it may")
    shown = translated(stored(slot.note), "de")
    assert "beschuldigt womöglich" in shown
    assert "Prüfkanal" in shown
    assert [str(line) for line in considered_lines(slot)] == [
        "Not chosen: “The harbour opens” (news1.example): needs an editor: "
        + str(why_doubtful((Doubt.ACCUSES, Doubt.OMITS)))
    ]
    [told] = await job_service.told()
    assert "Choose a review channel to approve such posts." in told
    await job_service.due(schedule, at=START + timedelta(days=1, hours=2, seconds=1))
    assert await job_service.told() == [], "once a week"


async def test_a_doubtful_story_waits_in_the_review_channel_though_others_need_no_approval(
    job_service: Desk,
) -> None:
    await job_service.office.team.prefer(ADMIN, Scope.WORKSPACE, review_channel="r1")
    job_service.newsroom.parts = DOUBTFUL
    slot = await job_service.due(await job_service.keep(grace=timedelta(minutes=1)))
    await job_service.job(slot, JobStatus.REVIEWING)
    view = await job_service.office.job_service.view("w1", slot.job_id or "")
    routing = view.job.request.routing
    assert (routing.approvals, routing.review) == (1, Destination("chat", "r1"))
    card = review_card(view)
    assert card.result.story is not None
    assert (card.result.story.notice or "").startswith("Check before posting: it may accuse")
    job_service.clock.on(minutes=30)
    assert await job_service.settler.settle() == 0, "people have some time to look at it"
    await job_service.as_(at(BOB, "r1")).decide(slot.job_id or "", approved=True)
    await job_service.settler.settle()
    assert any(task.workflow == "deliver" for task in job_service.office.dispatcher.tasks)


async def test_a_story_without_doubt_comes_before_a_doubtful_one(job_service: Desk) -> None:
    job_service.newsroom.names = ["bridge", "harbour"]
    job_service.newsroom.doubtful = {"bridge"}
    slot = await job_service.due(await job_service.keep())
    assert [story.outcome for story in slot.considered] == [Outcome.CHOSEN, Outcome.DOUBTFUL]
    assert slot.considered[0].headline == "The harbour opens"


async def test_what_takes_the_place_of_a_draft_waits_like_it(job_service: Desk) -> None:
    job_service.newsroom.names = ["bridge", "harbour"]
    job_service.newsroom.doubtful = {"bridge", "harbour"}
    schedule = await job_service.keep(review=Destination("chat", "r1"))
    slot = await job_service.due(schedule)
    await job_service.job(slot, JobStatus.REVIEWING)
    job_service.newsroom.doubtful = set()
    button = Button(ButtonAction.STORY, slot.job_id or "")
    await job_service.as_(at(BOB, "r1")).news.press(button, event_key="e1", text=None)
    job_id = (await job_service.slots())[-1].job_id or ""
    view = await job_service.office.job_service.view("w1", job_id)
    assert (view.job.id != slot.job_id, view.job.request.routing.approvals) == (True, 1)
