"""Limner's answers to messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.translation.messages import Message, gettext, translated

_PHRASES: Final[Mapping[str, Message]] = {
    "thanks": gettext("You're welcome!"),
    "talk": gettext(
        "Tell me what to draw, or reply to a picture and say what should change. “help” shows "
        "everything else."
    ),
    "offer": gettext("What would you like me to do with this?"),
    "offer.new": gettext("Shall I draw this?"),
    "suggest": gettext("Did you mean “{command}”?"),
    "which.one": gettext("Which picture do you mean?"),
    "which": gettext("Reply to the picture that you mean, and I'll know which one."),
    "words.lost": gettext("I can't see your message any more. Please write it again."),
    "noted": gettext("All right, I'll leave it."),
    "begun": gettext("On it."),
    "state.working": gettext("That picture isn't finished yet. I'll take changes once it is."),
    "state.cancelled": gettext("That picture was cancelled before it was drawn. Ask for it again."),
    "state.failed": gettext("That picture didn't work out. Ask for it again."),
    "state.deleted": gettext("That picture was deleted. Ask for it again."),
    "cancel.none": gettext("None of your pictures is being drawn right now."),
    "cancelled": gettext("Cancelled."),
    "status.none": gettext("None of your pictures is waiting or being drawn."),
    "delete.one": gettext("Delete this picture for everyone? Its sources and recipe are kept."),
    "delete.which": gettext(
        "Delete one of the {count} pictures for everyone, or all of them? Their sources and "
        "recipes are kept."
    ),
    "delete.working": gettext("That picture isn't finished yet. Cancel it instead."),
    "deleted.one": gettext("Picture deleted. Its sources and recipe are kept."),
    "deleted.all": gettext("{count} pictures deleted. Their sources and recipes are kept."),
    "personal": gettext("Only you should see this. Press the button to open it."),
    "answer": gettext("This is what the picture's sources say:"),
    "answer.none": gettext("The picture's sources don't say. “Redo research” looks again."),
    "answer.no_sources": gettext(
        "This picture was drawn without sources, so I can't tell. “Redo research” looks things up."
    ),
    "file": gettext(
        "I can't use {file}: only pictures (PNG, JPEG, WebP, GIF, HEIC) can be references. "
        "Nothing was drawn."
    ),
    "files.most": gettext("That's {count} pictures; attach at most {most}."),
    "use": gettext("Use this."),
    "edit.empty": gettext("Say what should change."),
    "question.no_picture": gettext(
        "I answer questions about pictures that I drew: reply to one of them."
    ),
    "help.talk": gettext(
        "Mention me with what to draw; reply to a picture and say what should change: “the "
        "second one at night”, “again”, “U2”, “sources?”, “who built it?”."
    ),
    "help.unseen": gettext(
        "Here I only see replies that mention me; Discord doesn't show me others."
    ),
}


def talk_phrase(name: str, language: str | None = None, **parts: object) -> str:
    """The phrase of that name in the language of a locale; a translatable one where none is given.
    Raises ``KeyError`` where there is none of that name."""
    sentence = _PHRASES[name].format(**parts)
    return translated(sentence, language) if language else sentence
