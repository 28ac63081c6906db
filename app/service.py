"""Long-running processes: everything in one, or a worker for some queues."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence

import structlog

from app.application import EVERYTHING, open_application
from app.restart import start_again
from app.settings import Settings

log = structlog.get_logger(__name__)


async def run(settings: Settings) -> None:
    """Work on every queue of this machine until the process is asked to stop."""
    await _until_stopped(settings, EVERYTHING)


async def work(settings: Settings, queues: Sequence[str]) -> None:
    """Work on the named queues until the process is asked to stop.

    Raises:
        InvalidSettings: A queue of that name does not exist.
    """
    await _until_stopped(settings, queues)


async def _until_stopped(settings: Settings, queues: Sequence[str]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with open_application(
        settings, work=queues, serve=True, fatal=start_again
    ) as application:
        log.info("started", queues=queues)
        stopped = asyncio.create_task(stop.wait(), name="stop")
        done, _ = await asyncio.wait(
            {stopped, *application.running}, return_when=asyncio.FIRST_COMPLETED
        )
        stopped.cancel()
        log.info("stopping")
        for task in done - {stopped}:
            task.result()
