"""Slack: the news desk, over a real Socket Mode connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest

from bot.slack.client.api import SlackApi
from bot.slack.client.http import Wire
from bot.slack.client.rate_limit import Pace
from bot.slack.client.tokens import OneWorkspace
from bot.slack.handlers.closed_places import ClosedPlaces
from domain.illustrations import DeliveryKind
from domain.news import Notice, Schedule
from domain.requests import Destination, JobStatus
from domain.team import Role
from evaluation.peers.slack_team import Message, every_node
from evaluation.peers.values import NOON
from jobs.admission.requests import Requester
from tests.fakes.job_service import an_office
from tests.fakes.slack_stage import WORKSPACE, Stage, a_stage, a_stage_over, until

ADA = Requester(WORKSPACE, "U0ADA", Destination("slack", "C0001"), Role.ADMIN)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as opened:
        opened.fake.team.users["U0ADA"] = {"is_admin": True, "tz": "Europe/Berlin"}
        opened.fake.team.channel("C0REVIEW")
        yield opened


async def type_(stage: Stage, text: str, *, user: str = "U0ADA") -> None:
    await stage.fake.slash(text, user=user)


async def schedules(stage: Stage, count: int = 1) -> list[Schedule]:
    async def there() -> bool:
        return len(await stage.office.news.schedules(ADA)) >= count

    await until(there)
    return [view.schedule for view in await stage.office.news.schedules(ADA)]


async def form_of(stage: Stage) -> dict[str, dict[str, Any]]:
    """The fields of the modal that was opened last."""
    await until(lambda: bool(stage.fake.team.views))
    return {block["block_id"]: block["element"] for block in stage.fake.team.views[-1][1]["blocks"]}


async def a_draft(stage: Stage) -> tuple[str, Message]:
    """A story that waits for approval, and its message in the review channel."""
    await type_(stage, "news add harbour when:hourly approvals:1 review:<#C0REVIEW|review>")
    await schedules(stage)
    job_id = await stage.office.illustrate_news(ADA, "harbour")
    await shown_for_review(stage, job_id)
    return job_id, stage.fake.team.channel("C0REVIEW").newest


async def shown_for_review(stage: Stage, job_id: str) -> None:
    await stage.office.reviewing(job_id)
    view = await stage.office.job_service.view(WORKSPACE, job_id)
    await stage.deliver(view.job, DeliveryKind.REVIEW)


async def test_a_schedule_is_typed_in_a_line(stage: Stage) -> None:
    await type_(stage, 'news add harbours of the north when:"weekdays at 9" sources:3')
    [schedule] = await schedules(stage)
    assert (schedule.topic, schedule.cron) == ("harbours of the north", "0 9 * * mon-fri")
    assert (schedule.time_zone, schedule.min_sources) == ("Europe/Berlin", 3)
    assert schedule.destination == Destination("slack", "C0001")
    await stage.whispered("harbours of the north", user="U0ADA")


async def test_a_schedule_is_filled_into_a_form_and_changed_in_one(stage: Stage) -> None:
    await type_(stage, "news add ships")
    fields = await form_of(stage)
    assert fields["topic"]["initial_value"] == "ships"
    assert fields["time_zone"]["initial_value"] == "Europe/Berlin"
    assert fields["channel"]["initial_conversation"] == "C0001"
    stage.fake.team.channel("C0HARBOUR", private=True, people=["U0ADA"])
    filled = {"topic": "ships", "time_zone": "UTC", "channel": "C0HARBOUR", "style": "ink"}
    refused = await stage.fake.submit({**filled, "when": "sometimes"}, user="U0ADA")
    assert refused.payload is not None
    assert "when" in refused.payload["errors"]
    refused = await stage.fake.submit({**filled, "when": "hourly", "approvals": "1"}, user="U0ADA")
    assert refused.payload is not None
    assert refused.payload["errors"].keys() == {"review"}
    await stage.fake.submit({**filled, "when": "daily at 8"}, user="U0ADA")
    [schedule] = await schedules(stage)
    assert (schedule.cron, schedule.style) == ("0 8 * * *", "ink")
    assert schedule.destination == Destination("slack", "C0HARBOUR")
    opened = len(stage.fake.team.views)
    await type_(stage, "news edit ships")
    await until(lambda: len(stage.fake.team.views) > opened)
    fields = await form_of(stage)
    assert fields["when"]["initial_value"] == "0 8 * * *"
    await stage.fake.submit({**filled, "when": "hourly", "style": ""}, user="U0ADA")

    async def changed() -> bool:
        [schedule] = await schedules(stage)
        return (schedule.cron, schedule.style) == ("0 * * * *", None)

    await until(changed)


async def test_words_that_begin_like_the_news_are_a_prompt(stage: Stage) -> None:
    await stage.fake.slash("news anchor at a desk")
    [job] = await stage.jobs()
    assert job.request.prompt == "news anchor at a desk"


async def test_members_schedule_nothing_and_no_channel_is_posted_in_by_others(
    stage: Stage,
) -> None:
    await type_(stage, "news add ships when:hourly", user="U0ANN")
    await stage.whispered("Only moderators and admins can schedule news")
    stage.fake.team.channel("C0HIDDEN", member=True, private=True)
    await type_(stage, "news add ships when:hourly channel:<#C0HIDDEN|hidden>")
    await stage.whispered("You aren't in that channel", user="U0ADA")
    stage.fake.team.channel("C0FARAWAY", member=False, private=True)
    await type_(stage, "news add ships when:hourly channel:<#C0FARAWAY|away>")
    await stage.whispered("Limner can't post in that channel", user="U0ADA")
    assert not await stage.office.news.schedules(ADA)


async def test_schedules_are_listed_paused_and_removed(stage: Stage) -> None:
    await type_(stage, "news add ships when:hourly")
    await schedules(stage)
    await type_(stage, "news pause ships")
    await stage.whispered("paused", user="U0ADA")
    await type_(stage, "news resume ships")
    await stage.whispered("⏰", user="U0ADA")
    await type_(stage, "news")
    await type_(stage, "news remove ships")
    await stage.whispered("Deleted the schedule", user="U0ADA")
    assert not await stage.office.news.schedules(ADA)
    await type_(stage, "news run ships")
    await stage.whispered("ships", user="U0ADA")


async def test_a_preview_comes_to_the_requester_alone(stage: Stage) -> None:
    await type_(stage, "news add harbour when:hourly")
    await schedules(stage)
    await type_(stage, "news preview harbour")
    await stage.whispered("Only you will see the result", user="U0ADA")
    [schedule] = await schedules(stage)
    async with stage.office.store.workspace(WORKSPACE) as unit:
        [slot] = await unit.schedules.slots(schedule.id)
    assert slot.preview is not None
    assert slot.preview.destination == Destination("slack", "DU0ADA")


async def test_a_story_is_posted_with_its_words_and_label(stage: Stage) -> None:
    await type_(stage, "news add harbour when:hourly")
    await schedules(stage)
    job_id = await stage.office.illustrate_news(ADA, "harbour")
    view = await stage.finished((await stage.office.job_service.view(WORKSPACE, job_id)).job)
    await stage.deliver(view.job)
    posted = stage.channel.newest
    assert posted.blocks[0]["type"] == "header"
    assert "The harbour opens" in posted.said
    assert "The harbour opened. [1] It has two piers. [1] [2]" in posted.said
    assert "Reference board" in posted.said, "what kind of picture it is"


async def test_a_drafts_words_are_changed_and_shown_where_it_waits(stage: Stage) -> None:
    job_id, review = await a_draft(stage)
    await stage.fake.press(review.button("text"), user="U0ADA", channel="C0REVIEW", ts=review.ts)
    fields = await form_of(stage)
    told = fields["words"]["initial_value"]
    assert told == "The harbour opens\nThe harbour opened.\nIt has two piers."
    await stage.fake.submit({"words": "Harbour open\nThe harbour opened."}, user="U0ADA")
    await stage.whispered("The draft's text was updated", user="U0ADA")
    await stage.surface.show(await stage.office.job_service.view(WORKSPACE, job_id))
    assert "Harbour open" in review.said
    assert "It has two piers" not in review.said


@pytest.mark.parametrize(
    ("action", "says"),
    [("picture", "Making another picture"), ("story", "Illustrating another story")],
)
async def test_something_else_is_put_in_the_place_of_a_draft(
    stage: Stage, action: str, says: str
) -> None:
    job_id, review = await a_draft(stage)
    await stage.fake.press(review.button(action), user="U0ADA", channel="C0REVIEW", ts=review.ts)
    await until(lambda: says in review.said)
    view = await stage.office.job_service.view(WORKSPACE, job_id)
    assert view.job.status is JobStatus.CANCELLED
    assert not [node for node in every_node(review.blocks) if node.get("type") == "button"]


async def test_whoever_made_a_schedule_is_asked_about_a_changed_story(stage: Stage) -> None:
    await type_(stage, "news add harbour when:hourly")
    await schedules(stage)
    job_id = await stage.office.illustrate_news(ADA, "harbour")
    view = await stage.finished((await stage.office.job_service.view(WORKSPACE, job_id)).job)
    await stage.deliver(view.job)
    await stage.become(view.job, JobStatus.DONE)
    posted = stage.channel.newest
    assert view.story is not None
    async with stage.office.store.workspace(WORKSPACE) as unit:
        story = await unit.stories.get(view.story.id)
        found = replace(story, corrections=("The page says 3 piers now.",), posted_at=NOON)
        await unit.stories.save(found)
    about, offers = story.id, ("annotate", "replace")
    notice = Notice("N1", WORKSPACE, "slack", "U0ADA", "A page was corrected.", about, offers)
    await stage.surface.notify(notice)
    asked = stage.fake.team.dm("U0ADA").newest
    assert "A page was corrected." in asked.said
    await stage.fake.press(asked.button("annotate"), user="U0ADA", channel="DU0ADA", ts=asked.ts)
    await stage.whispered("The note was added to the post", user="U0ADA")
    await stage.surface.show(await stage.office.job_service.view(WORKSPACE, job_id))
    assert "The page says 3 piers now." in posted.said


async def test_schedules_stand_in_app_home(stage: Stage) -> None:
    await type_(stage, "news add harbour when:hourly")
    await schedules(stage)
    await stage.fake.event({"type": "app_home_opened", "user": "U0ANN", "tab": "home"})
    await until(lambda: "U0ANN" in stage.fake.team.homes)
    said = str(stage.fake.team.homes["U0ANN"]["blocks"])
    assert "Scheduled news" in said
    assert "harbour" in said


async def test_news_pauses_where_limner_was_removed_and_goes_on_where_it_is_back(
    stage: Stage,
) -> None:
    await type_(stage, "news add harbour when:hourly")
    [made] = await schedules(stage)
    assert not made.paused

    async def is_paused() -> bool:
        return (await schedules(stage))[0].paused

    await stage.fake.event({"type": "channel_left", "channel": "C0001", "actor_id": "U0ADA"})
    await until(is_paused)
    someone = {"type": "member_joined_channel", "channel": "C0001", "user": "U0BOB"}
    await stage.fake.event({**someone, "inviter": "U0ADA"})
    await stage.fake.event({**someone, "user": stage.fake.team.bot_user, "inviter": "U0ADA"})

    async def is_back() -> bool:
        return not await is_paused()

    await until(is_back)
    await until(lambda: "Three things to try" in stage.channel.newest.said)
    greetings = [m for m in stage.channel.messages.values() if "Three things to try" in m.said]
    assert len(greetings) == 1
    assert "/illustrate" in greetings[0].said


async def test_where_limner_joins_by_itself_it_does_not_introduce_itself(stage: Stage) -> None:
    own = stage.fake.team.bot_user
    await stage.fake.event({"type": "member_joined_channel", "channel": "C0001", "user": own})
    await type_(stage, "help")
    await stage.whispered("/illustrate", user="U0ADA")
    assert not any("Three things" in m.said for m in stage.channel.messages.values())


async def is_paused(stage: Stage) -> bool:
    return (await schedules(stage))[0].paused


async def looked(stage: Stage, at: datetime) -> None:
    """Let a look after closed channels happen at that time."""
    wire = Wire(f"{stage.fake.base_url}/api/")
    api = SlackApi(wire, OneWorkspace(stage.fake.team.token, wire=wire), Pace())
    try:
        await ClosedPlaces(api, stage.office.destinations, clock=lambda: at).look()
    finally:
        await wire.aclose()


async def test_news_goes_on_at_the_next_slot_once_slack_takes_posts_again(stage: Stage) -> None:
    await type_(stage, 'news add harbour when:"daily at 9"')
    await schedules(stage)
    await stage.office.destinations.close_channel(WORKSPACE, "C0001")
    long_before, right_before = NOON.replace(hour=5), NOON.replace(hour=7, minute=55)
    await looked(stage, long_before)
    assert await is_paused(stage), "it is tried when a slot comes, 9 o'clock in Berlin"
    stage.fake.rules.append((lambda method, _a: method.startswith("chat."), "restricted_action"))
    await looked(stage, right_before)
    assert await is_paused(stage)
    stage.fake.rules.clear()
    await looked(stage, right_before)
    assert not await is_paused(stage)
    await stage.whispered("harbour: Limner can post in this channel again.", user="U0ADA")
    assert not stage.channel.messages, "only its owner sees that it was tried"


async def test_news_goes_on_where_a_picture_was_posted(tmp_path: Path) -> None:
    async with an_office(tmp_path, workspace=WORKSPACE) as office:
        schedule = Schedule(
            "", WORKSPACE, "U0ADA", "cats", ADA.destination, "0 9 * * *", "UTC", NOON, topic="cats"
        )
        await office.news.add(ADA, schedule)
        await office.destinations.close_channel(WORKSPACE, "C0001")
        async with a_stage_over(office, tmp_path) as stage:
            closed = cast("Any", stage.surface)._closed
            await until(lambda: bool(closed._closed))
            await stage.asked("a dog")

            async def is_back() -> bool:
                return not await is_paused(stage)

            await until(is_back)
