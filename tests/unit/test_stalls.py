"""The stall meter sees what keeps the event loop, and only that."""

from __future__ import annotations

import asyncio
import time

from tests.stalls import measured_stalls


async def test_work_on_the_loop_is_a_stall_and_its_stack_names_it() -> None:
    async with measured_stalls() as meter:
        await asyncio.sleep(0.02)
        end = time.thread_time() + 0.2
        while time.thread_time() < end:
            pass
        await asyncio.sleep(0.02)
    assert meter.longest_busy_s > 0.15
    assert "test_work_on_the_loop" in meter.report(over_s=0.15)


async def test_waiting_is_no_stall() -> None:
    async with measured_stalls() as meter:
        await asyncio.sleep(0.2)
    assert meter.longest_busy_s < 0.15
