"""The greeting where Limner is added, and help for the reader's role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.cards.models import NoteCard
from bot.locale.catalog import COMMANDS, discord_command, slack_command, words
from domain.team import Role
from domain.translation.messages import gettext, joined, translated

GREETING: Final = gettext(
    "Hello! I look a subject up before I draw it, and name my sources. Three things to try:"
)
_EXAMPLE: Final = gettext("the Golden Gate Bridge under construction in 1935")
_TRIES: Final[Mapping[str, tuple[str, ...]]] = {
    "discord": (
        joined(discord_command("imagine"), _EXAMPLE),
        gettext(
            "On any message: … → Apps → “{menu}”. Then reply to the picture with what should "
            "change.",
            menu=COMMANDS["menu.illustrate"].name,
        ),
        gettext(
            "{command} posts an illustrated story at the times you choose (for moderators).",
            command=discord_command("news.add"),
        ),
    ),
    "slack": (
        joined("/illustrate", _EXAMPLE),
        gettext(
            "On any message: ⋮ → “{menu}”. Then reply in the picture's thread with what should "
            "change.",
            menu=COMMANDS["menu.illustrate"].name,
        ),
        gettext(
            "{command} posts an illustrated story at the times you choose (for moderators).",
            command=slack_command("news.add"),
        ),
    ),
}
_HELP: Final[Mapping[str, str]] = {
    "discord": discord_command("help"),
    "slack": "/illustrate help",
}


def greeting_card(surface: str) -> NoteCard:
    """The greeting where Limner was added: three things to try, and where to find more."""
    more = gettext("{command} shows everything else.", command=_HELP[surface])
    return NoteCard(GREETING, (*_TRIES[surface], more))


def help_paths(role: Role, *, alone: bool) -> list[str]:
    """The commands that help lists for that role; ``alone`` in direct messages, where there is no
    news desk and nothing to manage."""
    hidden = {"help"}
    if role is not Role.ADMIN or alone:
        hidden.add("admin")
    if alone:
        hidden.add("news")
    return [path for path in COMMANDS if "." not in path and path not in hidden]


def help_line(path: str, language: str | None) -> str:
    """A command and what it does."""
    command = words(path, language)
    return f"/{command.name}: {translated(command.description, language)}"
