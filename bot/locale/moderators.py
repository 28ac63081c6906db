"""What moderators, and people who turn to them, read, in English and German."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_PHRASES: Final[Mapping[str, Mapping[str, str]]] = {
    "appealed": {
        "en": "Sent to the moderators. They can allow it once.",
        "de": "An die Moderation geschickt. Sie kann es einmalig erlauben.",
    },
    "appeal.local": {
        "en": "`limner allow {job}` draws it once.",
        "de": "`limner allow {job}` zeichnet es einmal.",
    },
    "allowed": {
        "en": "Allowed once. Drawing it now as {job}.",
        "de": "Einmalig erlaubt. Es wird jetzt als {job} gezeichnet.",
    },
    "dismissed": {"en": "Kept refused.", "de": "Es bleibt abgelehnt."},
    "lifted": {
        "en": "{person} can request pictures again.",
        "de": "{person} darf wieder Bilder anfordern.",
    },
    "appeal": {
        "en": "Refused as {category}. {person} asks for a review.",
        "de": "Abgelehnt als {category}. {person} bittet um Prüfung.",
    },
    "appeal.style": {"en": "Style: {style}", "de": "Stil: {style}"},
    "floor": {
        "en": "{person} repeatedly asked for {category}, which is never drawn.",
        "de": (
            "{person} hat wiederholt Folgendes angefordert: {category}. Das wird nie gezeichnet."
        ),
    },
    "approval": {
        "en": "A picture requested by {person} needs approval.",
        "de": "Ein Bild für {person} wartet auf Freigabe.",
    },
    "revealed": {
        "en": "Refused as {category}. Only you see this; it is deleted on {until}.",
        "de": "Abgelehnt als {category}. Nur du siehst das; es wird am {until} gelöscht.",
    },
    "queue.empty": {
        "en": "Nothing to review.",
        "de": "Es gibt nichts zu prüfen.",
    },
    "no_review_channel": {
        "en": (
            "none; moderators get appeals and approvals as direct messages, and {command} "
            "lists them"
        ),
        "de": (
            "keiner; Moderatoren bekommen Einsprüche und Freigaben als Direktnachricht, "
            "{command} listet sie auf"
        ),
    },
}

QUEUE_COMMANDS: Final[Mapping[str, str]] = {
    "slack": "/illustrate queue",
    "discord": "/job queue",
}
"""What a moderator types to see what waits for them."""


def no_review_channel(surface: str, language: str | None) -> str:
    """What a team's settings say where no review channel is set; nothing where there are no
    channels."""
    command = QUEUE_COMMANDS.get(surface)
    return moderator_phrase("no_review_channel", language, command=command) if command else ""


def moderator_phrase(name: str, language: str | None = None, **parts: str) -> str:
    """The phrase of that name in a language (``de-AT`` is German; English where none fits)."""
    code = "de" if (language or "").lower().startswith("de") else "en"
    return _PHRASES[name][code].format(**parts)
