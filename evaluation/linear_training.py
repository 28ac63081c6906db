"""What the trainings of small models share: Adam's steps, and the file of the weights."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def descend(
    numbers: Floats,
    slope_of: Callable[[Floats], Floats],
    *,
    steps: int,
    rate: float,
    penalty: float,
) -> Floats:
    """The numbers after gradient descent with Adam's steps (Kingma and Ba 2015,
    https://arxiv.org/abs/1412.6980), whose size shrinks to nothing towards the end.

    ``slope_of`` gives the slope of the loss at some numbers, in their shape. Squared weights times
    ``penalty`` are added to the loss; the last row, which is the bias, has none. The same numbers
    give the same result.
    """
    numbers = numbers.copy()
    mean, square = np.zeros_like(numbers), np.zeros_like(numbers)
    for step in range(1, steps + 1):
        slope = slope_of(numbers)
        slope[:-1] += penalty * numbers[:-1]
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope**2
        corrected = np.sqrt(square / (1 - 0.99**step)) + 1e-8
        shrunk = rate * (1 - (step - 1) / steps)
        numbers -= shrunk * (mean / (1 - 0.9**step)) / corrected
    return numbers


def pack(content: Mapping[str, Any], target: Path) -> None:
    """Writes a file of weights; the same content gives the same bytes."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    target.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))


def whole_numbers(numbers: Floats, *, levels: int) -> dict[str, Any]:
    """Numbers as whole ones from minus to plus ``levels``, and what they are times."""
    scale = float(np.abs(numbers).max()) / levels
    return {"scale": scale, "whole": np.rint(numbers / scale).astype(int).tolist()}
