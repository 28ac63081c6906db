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

_SENTENCES: Final[Mapping[str, Mapping[str, str]]] = {
    "request": {
        "en": "Limner doesn't draw this: it looks like a request for {name}. Try {instead} "
        "instead. If it was misunderstood, rephrase it or ask a moderator.",
        "de": "Limner zeichnet das nicht, denn es geht offenbar um {name}. Stattdessen möglich: "
        "{instead}. Falls das nicht gemeint war, formuliere es um oder frage die Moderation.",
    },
    "floor": {
        "en": "Limner never draws this: it looks like a request for {name}. Try {instead} "
        "instead. No setting or approval can change this.",
        "de": "Limner zeichnet das nie, denn es geht offenbar um {name}. Stattdessen möglich: "
        "{instead}. Keine Einstellung und keine Freigabe ändert das.",
    },
    "picture": {
        "en": "The finished picture isn't shown because it was judged as {name}. Try {instead} "
        "instead. If that isn't what you asked for, try again or ask a moderator.",
        "de": "Das fertige Bild wird nicht gezeigt: Es wurde als {name} eingestuft. Stattdessen "
        "möglich: {instead}. Falls du etwas anderes wolltest, versuche es noch einmal oder frage "
        "die Moderation.",
    },
    "reference": {
        "en": "A reference was left out because it was judged as {name}.",
        "de": "Eine Vorlage wurde weggelassen: Sie wurde als {name} eingestuft.",
    },
    "notice": {
        "en": "This may involve {name}. Check the rights before you publish it.",
        "de": "Das könnte {name} betreffen: Prüfe die Rechte, bevor du es veröffentlichst.",
    },
    "away.picture": {
        "en": "The picture couldn't be checked because the content check didn't respond, so it "
        "isn't shown. It wasn't refused: try again in a few minutes.",
        "de": "Das Bild konnte nicht geprüft werden, weil die Inhaltsprüfung nicht geantwortet "
        "hat, und wird deshalb nicht gezeigt. Es wurde nicht abgelehnt: Versuche es in ein paar "
        "Minuten noch einmal.",
    },
    "away.request": {
        "en": "The request couldn't be checked because the content check didn't respond, so it "
        "isn't drawn. It wasn't refused: try again in a few minutes.",
        "de": "Die Anfrage konnte nicht geprüft werden, weil die Inhaltsprüfung nicht geantwortet "
        "hat, und wird deshalb nicht gezeichnet. Sie wurde nicht abgelehnt: Versuche es in ein "
        "paar Minuten noch einmal.",
    },
    "away.reference": {
        "en": "A reference was left out because it couldn't be checked.",
        "de": "Eine Vorlage wurde weggelassen, weil sie nicht geprüft werden konnte.",
    },
    "unjudged": {
        "en": "Not checked by a model: the content check gave no answer.",
        "de": "Nicht von einem Modell geprüft: Die Inhaltsprüfung hat nicht geantwortet.",
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
