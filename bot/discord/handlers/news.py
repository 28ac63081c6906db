"""``/news``: schedules of the news desk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range

from bot.cards.models import Reply
from bot.commands.news import OPTIONS, NewsCommands
from bot.discord.client.command_sync import described
from bot.discord.client.requesters import Interaction
from bot.discord.handlers.context import CommandContext, options_of
from domain.errors import Refused
from domain.translation.messages import gettext

_SERVERS = app_commands.AppInstallationType(guild=True, user=False)
_GUILDS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
_NEEDED = ("view_channel", "attach_files")


def news_group(context: CommandContext) -> app_commands.Group:
    """``/news``."""
    group = app_commands.Group(
        **described("news"), allowed_contexts=_GUILDS, allowed_installs=_SERVERS
    )
    _add_making(group, context)
    _add_changing(group, context)
    for word in ("preview", "run", "pause", "resume", "remove"):
        _add_steering(group, context, word)

    @group.command(**described("news.list"))
    async def list_(interaction: Interaction) -> None:
        await context.say(interaction, lambda commands: commands.news.list())

    return group


class _NewsPlaces(app_commands.Transformer):
    """Takes channels, threads and forums; a forum of media is none, since stories have words."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """A channel that Discord lets people pick."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """The kinds of it."""
        kinds = discord.ChannelType
        threads = (kinds.news_thread, kinds.public_thread, kinds.private_thread)
        return [kinds.text, kinds.news, kinds.forum, *threads]

    async def transform(self, interaction: Interaction, value: Any, /) -> Any:
        """The channel from the cache, or fetched: archived threads are in no cache. One that Limner
        cannot look at stays as it is."""
        del interaction
        try:
            found = value.resolve() or await value.fetch()
        except discord.HTTPException:
            return value
        if not isinstance(found, discord.TextChannel | discord.ForumChannel | discord.Thread):
            raise app_commands.TransformerError(value, self.type, self)
        return found


NewsPlace = app_commands.Transform[
    discord.TextChannel | discord.ForumChannel | discord.Thread, _NewsPlaces
]


def _add_making(group: app_commands.Group, context: CommandContext) -> None:
    @group.command(**described("news.add"))
    @options_of("news")
    @app_commands.autocomplete(
        time_zone=context.suggest("time_zone"),
        style=context.suggest("style"),
        generator=context.suggest("generator"),
    )
    async def add(
        interaction: Interaction,
        when: str,
        topic: str | None = None,
        feeds: str | None = None,
        time_zone: str | None = None,
        channel: NewsPlace | None = None,
        approvals: Range[int, 0, 2] | None = None,
        review: discord.TextChannel | None = None,
        name: str | None = None,
        language: str | None = None,
        style: str | None = None,
        generator: str | None = None,
        sources: Range[int, 1, 5] | None = None,
        quiet: str | None = None,
        ends: str | None = None,
        grace: Range[int, 0, 48] | None = None,
        lead: Range[int, 0, 48] | None = None,
    ) -> None:
        await _with(interaction, context, locals(), lambda news, options: news.add(options))


def _add_changing(group: app_commands.Group, context: CommandContext) -> None:
    @group.command(**described("news.edit"))
    @options_of("news")
    @app_commands.autocomplete(
        schedule=context.suggest("schedule"),
        time_zone=context.suggest("time_zone"),
        style=context.suggest("style"),
        generator=context.suggest("generator"),
    )
    async def edit(
        interaction: Interaction,
        schedule: str,
        when: str | None = None,
        topic: str | None = None,
        feeds: str | None = None,
        time_zone: str | None = None,
        channel: NewsPlace | None = None,
        approvals: Range[int, 0, 2] | None = None,
        review: discord.TextChannel | None = None,
        name: str | None = None,
        language: str | None = None,
        style: str | None = None,
        generator: str | None = None,
        sources: Range[int, 1, 5] | None = None,
        quiet: str | None = None,
        ends: str | None = None,
        grace: Range[int, 0, 48] | None = None,
        lead: Range[int, 0, 48] | None = None,
    ) -> None:
        given = locals()
        await _with(interaction, context, given, lambda news, options: news.edit(schedule, options))


def _add_steering(group: app_commands.Group, context: CommandContext, word: str) -> None:
    @group.command(**described(f"news.{word}"))
    @options_of("news")
    @app_commands.autocomplete(schedule=context.suggest("schedule"))
    async def steer(interaction: Interaction, schedule: str) -> None:
        async def work(news: NewsCommands) -> Reply:
            reply: Reply = await getattr(news, word)(schedule)
            return reply

        await context.say(interaction, lambda commands: work(commands.news))


async def _with(
    interaction: Interaction,
    context: CommandContext,
    given: Mapping[str, Any],
    work: Callable[[NewsCommands, dict[str, str]], Awaitable[Reply]],
) -> None:
    """Do it with the options that were given, as people would type them."""

    async def checked(news: NewsCommands) -> Reply:
        options: dict[str, str] = {}
        for option in OPTIONS:
            value = given.get(option)
            if isinstance(value, discord.TextChannel | discord.ForumChannel | discord.Thread):
                _check_may_post(interaction, value)
                options[option] = str(value.id)
            elif isinstance(value, app_commands.AppCommandThread | app_commands.AppCommandChannel):
                raise Refused(
                    gettext("Limner can't see that channel. Give it “View Channel” there first.")
                )
            elif value is not None:
                options[option] = str(value)
        return await work(news, options)

    await context.say(interaction, lambda commands: checked(commands.news))


def _check_may_post(
    interaction: Interaction, channel: discord.TextChannel | discord.ForumChannel | discord.Thread
) -> None:
    """See that the person and Limner may both post in a channel, a forum or a thread. Raises
    ``Refused``."""
    given = channel.permissions_for(channel.guild.me)
    thread = isinstance(channel, discord.Thread)
    if isinstance(channel, discord.Thread) and channel.locked and not given.manage_threads:
        raise Refused(
            gettext("The thread {name} is locked. Choose another place.", name=channel.name)
        )
    writes = "send_messages_in_threads" if thread else "send_messages"
    if not all(getattr(given, permission) for permission in (*_NEEDED, writes)):
        raise Refused(
            gettext(
                "Limner can't post pictures in #{name}. Give it “View Channel”, “Send "
                "Messages” and “Attach Files” there first.",
                name=channel.name,
            )
        )
    if isinstance(interaction.user, discord.Member):
        own = channel.permissions_for(interaction.user)
        if not (own.view_channel and getattr(own, writes)):
            raise Refused(
                gettext(
                    "You can't post in #{name} yourself. Choose another channel.", name=channel.name
                )
            )
