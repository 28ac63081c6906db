"""A channel of Discord and one of Slack that show the same jobs, both at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from discord import Message as DiscordMessage

from domain.errors import SurfaceRefused
from domain.illustrations import Delivery, DeliveryKind, IllustrationStatus
from domain.requests import Job, JobStatus
from domain.team import Tally
from evaluation.peers.slack_team import Message
from jobs.common.ports import Surface
from jobs.common.tasks import deliver_task, delivery_id
from jobs.common.views import JobView
from jobs.illustration.delivery import DeliveryWorker
from jobs.illustration.status_watch import Watcher, WatchSettings
from tests.fakes.search import MemorySteps
from tests.fakes.slack_stage import WORKSPACE, Stage, a_stage_over, until
from tests.scenario.discord.conftest import PATIENT, Scene, labels, said

pytestmark = PATIENT
SLACK_CODE = f"{WORKSPACE}/C0001"
AT_ONCE = WatchSettings(edit_s=0.0, queue_s=0.0)


@dataclass
class Both:
    """The two chats, and the house-keeping that the test does by hand."""

    discord: Scene
    slack: Stage
    watchers: tuple[Watcher, Watcher]
    courier: DeliveryWorker

    @property
    def discord_code(self) -> str:
        return f"{self.discord.workspace}/{self.discord.channel.id}"

    async def link(self) -> None:
        """What the two admins do."""
        shown = await self.discord.eve.slash(
            self.discord.channel, "settings channel", name="linked", value=SLACK_CODE
        )
        assert self.discord_code in said(shown.response)
        await self.slack.fake.slash(f"settings channel linked {self.discord_code}", user="U0ADA")
        await self.slack.whispered(f"linked {self.discord_code}", user="U0ADA")

    async def go_on(self) -> None:
        """Carry over, show how jobs stand, and deliver what is due; until nothing moves."""
        for _round in range(3):
            await self.discord.office.mirrors.look()
            for watcher in self.watchers:
                await watcher.look()
                await asyncio.gather(*watching())
            await self.deliver()
            await self.discord.env.settle()

    async def deliver(self) -> None:
        tasks = self.discord.office.dispatcher.tasks
        due = [task for task in tasks if task.workflow == "deliver"]
        for task in due:
            tasks.remove(task)
            await self.courier.deliver(task.workspace_id, task.subject_id, MemorySteps())

    async def draw(self, job_id: str, kind: DeliveryKind = DeliveryKind.RESULT) -> None:
        """Let a job that was asked for on Discord be drawn, and hand it to the courier."""
        scene = self.discord
        await scene.finish(job_id)
        job = (await scene.view(job_id)).job
        review = job.request.routing.review if kind is DeliveryKind.REVIEW else None
        delivery = Delivery(
            delivery_id(job_id, kind),
            scene.workspace,
            job_id,
            kind,
            review or job.request.routing.destination,
        )
        async with scene.office.store.workspace(scene.workspace) as unit:
            await unit.deliveries.add(delivery)
        await scene.office.dispatcher.enqueue(deliver_task(delivery))

    async def asked(self) -> tuple[str, JobView, Message]:
        """A job that Ann asked for on Discord, its shadow, and the shadow's message."""
        job_id, _ = await self.discord.imagine("a fox")
        await self.go_on()
        shadow = await self.shadow()
        return job_id, shadow, await self.slack.message()

    async def shadow(self) -> JobView:
        """The newest job on Slack."""
        [job] = await self.slack.office.job_service.recent(WORKSPACE, limit=1)
        return await self.slack.office.job_service.view(WORKSPACE, job.id)

    async def drawn(self) -> tuple[str, DiscordMessage, Message]:
        """A picture that both show."""
        job_id, _shadow, message = await self.asked()
        await self.draw(job_id)
        await self.go_on()
        [shown] = [m for m in self.discord.channel.history() if m.attachments]
        return job_id, shown, message


def watching() -> list[asyncio.Task[None]]:
    return [task for task in asyncio.all_tasks() if task.get_name() == "show job"]


@pytest.fixture
async def both(scene: Scene, tmp_path: Path) -> AsyncIterator[Both]:
    office = replace(scene.office, workspace=WORKSPACE)
    async with a_stage_over(office, tmp_path) as stage:
        stage.fake.team.users["U0ADA"] = {"is_admin": True}
        store = office.store
        watchers = (
            Watcher(store=store, surface="discord", board=scene.surface, settings=AT_ONCE),
            Watcher(store=store, surface="slack", board=stage.surface, settings=AT_ONCE),
        )
        surfaces: dict[str, Surface] = {"discord": scene.surface, "slack": stage.surface}
        courier = DeliveryWorker(store=store, surfaces=surfaces, sleep=asyncio.sleep)
        opened = Both(scene, stage, watchers, courier)
        await opened.link()
        yield opened


async def test_what_is_asked_for_on_discord_goes_on_and_ends_in_slack_too(both: Both) -> None:
    job_id, shadow, message = await both.asked()
    assert "a fox" in message.said
    assert "In the queue, you're next." in message.said
    assert message.job_id == shadow.job.id
    await both.discord.office.researched(job_id)
    async with both.discord.office.store.workspace(both.discord.workspace) as unit:
        await unit.events.append(job_id, "render_started", {})
    await both.go_on()
    assert "Who is Eileen Collins?" in message.said

    await both.draw(job_id)
    await both.go_on()
    [shown] = both.discord.channel.history()
    assert len(shown.attachments) == len(message.pictures) == 1
    assert list(both.slack.channel.messages.values()) == [message]
    assert "Requested in the linked channel on Discord." in message.said
    assert "commanded a shuttle" in said(shown) or "Eileen Collins" in said(shown)
    assert (await both.discord.view(job_id)).job.status is JobStatus.DONE
    assert (await both.shadow()).job.status is JobStatus.DONE
    edits = len(message.edits)
    await both.go_on()
    assert len(message.edits) == edits


async def test_votes_on_either_side_count_on_both(both: Both) -> None:
    job_id, shown, message = await both.drawn()
    await both.discord.bob.react(shown, "👍")
    await both.slack.fake.event(
        {
            "type": "reaction_added",
            "user": "U0BOB",
            "reaction": "heart",
            "item": {"type": "message", "channel": "C0001", "ts": message.ts},
        }
    )

    async def counted() -> bool:
        return (await both.discord.view(job_id)).tallies == (Tally(2, 0),)

    await until(counted)
    await both.go_on()
    assert (await both.shadow()).tallies == (Tally(2, 0),)
    gallery = await both.discord.ann.slash(both.discord.channel, "gallery")
    assert "👍 2 👎 0" in said(gallery.response)
    await both.slack.fake.slash("gallery")
    assert "👍 2 👎 0" in (await both.slack.message(2)).said


async def test_two_people_of_two_chats_approve_one_picture(both: Both) -> None:
    scene, fake = both.discord, both.slack.fake
    review = scene.guild.create_text_channel("review")
    await scene.eve.slash(scene.channel, "admin policy", review=review, approvals=2)
    fake.team.channel("C0REVIEW")
    await fake.slash("settings team review_channel <#C0REVIEW|review>", user="U0ADA")
    await both.slack.whispered("review_channel C0REVIEW", user="U0ADA")

    job_id, _shadow, message = await both.asked()
    await both.draw(job_id, DeliveryKind.REVIEW)
    await both.go_on()
    [draft] = review.history()
    draft_there = await both.slack.message(channel=fake.team.channel("C0REVIEW"))
    for text in (said(draft), draft_there.said):
        assert "Needs 2 more approvals." in text
    assert message.pictures == []

    approve = draft_there.button("approve")
    await fake.press(approve, user="U0BOB", channel="C0REVIEW", ts=draft_there.ts)
    await until(lambda: "Needs 1 more approval" in draft_there.said)
    await both.go_on()
    [draft] = review.history()
    assert "Needs 1 more approval." in said(draft)

    await scene.bob.click(draft, label="Approve")
    await both.go_on()
    [draft] = review.history()
    assert "Approved and posted." in said(draft)
    assert "Approved and posted." in draft_there.said
    [shown] = scene.channel.history()
    assert len(shown.attachments) == len(message.pictures) == 1
    decisions = (await scene.view(job_id)).decisions
    assert [d.member_id for d in decisions] == ["slack:U0BOB", str(scene.bob.id)]


async def test_a_picture_that_discord_deletes_is_gone_in_slack(both: Both) -> None:
    job_id, shown, message = await both.drawn()
    asked = await both.discord.ann.click(shown, label="Delete…")
    assert asked.response is not None
    await both.discord.ann.click(asked.response.message, label="Delete")
    view = await both.discord.view(job_id)
    assert view.illustrations[0].status is IllustrationStatus.DELETED
    await both.go_on()
    assert message.pictures == []


async def test_a_follow_up_in_slack_is_answered_there_and_shown_on_discord(both: Both) -> None:
    await both.discord.eve.slash(
        both.discord.channel, "settings channel", name="threads", value="yes"
    )
    _job_id, _shown, message = await both.drawn()
    fake = both.slack.fake
    await fake.event(fake.says("at night, please", thread=message.ts))

    async def begun() -> Job | None:
        newest = (await both.slack.office.job_service.recent(WORKSPACE, limit=1))[0]
        return newest if newest.request.origin.shadow_of is None else None

    async def is_there() -> bool:
        return await begun() is not None

    await until(is_there)
    job = await begun()
    assert job is not None
    assert job.request.origin.member_id == "U0ANN"
    await both.go_on()
    view = await both.discord.newest()
    assert view.job.request.origin.shadow_of is not None
    assert view.job.request.origin.shadow_of.job_id == job.id
    [thread] = both.discord.channel.threads
    assert thread.last_message is not None
    assert "at night, please" in said(thread.last_message)


async def test_after_unlinking_slack_says_so_and_discord_goes_on(both: Both) -> None:
    job_id, shadow, message = await both.asked()
    await both.slack.fake.slash("settings channel linked", user="U0ADA")
    await both.slack.whispered("linked not set", user="U0ADA")
    await both.go_on()
    assert "no longer linked" in message.said
    await both.draw(job_id)
    await both.go_on()
    [shown] = both.discord.channel.history()
    assert len(shown.attachments) == 1
    assert message.pictures == []
    assert (await both.shadow()).job.id == shadow.job.id


async def test_a_button_of_one_side_forged_into_the_other_does_nothing(both: Both) -> None:
    job_id, _shown, message = await both.drawn()
    button = message.button("askdelete")
    forged = {**button, "value": button["value"].replace(message.job_id or "", job_id)}
    assert forged != button
    await both.slack.fake.press(forged, user="U0ADA", ts=message.ts)
    await both.slack.whispered("There is no", user="U0ADA")
    view = await both.discord.view(job_id)
    assert view.illustrations[0].status is IllustrationStatus.RENDERED
    assert "Delete…" in labels(both.discord.channel.history()[0])


async def test_a_failure_on_discord_is_seen_in_slack_but_not_its_reason(both: Both) -> None:
    job_id, _shadow, message = await both.asked()
    await both.discord.status(job_id, JobStatus.FAILED, error="The secret reason.")
    await both.go_on()
    assert "This one didn't work out. The person who asked has the details." in message.said
    assert "secret" not in message.said
    assert not any(kept.open for kept in (await both.shadow()).messages)


async def test_a_result_that_a_dead_process_claimed_is_looked_for_in_the_channel_alone(
    both: Both,
) -> None:
    job_id, shadow, message = await both.asked()
    await both.draw(job_id)
    await both.discord.office.mirrors.look()
    async with both.slack.office.store.workspace(WORKSPACE) as unit:
        result = delivery_id(shadow.job.id, DeliveryKind.RESULT)
        await unit.deliveries.claim(result, now=datetime.now(UTC))
    await both.go_on()
    assert len(message.pictures) == 1
    assert not [name for name in both.slack.fake.team.channels if "discord" in name]


async def test_a_channel_that_limner_was_sent_away_from_gets_nothing_and_nobody_else_does(
    both: Both,
) -> None:
    job_id, _ = await both.discord.imagine("a fox")
    both.slack.channel.member, both.slack.channel.private = False, True
    await both.draw(job_id)
    await both.discord.office.mirrors.look()
    shadow = await both.shadow()
    with pytest.raises(SurfaceRefused):
        await both.slack.surface.send(shadow.deliveries[0])
    assert not both.slack.channel.messages
    assert not [name for name in both.slack.fake.team.channels if "discord" in name]
