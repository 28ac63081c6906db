"""Budgets of a month hold for people and workspaces, and the month's report adds up, on both
databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.report import lines, span
from domain.errors import InvalidRequest, Refused
from domain.requests import JobStatus
from domain.team import GPU, UsageEntry, UsageTotal
from evaluation.peers.values import NOON, a_job, a_request
from jobs.admission.budgets import Budget, Budgets
from storage.report import SqlReports
from storage.unit_of_work import SqlStore


async def spend(store: SqlStore, usd: float, gpu_s: float, *, member: str = "m1") -> None:
    job = a_job(request=a_request(member_id=member))
    model = UsageEntry("model", NOON, job.id, member, "model", "qwen", "tokens", 100, usd)
    gpu = replace(model, key="gpu", kind=GPU, unit="seconds", amount=gpu_s, cost_usd=0.0)
    async with store.workspace("w1") as unit:
        await unit.jobs.add(job, event_key=job.id)
        await unit.ledger.spend([model, gpu])


async def told(store: SqlStore, budgets: Budgets, *, member: str = "m1") -> tuple[str, ...]:
    async with store.workspace("w1", read_only=True) as unit:
        return await budgets.check(unit, member, now=NOON + timedelta(days=1))


@pytest.mark.parametrize(
    ("spent", "budget"),
    [((8.5, 0.0), Budget(usd=10.0)), ((0.0, 85.0), Budget(gpu_s=100.0))],
)
async def test_a_budget_is_told_of_at_four_fifths_and_refuses_when_it_is_used_up(
    store: SqlStore, spent: tuple[float, float], budget: Budget
) -> None:
    assert await told(store, Budgets(person=budget)) == ()
    await spend(store, *spent)
    assert await told(store, Budgets(person=budget)) == (
        "You have used 85 % of this month's budget.",
    )
    assert await told(store, Budgets(person=budget), member="m2") == ()
    assert await told(store, Budgets(workspace=budget), member="m2") == (
        "Your team has used 85 % of this month's budget.",
    )
    await spend(store, *spent)
    with pytest.raises(Refused, match="You have used up this month's budget"):
        await told(store, Budgets(person=budget))
    with pytest.raises(Refused, match="Your team has used up"):
        await told(store, Budgets(workspace=budget), member="m2")
    async with store.workspace("w1", read_only=True) as unit:
        assert await Budgets(person=budget).check(unit, "m1", now=NOON + timedelta(days=40)) == ()


async def test_the_report_of_a_month_adds_everything_up(
    store: SqlStore, database: AsyncEngine
) -> None:
    await spend(store, 2.0, 30.0)
    await spend(store, 1.0, 10.0, member="m2")
    async with store.workspace("w2") as unit:
        other = a_job(request=a_request(workspace_id="w2"))
        await unit.jobs.add(other, event_key="e")
        ended = NOON + timedelta(seconds=20)
        await unit.jobs.save(replace(other, status=JobStatus.DONE, finished_at=ended))
    begins, ends = span(f"{NOON:%Y-%m}", now=NOON)
    found = await SqlReports(database).month(begins, ends)
    assert (found.jobs, found.people, found.cost_usd) == (3, 3, 3.0)
    assert found.outcomes == {"done": 1}
    assert found.seconds_p50 is not None
    assert UsageTotal(GPU, "qwen", "seconds", 40.0, 0.0) in found.totals
    assert [(use.workspace_id, use.jobs) for use in found.workspaces] == [("w1", 2), ("w2", 1)]
    assert "w1: 2 requests" in "\n".join(lines(found))
    empty = await SqlReports(database).month(*span("2001-02", now=NOON))
    assert (empty.jobs, empty.seconds_p95, empty.workspaces) == (0, None, [])
    assert "none ended" in lines(empty)[0]


def test_months_are_named_as_people_name_them() -> None:
    january = datetime(2026, 1, 15, tzinfo=UTC)
    assert span("last", now=january)[0] == datetime(2025, 12, 1, tzinfo=UTC)
    assert span("this", now=january) == (
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 2, 1, tzinfo=UTC),
    )
    assert span("2024-12", now=january)[1] == datetime(2025, 1, 1, tzinfo=UTC)
    for wrong in ("2026-13", "March", "0000-01", "26-01", ""):
        with pytest.raises(InvalidRequest, match="isn.t a month"):
            span(wrong, now=january)
