"""A try that hangs gets company, and the quicker one counts."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from agent.fetching.hedge import Hedge


class Work:
    """Hangs on the tries that are named, and fails on others."""

    def __init__(self, *, hangs: Collection[int] = (), fails: Collection[int] = ()) -> None:
        self.hangs, self.fails = hangs, fails
        self.tries = 0
        self.stopped = 0

    async def __call__(self) -> int:
        self.tries += 1
        number = self.tries
        try:
            await asyncio.sleep(30 if number in self.hangs else 0)
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        if number in self.fails:
            raise ValueError(number)
        return number


async def test_a_quick_try_stays_alone() -> None:
    work = Work()
    assert await Hedge().run(work) == 1
    assert work.tries == 1


async def test_a_try_that_hangs_gets_a_second_beside_it() -> None:
    hedge = Hedge()
    for _ in range(3):
        await hedge.run(Work())
    assert hedge.patience_s == pytest.approx(0.3)
    work = Work(hangs={1})
    assert await hedge.run(work) == 2
    assert work.stopped == 1


async def test_a_try_that_fails_quickly_is_reported_at_once() -> None:
    work = Work(fails={1})
    with pytest.raises(ValueError, match="1"):
        await Hedge().run(work)
    assert work.tries == 1


async def test_a_second_try_that_fails_leaves_the_first_its_time() -> None:
    hedge = Hedge()
    for _ in range(3):
        await hedge.run(Work())

    async def first_is_slow() -> int:
        work.tries += 1
        if work.tries == 1:
            await asyncio.sleep(0.5)
            return 1
        raise ValueError

    work = Work()
    assert await hedge.run(first_is_slow) == 1


async def test_cancelling_stops_every_try() -> None:
    hedge = Hedge()
    for _ in range(3):
        await hedge.run(Work())
    work = Work(hangs={1, 2})
    task = asyncio.create_task(hedge.run(work))
    await asyncio.sleep(0.4)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.stopped == 2
