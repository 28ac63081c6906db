"""Ends a process that can no longer use its GPU: another one takes its jobs up.

The engine hands the interrupted work to the next process of the same data folder, so nothing is
lost by ending at once; a GPU whose context is broken would hang an orderly end.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NoReturn

import structlog

log = structlog.get_logger(__name__)

TEMPORARY_FAILURE = 75
"""The exit status of a process that should be started again (EX_TEMPFAIL of sysexits.h)."""


def start_again(why: str) -> NoReturn:
    """Replace this process by a fresh one with the same command, under the same number.

    Where that is not possible it ends with status 75, for its supervisor.
    """
    log.critical("process_starts_again", why=why)
    with suppress(OSError):
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves
    os._exit(TEMPORARY_FAILURE)


def give_up(why: str) -> NoReturn:
    """End a command that a user waits for, and report it to them."""
    log.critical("process_ends", why=why)
    with suppress(OSError):
        os.write(
            sys.stderr.fileno(),
            (
                f"Limner had to stop: {why}. The job is saved; the next limner command on this "
                "data folder continues it.\n"
            ).encode(),
        )
    os._exit(TEMPORARY_FAILURE)
