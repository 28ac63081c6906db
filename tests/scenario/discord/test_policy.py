"""What the policy refuses reaches nobody on Discord, nor the channel of Slack that is linked."""

from __future__ import annotations

import hashlib
from pathlib import Path

from domain.illustrations import DeliveryKind, IllustrationStatus
from domain.requests import JobStatus
from tests.fakes.judged import (
    FORBIDDEN,
    HARMLESS,
    ScriptedJudge,
    ScriptedService,
    draw,
    illustrate_workflow,
)
from tests.scenario.discord.conftest import PATIENT, Scene, alone, labels, parts, said
from tests.scenario.discord.test_mirror import Both, both

pytestmark = PATIENT
__all__ = ["both"]


async def test_a_forbidden_picture_reaches_nobody(scene: Scene) -> None:
    job_id, result = await scene.imagine()
    drawing = illustrate_workflow(scene.office, ScriptedService(FORBIDDEN), ScriptedJudge())
    [delivery] = await draw(scene.office, drawing, job_id)
    await scene.show(job_id)
    await scene.deliver(job_id, delivery.kind)
    assert delivery.kind is DeliveryKind.FAILURE
    every = scene.channel.history()
    assert not any(message.attachments for message in every)
    assert result.response is not None
    assert "judged as" not in said(result.response)
    assert "a fox" not in said(result.response)
    assert "didn't work out" in said(result.response)
    [told] = scene.ann.user.dm_channel.history()
    assert "judged as sexual content" in said(told)
    again = await scene.ann.click(result.response, label="Show")
    assert again.response is not None
    assert "judged as sexual content" in said(again.response)
    others = await scene.bob.click(result.response, label="Show")
    assert others.response is not None
    assert "judged as" not in said(others.response)


async def test_a_moderator_alone_looks_at_a_refused_picture(scene: Scene) -> None:
    await scene.eve.slash(scene.channel, "settings team", name="keep_refused", value="yes")
    job_id, result = await scene.imagine()
    drawing = illustrate_workflow(scene.office, ScriptedService(FORBIDDEN), ScriptedJudge())
    [delivery] = await draw(scene.office, drawing, job_id)
    await scene.deliver(job_id, delivery.kind)
    await scene.show(job_id)
    assert result.response is not None
    asked = await scene.eve.click(result.response, label="Show")
    assert asked.response is not None
    looked = await scene.eve.click(asked.response, label="Look at the picture")
    assert looked.response is not None
    assert looked.response.flags.ephemeral
    [picture] = looked.response.attachments
    assert await picture.read() == FORBIDDEN
    [gallery] = [part for part in parts(looked.response) if part["type"] == 12]
    assert [item["spoiler"] for item in gallery["items"]] == [True]
    others = await scene.ann.click(result.response, label="Show")
    assert others.response is not None
    assert "Look at the picture" not in labels(others.response)
    assert not any(message.attachments for message in scene.channel.history())


async def test_a_refusal_is_sent_to_moderators_with_one_press_and_allowed_once(
    scene: Scene,
) -> None:
    review = scene.guild.create_text_channel("review")
    await scene.eve.slash(
        scene.channel, "settings team", name="review_channel", value=str(review.id)
    )
    gore = "a man torn apart, guts and entrails everywhere, gore"
    refused = await scene.ann.slash(scene.channel, "imagine", prompt=gore)
    told = alone(refused)
    assert "graphic violence" in said(told)
    assert "guts" not in said(told)
    assert scene.channel.history() == []
    sent = await scene.ann.click(told, label="Ask a moderator")
    assert sent.response is not None
    assert "Sent to the moderators" in said(sent.response)
    job_id = (await scene.newest()).job.id
    await scene.deliver(job_id, DeliveryKind.APPEAL, to=str(review.id))
    [appeal] = review.history()
    assert "guts" in said(appeal)
    await scene.eve.click(appeal, label="Allow this once")
    allowed = await scene.newest()
    assert allowed.job.status is JobStatus.QUEUED
    assert allowed.job.request.origin.member_id == str(scene.ann.id)
    [decided] = review.history()
    assert "Allowed once" in said(decided)


async def test_without_a_review_channel_moderators_are_told_and_decide_from_a_list(
    scene: Scene,
) -> None:
    gore = "a man torn apart, guts and entrails everywhere, gore"
    refused = await scene.ann.slash(scene.channel, "imagine", prompt=gore)
    await scene.ann.click(alone(refused), label="Ask a moderator")
    job_id = (await scene.newest()).job.id
    [delivery] = (await scene.view(job_id)).deliveries
    await scene.surface.send(delivery)
    [told] = scene.guild.owner.dm_channel.history()
    assert "graphic violence" in said(told)
    assert labels(told) == []
    assert scene.bob.user.dm_channel.history() == []
    refusal = await scene.ann.slash(scene.channel, "job queue")
    assert refusal.response is not None
    assert "Only moderators" in said(refusal.response)
    listed = await scene.eve.slash(scene.channel, "job queue")
    assert listed.response is not None
    picked = await scene.eve.select(listed.response, values=[job_id])
    assert picked.response is not None
    assert "guts" in said(picked.response)
    await scene.eve.click(picked.response, label="Allow this once")
    assert (await scene.newest()).job.request.origin.member_id == str(scene.ann.id)
    empty = await scene.eve.slash(scene.channel, "job queue")
    assert empty.response is not None
    assert "Nothing to review" in said(empty.response)


async def test_a_review_channel_that_is_gone_keeps_no_appeal_from_the_moderators(
    scene: Scene,
) -> None:
    gore = "a man torn apart, guts and entrails everywhere, gore"
    refused = await scene.ann.slash(scene.channel, "imagine", prompt=gore)
    await scene.ann.click(alone(refused), label="Ask a moderator")
    job_id = (await scene.newest()).job.id
    scene.allowed.append("404")
    await scene.deliver(job_id, DeliveryKind.APPEAL, to="123456789012345678")
    [told] = scene.guild.owner.dm_channel.history()
    assert "graphic violence" in said(told)


async def test_a_picture_of_people_is_looked_at_by_moderators_alone(scene: Scene) -> None:
    job_id, result = await scene.imagine("a woman in a red coat")
    drawing = illustrate_workflow(scene.office, ScriptedService(HARMLESS))
    [word] = await draw(scene.office, drawing, job_id)
    await scene.surface.send(word)
    [told] = scene.guild.owner.dm_channel.history()
    assert "needs approval" in said(told)
    assert "/job queue" in said(told)
    assert not told.attachments
    await scene.show(job_id)
    message = result.response
    assert message is not None
    assert "Needs approval" in said(message)
    assert not message.attachments
    assert "Show" in " ".join(labels(message))
    seen = await scene.ann.click(message, label="Show")
    assert not (seen.response and seen.response.attachments)
    looked = await scene.eve.click(message, label="Show")
    shown = looked.response
    assert shown is not None
    assert len(shown.attachments) == 1
    assert "Approve" in labels(shown)
    await scene.eve.click(shown, label="Approve")
    assert (await scene.view(job_id)).job.status is JobStatus.DELIVERING
    await scene.deliver(job_id)
    assert len(message.attachments) == 1


def names_of_files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


async def test_a_refused_picture_is_not_mirrored_to_slack(both: Both, tmp_path: Path) -> None:
    await both.link()
    scene = both.discord
    job_id, _result = await scene.imagine()
    await both.go_on()
    drawing = illustrate_workflow(scene.office, ScriptedService(FORBIDDEN), ScriptedJudge())
    await draw(scene.office, drawing, job_id)
    await both.go_on()
    team = both.slack.fake.team
    assert not team.files
    sha256 = hashlib.sha256(FORBIDDEN).hexdigest()
    assert sha256 not in names_of_files(tmp_path)


async def test_a_reported_picture_is_shown_in_the_review_channel_and_removed_with_one_press(
    scene: Scene,
) -> None:
    review = scene.guild.create_text_channel("review")
    await scene.eve.slash(
        scene.channel, "settings team", name="review_channel", value=str(review.id)
    )
    job_id, result = await scene.imagine()
    await scene.finish(job_id)
    await scene.deliver(job_id)
    assert result.response is not None
    thanks = await scene.bob.click(result.response, label="Report")
    assert thanks.response is not None
    assert "Sent to the moderators" in said(thanks.response)
    assert thanks.response.flags.ephemeral
    await scene.deliver(job_id, DeliveryKind.REPORT, to=str(review.id))
    [report] = review.history()
    assert "Somebody reported this picture" in said(report)
    assert len(report.attachments) == 1
    assert labels(report) == ["Delete", "Leave it", "Sources"]
    await scene.eve.click(report, label="Delete")
    await scene.env.settle()
    assert not any(m.attachments for m in (*scene.channel.history(), *review.history()))


async def test_without_a_review_channel_moderators_look_at_a_reported_picture_from_the_queue(
    scene: Scene,
) -> None:
    job_id, _result = await scene.imagine()
    await scene.finish(job_id)
    await scene.deliver(job_id)
    thanks = await scene.bob.slash(scene.channel, "job report", id=job_id)
    assert thanks.response is not None
    assert "Sent to the moderators" in said(thanks.response)
    [word] = [d for d in (await scene.view(job_id)).deliveries if d.kind is DeliveryKind.REPORT]
    await scene.surface.send(word)
    [told] = scene.guild.owner.dm_channel.history()
    assert "reported a picture" in said(told)
    assert "/job queue" in said(told)
    assert not told.attachments
    listed = await scene.eve.slash(scene.channel, "job queue")
    assert listed.response is not None
    picked = await scene.eve.select(listed.response, values=[job_id])
    assert picked.response is not None
    assert "Somebody reported this picture" in said(picked.response)
    left = await scene.eve.click(picked.response, label="Leave it")
    assert left.response is not None
    assert "The picture stays" in said(left.response)
    empty = await scene.eve.slash(scene.channel, "job queue")
    assert empty.response is not None
    assert "Nothing to review" in said(empty.response)


async def test_a_picture_that_is_reported_where_it_is_mirrored_is_removed_on_both_sides(
    both: Both,
) -> None:
    job_id, _shown, message = await both.drawn()
    await both.slack.fake.press(message.button("report"), user="U0BOB", ts=message.ts)
    await both.slack.whispered("Sent to the moderators", user="U0BOB")
    for view in (await both.shadow(), await both.discord.view(job_id)):
        assert [d.kind for d in view.deliveries].count(DeliveryKind.REPORT) == 1
    await both.slack.fake.press(message.button("askdelete"), user="U0ADA", ts=message.ts)
    await both.slack.whispered("Delete this picture for everyone?", user="U0ADA")
    asked = [m for who, _, m in both.slack.fake.team.whispers if who == "U0ADA"][-1]
    await both.slack.fake.press(asked.button("delete"), user="U0ADA", ts=asked.ts, ephemeral=True)
    await both.slack.whispered("Picture deleted", user="U0ADA")
    await both.go_on()
    assert not both.slack.fake.team.files
    view = await both.discord.view(job_id)
    assert [p.status for p in view.illustrations] == [IllustrationStatus.DELETED]
    assert not any(m.attachments for m in both.discord.channel.history())
