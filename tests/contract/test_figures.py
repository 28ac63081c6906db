"""The numbers that monitoring reads are right, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.executors import Executor
from domain.tasks import Task
from evaluation.peers.values import a_job
from storage.executors import SqlExecutors
from storage.figures import SqlFigures
from storage.tasks import SqlTaskBoard
from storage.unit_of_work import SqlStore


async def test_queues_and_unfinished_jobs_are_counted(
    database: AsyncEngine, store: SqlStore
) -> None:
    board, figures = SqlTaskBoard(database), SqlFigures(database)
    assert (await figures.read()).tasks == {}
    now = datetime.now(UTC)
    job = a_job()
    async with store.workspace(job.workspace_id) as unit:
        await unit.jobs.add(job, event_key="e1")
    executor = Executor("one", ("research", "delivery-terminal.here"), "here", 1, now, now)
    await store.operations.beat(executor)
    await SqlExecutors(database).beat("one")
    for number in range(3):
        await board.add(
            Task(f"t{number}", "research", "research", job.workspace_id, job.id, f"p{number}")
        )
    await board.take("one", {"research": 1})
    await SqlExecutors(database).beat("one")
    found = await figures.read()
    assert found.jobs == {(job.status.value, job.kind.value): 1}
    assert found.tasks == {("research", "waiting"): 2, ("research", "running"): 1}
    assert found.processes == {"research": 1, "delivery-terminal": 1}
    assert 0.0 <= found.oldest_s["research"] < 60.0
    assert await figures.schema_trouble() == ""
