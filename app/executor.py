"""The identity of this process: a place that no two live processes share, and a run of its own.

A process takes the lowest free slot of its data folder by locking a file: while it lives no other
process gets the slot. After a crash the next process that starts gets it, and knows by that that
the run before it is dead: it takes the interrupted jobs at once.
"""

from __future__ import annotations

import fcntl
import os
import platform
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from domain.errors import StorageUnavailable
from domain.executors import Executor
from domain.translation.messages import gettext

MAX_SLOTS = 256


@contextmanager
def claimed_executor(data_dir: Path, queues: tuple[str, ...]) -> Generator[Executor]:
    """Hold a slot of this data folder for as long as the block runs.

    Raises:
        StorageUnavailable: The folder cannot be written, or all slots are taken.
    """
    folder = data_dir / "executors"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        installation = _installation(folder)
        slot, descriptor = _free_slot(folder)
    except OSError as error:
        raise StorageUnavailable(
            gettext(
                "The data folder {data_dir!r} isn't writable ({strerror}); fix its "
                "permissions, free up space, or set LIMNER_DATA_DIR to another folder.",
                data_dir=str(data_dir),
                strerror=error.strerror,
            )
        ) from error
    now = datetime.now(UTC)
    try:
        yield Executor(
            id=f"{installation}-{slot}.{secrets.token_hex(4)}",
            queues=queues,
            host=platform.node(),
            pid=os.getpid(),
            started_at=now,
            seen_at=now,
        )
    finally:
        os.close(descriptor)


def _installation(folder: Path) -> str:
    """A random name for this data folder, made once and kept in it."""
    path = folder / "installation"
    if not path.exists():
        draft = folder / f"installation.{secrets.token_hex(4)}"
        draft.write_text(secrets.token_hex(8), encoding="ascii")
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii")


def _free_slot(folder: Path) -> tuple[int, int]:
    for slot in range(MAX_SLOTS):
        descriptor = os.open(folder / f"{slot}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        return slot, descriptor
    raise StorageUnavailable(
        gettext(
            "{max_slots} processes already use this data folder; stop some of them.",
            max_slots=MAX_SLOTS,
        )
    )
