"""The application's own emoji at Discord: uploaded once, found again by name, replaced when their
pictures change."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from typing import Final

import discord
import structlog

from bot.discord.client.messages import translate_errors
from bot.discord.view.state_emoji import CHARACTERS, FILES, StateEmoji
from domain.errors import LimnerError

log = structlog.get_logger(__name__)

UPLOAD_S: Final = 600.0
"""The time limit of finding and uploading all of them."""
_OURS: Final = re.compile(rf"limner_({'|'.join(CHARACTERS)})_[0-9a-f]{{6}}")


class AppEmoji:
    """Sees to it, in the background, that Discord has the emoji.

    Discord lets an application write its own emoji everywhere, whatever its permissions there.
    """

    def __init__(self) -> None:
        self.known: StateEmoji = {}
        """The emoji that Discord has, as they are written in a message."""
        self._task: asyncio.Task[None] | None = None

    def begin(self, client: discord.Client) -> None:
        """Find or upload the emoji that are not known yet, beside everything else."""
        running = self._task is not None and not self._task.done()
        if not running and not client.is_closed() and len(self.known) < len(CHARACTERS):
            self._task = asyncio.create_task(self._provide(client), name="discord-emoji")

    async def stop(self) -> None:
        """Stop what goes on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _provide(self, client: discord.Client) -> None:
        try:
            with translate_errors():
                async with asyncio.timeout(UPLOAD_S):
                    await self._upload(client)
        except LimnerError as error:  # cards show plain characters instead
            log.warning("discord_emoji_missing", error=str(error))

    async def _upload(self, client: discord.Client) -> None:
        pictures = await asyncio.to_thread(_pictures)
        there = await _there(client)
        self.known = _written(pictures, there)
        for name in pictures.keys() - there.keys():
            try:
                there[name] = await client.create_application_emoji(name=name, image=pictures[name])
            except discord.HTTPException:
                there = await _there(client)
                if name not in there:  # else another process has uploaded it meanwhile
                    raise
            self.known = _written(pictures, there)
        # Only now: until the new ones are there, other processes show the old ones.
        for name, emoji in there.items():
            if name not in pictures and _OURS.fullmatch(name):
                await emoji.delete()


async def _there(client: discord.Client) -> dict[str, discord.Emoji]:
    """The application's emoji at Discord, by name."""
    return {emoji.name: emoji for emoji in await client.fetch_application_emojis()}


@cache
def _pictures() -> Mapping[str, bytes]:
    """The PNG of each emoji by the name that it has at Discord, which changes with the picture."""
    found: dict[str, bytes] = {}
    for name in CHARACTERS:
        data = (FILES / f"{name}.png").read_bytes()
        found[f"limner_{name}_{hashlib.sha256(data).hexdigest()[:6]}"] = data
    return found


def _written(pictures: Mapping[str, bytes], there: Mapping[str, discord.Emoji]) -> StateEmoji:
    """The emoji that Discord has, by the names of the states."""
    return {name.split("_")[1]: str(there[name]) for name in pictures if name in there}
