"""Limner's own words on boards and cards, in each of its languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

from domain.illustrations import Recipe
from domain.translation.catalogue import DEFAULT, language_of
from domain.translation.messages import gettext, translated

QUOTATION_MARKS: Final[Mapping[str, tuple[str, str]]] = {
    "en": ("“", "”"),
    "de": ("„", "“"),
    "fr": ("«\u00a0", "\u00a0»"),
    "es": ("«", "»"),
    "it": ("«", "»"),
    "pt": ("“", "”"),
    "nl": ("“", "”"),
    "pl": ("„", "”"),
    "ru": ("«", "»"),
    "uk": ("«", "»"),
    "ja": ("「", "」"),
    "zh": ("“", "”"),
}


@dataclass(frozen=True, slots=True)
class BoardWords:
    """Labels and headings; ``nothing`` and ``advice`` stand where there is nothing to lay out."""

    language: str
    label: str
    disclaimer: str
    prompt: str
    sources: str
    nothing: str
    advice: str


_BOARD: Final = BoardWords(
    language="en",
    label=gettext("REFERENCE BOARD"),
    disclaimer=gettext("assembled from sources, not made by an image model"),
    prompt=gettext("GROUNDED PROMPT"),
    sources=gettext("SOURCES"),
    nothing=gettext("No picture was drawn, and no source was found to show."),
    advice=gettext(
        "This generator only arranges pictures and sources; it cannot draw. Attach pictures, "
        "name something that can be looked up, or choose an image generator. If there is none "
        "to choose, the person who runs Limner can set one up."
    ),
)
_STORY: Final = (
    gettext("NEWS CARD"),
    gettext("set from the cited articles, not made by an image model"),
)
_CITED: Final = (
    gettext("FACT CARD"),
    gettext("set from cited sources, not made by an image model"),
)
_EMPTY: Final = (
    gettext("TEXT CARD"),
    gettext("not made by an image model"),
)


def is_card(recipe: Recipe) -> bool:
    """Whether a recipe is laid out as a card: it is a story, or has no reference pictures."""
    return bool(recipe.parameters.get("story")) or not recipe.references


def words_of(recipe: Recipe) -> BoardWords:
    """The words for a recipe: its language and what it lays out (a board's own words where it has
    references and no story)."""
    language = language_of(str(recipe.parameters.get("language") or DEFAULT))
    words = _BOARD
    if recipe.parameters.get("story"):
        words = replace(words, label=_STORY[0], disclaimer=_STORY[1])
    elif not recipe.references:
        label, disclaimer = _CITED if recipe.citations else _EMPTY
        words = replace(words, label=label, disclaimer=disclaimer)
    translated_fields = {
        field.name: translated(getattr(words, field.name), language) for field in fields(words)
    }
    return BoardWords(**{**translated_fields, "language": language})
