"""Small networks of one hidden layer that tell how probable something is; the mean of several."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class SmallNetwork:
    """The trained numbers of networks side by side: ``first`` (names, members times hidden) and
    ``first_bias`` (members times hidden,), ``second`` (members, hidden) and ``second_bias``
    (members,)."""

    names: tuple[str, ...]
    first: Floats
    first_bias: Floats
    second: Floats
    second_bias: Floats

    def probability(self, features: Mapping[str, float]) -> float:
        """How probable it is for these features with their values, from 0 to 1. Features that the
        networks do not know say nothing."""
        import numpy as np

        values = np.array([features.get(name, 0.0) for name in self.names], np.float32)
        hidden = np.maximum(values @ self.first + self.first_bias, 0).reshape(self.second.shape)
        sums = (hidden * self.second).sum(axis=1) + self.second_bias
        return float((1 / (1 + np.exp(-sums))).mean())


def read_small_network(packed: bytes) -> SmallNetwork:
    """The networks in a file that ``evaluation.network_training`` wrote."""
    import numpy as np

    read = json.loads(gzip.decompress(packed))
    first = np.array(read["first"], np.float32) * np.float32(read["scale"])
    return SmallNetwork(
        tuple(map(str, read["names"])),
        first,
        np.array(read["first_bias"], np.float32),
        np.array(read["second"], np.float32),
        np.array(read["second_bias"], np.float32),
    )
