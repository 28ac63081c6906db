"""Where a picture comes from: the words of the command, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.locale.words import Words

PROVENANCE_COMMANDS: Final[Mapping[str, Mapping[str, Words]]] = {
    "verify": {
        "en": Words("verify", "Find out where a picture comes from"),
        "de": Words("prüfe", "Herausfinden, woher ein Bild stammt"),
    },
    "verify.picture": {
        "en": Words("picture", "The picture"),
        "de": Words("bild", "Das Bild"),
    },
    "verify.address": {
        "en": Words("address", "Or the web address of a picture"),
        "de": Words("adresse", "Oder die Webadresse eines Bildes"),
    },
    "menu.verify": {
        "en": Words("Verify image", ""),
        "de": Words("Bildherkunft prüfen", ""),
    },
}
_PHRASES: Final[Mapping[str, Mapping[str, str]]] = {
    "signed": {
        "en": "Made and signed by Limner here, and not changed since.",
        "de": "Hier von Limner erstellt und signiert und seitdem nicht verändert.",
    },
    "signed_elsewhere": {
        "en": "Signed by this Limner and not changed since. You can't see its job from here.",
        "de": "Von diesem Limner signiert und seitdem nicht verändert. Den Auftrag kannst du von "
        "hier aus nicht sehen.",
    },
    "changed": {
        "en": "Made by Limner here, and changed since it was signed.",
        "de": "Hier von Limner erstellt und seit dem Signieren verändert.",
    },
    "probable": {
        "en": "Probably made by Limner here ({percent} sure): it looks like one of its pictures.",
        "de": "Wahrscheinlich hier von Limner erstellt (zu {percent} sicher): Es sieht aus wie "
        "eines seiner Bilder.",
    },
    "signed_by_other": {
        "en": "Not made by Limner here. Its credentials name {signer!r}; Limner can't confirm who "
        "that is.",
        "de": "Nicht hier von Limner erstellt. Die Herkunftsangaben nennen {signer!r}; wer das "
        "ist, kann Limner nicht bestätigen.",
    },
    "unknown": {
        "en": "Nothing is known of this picture. It may still be made by a model.",
        "de": "Über dieses Bild ist nichts bekannt. Es kann trotzdem von einem Modell stammen.",
    },
    "nothing": {
        "en": "Send a picture or the web address of one.",
        "de": "Schick ein Bild oder die Webadresse eines Bildes.",
    },
    "also_signed": {
        "en": "Someone else signed it since: {signer!r}.",
        "de": "Danach hat es jemand anderes signiert: {signer!r}.",
    },
}


def provenance_phrase(
    name: str, language: str | None, *, percent: str = "", signer: str = ""
) -> str:
    """A sentence in the language, or in English where it has none."""
    code = "de" if (language or "").lower().startswith("de") else "en"
    return _PHRASES[name][code].format(percent=percent, signer=signer)
