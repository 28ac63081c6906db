"""Other papers' sentences are marked as quotations, and what is no sentence is not quoted."""

from __future__ import annotations

import pytest

from agent.news.quoting import is_furniture, marks_are_paired, quotation, without_dateline
from agent.news.sites import outlet_of
from agent.research.support.rules import figures_differ


@pytest.mark.parametrize(
    "before",
    [
        "LONDON, March 4 (Reuters) - ",
        "NEW YORK — ",
        "PARIS (AFP) – ",
        "Berlin (dpa) - ",
        "(AP) — ",
        "SAN JOSE, Calif. -- ",
        "ALASKA-",
        "",
    ],
)
def test_datelines_are_left_out(before: str) -> None:
    sentence = "The ferry left the harbour on Monday."
    assert without_dateline(before + sentence) == sentence


@pytest.mark.parametrize(
    "sentence", ["The well-known ferry left - late.", "A US-built ship sank.", "UN: talks go on."]
)
def test_sentences_keep_what_only_looks_like_a_dateline(sentence: str) -> None:
    assert without_dateline(sentence) == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "Posted on March 4, 2026 at 9:00.",
        "By Zora Doe, staff writer.",
        "Von Erika Mustermann, Vella.",
        "Updated 12:30 GMT, 4 March.",
        "The ferry left the harbour and...",
        "and then it left the harbour.",
        "Photo: the ferry in the harbour.",
        "The power of the Solbris\ufffd is new.",
    ],
)
def test_what_is_no_sentence_is_furniture(sentence: str) -> None:
    assert is_furniture(sentence)


def test_ordinary_sentences_are_none() -> None:
    assert not is_furniture("The ferry left the harbour on Monday.")
    assert not is_furniture("By Monday the ferry had left the harbour.")


def test_quotations_have_their_languages_marks_and_their_outlet() -> None:
    assert quotation("It floats.", "a.example", language="en") == "“It floats.” (a.example)"
    assert quotation("Sie schwimmt.", "a.example", language="de") == "„Sie schwimmt.“ (a.example)"
    said = quotation('She said "it floats".', "a.example", language=None)
    assert said == "“She said ‘it floats’.” (a.example)"
    inside = quotation("A “suspicious” fire (“a blaze”) spread.", "a.example", language="en")
    assert inside == "“A ‘suspicious’ fire (‘a blaze’) spread.” (a.example)"
    french = quotation("Elle « flotte » encore.", "a.example", language="fr")
    assert french == "« Elle ‘flotte’ encore. » (a.example)"


def test_a_sentence_with_a_mark_that_is_never_closed_is_a_part_of_longer_words() -> None:
    assert marks_are_paired("He said “no” and left it at that.")
    assert marks_are_paired("Es ist „vorbei“, sagt der Bürgermeister.")
    assert marks_are_paired('"No," he said, "never."')
    assert not marks_are_paired("Details follow “at a later date.")
    assert not marks_are_paired('it is over," the mayor said.')
    assert not marks_are_paired("Es ist „vorbei, sagt der Bürgermeister.")


@pytest.mark.parametrize(
    ("name", "outlet"),
    [
        ("The Guardian", "The Guardian"),
        ("BBC News - World", "BBC News"),
        ("NYT > World", "NYT"),
        ("tagesschau.de", None),
        ("A page whose title was taken for the name of its site", None),
        ("", None),
        (None, None),
    ],
)
def test_an_outlet_is_what_its_site_calls_itself(name: str | None, outlet: str | None) -> None:
    assert outlet_of(name) == outlet


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        (
            "Three undersea cables between Italy and Egypt were damaged on Friday.",
            "Two undersea cables in the Mediterranean suffered severe damage.",
            True,
        ),
        (
            "A powerful earthquake has hit southern Iran, killing at least three people.",
            "The earthquake on a Gulf island killed 10 people on Monday.",
            True,
        ),
        (
            "An earthquake measuring 5.6 on the Richter scale jolted Qeshm island.",
            "An earthquake with a magnitude of 5.6 shook the island of Qeshm.",
            False,
        ),
        ("The ship captured three boats.", "The ship sailed on Thursday.", False),
    ],
)
def test_figures_of_two_papers_are_compared(one: str, other: str, differ: bool) -> None:
    assert figures_differ(one, other) is differ


@pytest.mark.parametrize(
    "date",
    [
        "August 8, 2012 - 4:43 pm",
        "Thursday, March 14, 2013",
        "21 July 2013",
        "2013-09-26",
        "Reuters Sep 18, 2013, 02.16PM IST",
        "26 September 2013, 10:00 (GMT+05:00)",
        "3. März 2026",
        "New Delhi / Mumbai:",
        "Mumbai:",
    ],
)
def test_a_date_before_a_sentence_is_not_quoted(date: str) -> None:
    assert without_dateline(f"{date} The ferry was launched.") == "The ferry was launched."


@pytest.mark.parametrize(
    "sentence",
    [
        "March 14, 2013 was a cold day.",
        "In 2013 The Times wrote of it.",
        "On 3 May 2026 it rained.",
    ],
)
def test_a_date_that_a_sentence_needs_stays(sentence: str) -> None:
    assert without_dateline(sentence) == sentence
