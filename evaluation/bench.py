"""``make bench``: every figure in Limner's budgets, as ratios within one run.

``--quick`` is what CI may run: fewer jobs, no Postgres, nothing outside of this machine, less than
three minutes. ``--postgres`` measures on a server of its own too.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from evaluation import embedded_bench, idle_bench, research_bench, start_bench
from evaluation.tables import print_table

QUICK_JOBS = 60


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--postgres", action="store_true")
    asked = parser.parse_args()
    print_table("Starting", start_bench.start_figures())
    idle = idle_bench.idle_figures(
        seconds=10.0 if asked.quick else 20.0, with_postgres=asked.postgres
    )
    print_table("An idle process", asyncio.run(idle))
    jobs = QUICK_JOBS if asked.quick else embedded_bench.JOBS
    embedded = embedded_bench.measured(jobs=jobs, with_postgres=asked.postgres)
    print_table("Embedded jobs", asyncio.run(embedded))
    at_once = (1, 8) if asked.quick else research_bench.AT_ONCE
    with tempfile.TemporaryDirectory() as name:
        whole = research_bench.measured(Path(name), at_once, 1, research_bench.HOSTS)
        print_table("Whole jobs of the model-driven agent", asyncio.run(whole))


if __name__ == "__main__":
    main()
