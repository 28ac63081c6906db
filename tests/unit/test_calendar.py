"""Due times: daylight saving, leap days, weekdays as cron counts them, and nonsense."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidRequest
from jobs.news.calendar import Calendar, checked_cron

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def local(cron: str, zone: str, start: datetime, count: int) -> list[str]:
    times = Calendar(cron, zone).upcoming(start, count)
    return [t.astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M%z") for t in times]


def test_a_time_that_is_skipped_comes_as_much_later_as_the_clock_jumps() -> None:
    start = datetime(2026, 3, 28, tzinfo=UTC)
    assert local("30 2 * * *", "Europe/Berlin", start, 3) == [
        "03-28 02:30+0100",
        "03-29 03:30+0200",
        "03-30 02:30+0200",
    ]


def test_a_time_that_is_there_twice_counts_once_the_first_time() -> None:
    start = datetime(2026, 10, 24, tzinfo=UTC)
    assert local("30 2 * * *", "Europe/Berlin", start, 3) == [
        "10-24 02:30+0200",
        "10-25 02:30+0200",
        "10-26 02:30+0100",
    ]


def test_every_hour_goes_by_real_hours() -> None:
    back = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)
    assert local("0 * * * *", "Europe/Berlin", back, 5) == [
        "10-25 01:00+0200",
        "10-25 02:00+0200",
        "10-25 02:00+0100",
        "10-25 03:00+0100",
        "10-25 04:00+0100",
    ]
    on = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    assert local("0 * * * *", "Europe/Berlin", on, 3) == [
        "03-29 01:00+0100",
        "03-29 03:00+0200",
        "03-29 04:00+0200",
    ]


def test_half_hours_of_lord_howe_and_days_that_samoa_left_out() -> None:
    assert local("15 2 * * *", "Australia/Lord_Howe", datetime(2026, 10, 3, tzinfo=UTC), 2) == [
        "10-04 02:45+1100",
        "10-05 02:15+1100",
    ]
    assert local("0 9 * * *", "Pacific/Apia", datetime(2011, 12, 29, 12, tzinfo=UTC), 2)[1] == (
        "12-31 09:00+1400"
    )


def test_leap_days_come_every_four_years() -> None:
    times = Calendar("0 9 29 2 *", "UTC").upcoming(NOW, 2)
    assert [t.year for t in times] == [2028, 2032]


@pytest.mark.parametrize(
    ("weekdays", "expected"),
    [
        ("1-5", "mon tue wed thu fri"),
        ("0", "sun"),
        ("7", "sun"),
        ("5-1", "sun mon fri sat"),
        ("mon-fri", "mon tue wed thu fri"),
        ("1,3,sat", "mon wed sat"),
        ("*", "sun mon tue wed thu fri sat"),
    ],
)
def test_weekdays_are_counted_as_cron_does(weekdays: str, expected: str) -> None:
    times = Calendar(f"0 9 * * {weekdays}", "UTC").upcoming(NOW, 14)
    assert {t.strftime("%a").lower() for t in times} == set(expected.split())


@pytest.mark.parametrize(
    ("cron", "zone", "sentence"),
    [
        ("0 9 * *", "UTC", "isn't a cron expression"),
        ("61 9 * * *", "UTC", "isn't valid"),
        ("0 9 1 * 1", "UTC", "but not both"),
        ("0 9 * * 1-9", "UTC", "Write them like"),
        ("0 9 30 2 *", "UTC", "has no future dates"),
        ("*/5 * * * *", "UTC", "more often than every 15 minutes"),
        ("0,10 9 * * *", "UTC", "more often than every 15 minutes"),
        ("0 9 * * *", "Mars/Olympus", "There is no time zone 'Mars/Olympus'"),
        ("0 9 * * *", "../../etc/passwd", "There is no time zone"),
        ("0 9 * * *", "", "There is no time zone"),
    ],
)
def test_what_cannot_be_a_schedule_is_refused_in_a_sentence(
    cron: str, zone: str, sentence: str
) -> None:
    with pytest.raises(InvalidRequest, match=sentence):
        checked_cron(cron, zone, now=NOW)


@given(
    zone=st.sampled_from(sorted(z for z in available_timezones() if "/" in z)),
    cron=st.sampled_from(
        ["30 2 * * *", "0 0 * * *", "0 * * * *", "15 1,2,3 * * 6,0", "0 9 1 * *", "59 23 31 12 *"]
    ),
    start=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_due_times_only_go_forward_and_looking_later_changes_nothing(
    zone: str, cron: str, start: datetime
) -> None:
    calendar = Calendar(cron, zone)
    times = calendar.upcoming(start, 6)
    assert times == sorted(set(times))
    assert all(time > start for time in times)
    assert calendar.next_after(times[2] - timedelta(microseconds=1)) == times[2]
    assert list(calendar.between(start, times[-1])) == times


@given(st.text(max_size=60), st.text(max_size=30))
def test_any_text_is_a_schedule_or_refused(cron: str, zone: str) -> None:
    with suppress(InvalidRequest):
        assert checked_cron(cron, zone, now=NOW).next_after(NOW) is not None
