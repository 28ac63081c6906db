"""Cron expressions as people write them, as the fields that APScheduler reads.

Beside the five fields of Unix: six with seconds (0) first, six with a year last, ``L`` for the last
day, ``mon#1`` or ``1#1`` for the first Monday, ``friL`` or ``5L`` for the last Friday, ranges over
the end of a week, nicknames such as ``@daily``, and several expressions parted by ``|``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.errors import InvalidRequest
from domain.translation.messages import gettext

DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * sun",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_ORDINALS = {"1": "1st", "2": "2nd", "3": "3rd", "4": "4th", "5": "5th"}
MOST_PARTS = 6
MAX_CHARS = 200


@dataclass(frozen=True, slots=True)
class CronFields:
    """One expression in the words of APScheduler."""

    minute: str
    hour: str
    day: str
    month: str
    weekday: str
    year: str = "*"


def looks_like_cron(text: str) -> bool:
    """Whether a text is written as cron, valid or not: a nickname, or five or six fields."""
    parts = [part.split() for part in text.casefold().split("|")]
    if text.strip().casefold() in _NICKNAMES:
        return True
    return all(
        len(fields) in (5, 6)
        and all(re.fullmatch(r"[\d*/,?\-#]*[a-z]{0,3}[\d*/,?\-#a-z]*", f) for f in fields)
        and all(re.match(r"[\d*?]", field) for field in fields[:2])
        for fields in parts
    )


def cron_fields(cron: str) -> list[CronFields]:
    """The expressions of a schedule.

    Raises:
        InvalidRequest: One of them is no cron expression; the message says why.
    """
    parts = cron.casefold().split("|")
    if len(cron) > MAX_CHARS or len(parts) > MOST_PARTS:
        raise _no_cron(cron)
    return [_fields(_NICKNAMES.get(part.strip(), part), cron) for part in parts]


def plain_cron(cron: str) -> str:
    """The expression as it is kept: nicknames and seconds written out, spaces single."""
    kept: list[str] = []
    for part in cron.casefold().split("|"):
        fields = _NICKNAMES.get(part.strip(), part).split()
        if len(fields) == 6 and not re.fullmatch(r"\d{4}", fields[5]):
            fields = fields[1:]
        kept.append(" ".join(fields))
    return " | ".join(kept)


def _fields(part: str, cron: str) -> CronFields:
    fields = part.split()
    year = "*"
    if len(fields) == 6 and re.fullmatch(r"\d{4}", fields[5]):
        year = fields.pop()
    elif len(fields) == 6 and fields[0] == "0":
        fields = fields[1:]
    if len(fields) != 5:
        raise _no_cron(cron)
    minute, hour, day, month, weekday = ("*" if field == "?" else field for field in fields)
    if day != "*" and weekday != "*":
        raise InvalidRequest(
            gettext("A schedule can use days of the month or weekdays, but not both."),
            field="when",
        )
    if re.search(r"#|l$|l,", weekday):
        day, weekday = ",".join(_nth(entry, cron) for entry in weekday.split(",")), "*"
    else:
        weekday = ",".join(_weekdays(entry, cron) for entry in weekday.split(","))
        day = ",".join("last" if entry == "l" else entry for entry in day.split(","))
    return CronFields(minute, hour, day, month, weekday, year)


def _nth(entry: str, cron: str) -> str:
    """``mon#1`` and ``friL`` as APScheduler writes them: "1st mon", "last fri"."""
    match = re.fullmatch(r"([0-7]|[a-z]{3})(?:#([1-5])|(l))", entry)
    if match is None:
        raise _no_weekdays(cron)
    day = DAYS[int(match[1])] if match[1].isdecimal() else match[1]
    if day not in DAYS:
        raise _no_weekdays(cron)
    return f"{_ORDINALS[match[2]] if match[2] else 'last'} {day}"


def _weekdays(part: str, cron: str) -> str:
    """One part of the weekdays in names: cron counts from Sunday, APScheduler from Monday."""
    match = re.fullmatch(r"([0-7]|[a-z]{3})(?:-([0-7]|[a-z]{3}))?", part)
    if match is None:
        if re.search(r"\d", part):
            raise _no_weekdays(cron)
        return part
    first, last = (_weekday(text, cron) for text in (match[1], match[2] or match[1]))
    days = range(first, last + 1) if first <= last else (*range(first, 7), *range(last + 1))
    return ",".join(dict.fromkeys(DAYS[day] for day in days))


def _weekday(text: str, cron: str) -> int:
    if text.isdecimal():
        return int(text)
    if text not in DAYS:
        raise _no_weekdays(cron)
    return DAYS.index(text)


def _no_weekdays(cron: str) -> InvalidRequest:
    return InvalidRequest(
        gettext(
            "The weekdays in {cron!r} aren't valid. Write them like mon-fri or 1,3,5.",
            cron=cron[:60],
        ),
        field="when",
    )


def _no_cron(cron: str) -> InvalidRequest:
    return InvalidRequest(
        (
            gettext(
                "{cron!r} isn't a cron expression. Write minute, hour, day, month and "
                "weekday, such as '0 9 * * mon-fri'.",
                cron=cron[:60],
            )
        ),
        field="when",
    )
