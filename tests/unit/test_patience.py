"""Waiting for storage: without end, with growing pauses, said in the process's health."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from domain.errors import StorageUnavailable
from domain.health import StorageHealth
from domain.patience import LONGEST_PAUSE_S, when_storage_works

AWAY = StorageUnavailable("The database cannot be used (it is away).", retryable=True)


async def test_work_is_repeated_until_storage_works_with_growing_pauses() -> None:
    slept: list[float] = []
    told: list[str] = []
    health = StorageHealth(changed=lambda error, _seconds: told.append(str(error)))
    left = [AWAY] * 30

    async def work() -> str:
        if left:
            raise left.pop()
        assert health.trouble is AWAY
        return "done"

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    assert await when_storage_works(work, health=health, sleep=sleep) == "done"
    assert len(slept) == 30
    assert max(slept[:2]) < min(slept[8:])
    assert max(slept) <= LONGEST_PAUSE_S
    assert health.trouble is None
    assert told == [str(AWAY), "None"], "the beginning and the end, each once"


async def test_waiting_that_is_cancelled_leaves_no_trouble_behind() -> None:
    health = StorageHealth()

    async def work() -> None:
        raise AWAY

    waiting = asyncio.create_task(when_storage_works(work, health=health))
    await asyncio.sleep(0.01)
    assert health.trouble is AWAY
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting
    assert health.trouble is None


async def test_what_waiting_cannot_mend_is_raised_at_once() -> None:
    async def work() -> None:
        raise StorageUnavailable("The stored picture was modified on disk.", permanent=True)

    with pytest.raises(StorageUnavailable, match="modified on disk"):
        await when_storage_works(work, health=StorageHealth())


def test_trouble_lasts_until_everybody_is_well_again() -> None:
    seconds = [0.0]
    told: list[tuple[bool, float]] = []
    health = StorageHealth(
        changed=lambda error, lasted: told.append((error is None, lasted)),
        clock=lambda: seconds[0],
    )
    health.report_success("nobody had trouble")
    health.report_failure("a", AWAY)
    seconds[0] = 5.0
    health.report_failure("b", AWAY)
    health.report_success("a")
    assert health.trouble is AWAY
    assert health.trouble_s == 5.0
    health.report_success("b")
    assert health.trouble is None
    assert health.trouble_s == 0.0
    assert told == [(False, 0.0), (True, 5.0)]
