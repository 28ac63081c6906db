"""Hostile pages, feeds, headers, pictures and answers cost a source and never a job; a thousand of
them are in the soak."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.requests import JobStatus
from tests.hostile_run import give_to_the_product


@pytest.mark.timeout(600)
async def test_forty_hostile_inputs_stop_no_job(tmp_path: Path) -> None:
    views, _stalls = await give_to_the_product(40, tmp_path, at_once=8)
    assert [view.job.status for view in views] == [JobStatus.DONE] * len(views)
