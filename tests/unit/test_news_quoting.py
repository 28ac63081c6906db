"""Other papers' sentences are marked as quotations, and what is no sentence is not quoted."""

from __future__ import annotations

import pytest

from agent.news.quoting import is_furniture, quotation, without_dateline


@pytest.mark.parametrize(
    "before",
    [
        "LONDON, March 4 (Reuters) - ",
        "NEW YORK — ",
        "PARIS (AFP) – ",
        "Berlin (dpa) - ",
        "(AP) — ",
        "SAN JOSE, Calif. -- ",
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
