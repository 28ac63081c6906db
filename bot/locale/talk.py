"""What Limner answers to what people write to it, in English and German."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_PHRASES: Final[Mapping[str, Mapping[str, str]]] = {
    "thanks": {"en": "You're welcome!", "de": "Gern geschehen!"},
    "talk": {
        "en": "Tell me what to draw, or reply to a picture and say what should change. “help” "
        "shows everything else.",
        "de": "Sag mir, was ich zeichnen soll, oder antworte auf ein Bild und sag, was sich ändern "
        "soll. „Hilfe“ zeigt alles andere.",
    },
    "offer": {
        "en": "What would you like me to do with this?",
        "de": "Was soll ich damit tun?",
    },
    "offer.new": {
        "en": "Shall I draw this?",
        "de": "Soll ich das zeichnen?",
    },
    "suggest": {"en": "Did you mean “{command}”?", "de": "Meintest du „{command}“?"},
    "which": {
        "en": "Reply to the picture that you mean, and I'll know which one.",
        "de": "Antworte auf das Bild, das du meinst, dann weiß ich, welches.",
    },
    "words.lost": {
        "en": "I can't see your message any more. Please write it again.",
        "de": "Ich kann deine Nachricht nicht mehr sehen. Bitte schreib sie noch einmal.",
    },
    "noted": {"en": "All right, I'll leave it.", "de": "Alles klar, ich lasse es."},
    "begun": {"en": "On it.", "de": "Ich bin dran."},
    "state.working": {
        "en": "That picture isn't finished yet. I'll take changes once it is.",
        "de": "Das Bild ist noch nicht fertig. Danach kann ich es ändern.",
    },
    "state.cancelled": {
        "en": "That picture was cancelled, so there is nothing to change. Ask for it again.",
        "de": "Das Bild wurde abgebrochen, es gibt also nichts zu ändern. Fordere es neu an.",
    },
    "state.failed": {
        "en": "That picture didn't work out, so there is nothing to change. Ask for it again.",
        "de": "Das Bild hat nicht geklappt, es gibt also nichts zu ändern. Fordere es neu an.",
    },
    "state.deleted": {
        "en": "That picture was deleted. Ask for it again.",
        "de": "Das Bild wurde gelöscht. Fordere es neu an.",
    },
    "cancel.none": {
        "en": "None of your pictures is being drawn right now.",
        "de": "Gerade wird keins deiner Bilder gezeichnet.",
    },
    "cancelled": {"en": "Cancelled.", "de": "Abgebrochen."},
    "status.none": {
        "en": "None of your pictures is waiting or being drawn.",
        "de": "Keins deiner Bilder wartet oder wird gezeichnet.",
    },
    "delete.one": {
        "en": "Delete this picture for everyone? Its sources and recipe are kept.",
        "de": "Dieses Bild für alle löschen? Quellen und Rezept bleiben erhalten.",
    },
    "delete.all": {
        "en": "The {count} pictures of a set are deleted together. Delete them for everyone?",
        "de": "Die {count} Bilder eines Satzes werden zusammen gelöscht. Für alle löschen?",
    },
    "deleted.one": {
        "en": "Picture deleted. Its sources and recipe are kept.",
        "de": "Bild gelöscht. Quellen und Rezept bleiben erhalten.",
    },
    "deleted.all": {
        "en": "{count} pictures deleted. Their sources and recipes are kept.",
        "de": "{count} Bilder gelöscht. Quellen und Rezepte bleiben erhalten.",
    },
    "personal": {
        "en": "Only you should see this. Press the button.",
        "de": "Das solltest nur du sehen. Drücke den Knopf.",
    },
    "answer": {
        "en": "This is what the picture's sources say:",
        "de": "Das sagen die Quellen des Bildes:",
    },
    "answer.none": {
        "en": "The picture's sources don't say. “Redo research” looks again.",
        "de": "Die Quellen des Bildes sagen dazu nichts. „Neu recherchieren“ sucht noch einmal.",
    },
    "answer.no_sources": {
        "en": "This picture was drawn without sources, so I can't tell. “Redo research” looks "
        "things up.",
        "de": "Dieses Bild wurde ohne Quellen gezeichnet, deshalb weiß ich es nicht. „Neu "
        "recherchieren“ schlägt nach.",
    },
    "file": {
        "en": "I can't use {file}: only pictures (PNG, JPEG, WebP, GIF, HEIC) can be references. "
        "Nothing was drawn.",
        "de": "{file} kann ich nicht verwenden: Vorlagen müssen Bilder sein (PNG, JPEG, WebP, GIF, "
        "HEIC). Es wurde nichts gezeichnet.",
    },
    "files.most": {
        "en": "That's {count} pictures; attach at most {most}.",
        "de": "Das sind {count} Bilder; hänge höchstens {most} an.",
    },
    "use": {"en": "Use this.", "de": "Verwende das."},
    "edit.empty": {
        "en": "Say what should change.",
        "de": "Sag, was sich ändern soll.",
    },
    "question.no_picture": {
        "en": "I answer questions about pictures that I drew: reply to one of them.",
        "de": "Ich beantworte Fragen zu Bildern, die ich gezeichnet habe: Antworte auf eins davon.",
    },
    "help.talk": {
        "en": "Mention me with what to draw; reply to a picture and say what should change: “the "
        "second one at night”, “again”, “U2”, “sources?”, “who built it?”.",
        "de": "Erwähne mich mit dem, was ich zeichnen soll; antworte auf ein Bild und sag, was "
        "sich ändern soll: „das zweite bei Nacht“, „noch mal“, „U2“, „wer hat das gebaut?“.",
    },
    "help.unseen": {
        "en": "Here I only see replies that mention me; Discord doesn't show me others.",
        "de": "Hier sehe ich nur Antworten, die mich erwähnen; andere zeigt mir Discord nicht.",
    },
}


def talk_phrase(name: str, language: str | None = None, **parts: object) -> str:
    """The phrase of that name in a language (``de-AT`` is German; English where none fits).
    Raises ``KeyError`` where there is none of that name."""
    code = "de" if (language or "").lower().startswith("de") else "en"
    return _PHRASES[name][code].format(**parts)
