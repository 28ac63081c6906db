"""Slots: so many work at once, and who waits for something else holds none."""

from __future__ import annotations

import asyncio
import random

import pytest

from bot.messages.slots import Slots, waiting


async def test_so_many_work_at_once() -> None:
    slots, working, most = Slots(3), 0, 0

    async def work() -> None:
        nonlocal working, most
        async with slots.one("w1"):
            working += 1
            most = max(most, working)
            await asyncio.sleep(0.001)
            working -= 1

    await asyncio.gather(*(work() for _ in range(20)))
    assert most == 3


async def test_who_waits_holds_up_nobody() -> None:
    slots, go, done = Slots(1), asyncio.Event(), list[str]()

    async def waits() -> None:
        async with slots.one("w1"):
            async with waiting():
                await go.wait()
            done.append("waited")

    async def works() -> None:
        async with slots.one("w1"):
            done.append("worked")
            go.set()
            await asyncio.sleep(0.01)
            done.append("ended")

    async with asyncio.timeout(60):
        await asyncio.gather(waits(), works())
    assert done == ["worked", "ended", "waited"]


async def test_a_burst_in_one_workspace_holds_up_no_other() -> None:
    slots, done = Slots(2), list[str]()

    async def work(workspace_id: str) -> None:
        async with slots.one(workspace_id):
            await asyncio.sleep(0.001)
            done.append(workspace_id)

    many = [asyncio.create_task(work("w1")) for _ in range(100)]
    await asyncio.sleep(0)
    few = [asyncio.create_task(work(name)) for name in ("w2", "w3")]
    await asyncio.gather(*many, *few)
    assert len(done) == 102
    assert {"w2", "w3"} <= set(done[:8])


async def test_an_error_while_waiting_leaves_the_slot_to_others() -> None:
    slots = Slots(1)
    with pytest.raises(RuntimeError):
        async with slots.one("w1"), waiting():
            raise RuntimeError
    async with asyncio.timeout(60), slots.one("w1"), waiting():
        pass
    async with waiting():  # without any slot
        pass


async def test_no_slot_is_lost_or_made_whatever_is_cancelled() -> None:
    slots, chance, working, most = Slots(4), random.Random(5), 0, 0  # noqa: S311

    async def part() -> None:
        async with waiting():
            await asyncio.sleep(chance.random() * 0.003)

    async def work() -> None:
        nonlocal working, most
        async with slots.one("w1"):
            working += 1
            most = max(most, working)
            try:
                await asyncio.sleep(chance.random() * 0.001)
            finally:
                working -= 1
            await asyncio.gather(part(), part())

    for _ in range(20):
        tasks = [asyncio.create_task(work()) for _ in range(50)]
        await asyncio.sleep(chance.random() * 0.005)
        for task in chance.sample(tasks, 30):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0.02)
    most = 0
    async with asyncio.timeout(60):
        await asyncio.gather(*(work() for _ in range(50)))
    assert most == 4
