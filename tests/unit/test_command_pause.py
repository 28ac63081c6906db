"""A command that waits for its job waits through trouble with the storage, and says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.cli import make
from app.cli.make import PATIENCE_S, followed
from app.wiring import Application
from domain.errors import LimnerError, StorageUnavailable
from domain.health import StorageHealth
from domain.illustrations import JobEvent
from domain.requests import Job

AWAY = StorageUnavailable("The database cannot be used (it is away).", retryable=True)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
JOB = cast("Job", SimpleNamespace(id="01JOB"))


@dataclass
class Desk:
    """Events that a test puts there; an error among them is raised."""

    coming: asyncio.Queue[JobEvent | LimnerError] = field(
        default_factory=asyncio.Queue["JobEvent | LimnerError"]
    )
    asked_after: list[int] = field(default_factory=list[int])

    async def follow(self, _workspace: str, _job: str, *, after: int = 0) -> AsyncIterator[Any]:
        self.asked_after.append(after)
        while True:
            event = await self.coming.get()
            if isinstance(event, LimnerError):
                raise event
            yield event
            if event.kind == "done":
                return

    async def view(self, _workspace: str, job_id: str) -> str:
        return f"view of {job_id}"


@dataclass
class Stage:
    """What the command works with."""

    job_service: Desk = field(default_factory=Desk)
    health: StorageHealth = field(default_factory=StorageHealth)

    @property
    def trouble(self) -> LimnerError | None:
        return self.health.trouble

    def happens(self, seq: int, kind: str) -> None:
        self.job_service.coming.put_nowait(
            JobEvent(seq=seq, job_id=JOB.id, kind=kind, at=NOW, data={})
        )


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(make, "LOOK_S", 0.01)
    return Stage()


async def test_a_pause_is_said_and_waited_out(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.health.report_failure("somebody", AWAY)
    waiting = asyncio.create_task(followed(cast("Application", stage), JOB, quiet=False))
    said = ""
    while "Paused: The database cannot be used (it is away)." not in said:
        await asyncio.sleep(0.01)
        said += capsys.readouterr().err
    stage.health.report_success("somebody")
    while "Resumed" not in said:
        await asyncio.sleep(0.01)
        said += capsys.readouterr().err
    assert not waiting.done()
    stage.happens(1, "done")
    assert str(await waiting) == "view of 01JOB"


async def test_events_that_cannot_be_read_for_a_while_are_read_from_where_it_was(
    stage: Stage,
) -> None:
    stage.happens(7, "research_started")
    stage.job_service.coming.put_nowait(AWAY)
    stage.job_service.coming.put_nowait(AWAY)
    stage.happens(8, "done")
    assert str(await followed(cast("Application", stage), JOB, quiet=True)) == "view of 01JOB"
    assert stage.job_service.asked_after == [0, 7, 7]


async def test_after_five_minutes_the_job_is_left_for_later(stage: Stage) -> None:
    stage.health.report_failure("somebody", AWAY)
    times = iter([0.0, PATIENCE_S - 1, PATIENCE_S])
    with pytest.raises(
        StorageUnavailable, match="01JOB is saved.* `limner jobs 01JOB` shows its status"
    ):
        await followed(cast("Application", stage), JOB, quiet=True, clock=times.__next__)


async def test_what_waiting_cannot_mend_ends_the_wait(stage: Stage) -> None:
    stage.job_service.coming.put_nowait(StorageUnavailable("Bytes were changed.", permanent=True))
    with pytest.raises(StorageUnavailable, match="were changed"):
        await followed(cast("Application", stage), JOB, quiet=True)
