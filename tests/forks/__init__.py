"""Processes of Limner that start in a tenth of a second: forks of one that has loaded everything.

Where a test is about the start itself (what is imported, the encoding, a closed stream, a limit of
the system), it starts a fresh interpreter instead.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PIPE = subprocess.PIPE
DEVNULL = subprocess.DEVNULL


@dataclass
class Process:
    """A running process, with what :class:`asyncio.subprocess.Process` has of it."""

    pid: int
    stdout: asyncio.StreamReader | None
    stderr: asyncio.StreamReader | None
    _answer: socket.socket
    _transports: list[asyncio.ReadTransport]
    returncode: int | None = None
    _ended: asyncio.Task[int] | None = field(default=None)

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it is known to have ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as the kernel would."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    async def wait(self) -> int:
        """Its exit status; the number of a signal that ended it, negative."""
        if self._ended is None:
            self._ended = asyncio.ensure_future(self._end())
        return await asyncio.shield(self._ended)

    async def communicate(self) -> tuple[bytes, bytes]:
        """All that it writes from now on, once it has ended."""
        streams = (self.stdout, self.stderr)
        said = await asyncio.gather(*(stream.read() for stream in streams if stream is not None))
        await self.wait()
        texts = iter(said)
        out, err = (next(texts) if stream is not None else b"" for stream in streams)
        return out, err

    async def _end(self) -> int:
        loop = asyncio.get_running_loop()
        with self._answer:
            self.returncode = int((await loop.sock_recv(self._answer, 64)).decode())
        for transport in self._transports:
            transport.close()
        return self.returncode


async def start(
    module: str,
    *arguments: str,
    env: Mapping[str, str],
    stdout: int | None = None,
    stderr: int | None = None,
) -> Process:
    """Run a module as ``python -m`` would; ``stdout`` and ``stderr`` are inherited, or ``PIPE`` or
    ``DEVNULL``."""
    readers: list[asyncio.StreamReader | None] = []
    transports: list[asyncio.ReadTransport] = []
    files = [os.open(os.devnull, os.O_RDONLY)]
    for wanted, own in ((stdout, 1), (stderr, 2)):
        reader = None
        if wanted == PIPE:
            read, write = os.pipe()
            reader = asyncio.StreamReader(limit=1 << 20)
            transport, _ = await asyncio.get_running_loop().connect_read_pipe(
                partial(asyncio.StreamReaderProtocol, reader), os.fdopen(read, "rb", buffering=0)
            )
            transports.append(transport)
            files.append(write)
        else:
            files.append(os.open(os.devnull, os.O_WRONLY) if wanted == DEVNULL else os.dup(own))
        readers.append(reader)
    answer = _ask(module, arguments, env, files)
    answer.setblocking(False)
    pid = int((await asyncio.get_running_loop().sock_recv(answer, 64)).decode())
    return Process(pid, readers[0], readers[1], answer, transports)


def run(
    module: str,
    *arguments: str,
    env: Mapping[str, str],
    stdin: str = "",
    umask: int | None = None,
    timeout_s: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Run a module to its end, as :func:`subprocess.run` does with everything captured."""
    with (
        tempfile.TemporaryFile() as into,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        into.write(stdin.encode())
        into.seek(0)
        files = [os.dup(file.fileno()) for file in (into, out, err)]
        answer = _ask(module, arguments, env, files, umask)
        with answer:
            answer.settimeout(timeout_s)
            answer.recv(64)
            status = int(answer.recv(64))
        out.seek(0)
        err.seek(0)
        said = [file.read().decode() for file in (out, err)]
    return subprocess.CompletedProcess([module, *arguments], status, *said)


def _ask(
    module: str,
    arguments: tuple[str, ...],
    env: Mapping[str, str],
    files: list[int],
    umask: int | None = None,
) -> socket.socket:
    """Let the server fork; gives where it says the process's number and then its exit status."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if umask is None:
        umask = os.umask(0o077)
        os.umask(umask)
    asked = {
        "module": module,
        "arguments": arguments,
        "env": dict(env),
        "cwd": str(ROOT),
        "umask": umask,
    }
    with theirs:
        socket.send_fds(_server(), [json.dumps(asked).encode()], [theirs.fileno(), *files])
    for file in files:
        os.close(file)
    return ours


@cache
def _server() -> socket.socket:
    """The connection to this test process's own server, started when it is first needed."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.forks.server", str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
    )
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait(10)

    atexit.register(end)
    return ours
