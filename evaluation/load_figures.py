"""The cost of a load, read from the database and the workers' own metrics, and multiplied out."""

from __future__ import annotations

import os
import urllib.request
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

import psycopg
from prometheus_client.parser import text_string_to_metric_families

from evaluation.measuring import percentile
from evaluation.tables import Row

STAGES: Final = {
    "waiting": "research_started_at - created_at",
    "research": "research_finished_at - research_started_at",
    "waiting to be drawn": "render_started_at - research_finished_at",
    "drawing": "render_finished_at - render_started_at",
    "delivery": "finished_at - render_finished_at",
    "whole": "finished_at - created_at",
}


@dataclass(frozen=True, slots=True)
class Server:
    """The database while it is measured."""

    address: str

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """The result of a query."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            return list(connection.execute(query.encode()).fetchall())

    def outcomes(self) -> Counter[str]:
        """Jobs by state."""
        return Counter(dict(self.rows("SELECT status, count(*) FROM jobs GROUP BY status")))  # type: ignore[arg-type]

    def number(self, query: str) -> float:
        """The one number of a query."""
        [[value]] = self.rows(query)
        return float(str(value or 0))

    @property
    def size_bytes(self) -> float:
        """The database with its indexes."""
        return self.number("SELECT pg_database_size(current_database())")

    @property
    def wal_bytes(self) -> float:
        """The log so far."""
        return self.number("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")

    @property
    def transactions(self) -> float:
        """Their number."""
        return self.number(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database "
            "WHERE datname = current_database()"
        )

    @property
    def connections(self) -> float:
        """The number of open connections to this database."""
        return self.number(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        )

    @property
    def most_connections(self) -> float:
        """The number of connections that the server allows."""
        return self.number("SELECT current_setting('max_connections')::int")

    @property
    def pid(self) -> int:
        """The process that all its processes descend from."""
        backend = int(self.number("SELECT pg_backend_pid()"))
        with psycopg.connect(self.address) as connection:
            backend = connection.info.backend_pid
            fields = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()
        return int(fields[1])

    def stage_seconds(self, stage: str) -> list[float]:
        """The seconds that finished jobs spent in a stage."""
        found = self.rows(
            f"SELECT extract(epoch FROM {STAGES[stage]}) FROM jobs "  # noqa: S608 - a constant
            "WHERE status = 'done' AND created_at IS NOT NULL"
        )
        return [float(str(seconds)) for [seconds] in found if seconds is not None]


@dataclass
class Load:
    """The result of one number of workers with a load."""

    workers: int
    jobs: int = 0
    asked_s: list[float] = field(default_factory=list[float])
    """The time until each request was accepted."""
    lasted_s: float = 0.0
    outcomes: Mapping[str, int] = field(default_factory=dict[str, int])
    stages: Mapping[str, list[float]] = field(default_factory=dict[str, list[float]])
    worker_cpu_s: float = 0.0
    database_cpu_s: float = 0.0
    other_cpu_s: float = 0.0
    machine_cpu_s: float = 0.0
    most_connections: float = 100.0
    worker_mib: float = 0.0
    statements: float = 0.0
    transactions: float = 0.0
    connections: float = 0.0
    wal_bytes: float = 0.0
    size_bytes: float = 0.0
    kills: int = 0

    @property
    def done(self) -> int:
        """Jobs that reached their result."""
        return self.outcomes.get("done", 0)

    @property
    def per_minute(self) -> float:
        """Jobs finished per minute, from the first request to the last result."""
        return 60 * self.done / self.lasted_s if self.lasted_s else 0.0

    def saturated(self, cores: int) -> str:
        """The bottleneck: the first thing that more work would wait for."""
        own = self.worker_cpu_s + self.database_cpu_s + self.other_cpu_s
        room_s = cores * self.lasted_s or 1.0
        if self.machine_cpu_s / room_s > 0.85:
            others = max(0.0, self.machine_cpu_s - own) / room_s
            by_others = f", {others:.0%} by other programs" if others > 0.05 else ""
            return f"this machine's {cores} cores ({own / room_s:.0%} by this load{by_others})"
        if self.connections > 0.9 * self.most_connections:
            return f"connections ({self.connections:.0f} of {self.most_connections:.0f})"
        return f"nothing here ({own / room_s:.0%} of {cores} cores); outside services"


def machine_cpu_s() -> float:
    """The processor seconds that everything on this machine has used so far."""
    numbers = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _idle, _waiting, *others = map(int, numbers)
    return (user + nice + system + sum(others)) / os.sysconf("SC_CLK_TCK")


def scraped(ports: Sequence[int]) -> Mapping[str, float]:
    """The sums of all workers' metrics by name, over their labels."""
    found: dict[str, float] = {}
    for port in ports:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                text = answer.read().decode()
        except OSError:
            continue  # it was killed a moment ago
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found


def measured_rows(load: Load, cores: int) -> list[Row]:
    """The figures of one run."""
    name = f"{load.workers} workers"
    rows = [
        Row(
            f"{name}: finished",
            f"{load.done} of {load.jobs}",
            f"{load.per_minute:.0f} a minute; "
            + ", ".join(f"{count} {state}" for state, count in sorted(load.outcomes.items())),
        ),
        Row(
            f"{name}: accepted, p50 / p99",
            f"{1000 * median(load.asked_s):.0f} / {1000 * percentile(load.asked_s, 0.99):.0f} ms",
        ),
    ]
    for stage, seconds in load.stages.items():
        if seconds:
            value = f"{median(seconds):.2f} / {percentile(seconds, 0.95):.2f} s"
            rows.append(Row(f"{name}: {stage}, p50 / p95", value))
    jobs = max(load.done, 1)
    return [
        *rows,
        Row(
            f"{name}: processor a job",
            f"{load.worker_cpu_s / jobs:.2f} s",
            f"database {load.database_cpu_s / jobs:.3f} s",
        ),
        Row(
            f"{name}: database a job",
            f"{load.statements / jobs:.0f} statements",
            f"{load.transactions / jobs:.0f} transactions, {load.wal_bytes / jobs / 1e3:.0f} kB of "
            f"log, {load.size_bytes / jobs / 1e3:.0f} kB kept",
        ),
        Row(
            f"{name}: connections / memory of a worker",
            f"{load.connections:.0f} / {load.worker_mib:.0f} MiB",
        ),
        Row(f"{name}: saturated", load.saturated(cores), f"{load.kills} workers killed"),
    ]


def outlook(load: Load) -> list[str]:
    """The measured cost of a job multiplied out, as rows of a Markdown table.

    It does not predict how fast so many would be: only what they would need, if each did what one
    did here.
    """
    jobs = max(load.done, 1)
    each = load.per_minute / load.workers
    rows = [
        (
            "| workers | | jobs a minute | statements a second | database cores | connections | "
            "log a day | kept a day |"
        ),
        "|---|---|---|---|---|---|---|---|",
    ]
    for workers in (load.workers, 10, 100, 1000):
        rate = each * workers
        a_day = rate * 60 * 24
        kind = "measured" if workers == load.workers else "calculated"
        held = load.connections
        if kind == "calculated":
            held = load.connections / (load.workers + 1) * workers
        cells = (
            f"{workers}",
            kind,
            f"{rate:,.0f}",
            f"{rate / 60 * load.statements / jobs:,.0f}",
            f"{rate / 60 * load.database_cpu_s / jobs:,.2f}",
            f"{held:,.0f}",
            f"{a_day * load.wal_bytes / jobs / 1e9:,.1f} GB",
            f"{a_day * load.size_bytes / jobs / 1e9:,.1f} GB",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return rows
