"""A delivered picture is reported: moderators get it, and remove it or leave it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.buttons import Button, ButtonAction
from bot.cards.models import NoteCard, ResultCard, ReviewCard
from domain.errors import NotFound, NotPossibleNow, Refused
from domain.illustrations import Delivery, DeliveryKind
from domain.requests import LOCAL_WORKSPACE, MODERATORS
from domain.team import Role, Scope
from evaluation.peers.values import a_request
from jobs.admission.requests import Requester
from jobs.services.reports import MOST
from tests.fakes.job_service import ANN, BOB, STRANGER, Office, an_office, at

EVE = replace(BOB, member_id="eve", role=Role.MODERATOR)
ADMIN = replace(BOB, member_id="ada", role=Role.ADMIN)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        yield opened


async def delivered(office: Office, *, key: str = "k", private: bool = False) -> str:
    """A job of Ann's with a picture that reached her channel."""
    request = a_request(
        workspace_id="w1",
        member_id=ANN.member_id,
        destination=ANN.destination,
        attachments=(),
        private=private,
    )
    job = await office.job_service.submit(request, event_key=key, requester=ANN)
    await office.finished(job.id)
    return job.id


async def told(office: Office, job_id: str) -> list[Delivery]:
    """Notices to moderators about a job."""
    sent = (await office.job_service.view("w1", job_id)).deliveries
    return [delivery for delivery in sent if delivery.kind is DeliveryKind.REPORT]


async def test_a_report_goes_to_the_review_channel_once_and_into_the_audit_log(
    office: Office,
) -> None:
    await office.team.prefer(ADMIN, Scope.WORKSPACE, review_channel="c7")
    job_id = await delivered(office)
    assert await office.team.report(BOB, job_id)
    assert not await office.team.report(ANN, job_id)
    [sent] = await told(office, job_id)
    assert sent.destination.channel == "c7"
    assert [task.workflow for task in office.dispatcher.tasks].count("deliver") == 1
    entries = [e for e in await office.team.audit(ADMIN) if e.action == "report"]
    assert {(e.member_id, e.subject) for e in entries} == {("bob", job_id), ("ann", job_id)}


async def test_without_a_review_channel_moderators_find_it_in_the_queue(office: Office) -> None:
    job_id = await delivered(office)
    await office.team.report(BOB, job_id)
    [sent] = await told(office, job_id)
    assert sent.destination.channel == MODERATORS
    elsewhere = at(EVE, "c5")
    assert [job.id for job in await office.team.waiting(elsewhere)] == [job_id]
    shown = (await office.commands(elsewhere).job(job_id)).card
    assert isinstance(shown, ReviewCard)
    assert shown.result.pictures
    assert {button.action for button in shown.buttons} >= {ButtonAction.DELETE, ButtonAction.CLEAR}


async def test_a_moderator_removes_a_reported_picture_from_anywhere(office: Office) -> None:
    job_id = await delivered(office)
    elsewhere = at(EVE, "c5")
    with pytest.raises(NotFound):
        await office.job_service.delete(elsewhere, job_id)
    await office.team.report(BOB, job_id)
    await office.commands(elsewhere).press(Button(ButtonAction.DELETE, job_id), message="m")
    assert await office.team.waiting(elsewhere) == []
    gone = (await office.commands(ANN).job(job_id)).card
    assert isinstance(gone, ResultCard)
    assert gone.pictures == ()
    with pytest.raises(NotPossibleNow, match="no picture"):
        await office.team.report(BOB, job_id)


async def test_a_moderator_leaves_a_reported_picture(office: Office) -> None:
    job_id = await delivered(office)
    with pytest.raises(NotPossibleNow, match="Nobody reported"):
        await office.team.clear(EVE, job_id)
    await office.team.report(BOB, job_id)
    with pytest.raises(Refused):
        await office.team.clear(BOB, job_id)
    await office.commands(EVE).press(Button(ButtonAction.CLEAR, job_id), message="m")
    assert await office.team.waiting(EVE) == []
    assert "clear" in {entry.action for entry in await office.team.audit(ADMIN)}


async def test_reports_are_limited_by_person(office: Office) -> None:
    job_id = await delivered(office)
    for _ in range(MOST):
        await office.team.report(BOB, job_id)
    with pytest.raises(NotPossibleNow, match="24 hours"):
        await office.team.report(BOB, job_id)
    assert not await office.team.report(ANN, job_id)


async def test_who_cannot_see_a_picture_cannot_report_it(office: Office) -> None:
    job_id = await delivered(office, private=True)
    for somebody in (BOB, STRANGER):
        with pytest.raises(NotFound):
            await office.team.report(somebody, job_id)


async def test_what_is_shown_to_one_person_alone_has_no_report_button(office: Office) -> None:
    for private in (True, False):
        job_id = await delivered(office, key=str(private), private=private)
        card = (await office.commands(ANN).job(job_id)).card
        assert isinstance(card, ResultCard)
        shown = any(button.action is ButtonAction.REPORT for button in card.buttons)
        assert shown is not private


async def test_nothing_is_reported_before_it_is_delivered_nor_on_the_command_line(
    office: Office,
) -> None:
    request = a_request(
        workspace_id="w1", member_id=ANN.member_id, destination=ANN.destination, attachments=()
    )
    job = await office.job_service.submit(request, event_key="early", requester=ANN)
    with pytest.raises(NotPossibleNow, match="no picture"):
        await office.team.report(BOB, job.id)
    local = Requester(LOCAL_WORKSPACE, "me", ANN.destination, role=Role.ADMIN)
    own = request.with_parts(workspace_id=LOCAL_WORKSPACE, member_id="me")
    alone = await office.job_service.submit(own, event_key="local", requester=local)
    with pytest.raises(NotPossibleNow, match="command line"):
        await office.team.report(local, alone.id)


async def test_people_read_of_reports_in_their_language(office: Office) -> None:
    job_id = await delivered(office)
    german = office.commands(replace(BOB, language="de"))
    said = (await german.press(Button(ButtonAction.REPORT, job_id), message="m")).card
    assert isinstance(said, NoteCard)
    assert "Moderation" in said.text
    again = (await german.report(job_id)).card
    assert isinstance(again, NoteCard)
    assert "weiß von diesem Bild" in again.text
