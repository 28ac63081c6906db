"""The days that an article speaks of: weekdays, days and months, and years.

Two events of one kind, at one place even, are told apart by when they happened. Names of days and
months are those of the Unicode CLDR, so that the same day is the same in every language.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import cast

from babel.dates import get_day_names, get_month_names

from agent.news.features import folded
from domain.made_once import made_once

LANGUAGES = (
    "en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "sv", "da", "fi", "tr", "ru", "uk",
    "ja", "zh", "zh_Hant", "ko",
)  # fmt: skip
LONGEST_DAY_CHARS = 2
MOST_CHARS = 20_000
"""Of a text, so much is looked at."""
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?|\d+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_ISO = re.compile(r"(?<!\d)((?:19|20)\d\d)-(\d\d)-(\d\d)(?!\d)")
_IN_MONTH = re.compile(
    r"\b(?:[Ii]n|[Ss]ince|[Ll]ast|[Oo]f|[Tt]he|early|late|mid|[Ii]m|[Ss]eit|[Ee]n|[Aa]|\d{1,2}(?:st|nd|rd|th|\.)?)"
    r"[\s-]([A-ZÀ-Þ][^\W\d_]{2,})|\b([A-ZÀ-Þ][^\W\d_]{2,})\.?\s\d{1,2}\b"
)
_EAST_ASIAN = re.compile("[\u3040-\u9fff\uac00-\ud7af]")


def moments(text: str) -> dict[str, float]:
    """The days of a text as it names them (``weekday 0`` is Monday, ``month 3``, ``day 3-14``,
    ``year 2013``), each with the logarithm of how often, from 1."""
    plain = folded(text[:MOST_CHARS]).casefold()
    counts = Counter(_iso_days(plain))
    words = _WORD.findall(_ISO.sub(" ", plain))
    weekdays, months = _names()
    for place, word in enumerate(words):
        if word in weekdays:
            counts[f"weekday {weekdays[word]}"] += 1
        elif _YEAR.fullmatch(word):
            counts[f"year {word}"] += 1
        elif word in months:
            beside = (*words[place + 1 : place + 2], *words[max(0, place - 2) : place][::-1])
            day = next((n for n in beside if _is_day(n)), None)
            # A month's name alone may be another word: "may", "mars".
            if day is not None:
                counts.update([f"month {months[word]}", f"day {months[word]}-{int(day)}"])
    if _EAST_ASIAN.search(plain):
        counts.update(_east_asian(plain))
    return {moment: 1 + math.log(count) for moment, count in counts.items()}


def agreement(one: Mapping[str, float], other: Mapping[str, float]) -> float | None:
    """How alike (0 to 1) the days of two texts are; None where one names none."""
    if not (one and other):
        return None
    shared = math.fsum(one[m] * other[m] for m in sorted(one.keys() & other.keys()))
    lengths = (math.sqrt(math.fsum(w * w for w in m.values())) for m in (one, other))
    return shared / math.prod(lengths)


def added(several: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The sum of the days of several texts."""
    total: defaultdict[str, float] = defaultdict(float)
    for one in several:
        for moment, weight in one.items():
            total[moment] += weight
    return dict(total)


def is_month(word: str) -> bool:
    """Whether a word is a month's name in some language."""
    return _plain(word) in _names()[1]


def named_months(text: str) -> set[int]:
    """The months that a text names with a capital letter, January being 1, after a preposition
    or an article or beside a number: "in September", "the January incident", "3 May"."""
    months = _names()[1]
    found = (_plain(match[1] or match[2]) for match in _IN_MONTH.finditer(text))
    return {months[name] for name in found if name in months}


def is_year(word: str) -> bool:
    """Whether a word is a year of the last or this century."""
    return _YEAR.fullmatch(word) is not None


def _is_day(word: str) -> bool:
    return word.isdecimal() and len(word) <= LONGEST_DAY_CHARS and 1 <= int(word) <= 31


def _iso_days(text: str) -> list[str]:
    found: list[str] = []
    for year, month, day in _ISO.findall(text):
        found += [f"year {year}", f"month {int(month)}", f"day {int(month)}-{int(day)}"]
    return found


def _east_asian(text: str) -> list[str]:
    """Days in scripts without blanks, where a name stands inside a run of signs."""
    found = [f"weekday {day}" for name, day in _names()[0].items() if _EAST_ASIAN.match(name)
             for _ in range(text.count(name))]  # fmt: skip
    for month, day in re.findall(r"(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日号號일]", text):
        found += [f"month {int(month)}", f"day {int(month)}-{int(day)}"]
    return found


@made_once
def _names() -> tuple[dict[str, int], dict[str, int]]:
    """Folded names of weekdays (Monday is 0) and months (January is 1), whole or abbreviated where
    that is no other word; names that differ between languages are left out."""
    weekdays: dict[str, set[int]] = {}
    months: dict[str, set[int]] = {}
    for language in LANGUAGES:
        for context in ("format", "stand-alone"):
            named = cast("Mapping[int, str]", get_day_names("wide", context, locale=language))
            for day, name in named.items():
                weekdays.setdefault(_plain(name), set()).add(day)
            for width in ("wide", "abbreviated"):
                named = cast("Mapping[int, str]", get_month_names(width, context, locale=language))
                for month, name in named.items():
                    months.setdefault(_plain(name), set()).add(month)
    return (
        {name: days.pop() for name, days in weekdays.items() if len(days) == 1},
        {name: known.pop() for name, known in months.items() if len(known) == 1},
    )


def _plain(name: str) -> str:
    return folded(name).casefold().strip(" .")
