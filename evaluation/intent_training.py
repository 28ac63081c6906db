"""Trains the linear model of intents on the labelled messages and writes its weights.

``python -m evaluation.intent_training`` writes ``bot/intents/data/learned.json.gz``: a softmax
regression with squared weights as its penalty, fitted by gradient descent with Adam's steps
(Kingma and Ba 2015, https://arxiv.org/abs/1412.6980). The same messages give the same file.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt

from bot.intents import learned
from bot.intents.features import features
from bot.intents.models import Heard, Intent, Reading
from bot.intents.reader import by_rules, called_by_name, is_weighed
from evaluation.intent_messages import ROOMS, Labelled, all_messages

STEPS: Final = 120
RATE: Final = 0.08
"""Size of Adam's steps."""
PENALTY: Final = 0.0008
MIN_MESSAGES: Final = 3
"""In so many messages a feature must be to be learned."""
SEALED: Final = frozenset({"tenth", "twelfth"})
"""Batches that are kept for measuring."""
UNTUNED: Final = frozenset({"ninth", "practice", "eleventh", "variety"})
"""Batches that the rules were not tuned on: only there it shows how far they are to be trusted."""
SHARES: Final = {("practice", True): 0.3, ("practice", False): 0.5}
"""How much a message of a batch counts, by whether it wants nothing; others count 1. ``practice``
has more of what only sounds like a wish than people write."""
_SAME: Final = {"reference": "change", "research": "change"}
_LEVELS: Final = 127
"""Weights are written as whole numbers from minus to plus this."""
_TARGET: Final = Path(learned.__file__).parent / "data" / learned.WEIGHTS

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fitted:
    """Trained numbers: ``weights`` (features, intents) and ``bias`` (intents,)."""

    intents: tuple[str, ...]
    features: tuple[str, ...]
    weights: Floats
    bias: Floats

    def of(self, heard: Heard, reading: Reading) -> Mapping[str, float]:
        """As ``bot.intents.learned.probabilities`` gives them, with these weights."""
        sums = self.bias.copy()
        for name, value in features(heard, reading).items():
            row = self.rows.get(name)
            if row is not None:
                sums += value * self.weights[row]
        powers = np.exp(sums - sums.max())
        return dict(zip(self.intents, (powers / powers.sum()).tolist(), strict=True))

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """By feature, its row of the weights."""
        return {name: at for at, name in enumerate(self.features)}


def teachable(messages: Sequence[Labelled]) -> list[tuple[Labelled, str]]:
    """Messages below pictures that want one thing, with its intent."""
    found: list[tuple[Labelled, str]] = []
    for message in messages:
        wanted = sorted(message.wanted)
        if message.pictures and len(wanted) == 1 and _is_taught(message):
            found.append((message, _SAME.get(wanted[0], wanted[0])))
    counts = Counter(intent for _message, intent in found)
    known = [intent.value for intent in Intent]
    return [
        (message, intent) for message, intent in found if counts[intent] >= 8 and intent in known
    ]


def _is_taught(message: Labelled) -> bool:
    """Whether the model is heard on such a message."""
    heard = called_by_name(message.heard)
    return is_weighed(heard, by_rules(heard))


def fit(taught: Sequence[tuple[Labelled, str]]) -> Fitted:
    """Trains on labelled messages."""
    known = [_features(message) for message, _intent in taught]
    counts = Counter(name for found in known for name in found)
    names = tuple(sorted(name for name, count in counts.items() if count >= MIN_MESSAGES))
    intents = tuple(sorted({intent for _message, intent in taught}))
    column = {name: at for at, name in enumerate(names)}
    entries = [
        (row, column[name], value)
        for row, found in enumerate(known)
        for name, value in found.items()
        if name in column
    ]
    rows, columns = (np.array([entry[at] for entry in entries], dtype=np.intp) for at in (0, 1))
    values = np.array([entry[2] for entry in entries])
    targets = np.zeros((len(taught), len(intents)))
    for row, (_message, intent) in enumerate(taught):
        targets[row, intents.index(intent)] = 1.0
    shares = np.array([_share(message, intent) for message, intent in taught])
    matrix = _Matrix.of(rows, columns, values, len(taught), len(names))
    weights, bias = _descended(matrix, targets, shares / shares.sum())
    return Fitted(intents, names, weights, bias)


def _share(message: Labelled, intent: str) -> float:
    return SHARES.get((message.batch, intent == "nothing"), 1.0)


@dataclass(frozen=True)
class _Matrix:
    """A sparse matrix of messages and features, kept in the order of either."""

    by_row: _Entries
    by_column: _Entries

    @classmethod
    def of(
        cls,
        rows: npt.NDArray[np.intp],
        columns: npt.NDArray[np.intp],
        values: Floats,
        height: int,
        width: int,
    ) -> _Matrix:
        """From its entries."""
        return cls(
            _Entries.of(rows, columns, values, height), _Entries.of(columns, rows, values, width)
        )


@dataclass(frozen=True)
class _Entries:
    """Entries of a sparse matrix in the order of their groups; each group has one at least."""

    starts: npt.NDArray[np.intp]
    others: npt.NDArray[np.intp]
    values: npt.NDArray[np.float32]

    @classmethod
    def of(
        cls,
        groups: npt.NDArray[np.intp],
        others: npt.NDArray[np.intp],
        values: Floats,
        count: int,
    ) -> _Entries:
        """From entries in any order; ``count`` groups."""
        order = np.argsort(groups, kind="stable")
        starts = np.searchsorted(groups[order], np.arange(count))
        return cls(starts, others[order], values[order].astype(np.float32))

    def times(self, weights: Floats) -> Floats:
        """The sum of the weights of each group's entries."""
        columns = [
            np.add.reduceat(self.values * weights[self.others, at], self.starts)
            for at in range(weights.shape[1])
        ]
        return np.stack(columns, axis=1)


def _descended(matrix: _Matrix, targets: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """Weights and bias after all steps; the step shrinks to nothing towards the end."""
    width = targets.shape[1]
    numbers = np.zeros((len(matrix.by_column.starts) + 1, width))  # the bias is the last row
    mean, square = np.zeros_like(numbers), np.zeros_like(numbers)
    for step in range(1, STEPS + 1):
        sums = matrix.by_row.times(numbers[:-1]) + numbers[-1]
        powers = np.exp(sums - sums.max(axis=1, keepdims=True))
        errors = (powers / powers.sum(axis=1, keepdims=True) - targets) * shares[:, None]
        slope = np.vstack([matrix.by_column.times(errors), errors.sum(axis=0)])
        slope[:-1] += PENALTY * numbers[:-1]
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope**2
        corrected = np.sqrt(square / (1 - 0.99**step)) + 1e-8
        rate = RATE * (1 - (step - 1) / STEPS)
        numbers -= rate * (mean / (1 - 0.9**step)) / corrected
    return numbers[:-1], numbers[-1]


def _features(message: Labelled) -> dict[str, float]:
    heard = called_by_name(message.heard)
    return features(heard, by_rules(heard) if message.batch in UNTUNED else None)


def write(fitted: Fitted, target: Path = _TARGET) -> None:
    """Writes the weights as ``bot.intents.learned`` reads them."""
    scale = float(np.abs(fitted.weights).max()) / _LEVELS
    whole = np.rint(fitted.weights / scale).astype(int)
    rows = {
        name: cast("list[int]", row.tolist())
        for name, row in zip(fitted.features, whole, strict=True)
        if row.any()
    }
    content: Mapping[str, Any] = {
        "intents": fitted.intents,
        "bias": [round(value, 4) for value in fitted.bias.tolist()],
        "scale": scale,
        "features": rows,
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    target.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))


def main() -> None:
    """Trains on every batch but the sealed ones."""
    rooms = [name for name in ROOMS if name not in SEALED]
    taught = teachable(all_messages(rooms))
    fitted = fit(taught)
    write(fitted)
    print(f"{len(taught)} messages, {len(fitted.features)} features")


if __name__ == "__main__":
    main()
