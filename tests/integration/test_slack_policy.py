"""What the policy refuses reaches nobody on Slack, and moderators alone decide about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.policy.rules import load
from domain.illustrations import DeliveryKind
from domain.requests import JobStatus
from tests.fakes.judged import (
    FORBIDDEN,
    HARMLESS,
    ScriptedJudge,
    ScriptedService,
    draw,
    illustrate_workflow,
)
from tests.fakes.slack_stage import Stage, a_stage, until


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    load()  # as a process does when it starts
    async with a_stage(tmp_path) as opened:
        opened.fake.team.users["U0ADA"] = {"is_admin": True}
        yield opened


async def test_a_forbidden_picture_reaches_nobody_and_only_the_requester_reads_why(
    stage: Stage,
) -> None:
    job, message = await stage.asked()
    drawing = illustrate_workflow(stage.office, ScriptedService(FORBIDDEN), ScriptedJudge())
    [delivery] = await draw(stage.office, drawing, job.id)
    assert delivery.kind is DeliveryKind.FAILURE
    await stage.surface.send(delivery)
    await stage.whispered("judged as sexual content")
    assert "judged as" not in message.said
    assert not stage.fake.team.files


async def test_a_moderator_alone_looks_at_a_refused_picture_which_slack_does_not_keep(
    tmp_path: Path,
) -> None:
    async with a_stage(tmp_path) as stage:
        stage.fake.team.users["U0ADA"] = {"is_admin": True}
        await look_at_a_refused_picture(stage)
        assert stage.fake.team.files
    assert not stage.fake.team.files


async def look_at_a_refused_picture(stage: Stage) -> None:
    """Let an admin look at it, and somebody else try to."""
    await stage.fake.slash("settings team keep_refused yes", user="U0ADA")
    await stage.whispered("keep_refused", user="U0ADA")
    job, message = await stage.asked()
    drawing = illustrate_workflow(stage.office, ScriptedService(FORBIDDEN), ScriptedJudge())
    await draw(stage.office, drawing, job.id)
    press = {"action_id": "limner.reveal", "value": f"limner:reveal:{job.id}", "type": "button"}
    await stage.fake.press(press, user="U0BOB", ts=message.ts)
    await stage.whispered("Only moderators", user="U0BOB")
    assert not stage.fake.team.files
    await stage.fake.press(press, user="U0ADA", ts=message.ts)
    await stage.whispered("Refused as sexual content", user="U0ADA")
    assert not any("judged" in m.said for m in stage.channel.messages.values())
    [file] = stage.fake.team.files.values()
    assert file["data"] == FORBIDDEN
    shown = [(who, m) for who, _where, m in stage.fake.team.whispers if m.pictures]
    assert [who for who, _message in shown] == ["U0ADA"]


async def test_a_picture_of_people_waits_without_being_shown(stage: Stage) -> None:
    job, message = await stage.asked("a woman in a red coat")
    drawing = illustrate_workflow(stage.office, ScriptedService(HARMLESS))
    [word] = await draw(stage.office, drawing, job.id)
    await stage.surface.send(word)
    assert "needs approval" in stage.fake.team.whispered("U0ADA")
    view = await stage.office.job_service.view(job.workspace_id, job.id)
    assert view.job.status is JobStatus.REVIEWING
    await stage.surface.show(view)
    await until(lambda: "Needs approval" in message.said)
    assert not stage.fake.team.files


async def test_a_refusal_is_sent_to_moderators_with_one_press_and_allowed_once(
    stage: Stage,
) -> None:
    review = stage.fake.team.channel("C0REVIEW")
    stage.fake.team.channel("C0REVIEW")
    await stage.fake.slash("settings team review_channel C0REVIEW", user="U0ADA")
    await stage.whispered("review_channel C0REVIEW", user="U0ADA")
    await stage.fake.slash("a man torn apart, guts and entrails everywhere, gore")
    await stage.whispered("graphic violence")
    [job] = await stage.jobs()
    assert job.status is JobStatus.FAILED
    told = next(m for _who, _where, m in stage.fake.team.whispers if "graphic violence" in m.said)
    await stage.fake.press(told.button("appeal"), ts=told.ts, ephemeral=True)
    await stage.whispered("Sent to the moderators")
    [appeal] = (await stage.office.job_service.view(job.workspace_id, job.id)).deliveries
    await stage.surface.send(appeal)
    assert "guts" in review.newest.said
    await stage.fake.press(
        review.newest.button("allow"), user="U0ADA", channel="C0REVIEW", ts=review.newest.ts
    )
    await until(lambda: "Allowed once" in review.newest.said)
    _refused, allowed = await stage.jobs(2)
    assert allowed.request.origin.member_id == "U0ANN"


async def test_without_a_review_channel_admins_are_told_and_allow_it(stage: Stage) -> None:
    await stage.fake.slash("a man torn apart, guts and entrails everywhere, gore")
    await stage.whispered("graphic violence")
    told = next(m for _who, _where, m in stage.fake.team.whispers if "graphic violence" in m.said)
    await stage.fake.press(told.button("appeal"), ts=told.ts, ephemeral=True)
    await stage.whispered("Sent to the moderators")
    [job] = await stage.jobs()
    [appeal] = (await stage.office.job_service.view(job.workspace_id, job.id)).deliveries
    await stage.surface.send(appeal)
    own = stage.fake.team.dm("U0ADA")
    assert "guts" in own.newest.said
    assert not stage.fake.team.dm("U0BOB").messages
    await stage.fake.slash("queue", user="U0BOB")
    await stage.whispered("Only moderators", user="U0BOB")
    await stage.fake.slash("queue", user="U0ADA")
    await until(lambda: any(who == "U0ADA" for who, _where, _m in stage.fake.team.whispers))
    await stage.fake.press(
        own.newest.button("allow"), user="U0ADA", channel="DU0ADA", ts=own.newest.ts
    )
    await until(lambda: "Allowed once" in own.newest.said)
    _refused, allowed = await stage.jobs(2)
    assert allowed.request.origin.member_id == "U0ANN"


async def test_a_reported_picture_is_shown_in_the_review_channel_and_removed_with_one_press(
    stage: Stage,
) -> None:
    review = stage.fake.team.channel("C0REVIEW")
    stage.fake.team.channel("C0REVIEW")
    await stage.fake.slash("settings team review_channel C0REVIEW", user="U0ADA")
    await stage.whispered("review_channel C0REVIEW", user="U0ADA")
    job, message = await stage.drawn()
    await stage.fake.press(message.button("report"), user="U0BOB", ts=message.ts)
    await stage.whispered("Sent to the moderators", user="U0BOB")
    await stage.fake.slash(f"report {job.id}", user="U0BOB")
    await stage.whispered("told about this picture already", user="U0BOB")
    view = await stage.office.job_service.view(job.workspace_id, job.id)
    [report] = [d for d in view.deliveries if d.kind is DeliveryKind.REPORT]
    await stage.surface.send(report)
    assert "Somebody reported this picture" in review.newest.said
    assert review.newest.pictures
    await stage.fake.press(
        review.newest.button("delete"), user="U0ADA", channel="C0REVIEW", ts=review.newest.ts
    )
    await until(lambda: not stage.channel.messages and not review.messages)
    await until(lambda: not stage.fake.team.files)
