"""Pictures that were decoded safely."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckedPicture:
    """An untrusted picture after the decoding pool: re-encoded, upright, without metadata.

    ``data`` is PNG or JPEG bytes; ``phash`` a 64-bit dHash as 16 hex digits; ``original_size`` the
    width and height in pixels that it came with, upright, where that is known.
    """

    data: bytes
    media_type: str
    width: int
    height: int
    phash: str
    original_size: tuple[int, int] | None = None

    @property
    def shorter_side(self) -> int:
        """The shorter side in pixels, as it came."""
        return min(self.original_size or (self.width, self.height))


def difference_hash(cells: bytes) -> str:
    """The 64-bit difference hash (dHash) as 16 hex digits: whether each of 8 × 8 cells is darker
    than its right neighbour.

    ``cells`` are the ``(8, 9) uint8`` brightnesses of a picture scaled down, row by row.
    """
    bits = 0
    for row in range(8):
        for column in range(8):
            here = row * 9 + column
            bits = bits << 1 | (cells[here] < cells[here + 1])
    return f"{bits:016x}"
