"""Whether a picture made from a text may show people."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources
from typing import Final, cast

from agent.language.normalise import fold, get_words
from agent.people.recogniser import PAIR, find_people
from agent.policy.rules import get_features

PERSONAL: Final = ("child", "young", "role", "age", "nude", "sexual", "pose", "undress")
"""Features of the rules that speak of people."""


def shows_people(text: str) -> bool:
    """Whether a text names people or speaks of them, in any of the rules' languages."""
    words = get_words(fold(text))
    whole, stems, within = _nouns()
    if any(word in whole or word.startswith(stems) for word in words):
        return True
    if any(noun in text for noun in within):
        return True
    if any(found.score >= PAIR for found in find_people(text)):
        return True
    return get_features(text).has(*PERSONAL)


@lru_cache(maxsize=1)
def _nouns() -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]:
    """Whole words, beginnings of words, and words of scripts without blanks."""
    file = resources.files("agent.people") / "data" / "persons.toml"
    found = cast("dict[str, dict[str, list[str]]]", tomllib.loads(file.read_text("utf-8")))
    terms = [term for entry in found.values() for term in entry.get("terms", ())]
    within = tuple(term for entry in found.values() for term in entry.get("within", ()))
    return (
        frozenset(fold(term) for term in terms if not term.endswith("*")),
        tuple(fold(term.rstrip("*")) for term in terms if term.endswith("*")),
        within,
    )
