"""The main job from end to end: what a person asks, gets, asks again, and stops."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from app.application import open_application
from app.wiring import Application
from domain.errors import NotFound, NotPossibleNow
from domain.requests import LOCAL_WORKSPACE, Job, JobStatus
from jobs.admission.requests import Requester
from jobs.common.views import JobView
from tests.scenario.conftest import Place


async def over(application: Application, job: Job) -> JobView:
    async with asyncio.timeout(240):
        async for _event in application.job_service.follow(LOCAL_WORKSPACE, job.id):
            pass
    return await application.job_service.view(LOCAL_WORKSPACE, job.id)


def requester(job: Job) -> Requester:
    return Requester(LOCAL_WORKSPACE, job.request.origin.member_id, job.request.routing.destination)


@pytest.fixture
def cached(ready: Place) -> Place:
    """An installation that keeps what it read."""
    ready.environment["LIMNER_SEARCH_CACHE_HOURS"] = "24"
    return ready


async def test_a_request_becomes_a_grounded_picture_with_numbered_sources(cached: Place) -> None:
    job = await cached.submit()
    async with open_application(cached.settings) as application:
        view = await over(application, job)
        picture = await application.job_service.picture(
            LOCAL_WORKSPACE, view.illustrations[0].sha256 or ""
        )
    assert view.job.status is JobStatus.DONE
    # What leaves is a signed copy with a watermark; what is stored stays as it is.
    with Image.open(cached.out) as copy, Image.open(io.BytesIO(picture)) as stored:
        assert copy.size == stored.size
    assert json.loads(view.deliveries[0].receipt or "") == {"paths": [str(cached.out)]}
    grounded = view.research.grounded
    assert "Use the first reference image for the appearance of Golden Gate Bridge." in (
        grounded.text
    )
    assert "painted in orange vermilion" in grounded.text
    for evidence in grounded.evidence:
        source = view.research.source(evidence.source_id or "")
        if evidence.passage is not None:
            start = evidence.passage_start or 0
            text = source.text or ""
            assert text[start : start + len(evidence.passage)] == evidence.passage
            assert source.sha256 == hashlib.sha256(text.encode()).hexdigest()
    recipe = view.illustrations[0].recipe
    assert [r.sha256 for r in recipe.references] == [r.sha256 for r in grounded.references]


async def test_the_same_request_again_asks_the_outside_world_nothing(cached: Place) -> None:
    first = await cached.submit()
    async with open_application(cached.settings) as application:
        one = await over(application, first)
        calls = cached.peer.total
        assert calls > 0
        two = await over(application, await cached_submit(application, first))
    assert cached.peer.total == calls
    assert two.research.grounded == replace(one.research.grounded)
    assert two.illustrations[0].recipe.references == one.illustrations[0].recipe.references


async def cached_submit(application: Application, job: Job) -> Job:
    return await application.job_service.submit(job.request, event_key="again")


async def test_a_picture_is_made_again_bit_for_bit_without_a_search(cached: Place) -> None:
    job = await cached.submit()
    async with open_application(cached.settings) as application:
        first = (await over(application, job)).illustrations[0]
        calls = cached.peer.total
        again = await over(
            application,
            await application.job_service.rerender(requester(job), first.id, event_key="again"),
        )
        other = await over(
            application,
            await application.job_service.rerender(
                requester(job), first.id, event_key="other", seed=99
            ),
        )
    assert cached.peer.total == calls
    assert again.illustrations[0].identical is True
    assert again.illustrations[0].sha256 == first.sha256
    assert again.illustrations[0].parent_id == first.id
    assert again.research.grounded.evidence, "a re-render shows what its ancestor rests on"
    assert other.illustrations[0].identical is False
    assert "seed" in (other.illustrations[0].difference or "")


async def test_a_new_research_asks_again_and_shows_what_changed(cached: Place) -> None:
    job = await cached.submit()
    async with open_application(cached.settings) as application:
        await over(application, job)
        cached.peer.articles["Tower Bridge"] = (
            "Tower Bridge is a bascule bridge in London. Its towers are painted pink since today."
        )
        again = await over(
            application,
            await application.job_service.reresearch(requester(job), job.id, event_key="r"),
        )
        change = await application.job_service.changes(LOCAL_WORKSPACE, again.job.id)
    assert "painted pink" in again.research.grounded.text
    assert change.changed == ("https://en.wikipedia.org/wiki/Tower_Bridge",)
    assert "https://en.wikipedia.org/wiki/Golden_Gate_Bridge" in change.kept
    assert (change.added, change.removed) == ((), ())


async def test_the_same_event_is_the_same_job(ready: Place) -> None:
    first = await ready.submit(key="e1")
    async with open_application(ready.settings) as application:
        again = (application.job_service.submit(first.request, event_key="e1") for _ in range(5))
        assert {job.id for job in await asyncio.gather(*again)} == {first.id}
        await over(application, first)
        assert len(await application.job_service.recent(LOCAL_WORKSPACE)) == 1


async def test_without_a_network_the_library_answers_and_that_is_said(cached: Place) -> None:
    cached.peer.down = True
    page = Path(cached.environment["LIMNER_DATA_DIR"]).parent / "bridge.txt"
    page.write_text("The Golden Gate Bridge is orange, and its towers are tall.")
    async with open_application(cached.settings, work=()) as application:
        await application.library.add(LOCAL_WORKSPACE, str(page), title="Golden Gate Bridge")
    job = await cached.submit()
    async with open_application(cached.settings) as application:
        view = await over(application, job)
    assert view.job.status is JobStatus.DONE
    assert view.job.notes[0] == (
        "Searched your team's library only; no search provider could be reached."
    )
    assert "its towers are tall" in view.research.grounded.text


async def test_a_waiting_job_that_is_cancelled_is_never_begun(ready: Place) -> None:
    job, other = await ready.submit(), await ready.submit(prompt="a red cube", member="m2")
    async with open_application(ready.settings, work=()) as application:
        await application.job_service.cancel(requester(job), job.id)
        assert (
            await application.job_service.cancel(requester(job), job.id)
        ).status is JobStatus.CANCELLED
    assert await ready.work(other) == 0
    view = await ready.view(job)
    assert view.job.status is JobStatus.CANCELLED
    assert ready.peer.total == 0
    assert view.deliveries == ()


async def test_a_running_job_stops_soon_when_it_is_cancelled(ready: Place) -> None:
    ready.peer.slow_s = 20
    job = await ready.submit()
    async with open_application(ready.settings) as application:
        async with asyncio.timeout(240):
            async for event in application.job_service.follow(LOCAL_WORKSPACE, job.id):
                if event.kind == "hop_started":
                    await application.job_service.cancel(requester(job), job.id)
        view = await application.job_service.view(LOCAL_WORKSPACE, job.id)
        assert view.job.status is JobStatus.CANCELLED
        with pytest.raises(NotPossibleNow):
            await application.job_service.changes(LOCAL_WORKSPACE, job.id)
    assert view.illustrations == ()
    assert not ready.out.exists()


async def test_a_failure_is_reported_in_words(ready: Place) -> None:
    job = await ready.submit()
    ready.out.mkdir()  # nothing can be written where a folder stands
    async with open_application(ready.settings) as application:
        view = await over(application, job)
    assert view.job.status is JobStatus.FAILED
    assert "can't be saved" in (view.job.error or "")


async def test_another_workspace_sees_nothing_of_it(ready: Place) -> None:
    job = await ready.submit()
    async with open_application(ready.settings, work=()) as application:
        with pytest.raises(NotFound):
            await application.job_service.view("another", job.id)
        with pytest.raises(NotFound):
            await application.job_service.cancel(
                replace(requester(job), workspace_id="another"), job.id
            )
        assert await application.job_service.recent("another") == []
