"""Schedules parted into tokens, as what their words mean to the grammar.

Within a language the longest match wins.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from bot.commands.schedule_words import LANGUAGES

_LETTERS: Final = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "ı": "i", "đ": "d"})
_DASHES: Final = re.compile(r"\s*[‐-―−~〜～]\s*|\s+-\s+|\s*/\s*(?=[^\W\d])")
_COMPOUND: Final = re.compile(
    r"(?<![^\W\d_])((?:mon|diens|donners|frei|sams|sonn)tag|mittwoch)"
    r"(morgen|vormittag|mittag|nachmittag|abend|nacht)"
)
_SHORT_DAYS: Final = re.compile(
    r"(周|週|星期|礼拜|禮拜)([一二三四五六日天](?:[、,和与]?[一二三四五六日天](?![点點十时時]))+)"
)
_EACH_NTH: Final = re.compile(r"\bde (\w+) (?:em|en) \1 (?=hor|min)")
"""Portuguese and Spanish for every so many hours: "de duas em duas horas"."""
PARTS: Final[Mapping[str, int]] = {"morning": 9, "afternoon": 15, "evening": 18, "night": 21}
"""The hour that a part of the day means where no time is given."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word as a token of the grammar: ``day`` with 0 for Monday to 6, ``time`` with minutes since
    midnight, ``number``, ``every`` and so on."""

    kind: str
    value: int | str = 0


def fold(text: str) -> str:
    """The text in lower case, Latin letters without accents, dashes as ``-``."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    bare = "".join(_bare(sign) for sign in plain)
    bare = _COMPOUND.sub(r"\1 \2", bare)
    bare = _EACH_NTH.sub(r"cada \1 ", bare)
    bare = _SHORT_DAYS.sub(lambda m: _each_day(m[1], m[2]), bare)
    bare = _DASHES.sub(lambda m: " / " if "/" in m[0] else "-", bare)
    return " ".join(bare.replace("’", "'").strip(" .!?。,;").split())


def _each_day(week: str, days: str) -> str:
    return "、".join(week + day for day in re.sub(r"[、,和与 ]", "", days))


def _bare(sign: str) -> str:
    base = unicodedata.normalize("NFD", sign)[0]
    return base if "a" <= base <= "z" else sign


_EVERYWHERE: Final = (
    (r"(?P<y>20\d\d)-(?P<m>\d{1,2})-(?P<d>\d{1,2})", "date"),
    (r"(?P<y>20\d\d)年(?P<m>\d{1,2})月(?P<d>\d{1,2})[日号號]", "date"),
    (r"(?P<d>\d{1,2})\. ?(?P<m>\d{1,2})\. ?(?P<y>20\d\d)", "date"),
    (r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>20\d\d)", "date"),
    (r"(?P<h>\d{1,2})(?:[:：h.]|\s?h\s?)(?P<min>[0-5]\d)(?!\d)(?:\s?(?:uhr|h|hs|uur)\b)?", "clock"),
    (r"(?P<h24>[01]\d|2[0-3])(?P<min24>[0-5]0)(?!\d)", "clock"),
    (r"20\d\d(?!\d)", "year"),
    (r"(?P<ord>[1-9]|[12]\d|3[01])(?:\.(?=\s|$|,)|(?:st|nd|rd|th|er|ere|e|o|a|º|ª)\b)", "ordinal"),
    (r"\d{1,2}", "number"),
    (r"-", "to"),
    (r"[,;、，&+]|/", "and"),
)

_LISTS: Final = frozenset({"day", "number", "ordinal", "monthname"})


def lexed(text: str, language: str) -> list[Token] | None:
    """The tokens of a folded text in a language (ISO 639-1); None where a word is not known."""
    expressions = _expressions(language)
    found: list[Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        best: tuple[int, Token] | None = None
        for expression, kind, value in expressions:
            match = expression.match(text, at)
            if match is not None and match.end() > at + (best[0] if best else 0):
                best = match.end() - at, _token(match, kind, value)
        if best is None:
            return None
        found.append(best[1])
        at += best[0]
    return found


def _token(match: re.Match[str], kind: str, value: int | str) -> Token:
    groups = match.groupdict()
    if kind == "clock":
        hour, minute = (
            groups.get("h") or groups.get("h24"),
            groups.get("min") or groups.get("min24"),
        )
        return Token("time", int(hour or 0) * 60 + int(minute or 0))
    if kind == "ordinal" and groups.get("ord"):
        return Token(kind, int(groups["ord"] or 0))
    if kind in ("number", "year") and match[0].isdecimal():
        return Token(kind, int(match[0]))
    if kind == "date":
        return Token(kind, _iso(match))
    return Token(kind, value)


def _iso(match: re.Match[str]) -> str:
    """A date as ``2026-12-24``; empty where day and month could be the other way round."""
    day, month = int(match["d"]), int(match["m"])
    if "/" in match[0]:
        if day <= 12 and month <= 12 and day != month:
            return ""
        day, month = max(day, month), min(day, month)
    return f"{match['y']}-{month}-{day}"


@cache
def _expressions(language: str) -> tuple[tuple[re.Pattern[str], str, int | str], ...]:
    dense = language in ("ja", "zh")
    return (
        *((re.compile(pattern), kind, 0) for pattern, kind in _EVERYWHERE),
        *(
            (_whole(pattern, dense=dense), kind, value)
            for name, patterns in LANGUAGES[language].items()
            for pattern, kind, value in _entries(name, patterns)
        ),
    )


def _entries(name: str, patterns: str) -> Iterator[tuple[str, str, int | str]]:
    kind, _, value = name.partition("=")
    if kind not in _LISTS:
        yield patterns, kind, value
    elif kind == "day":
        for number, pattern in enumerate(_parted(patterns, "|")):
            yield pattern, kind, number
    else:
        for number, pattern in enumerate(_parted(patterns, " "), 1):
            yield pattern, kind, number


def _parted(patterns: str, by: str) -> list[str]:
    """The parts of a list of expressions, parted by a sign that stands in no brackets."""
    parts, depth = [""], 0
    for sign in patterns:
        depth += (sign == "(") - (sign == ")")
        if sign == by and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _whole(pattern: str, *, dense: bool) -> re.Pattern[str]:
    """The expression for whole words, in scripts that have blanks; digits may stand beside."""
    if dense:
        return re.compile(pattern)
    return re.compile(rf"(?<![^\W\d_])(?:{pattern})(?![^\W\d_])")
