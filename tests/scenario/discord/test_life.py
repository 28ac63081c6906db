"""The message that lives through a job: in every kind of place, through every state, once."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest
import simcord
from PIL import Image
from sqlalchemy import delete

from bot.discord.client.messages import NoAccess
from bot.discord.client.uploads import Build
from bot.messages.lifecycle import JobMessages
from domain.errors import StorageUnavailable, SurfaceUnavailable
from domain.illustrations import DeliveryKind
from domain.requests import JobStatus, Request
from domain.short_codes import short_code
from domain.team import JobMessage, MessageKind
from jobs.common.ports import NoRoom
from storage.rows import JobMessageRow
from tests.scenario.discord.conftest import PATIENT, Scene, labels, said

pytestmark = PATIENT


async def test_one_message_goes_from_the_queue_to_the_picture(scene: Scene) -> None:
    job_id, result = await scene.imagine()
    message = result.response
    assert message is not None
    await scene.office.researched(job_id)
    await scene.status(job_id, JobStatus.RESEARCHING)
    assert await scene.show(job_id)
    assert "🔎 Researching" in said(message)
    assert "1\\. Who is Eileen Collins? Found 1 page." in said(message)
    await scene.status(job_id, JobStatus.RENDERING)
    async with scene.office.store.workspace(scene.workspace) as unit:
        await unit.events.append(job_id, "render_progress", {"fraction": 0.42})
    await scene.show(job_id)
    assert "42 %" in said(message)
    [drawn] = await scene.finish(job_id)
    receipt = await scene.deliver(job_id)
    assert receipt == f"{scene.channel.id}/{message.id}"
    assert [m.id for m in scene.channel.history()] == [message.id]
    [attachment] = message.attachments
    assert attachment.filename == f"limner-{drawn.id}.png"
    assert attachment.description == "A board"
    assert "**Sources**" in said(message)
    assert f"Requested by <@{scene.ann.id}>" in said(message)
    assert labels(message) == [
        "Edit…", "Vary", "Redraw", "Redo research", "Sources", "References", "Report", "Delete…",
    ]  # fmt: skip
    after_token = [r for r in scene.env.http_requests if r.method == "PATCH"][1:]
    assert all(r.path.startswith("/channels/") for r in after_token)


async def test_the_answer_comes_long_after_the_token_died(scene: Scene) -> None:
    job_id, result = await scene.imagine()
    await scene.env.advance_time(16 * 60)
    await scene.finish(job_id)
    await scene.deliver(job_id)
    assert result.response is not None
    assert len(result.response.attachments) == 1


async def test_nothing_is_shown_over_a_result(scene: Scene) -> None:
    job_id, result = await scene.imagine()
    late = await scene.view(job_id)
    await scene.finish(job_id)
    await scene.deliver(job_id)
    assert await scene.surface.show(late)
    assert await scene.show(job_id)
    assert result.response is not None
    assert len(result.response.attachments) == 1


async def test_a_delivery_that_is_tried_twice_makes_one_message(scene: Scene) -> None:
    job_id, _ = await scene.imagine()
    await scene.finish(job_id)
    delivery = await scene.delivery(job_id)
    assert await scene.surface.find(delivery) is None
    first = await scene.surface.send(delivery)
    assert await scene.surface.find(delivery) == first
    assert await scene.surface.send(delivery) == first
    assert len(scene.channel.history()) == 1


async def test_a_message_that_somebody_deleted_comes_back_with_the_result(scene: Scene) -> None:
    job_id, result = await scene.imagine()
    assert result.response is not None
    await scene.bob.delete(result.response)
    assert not await scene.show(job_id)
    await scene.finish(job_id)
    receipt = await scene.deliver(job_id)
    [message] = scene.channel.history()
    assert receipt == f"{scene.channel.id}/{message.id}"
    assert len(message.attachments) == 1
    assert await scene.surface.find(await scene.delivery(job_id)) == receipt


async def test_a_failure_stands_in_the_message_and_its_reason_is_reported_to_the_requester(
    scene: Scene,
) -> None:
    job_id, result = await scene.imagine()
    await scene.status(job_id, JobStatus.FAILED, error="The model is away; try later.")
    receipt = await scene.deliver(job_id, DeliveryKind.FAILURE)
    assert result.response is not None
    assert "This one didn't work out. The person who asked has the details." in said(
        result.response
    )
    [told] = scene.ann.user.dm_channel.history()
    assert said(told).startswith("### a fox\n⚠️ The model is away; try later.")
    assert said(told).endswith(f"-# {short_code(job_id)}")
    assert await scene.surface.find(await scene.delivery(job_id, DeliveryKind.FAILURE)) == receipt
    assert len(scene.channel.history()) == 1


async def test_a_failure_without_a_message_is_reported_to_the_requester_alone(scene: Scene) -> None:
    job_id, result = await scene.imagine()
    assert result.response is not None
    await scene.bob.delete(result.response)
    await scene.status(job_id, JobStatus.FAILED, error="The model is away.")
    receipt = await scene.deliver(job_id, DeliveryKind.FAILURE)
    assert scene.channel.history() == []
    [message] = scene.ann.user.dm_channel.history()
    assert "The model is away." in said(message)
    assert await scene.surface.find(await scene.delivery(job_id, DeliveryKind.FAILURE)) == receipt


async def test_a_job_without_a_message_gets_one(scene: Scene) -> None:
    reply = await scene.office.job_service.submit(
        (await request_like(scene)), event_key="elsewhere"
    )
    view = await scene.view(reply.id)
    assert await scene.surface.open(view)
    assert not await scene.surface.open(view)
    messages = [m for m in scene.channel.history() if short_code(reply.id) in said(m)]
    assert len(messages) == 1
    assert (await scene.view(reply.id)).messages


async def request_like(scene: Scene) -> Request:
    job_id, _ = await scene.imagine("another")
    return (await scene.view(job_id)).job.request


async def test_a_command_whose_process_died_is_taken_up_by_a_new_message(
    scene: Scene, long_ago: None
) -> None:
    """Killed between accepting the job and writing its first message."""
    job_id, result = await scene.imagine()
    assert result.response is not None
    thinking = result.response.id
    stored = scene.env.backend.get_message(scene.channel.id, thinking)
    stored.flags |= 1 << 7
    stored.components = []
    await forget_messages(scene, job_id)
    assert await scene.surface.open(await scene.view(job_id))
    [message] = scene.channel.history()
    assert message.id != thinking
    assert short_code(job_id) in said(message)


async def test_a_message_that_was_written_but_not_kept_is_found_again(
    scene: Scene, long_ago: None
) -> None:
    job_id, result = await scene.imagine()
    await forget_messages(scene, job_id)
    assert await scene.surface.open(await scene.view(job_id))
    assert result.response is not None
    assert [m.id for m in scene.channel.history()] == [result.response.id]
    [kept] = (await scene.view(job_id)).messages
    assert kept.message == str(result.response.id)


@pytest.fixture
def long_ago(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every claim of a message be that of a process long dead."""
    claim = scene.office.team.claim_message

    async def at_once(workspace_id: str, job_id: str) -> int | None:
        return await claim(workspace_id, job_id, patience=timedelta(0))

    monkeypatch.setattr(scene.office.team, "claim_message", at_once)


async def forget_messages(scene: Scene, job_id: str) -> None:
    """As if the process had died before it kept the message."""
    async with scene.office.store.workspace(scene.workspace) as unit:
        session: Any = unit.messages._session  # pyright: ignore[reportPrivateUsage]
        await session.execute(delete(JobMessageRow).where(JobMessageRow.job_id == job_id))


async def test_a_picture_over_the_limit_is_sent_as_a_smaller_copy(scene: Scene) -> None:
    job_id, result = await scene.imagine()
    noise = Image.effect_noise((2600, 2600), 200).convert("RGB")
    data = io.BytesIO()
    noise.save(data, "PNG")
    assert data.tell() > 6_000_000
    sha256 = await scene.office.blobs.put(scene.workspace, data.getvalue())
    await scene.office.researched(job_id)
    [drawn] = await scene.office.finished(job_id, sha256=sha256)
    scene.env.inject_error("PATCH", "/channels/*/messages/*", status=413, code=40005)
    await scene.deliver(job_id)
    assert result.response is not None
    [attachment] = result.response.attachments
    assert attachment.size <= 8_000_000
    assert attachment.filename == f"limner-{drawn.id}.png" or attachment.filename.endswith(".webp")


async def test_a_picture_that_fits_nowhere_is_pointed_to(scene: Scene) -> None:
    job_id, result = await scene.imagine()
    await scene.finish(job_id)
    scene.env.inject_error("PATCH", "/channels/*/messages/*", status=413, code=40005, times=4)
    await scene.deliver(job_id)
    assert result.response is not None
    assert result.response.attachments == []
    assert "can't be shown here" in said(result.response)


async def test_several_pictures_come_in_one_message(scene: Scene) -> None:
    job_id, result = await scene.imagine(count=4)
    for number in range(4):
        await scene.office.blobs.put(scene.workspace, b"%d" % number)
    await scene.finish(job_id, pictures=4)
    await scene.deliver(job_id)
    assert result.response is not None
    assert "**4** " in said(result.response)


async def test_where_limner_lost_its_rights_the_picture_goes_to_the_requester(scene: Scene) -> None:
    job_id, _ = await scene.imagine()
    await scene.finish(job_id)
    scene.env.inject_error(
        "*", f"/channels/{scene.channel.id}/*", status=403, code=50013, times=None
    )
    receipt = await scene.deliver(job_id)
    [message] = scene.ann.user.dm_channel.history()
    assert receipt.endswith(f"/{message.id}")
    assert len(message.attachments) == 1


async def test_where_nothing_can_be_sent_the_reason_is_raised(scene: Scene) -> None:
    job_id, _ = await scene.imagine()
    await scene.finish(job_id)
    scene.env.inject_error("*", "/channels/*", status=403, code=50013, times=None)
    with pytest.raises(NoAccess, match="Give it the permissions"):
        await scene.deliver(job_id)


async def test_a_discord_that_is_away_is_tried_again(scene: Scene) -> None:
    job_id, result = await scene.imagine()
    await scene.finish(job_id)
    scene.env.inject_error("PATCH", "/channels/*", status=503)
    with pytest.raises(
        SurfaceUnavailable, match="Discord didn't answer: it answered with status 503"
    ):
        await scene.deliver(job_id)
    await scene.deliver(job_id)
    assert result.response is not None
    assert len(result.response.attachments) == 1


async def test_a_private_picture_is_seen_by_the_requester_alone(scene: Scene) -> None:
    job_id, result = await scene.imagine(private=True)
    assert result.ephemeral
    await scene.status(job_id, JobStatus.RENDERING)
    assert await scene.show(job_id)
    assert "🎨 Drawing" in said(result.response)
    await scene.finish(job_id)
    await scene.deliver(job_id)
    assert result.response is not None
    assert len(result.response.attachments) == 1
    assert scene.channel.history(viewer=scene.bob) == []
    again = await scene.ann.click(result.response, label="Vary")
    assert again.ephemeral
    assert (await scene.newest()).job.request.routing.private


async def test_a_private_picture_comes_directly_once_the_token_is_dead(scene: Scene) -> None:
    job_id, _ = await scene.imagine(private=True)
    await scene.env.advance_time(16 * 60)
    await scene.finish(job_id)
    receipt = await scene.deliver(job_id)
    [message] = scene.ann.user.dm_channel.history()
    assert len(message.attachments) == 1
    assert labels(message) == [], "buttons of a server would find nothing here"
    assert "From Fans of foxes. You can also find it there with /job history." in said(message)
    assert await scene.surface.find(await scene.delivery(job_id)) == receipt


async def test_who_takes_no_direct_messages_is_told_where_the_picture_waits(scene: Scene) -> None:
    job_id, _ = await scene.imagine(private=True)
    await scene.env.advance_time(16 * 60)
    await scene.finish(job_id)
    dm = scene.ann.user.dm_channel
    scene.env.inject_error("POST", f"/channels/{dm.id}/messages", status=403, code=50007)
    await scene.deliver(job_id)
    [message] = [m for m in scene.channel.history() if not m.flags.ephemeral]
    assert f"<@{scene.ann.id}>" in said(message)
    assert "Your picture is ready" in said(message)
    assert message.attachments == []
    path = f"/channels/{scene.channel.id}/messages"
    sent = [r for r in scene.env.http_requests if r.path == path]
    assert sent[-1].json is not None
    assert sent[-1].json["allowed_mentions"]["users"] == [scene.ann.id]
    shown = await scene.ann.slash(scene.channel, "job history")
    assert shown.response is not None
    picked = await scene.ann.select(shown.response, [job_id])
    assert picked.ephemeral
    assert picked.response is not None
    assert len(picked.response.attachments) == 1


async def test_a_command_works_in_a_thread_and_its_answer_stays_there(scene: Scene) -> None:
    await scene.eve.slash(scene.channel, "settings channel", name="style", value="ink")
    message = await scene.ann.send(scene.channel, "talk")
    thread = await open_thread(scene, message)
    job_id, result = await scene.imagine(place=thread)
    request = (await scene.view(job_id)).job.request
    assert (request.routing.destination.channel, request.routing.destination.thread) == (
        str(scene.channel.id),
        str(thread.id),
    )
    assert request.style == "ink"
    await scene.finish(job_id)
    await scene.deliver(job_id)
    assert result.response is not None
    assert result.response.channel_id == thread.id
    assert len(result.response.attachments) == 1


async def test_a_thread_that_fell_asleep_is_woken_for_the_result(scene: Scene) -> None:
    message = await scene.ann.send(scene.channel, "talk")
    thread = await open_thread(scene, message)
    job_id, result = await scene.imagine(place=thread)
    await scene.finish(job_id)
    scene.env.inject_error("PATCH", "/channels/*/messages/*", status=400, code=50083)
    await scene.deliver(job_id)
    assert result.response is not None
    assert len(result.response.attachments) == 1
    woken = [r for r in scene.env.http_requests if r.path == f"/channels/{thread.id}"]
    assert [(r.method, r.json) for r in woken] == [("PATCH", {"archived": False})]


async def open_thread(scene: Scene, message: discord.Message) -> simcord.ChannelHandle:
    scene.env.backend.create_thread(scene.channel.id, "talk", scene.ann.id, message_id=message.id)
    await scene.env.settle()
    [thread] = scene.channel.threads
    return thread


async def test_a_command_works_in_a_forum_post(scene: Scene) -> None:
    forum = scene.guild.create_forum_channel("pictures")
    scene.env.backend.create_thread(forum.id, "foxes", scene.ann.id)
    await scene.env.settle()
    [post] = forum.threads
    job_id, result = await scene.imagine(place=post)
    await scene.finish(job_id)
    await scene.deliver(job_id)
    assert result.response is not None
    assert (result.response.channel_id, len(result.response.attachments)) == (post.id, 1)


async def test_a_picture_comes_in_a_conversation_with_limner_alone(scene: Scene) -> None:
    user = scene.ann.user
    result = await user.slash("imagine", prompt="a fox")
    scene.office = replace(scene.office, workspace=f"discord:dm:{user.id}")
    job_id = (await scene.newest()).job.id
    await scene.finish(job_id)
    await scene.deliver(job_id)
    assert result.response is not None
    assert len(result.response.attachments) == 1


async def test_waiting_jobs_say_how_many_are_before_them(scene: Scene) -> None:
    await scene.imagine("one")
    _, result = await scene.imagine("two")
    assert result.response is not None
    assert "In the queue, 1 ahead of you." in said(result.response)


async def test_messages_are_in_the_language_that_was_set(scene: Scene) -> None:
    await scene.ann.slash(scene.channel, "settings user", name="language", value="de")
    _, result = await scene.imagine()
    assert result.response is not None
    assert labels(result.response) == ["Abbrechen"]


async def test_nothing_waits_for_a_connection_for_ever(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.discord.surface.CONNECTED_S", 0.01)
    job_id, _ = await scene.imagine()
    scene.surface._client.logged_in.clear()  # pyright: ignore[reportPrivateUsage]
    with pytest.raises(SurfaceUnavailable, match="isn't connected"):
        await scene.deliver(job_id)


async def test_a_review_message_is_not_mistaken_for_the_live_one(scene: Scene) -> None:
    job_id, result = await scene.imagine()
    review = JobMessage(
        "discord", "1", "2", job_id, MessageKind.REVIEW, datetime.now(UTC) + timedelta(hours=1)
    )
    await scene.office.team.keep_message(scene.workspace, review)
    await scene.status(job_id, JobStatus.REVIEWING)
    assert await scene.show(job_id)
    assert result.response is not None
    assert "👀 Needs approval" in said(result.response)


async def test_the_progress_of_many_never_holds_up_a_result(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Discord takes about one writing a second in a channel; the rest waits its turn."""
    views = [await scene.view((await scene.imagine(f"fox {n}"))[0]) for n in range(4)]
    job_id, result = await scene.imagine("a bear")
    await scene.finish(job_id)
    messages = scene.surface._messages  # pyright: ignore[reportPrivateUsage]
    gate, two = asyncio.Event(), asyncio.Event()
    shown = {int(view.messages[0].message) for view in views}
    begun: list[int] = []
    edit = messages.edit

    async def slow(channel_id: int, message_id: int, build: Build) -> bool:
        begun.append(message_id)
        if message_id in shown:
            if len(begun) == 2:
                two.set()
            await gate.wait()
        return await edit(channel_id, message_id, build)

    monkeypatch.setattr(messages, "edit", slow)
    showing = [asyncio.create_task(scene.surface.show(view)) for view in views]
    await two.wait()
    await scene.deliver(job_id)
    assert result.response is not None
    assert len(result.response.attachments) == 1
    assert len(begun) == 3
    gate.set()
    outcomes = await asyncio.gather(*showing, return_exceptions=True)
    assert outcomes.count(True) == 2
    assert [type(o) for o in outcomes if o is not True] == [NoRoom] * 2
    assert await scene.surface.show(views[3]), "what gave way is shown later"


async def test_a_message_says_paused_without_storage_and_never_over_a_result(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id, result = await scene.imagine()
    message = result.response
    assert message is not None
    view = replace(await scene.view(job_id), paused=True)

    def away(*_arguments: Any, **_more: Any) -> Any:
        raise StorageUnavailable("The database is away.", retryable=True)

    with monkeypatch.context() as patched:
        patched.setattr(scene.office.store, "workspace", away)
        await scene.surface.pause(view)
        await scene.env.settle()
    assert "Paused: Limner's storage" in said(message)
    await scene.show(job_id)
    assert "Paused" not in said(message)
    await scene.finish(job_id)
    await scene.deliver(job_id)
    await scene.surface.pause(view)
    await scene.env.settle()
    assert len(message.attachments) == 1
    surface: Any = scene.surface
    services = scene.office.services
    other = JobMessages(chat=surface._chat, job_service=services.jobs, team=services.team)
    await other.pause(view)
    await scene.env.settle()
    assert len(message.attachments) == 1
    assert "Paused" not in said(message)
