"""The process that worker processes are forked from: ``python -I -m agent.sandbox.template``.

It never reads untrusted data: it imports the libraries once, so that a worker starts within
milliseconds and shares their memory, and it starts, kills and reaps workers for the Limner process
at the other end of its control socket (file descriptor ``sys.argv[1]``). When that end is closed it
ends itself and all its workers.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import signal
import socket
import sys

from agent.sandbox.wire import ORDER, REPLY
from agent.sandbox.worker import serve

MAX_ERROR_BYTES = 2_000
NICENESS = 10
"""So much later than others these processes get a busy processor: people who wait for an answer of
the process that talks to them come first."""
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve until the control socket is closed."""
    os.nice(NICENESS)
    control = socket.socket(fileno=int(sys.argv[1]))
    control.sendall(REPLY.pack(True, os.getpid(), 0))
    try:
        while True:
            message, descriptors, _flags, _address = socket.recv_fds(control, ORDER.size, 1)
            if len(message) < ORDER.size:
                break
            order, number = ORDER.unpack(message)
            if order == b"F":
                names = control.recv(number, socket.MSG_WAITALL).decode() if number else ""
                _answer_fork(control, descriptors[0], names.split())
            else:
                _answer(control, _reaped(number))
    finally:
        # Workers are in this process's group; whatever they are doing, no one waits for it now.
        os.killpg(0, signal.SIGKILL)


def _answer_fork(control: socket.socket, descriptor: int, modules: list[str]) -> None:
    try:
        for name in modules:
            importlib.import_module(name)
        pid = _forked(control, descriptor)
    except Exception as error:
        text = f"{type(error).__name__}: {error}".encode("utf-8", "replace")[:MAX_ERROR_BYTES]
        control.sendall(REPLY.pack(False, 0, len(text)) + text)
    else:
        _answer(control, pid)
    finally:
        os.close(descriptor)


def _answer(control: socket.socket, number: int) -> None:
    control.sendall(REPLY.pack(True, number, 0))


def _forked(control: socket.socket, descriptor: int) -> int:
    # Objects that exist now are never looked at by the collector again: their pages stay shared.
    gc.collect()
    gc.freeze()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        control.close()
        _end_with(parent)
        serve(socket.socket(fileno=descriptor))
    finally:
        os._exit(0)


def _end_with(parent: int) -> None:
    """Have the kernel end this process when the template is gone; Linux alone can do that."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def _reaped(pid: int) -> int:
    """End a worker and give its wait status. Only this process waits for workers, so ``pid`` cannot
    have become another process's."""
    try:
        finished, status = os.waitpid(pid, os.WNOHANG)
        if not finished:
            os.kill(pid, signal.SIGKILL)
            _finished, status = os.waitpid(pid, 0)
    except (ChildProcessError, ProcessLookupError):
        return 0
    return status


if __name__ == "__main__":
    main()
