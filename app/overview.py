"""Shows in a terminal how the running process is doing, below its log lines."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.live import Live

from app.monitoring import Readiness
from bot.terminal.overview import Overview, QueueLoad, overview_table
from domain.errors import StorageUnavailable
from domain.tasks import kind_of_queue
from storage.figures import Figures, SqlFigures

if TYPE_CHECKING:
    from app.wiring import Application

REFRESH_S: Final = 2.0
"""Seconds between two looks at the database."""
MIN_COLUMNS: Final = 60
"""A narrower terminal gets the log lines only."""


@asynccontextmanager
async def live_overview(application: Application, language: str | None) -> AsyncGenerator[None]:
    """Keep a table of the process's state at the bottom of the terminal while the block runs; does
    nothing where stderr is no terminal or the log level is debug.

    What is written to ``sys.stderr`` inside the block appears above the table.
    """
    console = Console(stderr=True)
    is_shown = console.is_terminal and not console.is_dumb_terminal
    if not is_shown or console.width < MIN_COLUMNS or application.settings.log_level == "debug":
        yield
        return
    with Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False) as live:
        task = asyncio.create_task(_refresh(application, live, language), name="overview")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _refresh(application: Application, live: Live, language: str | None) -> None:
    started = time.monotonic()
    readiness = Readiness(application)
    figures = SqlFigures(application.database)
    while True:
        parts = await readiness.look()
        try:
            read = await figures.read()
        except StorageUnavailable:
            read = Figures({}, {}, {}, {})  # its error is among the parts
        overview = Overview(
            parts=parts,
            queues=queue_loads(application.queues, read),
            unfinished_jobs=sum(read.jobs.values()),
            up_s=time.monotonic() - started,
        )
        live.update(overview_table(overview, language), refresh=True)
        await asyncio.sleep(REFRESH_S)


def queue_loads(own: Iterable[str], figures: Figures) -> Sequence[QueueLoad]:
    """The load of each queue of this process, then of the others with tasks or processes."""
    waits = [queue for queue, _state in figures.tasks]
    names = dict.fromkeys([*map(kind_of_queue, own), *figures.processes, *waits])
    return [
        QueueLoad(
            name=name,
            waiting=figures.tasks.get((name, "waiting"), 0),
            running=figures.tasks.get((name, "running"), 0),
            oldest_s=figures.oldest_s.get(name, 0.0),
            processes=figures.processes.get(name, 0),
        )
        for name in names
    ]
