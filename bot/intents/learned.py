"""A linear model of what people want below a picture: by their words, and how these stand together.

It was trained on labelled messages (``python -m evaluation.intent_training``) and generalises where
lists of words do not. Its judgement is joined with that of the rules in ``bot.intents.weighing``.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Protocol

from bot.intents.features import features
from bot.intents.models import Heard, Reading

WEIGHTS: Final = "learned.json.gz"


@dataclass(frozen=True, slots=True)
class Weights:
    """The trained numbers: ``names`` of the intents, then a bias and weights in their order."""

    names: tuple[str, ...]
    bias: tuple[float, ...]
    of_feature: Mapping[str, Sequence[float]]


class Judge(Protocol):
    """Tells how probable each intent is; see :func:`probabilities`."""

    def __call__(self, heard: Heard, reading: Reading, /) -> Mapping[str, float]:
        """The probabilities by the intents' ids."""
        ...


def probabilities(
    heard: Heard, reading: Reading, weights: Weights | None = None
) -> Mapping[str, float]:
    """How probable each intent is for a message below a picture, by its id; they add up to 1.

    ``reading`` is what the rules read. Only ids that were in the training data are there. Raises
    ``FileNotFoundError`` where the weights are missing.
    """
    weights = weights or _shipped()
    sums = list(weights.bias)
    for name, value in features(heard, reading).items():
        for at, weight in enumerate(weights.of_feature.get(name, ())):
            sums[at] += value * weight
    highest = max(sums)
    powers = [math.exp(total - highest) for total in sums]
    return {name: power / sum(powers) for name, power in zip(weights.names, powers, strict=True)}


@cache
def _shipped() -> Weights:
    """The weights of this release, read once. Raises ``FileNotFoundError``."""
    return read_weights((files("bot.intents") / "data" / WEIGHTS).read_bytes())


def read_weights(packed: bytes) -> Weights:
    """The weights in a file that ``evaluation.intent_training`` wrote."""
    read = json.loads(gzip.decompress(packed))
    scale = float(read["scale"])
    rows = {
        str(name): tuple(float(whole) * scale for whole in row)
        for name, row in read["features"].items()
    }
    return Weights(tuple(map(str, read["intents"])), tuple(map(float, read["bias"])), rows)
