"""All text for a generator is judged, whichever way it came in: each test brings a forbidden phrase
in at one place only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.errors import Refused
from domain.policy import Action, Category
from domain.requests import Attachment, Audience, Job, JobStatus
from domain.research import Evidence, GroundedPrompt, Reference, Research, SourceKind
from domain.team import Role, Scope
from evaluation.peers.values import a_request, a_source
from jobs.admission.requests import Requester
from jobs.services.choosing import Choice
from tests.fakes.job_service import ANN, BOB, Office, an_office
from tests.fakes.judged import (
    FORBIDDEN,
    HARMLESS,
    PLAIN,
    ScriptedJudge,
    ScriptedResearch,
    ScriptedService,
    draw,
    illustrate_workflow,
)
from tests.fakes.search import MemorySteps

ADMIN = replace(BOB, member_id="ada", role=Role.ADMIN)
GORE = "a man torn apart, guts and entrails everywhere, gore"
LONG = "A red fox stands in deep snow at dusk, and pines rise behind it. " * 6
"""Longer than a title or a note."""


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        yield opened


async def asked(office: Office, prompt: str = "a red fox", *, requester: Requester = ANN) -> Job:
    request = a_request(
        prompt=prompt,
        workspace_id="w1",
        member_id=requester.member_id,
        destination=requester.destination,
        attachments=(),
    )
    return await office.job_service.submit(request, event_key=prompt, requester=requester)


async def drawn(office: Office, job: Job, grounded: GroundedPrompt = PLAIN) -> str:
    """Let a job be drawn; gives its picture."""
    await draw(
        office, illustrate_workflow(office, ScriptedService(HARMLESS)), job.id, grounded=grounded
    )
    [picture] = (await office.job_service.view("w1", job.id)).illustrations
    async with office.store.workspace("w1") as unit:
        await unit.jobs.save(replace(await unit.jobs.get(job.id), status=JobStatus.DONE))
    return picture.id


def reference(title: str = "A fox", note: str = "fur") -> Reference:
    return Reference("IMG_001", "a" * 64, note, title, "s1")


FOUND = {
    "a long grounded prompt": GroundedPrompt(LONG + GORE),
    "the title of a reference": GroundedPrompt("A fox.", (reference(title=GORE),)),
    "a long note": GroundedPrompt("A fox.", (reference(note=LONG + GORE),)),
    "a cited passage": GroundedPrompt("A fox.", (), (Evidence(1, "A fox", "s1", GORE, 0),)),
}


@pytest.mark.parametrize("place", FOUND)
async def test_what_research_adds_is_judged_before_it_is_kept(office: Office, place: str) -> None:
    source = a_source(1, kind=SourceKind.PICTURE, img_id="IMG_001")
    found = Research((), (source,), FOUND[place])
    job = await asked(office)
    working = illustrate_workflow(
        office, ScriptedService(HARMLESS), research=ScriptedResearch(found, calls=False)
    )
    with pytest.raises(Refused, match="graphic violence"):
        await working.research("w1", job.id, MemorySteps())


async def test_a_long_page_that_reaches_no_generator_is_judged_at_the_floor_alone(
    office: Office,
) -> None:
    cited = (Evidence(1, "A fox", "s1", LONG + GORE, 0),)
    found = Research((), (a_source(1),), GroundedPrompt("A fox.", (), cited))
    job = await asked(office)
    working = illustrate_workflow(
        office, ScriptedService(HARMLESS), research=ScriptedResearch(found, calls=False)
    )
    await working.research("w1", job.id, MemorySteps())


@pytest.mark.parametrize("place", FOUND)
async def test_a_recipe_is_judged_before_it_is_drawn(office: Office, place: str) -> None:
    job = await asked(office)
    service = ScriptedService(HARMLESS)
    await office.blobs.put("w1", HARMLESS)
    source = a_source(1, kind=SourceKind.PICTURE, img_id="IMG_001")
    working = illustrate_workflow(office, service)
    await draw(office, working, job.id, grounded=FOUND[place], sources=(source,))
    view = await office.job_service.view("w1", job.id)
    assert "graphic violence" in (view.job.error or "")
    assert service.asked == []


@pytest.mark.parametrize("split", [("a man with a sword", GORE), ("a girl of nine", "naked")])
async def test_an_edit_is_judged_with_what_it_changes(
    office: Office, split: tuple[str, str]
) -> None:
    first, then = split
    picture = await drawn(office, await asked(office, first))
    middle = await office.job_service.edit(ANN, picture, "at the beach", event_key="e1")
    picture = await drawn(office, middle)
    with pytest.raises(Refused):
        await office.job_service.edit(ANN, picture, then, event_key="e2")


async def test_a_file_name_that_becomes_a_title_is_judged(office: Office) -> None:
    sha256 = await office.blobs.put("w1", HARMLESS)
    picture = await drawn(office, await asked(office))
    brought = Attachment(f"{GORE}.png", sha256, 320, 320)
    job = await office.job_service.edit(
        ANN, picture, "with this", event_key="e1", pictures=(brought,)
    )
    titled = (Reference("ASK_002", sha256, "provided by the requester", brought.name),)
    service = ScriptedService(HARMLESS)
    working = illustrate_workflow(office, service)
    await draw(office, working, job.id, grounded=GroundedPrompt("A fox.", titled))
    assert (await office.job_service.view("w1", job.id)).job.status is JobStatus.FAILED
    assert service.asked == []


@pytest.mark.parametrize("kind", ["again", "vary", "another generator"])
async def test_making_a_picture_again_is_judged_by_what_holds_where_it_is_asked_for(
    office: Office, kind: str
) -> None:
    restricted = {Category.VIOLENCE: Action.RESTRICTED}
    await office.team.prefer(ADMIN, Scope.WORKSPACE, categories=restricted)
    adults = replace(ANN, audience=Audience.ADULTS)
    picture = await drawn(
        office, await asked(office, requester=adults), GroundedPrompt(LONG + GORE)
    )
    if kind == "vary":
        again = await office.job_service.vary(ANN, picture, event_key="v")
    else:
        named = "storyboard" if kind == "another generator" else None
        again = await office.job_service.rerender(ANN, picture, event_key="v", generator=named)
    service = ScriptedService(HARMLESS)
    with pytest.raises(Refused, match="graphic violence"):
        await illustrate_workflow(office, service).render("w1", again.id, MemorySteps())
    assert service.asked == []


@pytest.mark.parametrize("bad", ["name", "picture", "away"])
async def test_references_that_somebody_puts_in_later_are_judged(office: Office, bad: str) -> None:
    request = a_request(
        prompt="a red fox",
        workspace_id="w1",
        member_id="ann",
        destination=ANN.destination,
        attachments=(),
        checkpoint=True,
    )
    job = await office.job_service.submit(request, event_key="k", requester=ANN)
    await office.choosing(job.id)
    sha256 = await office.blobs.put("w1", FORBIDDEN if bad == "picture" else HARMLESS)
    name = "zeppelin.png" if bad == "name" else "mine.png"
    brought = Attachment(name, sha256, 320, 320)
    await office.job_service.choose(ANN, job.id, Choice(keep=(), added=(brought,)))
    service = ScriptedService(HARMLESS)
    judge = ScriptedJudge(words=("zeppelin",), away=bad == "away")
    said = "couldn't be checked" if bad == "away" else "sexual content"
    with pytest.raises(Refused, match=said):
        await illustrate_workflow(office, service, judge).render("w1", job.id, MemorySteps())
    assert service.asked == []
