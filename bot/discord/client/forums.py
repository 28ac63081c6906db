"""Forums: what is posted there begins a post of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

import discord

from bot.cards.models import Card, ResultCard
from bot.discord.client.uploads import Content
from bot.discord.view.markdown import fitted

MAX_TITLE_CHARS: Final = 100


async def open_post(
    forum: discord.ForumChannel, content: Content, *, mentions: discord.AllowedMentions
) -> discord.Message:
    """Begin a post with a message; where the forum wants a tag it gets the first that all members
    may use. Raises discord.py's errors."""
    tags = [tag for tag in forum.available_tags if not tag.moderated] or forum.available_tags
    made = await forum.create_thread(
        name=fitted(_title(content.card) or "Limner", most=MAX_TITLE_CHARS),
        view=content.view(),
        files=content.files(),
        applied_tags=tags[:1] if forum.flags.require_tag else [],
        allowed_mentions=mentions,
    )
    return made.message


async def first_messages(
    forum: discord.ForumChannel, *, since: datetime
) -> AsyncIterator[discord.Message]:
    """The first messages of Limner's own open posts since then, the newest first. Raises
    discord.py's errors."""
    own = [
        thread
        for thread in await forum.guild.active_threads()
        if thread.parent_id == forum.id and thread.owner_id == forum.guild.me.id
    ]
    for thread in sorted(own, key=lambda each: each.id, reverse=True):
        if discord.utils.snowflake_time(thread.id) >= since:
            async for message in thread.history(limit=1, oldest_first=True):
                yield message


def _title(card: Card) -> str:
    """The title of a forum post: the headline of a story, or the title of its card."""
    if isinstance(card, ResultCard) and card.story is not None:
        return card.story.headline
    return str(getattr(card, "title", ""))
