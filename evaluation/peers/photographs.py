"""Pictures for the benches: 1200×900 JPEGs with the entropy of photographs, made once.

Many different pictures come from few bases. Another number in a quantisation table changes the
decoded pixels a little, and with them the hash of the re-encoded picture, at no cost.
"""

from __future__ import annotations

import io
import random
from collections.abc import Sequence

from PIL import Image

SIZE = (1200, 900)
BASES = 40
QUALITY = 84
_OCTAVES = ((4, 3, 0.0), (12, 9, 0.5), (40, 30, 0.35), (150, 112, 0.25), (500, 375, 0.22))
"""Width and height of a layer of noise, and its share in the picture so far."""
_CHANGED = (10, 14)
"""Entries of the first quantisation table, in zigzag order, that distinguish pictures."""


class Photographs:
    """Gives a picture for every number from 0 to about 10,000; neighbours do not look alike."""

    def __init__(self, *, bases: int = BASES) -> None:
        self._bases: Sequence[bytes] = [photograph(seed) for seed in range(bases)]

    def picture(self, number: int) -> bytes:
        """The JPEG of that number: the same bytes each time, other pixels than any other."""
        variant, base = divmod(number, len(self._bases))
        return varied(self._bases[base], variant)


def photograph(seed: int, *, size: tuple[int, int] = SIZE) -> bytes:
    """A JPEG whose spectrum falls off like that of a photograph; about 0.2 bytes a pixel."""
    chance = random.Random(seed)  # noqa: S311 - the same pictures in every run
    picture = Image.new("RGB", size)
    for width, height, share in _OCTAVES:
        noise = Image.frombytes("RGB", (width, height), chance.randbytes(width * height * 3))
        layer = noise.resize(size, Image.Resampling.BICUBIC)
        picture = Image.blend(picture, layer, share) if share else layer
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def varied(jpeg: bytes, variant: int) -> bytes:
    """The same JPEG with slightly other pixels for each ``variant`` (from 0 to 255)."""
    start = jpeg.index(b"\xff\xdb") + 5
    changed = bytearray(jpeg)
    for entry, amount in zip(_CHANGED, divmod(variant % 256, 16), strict=True):
        changed[start + entry] = min(255, changed[start + entry] + amount)
    return bytes(changed)
