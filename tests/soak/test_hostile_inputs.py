"""A thousand hostile inputs, one for each kind and size, given to the whole product."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.fakes.hostile_inputs import hostile_inputs
from tests.hostile_run import give_to_the_product

pytestmark = pytest.mark.soak

LONGEST_STALL_S = 0.25


async def test_a_thousand_hostile_inputs_stop_no_job(tmp_path: Path) -> None:
    count = len(hostile_inputs(10_000))
    assert count >= 1_000
    views, meter = await give_to_the_product(count, tmp_path, at_once=8)
    print(Counter(view.job.status.value for view in views))  # noqa: T201 - the soak's report
    assert meter.longest_busy_s <= LONGEST_STALL_S, meter.report(over_s=LONGEST_STALL_S)
