"""No refusal of Slack costs a requester their picture: what it does not take comes in a simpler
form, in the requester's own messages, or stays in the history, once in every case."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.errors import SurfaceRefused
from domain.illustrations import DeliveryKind
from domain.news import Notice
from domain.requests import Job, JobStatus
from evaluation.peers.slack_api import DROP
from evaluation.peers.slack_team import Message
from evaluation.peers.values import a_delivery
from jobs.admission.requests import Requester
from jobs.illustration.delivery import KEPT, DeliveryWorker
from tests.fakes.search import MemorySteps
from tests.fakes.slack_stage import WORKSPACE, Stage, a_stage


def said_in(arguments: dict[str, Any]) -> str:
    return f"{arguments.get('text', '')} {arguments.get('blocks', '')}"


def has_links(method: str, arguments: dict[str, Any]) -> bool:
    return (method.startswith("chat.") or method == "response") and "://" in said_in(arguments)


def says_cat(method: str, arguments: dict[str, Any]) -> bool:
    return method.startswith("chat.") and "cat" in said_in(arguments)


def in_the_channel(method: str, arguments: dict[str, Any]) -> bool:
    return method.startswith("chat.") and arguments.get("channel") == "C0001"


def with_pictures(method: str, arguments: dict[str, Any]) -> bool:
    return method.startswith("chat.") and "slack_file" in said_in(arguments)


def everything(method: str, arguments: dict[str, Any]) -> bool:
    return method.startswith("chat.")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as opened:
        yield opened


async def no_sleep(_seconds: float) -> None:
    """Pauses between rounds are not waited for here."""


async def delivered(stage: Stage, job: Job, kind: DeliveryKind = DeliveryKind.RESULT) -> str:
    """Let the courier deliver as a worker does; gives the receipt."""
    async with stage.office.store.workspace(WORKSPACE) as unit:
        await unit.deliveries.add(replace(a_delivery(job), id=f"{job.id}:{kind.value}", kind=kind))
    courier = DeliveryWorker(
        store=stage.office.store, surfaces={"slack": stage.surface}, sleep=no_sleep
    )
    await courier.deliver(WORKSPACE, f"{job.id}:{kind.value}", MemorySteps())
    view = await stage.office.job_service.view(WORKSPACE, job.id)
    [delivery] = [d for d in view.deliveries if d.kind is kind]
    assert delivery.receipt is not None
    return delivery.receipt


def of_job(stage: Stage, job: Job) -> list[Message]:
    """The messages of a job, wherever they are."""
    channels = stage.fake.team.channels.values()
    return [m for c in channels for m in c.messages.values() if m.job_id == job.id]


def carrying(stage: Stage, job: Job) -> list[Message]:
    """Those that show its picture."""
    return [message for message in of_job(stage, job) if message.pictures]


async def is_done(stage: Stage, job: Job) -> bool:
    view = await stage.office.job_service.view(WORKSPACE, job.id)
    return view.job.status is JobStatus.DONE


async def rendered(stage: Stage, text: str = "a cat", *, pictures: int = 1) -> tuple[Job, Message]:
    job, message = await stage.asked(text)
    await stage.finished(job, pictures=pictures)
    return job, message


CONTENT = ("invalid_blocks", "msg_blocks_too_long", "msg_too_long", "no_text", "never_heard_of")


@pytest.mark.parametrize("code", CONTENT)
async def test_a_refused_link_is_left_out(stage: Stage, code: str) -> None:
    job, message = await rendered(stage)
    stage.fake.rules.append((has_links, code))
    await delivered(stage, job)
    assert carrying(stage, job) == [message]
    assert "://" not in json.dumps(message.blocks)
    assert "[1]" in message.said, "the sources are still named"
    assert await is_done(stage, job)


async def test_refused_words_leave_the_picture_alone(stage: Stage) -> None:
    job, message = await rendered(stage)
    stage.fake.rules.append((says_cat, "invalid_blocks"))
    await delivered(stage, job)
    assert carrying(stage, job) == [message]
    assert [block["type"] for block in message.blocks] == ["image"]
    assert message.blocks[0]["alt_text"] == "A picture made by Limner"


PLACES = ("not_in_channel", "is_archived", "restricted_action", "channel_not_found")


@pytest.mark.parametrize("code", [*PLACES, *CONTENT])
async def test_where_the_channel_takes_nothing_it_comes_directly(stage: Stage, code: str) -> None:
    job, _message = await rendered(stage)
    stage.fake.rules.append((in_the_channel, code))
    receipt = await delivered(stage, job)
    [message] = carrying(stage, job)
    assert message in stage.fake.team.dm("U0ANN").messages.values()
    assert message.ts in receipt
    assert await is_done(stage, job)


async def test_where_only_pictures_are_refused_the_message_says_where_it_is(stage: Stage) -> None:
    job, message = await rendered(stage)
    stage.fake.rules.append((with_pictures, "invalid_blocks"))
    await delivered(stage, job)
    assert carrying(stage, job) == []
    assert of_job(stage, job) == [message]
    assert f"/illustrate status {job.id}" in message.said
    assert "[1]" in message.said
    assert await is_done(stage, job)


async def test_pictures_that_only_the_channel_refuses_come_directly(stage: Stage) -> None:
    job, message = await rendered(stage)
    stage.fake.rules.append(
        (lambda method, a: with_pictures(method, a) and in_the_channel(method, a), "invalid_blocks")
    )
    await delivered(stage, job)
    [direct] = carrying(stage, job)
    assert direct in stage.fake.team.dm("U0ANN").messages.values()
    assert "The person who asked has it" in message.said
    assert message.button("show")


@pytest.mark.parametrize("code", ["cant_update_message", "edit_window_closed", "message_not_found"])
async def test_a_message_that_cannot_be_edited_gives_way_to_a_new_one(
    stage: Stage, code: str
) -> None:
    job, old = await rendered(stage)
    stage.fake.rules.append((lambda method, _a: method == "chat.update", code))
    await delivered(stage, job)
    [message] = of_job(stage, job)
    assert message.ts != old.ts
    assert message.pictures


async def test_what_nothing_takes_is_done_and_stays_in_the_history(stage: Stage) -> None:
    job, _message = await rendered(stage)
    stage.fake.rules.append((everything, "restricted_action"))
    assert await delivered(stage, job) == KEPT
    assert await is_done(stage, job)
    stage.fake.rules.clear()
    body = stage.fake.slash_body(f"status {job.id}")
    await stage.fake.deliver("slash_commands", body)
    await stage.whispered("a cat")
    [_who, _where, answer] = stage.fake.team.whispers[-1]
    assert answer.pictures, "the command that shows a job brings its picture"


async def test_a_result_waits_for_access_that_has_ended(stage: Stage) -> None:
    job, message = await rendered(stage)
    stage.fake.mishaps["chat.update"] += ["token_revoked", "invalid_auth", "account_inactive"]
    await delivered(stage, job)
    assert carrying(stage, job) == [message]


@pytest.mark.parametrize("rule", [has_links, says_cat, in_the_channel, with_pictures])
async def test_an_unclear_answer_on_any_rung_leaves_one_message(stage: Stage, rule: Any) -> None:
    job, _message = await rendered(stage)
    stage.fake.rules.append((rule, "invalid_blocks"))
    stage.fake.mishaps["chat.update"] += [DROP, DROP, DROP, 503]
    stage.fake.mishaps["chat.postMessage"] += [DROP, 503]
    await delivered(stage, job)
    assert len(carrying(stage, job)) == (0 if rule is with_pictures else 1)
    assert len(stage.fake.team.dm("U0ANN").messages) <= 1
    assert await is_done(stage, job)


async def test_a_set_of_four_comes_in_a_simpler_form_too(stage: Stage) -> None:
    job, message = await rendered(stage, "a cat count:4", pictures=4)
    stage.fake.rules.append((says_cat, "msg_too_long"))
    await delivered(stage, job)
    assert len(message.pictures) == 4


async def test_a_failure_is_reported_without_what_is_refused(stage: Stage) -> None:
    job, message = await stage.asked()
    await stage.become(job, JobStatus.FAILED, error="The page https://cat.example/ is in the way.")
    stage.fake.rules += [(has_links, "invalid_blocks"), (says_cat, "invalid_blocks")]
    await delivered(stage, job, DeliveryKind.FAILURE)
    assert "Failed." in message.said
    await stage.whispered("The page [link] is in the way.")


async def test_a_notice_comes_without_the_link_that_is_refused(stage: Stage) -> None:
    stage.fake.rules.append((has_links, "invalid_blocks"))
    text = "The feed https://cat.example/feed cannot be read."
    notice = Notice("n1", WORKSPACE, "slack", "U0ANN", text)
    await stage.surface.notify(notice)
    assert "The feed [link] cannot be read." in stage.fake.team.dm("U0ANN").newest.said
    stage.fake.rules.append((everything, "user_disabled"))
    with pytest.raises(SurfaceRefused):
        await stage.surface.notify(notice)


async def test_a_draft_keeps_its_buttons_in_its_simplest_form(stage: Stage) -> None:
    stage.fake.team.users["U0ADA"] = {"is_admin": True}
    stage.fake.team.channel("G0REVIEW", private=True)
    for name, value in (("review_channel", "G0REVIEW"), ("approvals", "1")):
        await stage.fake.slash(f"settings team {name} {value}", user="U0ADA")
        await stage.whispered(f"{name} {value}", user="U0ADA")
    job, _message = await rendered(stage)
    stage.fake.rules.append((says_cat, "invalid_blocks"))
    await stage.deliver(job, DeliveryKind.REVIEW)
    [draft] = stage.fake.team.channel("G0REVIEW").messages.values()
    assert draft.pictures
    assert draft.button("approve")
    assert draft.button("reject")


async def test_a_job_begins_although_its_prompt_is_refused(stage: Stage) -> None:
    stage.fake.rules.append((says_cat, "invalid_blocks"))
    _job, message = await stage.asked()
    assert "Queued." in message.said
    assert message.button("cancel")


async def test_a_gallery_whose_pictures_are_refused_says_where_they_are(stage: Stage) -> None:
    stage.fake.team.users["U0ANN"] = {"locale": "de-DE"}
    job, _message = await stage.drawn()
    [picture] = (await stage.office.job_service.view(WORKSPACE, job.id)).illustrations
    requester = Requester(WORKSPACE, "U0ANN", job.request.routing.destination)
    await stage.office.team.vote(requester, picture.id, 1)
    stage.fake.rules.append((with_pictures, "invalid_blocks"))
    await stage.fake.slash("gallery")
    gallery = await stage.message(2)
    assert gallery.said == (
        "Slack nimmt diese Bilder hier nicht an. Jedes steht noch in der Nachricht, mit der es kam."
    )


async def test_a_posted_gallery_loses_a_deleted_picture_whatever_slack_refuses(
    stage: Stage,
) -> None:
    job, _message = await stage.drawn()
    kept, _other = await stage.drawn("a dog")
    for each in (job, kept):
        [picture] = (await stage.office.job_service.view(WORKSPACE, each.id)).illustrations
        requester = Requester(WORKSPACE, "U0ANN", each.request.routing.destination)
        await stage.office.team.vote(requester, picture.id, 1)
    await stage.fake.slash("gallery")
    gallery = await stage.message(3)
    assert gallery.pictures
    stage.fake.rules.append((with_pictures, "invalid_blocks"))
    await stage.office.job_service.delete(requester, job.id)
    [task] = [t for t in stage.office.dispatcher.tasks if t.workflow == "gallery"]
    stage.office.surfaces["slack"] = stage.surface
    await stage.office.privacy.galleries.work(task.workspace_id, task.subject_id, MemorySteps())
    assert not gallery.pictures
    assert "Slack doesn't accept these pictures here." in gallery.said


async def test_slacks_own_word_comes_with_a_sentence(stage: Stage) -> None:
    stage.fake.rules.append((lambda method, _a: method == "conversations.info", "odd_thing"))
    await stage.fake.slash("a cat")
    await stage.whispered("Slack refused: it answered “odd_thing”.")
