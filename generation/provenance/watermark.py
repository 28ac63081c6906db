"""An invisible watermark: a 128-bit mark as one of two plane waves for each bit.

Each bit adds a faint cosine wave to the luminance, of one frequency for 0 and of another for 1. The
magnitude of a frequency does not change when a picture is cropped or moved into a larger one;
resizing and turning scale and turn all frequencies alike, so the reader tries scales and angles
and takes the one at which the waves stand out (compare Pereira and Pun, "Robust template matching
for affine resistant image watermarks", IEEE TIP 2000). Error correction is the comparison with the
marks that were given out: of random 128-bit marks no two are alike, so each bit may be weak.

Frequencies are in cycles for a picture of 1024 x 1024 pixels, and scale with larger ones, since
chat platforms show those reduced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from domain.made_once import made_once

Floats = npt.NDArray[np.floating[Any]]

BITS: Final = 128
STRENGTH: Final = 0.8
"""Root mean square of the waves in levels of 255, where the picture is flat."""
MOST_GAIN: Final = 4.4
"""How much stronger the waves are where texture hides them."""
EDGE_GAIN: Final = 2.5
"""The same along edges beside flat parts, such as those of text."""
LOWEST: Final = 0.055
HIGHEST: Final = 0.19
"""Cycles a pixel at 1024 x 1024."""
NOMINAL_SIDE: Final = 1024
READ_SIDE: Final = 1280
"""Pixels of the longer side at which larger pictures are read."""
MOST_TURN: Final = 3.5
"""Degrees by which a picture may be turned."""
SCALES: Final = (0.33, 2.4)
"""By how much a picture may be resized."""
_ROWS: Final = 64
"""Rows that are marked at a time."""
_AROUND: Final = 16
"""Points of the spectrum along each side that count as neighbours."""
_FEW: Final = 48
"""Bits that the search over all angles looks at."""
_NEAR_DEGREES: Final = np.array([-0.05, 0.0, 0.05], np.float32)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a picture's spectrum says of the 128 bits, for one scale and angle.

    ``bits`` is ``(128,) float32``, positive for 1 and larger the surer.
    """

    bits: Floats
    scale: float
    degrees: float

    def score(self, marks: npt.NDArray[np.uint8]) -> Floats:
        """How well each of ``(n, 16) uint8`` marks fits, in standard deviations of a mark that has
        nothing to do with the picture."""
        return scores([self], marks)


def scores(readings: Sequence[Reading], marks: npt.NDArray[np.uint8]) -> Floats:
    """How well each of ``(n, 16) uint8`` marks fits the best reading for it, ``(n,) float32``, in
    standard deviations of a mark that has nothing to do with the picture."""
    signs = np.unpackbits(marks, axis=1).astype(np.float32) * 2 - 1
    bits = np.stack([reading.bits for reading in readings])
    norms = np.sqrt((bits**2).sum(axis=1, keepdims=True))
    result: Floats = (signs @ (bits / np.where(norms == 0, 1, norms)).T).max(axis=1)
    return result


@made_once
def _frequencies() -> Floats:
    """``(128, 2, 2)``: for each bit and each of its values, cycles a pixel along x and y.

    Chosen by a fixed random sequence, at least one and a half bins of a 1024-point spectrum apart
    and away from the axes, where the edges of text and of frames lie.
    """
    random = np.random.default_rng(20261126)
    chosen: list[tuple[float, float]] = []
    while len(chosen) < 2 * BITS:
        radius = float(np.sqrt(random.uniform(LOWEST**2, HIGHEST**2)))
        angle = float(random.uniform(0, np.pi))
        if min(angle % (np.pi / 2), np.pi / 2 - angle % (np.pi / 2)) < np.radians(7):
            continue
        point = (radius * np.cos(angle), radius * np.sin(angle))
        if all(abs(point[0] - x) + abs(point[1] - y) > 4 / NOMINAL_SIDE for x, y in chosen):
            chosen.append(point)
    return np.array(chosen, np.float32).reshape(BITS, 2, 2)


def with_watermark(image: Image.Image, mark: bytes) -> Image.Image:
    """The picture (mode RGB or RGBA) with ``mark`` (16 bytes) in it; transparency stays."""
    spread = _spread(image)
    raised, lowered = np.empty((2, image.height, image.width), np.uint8)
    for rows, waves in _waves(image.width, image.height, mark):
        waves *= spread[rows] * np.float32((MOST_GAIN - 1) / 255) + np.float32(1)
        levels = np.rint(waves, out=waves).astype(np.int8)
        raised[rows], lowered[rows] = np.maximum(levels, 0), -np.minimum(levels, 0)
    # Both are whole numbers, so that rounding the waves alone gives the same. Each channel by
    # itself lies closely packed, which bytes that stop at 0 and 255 are added to at once.
    most = np.uint8(255) - raised
    channels: list[Image.Image] = []
    for channel in image.convert("RGB").split():
        moved = np.minimum(np.asarray(channel), most)
        moved += raised
        np.maximum(moved, lowered, out=moved)
        moved -= lowered
        channels.append(Image.fromarray(moved))
    result = Image.merge("RGB", channels)
    if image.mode == "RGBA":
        result.putalpha(image.getchannel("A"))
    result.info = dict(image.info)
    return result


def _waves(width: int, height: int, mark: bytes) -> Iterator[tuple[slice, Floats]]:
    """Rows and their waves, ``(rows, width)``; of all the root mean square is ``STRENGTH``.

    A few rows at a time stay in the processor's cache, and no large array is made.
    """
    scale = max(1.0, (width * height) ** 0.5 / NOMINAL_SIDE)
    bits = np.unpackbits(np.frombuffer(mark, np.uint8))
    chosen = _frequencies()[np.arange(BITS), bits] / scale
    phases = np.random.default_rng(7).uniform(0, 2 * np.pi, BITS).astype(np.float32)
    middle = (height - 1) / 2
    at_middle = phases + np.float32(2 * np.pi * middle) * chosen[:, 1]
    along_x = 2 * np.pi * np.arange(width, dtype=np.float32)[None, :] * chosen[:, :1]
    along_x += at_middle[:, None]
    amplitude = np.float32(STRENGTH * (2 / BITS) ** 0.5)
    cosines, sines = np.cos(along_x) * amplitude, np.sin(along_x) * amplitude
    # cos(x + y) = cos x cos y - sin x sin y: two products of matrices instead of 128 pictures; and
    # rows as far above the middle as below it share both products.
    for first in range(height // 2, height, _ROWS):
        below = slice(first, min(first + _ROWS, height))
        above = slice(height - below.stop, height - first)
        along_y = (np.arange(first, below.stop) - middle).astype(np.float32)[:, None]
        along_y = np.float32(2 * np.pi) * along_y * chosen[:, 1]
        even, odd = np.cos(along_y) @ cosines, np.sin(along_y) @ sines
        yield below, even - odd
        yield above, (even + odd)[::-1]


def _spread(image: Image.Image) -> npt.NDArray[np.uint8]:
    """``(height, width)`` from 0 in flat parts, where the waves have their plain strength, to 255
    where it is busy all around, where they have ``MOST_GAIN`` times that.

    Along the edges of text and frames, with flat paper beside them, the eye would see the grain:
    there it is at most ``EDGE_GAIN`` times as strong.
    """
    half = image.convert("L").resize(
        (max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.BOX
    )
    rough = np.asarray(half, np.float32)
    detail = np.abs(rough - np.asarray(half.filter(ImageFilter.BoxBlur(2)), np.float32))
    busy = Image.fromarray(np.clip(detail * 20, 0, 255).astype(np.uint8))
    quietest = least_around(busy.filter(ImageFilter.BoxBlur(1)))
    texture = np.asarray(quietest.filter(ImageFilter.BoxBlur(3)), np.float32) * 3
    texture = np.minimum(texture, np.float32(255))
    edges = np.asarray(busy.filter(ImageFilter.BoxBlur(2)), np.float32)
    edges *= np.float32((EDGE_GAIN - 1) / (MOST_GAIN - 1)) * (1 - texture / 255)
    spread = Image.fromarray((texture + edges).astype(np.uint8)).resize(image.size)
    return np.asarray(spread)


def least_around(grey: Image.Image) -> Image.Image:
    """The least of the seven times seven levels around each, as Pillow's filter gives it in sixty
    times as long."""
    values = np.pad(np.asarray(grey), 3, mode="edge")
    for _axis in range(2):
        for step in (1, 2, 3):  # of two, of four and of seven in a row
            values = np.minimum(values[:-step], values[step:])
        values = values.T
    return Image.fromarray(np.ascontiguousarray(values))


def read(image: Image.Image, *, turned: bool = False, most: int = 8) -> list[Reading]:
    """What may stand in a picture, the likeliest scales and angles first.

    Upright pictures are read in a tenth of the time, so that ``turned`` is for a second try.
    """
    power, side, shrink = _spectrum(image)
    points = _frequencies().reshape(-1, 2)
    scales = np.exp(np.arange(np.log(SCALES[0]), np.log(SCALES[1]), 0.0016, dtype=np.float32))
    scales *= np.float32(shrink)
    if turned:
        found: list[tuple[float, float, float]] = []
        steps = np.arange(-MOST_TURN, MOST_TURN + 0.01, 0.1, dtype=np.float32)
        rough = _search(power, side, points[: 2 * _FEW], np.array_split(scales, 2), steps)
        for _score, scale, degrees in sorted(rough, reverse=True)[:most]:
            near = scale * np.exp(np.arange(-2, 3, dtype=np.float32) * 0.0008)
            found += _search(power, side, points, [near], degrees + _NEAR_DEGREES)
    else:
        found = _search(power, side, points, np.array_split(scales, 2 * most), [0.0])
    found.sort(reverse=True)
    return [
        Reading(_bits(power, side, _turned(points, degrees), scale), scale / shrink, degrees)
        for _score, scale, degrees in found[:most]
    ]


def _search(
    power: Floats, side: int, points: Floats, scales: Sequence[Floats], degrees: Iterable[float]
) -> list[tuple[float, float, float]]:
    """The best of each group of scales for each angle: how prominent, scale and degrees."""
    found: list[tuple[float, float, float]] = []
    for each in degrees:
        turned = _turned(points, float(each))
        for group in scales:
            scores = _prominence(power, side, turned, group)
            best = int(scores.argmax())
            found.append((float(scores[best]), float(group[best]), float(each)))
    return found


def _bits(power: Floats, side: int, points: Floats, scale: float) -> Floats:
    pairs = _values(power, side, points, np.array([scale], np.float32))[0].reshape(BITS, 2)
    bits: Floats = (pairs[:, 1] - pairs[:, 0]) / (pairs.sum(axis=1) + np.float32(1e-6))
    return bits


def _spectrum(image: Image.Image) -> tuple[Floats, int, float]:
    """The magnitudes of a picture's evened-out luminance, the side of their square transform, and
    by how much the picture was made smaller before."""
    grey = image.convert("L")
    shrink = min(1.0, READ_SIDE / max(grey.size))
    if shrink < 1:
        size = (max(1, round(grey.width * shrink)), max(1, round(grey.height * shrink)))
        grey = grey.resize(size, Image.Resampling.LANCZOS)
    values = np.asarray(grey, np.float32)
    detail = values - np.asarray(grey.filter(ImageFilter.GaussianBlur(4)), np.float32)
    # Edges of the picture are many times stronger than the waves: each part is weighted by how
    # quiet it is, so that the quiet parts, where the waves are all there is, count.
    loud = Image.fromarray(np.clip(np.abs(detail) * 4, 0, 255).astype(np.uint8))
    level = np.asarray(loud.filter(ImageFilter.BoxBlur(6)), np.float32) / np.float32(4)
    detail = np.asarray(np.clip(detail, -12, 12) / (level + 2), np.float32)
    side = 1 << (max(detail.shape) - 1).bit_length()
    power = np.abs(np.fft.rfft2(detail, (side, side))).astype(np.float32)
    # A frequency counts by how far it stands above its neighbours: coding and resizing leave
    # little of the high ones, and without this their edge would look like a mark.
    whole = Image.fromarray(power)
    around = whole.reduce(_AROUND).resize(whole.size, Image.Resampling.BILINEAR)
    return power / (np.asarray(around, np.float32) + np.float32(1e-3)), side, shrink


def _turned(points: Floats, degrees: float) -> Floats:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    result: Floats = points @ turn.T
    return result


def _values(power: Floats, side: int, points: Floats, scales: Floats) -> Floats:
    """``(scales, points)``: magnitudes at the points' places where a picture was resized so."""
    places = points[None, :, :] / scales[:, None, None]
    columns = np.rint(places[..., 0] * side).astype(np.int32)
    rows = np.rint(places[..., 1] * side).astype(np.int32)
    # The transform of real values is kept for half of the plane alone.
    flip = columns < 0
    columns = np.where(flip, -columns, columns)
    rows = np.where(flip, -rows, rows) % side
    inside = np.abs(places).max(axis=2) < 0.49
    result: Floats = np.where(inside, power[rows, np.minimum(columns, side // 2)], 0)
    return result


def _prominence(power: Floats, side: int, points: Floats, scales: Floats) -> Floats:
    """For each scale, how far one frequency of each pair stands above the other, in standard
    deviations of pairs in which neither is marked."""
    pairs = _values(power, side, points, scales).reshape(len(scales), -1, 2)
    total = pairs.sum(axis=2)
    apart = np.abs(pairs[..., 0] - pairs[..., 1]) / (total + np.float32(1e-6))
    # For two independent Rayleigh magnitudes this share has a mean of 0.43 and an s.d. of 0.27.
    known = np.maximum((total > 0).sum(axis=1), 1)
    result: Floats = (apart.sum(axis=1) / known - 0.43) / 0.27 * np.sqrt(known)
    return result
