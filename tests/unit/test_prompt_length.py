"""Prompts that are longer than a model reads lose whole sentences, the least important first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from generation.backends.prompt_length import shortened

PROMPT = (
    "A poster of the Norvik ferry.\n"
    "The ferry is 162 metres long. Its hull is white with a red stripe.\n"
    "Use the first reference image for the hull."
)


def count(text: str) -> int:
    return len(text.split())


def test_a_prompt_that_fits_stays_as_it_is() -> None:
    assert shortened(PROMPT, count, count(PROMPT)) == PROMPT


def test_the_last_plain_sentences_go_first_and_the_uses_of_references_stay() -> None:
    left = shortened(PROMPT, count, count(PROMPT) - 1)
    assert left == (
        "A poster of the Norvik ferry.\nThe ferry is 162 metres long. \n".replace(" \n", "\n")
        + "Use the first reference image for the hull."
    )
    least = shortened(PROMPT, count, 14)
    assert least == "A poster of the Norvik ferry.\nUse the first reference image for the hull."
    assert shortened(PROMPT, count, 6) == "A poster of the Norvik ferry."


def test_a_single_sentence_that_is_too_long_ends_at_a_word() -> None:
    assert shortened("one two three four five", count, 3) == "one two three"


@given(st.text(max_size=300), st.integers(1, 40))
def test_nothing_is_longer_than_allowed(text: str, limit: int) -> None:
    assert count(shortened(text, count, limit)) <= limit
