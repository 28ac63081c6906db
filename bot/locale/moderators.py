"""What moderators, and people who turn to them, read, in English and German."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_PHRASES: Final[Mapping[str, Mapping[str, str]]] = {
    "appealed": {
        "en": "It was sent to the moderators, who may allow it once.",
        "de": "Es wurde an die Moderation geschickt, die es einmal erlauben kann.",
    },
    "appeal.local": {
        "en": "`limner allow {job}` draws it once.",
        "de": "`limner allow {job}` zeichnet es einmal.",
    },
    "allowed": {
        "en": "Allowed once; it is being drawn as {job}.",
        "de": "Einmal erlaubt; es wird als {job} gezeichnet.",
    },
    "dismissed": {"en": "It stays refused.", "de": "Es bleibt abgelehnt."},
    "lifted": {"en": "{person} may ask again.", "de": "{person} darf wieder fragen."},
    "appeal": {
        "en": "Refused as {category}; {person} asks to have it looked at.",
        "de": "Abgelehnt als {category}; {person} bittet darum, es anzusehen.",
    },
    "appeal.style": {"en": "Style: {style}", "de": "Stil: {style}"},
    "floor": {
        "en": "{person} asked repeatedly for {category}. That is never drawn.",
        "de": "{person} bat wiederholt um {category}. Das wird nie gezeichnet.",
    },
    "approval": {
        "en": "A picture that {person} asked for waits for approval.",
        "de": "Ein Bild, um das {person} bat, wartet auf Freigabe.",
    },
    "revealed": {
        "en": "Refused as {category}. Only you see this; it is deleted on {until}.",
        "de": "Abgelehnt als {category}. Nur du siehst das; es wird am {until} gelöscht.",
    },
    "queue.empty": {
        "en": "Nothing waits for a moderator.",
        "de": "Nichts wartet auf die Moderation.",
    },
    "no_review_channel": {
        "en": "none; appeals and pictures to approve are told to moderators alone and listed by "
        "{command}",
        "de": "keiner; Einsprüche und Bilder zur Freigabe erfahren Moderatoren einzeln, und "
        "{command} führt sie auf",
    },
}

QUEUE_COMMANDS: Final[Mapping[str, str]] = {
    "slack": "/illustrate queue",
    "discord": "/job queue",
}
"""What a moderator types to see what waits for them."""


def no_review_channel(surface: str, language: str | None) -> str:
    """What a team's settings say where no review channel is set."""
    command = QUEUE_COMMANDS.get(surface, "limner queue")
    return moderator_phrase("no_review_channel", language, command=command)


def moderator_phrase(name: str, language: str | None = None, **parts: str) -> str:
    """The phrase of that name in a language (``de-AT`` is German; English where none fits)."""
    code = "de" if (language or "").lower().startswith("de") else "en"
    return _PHRASES[name][code].format(**parts)
