"""Upgrades that take long: every kill on Postgres, changes that lack a guard, and the recorder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from domain.errors import UNEXPECTED
from jobs.engine.steps import DurableSteps
from tests.upgrade.installation import opened
from tests.upgrade.record import SETS, record
from tests.upgrade.replays import replay_all
from tests.upgrade.test_replays import CHANGES

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]


@pytest.mark.parametrize("archive", list(SETS))
async def test_every_recorded_history_fits_wherever_it_was_killed(
    archive: str, url: str, tmp_path: Path
) -> None:
    replays = await replay_all(archive, url, tmp_path / "old")
    problems = [replay.problem for replay in replays if replay.problem]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("kind", CHANGES)
async def test_a_change_of_steps_without_a_guard_loses_no_job(
    kind: str, url: str, tmp_path: Path
) -> None:
    change, _step = CHANGES[kind]
    with patch.object(DurableSteps, "run", _changed(change)):
        async with opened("models", url, tmp_path / "old") as installation:
            await installation.until(installation.unfinished)
            views = await installation.jobs()
            assert [view.job.error for view in views if view.job.error == UNEXPECTED] == []
            with pytest.raises(AssertionError, match="history_mismatch"):
                installation.check(views)


def _changed(change: Any) -> Any:
    run: Any = DurableSteps.run

    async def changed(self: DurableSteps, name: str, work: Any, shape: Any) -> Any:
        names: Sequence[str] = change(name)
        if not names:
            return await work()
        for extra in names[:-1]:
            await run(self, extra, _nothing, type(None))
        return await run(self, names[-1], work, shape)

    return changed


async def _nothing() -> None:
    """A step without work."""


@pytest.mark.parametrize("archive", list(SETS))
async def test_what_the_recorder_makes_can_be_opened(
    archive: str, url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The next version is tested with what this one records."""
    empty = request.getfixturevalue("postgres").new_database() if url else ""
    await record(archive, url, tmp_path)
    async with opened(archive, empty, tmp_path / "old", recorded=tmp_path) as installation:
        await installation.until(installation.unfinished)
        installation.check(await installation.jobs())
