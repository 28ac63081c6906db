"""The wait of a new job is estimated from the queue before it and the recent pace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from bot.cards.builders import with_wait
from bot.cards.models import StatusCard
from domain.requests import JobStatus
from evaluation.peers.values import a_job
from jobs.common.outlook import Outlook


class Counts:
    """What the database would count."""

    def __init__(self, ahead: int, here: int, done: int, began_s: float) -> None:
        self.ahead, self.here, self.done, self.began_s = ahead, here, done, began_s
        self.asked = 0

    async def ahead_of(self, _workspace_id: str, _created_at: datetime) -> tuple[int, int]:
        return self.ahead, self.here

    async def done_since(self, _since: datetime) -> tuple[int, datetime | None]:
        self.asked += 1
        began = datetime.now(UTC) - timedelta(seconds=self.began_s)
        return self.done, began if self.done else None


@pytest.mark.parametrize(
    ("counts", "between_s", "wait_s"),
    [
        (Counts(0, 0, 0, 0), 1.2, 0.0),
        (Counts(400, 400, 0, 0), 0.0, None),
        (Counts(400, 400, 20, 10), 0.0, 200.0),
        (Counts(400, 400, 0, 0), 1.2, 480.0),
        (Counts(400, 8, 20, 10), 1.2, 200.0),
        (Counts(300, 0, 600, 3000), 1.2, 150.0),
    ],
)
async def test_the_slower_of_drawing_and_showing_is_reported(
    counts: Counts, between_s: float, wait_s: float | None
) -> None:
    outlook = Outlook(cast("Any", counts), clock=lambda: 1000.0)
    for _ in range(3):
        found = await outlook.wait_s(a_job(), between_s=between_s)
        assert found == (pytest.approx(wait_s, rel=0.05) if wait_s else wait_s)
    assert counts.asked <= 1, "the pace holds for a while"
    assert await outlook.wait_s(a_job(status=JobStatus.RENDERING)) == 0.0


def test_only_minutes_are_reported() -> None:
    card = StatusCard("j1", "A cat", JobStatus.QUEUED, "Waiting.", (), (), 9, can_cancel=True)
    assert with_wait(card, 119.0) is card
    assert with_wait(card, 480.0).text == "Waiting. This will take about 8 minutes."
