"""``python -m evaluation.soak --minutes 60``: one process under mixed load for a long time.

Jobs of all kinds come at a steady rate to the process that ``limner run`` is, with production's
settings: research by the model against peers on loopback, repeated requests, requests without a
search, pictures made again, and jobs cancelled on the way. Memory, descriptors, threads and child
processes are looked at all the while; each must stay flat, and no job may be lost.
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text
from ulid import ULID

from app.wiring import Application
from domain.errors import NotPossibleNow
from domain.requests import LOCAL_WORKSPACE, Destination, JobStatus
from domain.team import Role
from evaluation.measuring import Taken, taken
from evaluation.peers.running import running_peers
from evaluation.peers.script import Delays, request_for
from evaluation.running import Limner, running_limner, watching_house
from evaluation.tables import Row, print_table, verdict
from jobs.admission.requests import Requester

EVERY_S = 1.0
"""A job comes so often."""
LOOK_S = 2.0
WARM_UP = 0.25
"""The share of the time after which nothing may grow any more."""
MOST_GROWTH = 0.1
"""As a share, from the first to the last third of what follows the warm-up."""
MOST_MORE = {"pss_mib": 32.0, "files": 5.0, "threads": 5.0, "processes": 5.0}
"""The allowance on top of that: work in flight comes and goes."""
DRAIN_S = 120.0
CANCELLED_AFTER_S = 1.5
DELAYS = Delays(model_s=0.4, first_token_s=0.2, search_s=0.1, page_s=0.1, picture_s=0.1)
KINDS = ("new", "new", "repeated", "plain", "made again", "cancelled")


@dataclass
class Load:
    """Sends jobs to a process."""

    limner: Limner
    application: Application
    chance: random.Random
    sent: Counter[str] = field(default_factory=Counter[str])

    async def send(self, number: int) -> None:
        """Send the job of that number."""
        kind = KINDS[number % len(KINDS)]
        self.sent[kind] += 1
        match kind:
            case "repeated":
                await self._submit(request_for(f"Town{self.chance.randrange(20)}x"))
            case "plain":
                await self._submit("a red cube on a table")
            case "made again":
                await self._make_again()
            case "cancelled":
                job_id = await self._submit(request_for(f"Gone{number}x"))
                await asyncio.sleep(CANCELLED_AFTER_S)
                await self._cancel(job_id)
            case _:
                await self._submit(request_for(f"City{number}x"))

    async def _submit(self, prompt: str) -> str:
        return (await self.limner.submit([prompt]))[0]

    async def _make_again(self) -> None:
        newest = await self.application.job_service.recent(LOCAL_WORKSPACE, limit=40)
        done = [job for job in newest if job.status is JobStatus.DONE]
        if done:
            view = await self.application.job_service.view(
                LOCAL_WORKSPACE, self.chance.choice(done).id
            )
            await self.application.job_service.rerender(
                self._requester, view.illustrations[0].id, event_key=str(ULID())
            )

    async def _cancel(self, job_id: str) -> None:
        try:
            await self.application.job_service.cancel(self._requester, job_id)
        except NotPossibleNow:
            return  # it is done already

    @property
    def _requester(self) -> Requester:
        out = Destination("terminal", platform.node(), str(self.limner.folder / f"{ULID()}.png"))
        return Requester(LOCAL_WORKSPACE, f"m-{ULID()}", out, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Soaked:
    """The result: the process's state every two seconds, and how the jobs ended."""

    samples: Sequence[Taken]
    sent: Counter[str]
    statuses: dict[str, int]

    @property
    def lost(self) -> int:
        """Jobs that neither reached their result nor were cancelled."""
        ended = ("done", "cancelled")
        return sum(count for status, count in self.statuses.items() if status not in ended)

    def medians(self, name: str) -> tuple[float, float]:
        """The median of a number in the first and in the last third after the warm-up."""
        values = [float(getattr(sample, name)) for sample in self.samples]
        after = values[int(len(values) * WARM_UP) :]
        third = max(1, len(after) // 3)
        return statistics.median(after[:third]), statistics.median(after[-third:])

    @property
    def growing(self) -> list[str]:
        """The resources that grew more than they may."""
        found: list[str] = []
        for name, most in MOST_MORE.items():
            before, after = self.medians(name)
            if after > before * (1 + MOST_GROWTH) + most:
                found.append(f"{name} from {before:.0f} to {after:.0f}")
        return found


async def soak(folder: Path, *, seconds: float) -> Soaked:
    """Keep a process busy for so long, and let it finish what it has accepted."""
    async with running_peers(hosts=40, delays=DELAYS) as peers:
        environment = {"LIMNER_DATA_DIR": str(folder / "data"), **peers.environment()}
        async with (
            running_limner(environment, folder / "pictures") as limner,
            watching_house(environment) as application,
        ):
            load = Load(limner, application, random.Random(1))  # noqa: S311 - the same load each time
            looking = asyncio.create_task(_look(limner.pid, seconds), name="look at the process")
            began, number = time.monotonic(), 0
            async with asyncio.TaskGroup() as sending:
                while time.monotonic() - began < seconds:
                    sending.create_task(load.send(number))
                    number += 1
                    await asyncio.sleep(max(0.0, began + number * EVERY_S - time.monotonic()))
            samples = await looking
            statuses = await _drained(application)
    return Soaked(samples, load.sent, statuses)


async def _look(pid: int, seconds: float) -> list[Taken]:
    samples: list[Taken] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        samples.append(taken(pid))
        await asyncio.sleep(LOOK_S)
    return samples


async def _drained(application: Application) -> dict[str, int]:
    """The number of jobs with each status, once all are over or the patience is."""
    deadline = time.monotonic() + DRAIN_S
    while True:
        async with application.database.connect() as connection:
            found = await connection.execute(
                text("SELECT status, count(*) FROM jobs GROUP BY status")
            )
            statuses = {str(status): int(count) for status, count in found.all()}
        under_way = set(statuses) - {"done", "failed", "cancelled"}
        if not under_way or time.monotonic() > deadline:
            return statuses
        await asyncio.sleep(1.0)


def soaked_rows(soaked: Soaked) -> list[Row]:
    """The figures of a run."""
    names = {
        "pss_mib": "memory with children (PSS, MiB)",
        "files": "descriptors with children",
        "threads": "threads with children",
        "processes": "processes",
    }
    rows = [
        Row("jobs", str(soaked.sent.total()), ", ".join(f"{n} {k}" for k, n in soaked.sent.items()))
    ]
    rows.append(Row("lost", str(soaked.lost), str(soaked.statuses), verdict(soaked.lost, 0)))
    for name, title in names.items():
        before, after = soaked.medians(name)
        most = max(float(getattr(sample, name)) for sample in soaked.samples)
        rows.append(
            Row(
                title,
                f"{before:.0f} → {after:.0f}",
                f"{after / before:.2f} ×; the most was {most:.0f}",
                "GROWS" if any(name in grown for grown in soaked.growing) else "flat",
            )
        )
    return rows


def main() -> None:
    """Soak and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        soaked = asyncio.run(soak(Path(name), seconds=asked.minutes * 60))
    print_table(f"{asked.minutes:g} minutes of mixed load", soaked_rows(soaked))


if __name__ == "__main__":
    main()
