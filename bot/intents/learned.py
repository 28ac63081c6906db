"""A learned model of what people want below a picture: by their words, how these stand together,
what the message means, and what a text encoder reads in it.

It was trained on labelled messages (``python -m evaluation.intent_training``) and generalises where
lists of words do not. Its judgement is joined with that of the rules in ``bot.intents.weighing``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, Protocol

from bot.intents import encoded
from bot.intents.features import features
from bot.intents.meaning import Network, inputs, read_network
from bot.intents.models import Heard, Reading
from domain.encoder.network import Purpose
from domain.linear_model import LinearModel, logarithms_of, read_linear_model, shares_of
from domain.made_once import made_once

WEIGHTS: Final = "learned.json.gz"
NETWORK: Final = "meaning.npz"
OF_FEATURES: Final = 0.5
OF_ENCODER: Final = 0.5
"""What the logarithms of both halves' probabilities count, chosen on seven authors whose
messages neither had seen."""
_UNKNOWN: Final = -12.0
"""Stands for the logarithm where the encoder does not know an intent."""


class Judge(Protocol):
    """Tells how probable each intent is; see :func:`probabilities`."""

    def __call__(self, heard: Heard, reading: Reading, /) -> Mapping[str, float]:
        """The probabilities by the intents' ids."""
        ...


@dataclass(frozen=True, slots=True)
class Learned:
    """The model: what it learned of words and of sentence vectors, trained together, whose sums
    are added; and what the text encoder learned, empty where it is not asked."""

    words: LinearModel
    meaning: Network
    encoder: tuple[Purpose, ...] = ()


def probabilities(
    heard: Heard, reading: Reading, model: Learned | None = None
) -> Mapping[str, float]:
    """How probable each intent is for a message below a picture, by its id; they add up to 1.

    ``reading`` is what the rules read. Only ids that were in the training data are there. Raises
    ``FileNotFoundError`` where the weights are missing.
    """
    model = model or _shipped()
    by_words = model.words.sums(features(heard, reading))
    by_meaning = model.meaning.sums(inputs([heard])[0])
    sums = [a + b for a, b in zip(by_words, by_meaning, strict=True)]
    if model.encoder:
        with suppress(FileNotFoundError):  # its package is not made for every system
            read = encoded.get_logarithms(heard, model.encoder)
            sums = _together(model.words.names, sums, read)
    return dict(zip(model.words.names, shares_of(sums), strict=True))


def _together(
    names: Sequence[str], sums: Sequence[float], read: Mapping[str, float]
) -> list[float]:
    """The sums of both halves as one: of each the logarithm of its probability, weighed."""
    return [
        OF_FEATURES * share + OF_ENCODER * read.get(name, _UNKNOWN)
        for name, share in zip(names, logarithms_of(sums), strict=True)
    ]


@made_once
def _shipped() -> Learned:
    """The weights of this release, read once. Raises ``FileNotFoundError``."""
    data = files("bot.intents") / "data"
    words = read_linear_model((data / WEIGHTS).read_bytes())
    network = read_network((data / NETWORK).read_bytes())
    return Learned(words, network, encoded.read_purposes())
