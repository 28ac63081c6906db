"""The texts of pages, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from babel import Locale
from babel.dates import format_date

from domain.translation.catalogue import DEFAULT, language_of, languages
from domain.translation.messages import translated
from web.pages.phrases import PHRASES

LANGUAGES: Final = languages()
Say = Callable[..., str]
"""Gives a sentence by its name, with the values that it holds."""


def words(language: str) -> Say:
    """The sentences of a language."""

    def say(name: str, /, **parts: object) -> str:
        text = PHRASES[name]
        return translated(text.format(**parts) if parts else text, language)

    return say


def other_languages(language: str) -> Sequence[tuple[str, str]]:
    """The other languages that a page can be read in: codes, and what they call themselves."""
    return [
        (code, (Locale.parse(code).get_display_name(code) or code).capitalize())
        for code in LANGUAGES
        if code != language
    ]


def day(moment: datetime, language: str) -> str:
    """A date in words: ``1 March 2026``, ``1. März 2026``."""
    return format_date(moment, "d MMMM y" if language == "en" else "long", locale=language)


def minute(moment: datetime, language: str) -> str:
    """A date with its time, in UTC."""
    return f"{day(moment, language)}, {moment:%H:%M} UTC"


def preferred(header: str) -> str:
    """The best of our languages by an ``Accept-Language`` header; English otherwise."""
    best, weight = DEFAULT, 0.0
    for part in header[:200].split(","):
        name, _, quality = part.strip().partition(";q=")
        code = language_of(name.strip())
        try:
            worth = float(quality) if quality else 1.0
        except ValueError:
            continue
        known = code != DEFAULT or name.strip().lower().startswith(DEFAULT)
        if known and worth > weight:
            best, weight = code, worth
    return best
