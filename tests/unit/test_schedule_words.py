"""Schedules in people's words, in ten languages; time zones as people name them; what is shown."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.cron_words import cron_of
from bot.commands.news import changes_of
from bot.zones import zone_of
from domain.errors import InvalidRequest
from domain.news import Schedule
from domain.requests import Destination
from jobs.news.calendar import Calendar
from jobs.news.cron import plain_cron
from jobs.news.schedule_check import check_schedule
from jobs.news.slots import next_posts

TODAY = date(2026, 11, 26)
NOW = datetime(2026, 11, 26, 0, 5, tzinfo=UTC)
PHRASES = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parents[1] / "data/news/schedules.tsv")
    .read_text("utf-8")
    .splitlines()
    if not line.startswith("#")
]


def expected(cron: str) -> str:
    if not cron.startswith("@once"):
        return cron
    _once, day, clock = cron.split()
    hour, minute = clock.split(":")
    ahead = {"+0": 0, "+1": 1, "+2": 2, "mon": 4}.get(day)
    on = date.fromisoformat(day) if ahead is None else TODAY + timedelta(days=ahead)
    return f"{int(minute)} {int(hour)} {on.day} {on.month} * {on.year}"


def _times(cron: str) -> list[datetime]:
    return Calendar(cron, "UTC").upcoming(NOW, 12)


def test_schedules_are_understood_in_ten_languages() -> None:
    wrong: list[str] = []
    for language, words, cron in PHRASES:
        try:
            found = cron_of(words, today=TODAY, language=language)
        except InvalidRequest:
            found = "refused"
        if cron == "refused" or found == "refused":
            right = cron == found
        else:
            meant = expected(cron)
            right = found == meant or _times(found) == _times(meant)
        if not right:
            wrong.append(f"{language}: {words!r} is {found!r} instead of {cron!r}")
    assert not wrong, "\n".join(wrong)
    assert len(PHRASES) > 380


@pytest.mark.parametrize("language", ["en", "de", "nl", "es"])
def test_a_word_of_two_languages_is_of_the_schedules(language: str) -> None:
    tomorrow = {"de": "morgen um 8", "nl": "morgen om 8", "es": "mañana a las 8"}
    words = tomorrow.get(language, "tomorrow at 8")
    assert cron_of(words, today=TODAY, language=language) == "0 8 27 11 * 2026"


@pytest.mark.parametrize(
    ("cron", "kept"),
    [
        ("@daily", "0 0 * * *"),
        ("0 0 9 * * MON", "0 9 * * mon"),
        ("0 9 * * 1#1", "0 9 * * 1#1"),
        ("0 9 24 12 * 2026", "0 9 24 12 * 2026"),
        ("0  9 * * *  |  30 17 * * *", "0 9 * * * | 30 17 * * *"),
    ],
)
def test_cron_is_kept_as_it_is_understood(cron: str, kept: str) -> None:
    assert cron_of(cron) == kept == plain_cron(cron)


@pytest.mark.parametrize("cron", ["0 9 * * mon#6", "0 9 * * xyz", "5 0 9 * * *", "0 9 * * 9L", "|"])
def test_cron_that_cannot_be_is_refused(cron: str) -> None:
    with pytest.raises(InvalidRequest):
        Calendar(cron, "UTC")


@pytest.mark.parametrize(
    ("named", "zone"),
    [
        ("europe/berlin", "Europe/Berlin"),
        ("BERLIN", "Europe/Berlin"),
        ("Munich", "Europe/Berlin"),
        ("東京", "Asia/Tokyo"),
        ("new york", "America/New_York"),
        ("Eastern time", "America/New_York"),
        ("UTC+2", "Etc/GMT-2"),
        ("-03:00", "Etc/GMT+3"),
        ("+5:30", "Asia/Kolkata"),
        ("cet", "Europe/Berlin"),
        ("JST", "Asia/Tokyo"),
        ("utc", "UTC"),
    ],
)
def test_time_zones_as_people_name_them(named: str, zone: str) -> None:
    assert zone_of(named) == zone
    Calendar("0 9 * * *", zone)


@pytest.mark.parametrize("named", ["CST", "IST", "Birmingham"])
def test_a_name_of_several_zones_is_asked_back(named: str) -> None:
    with pytest.raises(InvalidRequest, match="Which one: .*/.*, .*/") as error:
        zone_of(named)
    assert error.value.field == "time_zone"


@given(st.text(max_size=20))
def test_any_zone_is_known_or_refused(named: str) -> None:
    with suppress(InvalidRequest):
        Calendar("0 9 * * *", zone_of(named))


def test_tomorrow_is_of_the_schedules_zone() -> None:
    far_east = changes_of({"when": "tomorrow at 8", "time_zone": "Kiritimati"}, "x")["cron"]
    far_west = changes_of({"when": "tomorrow at 8", "time_zone": "-11"}, "x")["cron"]
    assert far_east != far_west


def a_schedule(cron: str = "0 9 * * *") -> Schedule:
    return Schedule(
        "s", "w", "m", "News", Destination("discord", "c"), cron, "UTC", NOW, topic="space"
    )


def test_next_posts_leave_out_quiet_days_and_end() -> None:
    quiet = replace(a_schedule(), quiet_days=("sat", "2026-11-27"), ends_on=date(2026, 11, 30))
    shown = [post.isoformat()[:10] for post in next_posts(quiet, now=NOW, count=5)]
    assert shown == ["2026-11-26", "2026-11-29", "2026-11-30"]


def test_a_schedule_that_would_never_post_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="in the past") as past:
        check_schedule(replace(a_schedule(), ends_on=date(2026, 11, 25)), now=NOW)
    assert past.value.field == "ends"
    with pytest.raises(InvalidRequest, match="never post"):
        check_schedule(replace(a_schedule("0 9 * * sat"), quiet_days=("sat",)), now=NOW)
    ended = replace(a_schedule(), ends_on=date(2026, 11, 25))
    check_schedule(ended, now=NOW, times=False)
    check_schedule(replace(ended, paused=True), now=NOW)


def test_a_single_date_comes_once() -> None:
    once = a_schedule("0 8 27 11 * 2026")
    assert len(next_posts(once, now=NOW, count=5)) == 1
    with pytest.raises(InvalidRequest, match="no future dates"):
        check_schedule(replace(once, cron="0 8 24 11 * 2026"), now=NOW)
