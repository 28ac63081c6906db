"""``python -m evaluation.metrics_bench``: what the metrics cost at ten jobs a minute.

Jobs run in this process, wired as ``limner run`` is, while their measurements are counted; the time
of one measurement and of one answer on ``/metrics`` is taken by the processor's clock, so that
other work on the machine counts for nothing.
"""

from __future__ import annotations

import asyncio
import platform
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ulid import ULID

from app.application import EVERYTHING, open_application
from app.monitoring import TICK_S, refresh_gauges
from app.settings import load_settings
from domain import metrics
from domain.metrics import Metric, measured_by
from domain.requests import LOCAL_WORKSPACE, Destination, Request, ResearchDepth
from evaluation.tables import Row, print_table, verdict
from web.metrics import PrometheusMeter

JOBS: Final = 10
JOBS_A_MINUTE: Final = 10.0
SCRAPE_EVERY_S: Final = 15.0
TIMES: Final = 20_000
SCRAPES: Final = 50
MOST: Final = 0.01
"""Of a core."""


class CountingMeter:
    """Counts measurements."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def add(self, metric: Metric, amount: float, labels: Mapping[str, str]) -> None:
        """One measurement."""
        self.counts[metric.name] += 1

    def observe(self, metric: Metric, value: float, labels: Mapping[str, str]) -> None:
        """One measurement."""
        self.counts[metric.name] += 1

    def set(self, metric: Metric, value: float, labels: Mapping[str, str]) -> None:
        """One measurement."""
        self.counts[metric.name] += 1


async def figures(folder: Path) -> list[Row]:
    """The cost, by its parts."""
    settings = load_settings(
        data_dir=folder / "data", search_providers="library", metrics_port=0, decoder_processes=1
    )
    meter, counter = PrometheusMeter(), CountingMeter()
    async with open_application(settings, work=EVERYTHING, serve=True) as application:
        with measured_by(counter), measured_by(meter):
            ids = [
                await application.job_service.submit(_request(folder, n), event_key=str(ULID()))
                for n in range(JOBS)
            ]
            while True:
                found = await application.job_service.recent(LOCAL_WORKSPACE, limit=len(ids))
                if all(job.status.final for job in found):
                    break
                await asyncio.sleep(0.2)
        began = time.process_time()
        for _ in range(SCRAPES):
            await refresh_gauges(application, meter)
            meter.text()
        scrape_s = (time.process_time() - began) / SCRAPES
    each_s = _one_measurement_s(meter)
    a_job = counter.counts.total() / JOBS
    share = a_job * each_s * JOBS_A_MINUTE / 60 + scrape_s / SCRAPE_EVERY_S + 3 * each_s / TICK_S
    return [
        Row("measurements of a job", f"{a_job:.0f}", f"{each_s * 1e6:.1f} µs each"),
        Row(
            "an answer on /metrics", f"{scrape_s * 1e3:.1f} ms", f"{len(meter.text()) / 1e3:.0f} kB"
        ),
        Row(
            "the metrics at ten jobs a minute",
            f"{100 * share:.3f} % of a core",
            f"asked every {SCRAPE_EVERY_S:.0f} s",
            verdict(share, MOST),
        ),
    ]


def _one_measurement_s(meter: PrometheusMeter) -> float:
    with measured_by(meter):
        began = time.thread_time()
        for _ in range(TIMES):
            metrics.DATABASE_SECONDS.observe(0.001, statement="select")
        return (time.thread_time() - began) / TIMES


def _request(folder: Path, number: int) -> Request:
    return Request.checked(
        f"a lighthouse, number {number}",
        workspace_id=LOCAL_WORKSPACE,
        member_id=f"m{number}",
        destination=Destination("terminal", platform.node(), str(folder / f"{number}.png")),
        research=ResearchDepth.AUTO,
    )


def main() -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as name:
        print_table("What metrics cost", asyncio.run(figures(Path(name))))


if __name__ == "__main__":
    main()
