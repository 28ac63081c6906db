"""Slack: the step of the Workflow Builder that begins a picture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.slack_stage import Stage, a_stage, until


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as opened:
        yield opened


def step(execution: str, *, callback_id: str = "illustrate_this", **inputs: Any) -> dict[str, Any]:
    """The event by which Slack has a step of a workflow done."""
    return {
        "type": "function_executed",
        "function": {"id": "Fn1", "callback_id": callback_id, "type": "app", "app_id": "A0001"},
        "inputs": {"prompt": "a cat", "channel": "C0001", "user": "U0ANN", **inputs},
        "function_execution_id": execution,
        "workflow_execution_id": "Wx1",
        "event_ts": "1700000000.000100",
        "bot_access_token": "xwfp-secret",
    }


async def ended(stage: Stage, execution: str) -> Any:
    await until(lambda: execution in stage.fake.team.steps)
    return stage.fake.team.steps[execution]


async def test_a_step_begins_a_picture_for_the_person_it_names(stage: Stage) -> None:
    await stage.fake.event(step("Fx1", prompt="a cat aspect:16:9"))
    outputs = await ended(stage, "Fx1")
    [job] = await stage.jobs()
    assert outputs == {"job_id": job.id}
    assert (job.request.prompt, job.request.origin.member_id) == ("a cat", "U0ANN")
    assert (await stage.message()).job_id == job.id


async def test_a_step_that_comes_twice_is_done_once(stage: Stage) -> None:
    await stage.fake.event(step("Fx1"))
    await ended(stage, "Fx1")
    await stage.fake.event(step("Fx1"))
    await stage.fake.event(step("Fx2"))
    await ended(stage, "Fx2")
    assert len(await stage.jobs()) == 2


async def test_a_step_that_is_refused_fails_with_the_reason(stage: Stage) -> None:
    await stage.fake.event(step("Fx1", prompt=" "))
    assert "what to draw" in await ended(stage, "Fx1")
    secret = stage.fake.team.channel("C0SECRET")
    secret.private = True
    await stage.fake.event(step("Fx2", channel="C0SECRET"))
    assert "You aren't in that channel" in await ended(stage, "Fx2")
    stage.fake.team.users["U0EVE"] = {"team_id": "T0OTHER", "is_stranger": True}
    await stage.fake.event(step("Fx3", user="U0EVE"))
    assert "Only members of the workspace" in await ended(stage, "Fx3")
    assert not await stage.jobs(0)


async def test_steps_of_other_names_are_left_alone(stage: Stage) -> None:
    await stage.fake.event(step("Fx1", callback_id="something_else"))
    await stage.fake.event(step("Fx2"))
    await ended(stage, "Fx2")
    assert "Fx1" not in stage.fake.team.steps


async def test_the_token_of_a_step_is_kept_nowhere(stage: Stage, tmp_path: Path) -> None:
    stage.fake.slow["conversations.info"] = 0.5
    await stage.fake.event(step("Fx1"))
    kept = [path.read_text() for path in (tmp_path / "slack").rglob("*.json")]
    assert kept
    assert "xwfp-secret" not in "".join(kept)
    await ended(stage, "Fx1")
