"""Names and common words from WordNet, GeoNames and others, read when they are first needed."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

from agent.language.normalise import fold
from domain.made_once import made_once

_ARTICLE = re.compile(r"^(?:the|an?) ")
_SIGNS = re.compile(r"[^\w ]")


@lru_cache(maxsize=1)
def get_english_names() -> frozenset[str]:
    """Names of particular things that WordNet 3.0 holds, in lower case, without those that are
    common words too."""
    data = resources.files("agent.language") / "data" / "english_names.txt"
    return frozenset(data.read_text(encoding="utf-8").split("\n")) - {""}


@made_once
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


@made_once
def get_article_titles() -> frozenset[str]:
    """The titles of the 38,000 articles of the English Wikipedia that are read most, as
    :func:`title_key` writes them."""
    data = resources.files("agent.language") / "data" / "article_titles.txt"
    return frozenset(data.read_text(encoding="utf-8").split("\n")) - {""}


def title_key(text: str) -> str:
    """A title without what people leave out or write otherwise: capitals, accents, signs and the
    article before it."""
    return " ".join(_SIGNS.sub(" ", _ARTICLE.sub("", fold(text))).split())
