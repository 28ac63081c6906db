"""Quotation marks within quotations."""

from __future__ import annotations

import re


def within_quotation(text: str) -> str:
    """A text as it stands in quotation marks: its own marks are single ones."""
    opened = re.sub(r"(?:(?<=[\s(])|^)(?:[“„\"]|«\s?)", "‘", text)
    return re.sub(r"[“”„\"]|\s?[«»]", "’", opened)
