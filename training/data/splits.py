"""Splitting by subject, so that nothing of what an agent is measured on was in its training.

Jobs that share a subject, directly or through others, stand together in one part. Which part that
is follows from their subjects alone: more data later move no job from one part to another unless
they join two groups.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final, Literal

Part = Literal["train", "held-out"]
TRAIN: Final = "train"
HELD_OUT: Final = "held-out"
HELD_OUT_SHARE = 0.1


class SubjectGroups:
    """Groups of subjects that belong together; memory grows with their number alone. About
    ``share`` of them is held out."""

    def __init__(self, share: float = HELD_OUT_SHARE) -> None:
        self._share = share
        self._parent: dict[str, str] = {}

    def add(self, subjects: Iterable[str]) -> None:
        """The subjects of one job."""
        first: str | None = None
        for subject in subjects:
            root = self._root(subject)
            if first is None:
                first = root
            elif root != first:
                low, high = sorted((first, root))
                self._parent[high] = low
                first = low

    def part_of(self, subjects: Iterable[str], fallback: str) -> Part:
        """The part of a job with these subjects; ``fallback`` is its request, for one without."""
        first = next(iter(subjects), None)
        name = self._root(first) if first is not None else fallback
        return part_of_name(name, self._share)

    def _root(self, subject: str) -> str:
        self._parent.setdefault(subject, subject)
        root = subject
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[subject] != root:
            self._parent[subject], subject = root, self._parent[subject]
        return root


def part_of_name(name: str, share: float = HELD_OUT_SHARE) -> Part:
    """The part that a name falls into: about ``share`` of all names are held out."""
    digest = hashlib.sha256(f"part\0{name}".encode()).digest()
    return HELD_OUT if int.from_bytes(digest[:4], "big") < share * 2**32 else TRAIN
