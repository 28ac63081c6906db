"""Texts that pages and models can send take linear time: each of these would take minutes or hours
in quadratic time, and so end by the time limit that every test has."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agent.news.corrections import retracting_words
from agent.news.features import telling
from agent.providers.matching import coverage
from agent.research.evidence import best_passages
from agent.research.protocol import MAX_TURN_CHARS, MalformedTurn, read_turn
from agent.research.support.pages import ReadPages
from agent.research.support.rules import judge_claim
from agent.research.tolerant_json import UnreadableJson, loads
from agent.sandbox.found_texts import one_line
from agent.sandbox.plain_page_worker import extracted
from agent.sandbox.texts import clean
from domain.html_text import unescaped
from domain.research import Source, SourceKind
from domain.sentences import sentences

LONG = 400_000
UNITS = [
    *(".", "!x", "Mr. ", "U.S. ", ". ", '…"', "\"')", "a\u0301\u0316", "\u0301\u0316", "的。"),
    *("&#9", "<", "<a ", "<script>", "\n", " ", "1,", "1.", "http://", "this article "),
]


@pytest.mark.parametrize("unit", UNITS)
def test_any_text_is_parted_into_sentences(unit: str) -> None:
    text = (unit * LONG)[:LONG] + "x"
    found = sentences(text)
    assert all(text.startswith(sentence.text, sentence.start) for sentence in found)
    assert len(sentences(text, most=3)) <= 4


@pytest.mark.parametrize("unit", UNITS)
def test_any_page_is_cleaned_and_compared(unit: str) -> None:
    text = clean((unit * LONG)[:LONG] + "x")
    assert len(text) <= LONG
    assert 0 <= coverage(text, text[:200]) <= 1
    retracting_words(text[:60_000])
    telling(text[:60_000])
    extracted(text)
    unescaped(text)


@pytest.mark.parametrize("unit", UNITS)
def test_any_page_is_searched_for_evidence(unit: str) -> None:
    text = (unit * 20_000)[:20_000] + "x"
    page = Source("S1", SourceKind.PAGE, "web", "Tower Bridge", "https://x.example/",
                  "https://x.example/", datetime.now(UTC), "0" * 64, text=text)  # fmt: skip
    pages = ReadPages([page] * 10)
    for number in range(20):
        judge_claim(f"The Tower Bridge has {number} towers of blue stone.", pages)
    judge_claim(text, pages)
    best_passages("Tower Bridge", text[:2_000], [page] * 10)


@pytest.mark.parametrize(
    "unit",
    ["/*a,", "{", "[", '{"', "\\", "\\u00e9", "“", "'", ",", ":", "#", "```", "<think>", "1"],
)
def test_any_turn_of_a_model_is_read_or_refused(unit: str) -> None:
    text = (unit * MAX_TURN_CHARS)[: MAX_TURN_CHARS - 50]
    for turn in (text, f"<tool_call>{text}", f'<answer>{{"{text}', f"<tool_call>[{text}"):
        with pytest.raises(MalformedTurn):
            read_turn(turn)
    try:
        loads("{" + text)
    except UnreadableJson as error:
        assert str(error)  # noqa: PT017 - many of them can be read


def test_a_character_reference_of_thousands_of_digits_is_no_character() -> None:
    assert unescaped("a &amp; b &#233; &#x1F600; &#" + "9" * 10_000 + ";") == "a & b é 😀 \ufffd"
    assert one_line("x &#" + "9" * 9_000 + ";", most=2_000) == "x \ufffd"
