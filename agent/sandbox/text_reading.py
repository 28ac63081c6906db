"""Reads the text in pictures, in a process of its own for each picture.

The process holds a third of a gigabyte while it reads, which takes seconds, and is rarely needed.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from importlib import metadata
from importlib.util import find_spec

import structlog

READ_TIMEOUT_S = 90.0
"""For one picture, the start of the process included."""
MAX_STDERR_CHARS = 2_000
_COMMAND = ("-I", "-m", "agent.sandbox.text_worker")
_ENVIRONMENT = {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "1"}
_log = structlog.get_logger(__name__)


class TextNotRead(Exception):
    """The text in a picture could not be read; the log says why."""


def installed_reader() -> str:
    """Name and version of what reads text in pictures; "" where it is not installed."""
    if find_spec("rapidocr") is None or find_spec("onnxruntime") is None:
        return ""
    return f"rapidocr {metadata.version('rapidocr')}"


class TextReader:
    """Reads one picture at a time; ``name`` is what :func:`installed_reader` says."""

    def __init__(self, name: str, *, timeout_s: float = READ_TIMEOUT_S) -> None:
        self.name = name
        self._timeout_s = timeout_s
        self._turn = asyncio.Lock()

    async def read(self, picture: bytes) -> list[str]:
        """The lines of text in a PNG or JPEG, from top to bottom.

        Raises:
            TextNotRead: It took too long, or its process failed.
        """
        async with self._turn:
            process = await _started()
            try:
                async with asyncio.timeout(self._timeout_s):
                    answer, stderr = await process.communicate(picture)
            except TimeoutError as error:
                _log.warning("text_not_read", why="time limit", seconds=self._timeout_s)
                raise TextNotRead("reading its text takes too long") from error
            finally:
                await _ended(process)
        try:
            return [str(line) for line in json.loads(answer)["lines"]]
        except (ValueError, KeyError, TypeError) as error:
            why = stderr.decode("utf-8", "replace").strip()[-MAX_STDERR_CHARS:]
            _log.warning("text_not_read", exit_code=process.returncode, stderr=why)
            raise TextNotRead("its text can't be read") from error


async def _started() -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *_COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_ENVIRONMENT,
        )
    except OSError as error:
        _log.warning("text_not_read", why=str(error))
        raise TextNotRead("no process that reads its text can be started") from error


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Make sure that the process is gone and its pipes are closed, on every path."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await asyncio.shield(process.communicate())
