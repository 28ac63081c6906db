"""Headers say how long to wait and what comes, and may hold anything."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.fetching.headers import media_type, retry_after
from agent.fetching.robots import rules_for_limner
from tests.fakes.raw_peer import header_values

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("9" * 5000, 86_400),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60),
        ("Thu, 01 Jan 2026 00:01:00", 60),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 86_400),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0),
        ("Mon, 01 Jan 99999 00:00:00 GMT", None),
        ("Mon, 01 Jan 2026 00:00:00 +999999999999", None),
        ("²", None),
        ("٣", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_a_time_to_wait_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, now=NOW) == seconds


@given(header_values)
def test_any_header_gives_a_time_within_a_day_or_none(value: str) -> None:
    seconds = retry_after(value, now=NOW)
    assert seconds is None or 0 <= seconds <= 86_400


@given(st.text(st.characters()))
def test_a_media_type_can_be_kept_and_shown(value: str) -> None:
    kind = media_type(value)
    assert kind.isascii()
    assert kind.isprintable()
    assert len(kind) <= 200


def test_a_media_type_that_is_missing_is_unknown_bytes() -> None:
    assert media_type(None) == media_type("\x00") == "application/octet-stream"


def test_rules_for_others_cost_nothing() -> None:
    agents = "".join(f"User-agent: bot{n}\n" for n in range(10_000))
    rules = "".join(f"Disallow: /{n}\n" for n in range(10_000))
    ours = "User-agent: other\nUser-agent: Limner\nDisallow: /private\n"
    assert rules_for_limner((agents + rules + ours).encode()) == (
        "User-agent: limner\nDisallow: /private"
    )


def test_one_agent_in_many_spellings_is_one() -> None:
    agents = "".join(f"User-agent: {'*' * (n % 9)}limner{'*' * n}\n" for n in range(500))
    kept = rules_for_limner(f"{agents}Disallow: /a\n".encode())
    assert kept == "User-agent: limner\nDisallow: /a"
