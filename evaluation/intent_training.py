"""Trains the linear model of intents on the labelled messages and writes its weights.

``python -m evaluation.intent_training`` writes ``bot/intents/data/learned.json.gz``: a softmax
regression with squared weights as its penalty. The same messages give the same file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.intents import learned
from bot.intents.features import features
from bot.intents.models import Intent
from bot.intents.reader import by_rules, called_by_name, is_weighed
from domain.linear_model import LinearModel
from evaluation.intent_messages import ROOMS, Labelled, all_messages
from evaluation.linear_training import Floats, descend
from evaluation.softmax import get_shares, write

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
_TARGET: Final = Path(learned.__file__).parent / "data" / learned.WEIGHTS


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


def fit(taught: Sequence[tuple[Labelled, str]]) -> LinearModel:
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
    shares = (shares / shares.sum())[:, None]

    def slope(numbers: Floats) -> Floats:
        sums = matrix.by_row.times(numbers[:-1]) + numbers[-1]
        errors = (get_shares(sums) - targets) * shares
        return np.vstack([matrix.by_column.times(errors), errors.sum(axis=0)])

    start = np.zeros((len(names) + 1, len(intents)))
    numbers = descend(start, slope, steps=STEPS, rate=RATE, penalty=PENALTY)
    *weights, bias = map(tuple, numbers.tolist())
    return LinearModel(intents, bias, dict(zip(names, weights, strict=True)))


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


def _features(message: Labelled) -> dict[str, float]:
    heard = called_by_name(message.heard)
    return features(heard, by_rules(heard) if message.batch in UNTUNED else None)


def main() -> None:
    """Trains on every batch but the sealed ones."""
    rooms = [name for name in ROOMS if name not in SEALED]
    taught = teachable(all_messages(rooms))
    model = fit(taught)
    write(model, _TARGET)
    print(f"{len(taught)} messages, {len(model.of_feature)} features")


if __name__ == "__main__":
    main()
