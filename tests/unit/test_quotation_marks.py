"""Marks within quotations are single, and apostrophes curved like them."""

from __future__ import annotations

import pytest

from domain.quotations import with_apostrophes, within_quotation


def test_marks_within_a_quotation_are_single() -> None:
    assert within_quotation('He said "no" twice.') == "He said ‘no’ twice."


@pytest.mark.parametrize(
    ("text", "curved"),
    [
        ("Egypt's ministry can't", "Egypt’s ministry can’t"),
        ("the states' borders", "the states’ borders"),
        ("in early '09", "in early ’09"),
        ("a 5'10 door", "a 5’10 door"),
    ],
)
def test_apostrophes_are_curved(text: str, curved: str) -> None:
    assert with_apostrophes(text) == curved


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("a fix for'zero-day' flaws", "a fix for ‘zero-day’ flaws"),
        ("rock'n'roll", "rock’n’roll"),
        ("O'Brien's users' data", "O’Brien’s users’ data"),
    ],
)
def test_a_blank_that_a_page_left_out_before_marks_is_put_in(text: str, marked: str) -> None:
    assert within_quotation(text) == marked
