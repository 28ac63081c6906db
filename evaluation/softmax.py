"""Softmax regression over sparse rows, with squared weights as its penalty.

It is fitted by gradient descent with Adam's steps (Kingma and Ba 2015,
https://arxiv.org/abs/1412.6980). The same rows give the same weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

STEPS: Final = 60
RATE: Final = 0.1
"""Size of Adam's steps."""
PENALTY: Final = 0.0002
MIN_ROWS: Final = 3
"""In so many rows a name must be to be learned."""

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Fitted:
    """Trained numbers: ``weights`` (names, classes) and ``bias`` (classes,)."""

    names: tuple[str, ...]
    weights: Floats
    bias: Floats


@dataclass(frozen=True)
class _Matrix:
    """A sparse matrix whose entries are sorted by row, and by column in another order."""

    rows: Places
    columns: Places
    values: Floats
    height: int
    width: int

    def times(self, weights: Floats) -> Floats:
        """Its product with weights (width, n), as (height, n)."""
        return _summed(self.rows, self.values[:, None] * weights[self.columns], self.height)

    def transposed_times(self, errors: Floats) -> Floats:
        """Its transpose's product with errors (height, n), as (width, n)."""
        return _summed(self.columns, self.values[:, None] * errors[self.rows], self.width)


def fit(rows: Sequence[Mapping[str, float]], targets: Sequence[int], *, classes: int) -> Fitted:
    """Trains on rows of named values, each with the number of its class."""
    counts = Counter(name for row in rows for name in row)
    names = tuple(sorted(name for name, count in counts.items() if count >= MIN_ROWS))
    column = {name: at for at, name in enumerate(names)}
    entries = [
        (at, column[name], value)
        for at, row in enumerate(rows)
        for name, value in row.items()
        if name in column
    ]
    places = np.array([entry[:2] for entry in entries], dtype=np.intp)
    values = np.array([entry[2] for entry in entries])
    matrix = _Matrix(places[:, 0], places[:, 1], values, len(rows), len(names))
    wanted = np.zeros((len(rows), classes))
    wanted[np.arange(len(rows)), np.array(targets)] = 1.0
    numbers = _descend(matrix, wanted)
    return Fitted(names, numbers[:-1], numbers[-1])


def _descend(matrix: _Matrix, wanted: Floats) -> Floats:
    """Weights, the bias as the last row, after all steps; these shrink to nothing at the end."""
    height, classes = wanted.shape
    numbers = np.zeros((matrix.width + 1, classes))
    mean, square = np.zeros_like(numbers), np.zeros_like(numbers)
    for step in range(1, STEPS + 1):
        sums = matrix.times(numbers[:-1]) + numbers[-1]
        powers = np.exp(sums - sums.max(axis=1, keepdims=True))
        errors = (powers / powers.sum(axis=1, keepdims=True) - wanted) / height
        slope = np.vstack([matrix.transposed_times(errors), errors.sum(axis=0)])
        slope[:-1] += PENALTY * numbers[:-1]
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope**2
        corrected = np.sqrt(square / (1 - 0.99**step)) + 1e-8
        numbers -= RATE * (1 - (step - 1) / STEPS) * (mean / (1 - 0.9**step)) / corrected
    return numbers


def _summed(groups: Places, parts: Floats, size: int) -> Floats:
    columns = [np.bincount(groups, parts[:, at], size) for at in range(parts.shape[1])]
    return np.stack(columns, axis=1).astype(np.float64)
