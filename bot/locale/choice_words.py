"""Display names of the values of choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.translation.messages import Message, gettext, pgettext, translated

CHOICE_WORDS: Final[Mapping[str, Message]] = {
    "yes": gettext("yes"),
    "no": gettext("no"),
    "auto": pgettext("research", "auto"),
    "off": pgettext("research", "off"),
    "quick": pgettext("research", "quick"),
    "deep": pgettext("research", "deep"),
    "any": pgettext("rights", "any"),
    "licensed": pgettext("rights", "licensed"),
    "library": pgettext("rights", "library"),
    "mark": pgettext("unsupported", "mark"),
    "drop": pgettext("unsupported", "leave out"),
    "closed": pgettext("unjudged", "closed"),
    "open": pgettext("unjudged", "open"),
    "photograph": gettext("photograph"),
    "watercolour": gettext("watercolour"),
    "ink drawing": gettext("ink drawing"),
    "flat vector illustration": gettext("flat vector illustration"),
    "isometric illustration": gettext("isometric illustration"),
    "woodcut": gettext("woodcut"),
    "oil painting": gettext("oil painting"),
    "comic panel": gettext("comic panel"),
    "pixel art": gettext("pixel art"),
    "paper collage": gettext("paper collage"),
    "technical drawing": gettext("technical drawing"),
    "newspaper cartoon": gettext("newspaper cartoon"),
}
"""By the value that is sent and kept, which is the same in every language."""


def choice_word(value: str, language: str | None = None) -> str:
    """The display name of a value in a locale's language; the value itself where it has none."""
    known = CHOICE_WORDS.get(value)
    return translated(known, language) if known is not None else value
