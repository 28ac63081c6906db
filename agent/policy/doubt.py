"""The floor in languages that the rules have no words of: what may be said of a minor there."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import resources
from typing import Final

from agent.language.identification import find_language
from agent.policy.features import Features

_CODE_LETTERS: Final = (2, 3)
"""Letters of the codes of languages (ISO 639)."""
_MINOR: Final = ("child", "age", "boygirl")
_SEXUALISED: Final = ("nude", "sexual", "undress")


@lru_cache(maxsize=1)
def get_covered_languages() -> frozenset[str]:
    """The codes of the languages that the rules have words of."""
    folder = resources.files("agent.policy") / "lexicon"
    names = (path.name.partition(".")[0].partition("_")[0] for path in folder.iterdir())
    return frozenset(name for name in names if len(name) in _CODE_LETTERS)


def is_doubtful(text: str, read: Callable[[str, frozenset[str]], Features]) -> bool:
    """Whether a text in another language may sexualise a minor: it has a word for a child or an age
    below 18 and a word for naked or the like, of whatever language; many languages share such words
    with a relative. ``read`` gives a text's features by the words of some languages."""
    language = find_language(text)
    if language is None or language in get_covered_languages():
        return False
    features = read(text, get_covered_languages())
    return features.has(*_MINOR) and features.has(*_SEXUALISED)
