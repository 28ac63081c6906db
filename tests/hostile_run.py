"""Gives hostile inputs to the product, wired as `limner run` does, and says what must be true."""

from __future__ import annotations

import asyncio
import platform
from pathlib import Path

from app.application import open_application
from app.settings import load_settings
from app.wiring import Application
from domain.requests import LOCAL_WORKSPACE, Destination, JobStatus, Request
from jobs.common.views import JobView
from storage import schema
from tests.fakes.hostile_world import HostileWorld, hostile_world
from tests.processes import children, descriptors, until
from tests.stalls import StallMeter, measured_stalls

JOB_S = 600.0


async def give_to_the_product(
    count: int, folder: Path, *, at_once: int
) -> tuple[list[JobView], StallMeter]:
    """Run the jobs that ask for ``count`` hostile inputs, ``at_once`` of them together.

    Each must end, with a picture or with a sentence, and no process or descriptor may be left.
    Gives what became of the jobs, and how long they kept the event loop.
    """
    async with hostile_world(count) as world:
        settings = load_settings(
            data_dir=folder / "data",
            database_url=f"sqlite:///{folder / 'limner.sqlite'}",
            search_cache_hours=0,
            research_concurrency=at_once,
            jobs_per_person=100,
            **{
                name.removeprefix("LIMNER_").lower(): value
                for name, value in world.environment().items()
            },
        )
        await schema.upgrade(settings.database)
        held, running = descriptors(), children()
        async with open_application(settings) as application, measured_stalls() as meter:
            turn = asyncio.Semaphore(at_once)
            views = await asyncio.gather(
                *(_made(application, world, number, folder, turn) for number in range(world.jobs))
            )
        await until(lambda: children() == running)
        assert descriptors() <= held + 5
    for view in views:
        assert view.job.status in (JobStatus.DONE, JobStatus.FAILED), view.job
        assert view.job.status is JobStatus.DONE or view.job.error, view.job
    missed = {given.name for given in world.inputs} - world.served
    assert not missed, sorted(missed)
    return views, meter


async def _made(
    application: Application,
    world: HostileWorld,
    number: int,
    folder: Path,
    turn: asyncio.Semaphore,
) -> JobView:
    request = Request.checked(
        world.prompt(number),
        workspace_id=LOCAL_WORKSPACE,
        member_id=f"m{number}",
        destination=Destination("terminal", platform.node(), str(folder / f"{number}.png")),
    )
    async with turn:
        job = await application.job_service.submit(request, event_key=f"hostile-{number}")
        async with asyncio.timeout(JOB_S):
            async for _event in application.job_service.follow(LOCAL_WORKSPACE, job.id):
                pass
        return await application.job_service.view(LOCAL_WORKSPACE, job.id)
