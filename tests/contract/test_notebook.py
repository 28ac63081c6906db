"""What a research writes while it works: few transactions, and every sum once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.research import Spending
from evaluation.peers.values import a_hop, a_job, a_source
from jobs.common.event_log import JobNotebook
from storage.unit_of_work import SqlStore

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SPENT = Spending("model", "m", "tokens", 100, 0.25)


async def opened(
    store: SqlStore, clock: Callable[[], float] = lambda: 0.0
) -> tuple[str, JobNotebook]:
    async with store.workspace("w1") as unit:
        job = await unit.jobs.add(a_job(), event_key="e1")
    return job.id, JobNotebook(store, "w1", job, reached=lambda _name: None, clock=clock)


async def spent_usd(store: SqlStore) -> float:
    async with store.workspace("w1", read_only=True) as unit:
        return sum(total.cost_usd for total in await unit.ledger.totals(LONG_AGO))


async def kinds(store: SqlStore, job_id: str) -> list[str]:
    async with store.workspace("w1", read_only=True) as unit:
        return [event.kind for event in await unit.events.read(job_id)]


async def test_what_was_spent_is_kept_with_the_hop_that_follows(store: SqlStore) -> None:
    job_id, notebook = await opened(store)
    await notebook.spent("turn-1", SPENT)
    assert await spent_usd(store) == 0
    await notebook.hop_started(1, "look", "search", {})
    assert await spent_usd(store) == 0.25
    await notebook.spent("hop-1:serper", SPENT)
    await notebook.hop_finished(a_hop(), ())
    assert await spent_usd(store) == 0.5
    assert await kinds(store, job_id) == ["hop_started", "hop_finished"]


async def test_a_research_that_ends_early_leaves_what_it_spent(store: SqlStore) -> None:
    _job_id, notebook = await opened(store)
    await notebook.spent("turn-1", SPENT)
    await notebook.close()
    await notebook.close()
    assert await spent_usd(store) == 0.25


async def test_a_transaction_that_fails_keeps_the_sum_for_the_next_one(store: SqlStore) -> None:
    _job_id, notebook = await opened(store)
    await notebook.spent("turn-1", SPENT)
    with pytest.raises(RuntimeError):
        async with notebook.writing():
            raise RuntimeError
    assert await spent_usd(store) == 0
    await notebook.close()
    assert await spent_usd(store) == 0.25


async def test_a_job_that_is_taken_up_again_counts_each_sum_once(store: SqlStore) -> None:
    for _life in range(2):
        _job_id, notebook = await opened(store)
        await notebook.spent("turn-1", SPENT)
        await notebook.hop_started(1, "look", "search", {})
    assert await spent_usd(store) == 0.25


async def test_a_thought_is_logged_only_when_nothing_else_was_for_a_while(store: SqlStore) -> None:
    now = 100.0
    job_id, notebook = await opened(store, lambda: now)
    await notebook.thinking(1, "So")
    now += 1.1
    await notebook.thinking(1, "So what is this bridge")
    await notebook.thinking(1, "So what is this bridge like")
    await notebook.hop_started(1, "look", "search", {})
    await notebook.thinking(2, "There it is")
    assert await kinds(store, job_id) == ["thinking", "hop_started"]


async def test_thoughts_are_logged_less_often_where_logging_takes_long(store: SqlStore) -> None:
    ticks = iter((0.0, 1.5, 2.0, 4.0, 12.1, 12.6))  # the first thought takes half a second
    job_id, notebook = await opened(store, lambda: next(ticks))
    await notebook.thinking(1, "So")
    await notebook.thinking(1, "So what is")
    await notebook.thinking(1, "So what is this bridge")
    assert await kinds(store, job_id) == ["thinking", "thinking"]


async def test_what_several_hops_found_is_replaced_at_once(store: SqlStore) -> None:
    job_id, notebook = await opened(store)
    first, second = a_hop(), replace(a_hop(), number=2)
    small, other = a_source(1), a_source(2)
    await notebook.hop_finished(first, [small])
    await notebook.hop_finished(second, [other])
    large = replace(small, sha256="b" * 64)
    await notebook.sources_changed([(first, [large]), (second, [other])])
    async with store.workspace("w1", read_only=True) as unit:
        research = await unit.research.load(job_id)
    assert research.sources == (large, other)
    assert await kinds(store, job_id) == ["hop_finished", "hop_finished"]
