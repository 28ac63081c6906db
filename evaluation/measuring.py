"""The resources of a process and its children: processor seconds, memory, threads, files; and what
its event loop and its databases do, written down from inside."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

TICK_S = 0.01
QUIET_SHARE = 0.05
"""Of a core, below which a process counts as quiet."""
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Taken:
    """The resources of a process and all below it at one moment; ``cpu_s`` counts ended children
    too."""

    cpu_s: float
    pss_mib: float
    threads: int
    files: int
    processes: int


def taken(pid: int, *, with_memory: bool = True) -> Taken:
    """Look at a process and its descendants; those that end meanwhile are left out."""
    cpu_s = pss_kib = 0.0
    threads = files = processes = 0
    for each in tree(pid):
        folder = Path("/proc") / str(each)
        with suppress(OSError):
            fields = (folder / "stat").read_text(encoding="ascii", errors="replace")
            numbers = fields.rpartition(")")[2].split()
            cpu_s += sum(map(int, numbers[11:15])) / _TICKS_A_SECOND
            threads += int(numbers[17])
            processes += 1
            files += sum(1 for _ in (folder / "fd").iterdir())
            if with_memory:
                pss_kib += _pss_kib(folder)
    return Taken(cpu_s, pss_kib / 1024, threads, files, processes)


def tree(pid: int) -> Iterator[int]:
    """A process and everything below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in task.read_text(encoding="ascii").split():
                yield from tree(int(child))


async def until_quiet(pid: int, *, look_s: float = 6.0, patience_s: float = 180.0) -> None:
    """Wait until a process with its children did next to nothing for ``look_s``, or until
    ``patience_s`` are over. In a new data folder language data are unpacked, once for all, five
    seconds after the start: the pause before that must not count."""
    deadline = time.monotonic() + patience_s
    before = taken(pid, with_memory=False).cpu_s
    while time.monotonic() < deadline:
        await asyncio.sleep(look_s)
        now = taken(pid, with_memory=False).cpu_s
        if now - before < QUIET_SHARE * look_s:
            return
        before = now


def _pss_kib(folder: Path) -> int:
    for line in (folder / "smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


@dataclass
class Watched:
    """The resources of a process between two moments, and at each look in between."""

    cpu_s: float = 0.0
    wall_s: float = 0.0
    looks: list[Taken] = field(default_factory=list[Taken])
    began_at: float = field(default_factory=time.time)
    ended_at: float = 0.0

    @property
    def pss_mib(self) -> float:
        """The highest value seen."""
        return max(look.pss_mib for look in self.looks)


@asynccontextmanager
async def watched(pid: int, *, every_s: float = 0.5) -> AsyncGenerator[Watched]:
    """Measure a process and its children while the block runs. It may end before: then its
    processor time is that of the last look."""
    found = Watched(looks=[taken(pid)])
    began = time.monotonic()

    async def look() -> None:
        while True:
            await asyncio.sleep(every_s)
            found.looks.append(await asyncio.to_thread(taken, pid))

    looking = asyncio.create_task(look(), name="look at a process")
    try:
        yield found
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        found.looks.append(taken(pid))
        found.cpu_s = max(look.cpu_s for look in found.looks) - found.looks[0].cpu_s
        found.wall_s = time.monotonic() - began
        found.ended_at = time.time()


class LoopWatch:
    """Writes down how late an event loop runs what is due, every 10 ms."""

    def __init__(self) -> None:
        self._late: list[tuple[float, float]] = []

    async def run(self) -> None:
        """Go on until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK_S
            await asyncio.sleep(TICK_S)
            self._late.append((time.time(), max(0.0, loop.time() - due)))

    def late_s(self, began_at: float, ended_at: float) -> Sequence[float]:
        """The delays between two moments (seconds since 1970)."""
        return [late for at, late in self._late if began_at <= at <= ended_at]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share (0 to 1) of them lies; 0 where there are none."""
    if len(values) < 2:
        return max(values, default=0.0)
    cuts = statistics.quantiles(values, n=1000, method="inclusive")
    return cuts[min(998, int(share * 1000) - 1)]
