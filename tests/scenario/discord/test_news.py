"""The news desk on Discord: schedules, drafts, posts and what their owners are asked."""

from __future__ import annotations

from dataclasses import replace

import discord
import pytest
import simcord

from domain.illustrations import DeliveryKind
from domain.news import Notice, Schedule
from domain.requests import Destination, JobStatus
from domain.team import Role
from evaluation.peers.values import NOON
from jobs.admission.requests import Requester
from tests.fakes.web import picture
from tests.scenario.discord.conftest import PATIENT, Scene, labels, said

pytestmark = PATIENT


def eve(scene: Scene) -> Requester:
    place = Destination("discord", str(scene.channel.id))
    return Requester(scene.workspace, str(scene.eve.id), place, Role.ADMIN)


async def schedules(scene: Scene) -> list[Schedule]:
    return [view.schedule for view in await scene.office.news.schedules(eve(scene))]


async def a_story(scene: Scene, *, preview: bool = False) -> str:
    """A story of a schedule of Eve's whose picture is there; gives the job."""
    await scene.eve.slash(scene.channel, "news add", when="hourly", topic="harbour")
    job_id = await scene.office.illustrate_news(eve(scene), "harbour", preview=preview)
    sha256 = await scene.office.blobs.put(scene.workspace, picture(7, kind="PNG"))
    await scene.office.finished(job_id, sha256=sha256)
    await scene.status(job_id, JobStatus.DELIVERING)
    return job_id


async def a_draft(scene: Scene) -> tuple[str, simcord.ChannelHandle]:
    """A story that waits for approval, and the channel in which it does."""
    review = scene.guild.create_text_channel("review")
    await scene.eve.slash(
        scene.channel, "news add", when="hourly", topic="harbour", approvals=1, review=review
    )
    job_id = await scene.office.illustrate_news(eve(scene), "harbour")
    sha256 = await scene.office.blobs.put(scene.workspace, picture(7, kind="PNG"))
    await scene.office.finished(job_id, sha256=sha256)
    await scene.status(job_id, JobStatus.REVIEWING, finished_at=None)
    await scene.deliver(job_id, DeliveryKind.REVIEW)
    return job_id, review


async def test_a_schedule_is_made_changed_and_removed(scene: Scene) -> None:
    made = await scene.eve.slash(
        scene.channel, "news add", when="weekdays at 9", topic="ships", time_zone="Europe/Berlin"
    )
    assert made.ephemeral
    assert "ships" in said(made.response)
    [schedule] = await schedules(scene)
    assert (schedule.cron, schedule.time_zone) == ("0 9 * * mon-fri", "Europe/Berlin")
    assert schedule.destination == Destination("discord", str(scene.channel.id))
    await scene.eve.slash(scene.channel, "news edit", schedule="ships", when="hourly", style="ink")
    await scene.eve.slash(scene.channel, "news edit", schedule="ships", style="-")
    [schedule] = await schedules(scene)
    assert (schedule.cron, schedule.style) == ("0 * * * *", None)
    await scene.eve.slash(scene.channel, "news pause", schedule="ships")
    listed = await scene.eve.slash(scene.channel, "news list")
    assert "paused" in said(listed.response)
    await scene.eve.slash(scene.channel, "news remove", schedule="ships")
    assert not await schedules(scene)


async def test_schedules_and_time_zones_are_suggested(scene: Scene) -> None:
    await scene.eve.slash(scene.channel, "news add", when="hourly", topic="ships")
    [schedule] = await schedules(scene)
    found = await scene.eve.autocomplete(scene.channel, "news pause", "schedule", "shi")
    assert [(choice["name"], choice["value"]) for choice in found] == [("ships", schedule.id)]
    zones = await scene.eve.autocomplete(scene.channel, "news add", "time_zone", "berl")
    assert "Europe/Berlin" in [choice["value"] for choice in zones]


async def test_only_moderators_schedule_the_news_and_only_where_they_write(scene: Scene) -> None:
    result = await scene.ann.slash(scene.channel, "news add", when="hourly", topic="ships")
    assert "Only moderators and admins" in said(result.response)
    silent = discord.PermissionOverwrite(view_channel=True, send_messages=False)
    quiet = scene.guild.create_text_channel("quiet", overwrites={scene.bob: silent})
    result = await scene.bob.slash(
        scene.channel, "news add", when="hourly", topic="ships", channel=quiet
    )
    assert "You can't post in #quiet yourself" in said(result.response)
    assert not await schedules(scene)


async def test_a_story_is_posted_with_its_words_and_label(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.messages.lifecycle.GRACE_S", 10**6)  # there is no message to wait for
    job_id = await a_story(scene)
    await scene.deliver(job_id)
    [posted] = [m for m in scene.channel.history() if not m.flags.ephemeral]
    assert "The harbour opened. \\[1\\] It has two piers. \\[1\\] \\[2\\]" in said(posted)
    assert "Reference board" in said(posted)
    assert posted.attachments


async def test_a_preview_comes_to_the_requester_alone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.messages.lifecycle.GRACE_S", 0)
    job_id = await a_story(scene, preview=True)
    await scene.deliver(job_id)
    [shown] = scene.eve.user.dm_channel.history()
    assert "The harbour opened." in said(shown)
    assert [m for m in scene.channel.history() if not m.flags.ephemeral] == []


async def test_a_drafts_words_are_changed_and_shown_where_it_waits(scene: Scene) -> None:
    job_id, review = await a_draft(scene)
    [draft] = review.history()
    shown = await scene.eve.click(draft, label="Edit text…")
    assert shown.modal is not None
    told = await scene.eve.submit_modal(shown, {"text": "Harbour open\nThe harbour opened."})
    assert told.ephemeral
    await scene.show(job_id)
    [draft] = review.history()
    assert "Harbour open" in said(draft)
    assert "It has two piers" not in said(draft)


@pytest.mark.parametrize(
    ("label", "says"),
    [
        ("Another picture", "Making another picture"),
        ("Another story", "Illustrating another story"),
    ],
)
async def test_something_else_is_put_in_the_place_of_a_draft(
    scene: Scene, label: str, says: str
) -> None:
    job_id, review = await a_draft(scene)
    [draft] = review.history()
    await scene.eve.click(draft, label=label)
    assert (await scene.view(job_id)).job.status is JobStatus.CANCELLED
    [shown] = review.history()
    assert says in said(shown)
    assert labels(shown) == []


async def test_whoever_made_a_schedule_is_asked_about_a_changed_story(scene: Scene) -> None:
    job_id = await a_story(scene)
    await scene.deliver(job_id)
    view = await scene.view(job_id)
    assert view.story is not None
    async with scene.office.store.workspace(scene.workspace) as unit:
        story = await unit.stories.get(view.story.id)
        found = replace(story, corrections=("The page says 3 piers now.",), posted_at=NOON)
        await unit.stories.save(found)
    notice = Notice(
        "N1",
        scene.workspace,
        "discord",
        str(scene.eve.id),
        "A page was corrected.",
        story.id,
        ("annotate", "replace"),
    )
    await scene.surface.notify(notice)
    [asked] = scene.eve.user.dm_channel.history()
    assert "A page was corrected." in said(asked)
    await scene.eve.user.click(asked, label="Add a note to the post")
    await scene.show(job_id)
    [posted] = [m for m in scene.channel.history() if not m.flags.ephemeral]
    assert "The page says 3 piers now." in said(posted)


async def test_a_post_is_removed_when_its_owner_wants_another(scene: Scene) -> None:
    job_id = await a_story(scene)
    await scene.deliver(job_id)
    view = await scene.view(job_id)
    assert view.story is not None
    async with scene.office.store.workspace(scene.workspace) as unit:
        story = await unit.stories.get(view.story.id)
        await unit.stories.save(replace(story, corrections=("Gone.",), posted_at=NOON))
    about = (story.id, ("annotate", "replace"))
    notice = Notice("N1", scene.workspace, "discord", str(scene.eve.id), "Look.", *about)
    await scene.surface.notify(notice)
    [asked] = scene.eve.user.dm_channel.history()
    await scene.eve.user.click(asked, label="Replace the post")
    assert [m for m in scene.channel.history() if not m.flags.ephemeral] == []
    assert scene.office.dispatcher.tasks[-1].workflow == "news"
