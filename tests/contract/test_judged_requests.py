"""Models judge a request beside the first turn, and what research found before it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cards.builders import error_card
from bot.cards.languages import in_language
from bot.cards.models import SettingsCard
from domain.errors import InvalidRequest, Refused
from domain.policy import Action, Category, JudgedText, Verdict
from domain.requests import Attachment, Audience, Job, JobStatus
from domain.research import GroundedPrompt, Reference, Research, SourceKind
from domain.team import Role, Scope, Unjudged
from evaluation.peers.values import a_request, a_source
from jobs.admission.requests import Requester
from tests.fakes.job_service import ANN, BOB, Office, an_office
from tests.fakes.judged import (
    FORBIDDEN,
    HARMLESS,
    ScriptedJudge,
    ScriptedResearch,
    ScriptedService,
    draw,
    illustrate_workflow,
)
from tests.fakes.search import MemorySteps

ADMIN = replace(BOB, member_id="ada", role=Role.ADMIN)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        yield opened


async def asked(office: Office, prompt: str, *, requester: Requester = ANN, **parts: object) -> Job:
    request = a_request(
        prompt=prompt,
        workspace_id="w1",
        member_id=requester.member_id,
        destination=requester.destination,
        **{"attachments": (), **parts},
    )
    return await office.job_service.submit(request, event_key=prompt, requester=requester)


async def researched(
    office: Office, job: Job, *judges: ScriptedJudge, research: ScriptedResearch | None = None
) -> ScriptedResearch:
    """Work on a job's research as its workflow does."""
    research = research or ScriptedResearch()
    working = illustrate_workflow(office, ScriptedService(HARMLESS), *judges, research=research)
    await working.research("w1", job.id, MemorySteps())
    return research


class SlowJudge(ScriptedJudge):
    """Answers once the model's turn has begun, so it must have been asked beside it."""

    turned: asyncio.Event

    async def judge_text(self, text: JudgedText) -> Verdict:
        """As the script says, when the turn goes on."""
        async with asyncio.timeout(20):
            await self.turned.wait()
        return await super().judge_text(text)


async def test_a_slow_judge_works_beside_the_first_turn_and_no_tool_is_called_before_it(
    office: Office,
) -> None:
    research = ScriptedResearch()
    judge = SlowJudge(words=("zeppelin",))
    judge.turned = research.turned
    job = await asked(office, "a castle")
    await researched(office, job, judge, research=research)
    assert research.called == ["turn", "call"]

    research = ScriptedResearch()
    judge.turned = research.turned
    job = await asked(office, "a castle, zeppelin")
    with pytest.raises(Refused, match="sexual content"):
        await researched(office, job, judge, research=research)
    assert research.called == ["turn"]


async def test_a_request_without_tool_calls_is_judged_all_the_same(office: Office) -> None:
    job = await asked(office, "a castle, zeppelin")
    with pytest.raises(Refused):
        await researched(
            office, job, ScriptedJudge(words=("zeppelin",)), research=ScriptedResearch(calls=False)
        )


async def test_a_page_or_a_title_that_brings_in_what_must_not_be_drawn_is_found(
    office: Office,
) -> None:
    sha256 = await office.blobs.put("w1", HARMLESS)
    source = a_source(1, kind=SourceKind.PICTURE, img_id="IMG_001", sha256=sha256)
    for found in (
        GroundedPrompt("A castle with zeppelin."),
        GroundedPrompt("A castle.", (Reference("IMG_001", source.sha256, "", "zeppelin", "s1"),)),
    ):
        research = ScriptedResearch(Research((), (source,), found))
        job = await asked(office, f"a castle {len(found.references)}")
        with pytest.raises(Refused, match="sexual content"):
            await researched(office, job, ScriptedJudge(words=("zeppelin",)), research=research)


async def test_a_found_reference_that_is_refused_is_left_out_with_a_note(office: Office) -> None:
    bad = await office.blobs.put("w1", FORBIDDEN)
    good = await office.blobs.put("w1", HARMLESS)
    sources = (
        a_source(1, kind=SourceKind.PICTURE, img_id="IMG_001", sha256=bad),
        a_source(2, kind=SourceKind.PICTURE, img_id="IMG_002", sha256=good),
    )
    found = GroundedPrompt(
        "A fox. Use the first reference image for the fur. Use the second reference image for it.",
        (
            Reference("IMG_001", bad, "", "One", "s1"),
            Reference("IMG_002", good, "", "Two", "s2"),
        ),
    )
    job = await asked(office, "a fox")
    await researched(
        office, job, ScriptedJudge(), research=ScriptedResearch(Research((), sources, found))
    )
    view = await office.job_service.view("w1", job.id)
    assert [r.title for r in view.research.grounded.references] == ["Two"]
    assert "A reference was left out because it was judged as sexual content." in view.job.notes

    job = await asked(office, "a fox again")
    with pytest.raises(Refused, match="sexualised minors"):
        await researched(
            office,
            job,
            ScriptedJudge(Category.MINORS),
            research=ScriptedResearch(Research((), sources, found)),
        )


async def test_a_picture_that_the_requester_brings_is_looked_at(office: Office) -> None:
    sha256 = await office.blobs.put("w1", FORBIDDEN)
    job = await asked(office, "like this", attachments=(Attachment("a.png", sha256, 320, 320),))
    with pytest.raises(Refused, match="sexual content"):
        await researched(office, job, ScriptedJudge())


async def test_a_judge_that_is_away_closes_public_channels_unless_the_setting_says_otherwise(
    office: Office,
) -> None:
    away = ScriptedJudge(away=True)
    with pytest.raises(Refused, match="couldn't be checked"):
        await researched(office, await asked(office, "a castle"), away)
    job = await asked(office, "a castle, for me", private=True)
    await researched(office, job, away)
    assert "Not checked by a model" in (await office.job_service.view("w1", job.id)).job.notes[0]

    await office.team.prefer(ADMIN, Scope.WORKSPACE, unjudged=Unjudged.CLOSED)
    with pytest.raises(Refused, match="couldn't be checked"):
        await researched(office, await asked(office, "a castle, alone", private=True), away)
    await office.team.prefer(ADMIN, Scope.WORKSPACE, unjudged=Unjudged.OPEN)
    await researched(office, await asked(office, "a castle, in public"), away)


async def test_categories_follow_the_workspace_and_the_channel(office: Office) -> None:
    gore = "a man torn apart, guts and entrails everywhere, gore"
    with pytest.raises(Refused, match="graphic violence"):
        await asked(office, gore)
    await office.team.prefer(
        ADMIN, Scope.WORKSPACE, categories={Category.VIOLENCE: Action.RESTRICTED}
    )
    with pytest.raises(Refused, match="graphic violence"):
        await asked(office, gore)
    adults = replace(ANN, audience=Audience.ADULTS)
    assert (await asked(office, gore, requester=adults)).status is JobStatus.QUEUED
    await office.team.prefer(ADMIN, Scope.CHANNEL, categories={Category.VIOLENCE: Action.APPROVE})
    job = await asked(office, f"{gore}, more")
    assert job.request.routing.approvals == 1


async def test_no_setting_lowers_the_floor(office: Office) -> None:
    with pytest.raises(InvalidRequest, match="always refused"):
        await office.commands(ADMIN).settings(Scope.WORKSPACE, "categories", "minors: allow")
    lowered = {Category.MINORS: Action.ALLOW}
    await office.team.prefer(ADMIN, Scope.WORKSPACE, categories=lowered)
    with pytest.raises(Refused, match="sexualised minors"):
        await asked(office, "a naked child")


async def test_settings_say_what_is_done_about_every_category(office: Office) -> None:
    commands = office.commands(ADMIN)
    card = (await commands.settings(Scope.WORKSPACE, "categories", "hate: allow")).card
    assert isinstance(card, SettingsCard)
    lines = dict(card.lines)
    assert "minors: refuse (fixed)" in lines["categories"]
    assert "hate: allow" in lines["categories"]
    assert "violence: refuse" in lines["categories"]


async def test_a_refusal_is_said_in_the_requesters_language(office: Office) -> None:
    with pytest.raises(Refused) as refused:
        await asked(office, "a man torn apart, guts and entrails everywhere, gore")
    card = in_language(error_card(refused.value), "de-AT")
    assert "drastische Gewalt" in card.text


async def test_a_variation_is_judged_by_what_holds_where_it_is_asked_for(office: Office) -> None:
    job = await asked(office, "a castle of zeppelin")
    await draw(office, illustrate_workflow(office, ScriptedService(HARMLESS)), job.id)
    [drawn] = (await office.job_service.view("w1", job.id)).illustrations
    again = await office.job_service.vary(ANN, drawn.id, event_key="v")
    working = illustrate_workflow(
        office, ScriptedService(HARMLESS), ScriptedJudge(words=("zeppelin",))
    )
    with pytest.raises(Refused, match="judged as sexual content"):
        await working.render("w1", again.id, MemorySteps())
