"""When a schedule is due: cron expressions on the wall clock of a time zone.

What daylight saving does to them follows the habit of Unix: a time of day that is skipped comes as
much later as the clock jumps, one that is there twice counts once, the first time; and a schedule
for every hour goes by real hours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.errors import InvalidRequest

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

MIN_INTERVAL = timedelta(minutes=15)
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LEAP = timedelta(hours=3)
"""More than any clock jumps."""


class Calendar:
    """The due times of a cron expression in a time zone."""

    def __init__(self, cron: str, time_zone: str) -> None:
        """Raises:
        InvalidRequest: The expression or the zone cannot be used; the message says why.
        """
        self._zone = _zone(time_zone)
        fields = _fields(cron)
        self._every_hour = "*" in fields[1] or "/" in fields[1]
        self._wall = _trigger(cron, fields)

    def next_after(self, moment: datetime) -> datetime | None:
        """The first due time after that moment, in UTC; None when there is none any more."""
        moment = moment.astimezone(UTC)
        best: datetime | None = None
        for wall in self._walls(moment.astimezone(self._zone).replace(tzinfo=None) - _LEAP):
            if best is not None and wall > best.astimezone(self._zone).replace(tzinfo=None) + _LEAP:
                break
            for instant in self._instants(wall):
                if instant > moment and (best is None or instant < best):
                    best = instant
        return best

    def upcoming(self, moment: datetime, count: int) -> list[datetime]:
        """The next due times after that moment, in UTC, earliest first."""
        found: list[datetime] = []
        while len(found) < count:
            following = self.next_after(found[-1] if found else moment)
            if following is None:
                break
            found.append(following)
        return found

    def between(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The due times after ``start`` up to and with ``end``, in UTC."""
        following = self.next_after(start)
        while following is not None and following <= end:
            yield following
            following = self.next_after(following)

    def local_date(self, moment: datetime) -> tuple[str, str]:
        """The date (``2026-12-24``) and the weekday (``thu``) of a moment in the time zone."""
        local = moment.astimezone(self._zone)
        return local.date().isoformat(), _DAYS[local.isoweekday()]

    def shown(self, moment: datetime) -> str:
        """A moment as people of the time zone write it: ``Thu 2026-12-24 09:00 CET``."""
        return moment.astimezone(self._zone).strftime("%a %Y-%m-%d %H:%M %Z")

    def _walls(self, start: datetime) -> Iterator[datetime]:
        """The times on the wall clock from ``start`` on; the clock is taken for one that never
        jumps."""
        following = self._wall.get_next_fire_time(None, start.replace(tzinfo=UTC))
        while following is not None:
            yield following.replace(tzinfo=None)
            after = following + timedelta(microseconds=1)
            following = self._wall.get_next_fire_time(following, after)

    def _instants(self, wall: datetime) -> list[datetime]:
        first = wall.replace(tzinfo=self._zone).astimezone(UTC)
        if not self._every_hour:
            return [first]
        second = wall.replace(tzinfo=self._zone, fold=1).astimezone(UTC)
        real = first.astimezone(self._zone).replace(tzinfo=None) == wall
        return list(dict.fromkeys((first, second))) if real else []


def checked_cron(cron: str, time_zone: str, *, now: datetime) -> Calendar:
    """A calendar that comes up again, and no more often than every quarter of an hour.

    Raises:
        InvalidRequest: It does not; or the expression or the zone cannot be used.
    """
    calendar = Calendar(cron, time_zone)
    times = calendar.upcoming(now, 12)
    if not times:
        raise InvalidRequest(
            f"The schedule {cron!r} has no future dates. Choose another time.", field="when"
        )
    if any(later - earlier < MIN_INTERVAL for earlier, later in pairwise(times)):
        raise InvalidRequest(
            f"The schedule {cron!r} runs more often than every 15 minutes. Choose fewer times.",
            field="when",
        )
    return calendar


def _zone(name: str) -> ZoneInfo:
    if re.fullmatch(r"[A-Za-z0-9_+/-]{1,60}", name):
        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo(name)
    raise InvalidRequest(
        (
            f"There is no time zone {name[:60]!r}. Use a name such as Europe/Berlin or "
            "America/New_York."
        ),
        field="time_zone",
    )


def _fields(cron: str) -> list[str]:
    fields = cron.lower().split()
    if len(fields) != 5 or len(cron) > 200:
        raise InvalidRequest(
            (
                f"{cron[:60]!r} isn't a cron expression. Write minute, hour, day, month and "
                "weekday, such as '0 9 * * mon-fri'."
            ),
            field="when",
        )
    if fields[2] not in ("*", "?") and fields[4] not in ("*", "?"):
        raise InvalidRequest(
            "A schedule can use days of the month or weekdays, but not both.",
            field="when",
        )
    fields[4] = ",".join(_weekdays(part, cron) for part in fields[4].split(","))
    return ["*" if field == "?" else field for field in fields]


def _weekdays(part: str, cron: str) -> str:
    """One part of the weekdays in names: cron counts from Sunday, APScheduler from Monday."""
    match = re.fullmatch(r"([0-7])(?:-([0-7]))?", part)
    if match is None:
        if re.search(r"\d", part):
            raise InvalidRequest(
                f"The weekdays in {cron[:60]!r} aren't valid. Write them like mon-fri or 1,3,5.",
                field="when",
            )
        return part
    first, last = int(match[1]), int(match[2] or match[1])
    days = range(first, last + 1) if first <= last else (*range(first, 7), *range(last + 1))
    return ",".join(dict.fromkeys(_DAYS[day] for day in days))


def _trigger(cron: str, fields: list[str]) -> CronTrigger:
    from apscheduler.triggers.cron import CronTrigger  # commands without schedules do not need it

    minute, hour, day, month, weekday = fields
    try:
        return CronTrigger(
            minute=minute, hour=hour, day=day, month=month, day_of_week=weekday, timezone=UTC
        )
    except (ValueError, TypeError) as error:
        raise InvalidRequest(
            f"The schedule {cron[:60]!r} isn't valid: {str(error).rstrip('.')}.", field="when"
        ) from error
