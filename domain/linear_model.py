"""Linear models that tell how probable each of several classes is (softmax regression)."""

from __future__ import annotations

import gzip
import json
import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from domain.unpacked_weights import PieceTable, sorted_pieces


@dataclass(frozen=True, slots=True)
class LinearModel:
    """The trained numbers: the names of the classes, then a bias and the weights of each feature in
    their order; a weight counts ``scale`` times."""

    names: tuple[str, ...]
    bias: tuple[float, ...]
    of_feature: Mapping[str, Sequence[float]]
    scale: float = 1.0

    def probabilities(self, features: Mapping[str, float]) -> Mapping[str, float]:
        """How probable each class is for these features with their values; they add up to 1.
        Features that the model does not know say nothing."""
        return dict(zip(self.names, shares_of(self.sums(features)), strict=True))

    def sums(self, features: Mapping[str, float]) -> list[float]:
        """What speaks for each class, in their order; see :func:`shares_of`."""
        sums = list(self.bias)
        for name, value in features.items():
            counted = self.scale * value
            for at, weight in enumerate(self.of_feature.get(name, ())):
                sums[at] += counted * weight
        return sums


def shares_of(sums: Sequence[float]) -> list[float]:
    """The probabilities that the classes' sums stand for."""
    highest = max(sums)
    powers = [math.exp(total - highest) for total in sums]
    whole = sum(powers)
    return [power / whole for power in powers]


def logarithms_of(sums: Sequence[float]) -> list[float]:
    """The logarithms of the probabilities that the classes' sums stand for."""
    highest = max(sums)
    whole = highest + math.log(sum(math.exp(total - highest) for total in sums))
    return [total - whole for total in sums]


class PackedRows(Mapping[str, Sequence[float]]):
    """The weights of features as numbers of 8 bits: as lists they take twenty times as much
    memory."""

    def __init__(self, rows: Mapping[str, Sequence[int]]) -> None:
        self._names = "\n".join(rows)
        keys, ids = sorted_pieces({name: number for number, name in enumerate(rows)})
        self._places = PieceTable(keys.data, ids.data)
        self._weights = array("b", chain.from_iterable(rows.values()))
        self._width = len(self._weights) // max(1, len(rows))
        self._count = len(rows)

    def __getitem__(self, name: str) -> Sequence[float]:
        place = self._places.get(name)
        if place is None:
            raise KeyError(name)
        return self._weights[place * self._width : (place + 1) * self._width]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names.split("\n") if self._count else ())

    def __len__(self) -> int:
        return self._count


def read_linear_model(packed: bytes) -> LinearModel:
    """The model in a file that ``evaluation.softmax`` wrote."""
    read = json.loads(gzip.decompress(packed))
    return LinearModel(
        tuple(map(str, read["classes"])),
        tuple(map(float, read["bias"])),
        PackedRows(read["features"]),
        float(read["scale"]),
    )
