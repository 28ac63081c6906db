"""Renders that run in a thread, as an asynchronous backend: progress comes out, a stop goes in."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from domain.illustrations import Picture, Recipe
from generation.capabilities import Capabilities
from generation.ports import Drawing, Progress
from generation.prompt_reading import UNLIMITED, PromptReader

POLL_S = 0.25


class Drawer(Protocol):
    """Something that draws in the calling thread."""

    @property
    def revision(self) -> str:
        """The code that draws."""
        ...

    @property
    def device(self) -> str:
        """The device or service that draws."""
        ...

    @property
    def render(self) -> Drawing:
        """Draw one picture."""
        ...

    def versions(self) -> Mapping[str, str]:
        """The libraries that touch pixels, by name."""
        ...


class ThreadBackend:
    """A drawer behind the asynchronous port; it needs no preparation."""

    def __init__(self, drawer: Callable[[], Drawer]) -> None:
        self._make = drawer
        self._made: Drawer | None = None
        self._versions: dict[str, str] | None = None

    async def prepare(self) -> None:
        """Load what draws."""
        await asyncio.to_thread(lambda: self._drawer)

    def refined(self, can: Capabilities) -> Capabilities:
        """The same: the catalogue knows all of it."""
        return can

    def reader(self, *, edits: bool) -> PromptReader:
        """It prints words and reads no prompt."""
        return UNLIMITED

    def complete(self, recipe: Recipe) -> Recipe:
        """The recipe with this machine's code, versions and device."""
        drawer = self._drawer
        if self._versions is None:  # asking costs milliseconds, and they stay the same
            self._versions = dict(drawer.versions())
        return replace(
            recipe,
            revision=drawer.revision,
            versions=dict(self._versions),
            device=drawer.device,
        )

    async def render(
        self, recipe: Recipe, references: Sequence[bytes], *, progress: Progress
    ) -> Picture:
        """Draw in a thread; cancelling the task stops it soon."""
        stop = threading.Event()
        latest = 0.0

        def note_progress(fraction: float) -> None:
            nonlocal latest
            latest = fraction

        work = asyncio.create_task(
            asyncio.to_thread(
                self._drawer.render, recipe, references, progress=note_progress, stopped=stop.is_set
            ),
            name=f"render {recipe.generator}",
        )
        try:
            while not (await asyncio.wait({work}, timeout=POLL_S))[0]:
                await progress(latest)
        finally:
            stop.set()
        return work.result()

    async def examine(self) -> str:
        """It needs nothing but Limner itself."""
        return "Ready; no model needed."

    async def aclose(self) -> None:
        """It holds nothing."""

    @property
    def _drawer(self) -> Drawer:
        if self._made is None:
            self._made = self._make()
        return self._made
