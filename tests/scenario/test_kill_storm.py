"""Kill -9 at random while two processes work through a few jobs; `make soak` has the long form."""

from __future__ import annotations

import time

import pytest

from tests.scenario.conftest import Place
from tests.storm import Storm


@pytest.mark.timeout(600)
async def test_jobs_come_to_their_end_through_a_kill_storm(ready: Place) -> None:
    seed = time.time_ns()
    storm = Storm(
        environment=ready.environment,
        environments=({}, {}),
        out=ready.out.parent / "pictures",
        jobs=10,
        kills=6,
        seed=seed,
    )
    assert await storm.run(end_within_s=300) == [], f"seed {seed}"
