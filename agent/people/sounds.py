"""The sound of a name, so that it is the same in every script: "Swift", "Свифт", "スウィフト".

A word is romanised (anyascii) and its consonants become classes as in Soundex (US patent 1,261,167,
1918), without its first letter kept: vowels, w, h and y say little across scripts.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

_CLASSES: Final = {
    **dict.fromkeys("bpfv", "1"),
    **dict.fromkeys("cgjkqsxz", "2"),
    **dict.fromkeys("dt", "3"),
    **dict.fromkeys("lr", "4"),  # Japanese has one sound for both
    **dict.fromkeys("mn", "5"),
}


LEAST_LIKENESS: Final = 0.6
"""Letters that two romanised names share, of all, on the average of their words."""


def is_alike(words: Sequence[str], others: Sequence[str]) -> bool:
    """Whether names that sound the same are also spelled alike once they are romanised."""
    shares = [
        SequenceMatcher(None, _romanise(word), _romanise(other), autojunk=False).ratio()
        for word, other in zip(words, others, strict=True)
    ]
    return sum(shares) >= LEAST_LIKENESS * len(words)


def _romanise(word: str) -> str:
    from anyascii import anyascii

    return anyascii(word).casefold()


@lru_cache(maxsize=20_000)
def get_sound(word: str) -> str:
    """The classes of a word's consonants in their order, equal neighbours once; may be empty."""
    classes: list[str] = []
    for letter in _romanise(word):
        found = _CLASSES.get(letter)
        if found and (not classes or classes[-1] != found):
            classes.append(found)
    return "".join(classes)
