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
from domain.translation.messages import gettext
from jobs.news.cron import DAYS, CronFields, cron_fields

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

MIN_INTERVAL = timedelta(minutes=15)
_LEAP = timedelta(hours=3)
"""More than any clock jumps."""


class Calendar:
    """The due times of a cron expression in a time zone."""

    def __init__(self, cron: str, time_zone: str) -> None:
        """Raises:
        InvalidRequest: The expression or the zone cannot be used; the message says why.
        """
        self._zone = _zone(time_zone)
        self._expressions = [
            _Expression(_trigger(cron, fields), self._zone, every_hour=_comes_often(fields.hour))
            for fields in cron_fields(cron)
        ]

    def next_after(self, moment: datetime) -> datetime | None:
        """The first due time after that moment, in UTC; None when there is none any more."""
        moment = moment.astimezone(UTC)
        following = (expression.next_after(moment) for expression in self._expressions)
        return min(filter(None, following), default=None)

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
        return local.date().isoformat(), DAYS[local.isoweekday()]

    def shown(self, moment: datetime) -> str:
        """A moment as people of the time zone write it: ``Thu 2026-12-24 09:00 CET``."""
        return moment.astimezone(self._zone).strftime("%a %Y-%m-%d %H:%M %Z")


class _Expression:
    """One cron expression on the wall clock of a zone; ``every_hour`` goes by real hours."""

    def __init__(self, wall: CronTrigger, zone: ZoneInfo, *, every_hour: bool) -> None:
        self._wall = wall
        self._zone = zone
        self._every_hour = every_hour

    def next_after(self, moment: datetime) -> datetime | None:
        """The first due time after that moment (UTC)."""
        best: datetime | None = None
        for wall in self._walls(moment.astimezone(self._zone).replace(tzinfo=None) - _LEAP):
            if best is not None and wall > best.astimezone(self._zone).replace(tzinfo=None) + _LEAP:
                break
            for instant in self._instants(wall):
                if instant > moment and (best is None or instant < best):
                    best = instant
        return best

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


def _comes_often(hours: str) -> bool:
    return "*" in hours or "/" in hours


def checked_cron(cron: str, time_zone: str, *, now: datetime) -> Calendar:
    """A calendar that comes up again, and no more often than every quarter of an hour.

    Raises:
        InvalidRequest: It does not; or the expression or the zone cannot be used.
    """
    calendar = Calendar(cron, time_zone)
    times = calendar.upcoming(now, 12)
    if not times:
        raise InvalidRequest(
            gettext("The schedule {cron!r} has no future dates. Choose another time.", cron=cron),
            field="when",
        )
    if any(later - earlier < MIN_INTERVAL for earlier, later in pairwise(times)):
        raise InvalidRequest(
            gettext(
                "The schedule {cron!r} runs more often than every 15 minutes. Choose fewer times.",
                cron=cron,
            ),
            field="when",
        )
    return calendar


def _zone(name: str) -> ZoneInfo:
    if re.fullmatch(r"[A-Za-z0-9_+/-]{1,60}", name):
        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo(name)
    raise InvalidRequest(
        (
            gettext(
                "There is no time zone {name!r}. Use a name such as Europe/Berlin or "
                "America/New_York.",
                name=name[:60],
            )
        ),
        field="time_zone",
    )


def _trigger(cron: str, fields: CronFields) -> CronTrigger:
    from apscheduler.triggers.cron import CronTrigger  # commands without schedules do not need it

    try:
        return CronTrigger(
            minute=fields.minute,
            hour=fields.hour,
            day=fields.day,
            month=fields.month,
            day_of_week=fields.weekday,
            year=fields.year,
            timezone=UTC,
        )
    except (ValueError, TypeError) as error:
        raise InvalidRequest(
            gettext(
                "The schedule {cron!r} isn't valid: {error}.",
                cron=cron[:60],
                error=str(error).rstrip("."),
            ),
            field="when",
        ) from error
