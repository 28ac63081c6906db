"""Times in plain words."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.cron_words import cron_of
from domain.errors import InvalidRequest
from jobs.news.calendar import Calendar


@pytest.mark.parametrize(
    ("words", "cron"),
    [
        ("weekdays at 9", "0 9 * * mon-fri"),
        ("every weekday at 9am", "0 9 * * mon-fri"),
        ("Werktags um 9 Uhr", "0 9 * * mon-fri"),
        ("on weekends at 10:30", "30 10 * * sat,sun"),
        ("every day at 18:05", "5 18 * * *"),
        ("daily at 6 pm", "0 18 * * *"),
        ("täglich um 18.30", "30 18 * * *"),
        ("9:15", "15 9 * * *"),
        ("at 12 am", "0 0 * * *"),
        ("at 12pm", "0 12 * * *"),
        ("every Monday at 8", "0 8 * * mon"),
        ("jeden Montag um 8:30", "30 8 * * mon"),
        ("Mondays and Thursdays at 7", "0 7 * * mon,thu"),
        ("montag, mittwoch und freitag um 7 Uhr", "0 7 * * mon,wed,fri"),
        ("on the 1st at 10", "0 10 1 * *"),
        ("on the 15th of each month at 9", "0 9 15 * *"),
        ("hourly", "0 * * * *"),
        ("stündlich", "0 * * * *"),
        ("every 6 hours", "0 */6 * * *"),
        ("alle 2 Stunden", "0 */2 * * *"),
        ("every 30 minutes", "*/30 * * * *"),
        ("0 9 * * 1-5", "0 9 * * 1-5"),
        ("*/30  8-18 * *  mon-fri", "*/30 8-18 * * mon-fri"),
    ],
)
def test_words_are_times(words: str, cron: str) -> None:
    assert cron_of(words) == cron
    assert Calendar(cron, "UTC").next_after(datetime(2026, 1, 1, tzinfo=UTC)) is not None


@pytest.mark.parametrize(
    "words",
    [
        "",
        "soon",
        "at 25",
        "at 9:75",
        "13 pm",
        "every blue moon at 9",
        "on the 40th at 9",
        "and at 9",
        "every 5 hours",
        "every 10 minutes",
    ],
)
def test_what_is_not_understood_is_reported_with_examples(words: str) -> None:
    with pytest.raises(InvalidRequest, match="something like weekdays at 9"):
        cron_of(words)


@given(st.text(max_size=80) | st.text("0123456789 :apmtevrydonfi,*/-", max_size=40))
def test_any_words_are_a_time_or_refused(words: str) -> None:
    with suppress(InvalidRequest):
        assert len(cron_of(words).split()) == 5
