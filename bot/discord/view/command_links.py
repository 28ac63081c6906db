"""Commands in Limner's own sentences as Discord's command mentions, which a click types."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from discord import ui

from bot.discord.view.markdown import length
from bot.locale.catalog import words

MAX_CHARS: Final = 3_900
"""Of all texts of a message; Discord takes 4,000."""

Commands = tuple[tuple[str, int], ...]
"""The English name of each command, with its group (``job history``), and Discord's id."""


def commands_of(ids: Mapping[str, int]) -> Commands:
    """The commands by their English names, in an order of their own."""
    return tuple(sorted(ids.items()))


def link_commands(items: Sequence[ui.Item[Any]], commands: Commands, language: str | None) -> None:
    """Let the commands that the texts of a message name be clicked."""
    texts = [item for item in items if isinstance(item, ui.TextDisplay)]
    linked = with_links([text.content for text in texts], commands, language)
    for text, content in zip(texts, linked, strict=True):
        text.content = content


def with_links(texts: list[str], commands: Commands, language: str | None) -> list[str]:
    """The texts of one message in which commands are mentions, the first ones where not all fit."""
    pattern, known = _spelled(commands, language)
    if pattern is None:
        return texts
    room = MAX_CHARS - sum(map(length, texts))

    def mention(found: re.Match[str]) -> str:
        nonlocal room
        name, id_ = known[found[1].casefold()]
        linked = f"</{name}:{id_}>"
        more = length(linked) - length(found[0])
        if more > room:
            return found[0]
        room -= more
        return linked

    return [pattern.sub(mention, text) for text in texts]


@lru_cache(maxsize=64)
def _spelled(
    commands: Commands, language: str | None
) -> tuple[re.Pattern[str] | None, Mapping[str, tuple[str, int]]]:
    """A pattern that finds commands as they are written in a language, and the command of each
    match."""
    known: dict[str, tuple[str, int]] = {}
    for name, id_ in commands:
        root, _, _rest = name.partition(" ")
        paths = [root] if root == name else [root, name.replace(" ", ".")]
        written = " ".join(words(path, language).name for path in paths)
        known[written.casefold()] = (name, id_)
    if not known:
        return None, known
    either = "|".join(re.escape(each) for each in sorted(known, key=len, reverse=True))
    return re.compile(rf"(?<![\w/<])`?/({either})(?![\w-])`?", re.IGNORECASE), known
