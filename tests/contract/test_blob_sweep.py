"""A sweep removes the blobs that nothing refers to, and no other, on both databases."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.blobs import FIRST_SWEEP_S, SWEEP_S, daily_sweep
from domain.errors import NotFound
from domain.illustrations import IllustrationStatus
from domain.requests import Attachment, Job, JobStatus
from domain.research import Reference, SourceKind
from domain.training import TrainingTurn, Trajectory
from evaluation.peers.values import (
    a_grounding,
    a_hop,
    a_job,
    a_recipe,
    a_request,
    a_source,
    an_illustration,
)
from storage.blob_sweep import AGE_S, BlobSweep
from storage.blobs import FolderBlobStore, relative_name
from storage.unit_of_work import SqlStore


@dataclass
class Place:
    """A database, and blobs of which some are old."""

    folder: Path
    blobs: FolderBlobStore
    store: SqlStore
    sweep: BlobSweep

    async def old(self, name: str, *, workspace: str = "w1", age_s: float = 3 * AGE_S) -> str:
        """Keep bytes of their own that were written so long ago."""
        sha256 = await self.blobs.put(workspace, name.encode())
        at = datetime.now(UTC).timestamp() - age_s
        os.utime(self.folder / relative_name(workspace, sha256), (at, at))
        return sha256

    async def is_there(self, sha256: str, *, workspace: str = "w1") -> bool:
        """Whether a blob is kept."""
        try:
            await self.blobs.get(workspace, sha256)
        except NotFound:
            return False
        return True


@pytest.fixture
def place(database: AsyncEngine, store: SqlStore, tmp_path: Path) -> Place:
    folder = tmp_path / "blobs"
    blobs = FolderBlobStore(folder, place="p1")
    return Place(folder, blobs, store, BlobSweep(database, blobs))


async def keep(place: Place, job: Job, *, key: str) -> None:
    async with place.store.workspace(job.workspace_id) as unit:
        await unit.jobs.add(job, event_key=key)


def a_past_job(status: JobStatus = JobStatus.DONE, **parts: Any) -> Job:
    """A job without pictures of its own."""
    return replace(a_job(request=a_request(attachments=()), status=status), **parts)


async def test_what_rows_name_stays_and_the_rest_goes(place: Place) -> None:
    names = (
        *("attached", "chosen", "candidate", "cited", "drawn", "deleted", "parent", "child"),
        *("recipe", "died"),
    )
    blob = {name: await place.old(name) for name in names}
    attached = (Attachment("mine", blob["attached"], 1, 1),)
    job = replace(a_past_job(), request=a_request(attachments=attached))
    await keep(place, job, key="e1")
    cited = replace(a_grounding().evidence[0], source_id="cited", passage=None)
    grounding = replace(
        a_grounding(),
        references=(Reference("IMG_001", blob["chosen"], "", "", "chosen"),),
        evidence=(cited,),
    )
    sources = [
        a_source(id=name, kind=SourceKind.PICTURE, sha256=blob[name])
        for name in ("chosen", "candidate", "cited")
    ]
    recipe = a_recipe(references=())
    parent = an_illustration(job, sha256=blob["parent"], recipe=recipe)
    other = replace(a_recipe().references[0], sha256=blob["recipe"])
    pictures = [
        an_illustration(job, sha256=blob["drawn"], recipe=replace(recipe, references=(other,))),
        an_illustration(job, sha256=blob["deleted"], recipe=recipe),
        parent,
        an_illustration(job, sha256=blob["child"], recipe=recipe, parent_id=parent.id),
    ]
    async with place.store.workspace("w1") as unit:
        await unit.research.save_hop(job.id, a_hop(source_ids=()), sources)
        await unit.research.save_grounding(job.id, grounding, notes=(), searched=True)
        for picture in pictures:
            await unit.illustrations.save(picture)
        for picture in (pictures[1], parent):
            await unit.illustrations.save(replace(picture, status=IllustrationStatus.DELETED))
    counted = await place.sweep.run(remove=False)
    assert (counted.looked_at, counted.blobs) == (len(names), 3)
    swept = await place.sweep.run()
    assert swept.blobs == 3
    gone = {name for name, sha256 in blob.items() if not await place.is_there(sha256)}
    assert gone == {"candidate", "deleted", "died"}


async def test_a_refused_picture_that_is_kept_stays_until_its_time_is_over(place: Place) -> None:
    kept, over = await place.old("kept"), await place.old("over")
    job = a_past_job(JobStatus.FAILED)
    await keep(place, job, key="e1")
    now, day = datetime.now(UTC), timedelta(days=1)
    async with place.store.workspace("w1") as unit:
        for sha256, until in ((kept, now + day), (over, now - day)):
            refused = replace(
                an_illustration(job, sha256=None, recipe=a_recipe(references=())),
                status=IllustrationStatus.REFUSED,
                kept_sha256=sha256,
                kept_until=until,
            )
            await unit.illustrations.save(refused)
    await place.sweep.run()
    assert await place.is_there(kept)
    assert not await place.is_there(over)


async def test_what_is_young_or_may_be_of_a_job_that_goes_on_stays(place: Place) -> None:
    begun = datetime.now(UTC) - timedelta(seconds=2 * AGE_S)
    await keep(place, a_past_job(JobStatus.RESEARCHING, created_at=begun), key="e1")
    await keep(place, a_past_job(), key="e2")
    of_job = await place.old("written since", age_s=1.9 * AGE_S)
    older = await place.old("written long before", age_s=4 * AGE_S)
    young = await place.old("young", workspace="w2", age_s=AGE_S / 2)
    strange = await place.old("of nobody", workspace="w3")
    assert (await place.sweep.run()).blobs == 2
    assert await place.is_there(of_job)
    assert await place.is_there(young, workspace="w2")
    assert not await place.is_there(older)
    assert not await place.is_there(strange, workspace="w3")


async def test_a_process_sweeps_once_a_day(place: Place, database: AsyncEngine) -> None:
    now = 0.0
    sweep = daily_sweep(database, place.blobs, clock=lambda: now)
    await place.old("left")
    await sweep()
    assert await place.is_there(await place.old("left")), "not at the start"
    now += FIRST_SWEEP_S
    await sweep()
    later = await place.old("left later")
    assert [blob.sha256 async for blob in place.blobs.listed()] == [later]
    await sweep()
    assert await place.is_there(later)
    now += SWEEP_S
    await sweep()
    assert not await place.is_there(later)


async def test_pictures_of_conversations_that_are_kept_stay_until_those_go(place: Place) -> None:
    shown = await place.old("shown to the model")
    job = a_job(status=JobStatus.DONE)
    turns = (TrainingTurn("user", "results", (shown,)),)
    async with place.store.workspace("w1") as unit:
        await unit.jobs.add(job, event_key="e1")
        await unit.trajectories.keep(Trajectory(job.id, "m1", job.created_at, turns))
    await place.sweep.run()
    assert await place.is_there(shown)
    async with place.store.workspace("w1") as unit:
        await unit.trajectories.forget()
    await place.sweep.run()
    assert not await place.is_there(shown)
