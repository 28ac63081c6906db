"""A worker process: it limits itself, and then works on one request after another.

A worker has no environment, no files and no connection but the one to the process that started it.
The kernel ends it when a request takes more processor time than its task may, and refuses it more
memory than that.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
import resource
import select
import signal
import socket
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

from agent.sandbox import wire
from agent.sandbox.tasks import TASKS, TaskSpec
from domain.translation.messages import gettext

MAX_RESIDENT_BYTES = 160 << 20
"""A worker that has grown beyond this ends after its answer, so that idle ones stay small."""
KEPT_BYTES: Final = 32 << 20
"""Memory of a request that stays with its worker for the next one."""
REST_S: Final = 0.5
"""Seconds without a request after which that is given back."""
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
"""Parameters of ``mallopt`` (malloc.h of the GNU C library)."""
MAX_OPEN_FILES = 256
"""Each size of a font is one."""


class CannotBeRead(Exception):
    """Nothing can be made of the input; ``str()`` says why in words that stand after "it"."""


def serve(connection: socket.socket) -> None:
    """Work until the other side closes the connection."""
    _limit_process()
    give_back = _keep_memory()
    base_bytes = _address_space_bytes()
    while True:
        if not select.select([connection], [], [], REST_S)[0]:
            give_back()
        try:
            facts, data = wire.read_request(connection)
        except wire.Closed:
            return
        spec = TASKS[facts["task"]]
        _limit_request(spec, base_bytes)
        answer, bodies = _worked(spec, facts, data)
        del data
        last = _resident_bytes() > MAX_RESIDENT_BYTES
        try:
            wire.write_answer(connection, {**answer, "last": last}, bodies)
        except OSError:
            return  # no one waits for the answer any more
        if last:
            return


def _worked(
    spec: TaskSpec, facts: dict[str, Any], data: bytearray
) -> tuple[dict[str, Any], list[bytes]]:
    try:
        found, bodies = importlib.import_module(spec.module).run(facts, bytes(data))
    except CannotBeRead as error:
        return {"why": str(error)}, []
    except MemoryError:
        return {
            "why": gettext("needs too much memory to read"),
            "detail": "MemoryError",
        }, []
    except Exception as error:
        return {
            "why": gettext("can't be read"),
            "detail": f"{type(error).__name__}: {error}"[:300],
        }, []
    return {"found": found}, bodies


def _limit_process() -> None:
    """Take from this process what no task needs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (MAX_OPEN_FILES, MAX_OPEN_FILES))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # what a library prints about a page is no business of the log
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)


def _keep_memory() -> Callable[[], object]:
    """Keep what one request needed for the next one: taken from the system anew, page by page, it
    costs a sixth to a third of the work on a picture. Gives what returns it to the system. Nothing
    happens with another C library than GNU's."""
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, KEPT_BYTES // 2)
        library.mallopt(_TRIM_THRESHOLD, KEPT_BYTES)
        return partial(library.malloc_trim, 0)
    return lambda: None


def _limit_request(spec: TaskSpec, base_bytes: int) -> None:
    """Give the next request its memory and its processor time, counted from what is used."""
    memory_bytes = base_bytes + spec.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, resource.RLIM_INFINITY))
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent_s = int(used.ru_utime + used.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (spent_s + spec.cpu_s, resource.RLIM_INFINITY))


def _address_space_bytes() -> int:
    """The address space that this process uses now; 0 where the system does not say."""
    return _statm(0)


def _resident_bytes() -> int:
    """The memory that this process uses now, shared pages included."""
    return _statm(1) or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT


def _statm(field: int) -> int:
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - pathlib is not loaded here
            return int(file.read().split()[field]) * resource.getpagesize()
    except OSError:
        return 0


_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
