"""Addresses, dates and headlines of articles, as external sites write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.news.collect import tidied
from agent.news.dates import believable
from agent.news.headlines import clarity, clean
from agent.news.sites import canonical, site_of
from agent.sandbox.found_texts import one_line
from domain.news import NewsItem

SEEN = datetime(2026, 3, 4, 12, tzinfo=UTC)


def day(year: int, month: int, date: int) -> datetime:
    return datetime(year, month, date, 23, 59, 59, tzinfo=UTC)


def an_item(
    title: str = "A ferry was launched",
    url: str = "https://nordpost.example/1",
    *,
    summary: str = "",
    at: datetime | None = SEEN,
) -> NewsItem:
    return NewsItem(title, url, site_of(url), summary, SEEN, at)


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.bbc.co.uk/news/1", "bbc.co.uk"),
        ("https://news.nordpost.example/1", "nordpost.example"),
        ("https://someone.github.io/1", "someone.github.io"),
        ("http://127.0.0.2:8080/1", "127.0.0.2"),
        ("http://[::1]:80/1", "::1"),
        ("https://TAGESSCHAU.de./1", "tagesschau.de"),
        ("https://[broken/1", ""),
        ("no address", ""),
    ],
)
def test_a_site_is_what_one_owner_has(url: str, site: str) -> None:
    assert site_of(url) == site


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://www.x.example/a?utm_source=rss&at_medium=RSS#top", "http://x.example/a", True),
        ("https://m.x.example/a/", "https://x.example/a", True),
        ("https://x.example/a/amp", "https://x.example/a", True),
        ("https://x.example/a?b=2&a=1", "https://x.example/a?a=1&b=2", True),
        ("https://x.example/a?id=1", "https://x.example/a?id=2", False),
        ("https://x.example:8080/a", "https://x.example/a", False),
        ("https://x.example/a", "https://y.example/a", False),
    ],
)
def test_one_page_has_one_address_however_one_came_there(one: str, other: str, same: bool) -> None:
    assert (canonical(one) == canonical(other)) is same


@pytest.mark.parametrize(
    ("claimed", "path", "believed"),
    [
        (SEEN, "2021/03/04/ferry", day(2021, 3, 4)),
        (SEEN, "2021/3/4/ferry", day(2021, 3, 4)),
        (SEEN, "ferry-2021-03-04.html", day(2021, 3, 4)),
        (SEEN, "20210304/ferry", day(2021, 3, 4)),
        (SEEN, "2021/03/ferry", day(2021, 3, 31)),
        (SEEN, "2021/12/", day(2021, 12, 31)),
        (SEEN, "2026/03/04/ferry", SEEN),
        (SEEN, "2026/12/24/what-will-be", SEEN),
        (SEEN, "1612/03/04/a-house-number", SEEN),
        (SEEN, "12345678", SEEN),
        (SEEN, "20261399", SEEN),
        (SEEN - timedelta(days=9), "2026/03/04/", SEEN - timedelta(days=9)),
        (None, "2026/03/02/ferry", day(2026, 3, 2)),
        (None, "2026/03/04/ferry", SEEN),
        (None, "ferry", None),
        (SEEN + timedelta(hours=6), "ferry", SEEN),
        (SEEN + timedelta(days=3), "ferry", None),
        (datetime(1970, 1, 1, tzinfo=UTC), "ferry", None),
    ],
)
def test_a_date_is_believed_as_far_as_its_address_and_the_clock_allow(
    claimed: datetime | None, path: str, believed: datetime | None
) -> None:
    found = believable(claimed, url=f"https://x.example/{path}", seen_at=SEEN)
    assert found == believed


@given(
    st.none() | st.datetimes(timezones=st.just(UTC)),
    st.text() | st.from_regex(r"/\d{1,4}[-/_]?\d{1,2}[-/_]?\d{1,2}", fullmatch=True),
)
def test_no_date_is_ever_later_than_it_was_seen(claimed: datetime | None, path: str) -> None:
    found = believable(claimed, url=f"https://x.example{path}", seen_at=SEEN)
    assert found is None or datetime(1990, 1, 1, tzinfo=UTC) <= found <= SEEN


@pytest.mark.parametrize(
    ("title", "site", "cleaned"),
    [
        ("Storm hits coast - BBC News", "bbc.co.uk", "Storm hits coast"),
        ("Storm hits coast | World | Reuters", "reuters.com", "Storm hits coast"),
        ("Sturm an der Küste – Neue Zürcher Zeitung", "nzz.ch", "Sturm an der Küste"),
        ("The Guardian - Ferry takes to the water", "theguardian.com", "Ferry takes to the water"),
        ("BREAKING: Storm hits coast", "x.example", "Storm hits coast"),
        ("+++ Eilmeldung: Sturm an der Küste +++", "x.example", "Sturm an der Küste"),
        ("Storm hits coast (video)", "x.example", "Storm hits coast"),
        ("Storm hits coast – three hurt", "x.example", "Storm hits coast – three hurt"),
        ("Ferry, bridge | museum", "x.example", "Ferry, bridge | museum"),
        ("Video", "x.example", "Video"),
        ("", "", ""),
    ],
)
def test_a_headline_stands_without_what_its_site_adds(title: str, site: str, cleaned: str) -> None:
    assert clean(title, site=site) == cleaned


def test_an_end_that_a_site_adds_to_many_headlines_is_taken_from_all_of_them() -> None:
    titles = ("A ferry floats", "A bridge opens", "A bear eats cake")
    items = [
        an_item(f"{title} – The Daily Sound", f"https://dsnd.example/{n}", summary=title)
        for n, title in enumerate(titles)
    ]
    assert {item.title for item in tidied(items)} == set(titles)


def test_a_sentence_under_many_articles_of_a_site_is_the_sites_own() -> None:
    furniture = "Subscribe to our letter for more."
    items = [
        an_item(f"Event {n} happened", f"https://x.example/{n}", summary=f"It is {n}. {furniture}")
        for n in range(3)
    ]
    assert {item.summary for item in tidied(items)} == {"It is 0.", "It is 1.", "It is 2."}
    assert tidied(items[:1])[0].summary == f"It is 0. {furniture}"


def test_of_one_page_the_oldest_date_is_kept() -> None:
    old = an_item(at=SEEN - timedelta(days=2))
    again = an_item(url="https://www.nordpost.example/1?utm_source=x", at=SEEN)
    undated = an_item(url="https://nordpost.example/1/", at=None)
    for order in ([old, again, undated], [undated, again, old]):
        assert [item.published_at for item in tidied(order)] == [SEEN - timedelta(days=2)]


def test_old_articles_are_left_out_and_too_many_are_cut_to_the_newest() -> None:
    items = [
        an_item(url=f"https://x.example/{n}", at=SEEN - timedelta(minutes=n)) for n in range(600)
    ]
    ancient = an_item(url="https://x.example/ancient", at=SEEN - timedelta(days=30))
    kept = tidied([*reversed(items), ancient])
    assert [item.url for item in kept] == [f"https://x.example/{n}" for n in range(500)]


def test_a_clear_headline_is_clearer_than_a_digest_a_question_or_half_a_sentence() -> None:
    clear = clarity(an_item("Norvik Shipyard launches battery ferry", summary="It floats."))
    for title in (
        "Morning briefing: what you need to know",
        "Will the Norvik ferry ever be launched?",
        "Norvik Shipyard launches battery…",
        "Ferry",
        "NORVIK SHIPYARD LAUNCHES FERRY",
        "Newsblog: die Lage in Norvik heute",
    ):
        assert clarity(an_item(title, summary="It floats.")) < clear, title


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a <script>x<b></SCRIPT > b", "a b"),
        ("a <style>x</style> b <style>y</style> c", "a b c"),
        ("a <script>x</style> b", "a x b"),
        ("<script <script a <style> b </style>", "<script <script a"),
        ("<script>x <style>y</script> z</style> b", "z b"),
    ],
)
def test_scripts_and_styles_are_left_out_of_what_strangers_say(written: str, shown: str) -> None:
    assert one_line(written) == shown
