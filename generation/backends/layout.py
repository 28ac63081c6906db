"""Layout of a board: rectangles, columns, and a grid that fills a box with pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import pstdev


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column right of it."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.top + self.height

    def inside(self, outer: Box) -> bool:
        """Whether it lies wholly within another."""
        return (
            self.left >= outer.left
            and self.top >= outer.top
            and self.right <= outer.right
            and self.bottom <= outer.bottom
        )

    def overlaps(self, other: Box) -> bool:
        """Whether they share a pixel."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def inset(self, x: int, y: int) -> Box:
        """The rest of it inside a margin."""
        return Box(self.left + x, self.top + y, self.width - 2 * x, self.height - 2 * y)

    def below(self, height: int, gap: int = 0) -> Box:
        """The rest of it below that height and gap."""
        taken = min(self.height, height + gap)
        return Box(self.left, self.top + taken, self.width, self.height - taken)

    def above(self, height: int) -> Box:
        """Its upper part of that height."""
        return Box(self.left, self.top, self.width, min(self.height, height))

    def columns(self, share: float, gap: int) -> tuple[Box, Box]:
        """Two columns, the left one with that share of the width."""
        left = round((self.width - gap) * share)
        return (
            Box(self.left, self.top, left, self.height),
            Box(self.left + left + gap, self.top, self.width - gap - left, self.height),
        )


def picture_grid(
    box: Box, aspects: Sequence[float], *, gap: int, caption: int, choice: int
) -> list[Box]:
    """Cells that fill the box with pictures of those aspects (width to height), in rows.

    Each cell is for a picture with ``caption`` pixels of text below it. Of all ways to cut the
    ordered pictures into rows, those that crop least are candidates; ``choice`` picks one of the
    near-best, so that another seed gives another arrangement.
    """
    if not aspects:
        return []
    ways = sorted(
        _partitions(len(aspects)), key=lambda rows: _crop(box, aspects, rows, gap, caption)
    )
    best = _crop(box, aspects, ways[0], gap, caption)
    near = [rows for rows in ways if _crop(box, aspects, rows, gap, caption) <= best + 0.12]
    rows = near[choice % len(near)]
    heights = _heights(box, aspects, rows, gap, caption)
    cells: list[Box] = []
    first, top = 0, box.top
    for count, height in zip(rows, heights, strict=True):
        row = aspects[first : first + count]
        free = box.width - gap * (count - 1)
        left = box.left
        for position, aspect in enumerate(row):
            last = position == count - 1
            width = box.right - left if last else round(free * aspect / sum(row))
            cells.append(Box(left, top, width, height))
            left += width + gap
        first, top = first + count, top + height + gap
    return cells


def _partitions(count: int) -> Iterator[tuple[int, ...]]:
    """Every way to cut ``count`` ordered things into rows."""
    if count == 0:
        yield ()
        return
    for first in range(1, count + 1):
        for rest in _partitions(count - first):
            yield (first, *rest)


def _heights(
    box: Box, aspects: Sequence[float], rows: Sequence[int], gap: int, caption: int
) -> list[int]:
    """Row heights, captions included: in the proportions the pictures ask for, filling the box."""
    free = box.height - gap * (len(rows) - 1) - caption * len(rows)
    natural: list[float] = []
    first = 0
    for count in rows:
        row = aspects[first : first + count]
        natural.append((box.width - gap * (count - 1)) / sum(row))
        first += count
    scale = max(free, len(rows)) / sum(natural)
    heights = [max(1, int(height * scale)) + caption for height in natural]
    heights[-1] += box.height - gap * (len(rows) - 1) - sum(heights)
    return heights


def _crop(box: Box, aspects: Sequence[float], rows: Sequence[int], gap: int, caption: int) -> float:
    """The deviation of the cells from the pictures' own aspects (\\|log ratio\\|), and how unequal
    their areas are (the standard deviation of the logarithms)."""
    free = box.height - gap * (len(rows) - 1) - caption * len(rows)
    if free <= 0:
        return 99.0
    first, natural = 0, 0.0
    areas: list[float] = []
    for count in rows:
        row = aspects[first : first + count]
        height = (box.width - gap * (count - 1)) / sum(row)
        natural += height
        areas += [math.log(height * height * aspect) for aspect in row]
        first += count
    return abs(math.log(free / natural)) + 0.6 * pstdev(areas)
