"""One grammar for schedules in every language: tokens in any order become days and times.

Days are weekdays, days of the month, the n-th weekday of a month, a date that comes each year, or
one date; times are hours of a day, or an interval within them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from bot.commands.schedule_lexicon import PARTS, Token

DAY_NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
USUAL_TIME: Final = 9 * 60
"""Minutes since midnight where no time is given."""
_HALF: Final = {"half past": 30, "quarter past": 15, "half to": -30, "quarter to": -15}
_PLUS: Final = {"plus half": 30, "plus quarter": 15, "minus quarter": -15}
_EVEN_HOURS: Final = (1, 2, 3, 4, 6, 8, 12)
_EVEN_MINUTES: Final = (15, 20, 30)


class NotUnderstood(Exception):
    """The words mean nothing that can be a schedule."""


@dataclass
class _Parsed:
    """The result of the words read so far."""

    times: list[int] = field(default_factory=list[int])
    ranges: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    weekdays: list[int] = field(default_factory=list[int])
    excepted: list[int] = field(default_factory=list[int])
    ordinals: list[int] = field(default_factory=list[int])
    month: int | None = None
    year: int | None = None
    once: date | None = None
    every_hours: int | None = None
    every_minutes: int | None = None
    part: str | None = None
    leading: str | None = None
    """The part of the day that was named before the times it applies to."""
    settled: int = 0
    """So many of the times have their part of the day."""
    last: bool = False
    last_day: bool = False
    days: bool = False
    """Whether some days were named, if only as "daily"."""
    monthly: bool = False
    weekly: bool = False
    yearly: bool = False
    group: bool = False
    """Whether the weekdays are those of work or of the weekend, not single ones."""
    next: bool = False


def cron_from(tokens: Sequence[Token], *, today: date) -> str:
    """The cron expressions that the tokens mean, parted by ``|``; a single date has its year as a
    sixth field.

    Raises:
        NotUnderstood: They mean no schedule.
    """
    if tokens[0].kind == "and":
        raise NotUnderstood("and")
    parsed = _Parsed()
    reader = _Reader(list(tokens), parsed, today)
    while reader.tokens:
        reader.step()
    return _written(parsed, today)


class _Reader:
    """Takes the tokens from the left."""

    def __init__(self, tokens: list[Token], parsed: _Parsed, today: date) -> None:
        self.tokens = tokens
        self.parsed = parsed
        self._today = today
        self._at = False
        """Whether plain numbers are hours now."""
        self._half_day: str | None = None
        self._except = False
        self._from = False
        """Whether a range was begun, whose end the words for "at" and "and" can announce too."""

    def step(self) -> None:
        """Take the next token and what belongs to it."""
        token = self.tokens.pop(0)
        kind, value = token.kind, int(token.value) if isinstance(token.value, int) else 0
        if kind in ("time", "number") or kind in _HALF:
            self._number(token)
        elif kind == "day":
            self._day(value)
        elif kind in ("am", "pm"):
            self._half_day = kind  # before the time, as in Chinese and Japanese
        elif kind == "part":
            self._part(str(token.value))
        elif kind == "ordinal":
            self.parsed.ordinals.append(value)
            self._skip("dom", "dayword")
            self._at = False
        elif kind == "date":
            self.parsed.once = _date(str(token.value))
        elif kind in ("noon", "midnight"):
            self.parsed.times.append(720 if kind == "noon" else 0)
        else:
            self._word(kind, value)

    def _part(self, part: str) -> None:
        """A part of the day, for the times before it ("8 and 9 in the evening") where none stands
        before those already, and otherwise for the ones after it ("mornings at 8")."""
        parsed = self.parsed
        pending = parsed.times[parsed.settled :]
        parsed.times[parsed.settled :] = [
            _in_part(time, parsed.leading or part) for time in pending
        ]
        after = parsed.leading is not None or not pending
        parsed.leading = part if after else None
        parsed.settled = len(parsed.times)
        parsed.part = part

    def _word(self, kind: str, value: int) -> None:
        parsed = self.parsed
        match kind:
            case "at" | "from":
                self._at = True
                self._from = self._from or kind == "from"
            case "weekdays" | "weekend":
                (parsed.excepted if self._except else parsed.weekdays).extend(
                    range(5) if kind == "weekdays" else (5, 6)
                )
                parsed.days, parsed.group, self._at = True, True, False
            case "week":
                parsed.weekly, self._at = True, False
            case "all" | "dayword":
                if parsed.last and kind == "dayword":
                    parsed.last_day, parsed.last = True, False
                parsed.days, self._at = True, False
            case "every" | "other" | "interval":
                self._interval(kind)
            case "hourly" | "half-hourly":
                parsed.every_minutes = 30 if kind == "half-hourly" else None
                parsed.every_hours = 1 if kind == "hourly" else None
                self._at = True
            case "today" | "tonight" | "tomorrow" | "day after":
                ahead = {"tomorrow": 1, "day after": 2}.get(kind, 0)
                parsed.once = self._today + timedelta(days=ahead)
                if kind == "tonight":
                    self._part("night")
            case "month" | "monthly ordinal":
                parsed.monthly = True
                if kind == "monthly ordinal" and self._peek() == "number":
                    parsed.ordinals.append(int(self.tokens.pop(0).value))
            case "year":
                parsed.yearly = True
                if value:
                    parsed.year, parsed.yearly = value, False
            case "monthname":
                parsed.month = value
                self._month_day()
            case "last":
                parsed.last = True
            case "last day":
                parsed.last_day = True
            case "next":
                parsed.next = True
            case "except":
                self._except = True
            case "days except":  # after the days, as in Japanese
                parsed.excepted += parsed.weekdays
                parsed.weekdays, parsed.days, self._at = [], True, False
            case "and" | "on" | "once" | "dom" | "to" | "hour sign" | "hours":
                pass
            case _:
                raise NotUnderstood(kind)

    def _peek(self, at: int = 0) -> str:
        return self.tokens[at].kind if at < len(self.tokens) else ""

    def _skip(self, *kinds: str) -> bool:
        if self._peek() in kinds:
            self.tokens.pop(0)
            return True
        return False

    def _interval(self, kind: str) -> None:
        """ "every 2 hours", "every other hour": a number of hours or minutes; "every" alone only
        says that days follow."""
        count = 1
        if kind == "other" or self._skip("other"):
            count = 2
        elif self._peek() == "number" and self._unit(1):
            count = int(self.tokens.pop(0).value)
        elif not self._unit(0):
            if kind == "interval":
                raise NotUnderstood(kind)
            self.parsed.days = True
            return
        self._every(count)

    def _unit(self, at: int) -> str:
        kind = self._peek(at)
        return kind if kind in ("hours", "minutes", "each hours", "each minutes") else ""

    def _every(self, count: int) -> None:
        unit = self._unit(0)
        if self._peek() == "dayword" or not unit:
            raise NotUnderstood(unit)
        self.tokens.pop(0)
        if unit.endswith("hours") and count in _EVEN_HOURS:
            self.parsed.every_hours = count
        elif unit.endswith("minutes") and count in _EVEN_MINUTES:
            self.parsed.every_minutes = count
        else:
            raise NotUnderstood(unit)
        self._at = True

    def _day(self, day: int) -> None:
        days = self.parsed.excepted if self._except else self.parsed.weekdays
        if self._peek() in ("to", "at") and self._peek(1) == "day":
            self.tokens.pop(0)
            last = int(self.tokens.pop(0).value)
            days.extend((day + n) % 7 for n in range((last - day) % 7 + 1))
        else:
            days.append(day)
        self.parsed.days, self._at = True, False

    def _month_day(self) -> None:
        """The day that stands after a month's name ("December 24"), or before it."""
        parsed = self.parsed
        if self._peek() in ("number", "ordinal") and self._peek(1) not in ("am", "pm", "hour sign"):
            parsed.ordinals.append(int(self.tokens.pop(0).value))
        if self._peek() == "and" and self._peek(1) == "year":
            self.tokens.pop(0)

    def _number(self, token: Token) -> None:
        """A number or a time: an hour, a day of the month, or an interval."""
        if self._peek() == "month sign" or (
            token.kind == "number" and self._peek() in ("monthname",)
        ):
            self.parsed.ordinals.append(int(token.value))
            return
        if token.kind == "number" and self._unit(0) in ("each hours", "each minutes"):
            self._every(int(token.value))
            return
        if token.kind == "number" and self._is_day_of_month():
            self.parsed.ordinals.append(int(token.value))
            self._skip("dom")
            return
        start = self._time(token)
        ends = ("to", "at", "and") if self._from and not self.parsed.times else ("to",)
        if self._peek() in ends and self._peek(1) in ("number", "time", "am", "pm"):
            self.tokens.pop(0)
            self._skip_half()
            self.parsed.ranges.append((start, self._time(self.tokens.pop(0))))
        else:
            self.parsed.times.append(start)
            self._at = True  # "9 and 17"

    def _skip_half(self) -> None:
        if self._peek() in ("am", "pm"):
            self._half_day = self.tokens.pop(0).kind

    def _is_day_of_month(self) -> bool:
        """Whether a plain number is a day: nothing says that it is an hour, and a time follows."""
        if self._peek() == "dom":
            return True
        clock = ("hour sign", "am", "pm", "hours", "minute sign", *_PLUS)
        beside = next((t.kind for t in self.tokens if t.kind not in ("on", "at")), "")
        if self._at or self._peek() in clock or beside == "part":
            return False
        rest = self.tokens
        follows = any(t.kind in ("at", "time", "hour sign", "noon") for t in rest)
        return follows and not self.parsed.weekdays and "day" not in {t.kind for t in rest}

    def _time(self, token: Token) -> int:
        """Minutes since midnight, with what stands after the number."""
        if token.kind in _HALF:
            if self._peek() not in ("number", "time"):
                raise NotUnderstood(token.kind)
            return (self._time(self.tokens.pop(0)) + _HALF[token.kind]) % 1440
        minutes = int(token.value) * (60 if token.kind == "number" else 1)
        if self._skip("hour sign", "hours") and self._peek() == "number" and self._clock_minutes():
            minutes += int(self.tokens.pop(0).value)
            self._skip("minute sign", "minutes")
        if self._peek() in _PLUS:
            minutes += _PLUS[self.tokens.pop(0).kind]
        return self._halved(minutes)

    def _clock_minutes(self) -> bool:
        return self._peek(1) == "minute sign"

    def _halved(self, minutes: int) -> int:
        half = self._half_day
        self._half_day = None
        if self._peek() in ("am", "pm"):
            half = self.tokens.pop(0).kind
            if minutes >= 780:
                raise NotUnderstood("time")
        elif half is None and self._peek() == "part":
            return _in_part(minutes, str(self.tokens[0].value))
        if minutes >= 1440:
            raise NotUnderstood("time")
        if half is None:
            return minutes
        if minutes >= 780:
            if half == "pm":
                return minutes
            raise NotUnderstood("time")
        return minutes % 720 + (720 if half == "pm" else 0)


def _in_part(minutes: int, part: str | None) -> int:
    """The time as a part of the day makes it: 8 in the evening is 20:00."""
    if part in ("afternoon", "evening") and 60 <= minutes < 720:
        return minutes + 720
    if part == "night" and 300 <= minutes < 720:
        return minutes + 720
    return minutes


def _date(text: str) -> date:
    try:
        return date(*(int(part) for part in text.split("-")))
    except ValueError:
        raise NotUnderstood(text) from None


def _written(parsed: _Parsed, today: date) -> str:
    pending = [_in_part(time, parsed.leading) for time in parsed.times[parsed.settled :]]
    times = sorted({*parsed.times[: parsed.settled], *pending})
    if not any((parsed.days, parsed.monthly, parsed.ordinals, parsed.once, times, parsed.part,
                parsed.month, parsed.every_hours, parsed.every_minutes,
                parsed.last_day)):  # fmt: skip
        raise NotUnderstood("nothing")
    if any(not 0 <= time < 1440 for time in times):
        raise NotUnderstood("time")
    return " | ".join(f"{clock} {_days(parsed, today)}" for clock in _clocks(parsed, times))


def _clocks(parsed: _Parsed, times: Sequence[int]) -> list[str]:
    """Minute and hour fields: those of an interval, or one for each different minute."""
    if parsed.every_hours is not None or parsed.every_minutes is not None:
        if times:
            raise NotUnderstood("times beside an interval")
        return [_interval_fields(parsed)]
    if parsed.ranges:
        raise NotUnderstood("range")
    if not times:
        times = (PARTS.get(parsed.part or "", USUAL_TIME // 60) * 60,)
    minutes = sorted({time % 60 for time in times})
    hours = {m: sorted({t // 60 for t in times if t % 60 == m}) for m in minutes}
    return [f"{minute} {','.join(map(str, hours[minute]))}" for minute in minutes]


def _interval_fields(parsed: _Parsed) -> str:
    hours = "*"
    if parsed.ranges:
        (start, end), *more = parsed.ranges
        if more or end < start:
            raise NotUnderstood("range")
        hours = f"{start // 60}-{end // 60}"
    if parsed.every_minutes:
        return f"*/{parsed.every_minutes} {hours}"
    step = parsed.every_hours or 1
    return f"0 {hours}" + (f"/{step}" if step > 1 else "")


def _days(parsed: _Parsed, today: date) -> str:
    """Day of month, month and weekday, and the year of a single date."""
    if parsed.once is not None or parsed.year is not None:
        return _single(parsed, today)
    if parsed.next and len(parsed.weekdays) == 1:
        ahead = (parsed.weekdays[0] - today.weekday() - 1) % 7 + 1
        return _on(today + timedelta(days=ahead))
    weekdays = list(dict.fromkeys(parsed.weekdays or range(7)))
    if parsed.excepted:
        weekdays = [day for day in weekdays if day not in parsed.excepted]
    named = ",".join(DAY_NAMES[day] for day in weekdays) if len(weekdays) < 7 else "*"
    if weekdays == [0, 1, 2, 3, 4]:
        named = "mon-fri"
    if parsed.last_day:
        return "L * *"
    if parsed.weekdays and (parsed.ordinals or parsed.last) and not parsed.month:
        return _nth(parsed, weekdays)
    if parsed.month is not None:
        if len(parsed.ordinals) != 1 or not 1 <= parsed.ordinals[0] <= 31:
            raise NotUnderstood("month")
        return f"{parsed.ordinals[0]} {parsed.month} *"
    if parsed.ordinals:
        if any(not 1 <= day <= 31 for day in parsed.ordinals):
            raise NotUnderstood("day")
        return f"{','.join(map(str, sorted(set(parsed.ordinals))))} * *"
    if parsed.monthly and not parsed.weekdays:
        return "1 * *"
    if parsed.last or parsed.yearly or not weekdays or (parsed.weekly and not parsed.weekdays):
        raise NotUnderstood("days")
    return f"* * {named}"


def _nth(parsed: _Parsed, weekdays: Sequence[int]) -> str:
    """The n-th or the last of some weekdays of a month."""
    if parsed.group:
        raise NotUnderstood("the last of several days")
    numbers = [str(number) for number in parsed.ordinals]
    if any(not 1 <= number <= 5 for number in parsed.ordinals):
        raise NotUnderstood("ordinal")
    each = [f"{DAY_NAMES[day]}#{number}" for day in weekdays for number in numbers]
    each += [f"{DAY_NAMES[day]}L" for day in weekdays if parsed.last]
    return f"* * {','.join(each)}"


def _single(parsed: _Parsed, today: date) -> str:
    if parsed.once is not None:
        return _on(parsed.once)
    if parsed.month is None or len(parsed.ordinals) != 1:
        raise NotUnderstood("date")
    return _on(_date(f"{parsed.year or today.year}-{parsed.month}-{parsed.ordinals[0]}"))


def _on(day: date) -> str:
    return f"{day.day} {day.month} * {day.year}"
