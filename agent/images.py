"""The decoding pool: strangers' pictures are decoded in warm processes with hard limits, never in
this one."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from contextlib import suppress
from pathlib import Path

from agent.decode_worker import HEADER
from domain.errors import UnusableReference
from domain.pictures import CheckedPicture

PATIENCE_S = 10.0
"""Seconds on the clock for one picture; the process itself is ended after 3 s of work."""
PICTURES_PER_PROCESS = 200
MAX_BYTES = 25_000_000
_WORKER = Path(__file__).with_name("decode_worker.py")


class DecodingPool:
    """Up to ``size`` processes, each started when it is first needed."""

    def __init__(self, *, size: int = 2) -> None:
        self._free: list[_Worker] = []
        self._turn = asyncio.Semaphore(size)
        self._closed = False

    async def decode(self, data: bytes, *, max_pixels: int = 2_000_000) -> CheckedPicture:
        """Check and re-encode, upright, without metadata, scaled down to at most ``max_pixels``.

        Raises:
            UnusableReference: It is no picture that can be used; the message says why.
        """
        if not data:
            raise _unusable("it is empty")
        if len(data) > MAX_BYTES:
            raise _unusable(f"it is larger than {MAX_BYTES // 1_000_000} MB")
        async with self._turn:
            worker = self._free.pop() if self._free else await _Worker.started()
            try:
                async with asyncio.timeout(PATIENCE_S):
                    picture = await worker.decode(data, max_pixels)
            except UnusableReference:
                await self._put_back(worker)
                raise
            except TimeoutError as error:
                await worker.end()
                raise _unusable("it takes too long to decode") from error
            except (asyncio.IncompleteReadError, OSError) as error:
                why = await worker.cause_of_death()
                raise _unusable(why) from error
            except BaseException:
                await asyncio.shield(worker.end())
                raise
            await self._put_back(worker)
            return picture

    async def aclose(self) -> None:
        """End the processes."""
        self._closed = True
        while self._free:
            await self._free.pop().end()

    async def _put_back(self, worker: _Worker) -> None:
        if self._closed or worker.served >= PICTURES_PER_PROCESS:
            await worker.end()
        else:
            self._free.append(worker)


class _Worker:
    """One process, and how to speak with it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.served = 0

    @classmethod
    async def started(cls) -> _Worker:
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                str(_WORKER),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={},
                start_new_session=True,
            )
        )

    async def decode(self, data: bytes, max_pixels: int) -> CheckedPicture:
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None  # noqa: S101 - both are pipes, see above
        assert answers is not None  # noqa: S101
        self.served += 1
        requests.write(HEADER.pack(max_pixels, len(data)) + data)
        await requests.drain()
        facts_length, body_length = HEADER.unpack(await answers.readexactly(HEADER.size))
        facts = json.loads(await answers.readexactly(facts_length))
        body = await answers.readexactly(body_length)
        if "why" in facts:
            raise _unusable(str(facts["why"]))
        return CheckedPicture(
            data=body,
            media_type=str(facts["media_type"]),
            width=int(facts["width"]),
            height=int(facts["height"]),
            phash=str(facts["phash"]),
        )

    async def cause_of_death(self) -> str:
        await self.end()
        if self._process.returncode == -signal.SIGXCPU:
            return "it takes too much work to decode"
        return "it cannot be decoded safely"

    async def end(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
        await self._process.wait()
        transport = getattr(self._process, "_transport", None)
        if transport is not None:
            transport.close()


def hamming(first: str, second: str) -> int:
    """How many of the 64 bits of two perceptual hashes differ; ≤ 10 is probably one picture."""
    return (int(first, 16) ^ int(second, 16)).bit_count()


def _unusable(why: str) -> UnusableReference:
    return UnusableReference("picture", why)
