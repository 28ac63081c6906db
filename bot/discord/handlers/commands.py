"""The slash commands: each one parses, makes one call, and its answer is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range

from bot.cards.models import Reply
from bot.commands import provenance
from bot.commands.service import Commands
from bot.discord.client.attachments import attached
from bot.discord.client.command_sync import choices, described
from bot.discord.client.requesters import Interaction, event_key, requester_of
from bot.discord.handlers.admin import admin_group
from bot.discord.handlers.context import CommandContext, options_of
from bot.discord.handlers.extras import add_extras
from bot.discord.handlers.help import help_for
from bot.discord.handlers.interaction_writer import Ack
from bot.discord.handlers.menus import add_menus
from bot.discord.handlers.news import news_group
from bot.discord.handlers.polls import MAX_HOURS, open_poll
from bot.discord.handlers.setting_forms import SettingForms
from bot.discord.handlers.setting_values import check_settings, with_role_ids
from bot.options import split_options, wants_privacy
from domain.errors import InvalidRequest
from domain.prompt_text import MAX_PROMPT_CHARS
from domain.requests import MAX_COUNT, MAX_SEED, ResearchDepth, Rights
from domain.team import Scope
from domain.translation.messages import gettext

Tree = app_commands.CommandTree[Any]
Prompt = Range[str, 1, MAX_PROMPT_CHARS]
Instruction = Range[str, 1, 1000]


def add_commands(tree: Tree, context: CommandContext) -> None:
    """Put every command and menu into the tree."""
    _add_imagine(tree, context)
    _add_edit(tree, context)
    _add_views(tree, context)
    add_menus(tree, context)
    add_extras(tree, context)
    groups = (_job, _library, _settings, news_group, admin_group)
    for group in groups:
        tree.add_command(group(context))


def _add_imagine(tree: Tree, context: CommandContext) -> None:
    @tree.command(**described("imagine"))
    @options_of("imagine")
    @app_commands.choices(research=choices(ResearchDepth), rights=choices(Rights))
    @app_commands.autocomplete(
        aspect=context.suggest("aspect"),
        style=context.suggest("style"),
        generator=context.suggest("generator"),
    )
    async def imagine(
        interaction: Interaction,
        prompt: Prompt,
        reference: discord.Attachment | None = None,
        research: str | None = None,
        aspect: str | None = None,
        style: str | None = None,
        count: Range[int, 1, MAX_COUNT] | None = None,
        seed: Range[int, 0, MAX_SEED] | None = None,
        generator: str | None = None,
        rights: str | None = None,
        private: bool | None = None,
        choose: bool | None = None,
    ) -> None:
        options = _given(
            research=research,
            aspect=aspect,
            style=style,
            count=count,
            seed=seed,
            generator=generator,
            rights=rights,
            private=private,
            choose=choose,
        )

        async def work(commands: Commands) -> Reply:
            pictures = await context.intake.read(attached(reference))
            key, (text, typed) = event_key(interaction.id), split_options(prompt)
            chosen = {**typed, **options}
            return await commands.imagine(text, event_key=key, options=chosen, pictures=pictures)

        async def check(commands: Commands) -> None:
            context.intake.check(attached(reference))
            text, typed = split_options(prompt)
            pictures = int(reference is not None)
            await commands.check_imagine(text, options={**typed, **options}, pictures=pictures)

        try:  # the acknowledgement fixes whether the answer is private
            alone = bool(private) or wants_privacy(split_options(prompt)[1])
        except InvalidRequest:
            alone = bool(private)
        await context.answers.begin(interaction, work, private=alone, check=check)


def _add_edit(tree: Tree, context: CommandContext) -> None:
    @tree.command(**described("edit"))
    @options_of("edit")
    @app_commands.autocomplete(image=context.suggest("job"))
    async def edit(
        interaction: Interaction,
        image: str,
        instruction: Instruction,
        reference: discord.Attachment | None = None,
    ) -> None:
        async def work(commands: Commands) -> Reply:
            pictures = await context.intake.read(attached(reference))
            key = event_key(interaction.id)
            return await commands.edit(image, instruction, event_key=key, pictures=pictures)

        async def check(commands: Commands) -> None:
            context.intake.check(attached(reference))
            await commands.check_picture(image, instruction)

        await context.answers.begin(interaction, work, check=check)


def _add_views(tree: Tree, context: CommandContext) -> None:
    @tree.command(**described("sources"))
    @options_of("sources")
    @app_commands.autocomplete(job=context.suggest("job"))
    async def sources(interaction: Interaction, job: str) -> None:
        await context.say(interaction, lambda commands: commands.sources(job))

    @tree.command(**described("verify"))
    @options_of("verify")
    async def verify(
        interaction: Interaction,
        picture: discord.Attachment | None = None,
        address: str | None = None,
    ) -> None:
        await context.say_of_picture(interaction, provenance.verify, picture, address)

    @tree.command(**described("gallery"))
    async def gallery(interaction: Interaction) -> None:
        await context.answers.answer(interaction, lambda c: c.gallery(), ack=Ack.PUBLIC)

    @tree.command(**described("usage"))
    @options_of("usage")
    async def usage(interaction: Interaction, team: bool = False) -> None:
        await context.say(interaction, lambda commands: commands.usage(everybody=team))

    @tree.command(**described("help"))
    async def help_(interaction: Interaction) -> None:
        async def work(commands: Commands) -> Reply:
            del commands
            requester, language = requester_of(interaction), interaction.locale.value
            helps = help_for(context.services, reads_replies=context.reads_replies)
            return Reply(await helps(requester, language), private=True)

        await context.say(interaction, work)


def _job(context: CommandContext) -> app_commands.Group:
    group = app_commands.Group(**described("job"))
    ids = app_commands.autocomplete(id=context.suggest("job"))

    @group.command(**described("job.status"))
    @options_of("job")
    @ids
    async def status(interaction: Interaction, id: str) -> None:
        await context.say(interaction, lambda commands: commands.job(id))

    @group.command(**described("job.cancel"))
    @options_of("job")
    @ids
    async def cancel(interaction: Interaction, id: str) -> None:
        await context.say(interaction, lambda commands: commands.cancel(id))

    @group.command(**described("job.report"))
    @options_of("job")
    @ids
    async def report(interaction: Interaction, id: str) -> None:
        await context.say(interaction, lambda commands: commands.report(id))

    @group.command(**described("job.poll"))
    @options_of("job")
    @ids
    async def poll(interaction: Interaction, id: str, hours: Range[int, 1, MAX_HOURS] = 24) -> None:
        await open_poll(context, interaction, id, hours=hours)

    @group.command(**described("job.history"))
    async def history(interaction: Interaction) -> None:
        await context.say(interaction, lambda commands: commands.jobs())

    @group.command(**described("job.queue"))
    async def queue(interaction: Interaction) -> None:
        await context.say(interaction, lambda commands: commands.queue())

    return group


def _library(context: CommandContext) -> app_commands.Group:
    group = app_commands.Group(**described("library"))

    @group.command(**described("library.add"))
    @options_of("library")
    async def add(
        interaction: Interaction,
        file: discord.Attachment | None = None,
        address: str | None = None,
        title: str | None = None,
        author: str | None = None,
        license: str | None = None,
    ) -> None:
        async def work(commands: Commands) -> Reply:
            read = await context.intake.read(attached(file))
            return await commands.library.add(
                upload=read[0] if read else None,
                address=address,
                title=title,
                author=author,
                license=license,
            )

        await context.say(interaction, work)

    @group.command(**described("library.list"))
    async def list_(interaction: Interaction) -> None:
        await context.say(interaction, lambda commands: commands.library.list())

    @group.command(**described("library.remove"))
    @options_of("library")
    @app_commands.autocomplete(id=context.suggest("library"))
    async def remove(interaction: Interaction, id: str) -> None:
        await context.say(interaction, lambda commands: commands.library.remove(id))

    return group


def _settings(context: CommandContext) -> app_commands.Group:
    group = app_commands.Group(**described("settings"))
    scopes = {"user": Scope.MEMBER, "channel": Scope.CHANNEL, "team": Scope.WORKSPACE}

    def add(word: str, scope: Scope) -> None:
        @group.command(**described(f"settings.{word}"))
        @options_of("settings")
        @app_commands.autocomplete(name=context.suggest("setting"), value=context.suggest_values())
        async def setting(
            interaction: Interaction, name: str | None = None, value: str | None = None
        ) -> None:
            async def work(commands: Commands) -> Reply:
                if value is not None and name is None:
                    raise InvalidRequest(
                        gettext("Choose which setting to change, too."), field="name"
                    )
                typed = value
                if typed is not None and (name or "").endswith("_groups"):
                    typed = with_role_ids(interaction, typed)
                changes = {name or "": typed or ""}
                await check_settings(interaction, context.services.team, changes)
                return await commands.settings(scope, name, typed)

            if name is not None and value is None:
                forms = SettingForms(context.answers, context.services)
                await forms.open(interaction, scope, (name,))
            else:
                await context.say(interaction, work)

    for word, scope in scopes.items():
        add(word, scope)
    return group


def _given(**options: object) -> Mapping[str, str]:
    """The options that were given, as people would type them."""
    words = {True: "yes", False: "no"}
    return {
        key: words[value] if isinstance(value, bool) else str(value)
        for key, value in options.items()
        if value is not None
    }
