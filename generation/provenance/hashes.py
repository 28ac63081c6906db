"""Perceptual hashes: which kept pictures may be the one at hand. Never proof by themselves.

A difference hash of 256 bits and a DCT hash of 64 bits (Zauner, "Implementation and benchmarking of
perceptual image hash functions", 2010) of the whole picture and of the parts that a crop leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

PART_BYTES: Final = 40
"""32 of the difference hash and 8 of the DCT hash."""
_PARTS: Final = (
    (0.0, 0.0, 1.0, 1.0),
    (0.05, 0.05, 0.95, 0.95),
    (0.125, 0.125, 0.875, 0.875),
    (0.0, 0.0, 0.75, 0.75),
    (0.25, 0.0, 1.0, 0.75),
    (0.0, 0.25, 0.75, 1.0),
    (0.25, 0.25, 1.0, 1.0),
)
"""Left, top, right and bottom as shares: the whole, and what is left of it after usual crops."""
HASHES_BYTES: Final = PART_BYTES * len(_PARTS)
_BORDER_LEVELS: Final = 12


def hashes_of(image: Image.Image) -> bytes:
    """``HASHES_BYTES`` bytes: each part's difference hash and DCT hash, one part after another."""
    grey = _small(image)
    return b"".join(_hash(grey, part) for part in _PARTS)


def asked_hashes(image: Image.Image) -> bytes:
    """As :func:`hashes_of`, and once more for the picture without a plain border."""
    grey = _small(image)
    inner = _without_border(grey)
    parts = [_hash(each, part) for each in (grey, inner) for part in _PARTS]
    return b"".join(dict.fromkeys(parts))


def nearest(asked: bytes, kept: Sequence[bytes], *, most: int) -> list[int]:
    """The places of the ``most`` likeliest of the kept hashes, the likeliest first."""
    if not kept:
        return []
    query = np.frombuffer(asked, np.uint8).reshape(-1, PART_BYTES)
    stored = np.frombuffer(b"".join(kept), np.uint8).reshape(len(kept), -1, PART_BYTES)
    best = np.full(len(kept), 2.0, np.float32)
    for part in query:
        apart = np.bitwise_count(stored ^ part)
        rough = apart[..., :32].sum(axis=2) / np.float32(256)
        shape = apart[..., 32:].sum(axis=2) / np.float32(64)
        best = np.minimum(best, (rough + shape).min(axis=1))
    return [int(place) for place in np.argsort(best, kind="stable")[:most]]


def _small(image: Image.Image) -> Image.Image:
    rgb = image
    if image.mode == "RGBA":
        rgb = Image.new("RGB", image.size, "white")
        rgb.paste(image, mask=image.getchannel("A"))
    grey = rgb.convert("L")
    grey.thumbnail((512, 512), Image.Resampling.BOX)
    return grey


def _without_border(grey: Image.Image) -> Image.Image:
    """The picture inside rows and columns of one level, as a screenshot or a caption bar has."""
    values = np.asarray(grey, np.int16)
    busy_rows = np.flatnonzero(np.ptp(values, axis=1) > _BORDER_LEVELS)
    busy_columns = np.flatnonzero(np.ptp(values, axis=0) > _BORDER_LEVELS)
    if len(busy_rows) < 16 or len(busy_columns) < 16:
        return grey
    left, right = int(busy_columns[0]), int(busy_columns[-1]) + 1
    top, bottom = int(busy_rows[0]), int(busy_rows[-1]) + 1
    return grey.crop((left, top, right, bottom))


def _hash(grey: Image.Image, part: tuple[float, float, float, float]) -> bytes:
    left, top, right, bottom = part
    width, height = grey.size
    area = grey.crop(
        (round(left * width), round(top * height), round(right * width), round(bottom * height))
    )
    rough = np.asarray(area.resize((17, 16), Image.Resampling.BOX), np.int16)
    difference = np.packbits(rough[:, 1:] > rough[:, :-1]).tobytes()
    fine = np.asarray(area.resize((32, 32), Image.Resampling.BOX), np.float32)
    low = (_cosines() @ fine @ _cosines().T)[:8, :8].ravel()
    return difference + np.packbits(low > np.median(low[1:])).tobytes()


@cache
def _cosines() -> npt.NDArray[np.float32]:
    """The DCT-II of 32 values, as a matrix."""
    k = np.arange(32, dtype=np.float32)
    result: npt.NDArray[np.float32] = np.cos(np.pi * k[:, None] * (2 * k[None, :] + 1) / 64)
    return result
