"""The order of work on a GPU that holds few models: a loaded model goes on working, and no job
starves.

Loading a model takes up to minutes and drawing with it seconds, so jobs of the model that is loaded
go first; but a job that was passed over ``patience`` times is next, whichever model is loaded.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
PATIENCE = 8


@dataclass(slots=True)
class _Waiting(Generic[T]):
    item: T
    model: Hashable
    together: Hashable | None
    most: int
    passed: int = 0


class GpuQueue(Generic[T]):
    """A queue in the order of arrival, but for the model that is loaded."""

    def __init__(self, *, patience: int = PATIENCE) -> None:
        self._patience = patience
        self._waiting: list[_Waiting[T]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(
        self, item: T, *, model: Hashable, together: Hashable | None = None, most: int = 1
    ) -> None:
        """Line up for a model. Up to ``most`` items that say the same ``together`` may share one
        run."""
        self._waiting.append(_Waiting(item, model, together, most))

    def remove(self, item: T) -> bool:
        """Leave the queue; False when it was not in it (any more)."""
        before = len(self._waiting)
        self._waiting = [w for w in self._waiting if w.item is not item]
        return len(self._waiting) < before

    def next(self, loaded: Collection[Hashable]) -> list[T]:
        """The next items, which all need the same model; none when nothing waits."""
        if not self._waiting:
            return []
        first = self._waiting[0]
        if first.passed < self._patience:
            first = next((w for w in self._waiting if w.model in loaded), first)
        chosen = [first]
        if first.together is not None:
            same = [w for w in self._waiting if w is not first and w.together == first.together]
            chosen += same[: first.most - 1]
        for waiting in self._waiting[: self._waiting.index(first)]:
            waiting.passed += 1
        self._waiting = [w for w in self._waiting if not any(w is c for c in chosen)]
        return [w.item for w in chosen]
