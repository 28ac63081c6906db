"""An hour of mixed load leaves a process as large as it was, and no job is lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evaluation.soak import soak

MINUTES = float(os.environ.get("SOAK_MINUTES", "60"))


@pytest.mark.soak
@pytest.mark.timeout(MINUTES * 60 + 600)
async def test_nothing_grows_under_mixed_load(tmp_path: Path) -> None:
    soaked = await soak(tmp_path, seconds=MINUTES * 60)
    assert soaked.lost == 0, soaked.statuses
    assert not soaked.growing
