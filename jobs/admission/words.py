"""What people read about the content policy, in English and German.

A sentence names the category and what would be fine, and never repeats what somebody wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from domain.policy import CATEGORIES, Category

GERMAN: Final[Mapping[Category, tuple[str, str]]] = {
    Category.MINORS: (
        "sexualisierte Minderjährige oder Schaden an Kindern",
        "Kinder im Alltag, vollständig bekleidet",
    ),
    Category.SEXUAL: (
        "sexuelle Inhalte",
        "Romantik, Mode oder ein Kunstwerk, das beim Titel genannt wird",
    ),
    Category.REAL_PEOPLE: (
        "sexualisierte oder täuschende Bilder echter Menschen",
        "eine bekannte Person in einer neutralen Szene oder eine erfundene Person",
    ),
    Category.VIOLENCE: ("drastische Gewalt", "dieselbe Szene ohne Blut und Wunden"),
    Category.SELF_HARM: (
        "Selbstverletzung",
        "ein Bild von Beistand, von Hoffnung oder davon, wie jemandem geholfen wird",
    ),
    Category.HATE: (
        "Hass",
        "Menschen, mit Achtung gezeigt, oder eine dokumentarische historische Szene",
    ),
    Category.DANGEROUS: (
        "gefährliche Anleitungen",
        "der Gegenstand, ohne wie man ihn herstellt oder einsetzt",
    ),
    Category.FRAUD: (
        "Betrug und gefälschte Dokumente",
        "ein Dokument, das erkennbar erfunden ist",
    ),
    Category.DECEPTION: (
        "Täuschung über Wahlen und Nachrichten",
        "eine Zeichnung, die niemand für einen Bericht hält",
    ),
    Category.RIGHTS: ("Marken und lebende Künstler", "eine eigene Gestaltung, ein eigener Stil"),
}
"""The name of each category, and what would be fine instead."""

BLOCKED_BEGINS: Final = "This team does not want pictures about "
"""How a refusal begins that is about the workspace's own words."""
_SENTENCES: Final[Mapping[str, Mapping[str, str]]] = {
    "request": {
        "en": "Limner does not draw this: it reads as {name}. Fine would be {instead}. If that is "
        "not what you meant, say it in other words or ask a moderator.",
        "de": "Limner zeichnet das nicht: Es liest sich als {name}. In Ordnung wäre {instead}. "
        "Wenn das nicht gemeint war, sage es mit anderen Worten oder frage die Moderation.",
    },
    "floor": {
        "en": "Limner does not draw this: it reads as {name}. Fine would be {instead}. No setting "
        "and nobody's approval changes that.",
        "de": "Limner zeichnet das nicht: Es liest sich als {name}. In Ordnung wäre {instead}. "
        "Keine Einstellung und keine Freigabe ändert das.",
    },
    "picture": {
        "en": "The finished picture is not shown: it was judged as {name}. Fine would be "
        "{instead}. If that is not what you asked for, try again or ask a moderator.",
        "de": "Das fertige Bild wird nicht gezeigt: Es wurde als {name} beurteilt. In Ordnung wäre "
        "{instead}. Wenn das nicht gewünscht war, versuche es noch einmal oder frage die "
        "Moderation.",
    },
    "reference": {
        "en": "A reference was left out: it was judged as {name}.",
        "de": "Eine Vorlage wurde weggelassen: Sie wurde als {name} beurteilt.",
    },
    "notice": {
        "en": "This may touch {name}: check the rights before you publish it.",
        "de": "Das kann {name} berühren: Prüfe die Rechte, bevor du es veröffentlichst.",
    },
    "away.picture": {
        "en": "The picture could not be judged, because a judge of the content policy did not "
        "answer, so it is not shown. It was not refused: ask again in a few minutes.",
        "de": "Das Bild konnte nicht beurteilt werden, weil ein Prüfer der Inhaltsregeln nicht "
        "antwortete; darum wird es nicht gezeigt. Es wurde nicht abgelehnt: Versuche es in ein "
        "paar Minuten noch einmal.",
    },
    "away.request": {
        "en": "The request could not be judged, because a judge of the content policy did not "
        "answer, so it is not drawn. It was not refused: ask again in a few minutes.",
        "de": "Die Anfrage konnte nicht beurteilt werden, weil ein Prüfer der Inhaltsregeln nicht "
        "antwortete; darum wird sie nicht gezeichnet. Sie wurde nicht abgelehnt: Versuche es in "
        "ein paar Minuten noch einmal.",
    },
    "away.reference": {
        "en": "A reference was left out: it could not be judged.",
        "de": "Eine Vorlage wurde weggelassen: Sie konnte nicht beurteilt werden.",
    },
    "unjudged": {
        "en": "Not judged by a model: a judge of the content policy did not answer in time.",
        "de": "Nicht von einem Modell beurteilt: Ein Prüfer der Inhaltsregeln antwortete nicht "
        "rechtzeitig.",
    },
}


_CALM: Final[Mapping[str, str]] = {
    "en": "A calm view from afar, with nobody in it, of the place that the news are about",
    "de": "Ein ruhiger Blick aus der Ferne, ohne Menschen, auf den Ort, um den es geht",
}


def category_name(category: Category, language: str | None = None) -> str:
    """How people read a category, in English or German."""
    return _words(category, "de" if (language or "").lower().startswith("de") else "en")[0]


def policy_sentence(
    about: str, category: Category | None = None, *, language: str | None = None
) -> str:
    """The sentence of that name in a language (``de-AT`` is German; English where none fits)."""
    code = "de" if (language or "").lower().startswith("de") else "en"
    name, instead = _words(category, code) if category is not None else ("", "")
    return _SENTENCES[about][code].format(name=name, instead=instead)


def calm_picture(names: Sequence[str], *, language: str | None = None) -> str:
    """The prompt of a picture that shows where something happened and not what, in English or
    German; ``names`` are of places and others that the news name."""
    code = "de" if (language or "").lower().startswith("de") else "en"
    about = f": {', '.join(name.title() for name in names)}" if names else ""
    return f"{_CALM[code]}{about}"


def _words(category: Category, code: str) -> tuple[str, str]:
    if code == "de":
        return GERMAN[category]
    spec = CATEGORIES[category]
    return spec.name, spec.instead
