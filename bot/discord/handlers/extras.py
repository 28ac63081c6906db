"""``/describe``, ``/blend``, ``/preset``, ``/privacy`` and ``/link-account``."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range

from bot.cards.models import Reply
from bot.commands.describing import describe
from bot.commands.making import BLEND
from bot.commands.service import Commands
from bot.discord.client.attachments import attached
from bot.discord.client.command_sync import described
from bot.discord.client.requesters import Interaction, event_key
from bot.discord.handlers.context import CommandContext, options_of
from domain.prompt_text import MAX_PROMPT_CHARS

Tree = app_commands.CommandTree[Any]
Prompt = Range[str, 1, MAX_PROMPT_CHARS]
Name = Range[str, 1, 32]


def add_extras(tree: Tree, context: CommandContext) -> None:
    """Put the commands into the tree."""
    _add_describe(tree, context)
    _add_blend(tree, context)
    tree.add_command(_preset(context))
    tree.add_command(_privacy(context))
    _add_accounts(tree, context)


def _add_describe(tree: Tree, context: CommandContext) -> None:
    @tree.command(**described("describe"))
    @options_of("describe")
    async def describe_(
        interaction: Interaction,
        picture: discord.Attachment | None = None,
        address: str | None = None,
    ) -> None:
        await context.say_of_picture(interaction, describe, picture, address)


def _add_blend(tree: Tree, context: CommandContext) -> None:
    @tree.command(**described("blend"))
    @options_of("blend")
    async def blend(
        interaction: Interaction,
        first: discord.Attachment,
        second: discord.Attachment,
        third: discord.Attachment | None = None,
        fourth: discord.Attachment | None = None,
        prompt: str | None = None,
    ) -> None:
        async def work(commands: Commands) -> Reply:
            pictures = await context.intake.read(given)
            key = event_key(interaction.id)
            return await commands.blend(prompt or "", event_key=key, pictures=pictures)

        async def check(commands: Commands) -> None:
            context.intake.check(given)
            await commands.check_imagine(
                prompt or str(BLEND), options={}, pictures=len(given), literal=True
            )

        given = attached(first, second, third, fourth)
        await context.answers.begin(interaction, work, check=check)


def _preset(context: CommandContext) -> app_commands.Group:
    group = app_commands.Group(**described("preset"))

    @group.command(**described("preset.save"))
    @options_of("preset")
    async def save(
        interaction: Interaction, name: Name, options: str, channel: bool = False
    ) -> None:
        await context.say(interaction, lambda c: c.presets.save(name, options, channel=channel))

    @group.command(**described("preset.use"))
    @options_of("preset")
    @app_commands.autocomplete(name=context.suggest("preset"))
    async def use(interaction: Interaction, name: Name, prompt: Prompt) -> None:
        key = event_key(interaction.id)
        await context.answers.begin(
            interaction,
            lambda commands: commands.presets.use(name, prompt, event_key=key),
            check=lambda commands: commands.presets.check_use(name, prompt),
        )

    @group.command(**described("preset.list"))
    async def list_(interaction: Interaction) -> None:
        await context.say(interaction, lambda commands: commands.presets.list())

    @group.command(**described("preset.delete"))
    @options_of("preset")
    @app_commands.autocomplete(name=context.suggest("preset"))
    async def delete(interaction: Interaction, name: Name, channel: bool = False) -> None:
        await context.say(interaction, lambda c: c.presets.delete(name, channel=channel))

    return group


def _privacy(context: CommandContext) -> app_commands.Group:
    group = app_commands.Group(**described("privacy"))

    @group.command(**described("privacy.export"))
    @options_of("privacy")
    async def export(interaction: Interaction, team: bool = False) -> None:
        await context.say(interaction, lambda commands: commands.privacy.export(everybody=team))

    @group.command(**described("privacy.delete"))
    @options_of("privacy")
    async def delete(interaction: Interaction, team: bool = False) -> None:
        await context.say(interaction, lambda commands: commands.privacy.delete(everybody=team))

    return group


def _add_accounts(tree: Tree, context: CommandContext) -> None:
    @tree.command(**described("link-account"))
    @options_of("link-account")
    async def link_account(interaction: Interaction, code: Range[str, 6, 20] | None = None) -> None:
        await context.say(interaction, lambda commands: commands.accounts.link(code))

    @tree.command(**described("unlink-account"))
    async def unlink_account(interaction: Interaction) -> None:
        await context.say(interaction, lambda commands: commands.accounts.unlink())
