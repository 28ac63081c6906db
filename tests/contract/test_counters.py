"""Calls of a day are counted across connections, on both databases."""

from __future__ import annotations

import asyncio

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.counters import SqlCallMeter
from storage.rows import CallCountRow


async def test_each_call_is_counted_once_however_many_come_together(database: AsyncEngine) -> None:
    meter, other = SqlCallMeter(database), SqlCallMeter(database)
    counted = await asyncio.gather(*(m.count("serper") for m in (meter, other) * 5))
    assert sorted(counted) == list(range(1, 11))
    assert await meter.count("brave") == 1


async def test_counts_of_earlier_days_are_forgotten_and_those_of_today_are_not(
    database: AsyncEngine,
) -> None:
    meter = SqlCallMeter(database)
    async with database.begin() as connection:
        old = {"day": "2020-01-01", "name": "brave", "calls": 3}
        await connection.execute(insert(CallCountRow).values(**old))
    await meter.count("brave")
    assert await meter.sweep() == 1
    assert await meter.count("brave") == 2
