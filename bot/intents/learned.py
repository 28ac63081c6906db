"""A learned model of what people want below a picture: by their words, how these stand together,
and what the message means.

It was trained on labelled messages (``python -m evaluation.intent_training``) and generalises where
lists of words do not. Its judgement is joined with that of the rules in ``bot.intents.weighing``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, Protocol

from bot.intents.features import features
from bot.intents.meaning import Network, inputs, read_network
from bot.intents.models import Heard, Reading
from domain.linear_model import LinearModel, read_linear_model, shares_of
from domain.made_once import made_once

WEIGHTS: Final = "learned.json.gz"
NETWORK: Final = "meaning.npz"


class Judge(Protocol):
    """Tells how probable each intent is; see :func:`probabilities`."""

    def __call__(self, heard: Heard, reading: Reading, /) -> Mapping[str, float]:
        """The probabilities by the intents' ids."""
        ...


@dataclass(frozen=True, slots=True)
class Learned:
    """Both halves of the model, which were trained together: their sums are added."""

    words: LinearModel
    meaning: Network


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
    found = shares_of([a + b for a, b in zip(by_words, by_meaning, strict=True)])
    return dict(zip(model.words.names, found, strict=True))


@made_once
def _shipped() -> Learned:
    """The weights of this release, read once. Raises ``FileNotFoundError``."""
    data = files("bot.intents") / "data"
    words = read_linear_model((data / WEIGHTS).read_bytes())
    return Learned(words, read_network((data / NETWORK).read_bytes()))
