"""The shared parts of the backends of one process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from generation.ports import BoardWorkers


def end_process(why: str) -> None:
    """The plainest way out: the process ends with that sentence."""
    raise SystemExit(why)


@dataclass(frozen=True, slots=True)
class BackendContext:
    """The settings of local models; each kind of generator looks at its part.

    ``fatal`` is called, from any thread, when the GPU is beyond repair: it must end this process,
    so that another one takes the job up.
    """

    fatal: Callable[[str], None] = end_process
    cache: Path | None = None
    """A folder for what is known about models."""
    device: str = "auto"
    threads: int = 0
    """Of the processor; 0 leaves it to torch."""
    timeout_s: float = 900.0
    """For one run, from its first step on."""
    models_loaded: int = 1
    previews: bool = False
    board_workers: BoardWorkers | None = None
    """Worker processes that draw storyboards; without them a thread does."""
    shared: dict[str, object] = field(default_factory=dict[str, object])
    """The shared parts of the backends of one kind, such as the one thread that uses the GPU."""
