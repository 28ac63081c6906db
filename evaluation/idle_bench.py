"""``python -m evaluation.idle_bench [--postgres]``: the cost of an idle ``limner run``.

The processor's share is that of the real command; transactions are counted on SQLite inside of a
process wired the same, and on Postgres by the server.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from app import database
from app.settings import load_settings
from evaluation.databases import Postgres, postgres
from evaluation.measuring import taken, until_quiet
from evaluation.running import running_command, running_limner
from evaluation.tables import Row, print_table, verdict

SETTLE_S = 6.0
MOST_CPU, MOST_TRANSACTIONS = 1.0, 5.0
"""Percent of a core, and transactions a second."""


async def idle_on_sqlite(folder: Path, *, seconds: float) -> list[Row]:
    """The cost with SQLite."""
    plain = {"LIMNER_DATA_DIR": str(folder / "plain")}
    async with _settled(plain) as pid:
        cpu = await _cpu_percent(pid, seconds)
    counted = {"LIMNER_DATA_DIR": str(folder / "counted")}
    async with running_limner(counted, folder, "--count-transactions") as limner:
        await asyncio.sleep(SETTLE_S)
        await until_quiet(limner.pid)
        before = await limner.order(do="transactions")
        await asyncio.sleep(seconds)
        rate = (await limner.order(do="transactions") - before) / seconds
    return _rows("SQLite", cpu, rate)


async def idle_on_postgres(folder: Path, server: Postgres, *, seconds: float) -> list[Row]:
    """The cost with Postgres."""
    address = server.new_database()
    environment = {"LIMNER_DATA_DIR": str(folder / "pg"), "LIMNER_DATABASE_URL": address}
    await database.upgrade(load_settings(data_dir=folder / "pg", database_url=address))
    async with _settled(environment) as pid:
        before = server.transactions(address)
        cpu = await _cpu_percent(pid, seconds)
        rate = (server.transactions(address) - before) / seconds
    return _rows("Postgres", cpu, rate)


@asynccontextmanager
async def _settled(environment: Mapping[str, str]) -> AsyncGenerator[int]:
    """A ``limner run`` that has done what is done at the start; gives its process number."""
    async with running_command(environment, sys.executable, "-P", "-m", "limner", "run") as process:
        await asyncio.sleep(SETTLE_S)
        await until_quiet(process.pid)
        yield process.pid


async def _cpu_percent(pid: int, seconds: float) -> float:
    before = taken(pid, with_memory=False).cpu_s
    await asyncio.sleep(seconds)
    return 100 * (taken(pid, with_memory=False).cpu_s - before) / seconds


def _rows(kind: str, cpu: float, rate: float) -> list[Row]:
    return [
        Row(f"idle, {kind}", f"{cpu:.1f} % of a core", "", verdict(cpu, MOST_CPU)),
        Row(
            f"idle, {kind}: transactions",
            f"{rate:.1f} a second",
            "",
            verdict(rate, MOST_TRANSACTIONS),
        ),
    ]


async def idle_figures(*, seconds: float, with_postgres: bool) -> list[Row]:
    """All figures."""
    with tempfile.TemporaryDirectory() as name:
        rows = await idle_on_sqlite(Path(name), seconds=seconds)
        if with_postgres:
            with postgres() as server:
                rows += await idle_on_postgres(Path(name), server, seconds=seconds)
        return rows


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--seconds", type=float, default=20.0)
    asked = parser.parse_args()
    rows = asyncio.run(idle_figures(seconds=asked.seconds, with_postgres=asked.postgres))
    print_table("An idle process", rows)


if __name__ == "__main__":
    main()
