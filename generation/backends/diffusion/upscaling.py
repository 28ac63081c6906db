"""Enlarging a picture tile by tile, so that its size is not bounded by the GPU's memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from PIL import Image, ImageChops

from generation.backends.diffusion.denoising import Run, draw

TILE: Final = 256
"""Side of a tile in pixels of the small picture."""
OVERLAP: Final = 32
MODEL_FACTOR: Final = 4
MULTIPLE: Final = 8


def enlarged(
    pipe: Any,
    run: Run,
    *,
    factor: int,
    tile: int = TILE,
    overlap: int = OVERLAP,
) -> Image.Image:
    """The one reference of the run's only frame, ``factor`` (2 or 4) times as large.

    Each tile is drawn four times as large with noise of its own, and neighbours fade into each
    other where they overlap.

    Raises:
        Stopped, TooSlow: As for any run.
    """
    frame = run.frames[0]
    small = frame.references[0].convert("RGB")
    width, height = (min(tile, side // MULTIPLE * MULTIPLE) for side in small.size)
    rows = list(tile_places(small.height, height, overlap))
    columns = list(tile_places(small.width, width, overlap))
    large = Image.new("RGB", (small.width * MODEL_FACTOR, small.height * MODEL_FACTOR))
    number, total = 0, len(rows) * len(columns)
    for top, over_y in rows:
        for left, over_x in columns:
            box = (left, top, left + width, top + height)
            part = replace(
                frame,
                references=(small.crop(box),),
                seed=(frame.seed + number) % 2**32,
                progress=_share(frame.progress, number, total),
            )
            (drawn,) = draw(pipe, replace(run, frames=(part,)))
            fade = fade_mask(drawn.size, over_x * MODEL_FACTOR, over_y * MODEL_FACTOR)
            large.paste(drawn, (left * MODEL_FACTOR, top * MODEL_FACTOR), fade)
            number += 1
    wanted = (small.width * factor, small.height * factor)
    return large if large.size == wanted else large.resize(wanted, Image.Resampling.LANCZOS)


def tile_places(length: int, tile: int, overlap: int) -> Iterator[tuple[int, int]]:
    """The offsets of tiles so that they cover a length, and by how much each overlaps the last."""
    if length <= tile:
        yield 0, 0
        return
    count = max(2, math.ceil((length - overlap) / max(1, tile - overlap)))
    before = 0
    for number in range(count):
        place = round(number * (length - tile) / (count - 1))
        yield place, max(0, before - place) if number else 0
        before = place + tile


def fade_mask(size: tuple[int, int], over_x: int, over_y: int) -> Image.Image:
    """A mask that grows from nothing to everything over the overlap at the left and at the top."""
    mask = Image.new("L", size, 255)
    if over_x:
        ramp = Image.linear_gradient("L").rotate(90).resize((over_x, size[1]))
        mask.paste(ramp, (0, 0))
    if over_y:
        ramp = Image.new("L", size, 255)
        ramp.paste(Image.linear_gradient("L").resize((size[0], over_y)), (0, 0))
        mask = ImageChops.multiply(mask, ramp)
    return mask


def _share(
    report: Callable[[float, bytes | None], None], number: int, total: int
) -> Callable[[float, bytes | None], None]:
    return lambda fraction, _preview: report((number + fraction) / total, None)
