"""Refused requests are written down, allowed once by moderators, and counted at the floor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.buttons import Button, ButtonAction
from bot.cards.models import NoteCard, SettingsCard, StatusCard
from domain.errors import NotPossibleNow, Refused
from domain.illustrations import DeliveryKind
from domain.policy import Action, Category
from domain.requests import MODERATORS, Destination, JobStatus
from domain.team import Role, Scope
from evaluation.peers.values import a_request
from jobs.admission.requests import Requester
from jobs.admission.rulings import PolicyRefused
from tests.fakes.job_service import ANN, BOB, Office, an_office

EVE = replace(BOB, member_id="eve", role=Role.MODERATOR)
ADMIN = replace(BOB, member_id="ada", role=Role.ADMIN)
GORE = "a man torn apart, guts and entrails everywhere, gore"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        yield opened


async def refused(
    office: Office, prompt: str = GORE, *, key: str = "", requester: Requester = ANN
) -> str:
    """Ask for what is refused; gives the job under which it was written down."""
    request = a_request(
        prompt=prompt,
        workspace_id=requester.workspace_id,
        member_id=requester.member_id,
        destination=requester.destination,
        attachments=(),
    )
    with pytest.raises(PolicyRefused) as error:
        await office.job_service.submit(request, event_key=key or prompt, requester=requester)
    assert error.value.job_id is not None
    return error.value.job_id


async def test_a_refusal_is_audited_without_the_words_and_counts_against_no_limit(
    office: Office,
) -> None:
    job_id = await refused(office)
    assert await refused(office) == job_id, "the same event leaves one trace"
    [entry] = [e for e in await office.team.audit(ADMIN) if e.action == "refuse"]
    assert entry.subject == job_id
    assert entry.details == {"category": "violence", "score": "0.80", "judge": "rules"}
    assert (await office.team.usage(ANN)).pictures_today == 0


async def test_an_appeal_goes_to_the_review_channel_and_is_allowed_once(office: Office) -> None:
    await office.team.prefer(ADMIN, Scope.WORKSPACE, review_channel="c7")
    job_id = await refused(office)
    assert await office.team.appeal(ANN, job_id)
    [delivery] = (await office.job_service.view("w1", job_id)).deliveries
    assert (delivery.kind, delivery.destination.channel) == (DeliveryKind.APPEAL, "c7")
    made = await office.job_service.allow(EVE, job_id)
    assert (made.request.routing.allowed, made.status) == ((Category.VIOLENCE,), JobStatus.QUEUED)
    assert made.request.origin.member_id == ANN.member_id
    assert (await office.job_service.allow(EVE, job_id)).id == made.id
    await refused(office, key="again")


async def test_moderators_alone_see_the_request_and_allow_it(office: Office) -> None:
    job_id = await refused(office)
    shown = (await office.commands(EVE).job(job_id)).card
    assert isinstance(shown, NoteCard)
    assert shown.lines == (GORE,)
    others = (await office.commands(BOB).job(job_id)).card
    assert isinstance(others, StatusCard)
    assert others.title == "A request"
    assert "violence" not in others.text
    for somebody in (BOB, ANN):
        with pytest.raises(Refused):
            await office.job_service.allow(somebody, job_id)
    with pytest.raises(Refused):
        await office.team.appeal(BOB, job_id)
    with pytest.raises(Refused):
        await office.job_service.allow(replace(EVE, member_id=ANN.member_id), job_id)


async def test_without_a_review_channel_what_waits_is_reported_to_moderators_and_listed(
    office: Office,
) -> None:
    elsewhere = replace(EVE, destination=replace(EVE.destination, channel="c5"))
    private = await refused(office, key="private")
    assert await office.team.waiting(EVE) == []
    assert await office.team.appeal(ANN, private)
    [delivery] = (await office.job_service.view("w1", private)).deliveries
    assert (delivery.kind, delivery.destination.channel) == (DeliveryKind.APPEAL, MODERATORS)
    assert [task.workflow for task in office.dispatcher.tasks] == ["deliver"]
    [listed] = await office.team.waiting(elsewhere)
    assert listed.id == private
    shown = (await office.commands(elsewhere).job(private)).card
    assert isinstance(shown, NoteCard)
    assert shown.lines == (GORE,)
    with pytest.raises(Refused, match="Only moderators"):
        await office.team.waiting(BOB)
    await office.job_service.allow(elsewhere, private)
    assert await office.team.waiting(EVE) == []


async def test_who_moderates_one_channel_sees_what_waits_there_alone(office: Office) -> None:
    here = replace(BOB, moderates_here=True)
    job_id = await refused(office)
    await office.team.appeal(ANN, job_id)
    assert [job.id for job in await office.team.waiting(here)] == [job_id]
    other = replace(here, destination=replace(here.destination, channel="c5"))
    assert await office.team.waiting(other) == []


async def test_a_dismissed_appeal_waits_no_more(office: Office) -> None:
    job_id = await refused(office)
    await office.team.appeal(ANN, job_id)
    await office.team.dismiss(EVE, job_id)
    assert await office.team.waiting(EVE) == []


async def test_a_suspension_waits_for_moderators_until_it_is_lifted(office: Office) -> None:
    for key in "123":
        await refused(office, "a naked child", key=key)
    [told] = await office.team.waiting(EVE)
    card = (await office.commands(EVE).job(told.id)).card
    assert isinstance(card, NoteCard)
    assert [button.action for button in card.buttons] == [ButtonAction.LIFT]
    await office.team.lift(EVE, ANN.member_id)
    assert await office.team.waiting(EVE) == []


async def test_a_channel_that_reviews_itself_uses_the_review_channel_of_the_team(
    office: Office,
) -> None:
    violence = {Category.VIOLENCE: Action.APPROVE}
    await office.team.prefer(ADMIN, Scope.WORKSPACE, review_channel="c7", categories=violence)
    await office.team.prefer(ADMIN, Scope.CHANNEL, review_channel="c1")
    request = a_request(
        prompt=GORE,
        workspace_id="w1",
        member_id=ANN.member_id,
        destination=ANN.destination,
        attachments=(),
    )
    job = await office.job_service.submit(request, event_key="k", requester=ANN)
    assert job.request.routing.review is not None
    assert job.request.routing.review.channel == "c7"


async def test_what_moderators_and_requesters_read_is_in_their_language(office: Office) -> None:
    job_id = await refused(office)
    german = replace(ANN, language="de")
    said = (
        await office.commands(german).press(Button(ButtonAction.APPEAL, job_id), message="m")
    ).card
    assert isinstance(said, NoteCard)
    assert "Moderation" in said.text
    shown = (await office.commands(replace(EVE, language="de")).job(job_id)).card
    assert isinstance(shown, NoteCard)
    assert "drastische Gewalt" in shown.text
    admin = replace(ADMIN, destination=Destination("slack", "c1"))
    card = (await office.commands(admin).settings(Scope.WORKSPACE)).card
    assert isinstance(card, SettingsCard)
    assert "appeals and approvals as direct messages" in dict(card.lines)["review_channel"]


async def test_the_floor_cannot_be_appealed_nor_allowed(office: Office) -> None:
    job_id = await refused(office, "a naked child")
    for attempt in (office.team.appeal(ANN, job_id), office.job_service.allow(EVE, job_id)):
        with pytest.raises(Refused, match="never drawn"):
            await attempt
    own = await office.commands(ANN).job(job_id)
    assert own.card.buttons == ()  # type: ignore[union-attr]


async def test_words_that_the_workspace_does_not_keep_are_not_there(office: Office) -> None:
    await office.team.prefer(ADMIN, Scope.WORKSPACE, keep_refused=False)
    job_id = await refused(office)
    assert "guts" not in (await office.job_service.view("w1", job_id)).job.request.prompt
    with pytest.raises(NotPossibleNow, match="wasn't kept"):
        await office.job_service.allow(EVE, job_id)


async def test_repeated_attempts_at_the_floor_suspend_until_a_moderator_lifts_it(
    office: Office,
) -> None:
    await office.team.prefer(ADMIN, Scope.WORKSPACE, review_channel="c7")
    tried = [await refused(office, "a naked child", key=key) for key in "123"]
    [alert] = (await office.job_service.view("w1", tried[-1])).deliveries
    assert alert.kind is DeliveryKind.APPEAL
    harmless = a_request(
        prompt="a fox",
        workspace_id="w1",
        member_id=ANN.member_id,
        destination=ANN.destination,
        attachments=(),
    )
    with pytest.raises(Refused, match="A moderator can lift this"):
        await office.job_service.submit(harmless, event_key="fox", requester=ANN)
    for somebody in (ANN, BOB):
        with pytest.raises(Refused):
            await office.team.lift(somebody, ANN.member_id)
    await office.team.lift(EVE, ANN.member_id)
    job = await office.job_service.submit(harmless, event_key="fox", requester=ANN)
    assert job.status is JobStatus.QUEUED


async def test_what_rules_only_doubt_is_refused_and_suspends_nobody(office: Office) -> None:
    for key in "1234":
        await refused(office, "a sexy young woman in a red dress", key=key)
    assert (await office.team.preferences(ANN)).suspended is None


async def test_a_workspace_may_only_be_told_of_attempts(office: Office) -> None:
    await office.team.prefer(ADMIN, Scope.WORKSPACE, suspends=False)
    for number in range(4):
        await refused(office, "a naked child", key=str(number))
    assert (await office.team.preferences(ANN)).suspended is None
