"""The words that Limner itself sets on boards and cards, in each language it speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from domain.illustrations import Recipe

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


_ENGLISH: Final = BoardWords(
    language="en",
    label="REFERENCE BOARD",
    disclaimer="assembled from sources, not made by an image model",
    prompt="GROUNDED PROMPT",
    sources="SOURCES",
    nothing="No picture was drawn, and no source was found to show.",
    advice=(
        "This generator only arranges pictures and sources; it cannot draw. Attach pictures, name "
        "something that can be looked up, or choose an image generator. If there is none to "
        "choose, the person who runs Limner can set one up."
    ),
)
_GERMAN: Final = BoardWords(
    language="de",
    label="REFERENZTAFEL",
    disclaimer="aus Quellen zusammengestellt, nicht von einem Bildmodell gemacht",
    prompt="BELEGTER PROMPT",
    sources="QUELLEN",
    nothing="Es wurde kein Bild gezeichnet, und es fand sich keine Quelle, die man zeigen könnte.",
    advice=(
        "Dieser Generator ordnet nur Bilder und Quellen an; zeichnen kann er nicht. Hänge Bilder "
        "an, nenne etwas, das sich nachschlagen lässt, oder wähle einen Bildgenerator. Gibt es "
        "keinen zur Wahl, kann die Person, die Limner betreibt, einen einrichten."
    ),
)
_STORY: Final[Mapping[str, tuple[str, str]]] = {
    "en": ("NEWS CARD", "set from the cited articles, not made by an image model"),
    "de": ("NACHRICHTENKARTE", "aus den genannten Artikeln gesetzt, nicht von einem Bildmodell"),
}
_CITED: Final[Mapping[str, tuple[str, str]]] = {
    "en": ("FACT CARD", "set from cited sources, not made by an image model"),
    "de": ("FAKTENKARTE", "aus genannten Quellen gesetzt, nicht von einem Bildmodell"),
}
_EMPTY: Final[Mapping[str, tuple[str, str]]] = {
    "en": ("TEXT CARD", "not made by an image model"),
    "de": ("TEXTKARTE", "nicht von einem Bildmodell gemacht"),
}


def is_card(recipe: Recipe) -> bool:
    """Whether a recipe is laid out as a card: it is a story, or has no reference pictures."""
    return bool(recipe.parameters.get("story")) or not recipe.references


def words_of(recipe: Recipe) -> BoardWords:
    """The words for a recipe: its language and what it lays out (a board's own words where it has
    references and no story)."""
    language = str(recipe.parameters.get("language") or "en").partition("-")[0]
    words = _GERMAN if language == "de" else _ENGLISH
    if recipe.parameters.get("story"):
        named = _STORY
    elif recipe.references:
        return words
    else:
        named = _CITED if recipe.citations else _EMPTY
    label, disclaimer = named[words.language]
    return replace(words, label=label, disclaimer=disclaimer)
