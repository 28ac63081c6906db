"""Resumes workflows whose kept steps were recorded, as far as those steps go.

Of a recorded history any prefix can be loaded, which is what a kill after that step leaves, and
resumed by the product as ``app/wiring`` wires it. The first step that has nothing kept is not
run: whether the kept ones fit is known by then.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from json import loads
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import (
    ColumnClause,
    Connection,
    TableClause,
    column,
    insert,
    inspect,
    literal,
    null,
    select,
    table,
)

from app import database
from app.executor import claimed_executor
from app.foundation import Process
from app.private_files import private_files
from app.wiring import Wired, wire
from domain.claims import Claim
from domain.health import StorageHealth
from domain.tasks import ClaimedTask, Task
from jobs.engine.steps import DurableSteps
from storage.engine_database import EngineDatabase
from tests.upgrade.installation import restore
from tests.upgrade.outside import outside

QUEUE = "replays"
WITHOUT_NAME = ("render", "deliver", "DBOS.sleep")
"""Kept where the version before started the next workflow, and where a workflow paused."""
Change = Callable[[str], Sequence[str]]
"""The steps that stand where a workflow has the named one."""


@dataclass(frozen=True)
class History:
    """The steps that were kept of a recorded run, by their names."""

    id: str
    workflow: str
    workspace_id: str
    subject_id: str
    steps: tuple[str, ...]


@dataclass
class Replay:
    """A history of which the first steps are kept, and what today's workflow does with it."""

    history: History
    kept: int
    asked: list[str] = field(default_factory=list[str])
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the workflow comes to a step that was not kept."""
    ended: bool = False

    @property
    def id(self) -> str:
        """Of its run."""
        return f"{self.history.id}~{self.kept}"

    @property
    def problem(self) -> str:
        """Why today's workflow does not fit; empty when it does."""
        steps = self.history.steps
        kept = [step for step in steps[: self.kept] if step not in WITHOUT_NAME]
        where = f"{self.history.workflow} killed after {list(steps[: self.kept])}"
        if not self.stopped.is_set() and not self.ended:
            return f"{where} does not fit: asked for {self.asked}"
        asked = self.asked[:-1] if self.stopped.is_set() else self.asked
        if asked != kept:
            return f"{where} asked for {asked}"
        if self.ended and any(step not in WITHOUT_NAME for step in steps[self.kept :]):
            return f"{where} ended"
        return ""


async def replay_all(
    archive: str,
    url: str,
    folder: Path,
    *,
    prefixes: Callable[[History], Iterable[int]] = lambda history: range(len(history.steps) + 1),
    change: Change = lambda name: (name,),
) -> list[Replay]:
    """Replay these prefixes, given by their lengths, of every history of an installation.

    ``change`` is made to today's workflows; a step that is removed by it gives nothing.
    """
    async with _opened(archive, url, folder) as (wired, executor_id, rows):
        every = [
            [Replay(history, kept) for kept in prefixes(history)] for history in rows.histories()
        ]
        replays = {replay.id: replay for of_one in every for replay in of_one}
        rows.add(list(replays.values()))
        for replay in replays.values():
            await wired.board.add(_task(replay), attempts=1)
        claimed = {
            claim.task.id: claim
            for claim in await wired.board.take(executor_id, {QUEUE: len(replays)})
        }

        async def one_after_another(of_one: Sequence[Replay]) -> None:
            for replay in of_one:  # they write into the same rows
                await _run(wired, claimed[replay.id], Claim(replay.id, executor_id), replay)

        with patch.object(DurableSteps, "run", _stopping(replays, change)):
            async with asyncio.TaskGroup() as group:
                for of_one in every:
                    group.create_task(one_after_another(of_one))
    return list(replays.values())


async def _run(
    wired: Wired,
    claimed: ClaimedTask,
    claim: Claim,
    replay: Replay,
) -> None:
    """Resume a run until it ends, does not fit, or comes to a step that was not kept."""
    running = asyncio.create_task(
        wired.engine.run(claimed, claim, progressed=lambda: None), name=replay.id
    )
    stopped = asyncio.create_task(replay.stopped.wait())
    try:
        await asyncio.wait({running, stopped}, timeout=30, return_when=asyncio.FIRST_COMPLETED)
        replay.ended = running.done() and running.result()
    finally:
        running.cancel()
        stopped.cancel()
        await asyncio.gather(running, stopped, return_exceptions=True)


def _stopping(replays: dict[str, Replay], change: Change) -> Callable[..., Any]:
    """``DurableSteps.run`` that takes note of what is asked for, and runs nothing."""
    run: Any = DurableSteps.run

    async def stopping(self: DurableSteps, name: str, _work: Any, shape: Any) -> Any:
        replay = replays[self._workflow_id]  # pyright: ignore[reportPrivateUsage]

        async def stop() -> None:
            replay.stopped.set()
            await asyncio.Event().wait()

        given: Any = None
        for each in change(name):
            replay.asked.append(each)
            given = await run(self, each, stop, shape if each == name else Any)
        return given

    return stopping


def _arguments(given: str) -> tuple[str, str]:
    """The workspace and the subject of a run."""
    workspace_id, subject_id = loads(given)["args"]
    return str(workspace_id), str(subject_id)


def _task(replay: Replay) -> Task:
    history = replay.history
    return Task(replay.id, history.workflow, QUEUE, history.workspace_id, history.subject_id)


@asynccontextmanager
async def _opened(
    archive: str, url: str, folder: Path
) -> AsyncGenerator[tuple[Wired, str, _EngineRows]]:
    """The product over an installation, with nothing that works by itself."""
    async with outside() as world, AsyncExitStack() as stack:
        settings = restore(archive, url, folder, world)
        await database.upgrade(settings)
        umask = stack.enter_context(private_files())
        executor = stack.enter_context(claimed_executor(folder, (QUEUE,)))
        wired = await wire(Process(settings, stack, executor, (QUEUE,), umask, _ignore, _ignore))
        engine_database = EngineDatabase(settings.engine_database, health=StorageHealth())
        stack.callback(engine_database.connections.dispose)
        await wired.store.operations.beat(executor)
        await wired.engine.start()
        yield wired, executor.id, _EngineRows(engine_database.connections)


def _ignore(_what: str) -> None:
    """Nothing of it is of interest here."""


class _EngineRows:
    """The rows of DBOS on either database."""

    def __init__(self, connections: Any) -> None:
        self._connections = connections
        schema = "dbos" if connections.dialect.name == "postgresql" else None

        def known(name: str) -> TableClause:
            names = [str(c["name"]) for c in inspect(connections).get_columns(name, schema)]
            columns: list[ColumnClause[Any]] = [column(each) for each in names]
            return table(name, *columns, schema=schema)

        self._runs, self._inputs = known("workflow_status"), known("workflow_input")
        self._steps = known("operation_outputs")

    def histories(self) -> list[History]:
        """One run of every sequence of steps with which no other begins."""
        runs, inputs, steps = self._runs.c, self._inputs.c, self._steps.c
        joined = self._runs.join(self._inputs, runs.workflow_uuid == inputs.workflow_uuid)
        with self._connections.connect() as connection:
            kept: defaultdict[str, list[str]] = defaultdict(list)
            names = select(steps.workflow_uuid, steps.function_name)
            for run, name in connection.execute(
                names.order_by(steps.workflow_uuid, steps.function_id)
            ):
                kept[run].append(name)
            found = connection.execute(
                select(runs.workflow_uuid, runs.name, inputs.inputs).select_from(joined)
            ).all()
        every = {
            (name, *kept[run]): History(run, name, *_arguments(given), tuple(kept[run]))
            for run, name, given in found
        }
        return [
            history
            for steps_, history in every.items()
            if not any(len(o) > len(steps_) and o[: len(steps_)] == steps_ for o in every)
        ]

    def add(self, replays: Sequence[Replay]) -> None:
        """Load each replay's steps as a run that was under way when its process died."""
        with self._connections.begin() as connection:
            for replay in replays:
                self._add(connection, replay)

    def _add(self, connection: Connection, replay: Replay) -> None:
        under_way = {
            "status": literal("PENDING"),
            "executor_id": literal("gone"),
            "queue_partition_key": null(),
            **dict.fromkeys(("output", "error", "completed_at"), null()),
        }
        for copied, changed in (
            (self._runs, under_way),
            (self._inputs, {}),
            (self._steps, {}),
        ):
            values = {"workflow_uuid": literal(replay.id), **changed}
            rows = select(*(values.get(c.name, c) for c in copied.c)).where(
                copied.c.workflow_uuid == replay.history.id
            )
            if copied is self._steps:
                rows = rows.where(copied.c.function_id <= replay.kept)
            connection.execute(insert(copied).from_select([c.name for c in copied.c], rows))
