"""The life of a job's message, on every chat platform: what must hold whatever the platform is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.refusals import PlaceRefused
from domain.errors import LimnerError, SurfaceRefused, SurfaceUnavailable
from domain.illustrations import DeliveryKind
from domain.requests import MODERATORS, JobStatus
from domain.team import MessageKind
from jobs.common.ports import NoRoom
from jobs.common.views import JobView
from tests.fakes.stages import STAGES, LifeStage, Readers, Refusing, where


@pytest.fixture(params=list(STAGES))
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LifeStage]:
    async with STAGES[request.param](tmp_path) as opened:
        yield opened


async def shown(stage: LifeStage) -> JobView:
    """A job whose message is there."""
    view = await stage.ask()
    assert await stage.process().begin(view.job.workspace_id, view.job.id)
    return await stage.view(view.job.id)


async def drawn(stage: LifeStage) -> JobView:
    """The same once it is rendered, and due to be delivered."""
    view = await shown(stage)
    await stage.draw(view.job.id)
    return await stage.view(view.job.id)


async def test_a_message_is_made_once_however_many_processes_try(stage: LifeStage) -> None:
    view = await stage.ask()
    tries = [stage.process().begin(view.job.workspace_id, view.job.id) for _ in range(5)]
    made = await asyncio.gather(*tries, return_exceptions=True)
    assert [m for m in made if m is True] == [True]
    assert all(isinstance(m, bool | NoRoom) for m in made)
    [message] = stage.seen()
    assert message.readers is Readers.CHANNEL
    assert "zebra" in message.text
    [kept] = (await stage.view(view.job.id)).messages
    assert (kept.kind, kept.open) == (MessageKind.LIVE, True)


async def test_what_a_dead_process_made_is_found_and_nothing_is_made_beside_it(
    stage: LifeStage,
) -> None:
    view = await drawn(stage)
    await stage.forget_messages()
    delivery = await stage.delivery(view.job.id)
    with pytest.raises(SurfaceUnavailable, match="just being created"):
        await stage.process().send(delivery)
    stage.expire_claims()
    await stage.process().send(delivery)
    [message] = stage.seen()
    assert message.pictures == 1
    kinds = [kept.kind for kept in (await stage.view(view.job.id)).messages]
    assert kinds == [MessageKind.LIVE]


async def test_a_message_shows_how_the_job_goes_on_and_never_over_its_result(
    stage: LifeStage,
) -> None:
    early = await shown(stage)
    job_id, process = early.job.id, stage.process()
    await stage.office.researched(job_id)
    assert await process.show(await stage.view(job_id))
    [message] = stage.seen()
    assert "Who is Eileen Collins?" in message.text
    await stage.draw(job_id)
    await process.send(await stage.delivery(job_id))
    assert await process.show(early)
    await stage.process().pause(replace(early, paused=True))
    [message] = stage.seen()
    assert message.pictures == 1


async def test_a_message_says_that_its_job_is_paused(stage: LifeStage) -> None:
    view = await shown(stage)
    await stage.process().pause(replace(view, paused=True))
    [message] = stage.seen()
    assert "Paused: Limner's storage" in message.text


async def test_a_result_takes_the_place_of_the_message_once_however_often_it_is_sent(
    stage: LifeStage,
) -> None:
    view = await drawn(stage)
    delivery = await stage.delivery(view.job.id)
    assert await stage.process().find(delivery) is None
    receipt = await stage.process().send(delivery)
    await stage.process().send(delivery)
    assert await stage.process().find(delivery) is not None
    [message] = stage.seen()
    assert (message.readers, message.pictures) == (Readers.CHANNEL, 1)
    [kept] = (await stage.view(view.job.id)).messages
    assert kept.message in receipt


async def test_a_result_that_got_through_unheard_is_found(stage: LifeStage) -> None:
    view = await drawn(stage)
    delivery = await stage.delivery(view.job.id)
    stage.lose_answers()
    with pytest.raises(SurfaceUnavailable):
        await stage.process().send(delivery)
    stage.answer_again()
    assert await stage.process().find(delivery) is not None
    assert [message.pictures for message in stage.seen()] == [1]


async def test_a_new_result_that_got_through_unheard_is_found_and_the_old_message_removed(
    stage: LifeStage,
) -> None:
    view = await drawn(stage)
    stage.make_old()
    delivery = await stage.delivery(view.job.id)
    stage.lose_answers()
    with pytest.raises(LimnerError):
        await stage.process().send(delivery)
    stage.answer_again()
    assert await stage.process().find(delivery) is not None
    assert [message.pictures for message in stage.seen()] == [1]


async def test_a_message_that_cannot_be_edited_gives_way_to_a_new_one(stage: LifeStage) -> None:
    view = await drawn(stage)
    stage.make_old()
    await stage.process().send(await stage.delivery(view.job.id))
    [message] = stage.seen()
    assert message.pictures == 1


async def test_a_message_that_somebody_deleted_comes_back_with_the_result(
    stage: LifeStage,
) -> None:
    view = await shown(stage)
    stage.clear_channel()
    assert not await stage.process().show(view)
    await stage.draw(view.job.id)
    await stage.process().send(await stage.delivery(view.job.id))
    [message] = stage.seen()
    assert (message.readers, message.pictures) == (Readers.CHANNEL, 1)


@pytest.mark.parametrize("what", [Refusing.LINKS, Refusing.WORDS])
async def test_refused_words_are_left_out_and_the_picture_stays(
    stage: LifeStage, what: Refusing
) -> None:
    view = await drawn(stage)
    stage.refuse(what)
    await stage.process().send(await stage.delivery(view.job.id))
    [message] = stage.seen()
    assert (message.readers, message.pictures) == (Readers.CHANNEL, 1)
    assert ("zebra" in message.text) is (what is Refusing.LINKS)


async def test_where_no_picture_passes_the_message_says_where_it_is(stage: LifeStage) -> None:
    view = await drawn(stage)
    stage.refuse(Refusing.PICTURES)
    await stage.process().send(await stage.delivery(view.job.id))
    [message] = stage.seen()
    assert message.pictures == 0
    assert f"It's saved: {stage.chat.command(view.job.id)} shows it." in message.text


async def test_a_picture_that_only_the_channel_refuses_comes_to_its_requester_alone(
    stage: LifeStage,
) -> None:
    view = await drawn(stage)
    stage.refuse(Refusing.PICTURES_IN_CHANNEL)
    await stage.process().send(await stage.delivery(view.job.id))
    [here], [home] = where(stage.seen(), Readers.CHANNEL), where(stage.seen(), Readers.ASKER)
    assert "The person who asked has it." in here.text
    assert (here.pictures, home.pictures) == (0, 1)


async def test_where_the_channel_takes_nothing_the_result_comes_to_its_requester_alone(
    stage: LifeStage,
) -> None:
    view = await drawn(stage)
    stage.refuse(Refusing.CHANNEL)
    delivery = await stage.delivery(view.job.id)
    await stage.process().send(delivery)
    [home] = where(stage.seen(), Readers.ASKER)
    assert home.pictures == 1
    assert await stage.process().find(delivery) is not None


async def test_what_nothing_takes_is_refused_and_leaves_nothing(stage: LifeStage) -> None:
    view = await drawn(stage)
    stage.refuse(Refusing.EVERYTHING)
    with pytest.raises(PlaceRefused):
        await stage.process().send(await stage.delivery(view.job.id))
    assert [message.pictures for message in stage.seen()] == [0]


async def test_a_private_picture_is_seen_by_its_requester_alone(stage: LifeStage) -> None:
    job_id = await stage.ask_privately()
    await stage.draw(job_id)
    await stage.process().send(await stage.delivery(job_id))
    assert [m for m in stage.seen() if m.readers is not Readers.ASKER] == []
    assert sum(message.pictures for message in stage.seen()) == 1


async def test_why_a_job_failed_is_reported_to_its_requester_alone(stage: LifeStage) -> None:
    view = await shown(stage)
    await stage.become(view.job.id, JobStatus.FAILED, error="The disk is full.")
    delivery = await stage.delivery(view.job.id, DeliveryKind.FAILURE)
    await stage.process().send(delivery)
    [here], [told] = where(stage.seen(), Readers.CHANNEL), where(stage.seen(), Readers.ASKER)
    assert "This one didn't work out." in here.text
    assert "The disk is full." not in here.text
    assert "The disk is full." in told.text
    assert await stage.process().find(delivery) is not None


async def test_a_failure_without_a_message_reaches_its_requester_alone(stage: LifeStage) -> None:
    view = await shown(stage)
    stage.clear_channel()
    await stage.become(view.job.id, JobStatus.FAILED, error="The disk is full.")
    await stage.process().send(await stage.delivery(view.job.id, DeliveryKind.FAILURE))
    [told] = stage.seen()
    assert told.readers is Readers.ASKER
    assert "The disk is full." in told.text


async def test_a_draft_is_shown_where_it_is_approved_and_nowhere_else(stage: LifeStage) -> None:
    view = await drawn(stage)
    delivery = await stage.delivery(view.job.id, DeliveryKind.REVIEW, stage.review)
    await stage.process().send(delivery)
    [draft], [here] = where(stage.seen(), Readers.REVIEW), where(stage.seen(), Readers.CHANNEL)
    assert (draft.pictures, here.pictures) == (1, 0)
    assert where(stage.seen(), Readers.ASKER) == []
    assert await stage.process().find(delivery) is not None
    kinds = [kept.kind for kept in (await stage.view(view.job.id)).messages]
    assert kinds == [MessageKind.LIVE, MessageKind.REVIEW]


async def test_a_draft_that_its_channel_refuses_is_shown_to_nobody(stage: LifeStage) -> None:
    view = await drawn(stage)
    stage.refuse(Refusing.EVERYTHING)
    with pytest.raises(SurfaceRefused):
        await stage.process().send(
            await stage.delivery(view.job.id, DeliveryKind.REVIEW, stage.review)
        )
    assert [message.pictures for message in stage.seen()] == [0]


async def test_without_a_review_channel_each_moderator_is_asked_alone(stage: LifeStage) -> None:
    view = await shown(stage)
    to = replace(stage.review, channel=MODERATORS)
    await stage.process().send(await stage.delivery(view.job.id, DeliveryKind.APPEAL, to))
    [asked] = where(stage.seen(), Readers.MODERATOR)
    assert "zebra" in asked.text or "approv" in asked.text
    [here] = where(stage.seen(), Readers.CHANNEL)
    assert "approv" not in here.text
    assert where(stage.seen(), Readers.ASKER) == []
