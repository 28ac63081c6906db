"""Trains a softmax over sparse features together with a small network over dense inputs.

Adam's steps on a few rows at a time (Kingma and Ba 2015, https://arxiv.org/abs/1412.6980), with
squared weights as a penalty and random features, inputs and hidden units left out (Srivastava et
al. 2014, https://jmlr.org/papers/v15/srivastava14a.html). The same rows give the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

EPOCHS: Final = 16
ROWS: Final = 128
"""Rows of one step."""
HIDDEN: Final = 96
KEPT_WORDS: Final = 0.5
KEPT_INPUTS: Final = 0.7
KEPT_HIDDEN: Final = 0.5
"""Shares that are not left out."""
SPARSE_RATE: Final = 0.02
RATE: Final = 0.002
"""Sizes of the first steps; they shrink to nothing."""
SPARSE_PENALTY: Final = 0.0008
PENALTY: Final = 0.0002

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class SparseRows:
    """Rows of named columns: row ``n`` has the entries from ``starts[n]`` to ``starts[n + 1]``,
    at least one."""

    starts: Places
    columns: Places
    values: Floats
    width: int

    @classmethod
    def of(cls, rows: Sequence[Sequence[tuple[int, float]]], width: int) -> SparseRows:
        """From the columns and values of each row."""
        starts = np.cumsum([0, *map(len, rows)])
        entries = [entry for row in rows for entry in row]
        columns = np.array([column for column, _value in entries], np.intp)
        return cls(starts, columns, np.array([v for _, v in entries], np.float32), width)

    def take(self, rows: Places) -> SparseRows:
        """Some of the rows, in that order."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        starts: Places = np.concatenate([np.zeros(1, np.intp), np.cumsum(lengths)])
        at: Places = np.repeat(self.starts[rows] - starts[:-1], lengths) + np.arange(
            int(starts[-1])
        )
        return SparseRows(starts, self.columns[at], self.values[at], self.width)

    def times(self, weights: Floats) -> Floats:
        """Its product with weights (width, n)."""
        products = weights[self.columns] * self.values[:, None]
        summed: Floats = np.add.reduceat(products, self.starts[:-1])
        return summed

    def add_slope(self, slope: Floats, errors: Floats) -> None:
        """Adds its transpose's product with errors (rows, n) to a slope (width, n)."""
        order = np.argsort(self.columns, kind="stable")
        owners = np.repeat(np.arange(len(errors)), np.diff(self.starts))[order]
        products = errors[owners] * self.values[order, None]
        sorted_columns = self.columns[order]
        first = np.flatnonzero(np.diff(sorted_columns, prepend=-1))
        slope[sorted_columns[first]] += np.add.reduceat(products, first)


@dataclass
class Numbers:
    """All that is trained, or its slope."""

    words: Floats
    bias: Floats
    into: Floats
    out: Floats
    direct: Floats

    def all(self) -> tuple[Floats, ...]:
        """The arrays, in their order."""
        return self.words, self.bias, self.into, self.out, self.direct


@dataclass(frozen=True)
class Examples:
    """Rows with their classes' numbers, and how much each counts."""

    words: SparseRows
    inputs: Floats
    classes: Places
    shares: Floats


def train(examples: Examples, classes: int, *, seed: int = 0) -> Numbers:
    """The numbers after all steps."""
    random = np.random.default_rng(seed)
    numbers = _start(examples, classes, random)
    mean = [np.zeros_like(array) for array in numbers.all()]
    square = [np.zeros_like(array) for array in numbers.all()]
    count = len(examples.classes)
    steps, step = EPOCHS * -(-count // ROWS), 0
    for _epoch in range(EPOCHS):
        order = random.permutation(count)
        for at in range(0, count, ROWS):
            step += 1
            slope = _slope(numbers, examples, order[at : at + ROWS], random)
            left = 1 - (step - 1) / steps
            for array, moved, m, v in zip(numbers.all(), slope.all(), mean, square, strict=True):
                rate = left * (SPARSE_RATE if array is numbers.words else RATE)
                _move(array, moved, m, v, rate=rate, step=step)
    return numbers


def _start(examples: Examples, classes: int, random: np.random.Generator) -> Numbers:
    width = examples.inputs.shape[1]

    def spread(height: int, across: int) -> Floats:
        most = 1 / np.sqrt(height)
        return random.uniform(-most, most, (height, across)).astype(np.float32)

    return Numbers(
        np.zeros((examples.words.width, classes), np.float32),
        np.zeros(classes, np.float32),
        spread(width + 1, HIDDEN),
        spread(HIDDEN, classes),
        np.zeros((width, classes), np.float32),
    )


def _slope(
    numbers: Numbers, examples: Examples, rows: Places, random: np.random.Generator
) -> Numbers:
    words, wanted = examples.words.take(rows), examples.classes[rows]
    words = replace(words, values=_some(words.values, KEPT_WORDS, random))
    inputs = _some(examples.inputs[rows], KEPT_INPUTS, random)
    raw = inputs @ numbers.into[:-1] + numbers.into[-1]
    kept = _some((raw > 0).astype(np.float32), KEPT_HIDDEN, random)
    hidden = raw * kept
    sums = (
        words.times(numbers.words) + numbers.bias + hidden @ numbers.out + inputs @ numbers.direct
    )
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    errors: Floats = powers / powers.sum(axis=1, keepdims=True)
    errors[np.arange(len(rows)), wanted] -= 1
    shares = examples.shares[rows]
    errors *= (shares / shares.sum())[:, None]
    back = (errors @ numbers.out.T) * kept
    of_words = SPARSE_PENALTY * numbers.words
    words.add_slope(of_words, errors)
    into = np.vstack([inputs.T @ back, back.sum(axis=0)])
    into[:-1] += PENALTY * numbers.into[:-1]
    return Numbers(
        of_words,
        np.asarray(errors.sum(axis=0), np.float32),
        np.asarray(into, np.float32),
        np.asarray(hidden.T @ errors + PENALTY * numbers.out, np.float32),
        np.asarray(inputs.T @ errors + PENALTY * numbers.direct, np.float32),
    )


def _some(values: Floats, kept: float, random: np.random.Generator) -> Floats:
    """The values with some set to 0, the others larger, so that their sums stay about the same."""
    chosen = random.random(values.shape, np.float32) < kept
    found: Floats = values * chosen / np.float32(kept)
    return found


def _move(
    array: Floats, slope: Floats, mean: Floats, square: Floats, *, rate: float, step: int
) -> None:
    mean *= 0.9
    mean += np.float32(0.1) * slope
    square *= 0.99
    square += np.float32(0.01) * slope * slope
    array -= (rate / (1 - 0.9**step)) * mean / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
