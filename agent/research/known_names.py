"""Names and common words that come from WordNet and GeoNames, read when they are first needed."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources


@lru_cache(maxsize=1)
def get_english_names() -> frozenset[str]:
    """Names of particular things that WordNet 3.0 holds, in lower case, without those that are
    common words too."""
    data = resources.files("agent.language") / "data" / "english_names.txt"
    return frozenset(data.read_text(encoding="utf-8").split("\n")) - {""}


@lru_cache(maxsize=1)
def get_place_names() -> frozenset[str]:
    """Names of large and famous towns and of countries in many languages, casefolded."""
    data = resources.files("agent.language") / "data" / "place_names.txt"
    return frozenset(data.read_text(encoding="utf-8").split("\n")) - {""}


@lru_cache(maxsize=1)
def get_english_nouns() -> frozenset[str]:
    """Common words that are rare in texts, such as "teacup", of WordNet 3.0."""
    data = resources.files("agent.language") / "data" / "english_words.txt"
    return frozenset(data.read_text(encoding="utf-8").split("\n")) - {""}


@lru_cache(maxsize=1)
def get_international_names() -> frozenset[str]:
    """Words that thirteen languages use about equally often and no dictionary has in lower case,
    which are names: "nintendo", "picchu", "eiffel"."""
    data = resources.files("agent.language") / "data" / "international_names.txt"
    return frozenset(data.read_text(encoding="utf-8").split())
