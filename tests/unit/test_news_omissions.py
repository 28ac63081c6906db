"""A post tells what its articles agree on, and its headline says no more than its sentences."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agent.news.answers import accuses, is_attributed
from agent.news.headlines import clean
from agent.news.omissions import (
    Agreement,
    adds_deaths,
    contradict,
    hides_deaths,
    is_not_quite,
    is_of_another,
    unexplained,
)
from agent.news.places import named_regions, regions_of_towns
from agent.news.plainness import plainness
from agent.news.reading import ReadPage

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)


def some_pages(*texts: str) -> list[ReadPage]:
    return [
        ReadPage("A report of the day", f"https://a{n}.example/1", f"a{n}.example", text, AT)
        for n, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("South Sudanese officials condemned Sudan", {"SS", "SD"}),
        ("The Indian navy met Somali pirates", {"IN", "SO"}),
        ("Turkmen voters", {"TM"}),
        ("A fire in Alaska, the U.S. said", {"alaska", "US"}),
        ("The US and the EU agreed", {"US", "EU"}),
        ("The maker Acme USA sells phones", set[str]()),
        ("President George Miller in San Francisco", set[str]()),
    ],
)
def test_countries_and_those_who_live_there_are_one(text: str, regions: set[str]) -> None:
    assert named_regions(text) == regions


def test_what_a_town_lies_in_is_a_place_that_readers_know_it_by() -> None:
    assert regions_of_towns("A fire in Banstead, Surrey, and in Palmer in May.") == {"Surrey"}


def test_a_country_that_all_articles_name_is_missed_in_a_post() -> None:
    agreement = Agreement(
        some_pages("The quake shook Chile at night.", "Houses fell in Chile's north."), "en"
    )
    assert agreement.lacks_all_regions("The quake shook the northern coast.")
    assert not agreement.lacks_all_regions("The Chilean coast was shaken.")


def test_deaths_of_which_half_of_the_articles_tell_are_not_left_out() -> None:
    agreement = Agreement(some_pages("The storm killed six.", "Hundreds are homeless."), "en")
    assert agreement.left_out("The storm left hundreds homeless.")
    assert not agreement.left_out("The storm killed six.")


def test_what_is_only_for_a_time_is_not_told_as_final() -> None:
    agreement = Agreement(
        some_pages("The minister suspended the rule.", "The rule was dropped by the minister."),
        "en",
    )
    assert agreement.left_out("The minister drops the rule.")
    assert not agreement.left_out("The minister suspends the rule.")


def test_a_hole_that_is_unpatched_and_a_patch_contradict() -> None:
    assert contradict("Acme releases a patch", "The unpatched hole is being worked on.")
    assert not contradict("Acme releases a patch", "The patch closes a hole.")


def test_a_headline_with_deaths_or_destruction_says_more_than_sentences_without() -> None:
    assert adds_deaths("Child dead after quake", "The quake injured 50 people.")
    assert not adds_deaths("Quake injures 50", "The quake injured 50 people.")
    assert is_not_quite("Fire destroys dairy", "The dairy was nearly destroyed by fire.")
    assert not is_not_quite("Fire destroys dairy", "The dairy was destroyed by fire.")


def test_what_is_for_a_time_beside_the_event_may_be_left_out() -> None:
    agreement = Agreement(
        some_pages("The quake killed ten. Many were given temporary housing.", "Ten died."), "en"
    )
    assert not agreement.left_out("A quake in Iran killed ten people.")
    agreement = Agreement(
        some_pages("Acme released a temporary fix for its browser.", "Acme put out a fix."), "en"
    )
    assert agreement.left_out("Acme released a fix for its browser.")
    assert not agreement.left_out("Acme released a temporary fix for its browser.")


def test_prices_of_shares_in_a_sentence_are_clutter() -> None:
    assert (
        plainness("Acme Inc., ACM +0.26% said on Monday that it bought Zorg.", language="en") < 0.5
    )


def test_a_name_that_few_know_is_told_what_it_is() -> None:
    assert unexplained("Acme shows laptop at ZQXDC", "Acme showed it at the ZQXDC event.", "en")
    assert not unexplained("Acme buys ZqMicro", "Acme bought ZqMicro, a maker of servers.", "en")
    assert not unexplained("Acme buys ZQMC", "It bought the consulting company ZQMC today.", "en")


def test_an_attack_by_a_country_is_somebodys_words_in_a_headline() -> None:
    assert accuses("War feared after Sudan bombs refugee camp")
    assert not accuses("South Sudan accuses Sudan of bombing refugee camp")
    assert not accuses("Sudan ‘bombs refugees’")
    assert not accuses("Quake kills ten in Iran")
    assert is_attributed("Camp was bombed, officials said")


def test_what_nobody_said_and_what_was_to_happen_are_quoted_last() -> None:
    assert plainness("Acme has not said when the phone will be sold.", language="en") < 0.5
    assert plainness("Acme was to release a patch for its browser.", language="en") < 0.5


@pytest.mark.parametrize(
    ("title", "cleaned"),
    [
        ("27/09/2013-Norvik to hold first elections", "Norvik to hold first elections"),
        ("Norvik to hold first elections (2013-09-27)", "Norvik to hold first elections"),
        ("Acme to buy consulting firm news", "Acme to buy consulting firm"),
        ("Court rules on 9/11 case", "Court rules on 9/11 case"),
        ("Breaking: man charged over fire in Norvik", "Man charged over fire in Norvik"),
        (
            "Video: iPhone is sold in Norvik",
            "iPhone is sold in Norvik",
        ),
    ],
)
def test_dates_in_digits_and_sections_are_no_part_of_a_headline(title: str, cleaned: str) -> None:
    assert clean(title, site="post.example") == cleaned


def test_a_headline_that_counts_the_hurt_alone_hides_the_dead() -> None:
    told = "The quake killed at least one person and injured dozens."
    assert hides_deaths("Dozens injured as quake hits the north", told)
    assert not hides_deaths("One dead, dozens injured as quake hits the north", told)
    assert not hides_deaths("Dozens injured as quake hits the north", "Dozens were injured.")


def test_a_verb_before_a_name_does_not_say_what_it_is() -> None:
    headline = "Maker unveils notebook at WWDC"
    assert unexplained(headline, "It has chosen WWDC to announce an update.", "en") == ["WWDC"]
    assert unexplained(headline, "It announced an update at its conference WWDC.", "en") == []


def test_sentences_about_another_model_do_not_bear_out_a_headline() -> None:
    assert is_of_another("Maker shows the new MacBook Pro", "It updated its MacBook Air line.")
    assert not is_of_another("Maker shows the new MacBook Pro", "The MacBook Pro and MacBook Air.")
    assert not is_of_another("South Sudan accuses Sudan", "South Korea met the South Sudan envoy.")
