"""What a text was read for: features, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

NEAR_CHARS: Final = 150
"""In a found page, features further apart than this are about different things."""


@dataclass(frozen=True, slots=True)
class Features:
    """Which features a text has, each with the characters at which it stands."""

    places: dict[str, tuple[int, ...]]

    def has(self, *names: str) -> bool:
        """Whether any of these features is there."""
        return any(name in self.places for name in names)

    def apart(self, *groups: Sequence[str]) -> bool:
        """Whether each group has a feature at a place of its own."""
        found = [{at for name in group for at in self.places.get(name, ())} for group in groups]
        return all(
            first and second and len(first | second) > 1 for first, second in combinations(found, 2)
        )

    def near(self, first: Sequence[str], second: Sequence[str], *, chars: int = NEAR_CHARS) -> bool:
        """Whether one of the first features stands near one of the second."""
        ones = [at for name in first for at in self.places.get(name, ())]
        others = [at for name in second for at in self.places.get(name, ())]
        return any(abs(a - b) <= chars for a in ones for b in others)
