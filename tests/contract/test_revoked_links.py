"""The links to a page are ended from chat by whoever asked for the picture, or a moderator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.buttons import Button, ButtonAction
from bot.cards.models import EvidenceCard, NoteCard
from domain.errors import Refused
from domain.team import Role
from evaluation.peers.values import a_request
from tests.fakes.job_service import ANN, BOB, LINKS, Office, an_office

MODERATOR = replace(BOB, member_id="eve", role=Role.MODERATOR)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        opened.job_service._links = LINKS  # pyright: ignore[reportPrivateUsage]
        yield opened


async def delivered(office: Office) -> str:
    request = a_request(
        workspace_id="w1", member_id=ANN.member_id, destination=ANN.destination, attachments=()
    )
    job = await office.job_service.submit(request, event_key="k", requester=ANN)
    await office.finished(job.id)
    return job.id


async def test_a_revoked_link_is_replaced_in_chat_and_stands_in_the_audit_log(
    office: Office,
) -> None:
    job_id = await delivered(office)
    before = (await office.job_service.view("w1", job_id)).page
    assert before is not None
    for somebody in (ANN, MODERATOR):
        card = (await office.commands(somebody).sources(job_id)).card
        assert isinstance(card, EvidenceCard)
        assert [button.action for button in card.buttons] == [ButtonAction.REVOKE]
    said = (await office.commands(ANN).press(Button(ButtonAction.REVOKE, job_id), message="m")).card
    assert isinstance(said, NoteCard)
    assert "have ended" in said.text
    after = (await office.job_service.view("w1", job_id)).page
    assert after is not None
    assert after != before
    admin = replace(BOB, member_id="ada", role=Role.ADMIN)
    entries = [e for e in await office.team.audit(admin) if e.action == "revoke"]
    assert [(e.member_id, e.subject) for e in entries] == [("ann", job_id)]


async def test_others_neither_see_the_button_nor_may_press_it(office: Office) -> None:
    job_id = await delivered(office)
    card = (await office.commands(BOB).sources(job_id)).card
    assert isinstance(card, EvidenceCard)
    assert card.buttons == ()
    with pytest.raises(Refused):
        await office.commands(BOB).press(Button(ButtonAction.REVOKE, job_id), message="m")
