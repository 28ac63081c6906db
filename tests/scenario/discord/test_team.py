"""Working together: threads, wishes in them, votes, approvals, and who did what."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
import simcord

from domain.illustrations import DeliveryKind
from domain.requests import JobKind, JobStatus
from domain.short_codes import short_code
from domain.team import Tally
from evaluation.peers.discord_rules import Object
from tests.fakes.web import picture
from tests.scenario.discord.conftest import PATIENT, Scene, labels, said

pytestmark = PATIENT


async def threaded(scene: Scene) -> tuple[str, simcord.ChannelHandle]:
    """A finished job in a channel that gives each one a thread; the job and its thread."""
    await scene.eve.slash(scene.channel, "settings channel", name="threads", value="yes")
    job_id, _ = await scene.done("a fox")
    [thread] = scene.channel.threads
    return job_id, thread


async def test_a_job_gets_a_thread_where_the_channel_wants_one(scene: Scene) -> None:
    job_id, thread = await threaded(scene)
    assert thread.name == "a fox"
    assert [m.thread for m in (await scene.view(job_id)).messages] == [str(thread.id)]
    await scene.ann.slash(scene.channel, "imagine", prompt="a secret", private=True)
    assert len(scene.channel.threads) == 1


async def test_a_thread_that_may_not_be_opened_is_reported_and_nothing_is_lost(
    scene: Scene,
) -> None:
    await scene.eve.slash(scene.channel, "settings channel", name="threads", value="yes")
    scene.env.inject_error("POST", "/channels/*/messages/*/threads", status=403, code=50013)
    job_id, result = await scene.imagine()
    assert "“Create Public Threads”" in said(result.followups[0])
    assert result.followups[0].ephemeral
    assert (await scene.view(job_id)).messages


async def test_a_wish_in_a_thread_refines_the_picture(scene: Scene) -> None:
    _, thread = await threaded(scene)
    wish = await scene.bob.send(thread, "make it night")
    view = await scene.newest()
    assert (view.job.kind, view.job.request.origin.member_id) == (JobKind.EDIT, str(scene.bob.id))
    assert view.job.request.routing.destination.thread == str(thread.id)
    answer = thread.last_message
    assert answer is not None
    assert answer.reference is not None
    assert answer.reference.message_id == wish.id
    assert short_code(view.job.id) in said(answer)
    await scene.finish(view.job.id)
    await scene.deliver(view.job.id)
    assert thread.last_message is not None
    assert thread.last_message.id == answer.id
    assert len(thread.last_message.attachments) == 1
    await scene.ann.send(thread, "again", attachments=[])
    again = await scene.newest()
    [drawn] = (await scene.view(view.job.id)).illustrations
    assert (again.job.kind, again.job.request.parent_id) == (JobKind.RERENDER, drawn.id)


async def test_a_wish_may_name_a_reference_or_bring_a_picture(scene: Scene) -> None:
    _, thread = await threaded(scene)
    await scene.bob.send(thread, "use the first photo")
    names = [a.name for a in (await scene.newest()).job.request.attachments]
    assert names == ["the earlier picture", "Portrait"]
    await scene.bob.send(thread, "like this one")
    assert thread.last_message is not None
    assert "That picture isn't finished yet" in said(thread.last_message)
    await scene.finish((await scene.newest()).job.id)
    mine = ("mine.png", picture(3, kind="PNG"))
    await scene.bob.send(thread, "like this one", attachments=[mine])
    names = [a.name for a in (await scene.newest()).job.request.attachments]
    assert names[-1] == "mine.png"


async def test_talk_among_people_is_left_alone(scene: Scene) -> None:
    job_id, thread = await threaded(scene)
    before = len(thread.history())
    for text in ("thanks!", "(what a day)", "👍", "> quoted"):
        await scene.bob.send(thread, text)
    assert (await scene.newest()).job.id == job_id
    assert len(thread.history()) == before + 4


async def test_a_wish_told_twice_is_one_job_and_one_answer(scene: Scene) -> None:
    _, thread = await threaded(scene)
    await scene.bob.send(thread, "make it night")
    written = [p for _, name, p in scene.env.backend.transcript if name == "MESSAGE_CREATE"]
    told = [p for p in written if cast("Object", p)["content"] == "make it night"]
    before = len(thread.history())
    scene.env.backend.emit("MESSAGE_CREATE", cast("Object", told[-1]))
    await scene.env.settle()
    assert len(thread.history()) == before


async def test_a_wish_that_cannot_be_is_answered_in_the_thread(scene: Scene) -> None:
    _, thread = await threaded(scene)
    await scene.bob.send(thread, "use the third photo")
    assert thread.last_message is not None
    assert "There is no reference 3; the picture has 1." in said(thread.last_message)
    await scene.bob.send(thread, "sources?")
    assert "commanded a shuttle" in said(thread.last_message)


async def test_threads_can_be_switched_deaf_but_never_to_who_speaks_to_limner(
    scene: Scene,
) -> None:
    job_id, thread = await threaded(scene)
    await scene.eve.slash(scene.channel, "settings channel", name="follow_ups", value="no")
    await scene.bob.send(thread, "make it night")
    assert (await scene.newest()).job.id == job_id
    _, message = await scene.done("another", place=scene.channel)
    await scene.bob.send(scene.channel, "make it night", reply_to=message)
    assert (await scene.newest()).job.kind is JobKind.EDIT
    await scene.bob.send(scene.channel, "make it day")
    assert (await scene.newest()).job.request.prompt == "make it night"


@pytest.mark.parametrize("message_content", [False])
async def test_without_message_content_a_reply_that_mentions_limner_counts(scene: Scene) -> None:
    _, thread = await threaded(scene)
    await scene.bob.send(thread, "make it night")
    assert (await scene.newest()).job.kind is JobKind.ILLUSTRATE
    me = scene.env.bot.user
    assert me is not None
    await scene.bob.send(thread, f"<@{me.id}> make it night")
    view = await scene.newest()
    assert (view.job.kind, view.job.request.prompt) == (JobKind.EDIT, "make it night")


async def test_reactions_vote_and_the_gallery_shows_the_best(scene: Scene) -> None:
    job_id, message = await scene.done("a fox")
    [drawn] = (await scene.view(job_id)).illustrations
    await scene.ann.react(message, "👍")
    await scene.bob.react(message, "👎")
    await scene.eve.react(message, "🦊")
    assert await tally(scene, drawn.id) == Tally(1, 1)
    await scene.bob.react(message, "👍")
    await scene.bob.unreact(message, "👎")
    assert await tally(scene, drawn.id) == Tally(2, 0)
    await scene.ann.unreact(message, "👍")
    assert await tally(scene, drawn.id) == Tally(1, 0)
    result = await scene.ann.slash(scene.channel, "gallery")
    assert result.response is not None
    assert not result.response.ephemeral
    assert "**1** Eileen Collins\n-# 👍 1 👎 0" in said(result.response)
    assert len(result.response.attachments) == 1


async def tally(scene: Scene, illustration_id: str) -> Tally:
    async with scene.office.store.workspace(scene.workspace) as unit:
        return await unit.opinions.tally(illustration_id)


async def test_reactions_elsewhere_are_no_votes(scene: Scene) -> None:
    message = await scene.bob.send(scene.channel, "hello")
    await scene.ann.react(message, "👍")
    _, result = await scene.imagine()
    assert result.response is not None
    await scene.ann.react(result.response.message, "👍")


async def reviewed(scene: Scene, approvals: int = 1) -> tuple[str, simcord.ChannelHandle]:
    """A job whose picture waits in the review channel."""
    review = scene.guild.create_text_channel("review")
    await scene.eve.slash(scene.channel, "admin policy", review=review, approvals=approvals)
    job_id, _ = await scene.imagine()
    await scene.finish(job_id)
    await scene.deliver(job_id, DeliveryKind.REVIEW)
    await scene.status(job_id, JobStatus.REVIEWING)
    await scene.show(job_id)
    return job_id, review


async def test_a_picture_leaves_the_review_channel_when_two_approved_it(scene: Scene) -> None:
    job_id, review = await reviewed(scene, approvals=2)
    [live] = scene.channel.history()
    assert "Needs approval" in said(live)
    assert live.attachments == []
    [message] = review.history()
    assert len(message.attachments) == 1
    assert labels(message) == ["Approve", "Reject…", "Sources"]
    own = await scene.ann.click(message, label="Approve")
    assert "someone else must approve it" in said(own.followups[0])
    await scene.bob.click(message, label="Approve")
    await scene.bob.click(message, label="Approve")
    [message] = review.history()
    assert "Needs 1 more approval." in said(message)
    await scene.eve.click(message, label="Approve")
    [message] = review.history()
    assert "Approved and posted." in said(message)
    assert labels(message) == ["Sources"]
    assert len(message.attachments) == 1
    assert scene.office.dispatcher.tasks[-1].id == f"{job_id}:result:deliver"
    await scene.deliver(job_id)
    [live] = scene.channel.history()
    assert len(live.attachments) == 1


async def test_a_rejected_picture_is_never_shown_and_its_requester_learns_why(scene: Scene) -> None:
    job_id, review = await reviewed(scene)
    [message] = review.history()
    shown = await scene.bob.click(message, label="Reject…")
    await scene.bob.submit_modal(shown, {"text": "wrong flag @everyone"})
    assert "The picture wasn't approved: wrong flag \\@everyone." in said(review.history()[0])
    await scene.deliver(job_id, DeliveryKind.FAILURE)
    [live] = scene.channel.history()
    assert "The person who asked has the details" in said(live)
    assert live.attachments == []
    [told] = scene.ann.user.dm_channel.history()
    assert "The picture wasn't approved: wrong flag" in said(told)


async def test_a_review_that_was_sent_is_found_and_not_sent_again(scene: Scene) -> None:
    job_id, review = await reviewed(scene)
    delivery = await scene.delivery(job_id, DeliveryKind.REVIEW)
    [message] = review.history()
    assert await scene.surface.find(delivery) == f"{review.id}/{message.id}"


async def test_a_review_channel_outside_the_server_gets_nothing(scene: Scene) -> None:
    foreign = scene.env.create_guild("Others").create_text_channel("secret")
    review = scene.guild.create_text_channel("review")
    await scene.eve.slash(scene.channel, "admin policy", review=review, approvals=1)
    job_id, _ = await scene.imagine()
    await scene.finish(job_id)
    delivery = await scene.delivery(job_id, DeliveryKind.REVIEW)
    forged = replace(delivery, destination=replace(delivery.destination, channel=str(foreign.id)))
    await scene.surface.send(forged)
    assert foreign.history() == []
    assert scene.channel.history()[0].attachments == []


async def test_who_did_what_is_written_down(scene: Scene) -> None:
    job_id, review = await reviewed(scene)
    await scene.bob.click(review.history()[0], label="Approve")
    audit = await scene.eve.slash(scene.channel, "admin audit")
    text = said(audit.response)
    assert f"<@{scene.bob.id}> · approve · {job_id[-6:]}" in text
    assert f"<@{scene.ann.id}> · illustrate · {job_id[-6:]}" in text
