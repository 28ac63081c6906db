"""A headline says no more than the sentences below it and the articles of its story."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from agent.news.answers import blames
from agent.news.casualties import is_overtaken
from agent.news.features import telling
from agent.news.garbled import is_garbled
from agent.news.omissions import Agreement, is_local
from agent.news.overstatement import (
    common_nationalities,
    has_ended,
    is_carried,
    is_only_planned,
    lacks_witnesses,
    names_half,
)
from agent.news.places import regions_of_towns
from agent.news.reading import ReadPage

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)


def some_pages(*texts: str, title: str = "A report of the day") -> list[ReadPage]:
    return [
        ReadPage(title, f"https://a{n}.example/1", f"a{n}.example", text, AT)
        for n, text in enumerate(texts)
    ]


def test_what_a_headline_says_first_stands_in_the_sentences_below_it() -> None:
    headline = "Arson suspected in fire that destroyed Norvik dairy"
    assert not is_carried(headline, ["The fire destroyed the old dairy of Norvik on Monday."], "en")
    assert is_carried(headline, ["Police suspect arson in the fire at the dairy of Norvik."], "en")


def test_a_first_sentence_with_other_news_does_not_carry_a_headline() -> None:
    below = "Residents were allowed home after a major fire at a shop in Norvik."
    assert not is_carried("Major fire at a shop", [below], "en")


@pytest.mark.parametrize(
    ("headline", "below", "planned"),
    [
        ("Acme acquires Solbris", "Acme has agreed to acquire Solbris, a maker of ferries.", True),
        ("Minister scraps rule", "The minister ordered officials to scrap the rule.", True),
        ("Acme to acquire Solbris", "Acme has agreed to acquire Solbris.", False),
        ("Acme acquires Solbris", "Acme acquired Solbris and will move its office.", False),
        ("Acme acquires Solbris", "Acme acquired Solbris on Monday.", False),
    ],
)
def test_what_is_only_agreed_or_ordered_is_not_told_as_done(
    headline: str, below: str, planned: bool
) -> None:
    assert is_only_planned(headline, below, "en") is planned


def test_a_strong_effect_is_told_by_two_articles_themselves() -> None:
    one, other = "The court overturned the rule.", "The court paused the rule for a review."
    assert lacks_witnesses("Court overturns rule", [telling(one), telling(other)])
    assert not lacks_witnesses(
        "Court overturns rule", [telling(one), telling("The rule was overturned.")]
    )
    assert not lacks_witnesses("Court pauses rule", [telling(one), telling(other)])


def test_what_begins_has_not_ended_by_another_article() -> None:
    begun, over = "Voting began in Norvik", "The people of Norvik have voted."
    assert has_ended([begun, "Norvik chose a council."], [over])
    assert not has_ended([begun, "Norvik votes."], ["People in Norvik wait in long lines to vote."])
    assert not has_ended(["Voting is over in Norvik"], [over])


def test_one_nationality_of_two_is_half_the_truth() -> None:
    told = [["The navy arrested 23 Somali and Yemeni pirates."]] * 2 + [["Pirates were arrested."]]
    assert names_half(["Navy arrests 23 Somali pirates"], common_nationalities(told, "en"), "en")
    assert not names_half(
        ["Navy arrests 23 Yemeni and Somali pirates"], common_nationalities(told, "en"), "en"
    )
    assert not names_half(["Navy arrests 23 pirates"], common_nationalities(told, "en"), "en")


def test_countries_in_a_row_are_no_nationalities() -> None:
    told = [["Cables between Italy and Egypt were cut."]] * 2
    assert not names_half(["Cables near Egypt are cut"], common_nationalities(told, "en"), "en")


def test_a_higher_toll_overtakes_even_an_open_one() -> None:
    assert is_overtaken(
        "At least one person was killed.", "The quake killed at least three people."
    )
    assert not is_overtaken("At least three people died.", "The quake killed one person.")


def test_a_qualifier_that_most_articles_begin_with_is_not_left_out() -> None:
    said = "The phone can be ordered by business customers from Monday."
    agreement = Agreement(some_pages(said, said, said), "en")
    assert agreement.lacks_qualifier("Acme takes orders for its phone from Monday.")
    assert not agreement.lacks_qualifier("Acme takes orders for its phone from businesses.")


def test_what_the_quoted_article_says_against_it_is_not_hushed_up() -> None:
    page = some_pages("The council was elected on Sunday.\nCritics called the vote a sham.")[0]
    agreement = Agreement([page, *some_pages("x", "y")[1:]], "en")
    assert agreement.hushes_own("Council elected", "The council was elected.", [page.url])
    assert not agreement.hushes_own("Council elected", "Critics doubt the vote.", [page.url])
    assert not agreement.hushes_own("Council elected", "The council was elected.", [])


def test_the_country_of_an_actor_is_named() -> None:
    agreement = Agreement(
        some_pages("The Indian navy sailed.", "An Indian ship.", title="Indian navy sails"), "en"
    )
    assert agreement.lacks_actor("The navy sailed on Monday.")
    assert not agreement.lacks_actor("India's navy sailed on Monday.")


@pytest.mark.parametrize(
    ("headline", "so"),
    [
        ("Sudan ‘bombs’ camp, officials say", True),
        ("School attacked by Israeli forces, agency says", True),
        ("South Sudan accuses Sudan of air strike", True),
        ("Somali pirate attack foiled in Gulf of Aden", False),
        ("Fire destroys dairy in Alaska", False),
    ],
)
def test_a_country_that_is_blamed_for_an_attack_is_recognised(headline: str, so: bool) -> None:
    assert blames(headline) is so


@pytest.mark.parametrize(
    "sentence",
    [
        "Officials tell news that a quake began on Monday.",
        "The the ferry sank off Norvik on Monday.",
        "It is worth over nearly $100 million.",
        "A earthquake shook Norvik on Monday.",
        "It began at 2:09 am shortly before 2:15 am on Monday.",
    ],
)
def test_sentences_that_no_editor_prints_are_garbled(sentence: str) -> None:
    assert is_garbled(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "An earthquake shook Norvik at 2:09 a.m. on Monday, an hour after a European storm.",
        "It began at 8:00 am local time (0300 GMT) on Sunday.",
        "Shops are open from 8:00 am to 6:00 pm.",
        "He said that that was a one-off, worth over $100 million.",
    ],
)
def test_plain_sentences_are_not_garbled(sentence: str) -> None:
    assert not is_garbled(sentence)


def test_an_american_zone_holds_only_in_its_season() -> None:
    said = "The quake began at 2:09 am PST on Thursday."
    assert is_garbled(said, on=date(2013, 3, 14))
    assert not is_garbled(said, on=date(2013, 1, 14))


def test_names_that_only_neighbours_know_are_local() -> None:
    assert is_local("The quake was felt in the North Bay on Thursday.", "en")
    assert is_local("Voting for the Majlis (Parliament) began.", "en")
    assert not is_local("The quake was felt in Northern California.", "en")


def test_a_county_is_no_region_that_readers_elsewhere_know() -> None:
    assert not regions_of_towns("A quake near Clearlake in Lake County")
