"""True sentences that no editor prints: unexplained terms, praise, a suspect's full name."""

from __future__ import annotations

import pytest

from agent.news.garbled import is_garbled
from agent.news.omissions import names_no_owner
from agent.news.overstatement import has_own_number, is_only_paused
from agent.news.wording import (
    counts_many,
    has_unnamed_speaker,
    lacks_day,
    names_suspect,
    praises,
    unexplained_terms,
)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Norvik Systems buys EYP for $5 million.", ["EYP"]),
        ("Norvik Systems buys EYP, an engineering firm.", []),
        ("Norvik Systems buys the engineering firm EYP.", []),
        ("The UN Relief and Works Agency (UNRWA) said so.", []),
        ("A hole in Internet Explorer is open, and IE is old.", []),
        ("It closes a zero-day vulnerability.", ["zero-day"]),
        ("It closes a ‘zero-day’, or previously unknown, vulnerability.", []),
        ("Sales of the BlackBerry Q10 begin.", ["Q10"]),
        ("Sales of the BlackBerry Q10 smartphone begin.", []),
        ("NASA and the FBI met at 0440 GMT.", []),
    ],
)
def test_terms_that_no_part_of_a_post_explains(text: str, terms: list[str]) -> None:
    assert unexplained_terms([text], "en") == terms


def test_a_term_may_be_explained_by_another_part() -> None:
    assert not unexplained_terms(["Firm buys EYP", "EYP, a maker of halls, was sold."], "en")


def test_letters_in_a_longer_name_are_explained_behind_it() -> None:
    said = "Firm agreed to buy EYP Norvik Halls Inc., a planner of halls, on Monday."
    assert not unexplained_terms([said], "en")
    assert unexplained_terms(["Firm agreed to buy EYP Norvik Halls on Monday."], "en") == ["EYP"]


def test_letters_before_a_ships_name_need_no_explanation() -> None:
    assert not unexplained_terms(["The MV Gibe sent a distress call."], "en")
    assert unexplained_terms(["The MV was bought."], "en") == ["MV"]


def test_words_of_makers_are_praise() -> None:
    assert praises("Norvik unveils an entirely new, next-generation boat.")
    assert praises("Registration begins at norvik.com on Monday.")
    assert not praises("Norvik sells a boat for $300.")


def test_an_hour_needs_its_day() -> None:
    assert lacks_day("The fire broke out at about 2045 GMT.")
    assert not lacks_day("The fire broke out at 8.45pm on Friday.")


def test_the_full_name_of_somebody_charged_is_left_to_an_editor() -> None:
    assert names_suspect("Robert Hallam, aged 24, was charged with arson after the fire.", "en")
    assert not names_suspect("A man aged 24 was charged with arson after the fire.", "en")
    assert not names_suspect("Robert Hallam painted the mill.", "en")


def test_a_speaker_is_introduced() -> None:
    assert has_unnamed_speaker("Tents have been sent, the official said.")
    assert not has_unnamed_speaker("Tents have been sent, the mayor of Norvik said.")


@pytest.mark.parametrize(
    "text",
    [
        "The quake killed 10 people, wounding other 70.",
        "The quake killed 10 persons on Monday.",
        "Indian navy has foiled an attack.",
    ],
)
def test_english_that_lacks_words_is_not_quoted(text: str) -> None:
    assert is_garbled(text)
    assert not is_garbled("The Indian navy has foiled an attack on the other 70 ships.")


def test_an_army_belongs_to_a_country() -> None:
    assert names_no_owner("The navy's frigate Norvik seized arms in the Gulf of Aden.")
    assert not names_no_owner("The Indian navy's frigate Norvik seized arms.")
    assert not names_no_owner("India's warship seized arms.")


def test_what_is_on_hold_is_not_overturned() -> None:
    held, overturned = "The president put the rule on hold.", "The president overturned the rule."
    assert is_only_paused("President overturns rule", [held])
    assert not is_only_paused("President overturns rule", [overturned])
    assert is_only_paused("President acts on rule", [overturned, held])
    assert not is_only_paused("Fire in Norvik", ["It was destroyed.", "Roads closed temporarily."])


def test_a_number_of_a_headline_stands_below_it() -> None:
    assert has_own_number("Up to 70% of lines cut", "Lines were cut.")
    assert not has_own_number("4.6 earthquake shakes Norvik", "It had a magnitude of 4.6.")


def test_large_numbers_are_somebodys_estimate() -> None:
    assert counts_many("The computers of at least two million users were hacked.", several=False)
    assert not counts_many("Two million users were hacked.", several=True), "several say so"
    assert counts_many("Huge numbers of users were hacked.", several=True)
    assert not counts_many("The ministry said that millions of users were cut off.", several=False)
    assert not counts_many("The quake killed 10 people.", several=False)
