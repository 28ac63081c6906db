"""Workflows that the version before had begun fit today's workflows, wherever they were killed.

How they go on from there, and that their jobs end well, is in ``test_upgrade``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.upgrade.replays import Change, History, Replay, replay_all

WORKFLOWS = {
    "chats": {"research", "render", "deliver", "news", "recheck", "notice"},
    "models": {"research", "render", "deliver"},
}
"""The workflows of which an installation holds histories."""


def sample(history: History) -> list[int]:
    """Every third prefix, and the whole."""
    return [*range(0, len(history.steps), 3), len(history.steps)]


@pytest.mark.parametrize("archive", list(WORKFLOWS))
async def test_every_recorded_history_fits_wherever_it_was_killed(
    archive: str, url: str, tmp_path: Path
) -> None:
    replays = (
        await replay_all(archive, url, tmp_path / "old", prefixes=sample)
        if url
        else await replay_all(archive, url, tmp_path / "old")
    )
    assert {replay.history.workflow for replay in replays} == WORKFLOWS[archive]
    problems = [replay.problem for replay in replays if replay.problem]
    assert not problems, "\n".join(problems)


CHANGES: dict[str, tuple[Change, str]] = {
    "inserted": (lambda name: ("judge", name) if name == "moderate" else (name,), "moderate"),
    "removed": (lambda name: () if name == "moderate" else (name,), "moderate"),
    "renamed": (lambda name: ("draw-0",) if name == "render-0" else (name,), "render-0"),
}
"""Possible changes to the steps of a workflow without the guard, and the step of each."""


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", CHANGES)
async def test_a_change_of_steps_without_a_guard_is_noticed(
    kind: str, url: str, tmp_path: Path
) -> None:
    change, step = CHANGES[kind]

    def around(history: History) -> list[int]:
        """Just before the step, just after it, and the whole."""
        at = history.steps.index(step) if step in history.steps else -1
        return [at, at + 1, len(history.steps)] if at >= 0 else []

    replays = await replay_all("models", url, tmp_path / "old", prefixes=around, change=change)
    assert replays
    for replay in replays:
        assert bool(replay.problem) == (step in _kept(replay)), replay.problem


def _kept(replay: Replay) -> tuple[str, ...]:
    return replay.history.steps[: replay.kept]
