"""Everything known about a job at one moment, as surfaces show it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from domain.errors import NotFound
from domain.illustrations import Delivery, Illustration, IllustrationStatus, JobEvent
from domain.news import Story
from domain.pages import PageLinks, PageRef
from domain.requests import Job, JobKind, JobStatus
from domain.research import Research
from domain.stores import UnitOfWork
from domain.team import Decision, JobMessage, Scope, Tally
from domain.team_messages import MESSAGES_FOUND, SEARCHED, without_told


@dataclass(frozen=True, slots=True)
class JobView:
    """``position`` counts the jobs that wait before it; ``illustrations`` leaves out those that
    were replaced or refused, and has the best marked first; ``tallies`` are their votes, in their
    order."""

    job: Job
    research: Research
    illustrations: tuple[Illustration, ...]
    deliveries: tuple[Delivery, ...]
    position: int
    latest: JobEvent | None = None
    messages: tuple[JobMessage, ...] = ()
    tallies: tuple[Tally, ...] = ()
    decisions: tuple[Decision, ...] = ()
    story: Story | None = None
    """The story of the news desk that the job illustrates."""
    keeps_refused: bool = False
    """Whether moderators may look at a picture of it that was refused."""
    upscales: bool = False
    """Whether a generator here can enlarge its pictures."""
    links: int | None = None
    """How often the links to its page were revoked; None where links do not open its page."""
    page: str | None = None
    """The address of its page on the web; None where it has none, or none was asked for."""
    team_messages: tuple[str, ...] = ()
    """The addresses of messages of its workspace that say how something looks."""
    paused: bool = False
    """Whether it waits because this process's storage cannot be used."""


def with_page(view: JobView, links: PageLinks | None) -> JobView:
    """The same with the address of its page: of finished jobs that are not private."""
    job = view.job
    if links is None or view.links is None:
        return view
    page = PageRef(job.workspace_id, job.id, view.links)
    return replace(view, page=links.address(page))


_NOT_SHOWN = (IllustrationStatus.REPLACED, IllustrationStatus.REFUSED)


def for_outsiders(view: JobView) -> JobView:
    """A job without what was made of messages of its workspace, as people from outside see it."""
    grounded = view.research.grounded
    grounded = replace(grounded, text=without_told(grounded.text))
    return replace(
        view,
        research=replace(view.research, grounded=grounded),
        illustrations=tuple(picture_for_outsiders(each) for each in view.illustrations),
        team_messages=(),
    )


def picture_for_outsiders(picture: Illustration) -> Illustration:
    """The same for one of its pictures."""
    recipe = picture.recipe
    return replace(picture, recipe=replace(recipe, prompt=without_told(recipe.prompt)))


def without_findings(view: JobView) -> JobView:
    """As little of a job as a message shows that only says how it stands; small, to be kept."""
    research = replace(view.research, hops=(), sources=())
    return replace(view, research=research, illustrations=(), tallies=(), decisions=(), story=None)


async def job_view(unit: UnitOfWork, job_id: str) -> JobView:
    """A job with its research, pictures and messages.

    A re-render shows the research that its first ancestor was grounded on.

    Raises:
        NotFound: This workspace has no such job.
    """
    job = await unit.jobs.get(job_id)
    grounding = await grounding_job(unit, job)
    every = await unit.illustrations.of_job(job_id)
    pictures = [picture for picture in every if picture.status not in _NOT_SHOWN]
    pictures.sort(key=lambda p: (-p.marks.score if p.marks else 0.0, p.position))
    return JobView(
        job=job,
        research=await unit.research.load(grounding.id),
        illustrations=tuple(pictures),
        deliveries=tuple(await unit.deliveries.of_job(job_id)),
        position=await unit.jobs.position(job_id),
        latest=await unit.events.latest(job_id),
        messages=tuple(await unit.messages.of_job(job_id)),
        tallies=tuple([await unit.opinions.tally(picture.id) for picture in pictures]),
        decisions=tuple(await unit.opinions.decisions(job_id)),
        story=await _story(unit, job),
        links=await _links(unit, job),
        team_messages=await _team_messages(unit, grounding),
        keeps_refused=any(picture.kept_sha256 is not None for picture in every),
    )


async def _team_messages(unit: UnitOfWork, job: Job) -> tuple[str, ...]:
    if job.request.routing.destination.surface not in SEARCHED:
        return ()
    found = await unit.events.get(job.id, MESSAGES_FOUND)
    return tuple(found.data["addresses"]) if found is not None else ()


async def _links(unit: UnitOfWork, job: Job) -> int | None:
    if job.status is not JobStatus.DONE or job.request.routing.private:
        return None
    return await unit.pages.links(job.id) if await opens_by_link(unit, job) else None


async def opens_by_link(unit: UnitOfWork, job: Job) -> bool:
    """Whether the page of a job opens with a link alone, by the setting of its channel or
    workspace."""
    places = ((Scope.CHANNEL, job.request.routing.destination.channel), (Scope.WORKSPACE, ""))
    channel, workspace = await unit.preferences.get_each(places)
    return channel.over(workspace).links is not False


async def _story(unit: UnitOfWork, job: Job) -> Story | None:
    if job.request.origin.story_id is None:
        return None
    with suppress(NotFound):
        return await unit.stories.get(job.request.origin.story_id)
    return None


async def grounding_job(unit: UnitOfWork, job: Job) -> Job:
    """The job with the research behind a job's pictures: for a re-render its first ancestor, as far
    as the ancestors still exist."""
    with suppress(NotFound):
        while job.kind is JobKind.RERENDER and job.request.parent_id is not None:
            parent = await unit.illustrations.get(job.request.parent_id)
            job = await unit.jobs.get(parent.job_id)
    return job
