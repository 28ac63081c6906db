"""The tasks of worker processes, and the limits of each kind.

A task is named here and implemented in a module that only worker processes import: it gets the
request's facts and data and returns an answer's facts and byte strings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """One kind of work.

    ``module`` has the function ``run(facts, data)``. ``memory_bytes`` is address space beyond what
    the worker has after its imports. ``cpu_s`` is processor time; ``wall_s`` is time on the clock,
    counted from when a worker begins and longer than ``cpu_s``, since a busy machine gives a worker
    only part of a core. ``imports`` are loaded before the worker is forked, so that all workers
    share their memory.
    """

    module: str
    memory_bytes: int
    cpu_s: int
    wall_s: float
    imports: tuple[str, ...]


TASKS: Mapping[str, TaskSpec] = {
    "picture": TaskSpec(
        "agent.sandbox.picture_worker", 768 * MEBIBYTE, 3, 30.0, ("agent.sandbox.picture_worker",)
    ),
    "page": TaskSpec(
        "agent.sandbox.page_worker",
        512 * MEBIBYTE,
        4,
        40.0,
        ("agent.sandbox.page_worker", "trafilatura"),
    ),
    "plain_page": TaskSpec(
        "agent.sandbox.plain_page_worker",
        512 * MEBIBYTE,
        3,
        30.0,
        ("agent.sandbox.plain_page_worker",),
    ),
    "feed": TaskSpec(
        "agent.sandbox.feed_worker", 512 * MEBIBYTE, 6, 45.0, ("agent.sandbox.feed_worker",)
    ),
    "pdf": TaskSpec(
        "agent.sandbox.pdf_worker", 768 * MEBIBYTE, 8, 45.0, ("agent.sandbox.pdf_worker", "pypdf")
    ),
    # Its own input is trusted, but the pictures on it are not; the event loop's process is spared
    # the work.
    "board": TaskSpec(
        "generation.backends.board_worker",
        768 * MEBIBYTE,
        20,
        90.0,
        ("generation.backends.board_worker",),
    ),
    # A pool of its own works on these: the signing key is never where untrusted pictures are.
    "copy": TaskSpec(
        "generation.provenance.copy_worker",
        1024 * MEBIBYTE,
        20,
        90.0,
        ("generation.provenance.copy_worker",),
    ),
    "provenance": TaskSpec(
        "generation.provenance.reading_worker",
        1024 * MEBIBYTE,
        30,
        120.0,
        ("generation.provenance.reading_worker",),
    ),
}
