"""Words for things: which nouns name something that can be drawn, and which words a picture has.

The nouns come from WordNet and from the names of Unicode's pictographs (``data/README.md``).
"""

from __future__ import annotations

import gzip
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from bot.intents.lexicon import folded
from bot.intents.wording import words_of

MIN_WORD: Final = 3
KEPT: Final = 4096
"""Most answers that are remembered of each question about words."""
_MIN_STEM: Final = 3
_MIN_PART: Final = 4
"""Fewest letters of the last part of a German compound."""
_UMLAUTS: Final = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})
_GERMAN_ENDINGS: Final = ("ern", "en", "er", "es", "em", "e", "n", "s")


def words_shown(*texts: str) -> frozenset[str]:
    """The words of what a picture was drawn from: its request, its prompt, its sources' titles."""
    return frozenset(
        word for text in texts for word in words_of(folded(text)) if len(word) >= MIN_WORD
    )


@lru_cache(KEPT)
def stem(word: str, language: str) -> str:
    """A noun without the ending of its plural or case; not always a word."""
    if language == "de":
        plain = word.translate(_UMLAUTS)
        for ending in _GERMAN_ENDINGS:
            if plain.endswith(ending) and len(plain) - len(ending) >= _MIN_STEM + (len(ending) > 1):
                return plain[: -len(ending)]
        return plain
    word = word.removesuffix("'s")
    if word.endswith("ies") and len(word) > _MIN_STEM + 2:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "zes", "ches", "shes")):
        return word[:-2]
    if word.endswith("ves") and len(word) > _MIN_STEM + 2:
        return f"{word[:-3]}f"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


@cache
def _things(language: str) -> frozenset[str]:
    """Stems of the nouns of a language that name things. Raises ``FileNotFoundError``."""
    packed = (files("bot.intents") / "data" / f"things_{language}.txt.gz").read_bytes()
    return stems(frozenset(gzip.decompress(packed).decode("utf-8").split()), language)


@lru_cache(KEPT)
def stems(words: frozenset[str], language: str) -> frozenset[str]:
    """The stems of words."""
    return frozenset(stem(word, language) for word in words)


@lru_cache(KEPT)
def is_thing(word: str, language: str) -> bool:
    """Whether a word names something that can be drawn; in German also as a compound's end."""
    known = _things(language)
    own = stem(word, language)
    if own in known or word in known:
        return True
    if language != "de":
        return "-" in word and is_thing(word.rpartition("-")[2], language)
    starts = range(_MIN_STEM, len(word) - _MIN_PART + 1)
    return any(stem(word[at:], language) in known for at in starts)


@lru_cache(KEPT)
def is_shown(word: str, shown: frozenset[str], language: str) -> bool:
    """Whether a picture's own words have a word, in another form or, in German, at their end."""
    if len(word) < MIN_WORD:
        return False
    own = stem(word, language)
    if own in stems(shown, language):
        return True
    if language != "de":
        return any(
            (other.endswith(own) and is_thing(other.removesuffix(own), language))
            or (other.startswith(own) and is_thing(other.removeprefix(own), language))
            for other in stems(shown, language)
            if len(other) >= len(own) + MIN_WORD
        )
    return any(
        other.endswith(word)
        or stem(other, language).endswith(own)
        or (len(own) > MIN_WORD + 1 and other.startswith(own))
        for other in shown
    )
