"""Years, months, days, decades and centuries in a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from agent.research.support.lexicon import fold, get_number_words
from agent.research.support.reading import Reading, Word
from domain.made_once import made_once

_LANGUAGES: Final = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru")
_FIRST_YEAR, _LAST_YEAR = 1000, 2199
_ISO: Final = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_DOTTED: Final = re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\b")
_EAST: Final = re.compile(
    r"(?:(\d{4})\s*[年년])?\s*(?:(\d{1,2})\s*[月월])?\s*(?:(\d{1,2})\s*[日일])?"
)
_DECADE: Final = re.compile(
    r"\b(1\d|20)(\d)0(?:['’]?s\b|er\b)|\b(?:ann[eé]es|a[ñn]os|anni|anos) (1\d|20)?(\d)0\b"
)
_CLOCK: Final = re.compile(
    r"(?<![\d.:,$€£])(?P<hour>[01]?\d|2[0-4])(?:[:.h](?P<minute>[0-5]\d))?"
    r"(?:\s?(?P<half>[ap])\.?\s?m\b|\s?(?P<whole>uhr|hrs|heures)\b)?(?![\d:%])",
    re.IGNORECASE,
)
HALF_DAY: Final = 720
EITHER_HALF: Final = 10_000
"""The offset added to the minutes of a time that does not say whether it is in the morning."""
_CENTURY: Final = frozenset({
    "century", "centuries", "jahrhundert", "jahrhunderts", "siecle", "siecles", "siglo", "siglos",
    "secolo", "seculo", "eeuw", "wiek", "wieku", "век", "века", "веке",
})  # fmt: skip
_MILLENNIUM: Final = frozenset({"millennium", "jahrtausend", "millenaire", "milenio"})
_AMBIGUOUS: Final = frozenset({
    "may", "mar", "march", "mars", "mai", "mag", "set", "out", "sep", "sept", "dec", "sierpien",
})  # fmt: skip
"""Months that are other words too; they count beside a day, a year or a preposition of time."""
_OF_TIME: Final = frozenset({
    "every", "each", "next", "last", "this", "jeden", "chaque", "cada", "in", "of", "since",
    "until", "by", "during", "early", "late", "mid", "from", "to", "between",
    "im", "seit", "bis", "ende", "anfang", "mitte", "en", "de", "desde", "depuis",
})  # fmt: skip
_OF_DAYS: Final = frozenset({"st", "nd", "rd", "th", "of", "de", "er"})
"""Words between a day and its month: "the 6th of January"."""
_ROMAN: Final = re.compile(r"^(?:x{1,2}(?:i[xv]|v?i{0,3})|i[xv]|v?i{1,3}|v)e?$")


@dataclass(frozen=True, slots=True)
class Moment:
    """One part of a date: its ``field`` is ``year``, ``month``, ``day`` (of a month, as month × 100
    + day), ``decade``, ``century``, ``millennium`` or ``clock`` (minutes of the day, 10,000 more
    where the text does not say which half of it). Years before Christ are below zero."""

    place: int
    field: str
    value: int


def get_moments(reading: Reading) -> tuple[list[Moment], frozenset[int]]:
    """The parts of dates in a text, and the places of the numbers that they take."""
    found: list[Moment] = []
    used: set[int] = set()
    by_start = {word.start: word.place for word in reading.words}
    _written_in_figures(reading, by_start, found, used)
    _clock_times(reading, by_start, found, used)
    words = reading.words
    for word in words:
        if word.place in used:
            continue
        month = _month(words, word)
        if month:
            _day(words, word, month, found, used)
        elif word.kind == "number":
            _year(words, word, found, used)
        if word.plain in _CENTURY or word.plain in _MILLENNIUM:
            _century(words, word, reading.code, found, used)
    return found, frozenset(used)


def is_same_time(one: int, other: int) -> bool:
    """Whether two values of ``clock`` may be one time."""
    if one >= EITHER_HALF or other >= EITHER_HALF:
        return (one % EITHER_HALF - other % EITHER_HALF) % HALF_DAY == 0
    return one == other


def _clock_times(
    reading: Reading, by_start: dict[int, int], found: list[Moment], used: set[int]
) -> None:
    for match in _CLOCK.finditer(reading.text):
        hour, minute = int(match["hour"]), int(match["minute"] or 0)
        clock = match["half"] or match["whole"]
        colon = match["minute"] and reading.text[match.end("hour")] == ":"
        place = by_start.get(match.start("hour"))
        if place is None or not (clock or colon) or (match["half"] and hour > 12):
            continue
        value = hour % 24 * 60 + minute
        if match["half"]:
            value = hour % 12 * 60 + minute + (HALF_DAY if match["half"].lower() == "p" else 0)
        elif colon and not match["whole"] and 0 < hour <= 12:
            value += EITHER_HALF
        found.append(Moment(place, "clock", value))
        used |= {
            word.place
            for word in reading.words
            if match.start() <= word.start < match.end() and word.kind == "number"
        }


@made_once
def _months() -> dict[str, int]:
    from babel import Locale

    found: dict[str, int] = {}
    for code in _LANGUAGES:
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in Locale(code).months[context][width].items():
                    plain = fold(str(name)).rstrip(".")
                    if len(plain) > 2 and plain.isalpha():
                        found.setdefault(plain, int(number))
    return found | {"sept": 9}


def _month(words: tuple[Word, ...], word: Word) -> int:
    """The number of the month that a word names, or 0."""
    month = _months().get(word.plain, 0) if word.kind == "word" else 0
    if not month or word.plain not in _AMBIGUOUS:
        return month
    before = words[word.place - 1] if word.place else None
    after = words[word.place + 1] if word.place + 1 < len(words) else None
    dated = any(near is not None and near.kind == "number" for near in (before, after))
    named = word.capital and before is not None and before.plain in _OF_TIME
    return month if dated or (named and not (after and after.capital and after.content)) else 0


def _day(
    words: tuple[Word, ...], word: Word, month: int, found: list[Moment], used: set[int]
) -> None:
    found.append(Moment(word.place, "month", month))
    used.add(word.place)
    before = [w for w in words[max(0, word.place - 3) : word.place] if w.kind == "number"]
    after = words[word.place + 1 : word.place + 3]
    between = words[before[-1].place + 1 : word.place] if before else ()
    beside = len(between) <= 1 or all(w.plain in _OF_DAYS for w in between)
    near = (before[-1:] if before and beside else []) + list(after[:1])
    for number in near:
        figures = re.fullmatch(r"\d{1,2}", number.text)
        if figures and 1 <= int(number.text) <= 31 and number.place not in used:
            found.append(Moment(number.place, "day", month * 100 + int(number.text)))
            used.add(number.place)
            return


def _year(words: tuple[Word, ...], word: Word, found: list[Moment], used: set[int]) -> None:
    after = words[word.place + 1] if word.place + 1 < len(words) else None
    era = after.plain if after else ""
    next_era = words[word.place + 2].plain if word.place + 2 < len(words) else ""
    if re.fullmatch(r"\d{1,4}", word.text) and era in ("bc", "bce", "av"):
        found.append(Moment(word.place, "year", -int(word.text)))
    elif re.fullmatch(r"\d{1,4}", word.text) and (
        era in ("ad", "ce") or (era == "v" and next_era == "chr")
    ):
        sign = -1 if era == "v" else 1
        found.append(Moment(word.place, "year", sign * int(word.text)))
    elif re.fullmatch(r"\d{4}", word.text) and _FIRST_YEAR <= int(word.text) <= _LAST_YEAR:
        if after and after.start == word.start + 4 and after.plain in ("s", "er", "年"):
            return
        found.append(Moment(word.place, "year", int(word.text)))
        if after and after.joined and re.fullmatch(r"\d\d", after.text):
            found.append(Moment(after.place, "year", int(word.text[:2] + after.text)))  # "2018–19"
            used.add(after.place)
    else:
        return
    used.add(word.place)


def _century(
    words: tuple[Word, ...], word: Word, code: str, found: list[Moment], used: set[int]
) -> None:
    """ "19th century", "mid-nineteenth century", "siglo XIX", "4. Jahrhundert"."""
    ordinals = get_number_words().ordinals.get(code, {})
    field = "century" if word.plain in _CENTURY else "millennium"
    near = [
        *reversed(words[max(0, word.place - 4) : word.place]),
        *words[word.place + 1 : word.place + 2],
    ]
    for other in near:
        number = None
        if other.kind == "number" and other.text.isdigit() and int(other.text) <= 30:
            number = int(other.text)
        elif other.plain in ordinals:
            number = ordinals[other.plain]
        elif other.text.isupper() or other.text[:-1].isupper():
            number = _roman(other.plain)
        if number:
            found.append(Moment(other.place, field, number))
            used.add(other.place)
            return


def _roman(plain: str) -> int | None:
    if not _ROMAN.match(plain):
        return None
    total, last = 0, 0
    for letter in reversed(plain.removesuffix("e")):
        value = {"i": 1, "v": 5, "x": 10}[letter]
        total += value if value >= last else -value
        last = max(last, value)
    return total


def _written_in_figures(
    reading: Reading, by_start: dict[int, int], found: list[Moment], used: set[int]
) -> None:
    text = reading.text
    for pattern, order in ((_ISO, (1, 2, 3)), (_DOTTED, (3, 2, 1))):
        for match in pattern.finditer(text):
            year, month, day = (int(match[n]) for n in order)
            place = by_start.get(match.start())
            if place is None or not 1 <= month <= 12 or not 1 <= day <= 31:
                continue
            found += [Moment(place, "year", year), Moment(place, "month", month),
                      Moment(place, "day", month * 100 + day)]  # fmt: skip
            used.update(p for start, p in by_start.items() if match.start() <= start < match.end())
    for match in _DECADE.finditer(text):
        head, tail = (match[1], match[2]) if match[2] else (match[3] or "19", match[4])
        starts = [start for start in by_start if match.start() <= start < match.end()]
        if starts:
            found.append(Moment(by_start[starts[0]], "decade", int(head + tail) * 10))
            used.update(by_start[start] for start in starts)
    if "年" in text or "月" in text:
        for match in _EAST.finditer(text):
            _eastern(match, by_start, found, used)


def _eastern(
    match: re.Match[str], by_start: dict[int, int], found: list[Moment], used: set[int]
) -> None:
    starts = [start for start in by_start if match.start() <= start < match.end()]
    if not starts or not any(match.groups()):
        return
    place = by_start[starts[0]]
    if match[1]:
        found.append(Moment(place, "year", int(match[1])))
    if match[2]:
        found.append(Moment(place, "month", int(match[2])))
        if match[3]:
            found.append(Moment(place, "day", int(match[2]) * 100 + int(match[3])))
    used.update(by_start[start] for start in starts)
