"""A linear model of what people want below a picture: by their words, and how these stand together.

It was trained on labelled messages (``python -m evaluation.intent_training``) and generalises where
lists of words do not. Its judgement is joined with that of the rules in ``bot.intents.weighing``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final, Protocol

from bot.intents.features import features
from bot.intents.models import Heard, Reading
from domain.linear_model import LinearModel, read_linear_model

WEIGHTS: Final = "learned.json.gz"


class Judge(Protocol):
    """Tells how probable each intent is; see :func:`probabilities`."""

    def __call__(self, heard: Heard, reading: Reading, /) -> Mapping[str, float]:
        """The probabilities by the intents' ids."""
        ...


def probabilities(
    heard: Heard, reading: Reading, model: LinearModel | None = None
) -> Mapping[str, float]:
    """How probable each intent is for a message below a picture, by its id; they add up to 1.

    ``reading`` is what the rules read. Only ids that were in the training data are there. Raises
    ``FileNotFoundError`` where the weights are missing.
    """
    return (model or _shipped()).probabilities(features(heard, reading))


@cache
def _shipped() -> LinearModel:
    """The weights of this release, read once. Raises ``FileNotFoundError``."""
    return read_linear_model((files("bot.intents") / "data" / WEIGHTS).read_bytes())
