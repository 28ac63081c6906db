"""The days that articles mention separate events, and a posted story is known by its later articles
too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.news.cluster import Batch, likeness
from agent.news.fingerprint import fingerprint, grown, tells_again
from agent.news.moments import agreement, moments
from agent.news.rank import ranked
from domain.news import Fingerprint, NewsItem
from tests.unit.test_news_events import an_item

QUAKE = "A quake of magnitude 5.6 shook the island of Qeshm off southern Iran on {day}, ISNA said."
DAMAGE = "The quake damaged houses on Qeshm on {day}, and people of the island slept in tents."
LATER = "Tents were sent to Qeshm after the quake of {day}; people of the island are afraid."


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("It shook on Tuesday, March 14, 2013.", {"weekday 1", "month 3", "day 3-14", "year 2013"}),
        ("Am Dienstag, 14. März", {"weekday 1", "month 3", "day 3-14"}),
        ("mardi 14 mars", {"weekday 1", "month 3", "day 3-14"}),
        ("el martes 14 de marzo", {"weekday 1", "month 3", "day 3-14"}),
        ("3月14日 火曜日", {"weekday 1", "month 3", "day 3-14"}),
        ("2013-03-14", {"month 3", "day 3-14", "year 2013"}),
        ("They may march on Mars with 5000 others.", set[str]()),
        ("", set[str]()),
    ],
)
def test_days_are_read_in_many_languages(text: str, named: set[str]) -> None:
    assert moments(text).keys() == named


def test_texts_without_days_say_nothing_about_them() -> None:
    assert agreement(moments("on Tuesday"), moments("soon")) is None
    assert agreement(moments("on Tuesday"), moments("am Dienstag")) == pytest.approx(1)
    assert agreement(moments("on Tuesday"), moments("on Friday")) == 0


def quake(day: str) -> list[NewsItem]:
    return [
        an_item(f"Quake shakes Qeshm {day}", "one.example", summary=QUAKE.format(day=day)),
        an_item(f"Houses damaged {day}", "two.example", summary=DAMAGE.format(day=day)),
    ]


def told(items: list[NewsItem]) -> Fingerprint:
    batch = Batch(items)
    return fingerprint(batch, range(len(items)))


def test_articles_that_name_other_days_are_less_alike() -> None:
    same, other = Batch(quake("Sunday")), Batch([quake("Sunday")[0], quake("Friday")[1]])
    assert likeness(other, 0, 1) < 0.6 * likeness(same, 0, 1)


def test_a_story_is_known_again_by_its_articles_whatever_else_they_say() -> None:
    first = told(quake("Sunday"))
    other = replace(first, terms=(("weather", 1.0),), moments=(), entities=(), words=())
    assert tells_again(other, first)
    assert not tells_again(replace(other, articles=("ffffffffffff",)), first)


def test_a_posted_story_grows_by_articles_that_surely_tell_it() -> None:
    first = told(quake("Sunday"))
    later = an_item("Tents for Qeshm", "three.example", summary=LATER.format(day="Sunday"))
    more = grown(first, told([*quake("Sunday"), later]))
    assert more is not None
    assert set(first.articles) < set(more.articles)
    assert tells_again(told([later]), more)
    assert grown(more, told(quake("Sunday"))) is None, "nothing new"
    assert grown(first, told(quake("Friday"))) is None, "another day's quake"


def test_what_is_told_again_names_the_story_that_it_adds_to() -> None:
    first = told(quake("Sunday"))
    other = Fingerprint(("vote",), ("election",), (("vote", 1.0),), 0.3)
    later = an_item("Tents for Qeshm", "three.example", summary=LATER.format(day="Sunday"))
    found = ranked(
        [*quake("Sunday"), later], topics=(), searched=(), min_sources=2, known=(other, first)
    )
    assert not found.candidates
    assert [place for place, _more in found.grown] == [1]
    assert len(found.grown[0][1].articles) == 3
