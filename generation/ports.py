"""The registry's port for backends that make pictures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from domain.illustrations import Picture, Recipe
from generation.capabilities import Capabilities
from generation.prompt_reading import PromptReader

BoardWorkers = Callable[[bytes, Mapping[str, Any]], Awaitable[tuple[Any, Sequence[bytes]] | None]]
"""Has ``generation.backends.board_worker.run`` work on data and facts in a worker process; gives
the facts and the byte strings of its answer, and None where no worker could do it."""


class Progress(Protocol):
    """Receives a render's progress."""

    async def __call__(self, fraction: float, preview: bytes | None = None) -> None:
        """Take note of a fraction from 0 to 1, and of a small JPEG of what there is so far."""
        ...


class Backend(Protocol):
    """Makes the pictures of one generator."""

    async def prepare(self) -> None:
        """Find out what recipes must say (a model's revision, for example); may download. Twice is
        once. Raises ``GeneratorUnavailable`` when it cannot work here."""
        ...

    def refined(self, can: Capabilities) -> Capabilities:
        """What the generator can do, where the backend knows more of it than the catalogue."""
        ...

    def reader(self, *, edits: bool) -> PromptReader:
        """How it counts prompts and how much of one it reads; ``edits`` where there are references.
        Exact after :meth:`prepare` where it can be."""
        ...

    def complete(self, recipe: Recipe) -> Recipe:
        """The recipe with everything that matters here: what it leaves open is filled in, what
        belongs to the machine (device, versions) is this machine's. Call :meth:`prepare` first."""
        ...

    async def render(
        self, recipe: Recipe, references: Sequence[bytes], *, progress: Progress
    ) -> Picture:
        """The picture of a complete recipe; ``references`` are its pictures in its order.

        Cancelling the task stops the work soon. Raises ``RenderFailed``, ``Refused`` or
        ``GeneratorUnavailable``.
        """
        ...

    async def examine(self) -> str:
        """A sentence about what it is ready with; quick. Raises ``GeneratorUnavailable`` saying
        what is missing."""
        ...

    async def aclose(self) -> None:
        """Let go of what it holds."""
        ...


class Drawing(Protocol):
    """A render that runs in the calling thread."""

    def __call__(
        self,
        recipe: Recipe,
        references: Sequence[bytes],
        *,
        progress: Callable[[float], None],
        stopped: Callable[[], bool],
    ) -> Picture:
        """Call ``stopped`` often and ``progress`` with 0–1."""
        ...
