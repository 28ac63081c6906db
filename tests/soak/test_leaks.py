"""A thousand cancelled uses leave nothing behind."""

from __future__ import annotations

import time

import pytest

from agent.sandbox.pool import WorkerPool
from tests.leaks import cancel_uses_at_random
from tests.processes import children

pytestmark = pytest.mark.soak


async def test_a_thousand_uses_that_are_cancelled_leave_nothing() -> None:
    pool = WorkerPool(size=2)
    await cancel_uses_at_random(pool, times=1_000, seed=time.time_ns())
    await pool.aclose()
    assert children() == []
