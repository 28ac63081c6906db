"""Processes of Limner that are killed and started again while an installation is under load."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from evaluation.load_figures import scraped

LOOK_S = 0.5
START_S = 120.0


@dataclass
class Crew:
    """Processes by the port of their metrics; ``commands`` are the words after ``limner``."""

    environment: Mapping[str, str]
    commands: Mapping[int, Sequence[str]]
    processes: dict[int, asyncio.subprocess.Process] = field(
        default_factory=dict[int, asyncio.subprocess.Process]
    )
    kills: int = 0

    @property
    def ports(self) -> list[int]:
        """The ports of all of them."""
        return list(self.commands)

    async def start(self, port: int) -> None:
        """Start the process whose metrics are on that port."""
        self.processes[port] = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "limner", *self.commands[port]),
            env={**os.environ, **self.environment, "LIMNER_METRICS_PORT": str(port)},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def replace(self, port: int) -> None:
        """Kill that process, and start it again."""
        self.processes[port].kill()
        await self.processes[port].wait()
        self.kills += 1
        await self.start(port)

    async def kill_each(self, every_s: float) -> None:
        """Kill one process after another, and start it again."""
        while True:
            for port in self.ports:
                await asyncio.sleep(every_s)
                await self.replace(port)


@asynccontextmanager
async def crew(
    environment: Mapping[str, str], commands: Sequence[Sequence[str]]
) -> AsyncGenerator[Crew]:
    """These processes, ready; they end with the block."""
    group = Crew(environment, {free_port(): command for command in commands})
    try:
        for port in group.ports:
            await group.start(port)
        async with asyncio.timeout(START_S):
            while len(scraped(group.ports)) == 0 or not await _all_answer(group.ports):  # noqa: ASYNC110
                await asyncio.sleep(LOOK_S)
        yield group
    finally:
        for process in group.processes.values():
            if process.returncode is None:
                process.terminate()
        await asyncio.gather(*(process.wait() for process in group.processes.values()))


async def _all_answer(ports: Sequence[int]) -> bool:
    for port in ports:
        try:
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
    return True


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
