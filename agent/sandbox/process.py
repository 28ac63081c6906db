"""The template process and its workers, seen from the process that uses them.

Coroutines that start or end a process must run in tasks that are never cancelled, which the pool
takes care of: a caller who gives up would leave half an exchange on the control socket, or a
process that is never ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

import structlog

from agent.sandbox import wire

_COMMAND = ["-I", "-m", "agent.sandbox.template"]
START_TIMEOUT_S = 30.0
ORDER_TIMEOUT_S = 60.0
"""For one order, imports included; a machine that swaps is slow."""
MAX_STDERR_CHARS = 2_000
SEND_BUFFER_BYTES = 1 << 20
"""So that most pictures and pages go through a socket at once, as far as the system allows; by
default they take several turns of the event loop."""
_log = structlog.get_logger(__name__)


_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}
"""The whole environment of a worker: threads that numpy starts would not survive a fork."""


class CannotStart(Exception):
    """No worker can be started on this machine now; it is not the input's fault."""


class WorkerLost(Exception):
    """The worker ended in the middle of a request."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A worker's answer; ``last`` means that it ends itself now."""

    facts: Mapping[str, Any]
    bodies: tuple[bytes, ...]
    last: bool


class Template:
    """A running template process."""

    def __init__(
        self, process: subprocess.Popen[bytes], control: socket.socket, stderr: IO[bytes]
    ) -> None:
        self._process = process
        self._control = control
        self._stderr = stderr
        self._turn = asyncio.Lock()
        self._modules: set[str] = set()
        self.lost = False
        """Whether it does not answer any more."""

    @classmethod
    async def start(cls) -> Template:
        """Start one.

        Raises:
            CannotStart: It cannot be started; the log says why.
            OSError: There are no descriptors left.
        """
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        stderr: IO[bytes] | None = None
        try:
            stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the template
            process = subprocess.Popen(  # noqa: ASYNC220, S603 - ours, and it starts in a moment
                [sys.executable, *_COMMAND, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                pass_fds=[theirs.fileno()],
                env=_ENVIRONMENT,
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            if stderr is not None:
                stderr.close()
            _log.error("sandbox_cannot_start", why=str(error))
            raise CannotStart(str(error)) from error
        finally:
            theirs.close()
        template = cls(process, ours, stderr)
        await template._wait_until_ready()
        return template

    async def fork(self, modules: tuple[str, ...]) -> Worker:
        """Start a worker, with these modules imported before.

        Raises:
            CannotStart: It cannot be started; the log says why.
        """
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        names = " ".join(modules).encode()
        try:
            pid = await self._order(b"F", len(names), theirs, names)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._modules.update(modules)
        return Worker(self, pid, ours, frozenset(self._modules))

    async def reap(self, pid: int) -> int | None:
        """End the worker with that process id and give its exit code; None where it is unknown."""
        try:
            status = await self._order(b"R", pid)
        except CannotStart:
            return None
        return os.waitstatus_to_exitcode(status)

    async def stop(self) -> None:
        """End it and all its workers."""
        self.lost = True
        self._kill()  # what is going on with it now ends at once
        async with self._turn:
            await self._end()

    async def _wait_until_ready(self) -> None:
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await self._reply()
        except (OSError, CannotStart) as error:
            await self._end()
            raise CannotStart(str(error) or "it does not answer") from error

    async def _order(
        self, order: bytes, number: int, descriptor: socket.socket | None = None, rest: bytes = b""
    ) -> int:
        descriptors = [descriptor.fileno()] if descriptor is not None else []
        async with self._turn:
            if self.lost:
                raise CannotStart("the template process has ended")
            try:
                async with asyncio.timeout(ORDER_TIMEOUT_S):
                    # A few bytes always fit into an empty socket.
                    message = wire.ORDER.pack(order, number) + rest
                    socket.send_fds(self._control, [message], descriptors)
                    done, answer, why = await self._reply()
            except (OSError, CannotStart) as error:
                await self._end()
                raise CannotStart(str(error) or "it does not answer") from error
        if not done:
            _log.error("sandbox_cannot_start", why=why)
            raise CannotStart(why)
        return answer

    async def _reply(self) -> tuple[bool, int, str]:
        done, number, length = wire.REPLY.unpack(await self._read(wire.REPLY.size))
        return done, number, (await self._read(length)).decode("utf-8", "replace")

    async def _read(self, length: int) -> bytes:
        loop = asyncio.get_running_loop()
        found = b""
        while len(found) < length:
            part = await loop.sock_recv(self._control, length - len(found))
            if not part:
                raise CannotStart("the template process has ended")
            found += part
        return found

    def _kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def _end(self) -> None:
        """Make sure that it is gone, and log its output on that."""
        if self._stderr.closed:
            return
        unexpected, self.lost = not self.lost, True
        self._kill()
        code = await asyncio.to_thread(self._process.wait)
        self._control.close()
        self._stderr.seek(0)
        stderr = self._stderr.read().decode("utf-8", "replace").strip()[-MAX_STDERR_CHARS:]
        self._stderr.close()
        if stderr or unexpected:
            _log.error("sandbox_ended", exit_code=code, stderr=stderr)


class Worker:
    """A running worker process, and the socket to it."""

    def __init__(
        self, template: Template, pid: int, connection: socket.socket, modules: frozenset[str]
    ) -> None:
        self.template = template
        self.pid = pid
        self.modules = modules
        """The modules that were imported before it was forked."""
        self.served = 0
        self.idle_since = 0.0
        """The event loop's time when it was last put back."""
        self._connection = connection

    async def ask(self, facts: Mapping[str, Any], data: bytes) -> Answer:
        """Have it work on ``data``.

        After anything but an answer the worker is of no more use.

        Raises:
            WorkerLost: It ended, or answered something else than agreed.
        """
        self.served += 1
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_sendall(self._connection, wire.request_head(facts, len(data)))
            await loop.sock_sendall(self._connection, data)
            facts_length, count = wire.ANSWER.unpack(await self._read(wire.ANSWER.size))
            if facts_length > wire.MAX_FACTS_BYTES or count > wire.MAX_BODIES:
                raise WorkerLost
            lengths = wire.BODY.iter_unpack(await self._read(count * wire.BODY.size))
            sizes = [size for (size,) in lengths]
            if sum(sizes) > wire.MAX_BODIES_BYTES:
                raise WorkerLost
            answer = json.loads(await self._read(facts_length))
            bodies = [bytes(await self._read(size)) for size in sizes]
        except (OSError, ValueError) as error:
            raise WorkerLost from error
        return Answer(answer, tuple(bodies), bool(answer.pop("last", False)))

    async def end(self) -> int | None:
        """End it and give its exit code as ``subprocess`` does, negative for a signal; None where
        it is unknown."""
        self._connection.close()
        return await self.template.reap(self.pid)

    async def _read(self, length: int) -> bytearray:
        loop = asyncio.get_running_loop()
        buffer = bytearray(length)
        view = memoryview(buffer)
        while view:
            received = await loop.sock_recv_into(self._connection, view)
            if not received:
                raise WorkerLost
            view = view[received:]
        return buffer
