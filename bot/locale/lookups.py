"""Hints where to look up the ids of things, in each surface's own commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.locale.catalog import discord_command, slack_command
from domain.errors import KINDS, NotFound
from domain.translation.messages import Message, gettext, joined

_WHERE: Final[Mapping[str, tuple[Message, Message, Message]]] = {
    "discord": (
        gettext("{command} lists your jobs.", command=discord_command("job.history")),
        gettext("{command} shows the library.", command=discord_command("library.list")),
        gettext("{command} shows the schedules.", command=discord_command("news.list")),
    ),
    "slack": (
        gettext("Your jobs are on Limner's Home tab."),
        gettext("{command} shows the library.", command=slack_command("library")),
        gettext("{command} shows the schedules.", command=slack_command("news")),
    ),
    "terminal": (
        gettext("{command} lists your jobs.", command="`limner jobs`"),
        gettext("{command} shows the library.", command="`limner library list`"),
        gettext("{command} shows the schedules.", command="`limner news list`"),
    ),
}
"""For each surface: where jobs and pictures, library items, and schedules are listed."""
_LIBRARY: Final = frozenset({"library item"})
_NEWS: Final = frozenset({"schedule", "draft", "story", "slot", "notice"})
_KINDS: Final[Mapping[str, str]] = {"illustration": "picture", "slot": "post"}
"""Display names of kinds whose name in the code differs."""


def not_found_sentence(error: NotFound, surface: str) -> str:
    """The sentence for an id that names nothing, and where to look on a surface (``discord``,
    ``slack`` or ``terminal``; any other gets no hint)."""
    sentence = gettext(
        "There is no {kind} {identifier!r} here.",
        kind=KINDS.get(_KINDS.get(error.kind, error.kind), error.kind),
        identifier=error.shown[:60],
    )
    if surface not in _WHERE:
        return sentence
    jobs, library, news = _WHERE[surface]
    hint = library if error.kind in _LIBRARY else news if error.kind in _NEWS else jobs
    return joined(sentence, hint)
