"""``limner run`` whose workflows are stopped at chosen steps, so that a kill finds them there.

``python -m tests.upgrade.product SET MARKS`` with the settings in the environment: SET names the
stops, and each stop that was reached is a line of the file MARKS. Otherwise it is the product.
"""

from __future__ import annotations

import asyncio
import platform
import re
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psycopg
from dbos import DBOS

import app.limits
import app.service
from app.settings import Settings, load_settings
from domain.errors import SurfaceUnavailable
from domain.tasks import Task
from jobs.engine.dispatch import TaskDispatcher
from jobs.illustration.delivery import DeliveryWorker
from jobs.services.jobs import JobService
from tests.upgrade import stops
from tests.upgrade.archive import HOST
from tests.upgrade.stops import NOBODY, Stop, numbered


class Stopping:
    """Stops runs: each person's at the step that is theirs."""

    def __init__(self, settings: Settings, every: tuple[Stop, ...], marks: Path) -> None:
        self._settings = settings
        self._stops = numbered(every)
        self._marks = marks
        self._numbers: dict[str, int] = {}

    def stop(self, step: str) -> Stop | None:
        """The stop at that step of the run that this is called in, if there is one."""
        workflow_id = DBOS.workflow_id
        if workflow_id is None:
            return None
        found = self._stops.get(self._number(workflow_id))
        mine = found is not None and (found.workflow, found.step) == (_workflow(workflow_id), step)
        return found if mine else None

    def mark(self) -> None:
        """Write down that a stop was reached."""
        with self._marks.open("a") as file:
            file.write(f"{self._number(str(DBOS.workflow_id))}\n")

    def is_out_of_reach(self, step: str) -> bool:
        """Whether the surface of this person's message is, so that it is tried again and again."""
        name, _, number = step.partition("-")
        found = self.stop(name)
        if found is None or found.phase != "waiting":
            return False
        if number == "1":
            self.mark()
        return True

    async def wait(self) -> None:
        """Go no further."""
        self.mark()
        await asyncio.Event().wait()

    def _number(self, workflow_id: str) -> int:
        if workflow_id not in self._numbers:
            owner = self._owner(workflow_id)
            self._numbers[workflow_id] = int(re.sub(r"\D", "", owner) or NOBODY)
        return self._numbers[workflow_id]

    def _owner(self, workflow_id: str) -> str:
        """The requester of the job, or the owner of the schedule, that a run is about."""
        kind, _, rest = workflow_id.partition(":")
        if kind == "notice":
            kind, _, rest = rest.partition(":")
        if kind == "story":
            story = rest.partition(":")[0]
            rest = self._one("SELECT schedule_id FROM stories WHERE id = ?", story)
            kind = "slot"
        if kind in ("schedule", "slot", "preview"):
            schedule = rest.partition(":")[0]
            return self._one("SELECT owner_id FROM schedules WHERE id = ?", schedule)
        return self._one("SELECT member_id FROM jobs WHERE id = ?", kind)

    def _one(self, query: str, value: str) -> str:
        url = self._settings.database
        if url.startswith("sqlite"):
            connection: Any = sqlite3.connect(url.partition("///")[2])
        else:
            connection = psycopg.connect(url)
            query = query.replace("?", "%s")
        try:
            row = connection.execute(query, (value,)).fetchone()
        finally:
            connection.close()
        return str(row[0]) if row else ""


async def _out_of_reach() -> None:
    raise SurfaceUnavailable("somewhere", "it does not answer")


def _workflow(workflow_id: str) -> str:
    """The name of a run's workflow, by its id."""
    if workflow_id.startswith(("schedule:", "notice:")):
        return {"schedule": "news", "notice": "notice"}[workflow_id.partition(":")[0]]
    return "recheck" if workflow_id.startswith("story:") else workflow_id.rpartition(":")[2]


def install(stopping: Stopping) -> None:
    """Have every step of every workflow look whether it is to stop."""
    run_step: Any = DBOS.run_step_async
    enqueue = TaskDispatcher.enqueue
    found_or_sent: Any = DeliveryWorker._found_or_sent  # pyright: ignore[reportPrivateUsage]
    submit = JobService.submit

    async def stopping_step(options: Any, work: Callable[[], Awaitable[Any]]) -> Any:
        found = stopping.stop(options["name"])
        if found is not None and found.phase == "before":
            await stopping.wait()

        async def and_wait() -> Any:
            await work()
            await stopping.wait()

        if found is not None and found.phase == "after":
            return await run_step(options, and_wait)
        if stopping.is_out_of_reach(options["name"]):
            return await run_step(options, _out_of_reach)
        return await run_step(options, work)

    async def stopping_enqueue(self: TaskDispatcher, task: Task) -> None:
        if stopping.stop(f"enqueue {task.queue.partition('-')[0]}") is not None:
            await stopping.wait()
        await enqueue(self, task)

    async def stopping_send(self: DeliveryWorker, *parts: Any) -> Any:
        receipt = await found_or_sent(self, *parts)
        found = stopping.stop("send-0")
        if found is not None and found.phase == "sent":
            await stopping.wait()
        return receipt

    async def stopping_submit(self: JobService, request: Any, **named: Any) -> Any:
        if request.origin.member_id.endswith("SLOW"):  # its command is acknowledged, and no more
            await asyncio.Event().wait()
        return await submit(self, request, **named)

    DBOS.run_step_async = stopping_step  # type: ignore[method-assign, assignment]
    DeliveryWorker._found_or_sent = stopping_send  # type: ignore[method-assign, assignment]
    TaskDispatcher.enqueue = stopping_enqueue  # type: ignore[method-assign]
    JobService.submit = stopping_submit  # type: ignore[method-assign]


def main(name: str, marks: str) -> None:
    """Run until killed."""
    platform.node = lambda: HOST
    settings = load_settings()
    every: tuple[Stop, ...] = getattr(stops, name)
    stopping = Stopping(settings, every, Path(marks))
    install(stopping)
    app.limits.SIDE_CONCURRENCY = 200  # stopped tasks keep their places
    asyncio.run(app.service.run(settings))


if __name__ == "__main__":
    main(*sys.argv[1:])
