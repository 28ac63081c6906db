"""Times in plain words, English and German, as cron expressions: "weekdays at 9", "jeden Montag um
8:30", "hourly", "on the 1st at 10"."""

from __future__ import annotations

import re

from domain.errors import InvalidRequest

_DAYS = {
    "mon": ("monday", "mondays", "mon", "montag", "montags", "mo"),
    "tue": ("tuesday", "tuesdays", "tue", "dienstag", "dienstags", "di"),
    "wed": ("wednesday", "wednesdays", "wed", "mittwoch", "mittwochs", "mi"),
    "thu": ("thursday", "thursdays", "thu", "donnerstag", "donnerstags", "do"),
    "fri": ("friday", "fridays", "fri", "freitag", "freitags", "fr"),
    "sat": ("saturday", "saturdays", "sat", "samstag", "samstags", "sa"),
    "sun": ("sunday", "sundays", "sun", "sonntag", "sonntags", "so"),
}
_DAY_OF = {word: day for day, words in _DAYS.items() for word in words}
_GROUPS = {
    "mon-fri": r"(?:on )?(?:every )?(?:weekdays?|working days?|werktags|werktäglich|wochentags)",
    "sat,sun": r"(?:on |at )?(?:every )?(?:weekends?|the weekend|am wochenende|wochenends)",
    "*": r"every ?day|daily|each day|täglich|jeden tag",
}
_TIME = re.compile(
    r"(?:\b(?:at|um|gegen)\s+)?\b(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm|uhr|o'clock)?\s*$",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:(?:on )?the|every|(?:an )?jedem|am)\s+(\d{1,2})(?:st|nd|rd|th|\.)?"
    r"(?:\s+(?:of\s+)?(?:each|every|the|des|jedes)?\s*(?:month|monats))?",
    re.IGNORECASE,
)
_EVERY = re.compile(r"(?:every|alle)\s+(\d{1,2})\s+(hours|stunden|minutes|minuten)", re.IGNORECASE)
EXAMPLES = "weekdays at 9, every Monday at 8:30, daily at 18:00, every 6 hours, on the 1st at 10"


def cron_of(words: str) -> str:
    """The cron expression that words mean; one that is written as such stays as it is.

    Raises:
        InvalidRequest: They are not understood; the message shows what would be.
    """
    text = " ".join(words.lower().replace(",", " , ").split())
    if re.fullmatch(r"[\d*/,-]+( [\d*/,?a-z-]+){4}", " ".join(words.lower().split())):
        return " ".join(words.split())
    if re.fullmatch(r"(?:every hour|hourly|stündlich|jede stunde)", text):
        return "0 * * * *"
    every = _EVERY.fullmatch(text)
    if every is not None:
        return _every(int(every[1]), every[2], words)
    time = _TIME.search(text)
    if time is None:
        raise _not_understood(words)
    hour, minute = _hour(time, words), int(time[2] or 0)
    rest = text[: time.start()].strip()
    if minute > 59:
        raise _not_understood(words)
    for days, pattern in _GROUPS.items():
        if re.fullmatch(pattern, rest):
            return f"{minute} {hour} * * {days}"
    date = _DATE.fullmatch(rest)
    if date is not None and 1 <= int(date[1]) <= 31:
        return f"{minute} {hour} {int(date[1])} * *"
    return f"{minute} {hour} * * {_weekdays(rest, words)}"


def _every(count: int, unit: str, words: str) -> str:
    """Every so many hours or minutes; only numbers that divide a day or an hour come up evenly."""
    if unit.startswith(("h", "s")):
        if count in (1, 2, 3, 4, 6, 8, 12):
            return "0 * * * *" if count == 1 else f"0 */{count} * * *"
    elif count in (15, 20, 30):
        return f"*/{count} * * * *"
    raise _not_understood(words)


def _hour(time: re.Match[str], words: str) -> int:
    hour, half = int(time[1]), (time[3] or "").lower()
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            raise _not_understood(words)
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23:
        raise _not_understood(words)
    return hour


def _weekdays(rest: str, words: str) -> str:
    """The weekdays that are left of the words; all of them where only a time was given."""
    plain = re.sub(r"\b(?:on|every|each|and|und|jeden|jede|am|immer|,)\b|,", " ", rest).split()
    if not plain:
        return "*" if rest == "" else _fail(words)
    named = [_DAY_OF.get(word) for word in plain]
    if any(day is None for day in named):
        raise _not_understood(words)
    return ",".join(dict.fromkeys(day for day in named if day is not None))


def _fail(words: str) -> str:
    raise _not_understood(words)


def _not_understood(words: str) -> InvalidRequest:
    return InvalidRequest(
        (
            f"I don't understand the time {words[:60]!r}. Try something like {EXAMPLES}, or a "
            "cron expression."
        ),
        field="when",
    )
