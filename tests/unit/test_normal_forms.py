"""Normal forms are what Unicode says, and no text makes them slow."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.normal_forms import MAX_MARKS, normalized

MARKS = st.text(st.characters(categories=["Mn"]), max_size=MAX_MARKS)


@given(st.lists(st.text(max_size=20) | MARKS.map(lambda marks: f"a{marks}b"), max_size=5))
def test_real_writing_is_normalized_as_unicode_says(pieces: list[str]) -> None:
    text = "".join(pieces)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert normalized(form, text) == unicodedata.normalize(form, text)


@pytest.mark.parametrize("run", ["\u0315\u0300", "\u0315", "\uff9e\u0300", "\u0f73\u0315"])
def test_a_run_of_marks_is_cut(run: str) -> None:
    text = normalized("NFC", f"a{run * 20_000}b")
    assert len(text) < 4 * MAX_MARKS
    assert text[-1] == "b"


def test_what_stands_beside_a_run_stays() -> None:
    emoji = "👩\u200d👩\u200d👧" * 20
    assert normalized("NFC", f"{emoji}e\u0301") == f"{emoji}é"
