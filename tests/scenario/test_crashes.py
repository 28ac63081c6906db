"""Kill -9 at every point of a job's way: it finishes after a restart, no finished step runs again,
and there is one delivery."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from domain.illustrations import DeliveryKind
from domain.requests import LOCAL_WORKSPACE, JobStatus
from tests.scenario.conftest import Place

POINTS = (
    "hop-1-started",
    "hop-2-started",
    "grounding",
    "recipe",
    "blob",
    "before-send",
    "after-send",
)
QUICK = ("hop-1-started", "after-send", "blob")
"""One of each kind: within a step, between two, and after the outside world changed."""


async def kinds_of_events(place: Place, job_id: str) -> list[str]:
    from app.application import open_application

    async with open_application(place.settings, work=()) as application:
        return [
            event.kind async for event in application.job_service.follow(LOCAL_WORKSPACE, job_id)
        ]


async def survives(ready: Place, point: str) -> None:
    """Die at a point, and be finished by the next process."""
    job = await ready.submit()
    assert await ready.work(job, dies_at=point) == -signal.SIGKILL
    before = ready.peer.calls.copy()
    written = ready.out.stat() if ready.out.exists() else None
    assert (written is not None) == (point == "after-send")

    assert await ready.work(job) == 0

    view = await ready.view(job)
    assert view.job.status is JobStatus.DONE
    assert len(view.illustrations) == 1
    assert len(view.research.grounded.references) == 2
    assert {e.n for e in view.research.grounded.evidence} == set(
        range(1, len(view.research.grounded.evidence) + 1)
    )
    delivery = view.deliveries[0]
    assert [d.kind for d in view.deliveries] == [DeliveryKind.RESULT]
    assert delivery.receipt is not None
    assert ready.out.exists()
    if written is not None:
        assert ready.out.stat().st_ino == written.st_ino, "the picture was sent twice"
        assert delivery.attempts == 2
    kinds = await kinds_of_events(ready, job.id)
    for once in ("queued", "research_started", "grounded", "rendered", "delivered", "done"):
        assert kinds.count(once) == 1, once
    assert kinds.count("hop_finished") == kinds.count("hop_started") == 3
    if point not in ("hop-1-started", "hop-2-started"):
        assert ready.peer.calls == before, "a finished hop ran again"
    else:
        wikipedia = ready.peer.calls["/wikipedia/w/api.php"]
        assert wikipedia == 2, "each of the two queries of the one search is asked once"


@pytest.mark.parametrize(
    ("database_url", "point"),
    [*(("sqlite", point) for point in QUICK), *(("postgres", point) for point in QUICK[:2])],
    indirect=["database_url"],
)
async def test_a_job_survives_the_death_of_its_process(ready: Place, point: str) -> None:
    await survives(ready, point)


@pytest.mark.soak
@pytest.mark.parametrize("point", POINTS)
async def test_a_job_survives_a_death_at_every_point(ready: Place, point: str) -> None:
    await survives(ready, point)


async def test_a_job_that_was_only_accepted_is_started_by_the_next_worker(ready: Place) -> None:
    """Death between the commit and the engine: the sweeper finds the job."""
    from domain.requests import Job
    from evaluation.peers.values import a_request
    from storage.database import open_database
    from storage.unit_of_work import SqlStore

    request = a_request(
        workspace_id=LOCAL_WORKSPACE,
        prompt="a red cube",
        attachments=(),
        destination=(await ready.submit(prompt="a blue cube")).request.routing.destination,
    )
    from datetime import UTC, datetime

    job = Job("01ACCEPTED", request, JobStatus.QUEUED, datetime.now(UTC))
    engine = open_database(ready.settings.database)
    async with SqlStore(engine).workspace(LOCAL_WORKSPACE) as unit:
        await unit.jobs.add(job, event_key="e")
    await engine.dispose()
    assert await ready.work(job) == 0
    assert (await ready.view(job)).job.status is JobStatus.DONE


async def test_the_jobs_of_a_dead_machine_are_taken_over(
    ready: Place, database_url: str, tmp_path: Path
) -> None:
    if database_url.startswith("sqlite"):
        return  # one machine: the next process takes the dead one's place at once, see above
    job = await ready.submit()
    (tmp_path / "other").mkdir()
    (tmp_path / "data" / "blobs").mkdir(parents=True, exist_ok=True)
    (tmp_path / "other" / "blobs").symlink_to(tmp_path / "data" / "blobs")
    other = Place(
        {**ready.environment, "LIMNER_DATA_DIR": str(tmp_path / "other")}, ready.out, ready.peer
    )
    assert await ready.work(job, dies_at="hop-2-started") == -signal.SIGKILL
    assert await other.work(job) == 0
    assert (await ready.view(job)).job.status is JobStatus.DONE


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_two_workers_share_the_jobs_and_nothing_is_done_twice(ready: Place) -> None:
    jobs = [await ready.submit(member=f"m{n}") for n in range(4)]
    workers = [await ready.worker(jobs[-1]), await ready.worker(jobs[-2])]
    async with asyncio.timeout(240):
        assert [await worker.wait() for worker in workers] == [0, 0]
    for job in jobs:
        view = await ready.view(job)
        if view.job.status is not JobStatus.DONE:
            assert await ready.work(job) == 0
            view = await ready.view(job)
        assert view.job.status is JobStatus.DONE
        assert [len(view.illustrations), len(view.deliveries)] == [1, 1]
        assert view.deliveries[0].receipt is not None
        kinds = await kinds_of_events(ready, job.id)
        assert kinds.count("rendered") == kinds.count("delivered") == 1
