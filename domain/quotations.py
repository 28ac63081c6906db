"""Quotation marks within quotations."""

from __future__ import annotations

import re
from typing import Final

_JOINED: Final = re.compile(r"(?<=[^\W\d_][^\W\d_])['‘’]([^\W_]+(?:-[^\W_]+)*)['’](?!\w)")
"""A word in single marks right behind another: "for'zero-day'"."""


def within_quotation(text: str) -> str:
    """A text as it stands in quotation marks: its own marks are single ones."""
    text = with_blanks(text)
    opened = re.sub(r"(?:(?<=[\s(])|^)(?:[“„\"]|«\s?)", "‘", text)
    return with_apostrophes(re.sub(r"[“”„\"]|\s?[«»]", "’", opened))


def with_blanks(text: str) -> str:
    """A text with a blank before each word in single marks from which its page left it out."""
    return _JOINED.sub(r" ‘\1’", text)


def with_apostrophes(text: str) -> str:
    """A text whose apostrophes are curved, as quotation marks are: within a word, behind the s of
    a plural, and before the digits of a year."""
    return re.sub(r"(?<=\w)'(?=\w)|(?<=s)'(?=\s|$)|(?<!\S)'(?=\d\ds?\b)", "’", text)
