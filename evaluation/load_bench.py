"""Fifty workspaces against some workers on Postgres: how much gets done, how long each stage takes,
what saturates, and what a job costs.

``python -m evaluation.load_bench --workers 1 2`` starts the workers that ``limner worker`` is, with
production's settings and a model, a search service and pages on loopback. A burst of requests comes
first, then a steady stream. Of ten requests five are researched by the model, three are drawn
without research, and two draw an earlier picture again. With ``--kill-every`` one worker is killed
at each interval and started again. ``--outlook`` multiplies the measured cost out.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ulid import ULID

from app import database
from app.settings import load_settings
from app.wiring import Application
from domain.errors import LimnerError
from domain.requests import Destination, Request, ResearchDepth
from evaluation.crew import Crew, crew
from evaluation.databases import postgres
from evaluation.load_figures import (
    STAGES,
    Load,
    Server,
    machine_cpu_s,
    measured_rows,
    outlook,
    scraped,
)
from evaluation.measuring import taken
from evaluation.peers.running import RunningPeers, running_peers
from evaluation.peers.script import request_for
from evaluation.running import watching_house
from evaluation.tables import Row, print_table
from jobs.admission.requests import Requester

WORKER: Final = (
    "worker",
    *(word for queue in ("research", "generation", "delivery") for word in ("--queue", queue)),
)
MEMBERS: Final = 4
"""People of each workspace."""
HOSTS: Final = 40
PATIENCE_S: Final = 900.0
"""The time limit of the last jobs once everything was requested."""
LOOK_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Traffic:
    """The load: ``burst`` requests within ``burst_s``, then ``per_minute`` for ``steady_s``."""

    workspaces: int
    burst: int
    burst_s: float
    steady_s: float
    per_minute: float
    kill_every_s: float = 0.0

    @property
    def moments(self) -> list[float]:
        """The times of the requests, in seconds from the start."""
        steady = int(self.per_minute * self.steady_s / 60)
        return [
            *(n * self.burst_s / max(self.burst, 1) for n in range(self.burst)),
            *(self.burst_s + n * 60 / self.per_minute for n in range(steady)),
        ]


class Callers:
    """All requesters."""

    def __init__(self, application: Application, server: Server, folder: Path) -> None:
        self._application = application
        self._server = server
        self._folder = folder
        self.asked_s: list[float] = []
        self.refused = 0

    async def all(self, traffic: Traffic) -> None:
        """Ask at each moment, however long the answers take."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as asking:
            for number, moment in enumerate(traffic.moments):
                await asyncio.sleep(max(0.0, began + moment - time.monotonic()))
                asking.create_task(self._ask(number, traffic.workspaces), name=f"ask {number}")

    async def _ask(self, number: int, workspaces: int) -> None:
        requester = Requester(
            f"load:{number % workspaces}",
            f"member-{number // workspaces % MEMBERS}",
            Destination("terminal", platform.node(), str(self._folder / f"{ULID()}.png")),
        )
        kind = number % 10
        began = time.monotonic()
        try:
            if kind < 8 or not await self._redraw(requester):
                await self._imagine(requester, number, researched=kind < 5)
        except LimnerError:
            self.refused += 1
        self.asked_s.append(time.monotonic() - began)

    async def _imagine(self, requester: Requester, number: int, *, researched: bool) -> None:
        words = request_for(f"L{number}x") if researched else f"a lighthouse, number {number}"
        request = Request.checked(
            words,
            workspace_id=requester.workspace_id,
            member_id=requester.member_id,
            destination=requester.destination,
            research=ResearchDepth.AUTO if researched else ResearchDepth.OFF,
            seed=1,
        )
        service = self._application.job_service
        await service.submit(request, event_key=str(ULID()), requester=requester)

    async def _redraw(self, requester: Requester) -> bool:
        """Draw a finished picture of the workspace again; False where there is none yet."""
        service = self._application.job_service
        for job in await service.recent(requester.workspace_id, limit=5):
            if job.status.final:
                view = await service.view(requester.workspace_id, job.id)
                if view.illustrations:
                    picture = view.illustrations[0].id
                    await service.rerender(requester, picture, event_key=str(ULID()))
                    return True
        return False


async def measured(
    traffic: Traffic, workers: int, address: str, peers: RunningPeers, folder: Path
) -> Load:
    """Let so many workers do what the traffic asks for."""
    environment = {
        **peers.environment(),
        "LIMNER_DATA_DIR": str(folder / f"data-{workers}"),
        "LIMNER_DATABASE_URL": address,
    }
    await database.upgrade(load_settings(data_dir=folder / f"data-{workers}", database_url=address))
    server = Server(address)
    async with (
        crew(environment, [WORKER] * workers) as group,
        watching_house(environment) as application,
    ):
        load = Load(workers)
        before = _spent(group, server, peers)
        began = time.monotonic()
        callers = Callers(application, server, folder / "pictures")
        killing = asyncio.create_task(_kills(group, traffic), name="kills")
        await callers.all(traffic)
        load.asked_s, load.jobs = callers.asked_s, len(callers.asked_s) - callers.refused
        await _until_done(server, load)
        load.lasted_s = time.monotonic() - began
        killing.cancel()
        await asyncio.gather(killing, return_exceptions=True)
        after = _spent(group, server, peers)
        load.kills = group.kills
        load.worker_cpu_s = after["workers"] - before["workers"]
        load.database_cpu_s = after["database"] - before["database"]
        load.other_cpu_s = after["peers"] - before["peers"] + after["here"] - before["here"]
        load.machine_cpu_s = after["machine"] - before["machine"]
        load.most_connections = server.most_connections
        load.worker_mib = after["memory"] / workers
        load.transactions = after["transactions"] - before["transactions"]
        load.wal_bytes = after["wal"] - before["wal"]
        load.size_bytes = after["size"] - before["size"]
        load.statements = scraped(group.ports)["limner_database_seconds_count"]
        load.outcomes = server.outcomes()
        load.stages = {stage: server.stage_seconds(stage) for stage in STAGES}
        return load


async def _kills(group: Crew, traffic: Traffic) -> None:
    if traffic.kill_every_s:
        await group.kill_each(traffic.kill_every_s)


async def _until_done(server: Server, load: Load) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        load.connections = max(load.connections, server.connections)
        counts = server.outcomes()
        if sum(counts[state] for state in ("done", "failed", "cancelled")) >= load.jobs:
            return
        await asyncio.sleep(LOOK_S)


def _spent(group: Crew, server: Server, peers: RunningPeers) -> dict[str, float]:
    """The usage so far."""
    workers = [taken(process.pid) for process in group.processes.values()]
    return {
        "workers": sum(each.cpu_s for each in workers),
        "memory": sum(each.pss_mib for each in workers),
        "database": taken(server.pid, with_memory=False).cpu_s,
        "peers": taken(peers.pid, with_memory=False).cpu_s,
        "here": time.process_time(),
        "machine": machine_cpu_s(),
        "transactions": server.transactions,
        "wal": server.wal_bytes,
        "size": server.size_bytes,
    }


async def run(traffic: Traffic, workers: Sequence[int], *, with_outlook: bool) -> None:
    """Measure each number of workers on a database of its own, and print the tables."""
    rows: list[Row] = []
    loads: list[Load] = []
    with tempfile.TemporaryDirectory() as name, postgres() as server:
        async with running_peers(hosts=HOSTS) as peers:
            for number in workers:
                load = await measured(traffic, number, server.new_database(), peers, Path(name))
                loads.append(load)
                rows += measured_rows(load, os.cpu_count() or 1)
    print_table("Load on Postgres", rows)
    if with_outlook:
        print("\n".join(outlook(loads[-1])))


def main() -> None:
    """Read the options, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--workspaces", type=int, default=50)
    parser.add_argument("--burst", type=int, default=500)
    parser.add_argument("--burst-s", type=float, default=10.0)
    parser.add_argument("--steady-s", type=float, default=120.0)
    parser.add_argument("--per-minute", type=float, default=60.0)
    parser.add_argument("--kill-every", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--outlook", action="store_true")
    asked = parser.parse_args()
    traffic = Traffic(
        asked.workspaces,
        asked.burst,
        asked.burst_s,
        asked.steady_s,
        asked.per_minute,
        asked.kill_every,
    )
    asyncio.run(run(traffic, asked.workers, with_outlook=asked.outlook))


if __name__ == "__main__":
    main()
