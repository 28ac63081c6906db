"""``python -m tests.fakes.busy_writer URL``: a process that writes to a database without a pause,
several tasks at once, until it is killed. It says so with a line once it has begun."""

from __future__ import annotations

import asyncio
import sys

from storage.counters import SqlCallMeter
from storage.database import open_database

TASKS = 8


async def write(url: str) -> None:
    """Count calls for ever."""
    meter = SqlCallMeter(open_database(url))

    async def count() -> None:
        while True:
            await meter.count("busy")

    await meter.count("busy")
    print("writing", flush=True)  # noqa: T201
    async with asyncio.TaskGroup() as group:
        for _ in range(TASKS):
            group.create_task(count())


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1]))
