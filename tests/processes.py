"""What this process holds: child processes and descriptors, for tests of what is given back."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

_left_out: set[int] = set()


@contextmanager
def only_later_children() -> Generator[None]:
    """Count no child inside the block that lives already: servers of tests that ran before stay."""
    _left_out.update(children())
    try:
        yield
    finally:
        _left_out.clear()


def children(pid: int | None = None) -> list[int]:
    """The process ids of all living descendants that are counted."""
    parents = {int(entry.name): _parent(entry) for entry in Path("/proc").glob("[0-9]*")}
    found: list[int] = []
    waiting = [pid or os.getpid()]
    while waiting:
        current = waiting.pop()
        own = [child for child, parent in parents.items() if parent == current]
        found += own
        waiting += own
    return [child for child in found if child not in _left_out]


def workers() -> list[int]:
    """The process ids of the sandbox's workers; their template process is none of them."""
    found = children()
    return [pid for pid in found if _parent(Path(f"/proc/{pid}")) in found]


def is_running(pid: int) -> bool:
    """Whether a process lives, and has not just left its exit code behind."""
    return _parent(Path(f"/proc/{pid}")) is not None


async def until(condition: Callable[[], bool], *, within_s: float = 240.0) -> None:
    """Wait until the condition holds. Raises ``TimeoutError``."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - the kernel sets no event
            await asyncio.sleep(0.01)


def _parent(process: Path) -> int | None:
    """The parent's process id; None for a process that has ended."""
    try:
        state, parent = (process / "stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return None
    return None if state == "Z" else int(parent)


def descriptors() -> int:
    """How many descriptors this process has open, without those of the weights, which are mapped
    once and stay."""
    opened = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    return sum("weights" not in path.parts for path in opened)
