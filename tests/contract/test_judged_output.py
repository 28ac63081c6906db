"""Finished pictures are judged before anyone sees them, and refused ones are removed."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.buttons import Button, ButtonAction
from bot.cards.models import NoteCard, PicturesCard
from domain.errors import NotFound, NotPossibleNow, Refused
from domain.illustrations import DeliveryKind, IllustrationStatus
from domain.policy import Category, Finding, Refusal, RefusedPart, Verdict
from domain.requests import MODERATORS, Job, JobStatus
from domain.research import GroundedPrompt, Reference, SourceKind
from domain.team import Role, Scope
from evaluation.peers.values import NOON, a_request, a_source
from jobs.admission.requests import Requester
from jobs.services.refused_pictures import remove_expired_pictures
from tests.fakes.job_service import ANN, BOB, Office, an_office
from tests.fakes.judged import (
    FORBIDDEN,
    HARMLESS,
    ScriptedJudge,
    ScriptedService,
    draw,
    illustrate_workflow,
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
    office: Office, prompt: str = "a red fox", requester: Requester = ANN, **parts: object
) -> Job:
    request = a_request(
        prompt=prompt,
        workspace_id=requester.workspace_id,
        member_id=requester.member_id,
        destination=requester.destination,
        attachments=(),
        **parts,
    )
    return await office.job_service.submit(request, event_key=prompt, requester=requester)


async def has_blob(office: Office, data: bytes) -> bool:
    try:
        await office.blobs.get("w1", hashlib.sha256(data).hexdigest())
    except NotFound:
        return False
    return True


async def test_a_forbidden_picture_for_a_harmless_prompt_reaches_no_one(office: Office) -> None:
    job = await asked(office)
    drawing = illustrate_workflow(office, ScriptedService(FORBIDDEN), ScriptedJudge())
    [delivery] = await draw(office, drawing, job.id)
    assert delivery.kind is DeliveryKind.FAILURE
    view = await office.job_service.view("w1", job.id)
    assert view.job.status is JobStatus.FAILED
    assert "judged as sexual content" in (view.job.error or "")
    assert view.illustrations == ()
    assert not await has_blob(office, FORBIDDEN)
    async with office.store.workspace("w1") as unit:
        [picture] = await unit.illustrations.of_job(job.id)
    assert picture.status is IllustrationStatus.REFUSED
    assert picture.sha256 is None
    with pytest.raises(NotPossibleNow, match="doesn't allow showing"):
        await office.job_service.vary(ANN, picture.id, event_key="again")
    assert await office.team.gallery(ANN) == []


async def test_the_verdict_is_in_the_audit_log_with_judge_category_and_score(
    office: Office,
) -> None:
    job = await asked(office)
    await draw(
        office, illustrate_workflow(office, ScriptedService(FORBIDDEN), ScriptedJudge()), job.id
    )
    entries = [e for e in await office.team.audit(ADMIN, limit=10) if e.action == "judge"]
    assert entries[0].details["found"] == "sexual 0.97 (scripted)"
    assert entries[0].details["outcome"] == "refused"


async def test_a_refused_picture_is_kept_for_moderators_alone_and_for_a_while(
    office: Office,
) -> None:
    await office.team.prefer(ADMIN, Scope.WORKSPACE, keep_refused=True)
    job = await asked(office)
    await draw(
        office, illustrate_workflow(office, ScriptedService(FORBIDDEN), ScriptedJudge()), job.id
    )
    [kept] = await office.job_service.refused_pictures(ADMIN, job.id)
    shown = await office.job_service.refused_picture_for(
        "w1", kept.id, max_bytes=10**7, media_types=("image/png",)
    )
    assert shown.data == FORBIDDEN
    assert (await office.team.audit(ADMIN))[0].action == "inspect"
    for person in (ANN, BOB):
        with pytest.raises(Refused, match="Only moderators"):
            await office.job_service.refused_pictures(person, job.id)
    view = await office.job_service.view("w1", job.id)
    assert view.illustrations == ()
    assert view.job.refusal == Refusal(RefusedPart.PICTURE, Category.SEXUAL)
    assert await office.team.gallery(ADMIN) == []
    with pytest.raises(NotPossibleNow):
        await office.job_service.picture_for(
            "w1", kept.id, max_bytes=10**7, media_types=("image/png",)
        )

    assert await remove_expired_pictures(office.store, office.blobs) == 0
    async with office.store.workspace("w1") as unit:
        await unit.illustrations.save(replace(kept, kept_until=NOON))
    with pytest.raises(NotPossibleNow, match="is kept"):
        await office.job_service.refused_pictures(ADMIN, job.id)
    assert await remove_expired_pictures(office.store, office.blobs) == 1
    assert not await has_blob(office, FORBIDDEN)
    assert await remove_expired_pictures(office.store, office.blobs) == 0


async def test_a_kept_picture_goes_with_its_job(office: Office) -> None:
    await office.team.prefer(ADMIN, Scope.WORKSPACE, keep_refused=True)
    first = await asked(office)
    second = await asked(office, "a red fox again")
    for job in (first, second):
        await draw(
            office, illustrate_workflow(office, ScriptedService(FORBIDDEN), ScriptedJudge()), job.id
        )
    await office.job_service.delete(ANN, first.id)
    assert await has_blob(office, FORBIDDEN), "the other job's is the same"
    with pytest.raises(NotPossibleNow):
        await office.job_service.refused_pictures(ADMIN, first.id)
    await office.job_service.delete(ANN, second.id)
    assert not await has_blob(office, FORBIDDEN)


async def test_a_judgement_that_runs_twice_keeps_the_picture(office: Office) -> None:
    await office.team.prefer(ADMIN, Scope.WORKSPACE, keep_refused=True)
    job = await asked(office)
    drawing = illustrate_workflow(office, ScriptedService(FORBIDDEN), ScriptedJudge())
    steps = MemorySteps()
    await office.researched(job.id, grounded=PLAIN)
    with pytest.raises(Refused):
        await drawing.render("w1", job.id, steps)
    del steps.kept["judge-0"]
    with pytest.raises(Refused) as again:
        await drawing.render("w1", job.id, steps)
    await drawing.fail("w1", job.id, steps, error=again.value)
    assert await office.job_service.refused_pictures(ADMIN, job.id)
    assert await has_blob(office, FORBIDDEN)


async def test_nothing_is_kept_that_may_be_of_the_floor_or_that_nobody_asked_to_keep(
    office: Office,
) -> None:
    prompts = iter(("one fox", "two foxes", "three foxes"))

    async def nothing_kept(*judges: ScriptedJudge) -> None:
        job = await asked(office, next(prompts))
        await draw(office, illustrate_workflow(office, ScriptedService(FORBIDDEN), *judges), job.id)
        with pytest.raises(NotPossibleNow):
            await office.job_service.refused_pictures(ADMIN, job.id)
        assert not await has_blob(office, FORBIDDEN)

    await nothing_kept(ScriptedJudge())
    await office.team.prefer(ADMIN, Scope.WORKSPACE, keep_refused=True)
    await nothing_kept(ScriptedJudge(), ScriptedJudge(Category.MINORS, name="other"))
    sha256 = hashlib.sha256(FORBIDDEN).hexdigest()
    [floor, *_] = [e for e in await office.team.audit(ADMIN) if e.action == "judge"]
    assert floor.details["sha256"] == sha256
    assert "minors 0.97" in floor.details["found"]
    await nothing_kept(ScriptedJudge(), ScriptedJudge(away=True, name="other"))


async def test_what_was_kept_goes_where_another_picture_of_the_job_is_of_the_floor(
    office: Office,
) -> None:
    await office.team.prefer(ADMIN, Scope.WORKSPACE, keep_refused=True)
    job = await asked(office, count=2)

    class Worse(ScriptedJudge):
        """Finds the floor in the second picture."""

        async def judge_picture(self, picture: bytes, *, text: str) -> Verdict:
            found = Category.SEXUAL if picture == FORBIDDEN else Category.MINORS
            return Verdict((Finding(found, 0.97, self.name),))

    await draw(
        office, illustrate_workflow(office, ScriptedService(FORBIDDEN, HARMLESS), Worse()), job.id
    )
    with pytest.raises(NotPossibleNow):
        await office.job_service.refused_pictures(ADMIN, job.id)
    assert not await has_blob(office, FORBIDDEN)
    assert not await has_blob(office, HARMLESS)


async def test_moderators_look_at_a_refused_picture_from_its_card(office: Office) -> None:
    await office.team.prefer(ADMIN, Scope.WORKSPACE, keep_refused=True)
    job = await asked(office)
    await draw(
        office, illustrate_workflow(office, ScriptedService(FORBIDDEN), ScriptedJudge()), job.id
    )
    card = (await office.commands(ADMIN).job(job.id)).card
    assert isinstance(card, NoteCard)
    assert Button(ButtonAction.REVEAL, job.id) in card.buttons
    reply = await office.commands(ADMIN).press(Button(ButtonAction.REVEAL, job.id), message="m")
    assert reply.private
    assert isinstance(reply.card, PicturesCard)
    assert reply.card.refused
    assert "sexual content" in reply.card.text
    with pytest.raises(Refused):
        await office.commands(BOB).press(Button(ButtonAction.REVEAL, job.id), message="m")


async def test_the_other_pictures_of_a_request_are_shown_except_at_the_floor(
    office: Office,
) -> None:
    job = await asked(office, count=3)
    service = ScriptedService(HARMLESS, FORBIDDEN, HARMLESS)
    [delivery] = await draw(office, illustrate_workflow(office, service, ScriptedJudge()), job.id)
    view = await office.job_service.view("w1", job.id)
    assert delivery.kind is DeliveryKind.RESULT
    assert [p.position for p in view.illustrations] == [0, 2]
    assert view.job.notes[-1].startswith("1 of 3 pictures failed: The finished picture isn't shown")

    job = await asked(office, "a red fox again", count=3)
    service = ScriptedService(HARMLESS, FORBIDDEN, HARMLESS)
    drawing = illustrate_workflow(office, service, ScriptedJudge(Category.MINORS))
    [delivery] = await draw(office, drawing, job.id)
    assert delivery.kind is DeliveryKind.FAILURE
    assert (await office.job_service.view("w1", job.id)).illustrations == ()
    assert len(service.asked) == 2, "nothing more is drawn"


async def test_bytes_that_another_picture_has_are_kept(office: Office) -> None:
    first = await asked(office)
    await draw(office, illustrate_workflow(office, ScriptedService(FORBIDDEN)), first.id)
    second = await asked(office, "a red fox again")
    await draw(
        office, illustrate_workflow(office, ScriptedService(FORBIDDEN), ScriptedJudge()), second.id
    )
    assert await has_blob(office, FORBIDDEN)


async def test_a_judgement_that_runs_twice_says_the_same(office: Office) -> None:
    job = await asked(office)
    drawing = illustrate_workflow(office, ScriptedService(FORBIDDEN), ScriptedJudge())
    steps = MemorySteps()
    await office.researched(job.id, grounded=PLAIN)
    with pytest.raises(Refused):
        await drawing.render("w1", job.id, steps)
    del steps.kept["judge-0"]
    with pytest.raises(Refused, match="judged as sexual content"):
        await drawing.render("w1", job.id, steps)


async def test_a_run_from_before_the_judges_goes_on_to_its_end(office: Office) -> None:
    job = await asked(office)
    drawing = illustrate_workflow(office, ScriptedService(HARMLESS), ScriptedJudge())
    steps = MemorySteps()
    steps.before = {"judge-output"}
    await office.researched(job.id, grounded=PLAIN)
    await drawing.render("w1", job.id, steps)
    assert steps.ran == ["plan", "render-0", "keep-0", "finish"]


async def test_where_no_judge_sees_pictures_those_of_people_wait_for_a_moderator(
    office: Office,
) -> None:
    drawing = illustrate_workflow(office, ScriptedService(HARMLESS))
    fox = await asked(office)
    [delivery] = await draw(office, drawing, fox.id)
    assert delivery.kind is DeliveryKind.RESULT

    job = await asked(office, "a woman in a red coat")
    [word] = await draw(office, drawing, job.id)
    assert (word.kind, word.destination.channel) == (DeliveryKind.APPEAL, MODERATORS)
    assert (await office.job_service.view("w1", job.id)).job.status is JobStatus.REVIEWING
    assert [waiting.id for waiting in await office.team.waiting(EVE)] == [job.id]
    seen = await office.commands(ANN).job(job.id)
    assert "pictures" not in {f for f in dir(seen.card) if not f.startswith("_")}
    shown = await office.commands(EVE).job(job.id)
    assert type(shown.card).__name__ == "ReviewCard"
    assert shown.private
    with pytest.raises(Refused):
        await office.team.decide(ANN, job.id, approved=True)
    await office.team.decide(EVE, job.id, approved=True)
    assert (await office.job_service.view("w1", job.id)).job.status is JobStatus.DELIVERING


async def test_a_picture_of_people_goes_to_the_review_channel(office: Office) -> None:
    await office.team.prefer(ADMIN, Scope.WORKSPACE, review_channel="c7")
    job = await asked(office, "a woman in a red coat")
    [delivery] = await draw(office, illustrate_workflow(office, ScriptedService(HARMLESS)), job.id)
    assert delivery.kind is DeliveryKind.REVIEW
    assert delivery.destination.channel == "c7"


@pytest.mark.parametrize("filtered", [True, False])
async def test_what_a_private_answer_or_a_services_own_filter_shows_waits_for_nobody(
    office: Office, filtered: bool
) -> None:
    service = ScriptedService(HARMLESS, filtered=filtered)
    job = await asked(office, "a woman in a red coat", private=not filtered)
    [delivery] = await draw(office, illustrate_workflow(office, service), job.id)
    assert delivery.kind is DeliveryKind.RESULT


@pytest.mark.parametrize(("license", "waits"), [(None, True), ("CC BY 4.0", False)])
async def test_a_board_of_pictures_that_nobody_stands_for_waits_too(
    office: Office, license: str | None, waits: bool
) -> None:
    drawing = illustrate_workflow(office, ScriptedService(HARMLESS, by_model=False))
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
    drawing = illustrate_workflow(office, ScriptedService(HARMLESS), ScriptedJudge(away=True))
    public = await asked(office)
    [delivery] = await draw(office, drawing, public.id)
    view = await office.job_service.view("w1", public.id)
    assert delivery.kind is DeliveryKind.FAILURE
    assert "couldn't be checked" in (view.job.error or "")
    assert "wasn't refused" in (view.job.error or "")
    assert not await has_blob(office, HARMLESS)

    private = await asked(office, "a fox, for me", private=True)
    [delivery] = await draw(office, drawing, private.id)
    assert delivery.kind is DeliveryKind.RESULT
    notes = (await office.job_service.view("w1", private.id)).job.notes
    assert "Not checked by a model" in notes[-1]

    people = await asked(office, "a woman, for me", private=True)
    [delivery] = await draw(office, drawing, people.id)
    assert delivery.kind is DeliveryKind.FAILURE
