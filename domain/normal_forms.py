"""Unicode normal forms in linear time, for any text.

``unicodedata.normalize`` sorts each run of combining marks by insertion, so a run of 40,000 marks
takes seconds. Real writing has a handful in a row; Unicode's stream-safe format (UAX #15, section
13) allows 30.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

MAX_MARKS = 30
"""Combining marks in a row that are kept."""
_HIDDEN_MARKS = "\u0f73\u0f75\u0f81\uff9e\uff9f"
"""Characters that become combining marks only when they are decomposed."""
# Every combining mark is neither a word character nor a space nor ASCII, so that only such runs
# have to be looked at one character at a time.
_RUN = re.compile(rf"(?:[^\w\s\x00-\x7f]|[{_HIDDEN_MARKS}]){{{MAX_MARKS + 1},}}")


def normalized(form: Literal["NFC", "NFKC", "NFD", "NFKD"], text: str) -> str:
    """The text in a normal form; of more than 30 combining marks in a row the rest is dropped."""
    if text.isascii():
        return text
    return unicodedata.normalize(form, _RUN.sub(_shortened, text))


def _shortened(run: re.Match[str]) -> str:
    kept: list[str] = []
    marks = 0
    for character in run[0]:
        is_mark = unicodedata.combining(character) > 0 or character in _HIDDEN_MARKS
        marks = marks + 1 if is_mark else 0
        if marks <= MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def folded_letters(text: str) -> str:
    """A text folded to its letters and digits: blanks, quotation marks and case don't count."""
    return re.sub(r"[\W_]+", "", text).casefold()
