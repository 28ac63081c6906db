"""Words such as "today" get their day in square brackets behind them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.house_style import AP, PLAIN
from domain.news import CitedPage, StoryText
from domain.relative_days import explained, relative_days, without_explanations
from jobs.news.house_style import in_house_style

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The yard said today that it floats.", ["today"]),
        ("Die Werft sagte heute, gestern war das Boot fertig.", ["heute", "gestern"]),
        ("L'annonce date d'aujourd’hui.", ["aujourd’hui"]),
        ("It was the subject of today's talk.", []),
    ],
)
def test_relative_days_are_found_as_they_are_written(text: str, words: list[str]) -> None:
    assert relative_days(text) == words


def test_a_day_stands_behind_the_first_of_its_words() -> None:
    said = explained("It floats today, and today is Monday.", {"today": "4 March"})
    assert said == "It floats today [4 March], and today is Monday."
    assert without_explanations(said) == "It floats today, and today is Monday."


@pytest.mark.parametrize("text", ["Today, 4 March, it floats.", "It floats today (March 4th)."])
def test_no_day_is_added_where_the_sentence_says_it(text: str) -> None:
    assert explained(text, dict.fromkeys(("Today", "today"), "4 March")) == text


@pytest.mark.parametrize(
    ("style", "language", "day"),
    [(PLAIN, "en", "3 March"), (AP, "en", "March 3"), (PLAIN, "de", "3. März")],
)
def test_a_quotation_says_which_day_its_yesterday_was(style: str, language: str, day: str) -> None:
    word = {"en": "yesterday", "de": "gestern"}[language]
    passage = f"The ferry Solbris was launched {word} in Norvik."
    page = CitedPage("Title", "https://a.example/1", "a.example", passage, AT, "", published_at=AT)
    text = StoryText("Head", (f"“{passage}” (a.example)",), (page,), "", rests_on=((1,),))
    styled = in_house_style(text, style=style, time_zone="UTC", language=language)
    assert f"{word} [{day}]" in styled.sentences[0]
    assert styled.pages[0].quoted_passage(styled.sentences[0]) == passage
    assert f"{word} [{day}]" in styled.pages[0].explained(passage)
