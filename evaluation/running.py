"""A Limner for the benches to measure: a real process, wired as ``limner run`` is."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp

from app.application import open_application
from app.settings import load_settings
from app.storage_settings import PREFIX
from app.wiring import Application
from domain.requests import LOCAL_WORKSPACE, Job, JobStatus

LOOK_S = 0.5
START_S = 60.0


@dataclass(frozen=True, slots=True)
class Limner:
    """A running process, and how to give it orders (see ``evaluation.worker``)."""

    process: asyncio.subprocess.Process
    folder: Path
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def pid(self) -> int:
        """The process's number."""
        return self.process.pid

    async def submit(self, prompts: Sequence[str]) -> list[str]:
        """Have it accept a job for each prompt, each of another member; gives their ids."""
        reply = await self.order(do="submit", prompts=list(prompts), folder=str(self.folder))
        return [str(job_id) for job_id in reply]

    async def order(self, **order: Any) -> Any:
        """Give an order and wait for the answer.

        Raises:
            RuntimeError: The process has ended.
        """
        assert self.process.stdin is not None  # noqa: S101 - both are pipes, see below
        assert self.process.stdout is not None  # noqa: S101
        async with self._turn:
            self.process.stdin.write(json.dumps(order).encode() + b"\n")
            answer = await self.process.stdout.readline()
        if not answer:
            raise RuntimeError("the process to be measured has ended")
        return json.loads(answer)


@asynccontextmanager
async def running_limner(
    environment: Mapping[str, str], folder: Path, *arguments: str
) -> AsyncGenerator[Limner]:
    """Start ``python -m evaluation.worker`` and end it with the block.

    ``environment`` holds the settings that differ from production's; ``folder`` is where pictures
    are delivered.

    Raises:
        RuntimeError: It did not start.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "evaluation.worker", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
        limit=1 << 24,
    )
    assert process.stdin is not None  # noqa: S101 - both are pipes, see above
    assert process.stdout is not None  # noqa: S101
    try:
        async with asyncio.timeout(START_S):
            if not await process.stdout.readline():
                raise RuntimeError("the process to be measured did not start")
        yield Limner(process, folder)
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), START_S)
        except TimeoutError:
            process.kill()
            await process.wait()


@asynccontextmanager
async def running_command(
    environment: Mapping[str, str], *command: str
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Start a command with these settings, and ask it to stop at the end of the block."""
    process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **environment})
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), START_S)
        except TimeoutError:
            process.kill()
            await process.wait()


async def until_healthy(session: aiohttp.ClientSession, port: int) -> None:
    """Wait until a process answers on its HTTP port. Raises ``TimeoutError``."""
    async with asyncio.timeout(START_S):
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/healthz") as answer:
                    if answer.status == HTTPStatus.OK:
                        return
            except aiohttp.ClientError:
                pass  # it does not listen yet
            await asyncio.sleep(0.1)


@asynccontextmanager
async def watching_house(environment: Mapping[str, str]) -> AsyncGenerator[Application]:
    """The same installation as seen by a process that works on nothing."""
    named = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX)
    }
    async with open_application(load_settings(**named), work=()) as application:
        yield application


async def finished(
    application: Application, job_ids: Sequence[str], *, patience_s: float
) -> list[Job]:
    """These jobs once all are over, or as they stand when the patience is.

    A few queries a second, for any number of jobs, so that looking costs next to nothing.
    """
    deadline = time.monotonic() + patience_s
    wanted = set(job_ids)
    while True:
        newest = await application.job_service.recent(LOCAL_WORKSPACE, limit=max(len(wanted), 1))
        jobs = [job for job in newest if job.id in wanted]
        if all(job.status.final for job in jobs) or time.monotonic() > deadline:
            return jobs
        await asyncio.sleep(LOOK_S)


def lost(jobs: Sequence[Job]) -> list[Job]:
    """The jobs that did not reach their result."""
    return [job for job in jobs if job.status is not JobStatus.DONE]


def seconds(job: Job) -> float:
    """From the moment when a job was accepted to its delivery; infinite where there was none."""
    if job.finished_at is None:
        return float("inf")
    return (job.finished_at - job.created_at).total_seconds()
