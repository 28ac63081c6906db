"""Serves a checkpoint with vLLM for as long as it is needed."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2

from training.programs import TrainingFailed, end_of

START_S = 900.0
STOP_S = 30.0
LOOK_S = 0.5


@asynccontextmanager
async def served(
    checkpoint: Path,
    *,
    name: str,
    vllm: str,
    log: Path,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    start_s: float = START_S,
) -> AsyncGenerator[str]:
    """The address, ending in ``/v1``, of a vLLM that serves a checkpoint under a name.

    Args:
        checkpoint: The folder with model and processor.
        name: What requests call the model.
        vllm: The program ``vllm``.
        log: Where its output goes.
        arguments: Further ones for ``vllm serve``.
        environment: Further variables for it.
        start_s: The most seconds until it answers.

    Raises:
        TrainingFailed: It does not start.
    """
    port = _free_port()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            vllm,
            "serve",
            str(checkpoint),
            *("--host", "127.0.0.1", "--port", str(port), "--served-model-name", name),
            *arguments,
            stdout=out,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    try:
        await _until_ready(process, port, log, start_s)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        await _stop(process)


async def _until_ready(
    process: asyncio.subprocess.Process, port: int, log: Path, start_s: float
) -> None:
    try:
        async with asyncio.timeout(start_s), httpx2.AsyncClient(timeout=5.0) as client:
            while process.returncode is None:
                with suppress(httpx2.HTTPError):
                    if (await client.get(f"http://127.0.0.1:{port}/health")).is_success:
                        return
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        pass
    raise TrainingFailed(f"vLLM did not start; see {str(log)!r}: {end_of(log)}")


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End the server with all of its processes."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sent)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await process.wait()
                return


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
