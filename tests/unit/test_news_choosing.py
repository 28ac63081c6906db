"""A post names where it happened, tells one event, and agrees with its pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agent.news.casualties import casualties, is_overtaken
from agent.news.choosing import choose
from agent.news.completeness import Completeness, days_differ, todays_differ
from agent.news.features import telling
from agent.news.figures import counts_differ
from agent.news.grammar import takes_up
from agent.news.heading import Heading
from agent.news.places import names_place_with_region, names_some_place, names_wide_place
from agent.news.quotes import is_misspelt
from agent.news.reading import ReadPage
from agent.news.writing import extracted
from domain.news import Fingerprint

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
ABOUT = Fingerprint(("norvik", "solbri"), ("ferry", "launch", "water"))
LAUNCH = "The ferry Solbris was launched at the shipyard of Norvik on Monday before a large crowd."


def a_page(title: str, *said: str, site: str) -> ReadPage:
    return ReadPage(title, f"https://{site}/1", site, "\n\n".join(said), AT)


@pytest.mark.parametrize(
    "text",
    ["The Indian navy sails.", "Storm in Alaska", "A fire in Berlin", "Rain in the U.S. on Monday"],
)
def test_countries_their_people_states_and_large_towns_are_wide_places(text: str) -> None:
    assert names_wide_place(text)


@pytest.mark.parametrize(
    "text", ["A fire in Palmer", "The U.S. Geological Survey said so.", "Apple sells phones."]
)
def test_small_towns_and_offices_are_no_wide_places(text: str) -> None:
    assert not names_wide_place(text)


def test_a_town_with_its_region_is_known_and_a_town_alone_is_some_place() -> None:
    assert names_place_with_region("A fire in Banstead, Surrey, was put out.")
    assert not names_place_with_region("A fire at Waitrose in Wellington")
    assert names_some_place("A fire at Waitrose in Wellington")


def test_a_noun_that_only_the_page_named_before_is_taken_up() -> None:
    sentence = "The maker of printers will buy the services company for 13 billion dollars."
    before = "Norvik Systems is a company for services. A maker of printers wants it."
    assert takes_up(sentence, "en", before=before, known=telling("Norvik is sold"))
    assert not takes_up(sentence, "en", before=before, known=telling("Company is sold"))
    assert not takes_up(sentence, "en", before="", known=())


def test_a_name_with_an_article_must_have_been_introduced() -> None:
    sentence = "Two speedboats were approaching the Gibe."
    before = "The merchant vessel Gibe sent a distress call."
    assert takes_up(sentence, "en", before=before, known=telling("Navy captures pirates"))
    assert not takes_up(sentence, "en", before=before, known=telling("The Gibe is attacked"))
    known = "Officials at the Pentagon said so."
    assert not takes_up(known, "en", before="The Pentagon spoke.", known=())


def test_sentences_that_follow_each_other_are_quoted_together() -> None:
    said = "She is 90 metres long and will carry 400 people to the islands of Sweden every day."
    pages = [
        a_page("Ferry Solbris launched at Norvik", LAUNCH, said, site="a.example"),
        a_page("Solbris launched in Norvik", LAUNCH.replace("before", "in front of"), said[4:],
               site="b.example"),
    ]  # fmt: skip
    draft = extracted(pages, ABOUT, tongue="en")
    assert draft is not None
    (whole,) = [s for s in draft.statements if said in s.text]
    assert [text for _page, text in whole.rests_on] == [LAUNCH, said]
    assert whole.text == f"“{LAUNCH} {said}” (a.example)"


def test_a_headline_that_tells_of_another_country_than_the_sentences_is_not_sent() -> None:
    cut = "Internet services in Germany and Sweden were disrupted on Monday as a cable was damaged."
    repaired = "The cable firm Norline expects that it will be repaired by the end of the week."
    pages = [
        a_page(title, cut.replace("on Monday", when), repaired, site=site)
        for title, when, site in (
            ("Cable damage disrupts Internet in Denmark", "on Monday", "a.example"),
            ("Cable damage disrupts Internet in Denmark", "late on Monday", "b.example"),
        )
    ]
    about = Fingerprint(("denmark", "german"), ("cable", "damage", "internet", "disrupt"))
    chosen = choose(pages, about, tongue="en")
    assert chosen is not None
    assert chosen.heading.title != pages[0].title or "other places" in chosen.faults


def test_a_number_counts_one_thing_in_an_event() -> None:
    assert counts_differ("26 pirates arrested by navy", "The ship rescued 26 crew members.")
    assert not counts_differ("26 pirates arrested by navy", "A ship took 26 Somali pirates aboard.")


def test_a_report_of_fewer_victims_is_overtaken() -> None:
    assert is_overtaken("The quake injured at least five people.", "Dozens injured in quake")
    assert not is_overtaken("Dozens injured in quake", "The quake injured at least five people.")


def test_millions_of_victims_are_no_two() -> None:
    assert casualties("Some 2 million people died in the war.") == {"killed": (2_000_000,) * 2}


def test_days_of_the_week_differ_where_no_day_is_in_both() -> None:
    assert days_differ("It floats on Monday.", "It sank on Friday.")
    assert not days_differ("It floats on Monday.", "From Monday to Friday it rained.")


def test_todays_of_articles_of_two_days_differ() -> None:
    said, later = "The rule was struck down today.", "Today the secretary restored the rule."
    day_after = AT + timedelta(days=1)
    assert todays_differ(said, later, [AT, day_after])
    assert not todays_differ(said, later, [AT, AT])
    assert not todays_differ(said, "It was restored yesterday.", [AT, day_after])
    assert not todays_differ(said, "It was restored on Monday.", [AT, day_after])
    assert not todays_differ(said, later, [AT, None])


def test_a_word_that_nobody_writes_is_misspelt_unless_its_page_has_it_often() -> None:
    assert is_misspelt("The ferry was zorvelled on Monday.", "en")
    page = "A microserver is small. Microservers need no fan; a microserver is cheap."
    assert not is_misspelt("The company sells a microserver.", "en", page=page)


def test_a_headline_with_a_misspelt_name_is_worth_less() -> None:
    said = "The ferry Solbris left Norvik on Monday, and the Solbris sails to Halden."
    pages = [a_page("Ferry leaves Norvik", said, site=f"{n}.example") for n in "ab"]
    checks = Completeness(pages)
    right = checks.of_heading(Heading("The ferry Solbris leaves Norvik and is on the way", ""))
    wrong = checks.of_heading(Heading("The ferry Solbrix leaves Norvik and is on the way", ""))
    assert wrong < right


def test_a_sentence_far_from_what_all_pages_tell_is_not_quoted() -> None:
    side = "Norvik has a museum of butter, and its bakers sell water cakes to ferry guests."
    pages = [
        a_page("Ferry Solbris launched at Norvik", LAUNCH, side, site="a.example"),
        a_page("Norvik shipyard launches ferry Solbris", LAUNCH, side, site="b.example"),
    ]
    chosen = choose(pages, ABOUT, tongue="en")
    assert chosen is not None
    assert side not in {quote.text for quote in chosen.quotes}


def test_two_papers_headlines_are_quoted_where_no_sentence_is_good_enough() -> None:
    leaning = "He said that it would float, and they were glad of it in those days."
    pages = [
        a_page("Ferry Solbris launched at Norvik shipyard", leaning, site="a.example"),
        a_page("Norvik shipyard launches battery ferry Solbris", leaning, site="b.example"),
    ]
    draft = extracted(pages, ABOUT, tongue="en")
    assert draft is not None
    assert draft.doubtful
    titles = {page.title for page in pages}
    assert draft.headline in titles
    assert {text for said in draft.statements for _page, text in said.rests_on} < titles
