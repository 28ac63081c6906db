"""What kind of text research found: an article or a museum's label is read otherwise than a wish.

Whole sentences are no wish. An article on art, medicine or history is known by its words, and by
what wishes seldom hold: years, centuries and measures. A work of art is known by its title with a
year before photographs were common.
"""

from __future__ import annotations

import re
from typing import Final

from agent.language.normalise import fold, get_words
from agent.policy.features import Features

TITLE_CHARS: Final = 160
LEAST_WORDS: Final = 12
"""A text of fewer words is a title or a wish rather than an article."""
LEAST_CHARS: Final = 25
"""The same for scripts without blanks between words."""
LONGEST_MEAN: Final = 10
"""Characters a word that only scripts without blanks exceed on average."""
_DESCRIBING: Final = ("art", "medical", "remember", "help", "against")
_UNITS: Final = (
    "mm|cm|m|km|kg|g|t|ft|in|meters?|metres?|metern?|centimet\\w+|zentimetern?|metros?|metri|metre|"
    "metrow|centymetr\\w+|метр\\w*|сантиметр\\w*|tonnes?|tons?|tonnen|toneladas?|тонн\\w*|kilos?|meter"
)
_RECORD: Final = re.compile(
    r"(?<![\d.,])(?:1[0-9]\d\d|20[0-3]\d)(?![\d.,]*\d)"
    rf"|(?<![\d.,])\d+(?:[.,]\d+)?[ -]?(?:{_UNITS})(?!\w)"
    r"|[0-9一二三四五六七八九十百千]+(?:メートル|センチ|世紀|世纪|米|公尺|尺|年|세기|미터)"
    r"|centur(?:y|ies)|siecle|jahrhundert|siglo|seculo|secolo|(?<!\w)век[ае]?(?!\w)|столет|wieku|"
    r"yuzyil|the ky|abad ke|eeuw|(?<!\w)(?:b\.? ?c|a\.? ?d|v\.? ?chr)(?!\w)|قرن|सदी|শতাব্দী|صدی"
)
_BEFORE_PHOTOGRAPHS: Final = re.compile(r"(?<!\d)1[0-9]\d\d(?!\d)")
LAST_YEAR: Final = 1930
_SENTENCE_END: Final = re.compile(r"(?<=[.!?。！？।۔؟])\s*(?=\S)")


def get_sentences(text: str) -> list[str]:
    """The sentences of a text, by the signs that end them."""
    return [part for part in _SENTENCE_END.split(text) if part.strip()]


def is_prose(text: str) -> bool:
    """Whether a text is long enough for whole sentences, rather than a title or a wish."""
    folded = fold(text)
    words = get_words(folded)
    if len(words) >= LEAST_WORDS:
        return True
    # Scripts without blanks give one word a run.
    return len(folded) >= LEAST_CHARS and len(folded) > LONGEST_MEAN * len(words)


def is_described(text: str, features: Features) -> bool:
    """Whether a text reads like an article on art, medicine or history."""
    return features.has(*_DESCRIBING) or _RECORD.search(fold(text)) is not None


def with_artwork(features: Features, title: str) -> Features:
    """The features of a text that holds a title, where the title may be one of a work of art.

    A year before photographs were common makes nudity a matter of art. Putti, cupids and the infant
    Christ are no persons: where they are called so, that they are unclothed says nothing more.
    """
    if len(title) > TITLE_CHARS or features.has("newsphoto"):
        return features
    folded = fold(title)
    years = [int(year[0]) for year in _BEFORE_PHOTOGRAPHS.finditer(folded)]
    dated = bool(years) and max(years) <= LAST_YEAR
    places = dict(features.places)
    if dated:
        places.setdefault("art", (0,))
    figure = features.has("putto") and "art" in places
    # A celebrity of today is in no picture of that time: the Madonna is not the singer.
    person = features.has("famous") and not dated
    if figure and not person and not features.has("sexual", "undress", "age"):
        for name in ("nude", "pose"):
            places.pop(name, None)
    return Features(places)


__all__ = ["get_sentences", "is_described", "is_prose", "with_artwork"]
