"""Jobs that a linked channel shows too, on both databases: what is copied, what is pooled, and that
nothing else crosses a workspace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from bot.cards.builders import card_of, result_card
from bot.cards.models import ReviewCard, StatusCard
from domain.accounts import Account
from domain.errors import (
    InvalidRequest,
    NotFound,
    NotPossibleNow,
    Refused,
    StorageUnavailable,
)
from domain.illustrations import DeliveryKind, IllustrationStatus
from domain.links import ChannelCode, member_elsewhere
from domain.policy import Action, Category
from domain.requests import Audience, Destination, Job, JobKind, JobRef, JobStatus, Request
from domain.research import GroundedPrompt, Research
from domain.team import Role, Scope, Tally
from domain.team_messages import TOLD
from evaluation.peers.values import a_source, an_illustration
from jobs.admission.requests import Requester
from jobs.common.tasks import deliver_task
from jobs.common.views import JobView
from jobs.illustration.workflow import IllustrateWorkflow
from jobs.linked.channel_link import ChannelLink, MirrorRounds
from jobs.linked.linked_copy import PARTED
from jobs.linked.people import names_of_person
from jobs.services.choosing import Choice
from storage.mirrors import SqlMirrorOperations
from storage.newsroom import SqlNewsOperations
from tests.fakes.job_service import Office, an_office, at
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
from tests.fakes.web import picture

DISCORD, SLACK = ChannelCode("discord:1", "c1"), ChannelCode("slack:T1", "C1")
ANN = Requester("discord:1", "11", Destination("discord", "c1"))
BOB = replace(ANN, member_id="12")
EVE = replace(ANN, member_id="13", role=Role.ADMIN)
UMA = Requester("slack:T1", "U1", Destination("slack", "C1"))
UWE = replace(UMA, member_id="U2")
LEA = replace(UMA, member_id="U3", role=Role.ADMIN)
MAX = Requester("slack:T9", "U9", Destination("slack", "C1"), Role.ADMIN)
"""A user whose workspace is not involved."""


@dataclass
class Pair:
    """Two linked channels, and what goes on in each."""

    discord: Office
    slack: Office

    async def link(self, *, one_sided: bool = False) -> None:
        await self.discord.team.prefer(EVE, Scope.CHANNEL, linked=str(SLACK))
        if not one_sided:
            await self.slack.team.prefer(LEA, Scope.CHANNEL, linked=str(DISCORD))

    async def ask(self, key: str = "k1", *, requester: Requester = ANN, **parts: Any) -> Job:
        request = Request.checked(
            parts.pop("prompt", "a red fox"),
            workspace_id=requester.workspace_id,
            member_id=requester.member_id,
            destination=requester.destination,
            **parts,
        )
        return await self.discord.job_service.submit(request, event_key=key, requester=requester)

    async def look(self) -> None:
        await self.discord.mirrors.look()

    async def shadow(self) -> JobView | None:
        """The newest job on Slack, if there is one."""
        jobs = await self.slack.job_service.recent(SLACK.workspace_id, limit=1)
        return await self.slack.job_service.view(SLACK.workspace_id, jobs[0].id) if jobs else None

    async def shown(self) -> JobView:
        await self.look()
        shadow = await self.shadow()
        assert shadow is not None
        return shadow

    async def drawn(self, job: Job, *, status: JobStatus = JobStatus.DONE, number: int = 7) -> None:
        """Let a job on Discord have its picture."""
        sha256 = await self.discord.blobs.put(DISCORD.workspace_id, picture(number))
        await self.discord.researched(job.id)
        await self.discord.finished(job.id, sha256=sha256, notes=("a note",))
        await self.become(job, status)

    async def become(self, job: Job, status: JobStatus, **parts: Any) -> None:
        async with self.discord.store.workspace(job.workspace_id) as unit:
            known = await unit.jobs.get(job.id)
            ended = known.finished_at if status.final else None
            await unit.jobs.save(replace(known, status=status, finished_at=ended, **parts))
            await unit.events.append(job.id, status.value, {})

    async def done(self, key: str = "k1") -> tuple[Job, JobView]:
        """A job on Discord with its picture, and its shadow after its delivery."""
        job = await self.ask(key)
        await self.drawn(job)
        shadow = await self.shown()
        await self.become(shadow.job, JobStatus.DONE)
        return job, await self.slack.job_service.view(SLACK.workspace_id, shadow.job.id)

    async def waiting(self, **preferences: Any) -> tuple[Job, JobView]:
        """A job on Discord that waits for two people, and its shadow."""
        wanted: dict[str, Any] = {"review_channel": "c2", "approvals": 2, **preferences}
        await self.discord.team.prefer(EVE, Scope.WORKSPACE, **wanted)
        await self.slack.team.prefer(LEA, Scope.WORKSPACE, review_channel="C2")
        job = await self.ask()
        await self.drawn(job, status=JobStatus.REVIEWING)
        return job, await self.shown()


@pytest.fixture
async def pair(database_url: str, tmp_path: Path) -> AsyncIterator[Pair]:
    async with an_office(tmp_path, workspace=DISCORD.workspace_id, url=database_url) as office:
        opened = Pair(office, replace(office, workspace=SLACK.workspace_id))
        await opened.link()
        yield opened


async def test_a_linked_channel_shows_the_job_as_it_goes_on_and_gets_its_picture(
    pair: Pair,
) -> None:
    job = await pair.ask()
    shadow = await pair.shown()
    assert shadow.job.request.routing.destination == Destination("slack", "C1")
    assert shadow.job.request.origin.shadow_of == JobRef(DISCORD.workspace_id, job.id)
    assert (shadow.job.request.origin.member_id, shadow.job.status) == (
        "discord:11",
        JobStatus.QUEUED,
    )

    await pair.discord.researched(job.id)
    async with pair.discord.store.workspace(DISCORD.workspace_id) as unit:
        await unit.events.append(job.id, "render_progress", {"fraction": 0.5})
    shadow = await pair.shown()
    card = card_of(shadow)
    assert isinstance(card, StatusCard)
    assert (card.progress, len(card.steps)) == (0.5, 1)
    original = await pair.discord.job_service.view(DISCORD.workspace_id, job.id)
    assert shadow.research == original.research

    await pair.drawn(job, status=JobStatus.DONE)
    shadow = await pair.shown()
    original = await pair.discord.job_service.view(DISCORD.workspace_id, job.id)
    assert shadow.job.status is JobStatus.DELIVERING
    assert [p.id for p in shadow.illustrations] == [p.id for p in original.illustrations]
    assert shadow.illustrations[0].recipe == original.illustrations[0].recipe
    [delivery] = shadow.deliveries
    assert (delivery.kind, delivery.destination.channel) == (DeliveryKind.RESULT, "C1")
    assert deliver_task(delivery) in pair.slack.dispatcher.tasks
    result = result_card(shadow)
    assert result.asked_by == ""
    assert result.notes == ("Requested in the linked channel on Discord.", "a note")
    sha256 = result.pictures[0].sha256
    assert await pair.slack.job_service.picture(SLACK.workspace_id, sha256) == picture(7)


async def test_any_number_of_processes_make_one_shadow_and_one_delivery(pair: Pair) -> None:
    job = await pair.ask()
    await pair.drawn(job)
    others = [
        MirrorRounds(
            store=pair.discord.store,
            operations=SqlMirrorOperations(pair.discord.engine),
            mirror=ChannelLink(
                store=pair.discord.store,
                blobs=pair.discord.blobs,
                dispatcher=pair.discord.dispatcher,
            ),
        )
        for _process in range(4)
    ]
    for _round in range(2):
        await asyncio.gather(*(other.look() for other in others))
    shadows = await pair.slack.job_service.recent(SLACK.workspace_id)
    assert len(shadows) == 1
    assert len((await pair.shown()).deliveries) == 1
    assert len([t for t in pair.slack.dispatcher.tasks if t.workspace_id == "slack:T1"]) == 1


async def test_what_a_dead_process_left_is_carried_over_by_the_next(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await pair.ask()
    await pair.drawn(job)

    async def dies(*_: object) -> None:
        raise StorageUnavailable("the process was killed")

    for owner, name in ((pair.discord.blobs, "put"), (pair.discord.dispatcher, "enqueue")):
        with monkeypatch.context() as dying:
            dying.setattr(owner, name, dies)
            await pair.look()
    untried = await pair.discord.store.operations.untried()
    assert [delivery.workspace_id for delivery in untried] == [SLACK.workspace_id]
    again = MirrorRounds(
        store=pair.discord.store,
        operations=SqlMirrorOperations(pair.discord.engine),
        mirror=ChannelLink(
            store=pair.discord.store, blobs=pair.discord.blobs, dispatcher=pair.discord.dispatcher
        ),
    )
    await again.look()
    shadow = await pair.shadow()
    assert shadow is not None
    assert len(shadow.deliveries) == 1
    assert await pair.slack.job_service.picture(
        SLACK.workspace_id, shadow.illustrations[0].sha256 or ""
    )


async def test_a_picture_is_shown_only_once_its_bytes_are_there(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await pair.ask()
    await pair.drawn(job, status=JobStatus.RENDERING)
    blobs, put = pair.discord.blobs, pair.discord.blobs.put

    async def while_another_is_drawn(workspace_id: str, data: bytes) -> str:
        monkeypatch.setattr(blobs, "put", put)
        sha256 = await put(DISCORD.workspace_id, picture(8))
        async with pair.discord.store.workspace(DISCORD.workspace_id) as unit:
            await unit.illustrations.save(an_illustration(job, position=1, sha256=sha256))
            await unit.events.append(job.id, "rendered", {})
        return await put(workspace_id, data)

    monkeypatch.setattr(blobs, "put", while_another_is_drawn)
    for pictures in (0, 2):
        shadow = await pair.shown()
        assert len(shadow.illustrations) == pictures
        for drawn in shadow.illustrations:
            assert await pair.slack.job_service.picture(SLACK.workspace_id, drawn.sha256 or "")


async def test_a_vote_while_all_is_carried_over_is_carried_over_next(pair: Pair) -> None:
    job = await pair.ask()
    operations = SqlMirrorOperations(pair.discord.engine)
    async with pair.discord.store.workspace(DISCORD.workspace_id) as unit:
        assert await unit.mirrors.touch(job.id)
        await unit.mirrors.close(job.id, changes=0)
        assert not await unit.mirrors.touch("another job")
    [still] = await operations.open_mirrors()
    assert (still.job_id, still.here, still.there) == (job.id, DISCORD, SLACK)
    async with pair.discord.store.workspace(DISCORD.workspace_id) as unit:
        await unit.mirrors.close(job.id, changes=still.changes)
    assert await operations.open_mirrors() == []


async def test_a_job_that_is_over_on_both_sides_is_looked_at_no_more(pair: Pair) -> None:
    await pair.done()
    operations = SqlMirrorOperations(pair.discord.engine)
    await pair.look()
    assert await operations.open_mirrors() == []


async def test_votes_of_both_sides_are_one_pool(pair: Pair) -> None:
    job, shadow = await pair.done()
    first = shadow.illustrations[0].id
    assert await pair.discord.team.vote(ANN, first, 1) == Tally(1, 0)
    assert await pair.slack.team.vote(UMA, first, 1) == Tally(2, 0)
    assert await pair.slack.team.vote(UWE, first, -1) == Tally(2, 1)
    await pair.look()
    for office, workspace_id, job_id in (
        (pair.discord, DISCORD.workspace_id, job.id),
        (pair.slack, SLACK.workspace_id, shadow.job.id),
    ):
        view = await office.job_service.view(workspace_id, job_id)
        assert view.tallies == (Tally(2, 1),)
    assert [t for _, t in await pair.slack.team.gallery(UMA)] == [Tally(2, 1)]
    assert [t for _, t in await pair.discord.team.gallery(ANN)] == [Tally(2, 1)]
    async with pair.discord.store.workspace(DISCORD.workspace_id) as unit:
        assert await unit.opinions.votes(first) == {"11": 1, "slack:U1": 1, "slack:U2": -1}
    async with pair.slack.store.workspace(SLACK.workspace_id) as unit:
        assert await unit.opinions.votes(first) == {"discord:11": 1, "U1": 1, "U2": -1}
    assert await pair.slack.team.take_back(UMA, first, 1) == Tally(1, 1)


async def test_two_approvals_may_come_from_two_sides(pair: Pair) -> None:
    job, shadow = await pair.waiting()
    assert shadow.job.status is JobStatus.REVIEWING
    [review] = shadow.deliveries
    assert (review.kind, review.destination) == (DeliveryKind.REVIEW, Destination("slack", "C2"))

    reply = await pair.slack.commands(at(UMA, "C2")).decide(shadow.job.id, approved=True)
    assert isinstance(reply.card, ReviewCard)
    assert reply.card.text == "Needs 1 more approval."
    assert {button.subject for button in reply.card.buttons} == {shadow.job.id}
    await pair.slack.commands(at(UMA, "C2")).decide(shadow.job.id, approved=True)
    view = await pair.discord.job_service.view(DISCORD.workspace_id, job.id)
    assert view.job.status is JobStatus.REVIEWING  # the same person counts once

    await pair.discord.team.decide(at(BOB, "c2"), job.id, approved=True)
    shadow = await pair.shown()
    view = await pair.discord.job_service.view(DISCORD.workspace_id, job.id)
    assert view.job.status is shadow.job.status is JobStatus.DELIVERING
    assert [d.member_id for d in view.decisions] == ["slack:U1", "12"]
    assert [d.member_id for d in shadow.decisions] == ["U1", "discord:12"]
    for side in (view, shadow):
        assert DeliveryKind.RESULT in [d.kind for d in side.deliveries]


async def test_nobody_approves_their_own_picture_from_the_other_side_either(pair: Pair) -> None:
    job, _shadow = await pair.waiting()
    with pytest.raises(Refused, match="someone else"):
        await pair.discord.team.decide(ANN, job.id, approved=True)


async def test_a_rejection_on_one_side_ends_it_on_both(pair: Pair) -> None:
    job, shadow = await pair.waiting()
    await pair.slack.team.decide(at(UWE, "C2"), shadow.job.id, approved=False, reason="Too red")
    view = await pair.discord.job_service.view(DISCORD.workspace_id, job.id)
    assert view.job.error == "The picture wasn't approved: Too red."
    shadow = await pair.shown()
    assert shadow.job.status is JobStatus.FAILED
    assert [d.kind for d in shadow.deliveries] == [DeliveryKind.REVIEW]


async def joined(pair: Pair, one: Requester, other: Requester) -> None:
    """One person's accounts on both sides are linked with a code."""
    code = await pair.discord.team.accounts.get_code(one)
    await pair.slack.team.accounts.join(other, code)


async def test_one_person_with_two_linked_accounts_approves_once(pair: Pair) -> None:
    moderator = replace(BOB, role=Role.MODERATOR, destination=Destination("discord", "c2"))
    same = replace(UWE, role=Role.MODERATOR, destination=Destination("slack", "C2"))
    await joined(pair, BOB, UWE)
    job, shadow = await pair.waiting()
    await pair.discord.team.decide(moderator, job.id, approved=True)
    shadow = await pair.shown()
    await pair.slack.team.decide(same, shadow.job.id, approved=True)
    view = await pair.discord.job_service.view(DISCORD.workspace_id, job.id)
    assert view.job.status is JobStatus.REVIEWING
    assert [decision.member_id for decision in view.decisions] == ["12"]
    lea = replace(LEA, destination=Destination("slack", "C2"))
    await pair.slack.team.decide(lea, shadow.job.id, approved=True)
    view = await pair.discord.job_service.view(DISCORD.workspace_id, job.id)
    assert view.job.status is JobStatus.DELIVERING


async def test_nobody_approves_their_own_picture_with_their_linked_account(pair: Pair) -> None:
    own = replace(UWE, role=Role.ADMIN, destination=Destination("slack", "C2"))
    await joined(pair, ANN, UWE)
    _job, shadow = await pair.waiting()
    with pytest.raises(Refused, match="You asked for this picture"):
        await pair.slack.team.decide(own, shadow.job.id, approved=True)


async def test_accounts_that_were_unlinked_are_two_people_again(pair: Pair) -> None:
    moderator = replace(BOB, role=Role.MODERATOR, destination=Destination("discord", "c2"))
    same = replace(UWE, role=Role.MODERATOR, destination=Destination("slack", "C2"))
    await joined(pair, BOB, UWE)
    assert await pair.slack.team.accounts.unlink(UWE)
    assert not await pair.slack.team.accounts.unlink(UWE)
    assert not await pair.discord.team.accounts.unlink(BOB)
    job, shadow = await pair.waiting()
    await pair.discord.team.decide(moderator, job.id, approved=True)
    await pair.slack.team.decide(same, shadow.job.id, approved=True)
    view = await pair.discord.job_service.view(DISCORD.workspace_id, job.id)
    assert view.job.status is JobStatus.DELIVERING


async def test_a_draft_that_one_side_cannot_show_is_approved_on_the_other(pair: Pair) -> None:
    job, shadow = await pair.waiting(approvals=1)
    nobody = cast("Any", None)
    illustrate_workflow = IllustrateWorkflow(
        store=pair.slack.store,
        researcher=nobody,
        maker=nobody,
        policy=nobody,
        judge=nobody,
        dispatcher=pair.slack.dispatcher,
    )
    assert not await illustrate_workflow.mark_failed(
        SLACK.workspace_id, shadow.job.id, "Not a member."
    )
    await pair.discord.team.decide(at(BOB, "c2"), job.id, approved=True)
    assert (await pair.shown()).job.status is JobStatus.DELIVERING
    assert not await illustrate_workflow.mark_failed(
        SLACK.workspace_id, shadow.job.id, "Not a member."
    )
    shadow = await pair.shown()
    assert shadow.job.status is JobStatus.FAILED
    assert DeliveryKind.FAILURE not in [delivery.kind for delivery in shadow.deliveries]


async def test_the_stricter_of_the_two_channels_says_how_many_approve(pair: Pair) -> None:
    await pair.slack.team.prefer(LEA, Scope.CHANNEL, review_channel="C2", approvals=1)
    job = await pair.ask()
    assert job.request.routing.approvals == 1


async def test_approvals_of_the_other_channel_hold_where_its_review_channel_is_gone(
    pair: Pair,
) -> None:
    async with pair.slack.store.workspace(SLACK.workspace_id) as unit:
        before = await unit.preferences.get(Scope.CHANNEL, SLACK.channel)
        await unit.preferences.save(Scope.CHANNEL, SLACK.channel, replace(before, approvals=2))
    assert (await pair.ask()).request.routing.approvals == 2


@pytest.mark.parametrize("whole", [False, True])
async def test_a_linked_channel_that_disappears_is_unlinked_and_the_other_side_told(
    pair: Pair, whole: bool
) -> None:
    job = await pair.ask()
    await pair.shown()
    destinations = pair.discord.services.destinations
    assert destinations is not None
    for _ in range(2):
        if whole:
            await destinations.leave(SLACK.workspace_id)
        else:
            await destinations.close_channel(SLACK.workspace_id, SLACK.channel)
    async with pair.discord.store.workspace(DISCORD.workspace_id) as unit:
        assert (await unit.preferences.get(Scope.CHANNEL, DISCORD.channel)).linked is None
    [notice] = await SqlNewsOperations(pair.discord.engine).unsent_notices()
    assert (notice.surface, notice.member_id) == ("discord", EVE.member_id)
    assert "no longer linked" in notice.text
    before = len(pair.slack.dispatcher.tasks)
    await pair.drawn(job)
    await pair.look()
    assert len(pair.slack.dispatcher.tasks) == before, "nothing more is carried there"


async def test_what_a_channel_for_adults_asks_for_is_not_shown_elsewhere(pair: Pair) -> None:
    await pair.ask(requester=replace(ANN, audience=Audience.ADULTS))
    await pair.look()
    assert await pair.shadow() is None


GORE = "a man torn apart, guts and entrails everywhere, gore"


async def test_a_request_that_the_other_sides_categories_refuse_is_not_shown_there(
    pair: Pair,
) -> None:
    await pair.discord.team.prefer(
        EVE, Scope.WORKSPACE, categories={Category.VIOLENCE: Action.ALLOW}
    )
    await pair.ask(prompt=GORE)
    await pair.look()
    assert await pair.shadow() is None
    await pair.slack.team.prefer(
        LEA, Scope.WORKSPACE, categories={Category.VIOLENCE: Action.RESTRICTED}
    )
    await pair.ask("k2", prompt=GORE)
    await pair.look()
    assert await pair.shadow() is None, "nobody knows who may be in that channel"
    await pair.slack.team.prefer(
        LEA, Scope.WORKSPACE, categories={Category.VIOLENCE: Action.APPROVE}
    )
    job = await pair.ask("k3", prompt=GORE)
    assert job.request.routing.approvals == 1
    assert (await pair.shown()).job.request.prompt == GORE


@pytest.mark.parametrize("stage", ["found", "found by a model", "recipe", "picture"])
async def test_what_the_other_sides_categories_refuse_later_is_withheld_from_it_alone(
    pair: Pair, stage: str
) -> None:
    await pair.discord.team.prefer(
        EVE,
        Scope.WORKSPACE,
        categories={Category.VIOLENCE: Action.ALLOW, Category.SEXUAL: Action.ALLOW},
    )
    job = await pair.ask()
    shadow = await pair.shown()
    found = GroundedPrompt(GORE if stage != "found by a model" else "A fox, zeppelin.")
    judges = (
        [ScriptedJudge(words=("zeppelin",))] if stage in ("found by a model", "picture") else []
    )
    service = ScriptedService(FORBIDDEN if stage == "picture" else HARMLESS)
    research = ScriptedResearch(Research((), (a_source(1),), found))
    working = illustrate_workflow(pair.discord, service, *judges, research=research)
    if stage.startswith("found"):
        await working.research(job.workspace_id, job.id, MemorySteps())
    else:
        plain = found if stage == "recipe" else GroundedPrompt("A fox.")
        await draw(pair.discord, working, job.id, grounded=plain)
    await pair.look()
    ended = await pair.slack.job_service.view(SLACK.workspace_id, shadow.job.id)
    assert ended.job.status is JobStatus.CANCELLED
    assert "doesn't allow this picture" in (ended.job.error or "")
    assert not any(p.sha256 for p in ended.illustrations if p.status.value == "rendered")
    assert (await pair.discord.job_service.view(job.workspace_id, job.id)).job.error is None
    await pair.look()
    again = await pair.slack.job_service.view(SLACK.workspace_id, shadow.job.id)
    assert again.deliveries == ()


async def test_an_edit_of_a_shadow_is_judged_with_what_stands_on_the_other_side_only(
    pair: Pair,
) -> None:
    await pair.discord.team.prefer(EVE, Scope.CHANNEL, linked=None)
    first = await pair.ask("k1", prompt="a girl of nine")
    await pair.drawn(first)
    await pair.discord.team.prefer(EVE, Scope.CHANNEL, linked=str(SLACK))
    [picture_] = (await pair.discord.job_service.view(first.workspace_id, first.id)).illustrations
    edit = await pair.discord.job_service.edit(ANN, picture_.id, "at the beach", event_key="k2")
    await pair.drawn(edit, number=8)
    shadow = await pair.shown()
    assert shadow.job.request.prompt == "at the beach"
    with pytest.raises(Refused, match="sexualised minors"):
        await pair.slack.job_service.edit(
            UMA, shadow.illustrations[0].id, "without any clothes, naked", event_key="k3"
        )
    await pair.slack.job_service.edit(UMA, shadow.illustrations[0].id, "in winter", event_key="k4")


async def test_only_moderators_stop_from_the_other_side_what_others_asked_for(pair: Pair) -> None:
    job = await pair.ask()
    shadow = await pair.shown()
    with pytest.raises(Refused):
        await pair.slack.job_service.cancel(UMA, shadow.job.id)
    await pair.slack.team.prefer(LEA, Scope.WORKSPACE, moderator_groups=("S1",))
    await pair.slack.job_service.cancel(replace(UMA, groups=frozenset({"S1"})), shadow.job.id)
    view = await pair.discord.job_service.view(DISCORD.workspace_id, job.id)
    assert view.job.status is JobStatus.CANCELLED
    assert (await pair.shown()).job.status is JobStatus.CANCELLED


async def test_groups_of_one_side_mean_nothing_on_the_other(pair: Pair) -> None:
    await pair.discord.team.prefer(EVE, Scope.WORKSPACE, moderator_groups=("S1",))
    await pair.ask()
    shadow = await pair.shown()
    with pytest.raises(Refused):
        await pair.slack.job_service.cancel(replace(UMA, groups=frozenset({"S1"})), shadow.job.id)


async def test_references_are_chosen_on_either_side_with_pictures_of_ones_own(pair: Pair) -> None:
    job = await pair.ask(checkpoint=True)
    await pair.discord.choosing(job.id)
    shadow = await pair.shown()
    assert shadow.job.status is JobStatus.CHOOSING
    brought = await pair.slack.job_service.attach(SLACK.workspace_id, "mine.png", picture(3))
    await pair.slack.job_service.choose(UMA, shadow.job.id, Choice(replaced={1: brought}))
    view = await pair.discord.job_service.view(DISCORD.workspace_id, job.id)
    assert view.job.status is JobStatus.RENDERING
    assert view.research.grounded.references[0].sha256 == brought.sha256
    assert await pair.discord.job_service.picture(DISCORD.workspace_id, brought.sha256)
    assert (await pair.shown()).research.grounded == view.research.grounded


async def test_a_deleted_picture_is_gone_on_both_sides(pair: Pair) -> None:
    job, shadow = await pair.done()
    sha256 = shadow.illustrations[0].sha256 or ""
    await pair.discord.job_service.delete(ANN, job.id)
    shadow = await pair.shown()
    assert shadow.illustrations[0].status is IllustrationStatus.DELETED
    assert result_card(shadow).gone
    with pytest.raises(NotFound):
        await pair.slack.job_service.picture(SLACK.workspace_id, sha256)


async def test_a_picture_is_deleted_from_the_other_side_by_moderators_alone(pair: Pair) -> None:
    job, shadow = await pair.done()
    with pytest.raises(Refused):
        await pair.slack.job_service.delete(UMA, shadow.job.id)
    before = await pair.slack.job_service.delete(LEA, shadow.job.id)
    assert before.job.id == shadow.job.id
    view = await pair.discord.job_service.view(DISCORD.workspace_id, job.id)
    assert view.illustrations[0].status is IllustrationStatus.DELETED
    shadow = await pair.shown()
    assert shadow.illustrations[0].status is IllustrationStatus.DELETED


async def test_what_is_made_from_a_shadow_is_a_job_there_and_mirrored_in_turn(pair: Pair) -> None:
    _job, shadow = await pair.done()
    first, job_service = shadow.illustrations[0].id, pair.slack.job_service
    made = [
        await job_service.rerender(UMA, first, event_key="1", seed=3),
        await job_service.vary(UMA, first, event_key="2"),
        await job_service.edit(UMA, first, "at night", event_key="3", references=[1]),
        await job_service.reresearch(UMA, shadow.job.id, event_key="4"),
    ]
    for job in made:
        assert (job.workspace_id, job.request.origin.member_id) == (SLACK.workspace_id, "U1")
        assert job.request.origin.shadow_of is None
    assert made[2].request.attachments[0].sha256 == shadow.illustrations[0].sha256
    view = await job_service.view(SLACK.workspace_id, made[0].id)
    assert view.research == shadow.research
    await pair.look()
    back = [
        job
        for job in await pair.discord.job_service.recent(DISCORD.workspace_id)
        if job.request.origin.shadow_of is not None
    ]
    assert {
        job.request.origin.shadow_of.job_id for job in back if job.request.origin.shadow_of
    } == {job.id for job in made}
    assert {job.request.origin.member_id for job in back} == {"slack:U1"}


async def test_the_research_of_a_mirrored_edit_can_be_made_again(pair: Pair) -> None:
    job = await pair.ask()
    await pair.drawn(job)
    [first] = (await pair.discord.job_service.view(DISCORD.workspace_id, job.id)).illustrations
    edit = await pair.discord.job_service.edit(ANN, first.id, "at night", event_key="k2")
    await pair.drawn(edit, number=8)
    await pair.look()
    jobs = await pair.slack.job_service.recent(SLACK.workspace_id)
    [shadow] = [job for job in jobs if job.kind is JobKind.EDIT]
    again = await pair.slack.job_service.reresearch(UMA, shadow.id, event_key="k3")
    assert again.request.attachments == shadow.request.attachments
    assert again.request.parent_id is None


async def test_unlinking_ends_what_is_under_way_with_a_sentence(pair: Pair) -> None:
    job = await pair.ask()
    shadow = await pair.shown()
    await pair.slack.team.prefer(LEA, Scope.CHANNEL, linked=None)
    with pytest.raises(NotPossibleNow, match="no longer linked"):
        await pair.slack.job_service.cancel(LEA, shadow.job.id)
    shadow = await pair.shown()
    assert (shadow.job.status, shadow.job.error) == (JobStatus.CANCELLED, PARTED)
    card = card_of(shadow)
    assert isinstance(card, StatusCard)
    assert card.text == PARTED
    await pair.drawn(job)
    assert (await pair.shown()).deliveries == ()
    await pair.ask("k2")
    await pair.look()
    assert len(await pair.slack.job_service.recent(SLACK.workspace_id)) == 1
    assert not (await pair.discord.job_service.view(DISCORD.workspace_id, job.id)).job.error


async def test_after_unlinking_votes_stay_apart_and_deletions_still_count(pair: Pair) -> None:
    job, shadow = await pair.done()
    first = shadow.illustrations[0].id
    await pair.discord.team.prefer(EVE, Scope.CHANNEL, linked=None)
    assert await pair.slack.team.vote(UMA, first, 1) == Tally(1, 0)
    view = await pair.discord.job_service.view(DISCORD.workspace_id, job.id)
    assert view.tallies == (Tally(),)
    await pair.discord.job_service.delete(ANN, job.id)
    shadow = await pair.shown()
    assert shadow.illustrations[0].status is IllustrationStatus.DELETED


@pytest.mark.parametrize("now", ["discord:1/c5", "discord:2/c1"])
async def test_a_channel_that_is_linked_with_another_one_now_does_nothing_about_the_first(
    pair: Pair, now: str
) -> None:
    job = await pair.ask()
    shadow = await pair.shown()
    other = ChannelCode.parse(now)
    eve = replace(EVE, workspace_id=other.workspace_id)
    eve = replace(eve, destination=Destination("discord", other.channel))
    await pair.discord.team.prefer(eve, Scope.CHANNEL, linked=str(SLACK))
    await pair.slack.team.prefer(LEA, Scope.CHANNEL, linked=now)
    with pytest.raises(NotPossibleNow, match="no longer linked"):
        await pair.slack.job_service.cancel(LEA, shadow.job.id)
    assert (await pair.shown()).job.status is JobStatus.CANCELLED
    view = await pair.discord.job_service.view(DISCORD.workspace_id, job.id)
    assert view.job.status is JobStatus.QUEUED


async def test_a_link_counts_only_while_both_channels_name_one_another(
    database_url: str, tmp_path: Path
) -> None:
    async with an_office(tmp_path, workspace=DISCORD.workspace_id, url=database_url) as office:
        pair = Pair(office, replace(office, workspace=SLACK.workspace_id))
        await pair.link(one_sided=True)
        await pair.ask()
        await pair.look()
        assert await pair.shadow() is None
        elsewhere = replace(LEA, destination=Destination("slack", "C7"))
        await pair.slack.team.prefer(elsewhere, Scope.CHANNEL, linked=str(DISCORD))
        await pair.ask("k2")
        await pair.look()
        assert await pair.shadow() is None


@pytest.mark.parametrize(
    ("preferences", "parts"),
    [
        ({}, {"private": True}),
        ({"blocked": ("fox",)}, {}),
        ({"paused": True}, {}),
    ],
)
async def test_what_the_other_side_must_not_see_is_not_mirrored(
    pair: Pair, preferences: dict[str, Any], parts: dict[str, Any]
) -> None:
    await pair.slack.team.prefer(LEA, Scope.WORKSPACE, **preferences)
    await pair.drawn(await pair.ask(**parts))
    await pair.look()
    assert await pair.shadow() is None


async def test_a_shadow_costs_nobody_a_turn_and_no_worker_takes_it_up(pair: Pair) -> None:
    await pair.slack.team.prefer(LEA, Scope.WORKSPACE, daily_per_workspace=1)
    await pair.ask()
    shadow = await pair.shown()
    mine = await pair.ask("k2", requester=UMA)
    view = await pair.slack.job_service.view(SLACK.workspace_id, mine.id)
    assert view.position == 0
    keys = await pair.slack.store.operations.stray()
    assert shadow.job.id not in {key.job_id for key in keys}


async def test_no_button_reaches_a_job_of_a_workspace_that_is_not_linked(pair: Pair) -> None:
    job, shadow = await pair.waiting()
    first = shadow.illustrations[0].id
    for job_id in (job.id, shadow.job.id):
        with pytest.raises(NotFound):
            await pair.slack.team.decide(MAX, job_id, approved=True)
        with pytest.raises(NotFound):
            await pair.slack.job_service.cancel(MAX, job_id)
        with pytest.raises(NotFound):
            await pair.slack.job_service.delete(MAX, job_id)
    with pytest.raises(NotFound):
        await pair.slack.team.vote(MAX, first, 1)
    with pytest.raises(NotFound):  # the original's own id is nothing on the other side
        await pair.slack.team.decide(UMA, job.id, approved=True)
    view = await pair.discord.job_service.view(DISCORD.workspace_id, job.id)
    assert (view.decisions, view.tallies) == ((), (Tally(),))


async def test_a_forged_shadow_does_nothing(pair: Pair) -> None:
    """Should a job ever claim to show one of a channel that is not linked with its own."""
    job = await pair.ask()
    request = job.request.with_parts(
        workspace_id=MAX.workspace_id,
        destination=MAX.destination,
        shadow_of=JobRef(DISCORD.workspace_id, job.id),
    )
    async with pair.slack.store.workspace(MAX.workspace_id) as unit:
        forged = await unit.jobs.add(
            replace(job, id="FORGED", request=request), event_key="mirror:forged"
        )
    with pytest.raises(NotPossibleNow, match="no longer linked"):
        await pair.slack.job_service.cancel(MAX, forged.id)
    await pair.slack.team.prefer(MAX, Scope.CHANNEL, linked=str(DISCORD))
    with pytest.raises(NotPossibleNow, match="no longer linked"):
        await pair.slack.job_service.cancel(MAX, forged.id)
    view = await pair.discord.job_service.view(DISCORD.workspace_id, job.id)
    assert view.job.status is JobStatus.QUEUED


async def test_a_failure_is_reported_there_without_its_reason(pair: Pair) -> None:
    job = await pair.ask()
    await pair.shown()
    await pair.become(job, JobStatus.FAILED, error="The prompt names Ann's address.")
    shadow = await pair.shown()
    card = card_of(shadow)
    assert isinstance(card, StatusCard)
    assert card.text == "This one didn't work out. The person who asked has the details."
    assert shadow.deliveries == ()


async def test_a_job_that_failed_before_anybody_saw_it_gets_no_shadow(pair: Pair) -> None:
    job = await pair.ask()
    await pair.become(job, JobStatus.FAILED, error="no")
    await pair.look()
    assert await pair.shadow() is None
    assert await SqlMirrorOperations(pair.discord.engine).open_mirrors() == []


async def test_only_admins_link_channels_and_only_with_another_workspace(pair: Pair) -> None:
    with pytest.raises(Refused):
        await pair.discord.team.prefer(ANN, Scope.CHANNEL, linked=str(SLACK))
    with pytest.raises(InvalidRequest, match="another server or workspace"):
        await pair.discord.team.prefer(EVE, Scope.CHANNEL, linked="discord:1/c2")
    for scope in (Scope.WORKSPACE, Scope.MEMBER):
        with pytest.raises(InvalidRequest, match="can't be set"):
            await pair.discord.team.prefer(EVE, scope, linked=str(SLACK))


def test_people_are_called_by_where_they_are_from() -> None:
    assert member_elsewhere("U1", of="slack", on="discord") == "slack:U1"
    assert member_elsewhere("slack:U1", of="discord", on="slack") == "U1"
    assert member_elsewhere("1", of="discord", on="discord") == "1"
    assert member_elsewhere("U1", of="slack", on="slack") == "slack:U1"
    assert member_elsewhere("slack:U1", of="slack", on="slack") == "U1"


async def test_two_slack_workspaces_take_no_person_for_another_with_the_same_id(
    database_url: str, tmp_path: Path
) -> None:
    async with an_office(tmp_path, workspace="slack:T1", url=database_url) as first:
        pair = Pair(first, replace(first, workspace="slack:T9"))
        await pair.discord.team.prefer(LEA, Scope.CHANNEL, linked="slack:T9/C1")
        await pair.slack.team.prefer(MAX, Scope.CHANNEL, linked="slack:T1/C1")
        job = await pair.ask(requester=UMA)
        await pair.look()
        [shadow] = await pair.slack.job_service.recent("slack:T9", limit=1)
        assert shadow.request.origin.shadow_of == JobRef("slack:T1", job.id)
        assert shadow.request.origin.member_id == "slack:U1"
        namesake = replace(UMA, workspace_id="slack:T9")
        with pytest.raises(Refused):
            await pair.slack.job_service.cancel(namesake, shadow.id)
        sha256 = await first.blobs.put("slack:T1", picture(7))
        await first.researched(job.id)
        await first.finished(job.id, sha256=sha256)
        await pair.look()
        [shown] = (await pair.slack.job_service.view("slack:T9", shadow.id)).illustrations
        await pair.slack.team.vote(namesake, shown.id, 1)
        [original] = (await first.job_service.view("slack:T1", job.id)).illustrations
        async with first.store.workspace("slack:T1", read_only=True) as unit:
            assert await unit.opinions.votes(original.id) == {"slack:U1": 1}


async def test_accounts_in_two_slack_workspaces_are_one_person_where_they_are_linked(
    database_url: str, tmp_path: Path
) -> None:
    async with an_office(tmp_path, workspace="slack:T1", url=database_url) as office:
        await office.team.prefer(LEA, Scope.CHANNEL, linked="slack:T9/C1")
        pair = Pair(office, replace(office, workspace="slack:T9"))
        await pair.slack.team.prefer(MAX, Scope.CHANNEL, linked="slack:T1/C1")
        job = await pair.ask(requester=UMA)
        async with office.store.workspace("slack:T1") as unit:
            assert await names_of_person(unit, job, "U1") == {"U1"}
            assert await names_of_person(unit, job, "slack:U1") == {"slack:U1"}
            one, other = Account("slack:T1", "U1"), Account("slack:T9", "U7")
            await unit.accounts.join(one, other, now=datetime.now(UTC))
        async with office.store.workspace("slack:T1") as unit:
            assert await names_of_person(unit, job, "U1") == {"U1", "slack:U7"}
            assert await names_of_person(unit, job, "slack:U7") == {"U1", "slack:U7"}


async def test_what_was_made_of_a_workspaces_messages_does_not_cross(pair: Pair) -> None:
    """A picture from before the channels were linked may be drawn again."""
    await pair.link()
    job = await pair.ask()
    told = f"a red fox.\nMascot {TOLD}: green otter."
    await pair.discord.researched(job.id, grounded=GroundedPrompt(told))
    [drawn] = await pair.discord.finished(job.id)
    async with pair.discord.store.workspace(DISCORD.workspace_id) as unit:
        await unit.events.append(job.id, "grounded", {"prompt": told}, key="grounded")
        await unit.illustrations.save(replace(drawn, recipe=replace(drawn.recipe, prompt=told)))
    shadow = await pair.shown()
    assert shadow.research.grounded.text == "a red fox."
    async with pair.slack.store.workspace(SLACK.workspace_id) as unit:
        events = await unit.events.read(shadow.job.id)
        pictures = await unit.illustrations.of_job(shadow.job.id)
    assert "otter" not in repr((events, pictures))
