"""What pages say, in each of their languages."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from babel.dates import format_date

LANGUAGES: Final = ("en", "de")
Say = Callable[..., str]
"""Gives a sentence by its name, with the values that it holds."""


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Every sentence of a language by its name."""
    return tomllib.loads((Path(__file__).parent / f"words.{language}.toml").read_text("utf-8"))


def words(language: str) -> Say:
    """The sentences of a language."""
    known = catalogue(language if language in LANGUAGES else LANGUAGES[0])

    def say(name: str, /, **parts: object) -> str:
        text = known[name]
        return text.format(**parts) if parts else text

    return say


def day(moment: datetime, language: str) -> str:
    """A date in words: ``1 March 2026``, ``1. März 2026``."""
    return format_date(moment, "d MMMM y" if language == "en" else "long", locale=language)


def minute(moment: datetime, language: str) -> str:
    """A date with its time, in UTC."""
    return f"{day(moment, language)}, {moment:%H:%M} UTC"


def preferred(header: str) -> str:
    """The best of our languages by an ``Accept-Language`` header; English otherwise."""
    best, weight = "en", 0.0
    for part in header[:200].split(","):
        name, _, quality = part.strip().partition(";q=")
        code = name.strip().lower()[:2]
        try:
            worth = float(quality) if quality else 1.0
        except ValueError:
            continue
        if code in LANGUAGES and worth > weight:
            best, weight = code, worth
    return best
