"""How prompts speak of reference pictures: "the second reference image", and nothing else.

The agent writes such prompts and generators must read them, so both go by the same words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_ONE = rf"(?:{'|'.join(ORDINALS)}|[1-9](?:st|nd|rd|th))"
_NOUN = r"reference\s+(?:image|picture|photo)"
_MENTION = re.compile(rf"\b({_ONE})\s+{_NOUN}", re.IGNORECASE)
_SEVERAL = re.compile(
    rf"\b({_ONE}(?:(?:,|,?\s+and|,?\s+or)\s+{_ONE})+)\s+{_NOUN}s\b", re.IGNORECASE
)
_WORD = re.compile(rf"\b{_ONE}\b", re.IGNORECASE)


def spoken_of(text: str) -> list[int]:
    """Which references a text speaks of, counted from 1, in the order of its words."""
    return [_number(match[1]) for match in _MENTION.finditer(spelled_out(text))]


def mention(number: int) -> str:
    """The words for the reference with that number (1–9), without an article."""
    return f"{ORDINALS[number - 1]} reference image"


def spelled_out(text: str) -> str:
    """The text with "the first and second reference images" said one by one, so that each can be
    changed by itself."""

    def each(match: re.Match[str]) -> str:
        parts = _WORD.sub(lambda word: f"{word[0]} reference image", match[1])
        return re.sub(r"((?:,|and|or)\s+)(?=\w+ reference image)", r"\1the ", parts)

    return _SEVERAL.sub(each, text)


def replace_mentions(text: str, words_for: Callable[[int], str | None]) -> str:
    """The text with each "nth reference image" replaced by ``words_for(n)``, or left as it is where
    that gives None."""
    return _MENTION.sub(lambda match: words_for(_number(match[1])) or match[0], text)


def renumbered(text: str, places: Mapping[int, int]) -> str:
    """The text with each reference called by its new place; those without one stay as they are."""
    return replace_mentions(
        text, lambda number: mention(places[number]) if number in places else None
    )


def _number(word: str) -> int:
    return int(word[0]) if word[0].isdigit() else ORDINALS.index(word.lower()) + 1
