"""Whether a sentence is English that no editor would print: words that stand twice, two clock
times, the wrong article, a time zone that does not hold on that day."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from agent.language.frequencies import get_zipf

_TWICE: Final = re.compile(r"\b(?!(?:that|had|ha|bye|so)\b)([a-z]{2,})\s\1\b", re.IGNORECASE)
_ROUGHLY: Final = r"(?:over|nearly|almost|about|around|approximately|roughly|more than|up to)"
_HEDGES: Final = re.compile(rf"\b{_ROUGHLY}\s(?!and\b){_ROUGHLY}\s[\d$€£]", re.IGNORECASE)
_TO_NEWS: Final = re.compile(
    r"\b(?:tell|tells|told|confirms?|confirmed|(?:reports?|says?|said|speaks?|releas\w+) to)"
    r"\snews\b",
    re.IGNORECASE,
)
"""What pages made for search engines write where others name an outlet."""
_ARTICLE: Final = re.compile(
    r"\b[Aa]\s(?:[aio](?!ne\b|nce\b|nes?-)|e(?!u|w))[a-z]{2,}\b|\b[Aa]n\s[bcdfgjklmnpqrstvwz][a-z]{2,}\b"
)
_VERB_FORM: Final = re.compile(
    r"\b(?:has|have|had)\s(?:\w+ly\s)?([a-z]{4,})\s(?:that|the|an?|its|his|her|their|it|they)\b"
    r"|\b(?:has|have)\s\w+ly\s([a-z]{4,})\b"
)
"""What should be a participle: "has officially announce that"."""
_NO_ARTICLE: Final = re.compile(
    r"^(?:[A-Z]\w+(?:ian|ish|ese|can|ean)\s)?[Nn]avy(?:['’]s)?\s(?:has|had|is|was|frigate|[a-z]+ed)\b"
    r"|^[A-Z]\w+(?:ian|ish|ese|can|ean)\s(?:army|government|parliament|ministry|president)\s[a-z]+(?:s|ed)\b"
    r"|^Navy['’]s\b"
)
"""A sentence that begins with an office and no article: "Indian navy has …"."""
_OTHERS: Final = re.compile(
    r"(?<!\bthe\s)(?<!\bno\s)(?<!\bthese\s)(?<!\bany\s)(?<!\bsome\s)\bother\s\d+\b|\b\d+\spersons\b"
)
"""What people write who do not write "another 70" and "10 people"."""
_PAST_AFTER: Final = re.compile(
    r"\b(?:will|would|could|should|did not|didn['’]t|does not|do not)\s"
    r"(?!(?:need|feed|speed|succeed|proceed|exceed|breed|bleed|seed|shed|embed)\b)[a-z]{2,}ed\b"
)
"""A past tense where a verb's first form belongs: "will launched"."""
_OFTEN: Final = 2.5
"""Zipf frequency from which on a word is one that people write."""
_SELDOMER: Final = 0.7
"""By so much (Zipf) a participle may be rarer than its verb's first form."""
_CLOCK: Final = re.compile(r"\b(\d{1,2})[:.](\d\d)(?:\s?([ap])\.?m\b|\s?(?:hours|GMT|UTC|local))")
_TWO_TIMES: Final = re.compile(
    r"\b(?:between|from|until|till|to|and|GMT|UTC|local)\b|[(–]", re.IGNORECASE
)
"""What explains two clock times: a span, or one time in two zones."""
_ZONE: Final = re.compile(r"\b(?:\d|[ap]\.?m\.?)\s?\(?[ECMP]([SD])T\b", re.IGNORECASE)


def is_garbled(sentence: str, *, on: date | None = None) -> bool:
    """Whether an English sentence has a fault that editors do not print; ``on`` is its page's day,
    by which zones in America are known to be right."""
    faults = (_TWICE, _HEDGES, _TO_NEWS, _ARTICLE, _NO_ARTICLE, _OTHERS, _PAST_AFTER)
    return (
        any(fault.search(sentence) for fault in faults)
        or _lacks_participle(sentence)
        or _tells_time_twice(sentence)
        or (on is not None and _is_in_wrong_zone(sentence, on))
    )


def _lacks_participle(sentence: str) -> bool:
    """Whether "has" stands before a verb that is no participle: one whose form with "-ed" people
    write as often."""
    words = (m[1] or m[2] for m in _VERB_FORM.finditer(sentence))
    return any(
        not word.endswith(("ed", "en", "ny", "ly"))
        and get_zipf(f"{word.removesuffix('e')}ed", "en")
        >= max(_OFTEN, get_zipf(word, "en") - _SELDOMER)
        for word in words
    )


def _tells_time_twice(sentence: str) -> bool:
    clocks = list(_CLOCK.finditer(sentence))
    if len(clocks) < 2:
        return False
    between = sentence[clocks[0].end() : clocks[1].start()]
    return _TWO_TIMES.search(between) is None


def _is_in_wrong_zone(sentence: str, day: date) -> bool:
    """Whether an American hour is given in standard time on a day of daylight time, or the other
    way round (Energy Policy Act of 2005)."""
    found = _ZONE.search(sentence)
    if found is None:
        return False
    in_summer = _sunday(day.year, 3, 2) <= day < _sunday(day.year, 11, 1)
    return (found[1].upper() == "D") != in_summer


def _sunday(year: int, month: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (number - 1))
