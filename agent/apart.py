"""Strangers' bytes are read in a process of its own with hard limits: bytes go in, JSON comes out.

A worker is one of our own modules, run as a script, that limits itself (``agent/limits.py``).
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from contextlib import suppress
from typing import Any

MAX_ANSWER_BYTES = 16_000_000


class WorkFailed(Exception):
    """A worker gave no answer; ``str()`` says why, to stand after "it"."""


async def worked_apart(module: str, data: bytes, *, patience_s: float) -> Any:
    """What the worker ``module`` (a dotted name) answers ``data`` with, read as JSON.

    Raises:
        WorkFailed: It took more than ``patience_s`` on the clock, more processor time or memory
            than it allows itself, or it failed.
    """
    process = await _started(module)
    try:
        async with asyncio.timeout(patience_s):
            answer, _ = await asyncio.gather(_answer(process), _ask(process, data))
            await process.wait()
    except TimeoutError as error:
        raise WorkFailed("takes too long to read") from error
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await asyncio.shield(process.wait())
    if process.returncode == -signal.SIGXCPU:
        raise WorkFailed("takes too much work to read")
    if process.returncode or len(answer) > MAX_ANSWER_BYTES:
        raise WorkFailed("cannot be read")
    try:
        return json.loads(answer)
    except ValueError as error:
        raise WorkFailed("cannot be read") from error


async def _started(module: str) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-m",
            module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
            start_new_session=True,
        )
    except OSError as error:
        raise WorkFailed("cannot be read, since this machine is too busy") from error


async def _ask(process: asyncio.subprocess.Process, data: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 - a pipe, see above
    with suppress(ConnectionError):  # it may have ended before it read everything
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()


async def _answer(process: asyncio.subprocess.Process) -> bytes:
    """What it wrote; one that writes too much is ended, and the rest of that is dropped."""
    assert process.stdout is not None  # noqa: S101 - a pipe, see above
    answer = bytearray()
    while chunk := await process.stdout.read(65_536):
        if len(answer) <= MAX_ANSWER_BYTES:
            answer += chunk
        else:
            with suppress(ProcessLookupError):
                process.kill()
    return bytes(answer)
