"""Finished pictures are judged before anybody sees them, and what is refused is gone."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.errors import NotFound, NotPossibleNow, Refused
from domain.illustrations import DeliveryKind, IllustrationStatus
from domain.policy import Category
from domain.requests import MODERATORS, Job, JobStatus
from domain.research import GroundedPrompt, Reference, SourceKind
from domain.team import Role, Scope
from evaluation.peers.values import a_request, a_source
from jobs.admission.requests import Asker
from tests.fakes.desk import ANN, BOB, Office, an_office
from tests.fakes.judged import (
    FORBIDDEN,
    HARMLESS,
    ScriptedJudge,
    ScriptedService,
    draw,
    illustrator,
)
from tests.fakes.search import MemorySteps

EVE = replace(BOB, member_id="eve", role=Role.MODERATOR)
PLAIN = GroundedPrompt("A fox.")
ADMIN = replace(BOB, member_id="ada", role=Role.ADMIN)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        yield opened


async def asked(
    office: Office, prompt: str = "a red fox", asker: Asker = ANN, **parts: object
) -> Job:
    request = a_request(
        prompt=prompt,
        workspace_id=asker.workspace_id,
        member_id=asker.member_id,
        destination=asker.destination,
        attachments=(),
        **parts,
    )
    return await office.desk.submit(request, event_key=prompt, asker=asker)


async def has_blob(office: Office, data: bytes) -> bool:
    try:
        await office.blobs.get("w1", hashlib.sha256(data).hexdigest())
    except NotFound:
        return False
    return True


async def test_a_forbidden_picture_for_a_harmless_prompt_reaches_no_one(office: Office) -> None:
    job = await asked(office)
    drawing = illustrator(office, ScriptedService(FORBIDDEN), ScriptedJudge())
    [delivery] = await draw(office, drawing, job.id)
    assert delivery.kind is DeliveryKind.FAILURE
    view = await office.desk.view("w1", job.id)
    assert view.job.status is JobStatus.FAILED
    assert "judged as sexual content" in (view.job.error or "")
    assert view.illustrations == ()
    assert not await has_blob(office, FORBIDDEN)
    async with office.store.workspace("w1") as unit:
        [picture] = await unit.illustrations.of_job(job.id)
    assert picture.status is IllustrationStatus.REFUSED
    assert picture.sha256 is None
    with pytest.raises(NotPossibleNow, match="not shown by the policy"):
        await office.desk.vary(ANN, picture.id, event_key="again")
    assert await office.team.gallery(ANN) == []


async def test_the_verdict_is_in_the_audit_log_with_judge_category_and_score(
    office: Office,
) -> None:
    job = await asked(office)
    await draw(office, illustrator(office, ScriptedService(FORBIDDEN), ScriptedJudge()), job.id)
    entries = [e for e in await office.team.audit(ADMIN, limit=10) if e.action == "judge"]
    assert entries[0].details["found"] == "sexual 0.97 (scripted)"
    assert entries[0].details["outcome"] == "refused"


async def test_the_other_pictures_of_a_request_are_shown_except_at_the_floor(
    office: Office,
) -> None:
    job = await asked(office, count=3)
    service = ScriptedService(HARMLESS, FORBIDDEN, HARMLESS)
    [delivery] = await draw(office, illustrator(office, service, ScriptedJudge()), job.id)
    view = await office.desk.view("w1", job.id)
    assert delivery.kind is DeliveryKind.RESULT
    assert [p.position for p in view.illustrations] == [0, 2]
    assert view.job.notes[-1].startswith("1 of 3 pictures: The finished picture is not shown")

    job = await asked(office, "a red fox again", count=3)
    service = ScriptedService(HARMLESS, FORBIDDEN, HARMLESS)
    drawing = illustrator(office, service, ScriptedJudge(Category.MINORS))
    [delivery] = await draw(office, drawing, job.id)
    assert delivery.kind is DeliveryKind.FAILURE
    assert (await office.desk.view("w1", job.id)).illustrations == ()
    assert len(service.asked) == 2, "nothing more is drawn"


async def test_bytes_that_another_picture_has_are_kept(office: Office) -> None:
    first = await asked(office)
    await draw(office, illustrator(office, ScriptedService(FORBIDDEN)), first.id)
    second = await asked(office, "a red fox again")
    await draw(office, illustrator(office, ScriptedService(FORBIDDEN), ScriptedJudge()), second.id)
    assert await has_blob(office, FORBIDDEN)


async def test_a_judgement_that_runs_twice_says_the_same(office: Office) -> None:
    job = await asked(office)
    drawing = illustrator(office, ScriptedService(FORBIDDEN), ScriptedJudge())
    steps = MemorySteps()
    await office.researched(job.id, grounded=PLAIN)
    with pytest.raises(Refused):
        await drawing.render("w1", job.id, steps)
    del steps.kept["judge-0"]
    with pytest.raises(Refused, match="judged as sexual content"):
        await drawing.render("w1", job.id, steps)


async def test_a_run_from_before_the_judges_goes_on_to_its_end(office: Office) -> None:
    job = await asked(office)
    drawing = illustrator(office, ScriptedService(HARMLESS), ScriptedJudge())
    steps = MemorySteps()
    steps.before = {"judge-output"}
    await office.researched(job.id, grounded=PLAIN)
    await drawing.render("w1", job.id, steps)
    assert steps.ran == ["plan", "render-0", "keep-0", "finish"]


async def test_where_no_judge_sees_pictures_those_of_people_wait_for_a_moderator(
    office: Office,
) -> None:
    drawing = illustrator(office, ScriptedService(HARMLESS))
    fox = await asked(office)
    [delivery] = await draw(office, drawing, fox.id)
    assert delivery.kind is DeliveryKind.RESULT

    job = await asked(office, "a woman in a red coat")
    [word] = await draw(office, drawing, job.id)
    assert (word.kind, word.destination.channel) == (DeliveryKind.APPEAL, MODERATORS)
    assert (await office.desk.view("w1", job.id)).job.status is JobStatus.REVIEWING
    assert [waiting.id for waiting in await office.team.waiting(EVE)] == [job.id]
    seen = await office.commands(ANN).job(job.id)
    assert "pictures" not in {f for f in dir(seen.card) if not f.startswith("_")}
    shown = await office.commands(EVE).job(job.id)
    assert type(shown.card).__name__ == "ReviewCard"
    assert shown.private
    with pytest.raises(Refused):
        await office.team.decide(ANN, job.id, approved=True)
    await office.team.decide(EVE, job.id, approved=True)
    assert (await office.desk.view("w1", job.id)).job.status is JobStatus.DELIVERING


async def test_a_picture_of_people_goes_to_the_review_channel(office: Office) -> None:
    await office.team.prefer(ADMIN, Scope.WORKSPACE, review_channel="c7")
    job = await asked(office, "a woman in a red coat")
    [delivery] = await draw(office, illustrator(office, ScriptedService(HARMLESS)), job.id)
    assert delivery.kind is DeliveryKind.REVIEW
    assert delivery.destination.channel == "c7"


@pytest.mark.parametrize("filtered", [True, False])
async def test_what_a_private_answer_or_a_services_own_filter_shows_waits_for_nobody(
    office: Office, filtered: bool
) -> None:
    service = ScriptedService(HARMLESS, filtered=filtered)
    job = await asked(office, "a woman in a red coat", private=not filtered)
    [delivery] = await draw(office, illustrator(office, service), job.id)
    assert delivery.kind is DeliveryKind.RESULT


@pytest.mark.parametrize(("license", "waits"), [(None, True), ("CC BY 4.0", False)])
async def test_a_board_of_pictures_that_nobody_stands_for_waits_too(
    office: Office, license: str | None, waits: bool
) -> None:
    drawing = illustrator(office, ScriptedService(HARMLESS, by_model=False))
    job = await asked(office)
    sha256 = await office.blobs.put("w1", HARMLESS)
    source = replace(
        a_source(1, kind=SourceKind.PICTURE, img_id="IMG_001", provider="searxng"),
        sha256=sha256,
        license=license,
    )
    found = GroundedPrompt("A fox.", (Reference("IMG_001", sha256, "fur", "A fox", source.id),))
    deliveries = await draw(office, drawing, job.id, grounded=found, sources=(source,))
    assert ([d.kind for d in deliveries] == [DeliveryKind.APPEAL]) is waits


async def test_a_judge_that_is_away_lets_nothing_pass_in_public_nor_people_anywhere(
    office: Office,
) -> None:
    drawing = illustrator(office, ScriptedService(HARMLESS), ScriptedJudge(away=True))
    public = await asked(office)
    [delivery] = await draw(office, drawing, public.id)
    view = await office.desk.view("w1", public.id)
    assert delivery.kind is DeliveryKind.FAILURE
    assert "could not be judged" in (view.job.error or "")
    assert "not refused" in (view.job.error or "")
    assert not await has_blob(office, HARMLESS)

    private = await asked(office, "a fox, for me", private=True)
    [delivery] = await draw(office, drawing, private.id)
    assert delivery.kind is DeliveryKind.RESULT
    notes = (await office.desk.view("w1", private.id)).job.notes
    assert "Not judged by a model" in notes[-1]

    people = await asked(office, "a woman, for me", private=True)
    [delivery] = await draw(office, drawing, people.id)
    assert delivery.kind is DeliveryKind.FAILURE
