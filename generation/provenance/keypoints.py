"""Whether two pictures are the same one: keypoints that agree on one move, and then all that lies
between them.

Multi-scale patches after Brown, Szeliski and Winder, "Multi-image matching using multi-scale
oriented patches" (CVPR 2005), without the orientation: a found copy is resized, cropped and turned
by few degrees, never upside down. Boards of one layout share letters, frames and headings, so that
matched points alone say little; the pictures are laid over each other and compared block by block.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

Floats = npt.NDArray[np.float32]

SIDE: Final = 512
LEVELS: Final = (1.0, 0.75, 0.56, 0.42, 0.32)
POINTS: Final = 500
"""On each level."""
_CELL: Final = 8
_REACH: Final = 14
"""Pixels from a point to the edge of its patch, 8 samples of 4 pixels."""
_TRIES: Final = 600
_NEAR: Final = 3.0
"""Pixels by which a point may miss its place."""
LEAST_INLIERS: Final = 12
_BLOCK: Final = 16
LEAST_ALIKE: Final = 0.9
"""Of the blocks with something on them, the part that must look alike."""
LEAST_SEEN: Final = 0.25
"""Of the kept picture, the part that must be there."""


@dataclass(frozen=True, slots=True)
class Match:
    """The match of two pictures. ``alike`` and ``seen`` are shares from 0 to 1."""

    inliers: int
    alike: float = 0.0
    seen: float = 0.0

    @property
    def same(self) -> bool:
        """Whether they are one picture."""
        enough = self.inliers >= LEAST_INLIERS and self.seen >= LEAST_SEEN
        return enough and self.alike >= LEAST_ALIKE


@dataclass(frozen=True, slots=True)
class Points:
    """The keypoints of a picture: ``(n, 2)`` places and ``(n, 64)`` normed patches, and its grey
    levels ``(height, width)`` with at most ``SIDE`` pixels a side."""

    places: Floats
    patches: Floats
    grey: Image.Image


def keypoints(image: Image.Image) -> Points:
    """The keypoints of a picture on several scales."""
    grey = image.convert("L")
    grey.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    places: list[Floats] = []
    patches: list[Floats] = []
    for level in LEVELS:
        size = (round(grey.width * level), round(grey.height * level))
        if min(size) < 3 * _REACH:
            continue
        values = np.asarray(grey.resize(size, Image.Resampling.BOX), np.float32)
        found = _corners(values)
        if len(found):
            places.append(found.astype(np.float32) / np.float32(level))
            patches.append(_patches(values, found))
    if not places:
        return Points(np.zeros((0, 2), np.float32), np.zeros((0, 64), np.float32), grey)
    return Points(np.concatenate(places), np.concatenate(patches), grey)


def compare(asked: Points, kept: Points) -> Match:
    """The match of the picture at hand with a kept one."""
    first, second = _matches(asked, kept)
    if len(first) < LEAST_INLIERS:
        return Match(len(first))
    move, inliers = _move(first, second)
    if inliers < LEAST_INLIERS:
        return Match(inliers)
    alike, seen = _overlaid(asked.grey, kept.grey, move)
    return Match(inliers, alike, seen)


def _blurred(values: Floats, radius: int) -> Floats:
    """The mean over squares."""
    width = 2 * radius + 1
    for axis in (0, 1):
        edge = [(0, 0), (0, 0)]
        edge[axis] = (radius + 1, radius)
        sums = np.cumsum(np.pad(values, edge, mode="edge"), axis=axis, dtype=np.float64)
        upper = np.take(sums, range(width, sums.shape[axis]), axis=axis)
        lower = np.take(sums, range(sums.shape[axis] - width), axis=axis)
        values = ((upper - lower) / width).astype(np.float32)
    return values


def _corners(values: Floats) -> npt.NDArray[np.int64]:
    """``(n, 2)`` x and y of the strongest corners (Harris), one in each cell at most."""
    smooth = _blurred(values, 1)
    down, right = np.gradient(smooth)
    xx, yy, xy = (_blurred(each, 2) for each in (right * right, down * down, right * down))
    strength = (xx * yy - xy * xy) / (xx + yy + 1e-3)
    strength[:_REACH], strength[-_REACH - 2 :] = 0, 0
    strength[:, :_REACH], strength[:, -_REACH - 2 :] = 0, 0
    rows, columns = (side // _CELL for side in strength.shape)
    cells = strength[: rows * _CELL, : columns * _CELL]
    cells = cells.reshape(rows, _CELL, columns, _CELL).swapaxes(1, 2).reshape(-1, _CELL * _CELL)
    best = cells.argmax(axis=1)
    peaks = cells[np.arange(len(cells)), best]
    order = np.argsort(-peaks)[:POINTS]
    order = order[peaks[order] > 1.0]
    y = order // columns * _CELL + best[order] // _CELL
    x = order % columns * _CELL + best[order] % _CELL
    return np.stack([x, y], axis=1)


def _patches(values: Floats, places: npt.NDArray[np.int64]) -> Floats:
    smooth = _blurred(values, 2)
    steps = np.arange(8) * 4 - _REACH
    rows = places[:, 1, None, None] + steps[None, :, None]
    columns = places[:, 0, None, None] + steps[None, None, :]
    samples = smooth[rows, columns].reshape(len(places), 64)
    samples -= samples.mean(axis=1, keepdims=True)
    result: Floats = samples / (np.linalg.norm(samples, axis=1, keepdims=True) + 1e-3)
    return result


def _matches(asked: Points, kept: Points) -> tuple[Floats, Floats]:
    """The places of points that are each other's nearest, clearly nearer than any other."""
    if len(asked.places) < 2 or len(kept.places) < 2:
        return asked.places[:0], kept.places[:0]
    likeness = asked.patches @ kept.patches.T
    best = likeness.argmax(axis=1)
    mutual = likeness.argmax(axis=0)[best] == np.arange(len(best))
    sure = mutual & (likeness[np.arange(len(best)), best] > 0.85)
    return asked.places[sure], kept.places[best[sure]]


def _move(first: Floats, second: Floats) -> tuple[complex | npt.NDArray[np.complex64], int]:
    """The move (as ``[a, b]`` of ``z -> a z + b``) on which most pairs agree, and how many do."""
    random = np.random.default_rng(3)
    start = first[:, 0] + 1j * first[:, 1]
    end = second[:, 0] + 1j * second[:, 1]
    one, two = random.integers(0, len(start), (2, _TRIES))
    usable = np.abs(start[one] - start[two]) > 20
    one, two = one[usable], two[usable]
    if not len(one):
        return np.array([1, 0], np.complex64), 0
    turn = (end[one] - end[two]) / (start[one] - start[two])
    shift = end[one] - turn * start[one]
    sane = (np.abs(turn) > 0.2) & (np.abs(turn) < 5) & (np.abs(np.angle(turn)) < 0.3)
    misses = np.abs(turn[:, None] * start[None, :] + shift[:, None] - end[None, :])
    counts = ((misses < _NEAR).sum(axis=1)) * sane
    best = int(counts.argmax())
    near = misses[best] < _NEAR
    if counts[best] >= LEAST_INLIERS:
        # Least squares over all that agree.
        matrix = np.stack([start[near], np.ones(int(near.sum()))], axis=1)
        fitted, *_ = np.linalg.lstsq(matrix, end[near], rcond=None)
        return fitted.astype(np.complex64), int(counts[best])
    return np.array([turn[best], shift[best]], np.complex64), int(counts[best])


def _overlaid(asked: Image.Image, kept: Image.Image, move: object) -> tuple[float, float]:
    """The share of the kept picture's blocks that look alike once the other is laid over it, and
    the share that it covers."""
    turn, shift = (complex(each) for each in move)  # type: ignore[attr-defined]
    back, offset = 1 / turn, -shift / turn
    data = (back.real, -back.imag, offset.real, back.imag, back.real, offset.imag)
    bilinear = Image.Resampling.BILINEAR
    # Averaged first where the copy is larger than the kept picture.
    laid = asked.transform(kept.size, Image.Transform.AFFINE, data, bilinear)
    full = Image.new("L", asked.size, 255)
    mask = np.asarray(full.transform(kept.size, Image.Transform.AFFINE, data), np.float32) > 254
    ours, theirs = (_blurred(np.asarray(each, np.float32), 1) for each in (kept, laid))
    a, b, inside = (_blocks(each) for each in (ours, theirs, mask.astype(np.float32)))
    whole = inside.min(axis=1) > 0
    a, b = a[whole], b[whole]
    a = a - a.mean(axis=1, keepdims=True)
    b = b - b.mean(axis=1, keepdims=True)
    spread_a, spread_b = a.std(axis=1), b.std(axis=1)
    busy = np.maximum(spread_a, spread_b) > 4
    if busy.sum() < 8:
        return 0.0, float(whole.mean())
    alike = (a * b).mean(axis=1) / (spread_a * spread_b + 1.0)
    weight = np.minimum(np.maximum(spread_a, spread_b), 24)
    share = (weight * (alike > 0.55) * busy).sum() / (weight * busy).sum()
    return float(share), float(whole.mean())


def _blocks(values: Floats) -> Floats:
    rows, columns = (side // _BLOCK for side in values.shape)
    cut = values[: rows * _BLOCK, : columns * _BLOCK]
    blocks: Floats = (
        cut.reshape(rows, _BLOCK, columns, _BLOCK).swapaxes(1, 2).reshape(-1, _BLOCK * _BLOCK)
    )
    return blocks
