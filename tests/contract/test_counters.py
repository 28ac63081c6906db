"""Calls of a day are counted across connections, on both databases."""

from __future__ import annotations

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from storage.counters import SqlCallMeter


async def test_each_call_is_counted_once_however_many_come_together(database: AsyncEngine) -> None:
    meter, other = SqlCallMeter(database), SqlCallMeter(database)
    counted = await asyncio.gather(*(m.count("serper") for m in (meter, other) * 5))
    assert sorted(counted) == list(range(1, 11))
    assert await meter.count("brave") == 1
