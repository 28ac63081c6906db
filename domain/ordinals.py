"""Mentions of reference pictures in prompts: "the second reference image", and the same in the
other languages that models write prompts in.

The agent writes such prompts and generators must read them, so both go by the same words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass

from domain import ordinal_forms

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_ONE = rf"(?:{'|'.join(ORDINALS)}|[1-9](?:st|nd|rd|th))"
_PICTURE = r"(?:image|picture|photo(?:graph)?)"
_NOUN = r"reference\s+(?:image|picture|photo)"
_MENTION = re.compile(rf"\b({_ONE})\s+{_NOUN}", re.IGNORECASE)
_SEVERAL = re.compile(
    rf"\b({_ONE}(?:(?:,|,?\s+and|,?\s+or)\s+{_ONE})+)\s+{_NOUN}s\b", re.IGNORECASE
)
_WORD = re.compile(rf"\b{_ONE}\b", re.IGNORECASE)
_FIGURE = r"\s*(?:[#№]\s*|no\.?\s+|number\s+)?([1-9])(?![\w%]|[.,:]\d|\s*[x×]\s*\d)"
_FIGURES = r"\s+([1-9](?:(?:,|,?\s+and|,?\s+or|\s*&)\s+[1-9])+)(?![\w%]|[.,:]\d|\s*[x×]\s*\d)"
_REFERENCE = rf"(?:reference|ref\.?)(?:\s+{_PICTURE})?"
_STRICT = (
    re.compile(rf"\b(the\s+)?{_REFERENCE}{_FIGURE}", re.IGNORECASE),
    re.compile(rf"\b(the\s+)?({_ONE})\s+(?:reference|ref\.?)\b(?!\s+{_PICTURE})", re.IGNORECASE),
)
"""Other ways to say it in English that name a reference."""
_BARE = (
    re.compile(rf"\b(the\s+)?{_PICTURE}{_FIGURE}", re.IGNORECASE),
    re.compile(rf"\b(the\s+)?({_ONE})\s+{_PICTURE}\b", re.IGNORECASE),
)
"""Nouns for a picture, which may be one that the prompt describes."""
_LISTED = re.compile(rf"\b(?:the\s+)?({_REFERENCE}|{_PICTURE})s{_FIGURES}", re.IGNORECASE)
_BEGINS = re.compile(r"(?:^|[.!?:\n])\s*\Z")


@dataclass(frozen=True, slots=True)
class FoundMention:
    """A mention of a reference; ``foreign`` is None in English."""

    number: int
    start: int
    end: int
    foreign: ordinal_forms.Mention | None = None


def spoken_of(text: str) -> list[int]:
    """The references that a text mentions, counted from 1, in the order of its words."""
    return [found.number for found in find_mentions(spelled_out(text))]


def mention(number: int) -> str:
    """The words for the reference with that number (1–9), without an article."""
    return f"{ORDINALS[number - 1]} reference image"


def spelled_out(text: str) -> str:
    """The text with "the first and second reference images" written out one by one, so that each
    can be changed by itself."""

    def each(match: re.Match[str]) -> str:
        parts = _WORD.sub(lambda word: f"{word[0]} reference image", match[1])
        return re.sub(r"((?:,|and|or)\s+)(?=\w+ reference image)", r"\1the ", parts)

    return _SEVERAL.sub(each, text)


def named_as_references(text: str, count: int) -> str:
    """The text with each of its ``count`` references called in the one way that the rest of
    Limner reads: "Image 2" becomes "the second reference image", "第一张图" "第一张参考图".

    A numbered picture that is not called a reference counts as one only where the text calls none
    of that number so: otherwise it is a picture that the prompt describes.
    """
    text = _each_listed(spelled_out(text))
    for pattern in _STRICT:
        text = _in_english(pattern, text, set(range(1, ordinal_forms.COUNT + 1)))
    unnamed = set(range(1, count + 1)) - {found.number for found in find_mentions(text)}
    if not unnamed:
        return text
    for pattern in _BARE:
        text = _in_english(pattern, text, unnamed)
    foreign = ordinal_forms.mentions(text, bare=True)
    return _replaced(
        text,
        (
            (m.start, m.end, ordinal_forms.written(m, text))
            for m in foreign
            if m.number in unnamed and not m.is_strict
        ),
    )


def mention_in(text: str, number: int) -> str:
    """The words for a reference in the language of a text around them, with an article where the
    language has one."""
    known = ordinal_forms.form_for(text)
    return f"the {mention(number)}" if known is None else known.written_for(number)


def replace_mentions(text: str, words_for: Callable[[int], str | None]) -> str:
    """The text with each "nth reference image" replaced by ``words_for(n)``, or left as it is where
    that gives None."""
    found = find_mentions(text)
    return _replaced(text, ((m.start, m.end, words_for(m.number) or "") for m in found))


def renumbered(text: str, places: Mapping[int, int]) -> str:
    """The text with each reference called by its new place, in its own language; those without one
    stay as they are."""

    def words(found: FoundMention) -> str:
        place = places.get(found.number)
        if place is None:
            return ""
        return found.foreign.renumbered(text, place) if found.foreign else mention(place)

    return _replaced(text, ((m.start, m.end, words(m)) for m in find_mentions(text)))


def _replaced(text: str, changes: Iterable[tuple[int, int, str]]) -> str:
    """The text with these parts, in their order, replaced by words; those without words stay."""
    parts: list[str] = []
    at = 0
    for start, end, words in changes:
        if words and start >= at:
            parts += (text[at:start], words)
            at = end
    return "".join((*parts, text[at:]))


def find_mentions(text: str) -> list[FoundMention]:
    """Every mention that calls a picture a reference, in the text's order."""
    english = [FoundMention(_number(m[1]), *m.span()) for m in _MENTION.finditer(text)]
    foreign = [FoundMention(m.number, m.start, m.end, m) for m in ordinal_forms.mentions(text)]
    return sorted((*english, *foreign), key=lambda found: found.start)


def _each_listed(text: str) -> str:
    """The text with "reference images 1 and 2" written out one by one."""

    def each(match: re.Match[str]) -> str:
        return re.sub(r"[1-9]", lambda figure: f"{match[1]} {figure[0]}", match[2])

    return _LISTED.sub(each, text)


def _in_english(pattern: re.Pattern[str], text: str, numbers: Set[int]) -> str:
    def one(match: re.Match[str]) -> str:
        number = _number(match[2])
        if number not in numbers:
            return match[0]
        words = f"the {mention(number)}"
        begins = match[0][0].isupper() and _BEGINS.search(text, 0, match.start())
        return words[0].upper() + words[1:] if begins else words

    return pattern.sub(one, text)


def _number(word: str) -> int:
    return int(word[0]) if word[0].isdigit() else ORDINALS.index(word.lower()) + 1
