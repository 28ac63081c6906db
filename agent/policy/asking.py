"""What judges over models have in common: a text put into words, and answers made findings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from domain.policy import Category, Finding, JudgedText, Verdict
from domain.special_tokens import break_special_tokens

MAX_CHARS: Final = 16_000
"""Longest text a model is asked about; of longer ones the found part is cut."""
MAX_PIXELS: Final = 640_000
EDITS: Final = "It asks to change a picture that is attached, which may show a real person."


def describe(text: JudgedText) -> str:
    """A judged text as one, with what belongs together named; the strangers' parts hold no special
    tokens."""
    parts = [f"Before: {_plain(earlier)}" for earlier in text.earlier]
    parts.append(f"Request: {_plain(text.request)}" if parts or text.found else text.request)
    if text.edits_picture:
        parts.append(EDITS)
    parts += [f"Found: {_plain(found)}" for found in text.found]
    return "\n".join(parts)[:MAX_CHARS]


def _plain(text: str) -> str:
    return break_special_tokens(" ".join(text.split()))


def verdict(scores: Iterable[tuple[Category, float]], judge: str) -> Verdict:
    """A verdict of these categories, each once with its highest score."""
    best: dict[Category, float] = {}
    for category, score in scores:
        best[category] = max(best.get(category, 0.0), min(1.0, max(0.0, score)))
    return Verdict(tuple(Finding(category, score, judge) for category, score in best.items()))
