"""A step whose work was done and not written down runs once more, when others have already gone on
with the job: it takes nothing back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from domain.errors import JobCancelled
from domain.illustrations import IllustrationStatus
from domain.requests import Job, JobStatus
from domain.research import GroundedPrompt, Reference, Research
from evaluation.peers.values import SHA, a_job, a_request, an_illustration
from jobs.illustration import rendering
from jobs.illustration.rendering import RenderedPicture, RenderWorkflow, live_job
from jobs.illustration.request_judging import RequestJudge
from jobs.illustration.workflow import IllustrateWorkflow
from storage.unit_of_work import SqlStore
from tests.fakes.job_service import IdleDispatcher
from tests.fakes.policies import a_policy
from tests.fakes.search import MemorySteps

FOUND = GroundedPrompt("A cat.", (Reference("IMG_001", SHA, "the fur", "A cat", "s1"),))
LATER = (JobStatus.RENDERING, JobStatus.DELIVERING, JobStatus.REVIEWING, JobStatus.DONE)


class Finds:
    """A researcher that finds one picture."""

    async def research(self, job: Job, **_: Any) -> Research:
        """What was found."""
        return Research((), (), FOUND)


class Draws:
    """A maker of pictures that need no time."""

    async def make(self, *_: Any) -> None:
        """Nothing."""


class Work:
    """A job, and the workflows that work on it."""

    def __init__(self, store: SqlStore) -> None:
        parts: Any = {"researcher": Finds(), "maker": Draws()}
        self.store = store
        self.steps = MemorySteps()
        policy, nothing = a_policy(), cast("Any", None)
        self.illustrate_workflow = IllustrateWorkflow(
            store=store,
            policy=policy,
            judge=RequestJudge(store=store, blobs=nothing, policy=policy),
            dispatcher=IdleDispatcher(),
            **parts,
        )
        self.job = a_job(request=a_request(checkpoint=True, attachments=()))

    async def begin(self) -> None:
        """Accept the job."""
        async with self.store.workspace("w1") as unit:
            await unit.jobs.add(self.job, event_key="e")

    async def become(self, status: JobStatus) -> None:
        """Let others bring the job on."""
        async with self.store.workspace("w1") as unit:
            await unit.jobs.save(replace(await unit.jobs.get(self.job.id), status=status))

    async def status(self) -> JobStatus:
        """How far the job is."""
        async with self.store.workspace("w1") as unit:
            return (await unit.jobs.get(self.job.id)).status

    async def research(self) -> None:
        """Work on the research, from where the steps are known."""
        await self.illustrate_workflow.research("w1", self.job.id, self.steps)

    async def render(self) -> None:
        """Work on the pictures."""
        await self.illustrate_workflow.render("w1", self.job.id, self.steps)


@pytest.fixture
async def work(store: SqlStore) -> Work:
    """A job that was researched and waits for the choice of its references."""
    work = Work(store)
    await work.begin()
    await work.research()
    assert await work.status() is JobStatus.CHOOSING
    return work


@pytest.mark.parametrize("step", ["research-begin", "research-keep"])
async def test_research_takes_no_job_back_that_was_chosen_for_since(work: Work, step: str) -> None:
    chosen = replace(FOUND, references=())
    async with work.store.workspace("w1") as unit:
        await unit.research.save_grounding(work.job.id, chosen, notes=(), searched=True)
    for status in LATER:
        await work.become(status)
        del work.steps.kept[step]
        await work.research()
        assert await work.status() is status
    async with work.store.workspace("w1") as unit:
        assert (await unit.research.load(work.job.id)).grounded.references == ()


async def test_research_that_waits_for_a_choice_goes_on_waiting(work: Work) -> None:
    del work.steps.kept["research-keep"]
    await work.research()
    assert await work.status() is JobStatus.CHOOSING


async def test_a_rendered_job_is_not_taken_back_from_its_delivery(work: Work) -> None:
    await work.become(JobStatus.RENDERING)
    await work.render()
    assert await work.status() is JobStatus.DELIVERING
    for status in LATER[1:]:
        await work.become(status)
        del work.steps.kept["finish"]
        await work.render()
        assert await work.status() is status


@pytest.mark.parametrize("status", [JobStatus.CANCELLED, JobStatus.FAILED])
async def test_nothing_more_is_written_for_a_job_that_was_given_up(
    work: Work, status: JobStatus
) -> None:
    await work.become(status)
    with pytest.raises(JobCancelled):
        async with work.store.workspace("w1") as unit:
            await live_job(unit, work.job.id)


async def test_a_picture_that_was_replaced_and_is_drawn_again_stays_replaced(work: Work) -> None:
    await work.begin()
    first = an_illustration(work.job, status=IllustrationStatus.REPLACED, identical=None)
    async with work.store.workspace("w1") as unit:
        await unit.illustrations.save(first)
    nothing = cast("Any", None)
    maker = RenderWorkflow(
        store=work.store, blobs=nothing, renderer=nothing, checker=nothing, judge=nothing
    )
    place = rendering._Work("w1", work.job.id, work.steps, "0", (0.0, 1.0))  # pyright: ignore[reportPrivateUsage]
    picture = RenderedPicture(SHA, "image/png", 8, 8, "0" * 16)
    await maker._keep(place, first.id, picture)  # pyright: ignore[reportPrivateUsage]
    async with work.store.workspace("w1") as unit:
        assert (await unit.illustrations.get(first.id)).status is IllustrationStatus.REPLACED
