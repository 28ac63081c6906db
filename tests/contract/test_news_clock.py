"""The news desk's clock over months: each due time is accounted for once, even when processes
die."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from evaluation.peers.news_year import Year
from storage.newsroom import SqlNewsOperations
from storage.unit_of_work import SqlStore


async def test_every_due_time_has_one_slot_although_processes_die(
    database: AsyncEngine,
) -> None:
    year = Year(SqlStore(database), SqlNewsOperations(database), deaths=0.1)
    schedules = year.schedules(5)
    away = year.start + timedelta(days=6, hours=5)
    await year.run(schedules, days=8, outage=(away, away + timedelta(hours=3)))
    assert await year.faults(schedules, days=8) == []
    assert year.died > 5
    assert year.worked_on().keys() == {schedule.id for schedule in schedules}
