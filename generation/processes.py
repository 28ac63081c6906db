"""Boards drawn in worker processes, so that drawing takes no time from the event loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from domain.illustrations import Picture, Recipe
from generation.backends.board_worker import packed
from generation.ports import BoardWorkers, Progress
from generation.threads import Drawer, ThreadBackend

log = structlog.get_logger(__name__)


class BoardBackend(ThreadBackend):
    """The storyboard, drawn by ``workers``, and in a thread where they cannot."""

    def __init__(self, drawer: Callable[[], Drawer], workers: BoardWorkers) -> None:
        super().__init__(drawer)
        self._workers = workers

    async def render(
        self, recipe: Recipe, references: Sequence[bytes], *, progress: Progress
    ) -> Picture:
        """Draw in a worker process; cancelling the task ends that."""
        facts, data = packed(recipe, references)
        answer = await self._workers(data, facts)
        if answer is None:
            log.warning("board_drawn_here", generator=recipe.generator)
            return await super().render(recipe, references, progress=progress)
        found, bodies = answer
        return Picture(
            bodies[0], "image/png", recipe.width, recipe.height, phash=str(found["phash"])
        )
