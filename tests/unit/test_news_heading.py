"""A story's headline is what several papers say, or marked as one paper's; copies say it once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from agent.news.heading import LEAST_CLEAR, chosen_heading, says_clearly, shortened
from agent.news.reading import ReadPage
from agent.news.writing import composed, depiction, extracted
from domain.news import Candidate, Fingerprint, NewsItem
from domain.request_titles import request_title
from domain.requests import Destination, Request

WHERE: dict[str, Any] = {"destination": Destination("terminal", "here")}
AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
ABOUT = Fingerprint(("norvik", "solbri"), ("ferry", "launch", "water"))
LAUNCH = "The ferry Solbris was launched at the shipyard of Norvik on Monday before a large crowd."
ROUTE = "It is to carry passengers across the Halden Sound, the company said in the harbour."
FLOATS = "Norvik's shipyard floated out the battery ferry Solbris on Monday, and the crowd cheered."
SIZE = "The yard of Norvik built Solbris, a 90-metre battery ferry, for the islands of Halden."
JOBS = "The union of the Norvik shipyard expects that 200 jobs are kept for the next ferry."


def a_page(title: str, *sentences: str, site: str, outlet: str | None = None) -> ReadPage:
    return ReadPage(title, f"https://{site}/1", site, "\n\n".join(sentences), AT, outlet=outlet)


def test_the_headline_is_the_one_that_the_other_papers_bear_out() -> None:
    pages = [
        a_page("Why our mayor loves large boats and small islands", LAUNCH, site="a.example"),
        a_page("Ferry Solbris launched at Norvik shipyard", FLOATS, JOBS, site="b.example"),
    ]
    heading = chosen_heading(pages, ABOUT, tongue="en")
    assert heading is not None
    assert heading.shown == heading.title == "Ferry Solbris launched at Norvik shipyard"


def test_a_headline_that_no_other_paper_bears_out_is_marked_as_its_papers() -> None:
    pages = [
        a_page("Hope for taxi drivers and cafés", ROUTE, LAUNCH, site="a.example", outlet="The A"),
        a_page("What did it cost?", "It cost more.", FLOATS, JOBS, site="b.example"),
    ]
    draft = extracted(pages, ABOUT, tongue="en")
    assert draft is not None
    assert draft.headline == "“Hope for taxi drivers and cafés” (The A)"
    item = NewsItem(pages[0].title, pages[0].url, "a.example", "", AT)
    story = composed(draft, pages, Candidate((item,), ABOUT, 2, 1.0))
    assert story.picture.startswith("Hope for taxi drivers and cafés")


def test_a_first_sentence_is_a_headline_where_no_page_has_a_clear_one() -> None:
    pages = [
        a_page("Hope for taxi drivers and cafés", LAUNCH, ROUTE, site="a.example"),
        a_page("What did it cost?", FLOATS, JOBS, site="b.example"),
    ]
    heading = chosen_heading(pages, ABOUT, tongue="en")
    assert heading is not None
    assert heading.shown == LAUNCH.removesuffix(".")


def test_a_long_sentence_as_headline_keeps_its_main_clause() -> None:
    long = (
        "The ferry Solbris was launched at the shipyard of Norvik on Monday, the third of a series "
        "of ships that run on batteries and carry cars."
    )
    assert shortened(long, "en") == long.partition(",")[0]
    doubted = long.replace("the third", "but only the third")
    assert shortened(doubted, "en") == doubted


@pytest.mark.parametrize(
    "unclear",
    [
        "“They floated” (and what else they said)",
        "Why you should see our ferry",
        "MUST SEE: the ferry floats!",
        "Ferry launched at Norvik as …",
        "It floats at Norvik",
    ],
)
def test_a_headline_that_is_no_headline_alone_counts_less(unclear: str) -> None:
    plain = "Ferry Solbris launched at Norvik shipyard"
    assert says_clearly(unclear, "en") < says_clearly(plain, "en")


def test_a_single_page_gives_its_headline_as_it_is() -> None:
    heading = chosen_heading(
        [a_page("Hope for taxi drivers", LAUNCH, site="a.example")], ABOUT, tongue="en"
    )
    assert heading is not None
    assert heading.shown == "Hope for taxi drivers"
    assert chosen_heading([], ABOUT, tongue="en") is None


def test_a_copy_of_a_text_is_no_second_witness() -> None:
    wire = (
        LAUNCH,
        "The shipyard at Norvik launched one ferry before Solbris, in the year 2019.",
        ROUTE,
    )
    pages = [
        a_page("Ferry Solbris launched at Norvik", *wire, site="a.example", outlet="The A"),
        a_page("Ferry Solbris launched at Norvik", *wire, site="b.example", outlet="The B"),
        a_page(
            "Norvik launches 90-metre battery ferry for Halden", SIZE, site="c.example", outlet="C"
        ),
    ]
    draft = extracted(pages, ABOUT, tongue="en")
    assert draft is not None
    papers = {page for statement in draft.statements for page, _passage in statement.rests_on}
    assert papers != {0, 1}


def test_a_headline_says_what_the_story_is_about() -> None:
    aside = "The crowd liked the music and the talk about the mayor."
    pages = [
        a_page("Music and talk about the mayor", LAUNCH, aside, site="a.example"),
        a_page("Solbris ferry launched in Norvik", LAUNCH, aside, site="b.example"),
    ]
    heading = chosen_heading(pages, ABOUT, tongue="en")
    assert heading is not None
    assert heading.title == pages[1].title


def test_a_second_sentence_that_the_headline_does_not_need_is_left_out() -> None:
    pages = [
        a_page("Ferry Solbris launched at Norvik", LAUNCH, FLOATS, site="a.example"),
        a_page("Ferry Solbris launched in Norvik", LAUNCH, SIZE, site="b.example"),
    ]
    draft = extracted(pages, ABOUT, tongue="en")
    assert draft is not None
    assert len(draft.statements) == 1


def test_a_denial_stands_beside_what_somebody_is_accused_of() -> None:
    accused = "Norvik officials accused the Halden navy of ramming the ferry Solbris on Monday."
    denial = (
        "The Halden navy denied that one of its ships had rammed the ferry Solbris near Norvik."
    )
    pages = [
        a_page("Norvik accuses Halden navy of ramming ferry", accused, LAUNCH, site="a.example"),
        a_page("Halden navy rammed ferry, says Norvik", accused, denial, site="b.example"),
    ]
    draft = extracted(pages, ABOUT, tongue="en")
    assert draft is not None
    said = [passage for statement in draft.statements for _page, passage in statement.rests_on]
    assert denial in said or draft.doubtful


def test_an_agencys_sentence_in_two_papers_counts_less_than_a_papers_own() -> None:
    own = "The shipyard of Norvik launched the ferry Solbris on Monday and keeps 40 jobs."
    pages = [
        a_page("Ferry Solbris launched at Norvik", LAUNCH, own, FLOATS, site="a.example"),
        a_page("Solbris launched in Norvik, jobs are kept", LAUNCH, ROUTE, site="b.example"),
    ]
    draft = extracted(pages, ABOUT, tongue="en")
    assert draft is not None
    quoted = [passage for statement in draft.statements for _page, passage in statement.rests_on]
    assert quoted[0] == own


@pytest.mark.parametrize(
    "title", ["‘Several die’ in quake", '"We float" says yard', "Was it worth it?", "Solbris"]
)
def test_a_headline_that_says_little_is_not_taken_where_another_says_more(title: str) -> None:
    pages = [
        a_page(title, LAUNCH, FLOATS, title, site="a.example"),
        a_page("Ferry Solbris launched at Norvik shipyard", FLOATS, title, site="b.example"),
    ]
    heading = chosen_heading(pages, ABOUT, tongue="en")
    assert heading is not None
    assert heading.title == pages[1].title


def test_agencies_are_nothing_to_look_up_for_a_picture() -> None:
    pages = [
        a_page(
            "Ferry launched",
            "The crowd in Norvik cheered, the Associated Press and Reuters report.",
            site=site,
        )
        for site in ("a.example", "b.example")
    ]
    assert depiction("Ferry launched", pages) == "Ferry launched; Norvik"


def test_a_storys_request_is_called_by_its_headline() -> None:
    asked = Request.checked("Ferry launched; Norvik", workspace_id="w", member_id="m", **WHERE)
    assert request_title(asked) == "Ferry launched; Norvik"
    assert request_title(asked.with_parts(story_id="s1")) == "Ferry launched"


def test_the_headline_is_one_whose_words_the_sentences_take_up() -> None:
    pages = [
        a_page("Solbris: a day of music and wine at Norvik harbour", LAUNCH, site="a.example"),
        a_page("Music and wine all day for the Norvik crowd", FLOATS, JOBS, site="b.example"),
        a_page("Norvik shipyard launches ferry Solbris", FLOATS, JOBS, site="c.example"),
    ]
    draft = extracted(pages, ABOUT, tongue="en")
    assert draft is not None
    assert draft.headline == "Norvik shipyard launches ferry Solbris"


def test_sentences_never_give_another_figure_than_the_headline() -> None:
    other = "The ferry Solbris of the Norvik shipyard carried 300 passengers on Monday."
    pages = [
        a_page("Ferry Solbris of Norvik carries 900 passengers", LAUNCH, other, site="a.example"),
        a_page("Norvik ferry Solbris carries 900 passengers", FLOATS, site="b.example"),
    ]
    draft = extracted(pages, ABOUT, tongue="en")
    assert draft is not None
    printed = [draft.headline, *(statement.text for statement in draft.statements)]
    assert len({figure for figure in ("300", "900") if figure in " ".join(printed)}) <= 1


def test_the_headline_is_one_whose_event_the_sentences_tell() -> None:
    pages = [
        a_page("Norvik hopes for better days", LAUNCH, FLOATS, site="a.example"),
        a_page("Ferry Solbris launched at Norvik", JOBS, ROUTE, site="b.example"),
    ]
    draft = extracted(pages, ABOUT, tongue="en")
    assert draft is not None
    assert "launched" in draft.headline
    assert draft.statements[0].rests_on[0][1] in (LAUNCH, FLOATS)


def test_a_headline_with_somebodys_name_in_small_letters_is_not_taken() -> None:
    assert says_clearly("The home of sarah jones burned down in Norvik", "en") < LEAST_CLEAR
    assert says_clearly("The home of Sarah Jones burned down in Norvik", "en") >= LEAST_CLEAR
