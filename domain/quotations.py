"""Quotation marks within quotations."""

from __future__ import annotations

import re


def within_quotation(text: str) -> str:
    """A text as it stands in quotation marks: its own marks are single ones."""
    opened = re.sub(r"(?:(?<=[\s(])|^)(?:[“„\"]|«\s?)", "‘", text)
    return with_apostrophes(re.sub(r"[“”„\"]|\s?[«»]", "’", opened))


def with_apostrophes(text: str) -> str:
    """A text whose apostrophes are curved, as quotation marks are: within a word, behind the s of
    a plural, and before the digits of a year."""
    return re.sub(r"(?<=\w)'(?=\w)|(?<=s)'(?=\s|$)|(?<!\S)'(?=\d\ds?\b)", "’", text)
