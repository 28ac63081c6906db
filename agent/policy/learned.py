"""A linear model of what requests the policy refuses: by their words, and by the features that the
rules find, which stand for words of many languages.

It was trained on public sets (``python -m evaluation.policy_training``) and knows wordings that no
list holds. It only doubts: where the rules found something that may be grim or sexual and it is
sure, the request is refused unless a model is asked, which may know better. It says nothing of
minors, whom the rules alone judge.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import combinations, pairwise
from typing import Final

from agent.language.normalise import fold, get_words
from agent.policy.features import Features
from domain.linear_model import LinearModel, read_linear_model
from domain.made_once import made_once
from domain.policy import Category

WEIGHTS: Final = "learned.json.gz"
NONE: Final = "none"
"""The class of harmless requests."""
LEAST: Final = 0.7
"""Probability of all categories together from which a request is doubted."""
LEAST_WITHOUT: Final = 0.4
"""The least of it that must be left without real people, where the text names nobody."""
FEW_WORDS: Final = 8
"""A request of fewer words is doubted only for two words that may be risky, never for one."""
LEAST_WORDS: Final = 5
"""A request of fewer words than this is left to the rules."""
MAX_WORDS: Final = 120
"""Only the beginning of a longer text is looked at."""
RISKY: Final = frozenset({
    "wounding", "brutal", "flesh", "graphic", "hurt", "gore", "crime", "danger", "weapon",
    "killing", "evade", "selfmeans", "distress", "despair", "cut", "limb", "release", "drug",
    "goods", "sexual", "nude", "undress", "abuse", "pose", "poses", "hint", "hints", "bare",
    "dehumanise", "group", "hate", "hatesign", "insult", "mock", "selfharm", "starve", "recruit",
    "trade", "shock", "event", "forged", "phish", "misinform", "document", "scandal", "discredit",
    "passoff", "passes", "howto", "asking",
})  # fmt: skip
"""Features without one of which a request is not doubted: whatever else its words resemble."""
_UNUSED: Final = frozenset({
    "pointer", "mine", "name", "full_name", "famous", "rights", "thing", "sign", "putto",
})  # fmt: skip
"""Features that say nothing of a request's harm."""
_SOMEBODY: Final = ("name", "famous", "role", "full_name", "mine", "pointer")
"""Features of people, without one of which no real person is meant."""
_MAX_FEATURES: Final = 14
_MAX_PAIRED: Final = 10
_PREFIX: Final = 6
_LENGTH: Final = 4.0
"""What the words of a text weigh together, however many they are."""


def find_doubt(
    text: str, features: Features, *, weights: LinearModel | None = None
) -> Category | None:
    """The category that a request seems to fall into; None where that is not sure enough."""
    risky = {at for name in RISKY for at in features.places.get(name, ())}
    words = len(get_words(fold(text))) if risky else 0
    if words < LEAST_WORDS or (words < FEW_WORDS and len(risky) < 2):
        return None
    found = dict(get_probabilities(text, features.places, weights=weights))
    if 1 - found.pop(NONE) < LEAST:
        return None
    if not any(features.places.get(name) for name in _SOMEBODY):
        found.pop(Category.REAL_PEOPLE, None)
        if sum(found.values()) < LEAST_WITHOUT:
            return None
    return Category(max(found, key=found.__getitem__))


def get_probabilities(
    text: str, features: Sequence[str] | Mapping[str, object], *, weights: LinearModel | None = None
) -> Mapping[str, float]:
    """How probable each class is for a text with these features; they add up to 1."""
    return (weights or get_weights()).probabilities(get_signs(text, features))


def get_signs(text: str, features: Sequence[str] | Mapping[str, object]) -> dict[str, float]:
    """What the model sees of a text: its words and pairs of words, of equal weight together however
    long it is, and the features of the rules with their pairs."""
    found = dict(_get_word_signs(get_words(fold(text))[:MAX_WORDS]))
    length = math.sqrt(sum(value * value for value in found.values())) or 1.0
    signs = {sign: _LENGTH * value / length for sign, value in found.items()}
    known = sorted(feature for feature in features if feature not in _UNUSED)
    signs.update((f"f {feature}", 1.0) for feature in known[:_MAX_FEATURES])
    signs.update((f"g {a} {b}", 0.7) for a, b in combinations(known[:_MAX_PAIRED], 2))
    return signs


def _get_word_signs(words: Sequence[str]) -> Iterator[tuple[str, float]]:
    for word in words:
        yield f"w {word}", 1.0
        if not word.isascii():
            # Scripts without blanks give one word a run.
            for size in (2, 3):
                for at in range(len(word) - size + 1):
                    yield f"c {word[at : at + size]}", 0.5
        elif len(word) > _PREFIX:
            yield f"p {word[:_PREFIX]}", 0.7
    for first, second in pairwise(["<", *words, ">"]):
        yield f"b {first} {second}", 0.7


@made_once
def get_weights() -> LinearModel:
    """The weights of this release, read once."""
    return read_linear_model((files("agent.policy") / WEIGHTS).read_bytes())
