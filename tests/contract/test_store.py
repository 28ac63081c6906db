"""The store keeps what it is given, on SQLite and on Postgres alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.errors import NotFound, StorageUnavailable
from domain.executors import Executor
from domain.illustrations import DeliveryKind, IllustrationStatus
from domain.requests import JobStatus
from domain.research import Evidence, EvidenceVerdict
from domain.short_codes import short_code
from evaluation.peers.values import (
    NOON,
    a_delivery,
    a_grounding,
    a_hop,
    a_job,
    a_recipe,
    a_source,
    an_illustration,
)
from jobs.common.tasks import research_task
from storage.research_rows import JobSourceRow
from storage.tasks import SqlTaskBoard
from storage.unit_of_work import SqlStore


async def test_a_job_comes_back_as_it_was_kept(store: SqlStore) -> None:
    job = a_job(notes=("Searched only the library.",))
    async with store.workspace("w1") as unit:
        assert await unit.jobs.add(job, event_key="e1") == job
    async with store.workspace("w1", read_only=True) as unit:
        assert await unit.jobs.get(job.id) == job


async def test_the_same_event_gives_the_same_job(store: SqlStore) -> None:
    first, second = a_job(), a_job()

    async def add(job: object) -> object:
        async with store.workspace("w1") as unit:
            return await unit.jobs.add(job, event_key="e1")  # type: ignore[arg-type]

    kept = await asyncio.gather(*(add(job) for job in (first, second, first)))
    assert len({job.id for job in kept}) == 1  # type: ignore[attr-defined]


async def test_the_same_event_in_another_workspace_is_another_job(store: SqlStore) -> None:
    ours, theirs = a_job("w1"), a_job("w2")
    for job in (ours, theirs):
        async with store.workspace(job.workspace_id) as unit:
            assert (await unit.jobs.add(job, event_key="e1")).id == job.id


async def test_verdicts_come_back_as_they_were_kept(store: SqlStore) -> None:
    job = a_job()
    evidence = tuple(
        Evidence(n, f"claim {n}", "s1", "She flew", 0, verdict)
        for n, verdict in enumerate(EvidenceVerdict, 1)
    )
    async with store.workspace("w1") as unit:
        await unit.jobs.add(job, event_key="e1")
        grounded = replace(a_grounding(), evidence=evidence)
        await unit.research.save_grounding(job.id, grounded, notes=(), searched=True)
    async with store.workspace("w1", read_only=True) as unit:
        assert (await unit.research.load(job.id)).grounded.evidence == evidence


async def test_citations_of_older_versions_keep_what_they_were_worth(
    store: SqlStore, database: AsyncEngine
) -> None:
    job, old = a_job(), [("s1", True), ("s1", False), (None, False)]
    evidence = tuple(Evidence(n, "claim", source) for n, (source, _said) in enumerate(old, 1))
    async with store.workspace("w1") as unit:
        await unit.jobs.add(job, event_key="e1")
        grounded = replace(a_grounding(), evidence=evidence)
        await unit.research.save_grounding(job.id, grounded, notes=(), searched=True)
    async with database.begin() as connection:
        for n, (_source, said) in enumerate(old, 1):
            row = update(JobSourceRow).where(JobSourceRow.job_id == job.id, JobSourceRow.n == n)
            await connection.execute(row.values(verdict=None, supported=said))
    async with store.workspace("w1", read_only=True) as unit:
        kept = (await unit.research.load(job.id)).grounded.evidence
    assert [entry.verdict.value for entry in kept] == ["mentioned", "contradicted", "unsupported"]


async def test_a_block_that_fails_leaves_nothing(store: SqlStore) -> None:
    job = a_job()

    async def broken() -> None:
        async with store.workspace("w1") as unit:
            await unit.jobs.add(job, event_key="e1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await broken()
    async with store.workspace("w1") as unit:
        with pytest.raises(NotFound, match=short_code(job.id)):
            await unit.jobs.get(job.id)


async def test_saving_changes_the_state_but_never_the_request(store: SqlStore) -> None:
    job = a_job()
    async with store.workspace("w1") as unit:
        await unit.jobs.add(job, event_key="e1")
        changed = replace(
            job,
            status=JobStatus.FAILED,
            error="It broke.",
            finished_at=NOON,
            request=replace(job.request, prompt="something else"),
        )
        await unit.jobs.save(changed)
        kept = await unit.jobs.get(job.id)
    assert kept == replace(changed, request=job.request)


async def test_recent_gives_the_newest_first_and_filters(store: SqlStore) -> None:
    async with store.workspace("w1") as unit:
        jobs = [a_job(created_at=NOON + timedelta(seconds=n)) for n in range(4)]
        jobs[3] = replace(jobs[3], request=jobs[3].request.with_parts(member_id="m2"))
        for n, job in enumerate(jobs):
            await unit.jobs.add(job, event_key=f"e{n}")
        await unit.jobs.save(replace(jobs[0], status=JobStatus.DONE))
        assert [j.id for j in await unit.jobs.recent(limit=2)] == [jobs[3].id, jobs[2].id]
        assert [j.id for j in await unit.jobs.recent(member_id="m2")] == [jobs[3].id]
        assert [j.id for j in await unit.jobs.recent(status=JobStatus.DONE)] == [jobs[0].id]
        assert await unit.jobs.position(jobs[3].id) == 2
        assert await unit.jobs.position(jobs[0].id) == 0
        assert await unit.jobs.position("unknown") == 0


async def test_statuses_are_of_the_known_jobs_of_this_workspace(store: SqlStore) -> None:
    done, waiting, elsewhere = a_job(), a_job(), a_job(workspace_id="w2")
    async with store.workspace("w2") as unit:
        await unit.jobs.add(elsewhere, event_key="e3")
    async with store.workspace("w1") as unit:
        for n, job in enumerate((done, waiting)):
            await unit.jobs.add(job, event_key=f"e{n}")
        await unit.jobs.save(replace(done, status=JobStatus.DONE))
        found = await unit.jobs.statuses([done.id, waiting.id, elsewhere.id, "unknown"])
        assert found == {done.id: JobStatus.DONE, waiting.id: JobStatus.QUEUED}
        assert await unit.jobs.statuses([]) == {}


async def test_research_comes_back_as_it_was_kept(store: SqlStore) -> None:
    job = a_job()
    async with store.workspace("w1") as unit:
        await unit.jobs.add(job, event_key="e1")
        await unit.research.save_hop(job.id, a_hop(), [a_source(1), a_source(2)])
        await unit.research.save_hop(job.id, a_hop(2, source_ids=("s3",)), [a_source(3)])
        await unit.research.save_grounding(job.id, a_grounding(), notes=["n"], searched=True)
    async with store.workspace("w1", read_only=True) as unit:
        research = await unit.research.load(job.id)
    assert research.hops == (a_hop(), a_hop(2, source_ids=("s3",)))
    assert research.sources == (a_source(1), a_source(2), a_source(3))
    assert research.grounded == a_grounding()
    assert (research.notes, research.searched) == (("n",), True)


async def test_a_hop_kept_twice_leaves_one_trace(store: SqlStore) -> None:
    job = a_job()
    async with store.workspace("w1") as unit:
        await unit.jobs.add(job, event_key="e1")
    for title in ("old", "new"):
        async with store.workspace("w1") as unit:
            await unit.research.save_hop(job.id, a_hop(), [a_source(1, title=title)])
            await unit.research.save_grounding(job.id, a_grounding(), notes=[], searched=True)
    async with store.workspace("w1") as unit:
        research = await unit.research.load(job.id)
    assert [s.title for s in research.sources] == ["new"]
    assert len(research.hops) == 1
    assert len(research.grounded.evidence) == 2


async def test_what_strangers_wrote_is_kept_whatever_it_holds(store: SqlStore) -> None:
    job = a_job()
    odd = "a\0b \ud800 مرحبا 🦊"
    async with store.workspace("w1") as unit:
        await unit.jobs.add(job, event_key=f"e{odd}")
        await unit.research.save_hop(job.id, a_hop(), [a_source(1, title=odd, text=odd)])
        await unit.events.append(job.id, "note", {odd: [odd]})
        source = (await unit.research.load(job.id)).sources[0]
        with pytest.raises(NotFound):
            await unit.jobs.get(odd)
    assert source.title == "a\ufffdb ? مرحبا 🦊"


async def test_a_recipe_is_written_once(store: SqlStore) -> None:
    job = a_job()
    planned = an_illustration(job, status=IllustrationStatus.PLANNED, sha256=None)
    async with store.workspace("w1") as unit:
        await unit.jobs.add(job, event_key="e1")
        await unit.illustrations.save(planned)
        await unit.illustrations.save(
            replace(
                planned,
                status=IllustrationStatus.RENDERED,
                sha256="b" * 64,
                recipe=a_recipe(seed=99),
            )
        )
    async with store.workspace("w1") as unit:
        kept = await unit.illustrations.get(planned.id)
        assert await unit.illustrations.of_job(job.id) == [kept]
    assert kept.recipe == planned.recipe
    assert kept.recipe.fingerprint() == planned.recipe.fingerprint()
    assert kept.sha256 == "b" * 64


async def test_a_claim_shows_what_was_there_before_it(store: SqlStore) -> None:
    job = a_job()
    delivery = a_delivery(job)
    async with store.workspace("w1") as unit:
        await unit.jobs.add(job, event_key="e1")
        await unit.deliveries.add(delivery)
        await unit.deliveries.add(replace(delivery, receipt="forged"))
        await unit.deliveries.add(a_delivery(job, DeliveryKind.FAILURE))
    async with store.workspace("w1") as unit:
        assert await unit.deliveries.claim(delivery.id, now=NOON) == delivery
    async with store.workspace("w1") as unit:
        again = await unit.deliveries.claim(delivery.id, now=NOON)
        assert (again.attempts, again.claimed_at, again.receipt) == (1, NOON, None)
        await unit.deliveries.delivered(delivery.id, receipt="r1", now=NOON)
        await unit.deliveries.delivered(delivery.id, receipt="r2", now=NOON)
        first, second = await unit.deliveries.of_job(job.id)
    assert (first.receipt, first.attempts) == ("r1", 2)
    assert second.kind is DeliveryKind.FAILURE


async def test_events_are_numbered_without_gaps_even_when_written_at_once(
    store: SqlStore,
) -> None:
    job = a_job()
    async with store.workspace("w1") as unit:
        await unit.jobs.add(job, event_key="e1")

    async def write(n: int) -> None:
        async with store.workspace("w1") as unit:
            await unit.events.append(job.id, "note", {"n": n}, key=f"k{n % 10}")

    await asyncio.gather(*(write(n) for n in range(20)))
    async with store.workspace("w1", read_only=True) as unit:
        events = await unit.events.read(job.id)
        tail = await unit.events.read(job.id, after=8, limit=1)
    assert [event.seq for event in events] == list(range(1, 11))
    assert tail == [events[8]]


async def test_writers_of_one_job_take_turns(store: SqlStore) -> None:
    job = a_job()
    async with store.workspace("w1") as unit:
        await unit.jobs.add(job, event_key="e1")

    async def note(n: int) -> None:
        async with store.workspace("w1") as unit:
            known = await unit.jobs.get(job.id)
            await asyncio.sleep(0.005)
            await unit.jobs.save(replace(known, notes=(*known.notes, str(n))))

    await asyncio.gather(*(note(n) for n in range(8)))
    async with store.workspace("w1") as unit:
        assert sorted((await unit.jobs.get(job.id)).notes) == [str(n) for n in range(8)]


async def test_a_reader_waits_for_no_writer(store: SqlStore) -> None:
    job = a_job()

    async def status() -> JobStatus:
        async with store.workspace("w1", read_only=True) as reader:
            return (await reader.jobs.get(job.id)).status

    async with store.workspace("w1") as unit:
        await unit.jobs.add(job, event_key="e1")
    async with store.workspace("w1") as writer:
        await writer.jobs.save(replace(job, status=JobStatus.DONE))
        async with asyncio.timeout(60):
            assert await asyncio.create_task(status()) is JobStatus.QUEUED


async def test_heartbeats_are_refreshed_and_forgotten(store: SqlStore) -> None:
    executor = Executor("x-0", ("research", "delivery"), "host", 42, NOON, NOON)
    later = replace(executor, seen_at=NOON + timedelta(seconds=3))
    await store.operations.beat(executor)
    await store.operations.beat(later)
    assert await store.operations.executors() == [later]
    await store.operations.forget_executor("x-0")
    await store.operations.forget_executor("x-0")
    assert await store.operations.executors() == []


async def test_unfinished_jobs_without_a_task_are_found_in_all_workspaces(
    store: SqlStore, database: AsyncEngine
) -> None:
    jobs = [a_job("w1"), a_job("w2", status=JobStatus.RENDERING), a_job("w2"), a_job("w2")]
    jobs[2] = replace(jobs[2], status=JobStatus.DONE, finished_at=NOON)
    for n, job in enumerate(jobs):
        async with store.workspace(job.workspace_id) as unit:
            await unit.jobs.add(job, event_key=f"e{n}")
    await SqlTaskBoard(database).add(research_task(jobs[3]))
    keys = await store.operations.stray()
    assert {(k.workspace_id, k.job_id) for k in keys} == {("w1", jobs[0].id), ("w2", jobs[1].id)}


async def test_retention_removes_traces_and_keeps_what_is_cited(store: SqlStore) -> None:
    job = a_job(status=JobStatus.DONE, finished_at=NOON)
    async with store.workspace("w1") as unit:
        await unit.jobs.add(job, event_key="e1")
        await unit.events.append(job.id, "note", {})
        await unit.research.save_hop(job.id, a_hop(), [a_source()])
        await unit.research.save_grounding(job.id, a_grounding(), notes=[], searched=True)
        await unit.illustrations.save(an_illustration(job))
    assert await store.operations.expire(before=NOON) == 0
    assert await store.operations.expire(before=NOON + timedelta(seconds=1)) == 1
    async with store.workspace("w1") as unit:
        assert await unit.events.read(job.id) == []
        research = await unit.research.load(job.id)
        assert len(await unit.illustrations.of_job(job.id)) == 1
    assert research.hops == ()
    assert research.sources == (a_source(),)
    assert research.grounded == a_grounding()


async def test_a_database_that_is_out_of_reach_is_said_in_words() -> None:
    from storage.database import open_database

    engine = open_database("sqlite:////proc/nowhere/limner.sqlite")
    with pytest.raises(StorageUnavailable, match="LIMNER_DATABASE_URL"):
        async with SqlStore(engine).workspace("w1"):
            pass
    await engine.dispose()


async def test_a_second_connection_inside_a_transaction_that_writes_is_a_warning(
    store: SqlStore,
) -> None:
    """Where many did so at once, each would wait for a connection that another one holds."""
    async with store.workspace("w1") as unit:
        with pytest.warns(RuntimeWarning, match="second connection"):
            async with store.workspace("w2", read_only=True):
                pass
        async with unit.beside("w2") as beside:
            assert await beside.jobs.by_event("none") is None
