"""The connection to Discord: what is asked of it, what comes from it, and how it is kept."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import discord
import structlog
from discord import app_commands

from bot.discord.client.app_emoji import AppEmoji
from bot.discord.client.command_sync import Words, synchronise
from bot.discord.client.messages import translate_errors
from bot.discord.client.permissions import can_post
from bot.discord.client.requesters import Interaction
from bot.discord.handlers.buttons import ButtonPress
from bot.discord.view.command_links import Commands, commands_of
from domain.errors import InvalidSettings, SurfaceRefused, SurfaceUnavailable
from domain.translation.messages import gettext

log = structlog.get_logger(__name__)

PAUSES_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Pauses between tries to connect; once connected, discord.py reconnects and resumes by itself."""
SYNC_S = 60.0
"""The time limit of one attempt to register the commands; Limner answers meanwhile."""
SYNC_PAUSES_S = (5.0, 30.0, 120.0, 600.0, 3600.0)
"""Pauses between tries to register the commands; until one succeeds, the old ones hold."""
CLOSE_S = 5.0
"""How long closing waits for pending writes, so that no connection is left open."""
RATE_LIMIT_S = 60.0
"""The longest that one call waits because Discord asks for it."""
CDN_HOSTS = ("cdn.discordapp.com", "media.discordapp.net")
"""The host of Discord's attachments."""


@dataclass(frozen=True, slots=True)
class DiscordOptions:
    """How to connect; ``shards`` None leaves their number to Discord."""

    token: str = field(repr=False)
    shards: int | None = None
    test_guild: int | None = None
    message_content: bool = False
    cdn_hosts: tuple[str, ...] = CDN_HOSTS
    premium_sku: int | None = None
    """The subscription that people need to request pictures; None where none is required."""


class Listener(Protocol):
    """Listens to what people do beside commands and buttons."""

    async def pressed(self, interaction: Interaction) -> None:
        """A user pressed a button or picked from a menu."""
        ...

    async def submitted(self, interaction: Interaction) -> None:
        """A user sent a form."""
        ...

    async def written(self, message: discord.Message) -> None:
        """A user wrote a message."""
        ...

    async def reacted(self, reaction: discord.RawReactionActionEvent) -> None:
        """A user added or removed a reaction."""
        ...

    async def failed(self, interaction: Interaction, error: app_commands.AppCommandError) -> None:
        """A command could not be run."""
        ...


class PlaceWatcher(Protocol):
    """Listens for servers and channels that disappear and come back."""

    async def connected(self, guilds: Collection[discord.Guild]) -> None:
        """Limner is connected, and in these servers."""
        ...

    async def changed(self, guild: discord.Guild) -> None:
        """What Limner may do in a server has changed."""
        ...

    async def added(self, guild: discord.Guild) -> None:
        """Limner was added to a server."""
        ...

    async def removed(self, guild_id: int) -> None:
        """Limner was removed from a server, or the server was deleted."""
        ...

    async def closed(self, guild_id: int, channel_id: int) -> None:
        """Limner can post in a channel or thread no more."""
        ...

    async def opened(self, guild_id: int, channel_id: int) -> None:
        """Limner can post in a channel or thread again."""
        ...


class CommandTree(app_commands.CommandTree["LimnerClient"]):
    """The commands; one that cannot be run is answered, too."""

    async def on_error(
        self, interaction: Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        """Pass on that a command could not be run."""
        await self.client.failed(interaction, error)


class LimnerClient(discord.AutoShardedClient):
    """discord.py's client with as little in memory as the work needs."""

    def __init__(
        self,
        options: DiscordOptions,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__(
            intents=intents(message_content=options.message_content),
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            shard_count=options.shards,
            max_ratelimit_timeout=RATE_LIMIT_S,
        )
        self.options = options
        self.tree = CommandTree(
            self,
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=True, private_channel=False
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )
        self.logged_in = asyncio.Event()
        self.commands: Commands = ()
        """Discord's ids of the commands, once it knows them."""
        self.emoji = AppEmoji()
        self._sleep = sleep
        self._listener: Listener | None = None
        self._watcher: PlaceWatcher | None = None
        self._begun = False
        self._running: asyncio.Task[Any] | None = None
        self._registration: asyncio.Task[None] | None = None
        self._comparison: asyncio.Future[None] | None = None
        self._refused_settings: InvalidSettings | None = None

    @property
    def premium_sku(self) -> int | None:
        """The subscription that people need to request pictures; None where none is required."""
        return self.options.premium_sku

    def listen(self, listener: Listener, watcher: PlaceWatcher | None = None) -> None:
        """Register ``listener`` for what people do, and ``watcher`` for changes to places."""
        self._listener, self._watcher = listener, watcher

    async def setup_hook(self) -> None:
        """Be ready to answer, once logged in; the commands are registered beside that."""
        self.add_dynamic_items(ButtonPress)
        await self.tree.set_translator(Words())
        # Discord has them only where the developer portal allows to install the app for oneself.
        installed = self.application.user_integration_config if self.application else None
        self.tree.allowed_installs.user = installed is not None
        self.tree.allowed_contexts.private_channel = installed is not None
        await self._stop_registration()
        self._registration = asyncio.create_task(self._register(), name="discord-commands")
        self._registration.add_done_callback(self._registration_ended)
        self.logged_in.set()

    async def close(self) -> None:
        """Close the connection, and stop what goes on beside it."""
        await self._stop_registration()
        await self.emoji.stop()
        if self._comparison is not None and not self._comparison.done():
            await asyncio.wait((self._comparison,), timeout=CLOSE_S)
        await super().close()
        await self.emoji.stop()  # if Discord said meanwhile that everything is there

    async def stay_connected(self) -> None:
        """Connect and answer until cancelled, through every outage.

        Raises:
            InvalidSettings: Discord does not take the token, the intents, the shards, or commands
                in the test guild.
        """
        tries = 0
        while True:
            if self._begun:
                await self._forget_connection()
            self._begun = True
            try:
                with translate_errors():
                    await self._connected()
                log.warning("discord_closed")
            except (discord.DiscordException, SurfaceUnavailable, SurfaceRefused) as error:
                _check_settings(error)
                log.warning("discord_unreachable", error=str(error))
            pause_s = PAUSES_S[min(tries, len(PAUSES_S) - 1)]
            await self._sleep(pause_s * random.uniform(1.0, 1.5))  # noqa: S311
            tries += 1

    async def _connected(self) -> None:
        """Be connected until that ends. Raises ``InvalidSettings`` where the commands may not be
        registered."""
        self._running = asyncio.current_task()
        try:
            await self.start(self.options.token)
        except asyncio.CancelledError:
            if self._refused_settings is None or self._running is None:
                raise
            self._running.uncancel()
            raise self._refused_settings from None
        finally:
            self._running = None

    async def _register(self) -> None:
        """Register the commands; what fails is tried again. Raises ``InvalidSettings``."""
        tries = 0
        while True:
            try:
                async with asyncio.timeout(SYNC_S):
                    with translate_errors():
                        known = await synchronise(self.tree, test_guild=self.options.test_guild)
                        self.commands = commands_of(known)
            except (TimeoutError, SurfaceUnavailable, SurfaceRefused) as error:
                log.warning("commands_not_synchronised", error=str(error))
            else:
                return
            await asyncio.sleep(SYNC_PAUSES_S[min(tries, len(SYNC_PAUSES_S) - 1)])
            tries += 1

    def _registration_ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, InvalidSettings):
            self._refused_settings = error
            if self._running is not None:
                self._running.cancel()
        elif error is not None:
            log.error("commands_not_synchronised", exc_info=error)

    async def _stop_registration(self) -> None:
        if self._registration is not None:
            self._registration.cancel()
            await asyncio.gather(self._registration, return_exceptions=True)

    async def _forget_connection(self) -> None:
        """Be as new, however an earlier connection ended."""
        if not self.is_closed():
            await self.close()
        self.clear()
        self.http.connector = discord.utils.MISSING  # the old one is closed, and would be used

    async def on_ready(self) -> None:
        """Log that everything is there, and pass on where Limner is."""
        log.info("discord_ready", guilds=len(self.guilds))
        self.emoji.begin(self)
        if self._watcher:
            self._comparison = asyncio.ensure_future(self._watcher.connected(self.guilds))
            await self._comparison

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Pass on that Limner was added to a server."""
        if self._watcher:
            await self._watcher.added(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Pass on that Limner was removed from a server."""
        if self._watcher:
            await self._watcher.removed(guild.id)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Pass on that a channel is gone."""
        if self._watcher:
            await self._watcher.closed(channel.guild.id, channel.id)

    async def on_guild_channel_update(
        self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel
    ) -> None:
        """Pass on that Limner was let into a channel, or kept out of it."""
        if self._watcher is None or can_post(before) == can_post(after):
            return
        notify = self._watcher.opened if can_post(after) else self._watcher.closed
        await notify(after.guild.id, after.id)

    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        """Pass on that a role of Limner's allows something else."""
        me = after.guild.me
        if self._watcher and before.permissions != after.permissions and after in me.roles:
            await self._watcher.changed(after.guild)

    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        """Pass on that Limner has other roles; Discord says that of nobody else."""
        if self._watcher and after.id == after.guild.me.id and before.roles != after.roles:
            await self._watcher.changed(after.guild)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Pass on that a thread is gone."""
        if self._watcher:
            await self._watcher.closed(payload.guild_id, payload.thread_id)

    async def on_raw_thread_update(self, payload: discord.RawThreadUpdateEvent) -> None:
        """Pass on that a thread was locked or unlocked; one that is only archived opens again with
        the next message."""
        if self._watcher:
            metadata = payload.data.get("thread_metadata") or {}
            notify = self._watcher.closed if metadata.get("locked") else self._watcher.opened
            await notify(payload.guild_id, payload.thread_id)

    async def pressed(self, interaction: Interaction) -> None:
        """Pass a press on."""
        if self._listener:
            await self._listener.pressed(interaction)

    async def failed(self, interaction: Interaction, error: app_commands.AppCommandError) -> None:
        """Pass on that a command could not be run."""
        if self._listener:
            await self._listener.failed(interaction, error)

    async def on_interaction(self, interaction: Interaction) -> None:
        """Pass a filled-in form on; commands and buttons find their way by themselves."""
        if self._listener and interaction.type is discord.InteractionType.modal_submit:
            await self._listener.submitted(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """Pass on what people write; bots are not listened to."""
        if self._listener and not message.author.bot and message.webhook_id is None:
            await self._listener.written(message)

    async def on_raw_reaction_add(self, reaction: discord.RawReactionActionEvent) -> None:
        """Pass a reaction on."""
        await self._reaction(reaction)

    async def on_raw_reaction_remove(self, reaction: discord.RawReactionActionEvent) -> None:
        """Pass on that a reaction was taken away."""
        await self._reaction(reaction)

    async def _reaction(self, reaction: discord.RawReactionActionEvent) -> None:
        own = self.user is not None and reaction.user_id == self.user.id
        if self._listener and not own:
            await self._listener.reacted(reaction)


def intents(*, message_content: bool) -> discord.Intents:
    """The least that the work needs: channels and roles, messages that mention Limner or are
    written to it alone, reactions; what others write only where the operator opted in."""
    return discord.Intents(
        guilds=True,
        guild_messages=True,
        guild_reactions=True,
        dm_messages=True,
        dm_reactions=True,
        message_content=message_content,
    )


def cdn_hosts(api_base: str) -> tuple[str, ...]:
    """The hosts that attachments may lie on: Discord's, and that of another server."""
    host = urlsplit(api_base).netloc
    return (*CDN_HOSTS, host) if host else CDN_HOSTS


def wrong_token() -> InvalidSettings:
    """The error for a token that Discord rejects."""
    return InvalidSettings(
        gettext(
            "The setting LIMNER_DISCORD_TOKEN is wrong: Discord rejected it. Copy the "
            "token again from the Bot page of the developer portal."
        )
    )


def _check_settings(error: BaseException) -> None:
    """Raise errors that a retry cannot resolve as sentences."""
    code = error.code if isinstance(error, discord.ConnectionClosed) else 0
    if isinstance(error, discord.LoginFailure) or code == 4004:
        raise wrong_token() from None
    if isinstance(error, discord.PrivilegedIntentsRequired) or code in (4013, 4014):
        raise InvalidSettings(
            gettext(
                "LIMNER_DISCORD_MESSAGE_CONTENT is on, but Discord doesn't allow it. "
                "Enable “Message Content Intent” on the Bot page of the developer "
                "portal, or turn the setting off."
            )
        ) from None
    if code in (4010, 4011):
        raise InvalidSettings(
            gettext(
                "LIMNER_DISCORD_SHARDS doesn't work for this bot. Leave it empty to "
                "use Discord's recommendation."
            )
        ) from None
