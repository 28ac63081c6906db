"""A linear model of which words of a request belong to names, joined with what the rules say.

It was trained on labelled requests (``python -m evaluation.planner_training``). What the rules say
is one of the things it sees, beside how words stand together, so that it tells "the claret jug"
from "a blue jug", where neither a capital nor rarity does.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Final

from agent.research.name_features import get_features, get_roles
from agent.research.names import Names
from agent.research.rarity import CAPITALS_SAY_NOTHING
from agent.research.words import Word
from domain.made_once import made_once

WEIGHTS: Final = "names.json.gz"
LANGUAGES: Final = frozenset({"en", "de", "fr", "es", "it", "pt", "nl", "ru", "pl", "tr"})
"""Languages of the labelled requests; in others the rules decide alone."""
MAX_WORDS: Final = 120
"""Longer requests are left to the rules."""
KEPT: Final = 0.3
"""How probable a word must be that the rules take for a name."""
KEPT_CAPITAL: Final = 0.15
"""The same of a word with a capital that says something."""
ADDED: Final = 0.4
"""How probable a word must be that they do not, in a request in which they found some name."""
ALONE: Final = 0.65
"""The same in a request in which they found none, which is most often an everyday one."""
DOUBTFUL: Final = 0.15
"""How probable a word must be for a directory of names to be asked about it."""
_TIES: Final = ("of", "the", "a")
"""What small words inside a name do, where the rules do not take them for a part of it."""
BESIDE: Final = 0.3
"""How probable a word must be that stands beside one that belongs to a name."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The trained numbers, by the names of the features."""

    bias: float
    of_feature: Mapping[str, float]


def with_learned_names(
    words: Sequence[Word], names: Names, language: str, *, weights: Weights | None = None
) -> Names:
    """The names that the rules found, without those that the model takes for none, and with those
    that it adds. Raises ``FileNotFoundError`` where the weights are missing."""
    if language not in LANGUAGES or not words or len(words) > MAX_WORDS:
        return names
    shares = get_probabilities(words, names, language, weights=weights)
    roles = get_roles(words, language)
    small = {number for number, role in enumerate(roles) if role}
    added = ADDED if names.words else ALONE
    marked = {
        number
        for number, share in enumerate(shares)
        if share >= (_least_kept(words[number], language) if number in names.words else added)
    }
    # A small word is a part of a name inside it, or where the rules say so ("The Who").
    small -= names.words
    sure = [1.0 if n in names.words else share for n, share in enumerate(shares)]
    ties = {number for number in small if roles[number] in _TIES}
    sure = [0.0 if n in small - ties else share for n, share in enumerate(sure)]
    marked = _with_those_beside(words, marked - small, sure, ties)
    unlikely = small | {number for number, share in enumerate(shares) if share < DOUBTFUL}
    return replace(
        names,
        words=frozenset(marked),
        people=names.people & marked,
        unlikely=frozenset(unlikely - marked),
    )


def get_probabilities(
    words: Sequence[Word], names: Names, language: str, *, weights: Weights | None = None
) -> list[float]:
    """How probable it is of each word that it belongs to a name, given what the rules say."""
    trained = weights or _shipped()
    sums = [
        trained.bias + sum(trained.of_feature.get(name, 0.0) for name in features)
        for features in get_features(words, names, language)
    ]
    return [1 / (1 + math.exp(-max(-50.0, total))) for total in sums]


def _least_kept(word: Word, language: str) -> float:
    """How probable a word that the rules take for a name must be to stay one."""
    capital = word.text[0].isupper() and not word.begins_sentence and not word.shouted
    return KEPT_CAPITAL if capital and language not in CAPITALS_SAY_NOTHING else KEPT


def _with_those_beside(
    words: Sequence[Word], marked: set[int], shares: Sequence[float], ties: set[int]
) -> set[int]:
    """The marked words with those beside them that the rules or the model take for a part of the
    same name, and with the small words between."""
    found = set(marked)
    for number in sorted(marked):
        for step in (1, -1):
            between: list[int] = []
            at = number + step
            while 0 <= at < len(words) and not words[max(at, at - step)].opens:
                if at in ties and at not in found:
                    between.append(at)
                elif at in found or shares[at] >= BESIDE:
                    if all(shares[n] >= BESIDE for n in between):
                        found |= {at, *between}
                    between = []
                else:
                    break
                at += step
    return found


@made_once
def _shipped() -> Weights:
    """The weights of this release, read once. Raises ``FileNotFoundError``."""
    return read_weights((files("agent.research") / "data" / WEIGHTS).read_bytes())


def read_weights(packed: bytes) -> Weights:
    """The weights in a file that ``evaluation.planner_training`` wrote."""
    read = json.loads(gzip.decompress(packed))
    scale = float(read["scale"])
    rows = {str(name): float(whole) * scale for name, whole in read["features"].items()}
    return Weights(float(read["bias"]), rows)
