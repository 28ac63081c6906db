"""The entries of Limner's in the menus of messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands

from bot.buttons import Button, ButtonAction
from bot.cards.models import Reply
from bot.cards.pictures import illustration_cards, state_phrase
from bot.commands import provenance
from bot.commands.brought_files import check_usable, counted
from bot.commands.making import ILLUSTRATE
from bot.commands.service import Commands
from bot.discord.client.attachments import brought_by, pictures_of, text_of
from bot.discord.client.command_sync import name
from bot.discord.client.requesters import SURFACE, Interaction, event_key, requester_of
from bot.discord.handlers.context import CommandContext
from bot.discord.handlers.forms import PICTURE_CODE, edit_form, reference_form, set_on
from bot.locale.talk import talk_phrase
from bot.text import shortened
from domain.errors import InvalidRequest, LimnerError, NotPossibleNow
from domain.prompt_text import MAX_PROMPT_CHARS
from domain.translation.messages import gettext


def add_menus(tree: app_commands.CommandTree[Any], context: CommandContext) -> None:
    """Put the entries of messages' menus into the tree."""

    async def illustrate(interaction: Interaction, message: discord.Message) -> None:
        async def work(commands: Commands) -> Reply:
            read = await context.intake.read(pictures)
            return await commands.illustrate(
                text, event_key=event_key(interaction.id), pictures=read
            )

        async def check(commands: Commands) -> None:
            context.intake.check(pictures)
            await commands.check_imagine(
                shortened(text.strip() or str(ILLUSTRATE), most=MAX_PROMPT_CHARS),
                options={},
                pictures=len(pictures),
                literal=True,
            )

        text, pictures = text_of(message), pictures_of(message)
        try:
            _check_message(message, interaction.locale.value)
        except InvalidRequest as error:
            await context.answers.refuse(interaction, error)
            return
        await context.answers.begin(interaction, work, check=check)

    async def edit(interaction: Interaction, message: discord.Message) -> None:
        try:
            code, pictures = await _to_edit(context, interaction, message)
        except LimnerError as error:
            await context.answers.refuse(interaction, error)
            return
        form = edit_form(code, interaction.locale.value, pictures)
        await context.answers.ask(interaction, form)

    async def sources(interaction: Interaction, message: discord.Message) -> None:
        async def work(commands: Commands) -> Reply:
            job_id = await _job_of(context, interaction, message)
            if job_id is None:
                raise InvalidRequest(
                    gettext("That isn't one of my pictures. Choose a message with one.")
                )
            return await commands.sources(job_id)

        await context.say(interaction, work)

    async def verify(interaction: Interaction, message: discord.Message) -> None:
        async def work(commands: Commands) -> Reply:
            del commands
            pictures = await context.intake.read(pictures_of(message))
            return await provenance.verify(
                context.services, requester_of(interaction), pictures=pictures
            )

        await context.say(interaction, work)

    async def reference(interaction: Interaction, message: discord.Message) -> None:
        pictures = pictures_of(message)
        try:
            if not pictures:
                raise InvalidRequest(gettext("That message has no picture."))
            context.intake.check(pictures)
        except LimnerError as error:
            await context.answers.refuse(interaction, error)
            return
        code = f"{PICTURE_CODE}{interaction.id}"
        context.intake.hold(code, pictures, user_id=interaction.user.id)
        await context.answers.ask(interaction, reference_form(code, interaction.locale.value))

    menus = {
        "illustrate": illustrate,
        "edit": edit,
        "reference": reference,
        "sources": sources,
        "verify": verify,
    }
    for path, callback in menus.items():
        menu = app_commands.ContextMenu(name=name(f"menu.{path}"), callback=callback)
        tree.add_command(menu)


def _check_message(message: discord.Message, language: str) -> None:
    """See that a message can be drawn: it has words or pictures, and no other files. Raises
    ``InvalidRequest``."""
    _pictures, unusable = counted([(file.name, file.picture) for file in brought_by(message)])
    check_usable(unusable, language)
    if not text_of(message) and not pictures_of(message):
        raise InvalidRequest(gettext("That message has no text or picture."))


async def _to_edit(
    context: CommandContext, interaction: Interaction, message: discord.Message
) -> tuple[str, Sequence[tuple[str, str]]]:
    """The code of the form that changes the picture of a message, Limner's own or another, and the
    pictures of a set by id and label.

    Raises:
        InvalidRequest: There is no picture in it.
    """
    job_id = await _job_of(context, interaction, message)
    if job_id is not None:
        view = await context.services.jobs.view(requester_of(interaction).workspace_id, job_id)
        shown = illustration_cards(view)
        if not shown:
            name = state_phrase(view)
            raise NotPossibleNow(talk_phrase(name, interaction.locale.value))
        listed = set_on(message)
        known = {id_ for id_, _label in listed} & {card.illustration_id for card in shown}
        of_set = [one for one in listed if one[0] in known]
        return Button(ButtonAction.EDIT, shown[0].illustration_id).code, of_set
    pictures = pictures_of(message)
    if not pictures:
        raise InvalidRequest(gettext("That message has no picture."))
    context.intake.check(pictures)
    code = f"{PICTURE_CODE}{interaction.id}"
    context.intake.hold(code, pictures, user_id=interaction.user.id)
    return code, ()


async def _job_of(
    context: CommandContext, interaction: Interaction, message: discord.Message
) -> str | None:
    return await context.services.team.job_of_message(
        requester_of(interaction).workspace_id, SURFACE, str(message.channel.id), str(message.id)
    )
