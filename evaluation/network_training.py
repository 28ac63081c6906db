"""Trains small networks of one hidden layer (``domain.small_network``) on rows of named values.

Several are trained from other starts, and their mean is the model: each alone depends much on its
start. The same rows give the same weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from domain.small_network import SmallNetwork
from evaluation.adam import Adam
from evaluation.linear_training import pack

HIDDEN: Final = 32
MEMBERS: Final = 8
PASSES: Final = 30
BATCH: Final = 64
RATE: Final = 0.004
DECAY: Final = 0.1
"""The share of a weight, times the rate, that each step takes from it."""
DROPPED: Final = 0.4
"""The share of hidden values that are left out in each step."""
OF_SQUARE: Final = 0.999
"""See :class:`evaluation.adam.Adam`."""
MIN_ROWS: Final = 8
"""In so many rows a name must be to be learned."""
_LEVELS: Final = 127

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Rows:
    values: Floats
    targets: Floats
    worth: Floats


def fit_network(
    rows: Sequence[Mapping[str, float]], targets: Sequence[bool], *, worth: Sequence[float]
) -> SmallNetwork:
    """Trains on rows of named values, each with whether it is of the class; a row counts by its
    ``worth``."""
    counts = Counter(name for row in rows for name in row)
    names = tuple(sorted(name for name, count in counts.items() if count >= MIN_ROWS))
    column = {name: at for at, name in enumerate(names)}
    values = np.zeros((len(rows), len(names)), np.float32)
    for at, row in enumerate(rows):
        for name, value in row.items():
            if name in column:
                values[at, column[name]] = value
    shares = np.array(worth, np.float32)
    data = _Rows(values, np.array(targets, np.float32), shares / shares.mean())
    members = [_fit_member(data, np.random.default_rng(seed)) for seed in range(MEMBERS)]
    first = np.concatenate([member[0] for member in members], axis=1)
    return SmallNetwork(
        names,
        first,
        np.concatenate([member[1] for member in members]),
        np.stack([member[2] for member in members]),
        np.array([member[3][0] for member in members], np.float32),
    )


def _fit_member(data: _Rows, random: np.random.Generator) -> list[Floats]:
    """The weights and biases of the hidden layer and of the output."""
    count, width = data.values.shape
    numbers: list[Floats] = [
        random.uniform(-1, 1, shape).astype(np.float32) / np.float32(scale**0.5)
        for shape, scale in (
            ((width, HIDDEN), width), ((HIDDEN,), width), ((HIDDEN,), HIDDEN), ((1,), HIDDEN),
        )
    ]  # fmt: skip
    adam = Adam(numbers, of_square=OF_SQUARE)
    for _ in range(PASSES):
        order = random.permutation(count)
        for begin in range(0, count, BATCH):
            kept = (random.random((len(order[begin : begin + BATCH]), HIDDEN)) >= DROPPED) / (
                1 - DROPPED
            )
            slopes = _slopes(numbers, data, order[begin : begin + BATCH], kept.astype(np.float32))
            for part in numbers:
                part *= 1 - RATE * DECAY
            adam.step(slopes, rate=RATE)
    return numbers


def _slopes(
    numbers: Sequence[Floats], data: _Rows, chosen: npt.NDArray[Any], kept: Floats
) -> list[Floats]:
    """The slopes of the cross entropy of some rows."""
    first, bias, second, last = numbers
    values = data.values[chosen]
    sums = values @ first + bias
    hidden = np.maximum(sums, 0) * kept
    shares = 1 / (1 + np.exp(-(hidden @ second + last[0])))
    errors = (shares - data.targets[chosen]) * data.worth[chosen] / len(chosen)
    back = errors[:, None] * second * kept * (sums > 0)
    return [values.T @ back, back.sum(axis=0), hidden.T @ errors, errors.sum(keepdims=True)]


def write_network(model: SmallNetwork, target: Path) -> None:
    """Writes a network as ``domain.small_network`` reads it, its large weights as whole numbers."""
    scale = float(np.abs(model.first).max()) / _LEVELS
    content = {
        "names": model.names,
        "scale": scale,
        "first": np.rint(model.first / scale).astype(int).tolist(),
        "first_bias": [round(float(v), 4) for v in model.first_bias],
        "second": [[round(float(v), 4) for v in row] for row in model.second],
        "second_bias": [round(float(v), 4) for v in model.second_bias],
    }
    pack(content, target)
