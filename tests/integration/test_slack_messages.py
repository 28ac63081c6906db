"""Slack: one message for each job, through all failures on the way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import delete

from bot.slack.client.rate_limit import RATES
from bot.slack.surface import SlackSettings, opened_slack
from domain.errors import StorageUnavailable, SurfaceUnavailable
from domain.illustrations import DeliveryKind
from domain.requests import Job, JobStatus
from domain.team import MessageKind
from evaluation.peers.slack_api import DROP
from evaluation.peers.slack_team import Message
from evaluation.peers.values import a_delivery, a_grounding
from jobs.common.ports import NoRoom
from jobs.common.views import JobView
from jobs.illustration.status_watch import Watcher
from storage.rows import JobMessageRow
from tests.fakes.slack_stage import WORKSPACE, Stage, a_stage, until
from tests.fakes.web import picture


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as opened:
        yield opened


def carrying(stage: Stage, job: Job) -> list[Message]:
    """The messages of a job, wherever they are."""
    return [
        message
        for channel in stage.fake.team.channels.values()
        for message in channel.messages.values()
        if message.job_id == job.id
    ]


async def with_message(stage: Stage, job: Job) -> JobView:
    """The job once it is written down which message it has."""

    async def written_down() -> bool:
        return bool((await stage.office.job_service.view(WORKSPACE, job.id)).messages)

    await until(written_down)
    return await stage.office.job_service.view(WORKSPACE, job.id)


async def forget_messages(stage: Stage, job: Job) -> None:
    """As if the process had died before it could write down which message it made."""
    await with_message(stage, job)
    async with stage.office.engine.begin() as connection:
        await connection.execute(delete(JobMessageRow).where(JobMessageRow.job_id == job.id))


async def long_ago(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every claim of a message be that of a process long dead."""
    claim = stage.office.team.claim_message

    async def at_once(workspace_id: str, job_id: str) -> int | None:
        return await claim(workspace_id, job_id, patience=timedelta(0))

    monkeypatch.setattr(stage.office.team, "claim_message", at_once)


async def test_progress_is_shown_and_never_after_the_result(stage: Stage) -> None:
    job, message = await stage.asked()
    early = await stage.office.job_service.view(WORKSPACE, job.id)
    await stage.office.researched(job.id)
    assert await stage.surface.show(await stage.office.job_service.view(WORKSPACE, job.id))
    assert "Who is Eileen Collins?" in message.said
    await stage.finished(job)
    edits = len(message.edits)
    assert await stage.surface.show(await stage.office.job_service.view(WORKSPACE, job.id))
    assert len(message.edits) == edits, "what the delivery writes is it is skipped"
    await stage.deliver(job)
    await stage.become(job, JobStatus.RENDERING)
    assert await stage.surface.show(early)
    assert len(message.pictures) == 1


async def test_no_message_is_changed_more_than_once_a_second(tmp_path: Path) -> None:
    async with a_stage(tmp_path, edit_s=1.0) as stage:
        job, message = await stage.asked()
        watcher = Watcher(store=stage.office.store, surface="slack", board=stage.surface)
        watching = asyncio.create_task(watcher.run())
        for fraction in range(12):
            async with stage.office.store.workspace(WORKSPACE) as unit:
                await unit.events.append(job.id, "render_progress", {"fraction": fraction / 12})
            await asyncio.sleep(0.2)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    times = [at for at, _body in message.edits]
    assert len(times) >= 2
    assert min(b - a for a, b in pairwise(times)) >= 0.95


async def test_sending_twice_leaves_one_message_with_one_picture(stage: Stage) -> None:
    job, message = await stage.asked()
    await stage.finished(job)
    delivery = await stage.deliver(job)
    assert await stage.surface.find(delivery) is not None
    await stage.surface.send(delivery)
    assert carrying(stage, job) == [message]
    assert len(message.pictures) == 1


async def test_a_result_that_got_through_unheard_is_found(stage: Stage) -> None:
    job, message = await stage.asked()
    await stage.finished(job)
    stage.fake.mishaps["chat.update"].append(DROP)
    with pytest.raises(SurfaceUnavailable):
        await stage.deliver(job)
    view = await stage.office.job_service.view(WORKSPACE, job.id)
    [delivery] = view.deliveries
    receipt = await stage.surface.find(delivery)
    assert receipt is not None
    assert message.ts in receipt
    assert message.pictures[0] in receipt, "so that it can be deleted later"


async def test_a_result_without_a_message_is_posted_once(stage: Stage) -> None:
    job, message = await stage.asked()
    await stage.finished(job)
    del stage.channel.messages[message.ts]
    stage.fake.mishaps["chat.postMessage"].append(DROP)
    with pytest.raises(SurfaceUnavailable):
        await stage.deliver(job)
    [delivery] = (await stage.office.job_service.view(WORKSPACE, job.id)).deliveries
    assert await stage.surface.find(delivery) is not None
    assert len(carrying(stage, job)) == 1
    view = await stage.office.job_service.view(WORKSPACE, job.id)
    assert [m.kind for m in view.messages] == [MessageKind.LIVE, MessageKind.RESULT]


async def test_nothing_is_found_where_nothing_got_through(stage: Stage) -> None:
    job, _message = await stage.asked()
    await stage.finished(job)
    stage.fake.mishaps["chat.update"].append(503)
    with pytest.raises(SurfaceUnavailable):
        await stage.deliver(job)
    [delivery] = (await stage.office.job_service.view(WORKSPACE, job.id)).deliveries
    assert await stage.surface.find(delivery) is None
    await stage.surface.send(delivery)
    assert len(carrying(stage, job)) == 1


async def test_another_apps_message_is_not_taken_for_ours(stage: Stage) -> None:
    job, message = await stage.asked()
    await stage.finished(job)
    await forget_messages(stage, job)
    del stage.channel.messages[message.ts]
    payload = {"job_id": job.id, "delivery_id": f"{job.id}:result"}
    forged = {
        "text": "x",
        "bot_id": "B0EVIL",
        "metadata": {"event_type": "limner_job", "event_payload": payload},
    }
    stage.channel.messages["9999999999.000100"] = Message("9999999999.000100", forged)
    assert await stage.surface.find(a_delivery(job)) is None


async def test_a_message_made_by_a_process_that_died_is_found_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, message = await stage.asked()
    await forget_messages(stage, job)
    view = await stage.office.job_service.view(WORKSPACE, job.id)
    assert not await stage.surface.open(view), "whoever claimed it may still be making it"
    await long_ago(stage, monkeypatch)
    pace: Any = cast("Any", stage.surface)._messages._chat._api._pace
    pace._queues.clear()  # time has passed
    assert await stage.surface.open(view)
    assert carrying(stage, job) == [message]
    kept = (await stage.office.job_service.view(WORKSPACE, job.id)).messages
    assert [m.message for m in kept] == [message.ts]


async def test_a_result_finds_the_message_of_a_process_that_died(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, message = await stage.asked()
    await stage.finished(job)
    await forget_messages(stage, job)
    with pytest.raises(SurfaceUnavailable, match="just being created"):
        await stage.deliver(job)
    await long_ago(stage, monkeypatch)
    await stage.deliver(job)
    assert carrying(stage, job) == [message]
    assert len(message.pictures) == 1


async def test_two_processes_make_one_message(stage: Stage, tmp_path: Path) -> None:
    settings = SlackSettings(
        api_base=f"{stage.fake.base_url}/api/",
        folder=tmp_path / "other",
        bot_token=stage.fake.team.token,
        app_token="xapp",
    )
    async with opened_slack(settings, stage.office.services) as other:
        body = stage.fake.slash_body("a cat")
        await stage.fake.deliver("slash_commands", body)
        [job] = await stage.jobs()
        view = await stage.office.job_service.view(WORKSPACE, job.id)
        await asyncio.gather(other.open(view), stage.surface.open(view), other.open(view))
        await stage.message()
        assert len(carrying(stage, job)) == 1


async def test_a_message_that_could_not_be_posted_is_posted_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.fake.mishaps["chat.postMessage"] += [503]
    await stage.fake.slash("a cat")
    await stage.whispered("didn't answer")
    [job] = await stage.jobs()
    assert carrying(stage, job) == []
    await long_ago(stage, monkeypatch)
    assert await stage.surface.open(await stage.office.job_service.view(WORKSPACE, job.id))
    assert len(carrying(stage, job)) == 1


async def test_a_message_that_others_wait_for_does_not_wait_for_small_pictures(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.client.chat.THUMBNAILS_S", 0.2)
    stage.fake.mishaps["chat.postMessage"] += [503]
    await stage.fake.slash("a cat --choose")
    await stage.whispered("didn't answer")
    [job] = await stage.jobs()
    sha256, grounded = await stage.office.blobs.put(WORKSPACE, picture(3)), a_grounding()
    shown = tuple(replace(reference, sha256=sha256) for reference in grounded.references)
    await stage.office.researched(job.id, grounded=replace(grounded, references=shown))
    await stage.become(job, JobStatus.CHOOSING)
    await long_ago(stage, monkeypatch)
    stage.fake.slow["files.info"] = 5.0
    assert await stage.surface.open(await stage.office.job_service.view(WORKSPACE, job.id))
    [message] = carrying(stage, job)
    assert "Pick the photos" in message.said
    assert not [block for block in message.blocks if "accessory" in block]
    stage.fake.slow["files.info"] = 0.0
    assert await stage.surface.show(await stage.office.job_service.view(WORKSPACE, job.id))
    assert [block for block in message.blocks if "accessory" in block]


async def test_slacks_pace_is_kept(stage: Stage) -> None:
    job, message = await stage.asked()
    await stage.finished(job)
    stage.fake.mishaps["chat.update"].append((429, {"Retry-After": "1"}))
    started = time.monotonic()
    await stage.deliver(job)
    assert time.monotonic() - started >= 1.0
    assert len(message.pictures) == 1


async def test_where_slack_asks_to_wait_too_long_it_is_tried_later(stage: Stage) -> None:
    job, _message = await stage.asked()
    await stage.finished(job)
    stage.fake.mishaps["chat.update"].append((429, {"Retry-After": "600"}))
    with pytest.raises(SurfaceUnavailable, match="it asks to wait 600 s"):
        await stage.deliver(job)


async def test_progress_gives_way_to_results_when_the_pace_is_near(stage: Stage) -> None:
    job, message = await stage.asked()
    await stage.office.researched(job.id)
    await stage.surface.show(await stage.office.job_service.view(WORKSPACE, job.id))
    edits = len(message.edits)
    pace: Any = cast("Any", stage.surface)._messages._chat._api._pace
    pace.hold((WORKSPACE, "chat.update"), RATES["chat.update"], seconds=-5)
    with pytest.raises(NoRoom):
        await stage.surface.show(await stage.office.job_service.view(WORKSPACE, job.id))
    assert len(message.edits) == edits
    await stage.finished(job)
    await stage.deliver(job)
    assert len(message.pictures) == 1


async def test_a_failure_is_reported_to_its_requester_alone(stage: Stage) -> None:
    job, message = await stage.asked()
    await stage.become(job, JobStatus.FAILED, error="The generator is out of order.")
    delivery = await stage.deliver(job, DeliveryKind.FAILURE)
    assert "This one didn't work out. The person who asked has the details." in message.said
    assert "out of order" not in message.said
    await stage.whispered("The generator is out of order.")
    assert await stage.surface.find(delivery) is not None


async def test_a_failure_without_a_message_is_told_in_the_persons_own(stage: Stage) -> None:
    job, message = await stage.asked()
    del stage.channel.messages[message.ts]
    await stage.become(job, JobStatus.FAILED, error="The disk is full.")
    await stage.deliver(job, DeliveryKind.FAILURE)
    assert not stage.channel.messages
    assert "The disk is full." in stage.fake.team.dm("U0ANN").newest.said


async def test_a_result_reaches_its_requester_where_limner_was_sent_away(stage: Stage) -> None:
    job, _message = await stage.asked()
    await stage.finished(job)
    stage.channel.messages.clear()
    stage.channel.member = False
    delivery = await stage.deliver(job)
    mine = stage.fake.team.dm("U0ANN")
    assert len(mine.newest.pictures) == 1
    stage.fake.calls.clear()
    assert await stage.surface.find(delivery) is not None


async def test_a_review_goes_to_moderators_and_never_to_the_requester_instead(stage: Stage) -> None:
    stage.fake.team.users["U0ADA"] = {"is_admin": True}
    review = stage.fake.team.channel("G0REVIEW", private=True)
    for name, value in (("review_channel", "G0REVIEW"), ("approvals", "1")):
        await stage.fake.slash(f"settings team {name} {value}", user="U0ADA")
        await stage.whispered(f"{name} {value}", user="U0ADA")
    review.member = False
    job, message = await stage.asked()
    await stage.finished(job)
    await stage.deliver(job, DeliveryKind.REVIEW)
    draft = stage.fake.team.dm("U0ADA").newest
    assert draft.pictures
    assert draft.button("approve")
    assert not message.pictures
    assert not stage.fake.team.dm("U0ANN").messages


async def test_a_picture_that_slack_does_not_take_is_said_with_the_way_to_it(stage: Stage) -> None:
    job, message = await stage.asked()
    view = await stage.finished(job)
    stage.fake.mishaps["files.getUploadURLExternal"].append("storage_limit_reached")
    await stage.deliver(job)
    assert message.pictures == []
    assert f"limner regenerate {view.illustrations[0].id}" in message.said


async def test_several_pictures_stand_in_one_message(stage: Stage) -> None:
    job, message = await stage.asked("a cat count:4")
    await stage.finished(job, pictures=4)
    await stage.deliver(job)
    assert len(message.pictures) == 4
    assert "button" in str(message.blocks)


async def test_an_answer_comes_long_after_the_response_address_died(stage: Stage) -> None:
    job, message = await stage.asked()
    stage.fake.responses = dict.fromkeys(stage.fake.owners, 5)
    await stage.drawn("a dog")
    await stage.finished(job)
    await stage.deliver(job)
    assert len(message.pictures) == 1
    body = stage.fake.slash_body("usage")
    stage.fake.responses[body["response_url"].rpartition("/")[2]] = 5
    await stage.fake.deliver("slash_commands", body)
    await stage.whispered("You requested 2 pictures today")
    await until(lambda: stage.fake.calls["chat.postEphemeral"] == 1)


async def test_a_message_says_paused_in_the_requesters_language_without_storage(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.fake.team.users["U0ANN"] = {"locale": "de-DE"}
    job, message = await stage.asked()
    view = await with_message(stage, job)

    def away(*_arguments: Any, **_more: Any) -> Any:
        raise StorageUnavailable("The database is away.", retryable=True)

    with monkeypatch.context() as patched:
        patched.setattr(stage.office.store, "workspace", away)
        await stage.surface.pause(replace(view, paused=True))
    assert "Pausiert: Limners Speicher" in message.said
    assert await stage.surface.show(view)
    assert "Pausiert" not in message.said


async def test_no_result_that_another_process_wrote_is_overwritten_by_a_pause(
    tmp_path: Path,
) -> None:
    async with a_stage(tmp_path) as stage:
        job, message = await stage.asked()
        early = await with_message(stage, job)
        settings = SlackSettings(
            api_base=f"{stage.fake.base_url}/api/",
            folder=tmp_path / "other",
            bot_token=stage.fake.team.token,
            app_token="xapp-1-app",
            edit_s=0.0,
        )
        async with opened_slack(settings, stage.office.services) as other:
            await other.pause(replace(early, paused=True))
            assert "Paused" in message.said
            await stage.finished(job)
            await stage.deliver(job)
            await other.pause(replace(early, paused=True))
        assert "Paused" not in message.said
        assert len(message.pictures) == 1
