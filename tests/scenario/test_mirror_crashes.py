"""Kill -9 while a job is carried over to a linked channel: each side gets its picture once."""

from __future__ import annotations

import asyncio
import os
import platform
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from app.application import open_application
from domain.illustrations import DeliveryKind
from domain.links import ChannelCode
from domain.requests import Destination, Job, JobRef, JobStatus, Request
from domain.team import Role, Scope
from jobs.admission.requests import Requester
from jobs.common.views import JobView
from jobs.linked.linked_copy import shadow_key
from storage.mirrors import SqlMirrorOperations
from tests import forks
from tests.scenario.conftest import PROMPT, Place
from tests.scenario.mirror_worker import HERE, THERE

ROOT = Path(__file__).parent.parent.parent
NODE = platform.node()
ANN = Requester(HERE, "ann", Destination("terminal", NODE), Role.ADMIN)
POINTS = (
    "mirror-lent",
    "mirror-written",
    "mirror-sent",
    "mirror-closing",
    "before-send",
    "after-send",
)


async def asked(place: Place) -> Job:
    """A job in one of two linked channels."""
    request = Request.checked(
        PROMPT,
        workspace_id=HERE,
        member_id=ANN.member_id,
        destination=replace(ANN.destination, thread=str(place.out)),
    )
    other = replace(ANN, workspace_id=THERE)
    async with open_application(place.settings, work=()) as application:
        await application.team.prefer(ANN, Scope.CHANNEL, linked=str(ChannelCode(THERE, NODE)))
        await application.team.prefer(other, Scope.CHANNEL, linked=str(ChannelCode(HERE, NODE)))
        return await application.job_service.submit(request, event_key="e1", requester=ANN)


async def work(place: Place, job: Job, *, dies_at: str = "-") -> int:
    process = await forks.start(
        *("tests.scenario.mirror_worker", job.id, dies_at),
        env={**os.environ, **place.environment},
    )
    async with asyncio.timeout(240):
        return await process.wait()


async def both_sides(place: Place, job: Job) -> tuple[JobView, JobView]:
    async with open_application(place.settings, work=()) as application:
        shadow = await application.job_service.job_of_event(THERE, shadow_key(JobRef(HERE, job.id)))
        assert shadow is not None
        assert await SqlMirrorOperations(application.database).open_mirrors() == []
        return await application.job_service.view(HERE, job.id), await application.job_service.view(
            THERE, shadow.id
        )


@pytest.mark.parametrize(
    ("database_url", "point"),
    [
        ("postgres", "mirror-written"),
        ("sqlite", "mirror-sent"),
        ("sqlite", "after-send"),
        *(pytest.param("sqlite", point, marks=pytest.mark.soak) for point in POINTS),
    ],
    indirect=["database_url"],
)
async def test_each_side_gets_its_picture_once_whatever_dies(ready: Place, point: str) -> None:
    job = await asked(ready)
    assert await work(ready, job, dies_at=point) == -signal.SIGKILL
    assert await work(ready, job) == 0
    original, shadow = await both_sides(ready, job)
    for view in (original, shadow):
        assert view.job.status is JobStatus.DONE
        [delivery] = view.deliveries
        assert (delivery.kind, bool(delivery.receipt)) == (DeliveryKind.RESULT, True)
    assert shadow.research == original.research
    [picture] = shadow.illustrations
    written = ready.settings.data_dir / "pictures" / f"{picture.id}.png"
    with Image.open(written) as here, Image.open(ready.out) as there:  # each a copy of its own
        assert here.size == there.size
