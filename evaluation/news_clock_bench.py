"""A year of the news desk's clock: two processes that die at random, an outage of three hours, and
what it costs to account for a due time.

``python -m evaluation.news_clock_bench [--days 365] [--schedules 200]``; a whole year of 200
schedules takes about half an hour. It fails when any due time has not exactly one slot.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from evaluation.peers.news_year import Year
from storage import schema
from storage.database import open_database
from storage.newsroom import SqlNewsOperations
from storage.unit_of_work import SqlStore


async def main(days: int, schedules: int) -> int:
    """Let the time pass and print what happened; gives the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'limner.sqlite'}"
        await schema.upgrade(url)
        engine = open_database(url)
        year = Year(SqlStore(engine), SqlNewsOperations(engine))
        kept = year.schedules(schedules, every_hour=False)
        away = year.start + timedelta(days=days / 2)
        began = time.perf_counter()
        await year.run(kept, days=days, outage=(away, away + timedelta(hours=3)))
        seconds = time.perf_counter() - began
        faults = await year.faults(kept, days=days)
        await engine.dispose()
    tasks = sum(year.worked_on().values())
    sys.stdout.write(
        f"{schedules} schedules, {days} days: {tasks} slots worked on, {year.skipped} skipped, "
        f"{year.died} deaths, {len(faults)} faults; {seconds / tasks * 1000:.1f} ms a slot\n"
    )
    sys.stdout.writelines(f"{fault}\n" for fault in faults[:20])
    return 1 if faults else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--schedules", type=int, default=200)
    sys.exit(asyncio.run(main(**vars(parser.parse_args()))))
