"""Servers and channels that disappear and come back: work for them stops and resumes."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping
from functools import partial

import discord
import structlog

from bot.cards.greetings import greeting_card
from bot.discord.client.messages import Messages
from bot.discord.client.permissions import can_post_at
from bot.discord.client.requesters import SURFACE
from bot.discord.client.uploads import Uploads
from bot.discord.view.components import Frame
from domain.errors import LimnerError
from jobs.news.destinations import DestinationService

log = structlog.get_logger(__name__)


class Places:
    """Passes on what becomes of places, and greets where Limner was added."""

    def __init__(
        self, destinations: DestinationService | None, messages: Messages, uploads: Uploads
    ) -> None:
        self._destinations = destinations
        self._messages = messages
        self._uploads = uploads

    async def connected(self, guilds: Collection[discord.Guild]) -> None:
        """Notice which servers Limner was added to or removed from while it was not connected, and
        where its permissions changed."""
        if self._destinations is None:
            return
        present = {_workspace(guild.id): guild for guild in guilds}
        await _done(self._destinations.compare(SURFACE, present.keys()))
        await _done(self._check_channels(self._destinations, present))

    async def changed(self, guild: discord.Guild) -> None:
        """Stop and resume news where Limner's permissions changed."""
        if self._destinations is not None:
            can_post = partial(can_post_at, guild)
            await _done(self._destinations.check_channels(_workspace(guild.id), can_post))

    async def added(self, guild: discord.Guild) -> None:
        """Resume what was paused, and say hello."""
        if self._destinations is not None:
            await _done(self._destinations.join(_workspace(guild.id)))
        channel = _channel_for_greeting(guild)
        if channel is None:
            log.info("no_channel_for_greeting", guild=guild.id)
            return
        build = self._uploads.builder(
            _workspace(guild.id),
            greeting_card(SURFACE),
            Frame(language=guild.preferred_locale.value),
        )
        joined = guild.me.joined_at if guild.me else None
        await _done(self._messages.post(channel.id, build, nonce=f"greeting:{guild.id}:{joined}"))

    async def removed(self, guild_id: int) -> None:
        """Stop all work for a server."""
        if self._destinations is not None:
            await _done(self._destinations.leave(_workspace(guild_id)))

    async def closed(self, guild_id: int, channel_id: int) -> None:
        """Stop work for a channel or thread."""
        if self._destinations is not None:
            await _done(self._destinations.close_channel(_workspace(guild_id), str(channel_id)))

    async def opened(self, guild_id: int, channel_id: int) -> None:
        """Go on with work for a channel or thread."""
        if self._destinations is not None:
            await _done(self._destinations.open_channel(_workspace(guild_id), str(channel_id)))

    async def _check_channels(
        self, destinations: DestinationService, present: Mapping[str, discord.Guild]
    ) -> None:
        for workspace_id, _departed in await destinations.workspaces.in_use(SURFACE):
            guild = present.get(workspace_id)
            if guild is not None and not guild.unavailable:
                await destinations.check_channels(workspace_id, partial(can_post_at, guild))


async def _done(work: Awaitable[object]) -> None:
    """Run it; failures are logged, since no user waits for an answer."""
    try:
        await work
    except LimnerError as error:
        log.warning("place_not_noted", error=str(error))


def _channel_for_greeting(guild: discord.Guild) -> discord.TextChannel | None:
    """Where to post the greeting: the server's system channel, or else the first one that all
    members read and Limner may write in."""
    system = guild.system_channel
    if system is not None and _writes(system):
        return system
    for channel in guild.text_channels:
        everyone = channel.permissions_for(guild.default_role)
        if everyone.view_channel and not channel.is_nsfw() and _writes(channel):
            return channel
    return None


def _writes(channel: discord.TextChannel) -> bool:
    given = channel.permissions_for(channel.guild.me)
    return given.view_channel and given.send_messages


def _workspace(guild_id: int) -> str:
    return f"{SURFACE}:{guild_id}"
