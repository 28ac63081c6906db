"""Help on Discord: what the reader may do where they asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.cards.greetings import help_line, help_paths
from bot.cards.models import NoteCard
from bot.commands.ports import Services
from bot.discord.client.requesters import guild_of
from bot.locale.catalog import words
from bot.locale.talk import talk_phrase
from domain.team import Role
from domain.translation.messages import gettext
from jobs.admission.requests import Requester

HelpFor = Callable[[Requester, str | None], Awaitable[NoteCard]]
"""Gives help for a person, in a language."""
_MENUS = ("illustrate", "edit", "reference", "sources", "verify")


def help_for(services: Services, *, reads_replies: bool) -> HelpFor:
    """Gives help that names what its reader may do where they asked."""

    async def card(requester: Requester, language: str | None) -> NoteCard:
        return help_card(
            language,
            reads_replies=reads_replies,
            role=await services.team.role(requester),
            alone=guild_of(requester.workspace_id) is None,
        )

    return card


def help_card(
    language: str | None,
    *,
    reads_replies: bool = True,
    role: Role = Role.MEMBER,
    alone: bool = False,
) -> NoteCard:
    """The commands available to that role; ``alone`` in direct messages."""
    lines = [help_line(path, language) for path in help_paths(role, alone=alone)]
    gallery = f"/{words('gallery', language).name}"
    liked = gettext(
        "React to a picture with 👍 or 👎; {command} shows the favorites", command=gallery
    )
    menus = ", ".join(words(f"menu.{m}", language).name for m in _MENUS)
    return NoteCard(
        gettext("I research a subject before I draw it."),
        (
            *lines,
            talk_phrase("help.talk", language),
            *([] if reads_replies else [talk_phrase("help.unseen", language)]),
            gettext("… → Apps: {menus}", menus=menus),
            liked,
        ),
    )
