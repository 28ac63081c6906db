"""Cited headlines that a post does not show, and headlines that are firmer than their articles."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from agent.news.certainty import counts_firmly, is_firmer, is_hedged
from agent.news.likeness import Meanings
from agent.news.reading import ReadPage
from agent.news.titles import is_hidden
from evaluation.peers.newsroom import a_story, a_text
from generation.composition import story_parameters
from jobs.news.stories import found_sources

AT = datetime(2026, 3, 2, tzinfo=UTC)
PAGE = ReadPage("Norvik", "https://a.example/1", "a.example", "Norvik is a town.", AT)
POST = (
    "A camp in Norland was bombed on Monday",
    "Two bombs fell near the school of the camp, the agency said.",
)


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Sudan bombs refugee camp", "en"),
        ("Breaking News: Sudan Bombs Refugee Camp", "en"),
        ("Gail Hendricks charged with murder of neighbour", "en"),
        ("Peter Hallström accused of arson in Norvik", "en"),
        ("Karin Schaller wegen Mordes angeklagt", "de"),
        ("Quake kills 24 people in Norland, 300 hurt", "en"),
    ],
)
def test_headlines_that_accuse_or_contradict_the_post_are_not_shown(
    title: str, language: str
) -> None:
    assert is_hidden(title, (*POST, "Two people were killed."), language)


@pytest.mark.parametrize(
    "title",
    [POST[0], "Bombs fall on camp in Norland", "Norland calls for talks after bombs fall on camp"],
)
def test_other_headlines_are_shown(title: str) -> None:
    assert not is_hidden(title, POST, "en")


def test_a_hidden_headline_gives_way_to_its_outlet_and_day() -> None:
    page = a_text().pages[0]
    at = datetime(2026, 3, 2, tzinfo=UTC)
    hidden = replace(page, title_hidden=True, outlet="The Post", published_at=at)
    assert hidden.shown_title == "The Post, 2026-03-02"
    assert replace(hidden, dated="2 March 2026").shown_title == "The Post, 2 March 2026"
    assert page.shown_title == page.title
    story = a_story(text=replace(a_text(), pages=(hidden,), rests_on=((1,), (1,))))
    assert [source.title for source in found_sources(story)[1]] == ["The Post, 2026-03-02"]
    [shown] = story_parameters(story.text)["pages"]
    assert shown["title"] == "The Post, 2026-03-02"


@pytest.mark.parametrize(
    "text",
    [
        "Police believe that the man set the house on fire.",
        "Der Mann soll das Haus angezündet haben.",
        "L'homme aurait incendié la maison.",
        "El presunto agresor fue detenido.",
        "L'uomo avrebbe dato fuoco alla casa.",
    ],
)
def test_what_is_believed_or_claimed_is_known_in_several_languages(text: str) -> None:
    assert is_hedged(text)


def firmer(headline: str, *below: str) -> bool:
    return is_firmer(headline, below, Meanings([PAGE]))


def test_a_headline_is_firmer_than_a_belief_below_it_that_nothing_there_tells_as_a_fact() -> None:
    headline = "Ex-husband killed teacher in Norvik"
    belief = "Police believe that her former husband killed the teacher in Norvik."
    assert firmer(headline, belief)
    assert firmer(headline, belief, "The mayor visited the school on Monday.")
    fact = "Her former husband killed the teacher in Norvik on Monday."
    assert not firmer(headline, belief, fact)
    assert not firmer(f"Police: {headline}", belief)


def test_a_headline_in_another_language_is_firmer_too() -> None:
    assert firmer(
        "Mann zündet Scheune in Norvik an",
        "Ein Mann soll nach Angaben der Polizei die Scheune in Norvik angezündet haben.",
    )


def test_a_number_that_is_a_least_one_below_is_firmer_in_the_headline() -> None:
    below = ["The quake killed at least one person and injured dozens."]
    assert counts_firmly("Quake kills one person in Norland", below)
    assert not counts_firmly("Quake kills at least one person in Norland", below)
    assert not counts_firmly("Quake shakes Norland", below)


@pytest.mark.parametrize("title", ["11 / 28 / 05", "5", "—"])
def test_a_title_without_a_word_is_hidden(title: str) -> None:
    assert is_hidden(title, POST, "en")
