"""Marks in the words of cards: times, people, roles and channels, which each platform shows in its
own way: a time in the reader's zone, an id as the name behind it.

:func:`bot.text.plain` takes the brackets out of untrusted text, so that only our code can make a
mark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from domain.translation.messages import Translatable

MARK: Final = re.compile(r"⦗([tucr]):([0-9A-Za-z:._-]{1,80})⦘")
_UTC_FORM: Final = "%Y-%m-%d %H:%M UTC"


class MarkKind(StrEnum):
    """The kind of thing that a mark stands for."""

    TIME = "t"
    """Seconds since 1970."""
    MEMBER = "u"
    CHANNEL = "c"
    ROLE = "r"
    """A role or user group."""


Show = Callable[[MarkKind, str], str]
"""A function that writes a mark in a platform's own syntax."""


def time_mark(at: datetime) -> str:
    """A time, to be shown in the reader's zone."""
    return f"⦗{MarkKind.TIME}:{int(at.timestamp())}⦘"


def name_mark(kind: MarkKind, identifier: str) -> str:
    """An id, to be shown as the name behind it; what cannot be one is left as it is."""
    mark = f"⦗{kind}:{identifier}⦘"
    return mark if MARK.fullmatch(mark) else identifier


def time_of(value: str) -> datetime:
    """The time that a mark names; 1970 for one out of range."""
    try:
        return datetime.fromtimestamp(int(value), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def with_marks(text: str, show: Show) -> str:
    """The text with its marks as ``show`` gives them; a translatable one stays so."""
    if isinstance(text, Translatable):
        return text.then(lambda part: with_marks(part, show))
    return MARK.sub(lambda match: show(MarkKind(match[1]), match[2]), text)


def unmarked(text: str) -> str:
    """The text with times in UTC and bare ids, where nothing else can be shown."""
    return with_marks(
        text, lambda kind, value: f"{time_of(value):{_UTC_FORM}}" if kind == "t" else value
    )


def in_local_time(text: str) -> str:
    """The same with times in the zone of this machine."""

    def show(kind: MarkKind, value: str) -> str:
        if kind is not MarkKind.TIME:
            return value
        return time_of(value).astimezone().strftime("%Y-%m-%d %H:%M %Z")

    return with_marks(text, show)


def pieces(text: str) -> Iterator[tuple[MarkKind | None, str]]:
    """The text in parts: each mark with its value, and what stands between them."""
    end = 0
    for match in MARK.finditer(text):
        if match.start() > end:
            yield None, text[end : match.start()]
        yield MarkKind(match[1]), match[2]
        end = match.end()
    if end < len(text):
        yield None, text[end:]
