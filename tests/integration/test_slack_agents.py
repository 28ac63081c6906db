"""Slack as an agent: streamed steps, sessions with Slack's own stop button, and without them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.messages.ports import MessageKey
from bot.slack.surface import SlackSettings, opened_slack
from domain.requests import Job, JobStatus
from evaluation.peers.slack_team import Message
from tests.fakes.slack_stage import WORKSPACE, Stage, a_stage, until

ROOT = "1700000000.000100"
AGENTS = ("chat.startStream", "agents.sessions.setStatus")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as opened:
        yield opened


async def asked_in_thread(stage: Stage) -> tuple[Job, Message]:
    """A job that was requested in a thread, and its message."""
    text = f"<@{stage.fake.team.bot_user}> draw a cat"
    await stage.fake.event({**stage.fake.says(text, thread=ROOT), "type": "app_mention"})
    [job] = await stage.jobs()
    message = await stage.message()

    async def kept() -> bool:
        return bool((await stage.office.job_service.view(WORKSPACE, job.id)).messages)

    await until(kept)
    return job, message


async def progress(stage: Stage, job: Job) -> None:
    await stage.office.researched(job.id)
    await stage.become(job, JobStatus.RENDERING)
    assert await stage.surface.show(await stage.office.job_service.view(WORKSPACE, job.id))


def sessions(stage: Stage, channel: str = "C0001", thread: str = ROOT) -> list[str]:
    return stage.fake.team.sessions.get((channel, thread), [])


async def stopped(stage: Stage, *, user: str = "U0ANN", **more: Any) -> None:
    """Press Slack's own stop button."""
    event = {"type": "agent_session_stopped", "channel": "C0001", "thread_ts": ROOT, "user": user}
    await stage.fake.event({**event, "streaming_message_ts": [], **more})


async def test_the_message_of_a_job_in_a_thread_is_streamed_and_becomes_its_result(
    stage: Stage,
) -> None:
    job, message = await asked_in_thread(stage)
    assert message.streamed
    assert message.thread_ts == ROOT
    await progress(stage, job)
    assert "Who is Eileen Collins?" in message.said
    assert message.streamed
    assert stage.fake.calls["chat.update"] == 0
    await stage.finished(job)
    await stage.deliver(job)
    assert not message.streamed
    assert message.job_id == job.id
    assert len(message.pictures) == 1
    assert len(stage.channel.messages) == 1


async def test_a_session_shows_that_a_job_goes_on_and_ends_with_it(stage: Stage) -> None:
    job, _message = await asked_in_thread(stage)
    assert sessions(stage) == ["processing"]
    await progress(stage, job)
    await stage.finished(job)
    await stage.deliver(job)
    assert sessions(stage)[-1] == "active"


async def test_slacks_own_stop_button_cancels_the_job_of_its_thread(stage: Stage) -> None:
    job, message = await asked_in_thread(stage)
    message.streamed = False  # as Slack ends it
    await stopped(stage, streaming_message_ts=[message.ts])

    async def cancelled() -> bool:
        view = await stage.office.job_service.view(WORKSPACE, job.id)
        return view.job.status is JobStatus.CANCELLED

    await until(cancelled)
    await until(lambda: "ancelled" in message.said)
    await until(lambda: sessions(stage)[-1] == "active")


async def test_only_whoever_may_cancel_a_job_stops_it(stage: Stage) -> None:
    job, _message = await asked_in_thread(stage)
    await stopped(stage, user="U0BOB")
    await until(lambda: bool(stage.fake.team.whispered("U0BOB")))
    view = await stage.office.job_service.view(WORKSPACE, job.id)
    assert not view.job.status.final


async def test_a_stream_that_slack_ended_goes_on_as_a_message(stage: Stage) -> None:
    job, message = await asked_in_thread(stage)
    message.streamed = False
    await progress(stage, job)
    assert "Who is Eileen Collins?" in message.said
    assert message.job_id == job.id
    await stage.finished(job)
    await stage.deliver(job)
    assert len(message.pictures) == 1


async def test_a_stream_whose_process_died_is_found_and_becomes_the_result(
    stage: Stage, tmp_path: Path
) -> None:
    job, message = await asked_in_thread(stage)
    surface: Any = stage.surface
    found = await surface._messages._chat.look_up(
        replace(await stage.office.job_service.view(WORKSPACE, job.id), messages=()),
        job.request.routing.destination,
        MessageKey(job.id),
    )
    assert found is not None
    assert found.message == message.ts
    settings: SlackSettings = replace(surface._settings, folder=tmp_path / "another")
    await stage.finished(job)
    async with opened_slack(settings, stage.office.services) as other:
        await replace(stage, surface=other).deliver(job)
    assert not message.streamed
    assert len(message.pictures) == 1
    assert sessions(stage)[-1] == "active"


async def test_without_streams_and_sessions_all_is_as_ever(stage: Stage) -> None:
    stage.fake.rules.append((lambda method, _a: method in AGENTS, "unknown_method"))
    job, message = await asked_in_thread(stage)
    assert not message.streamed
    await progress(stage, job)
    assert "Who is Eileen Collins?" in message.said
    await stage.finished(job)
    await stage.deliver(job)
    assert len(message.pictures) == 1
    assert stage.fake.calls["chat.startStream"] == 1
    assert stage.fake.calls["agents.sessions.setStatus"] == 1


async def test_in_direct_messages_the_session_is_in_the_thread_of_the_jobs_message(
    stage: Stage,
) -> None:
    mine = stage.fake.team.dm("U0ANN")
    said = stage.fake.says("draw a cat", channel=mine.id)
    await stage.fake.event(said)
    [job] = await stage.jobs()
    message = await stage.message(channel=mine)
    await until(lambda: sessions(stage, mine.id, message.ts) == ["processing"])
    await until(lambda: sessions(stage, mine.id, str(said["ts"])) == ["processing", "active"])
    await stopped(stage, channel=mine.id, thread_ts=message.ts)

    async def cancelled() -> bool:
        view = await stage.office.job_service.view(WORKSPACE, job.id)
        return view.job.status is JobStatus.CANCELLED

    await until(cancelled)


async def test_stop_reaches_a_job_whose_message_is_not_noted_yet(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, _message = await asked_in_thread(stage)
    team = stage.office.services.team
    find, looks = team.job_of_thread, list[str]()

    async def late(workspace_id: str, surface: str, thread: str) -> str | None:
        looks.append(thread)
        return await find(workspace_id, surface, thread) if len(looks) > 2 else None

    monkeypatch.setattr(team, "job_of_thread", late)
    await stopped(stage)

    async def cancelled() -> bool:
        view = await stage.office.job_service.view(WORKSPACE, job.id)
        return view.job.status is JobStatus.CANCELLED

    await until(cancelled)
