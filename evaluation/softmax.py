"""Softmax regression over sparse rows, with squared weights as its penalty.

The same rows give the same weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from domain.linear_model import LinearModel
from evaluation.linear_training import Floats, descend, pack

STEPS: Final = 60
RATE: Final = 0.1
"""Size of Adam's steps."""
PENALTY: Final = 0.0002
MIN_ROWS: Final = 3
"""In so many rows a name must be to be learned."""

_LEVELS: Final = 127
"""Weights are written as whole numbers from minus to plus this."""

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


def fit(
    rows: Sequence[Mapping[str, float]],
    targets: Sequence[int],
    *,
    classes: int,
    worth: Sequence[float] | None = None,
    steps: int = STEPS,
    penalty: float = PENALTY,
) -> Fitted:
    """Trains on rows of named values, each with the number of its class; a row counts by its
    ``worth``, where some count more than others."""
    shares = np.array(worth if worth is not None else [1.0] * len(rows))
    shares = (shares / shares.sum())[:, None]
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

    def slope(numbers: Floats) -> Floats:
        sums = matrix.times(numbers[:-1]) + numbers[-1]
        errors = (get_shares(sums) - wanted) * shares
        return np.vstack([matrix.transposed_times(errors), errors.sum(axis=0)])

    start = np.zeros((len(names) + 1, classes))
    numbers = descend(start, slope, steps=steps, rate=RATE, penalty=penalty)
    return Fitted(names, numbers[:-1], numbers[-1])


def get_shares(sums: Floats) -> Floats:
    """The probabilities (rows, classes) that the sums of weights (rows, classes) stand for."""
    powers: Floats = np.exp(sums - sums.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def write(model: LinearModel, target: Path) -> None:
    """Writes a model as ``domain.linear_model`` reads it; features whose weights are all about
    nothing are left out."""
    scale = max(abs(value) for row in model.of_feature.values() for value in row) / _LEVELS
    whole = {name: [round(v / scale) for v in row] for name, row in model.of_feature.items()}
    content = {
        "classes": model.names,
        "bias": [round(value, 4) for value in model.bias],
        "scale": scale,
        "features": {name: row for name, row in whole.items() if any(row)},
    }
    pack(content, target)


def _summed(groups: Places, parts: Floats, size: int) -> Floats:
    columns = [np.bincount(groups, parts[:, at], size) for at in range(parts.shape[1])]
    return np.stack(columns, axis=1).astype(np.float64)
