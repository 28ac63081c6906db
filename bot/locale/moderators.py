"""Texts for moderators, and for people who appeal to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.locale.catalog import discord_command, slack_command
from domain.translation.messages import Message, gettext, translated

_PHRASES: Final[Mapping[str, Message]] = {
    "appealed": gettext("Sent to the moderators. They can allow it once."),
    "appeal.local": gettext("`limner allow {job}` draws it once."),
    "allowed": gettext("Allowed once. Drawing it now as {job}."),
    "dismissed": gettext("Kept refused."),
    "lifted": gettext("{person} can request pictures again."),
    "appeal": gettext("Refused as {category}. {person} asks for a review."),
    "appeal.policy": gettext("Refused by the content policy. {person} asks for a review."),
    "appeal.style": gettext("Style: {style}"),
    "floor": gettext("{person} repeatedly asked for {category}, which is never drawn."),
    "reported": gettext("Sent to the moderators. They can remove the picture everywhere."),
    "reported.before": gettext("The moderators have been told about this picture already."),
    "cleared": gettext("The picture stays."),
    "report": gettext("Somebody reported this picture. Deleting it removes it everywhere."),
    "report.told": gettext("Somebody reported a picture requested by {person}."),
    "approval": gettext("A picture requested by {person} needs approval."),
    "revealed": gettext("Refused as {category}. Only you see this; it is deleted on {until}."),
    "revealed.policy": gettext(
        "Refused by the content policy. Only you see this; it is deleted on {until}."
    ),
    "queue.empty": gettext("Nothing to review."),
    "no_review_channel": gettext(
        "none; moderators get appeals and approvals as direct messages, and {command} lists them"
    ),
}

QUEUE_COMMANDS: Final[Mapping[str, str]] = {
    "slack": slack_command("job.queue"),
    "discord": discord_command("job.queue"),
}
"""The command that shows the moderators' queue."""


def no_review_channel(surface: str, language: str | None) -> str:
    """The line of a team's settings where no review channel is set; nothing where there are no
    channels."""
    command = QUEUE_COMMANDS.get(surface)
    return moderator_phrase("no_review_channel", language, command=command) if command else ""


def moderator_phrase(name: str, language: str | None = None, **parts: str) -> str:
    """The phrase of that name in the language of a locale; a translatable one where none is given.
    Raises ``KeyError`` where there is none of that name."""
    sentence = _PHRASES[name].format(**parts)
    return translated(sentence, language) if language else sentence
