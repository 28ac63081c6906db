"""The pace of calls: bursts, then one by one, by lane; what is given up costs no turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.messages.lanes import Lane
from bot.slack.client.rate_limit import Pace, Rate

KEY, RATE = ("t", "m"), Rate(2.0, 3)


class Timer:
    def __init__(self, at: float, work: Callable[[], None]) -> None:
        self.at, self.work, self.cancelled = at, work, False

    def cancel(self) -> None:
        self.cancelled = True


class Time:
    """A clock whose hands tests move."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Timer] = []

    def later(self, seconds: float, work: Callable[[], None]) -> Timer:
        self.timers.append(Timer(self.now + seconds, work))
        return self.timers[-1]

    async def passes(self, seconds: float) -> None:
        until = self.now + seconds
        while due := [t for t in self.timers if t.at <= until and not t.cancelled]:
            first = min(due, key=lambda timer: timer.at)
            self.timers.remove(first)
            self.now = max(self.now, first.at)
            first.work()
            await settled()
        self.now = until


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class Scene:
    def __init__(self) -> None:
        self.time = Time()
        self.pace = Pace(clock=lambda: self.time.now, later=self.time.later)
        self.went: list[tuple[str, float]] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def ask(self, name: str, lane: Lane = Lane.RESULT) -> asyncio.Task[None]:
        async def go() -> None:
            await self.pace.turn(KEY, RATE, lane)
            self.went.append((name, self.time.now))

        task = asyncio.create_task(go())
        self.tasks.append(task)
        await settled()
        return task


async def test_turns_come_in_bursts_and_then_one_by_one() -> None:
    scene = Scene()
    for number in range(6):
        await scene.ask(str(number))
    assert [at for _, at in scene.went] == [0.0, 0.0, 0.0]
    await scene.time.passes(10)
    assert [at for _, at in scene.went[3:]] == [2.0, 4.0, 6.0]
    await scene.pace.turn(("other", "m"), RATE)


async def test_what_is_urgent_goes_before_what_waits_longer() -> None:
    scene = Scene()
    for number in range(3):
        await scene.ask(f"burst {number}")
    await scene.ask("error", Lane.ERROR)
    await scene.ask("result 1")
    await scene.ask("result 2")
    await scene.ask("answer", Lane.ANSWER)
    await scene.time.passes(10)
    assert [name for name, _ in scene.went[3:]] == ["answer", "result 1", "result 2", "error"]


async def test_progress_takes_only_what_is_spare() -> None:
    scene = Scene()
    assert scene.pace.has_room(KEY, RATE)
    assert scene.pace.try_turn(KEY, RATE)
    assert scene.pace.try_turn(KEY, RATE)
    assert not scene.pace.try_turn(KEY, RATE), "half of the burst stays for what is urgent"
    await scene.time.passes(60)
    for number in range(4):
        await scene.ask(str(number))
    assert not scene.pace.has_room(KEY, RATE)
    await scene.time.passes(60)
    assert scene.pace.has_room(KEY, RATE)


async def test_who_gives_up_gives_the_turn_back() -> None:
    scene = Scene()
    for number in range(3):
        await scene.ask(f"burst {number}")
    first, _second = await scene.ask("first"), await scene.ask("second")
    first.cancel()
    await scene.time.passes(2.0)
    assert [name for name, _ in scene.went[3:]] == ["second"]
    third = await scene.ask("third")
    timer = next(timer for timer in scene.time.timers if not timer.cancelled)
    scene.time.now = timer.at
    scene.time.timers.remove(timer)
    timer.work()
    third.cancel()  # it was granted just now and has not resumed yet
    await settled()
    await scene.ask("fourth")
    await scene.time.passes(0.0)
    assert scene.went[-1] == ("fourth", timer.at)


async def test_nobody_goes_while_slack_asks_to_wait() -> None:
    scene = Scene()
    scene.pace.hold(KEY, RATE, seconds=30)
    await scene.ask("result")
    await scene.time.passes(29.9)
    assert scene.went == []
    await scene.time.passes(0.2)
    assert scene.went == [("result", 30.0)]
