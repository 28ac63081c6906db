"""The message of a job: one writer at a time, and none after the result."""

from __future__ import annotations

import asyncio

import pytest

from bot.messages.throttle import LiveMessages


async def test_nothing_is_shown_after_the_result() -> None:
    live = LiveMessages()
    async with live.showing("j1") as may:
        assert may
    async with live.finishing("j1"):
        pass
    async with live.showing("j1") as may:
        assert not may
    async with live.showing("j2") as may:
        assert may


async def test_a_result_that_could_not_be_written_leaves_the_message_open() -> None:
    live = LiveMessages()
    with pytest.raises(OSError, match="gone"):
        async with live.finishing("j1"):
            raise OSError("gone")
    async with live.showing("j1") as may:
        assert may


async def test_writers_of_one_message_take_turns() -> None:
    live = LiveMessages()
    order: list[str] = []

    async def show(name: str) -> None:
        async with live.showing("j1"):
            order.append(f"{name} begins")
            await asyncio.sleep(0)
            order.append(f"{name} ends")

    await asyncio.gather(show("a"), show("b"))
    assert order == ["a begins", "a ends", "b begins", "b ends"]


async def test_one_message_is_written_at_most_once_in_a_while() -> None:
    now = 100.0
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    live = LiveMessages(pause_s=1.0, clock=lambda: now, sleep=sleep)
    async with live.showing("j1") as may:
        assert may
    now += 0.25
    async with live.finishing("j1"):
        pass
    async with live.showing("j2"), live.showing("j3"):
        pass
    now += 0.25
    async with live.showing("j1") as may:
        assert not may
    assert slept == [0.75]
