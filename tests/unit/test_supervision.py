"""Parts that break are started again, and report to the health check; nothing else is affected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from app.supervision import Supervisor
from domain.errors import InvalidSettings, SurfaceUnavailable


class Clock:
    """A clock that advances during sleep."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


async def until(holds: Callable[[], bool]) -> None:
    """Let the other tasks run until something holds."""
    for _ in range(10_000):
        if holds():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


async def test_a_part_that_breaks_is_started_again_with_growing_pauses() -> None:
    clock, ran = Clock(), 0
    supervisor = Supervisor(sleep=clock.sleep, clock=clock)
    told: list[str] = []

    async def part() -> None:
        nonlocal ran
        ran += 1
        told.extend(supervisor.troubles.values())
        match ran:
            case 1:
                raise KeyError("a bug of a library")
            case 2:
                raise SurfaceUnavailable("Slack", "it is silent")
            case 3:
                return
            case 4:
                raise InvalidSettings("The token is wrong.")
            case _:
                await asyncio.Event().wait()

    task = asyncio.create_task(supervisor.keep_running("slack", part))
    await until(lambda: ran == 5)
    assert told == [
        "slack failed; see the log.",
        "Slack didn't answer: it is silent.",
        "slack stopped unexpectedly.",
        "The token is wrong.",
    ]
    pauses = [pause for pause in clock.slept if pause != 1.0]
    assert pauses == [2.0, 5.0, 10.0]
    await until(lambda: not supervisor.troubles)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_part_that_ran_for_long_is_started_again_at_once() -> None:
    clock, ran = Clock(), 0
    supervisor = Supervisor(sleep=clock.sleep, clock=clock)

    async def part() -> None:
        nonlocal ran
        ran += 1
        clock.now += 500
        if ran == 4:
            await asyncio.Event().wait()
        raise OSError("gone")

    task = asyncio.create_task(supervisor.keep_running("discord", part))
    await until(lambda: ran == 4)
    assert set(clock.slept) == {1.0}
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_wrong_settings_of_a_part_that_never_worked_end_the_process() -> None:
    async def part() -> None:
        raise InvalidSettings("The token is wrong.")

    with pytest.raises(InvalidSettings, match="The token is wrong"):
        await Supervisor().keep_running("slack", part, worked_before=lambda: False)
