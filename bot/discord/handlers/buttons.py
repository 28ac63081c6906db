"""Buttons, menus and forms: what pressing and sending one does.

They are identified by their custom ids alone, so those of messages from before a restart go on
working. Permissions are looked up when a button is pressed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, Protocol, cast

import discord
from discord import ui

from bot.buttons import OFFERED, Button, ButtonAction
from bot.cards.models import Reply
from bot.commands.making import Pictures
from bot.commands.service import Commands
from bot.commands.typed import run_typed
from bot.discord.client.attachments import Intake
from bot.discord.client.messages import Messages
from bot.discord.client.requesters import Interaction, event_key, requester_of
from bot.discord.handlers.forms import (
    PICTURE_CODE,
    Filled,
    edit_form,
    filled,
    picked,
    reject_form,
    replace_form,
    set_on,
    story_form,
)
from bot.discord.handlers.help import HelpFor
from bot.discord.handlers.interaction_writer import Ack
from bot.discord.handlers.responder import Answers
from bot.discord.handlers.setting_forms import SettingForms
from domain.errors import InvalidRequest
from domain.translation.messages import gettext

_BEGINNING: Final = frozenset(
    {
        *(ButtonAction.RERENDER, ButtonAction.RERESEARCH, ButtonAction.VARY, ButtonAction.EDIT),
        ButtonAction.UPSCALE,
    }
)
"""Begin a job of their own."""
_ASKING: Final = frozenset(
    {ButtonAction.EDIT, ButtonAction.REJECT, ButtonAction.REPLACE, ButtonAction.TEXT}
)
"""Ask for something first."""
_CHANGING: Final = frozenset(
    {
        *(
            ButtonAction.CANCEL,
            ButtonAction.GO,
            ButtonAction.APPROVE,
            ButtonAction.REJECT,
            ButtonAction.REPLACE,
            ButtonAction.KEEP,
        ),
        *(ButtonAction.PICTURE, ButtonAction.STORY, ButtonAction.ANNOTATE, ButtonAction.RETELL),
        *(ButtonAction.ALLOW, ButtonAction.DISMISS, ButtonAction.LIFT),
        *(ButtonAction.CHANGE, ButtonAction.NEW, ButtonAction.NOTHING, ButtonAction.FORGET),
        ButtonAction.PICK,
    }
)
"""Change the message that they stand on."""


class ButtonItem(Protocol):
    """Handles presses; discord.py's client hands them on."""

    async def pressed(self, interaction: Interaction) -> None:
        """A user pressed a button or picked from a menu."""
        ...


class ButtonPress(ui.DynamicItem[ui.Item[Any]], template=re.compile(r"limner:[a-z]+:[\w:-]{0,80}")):
    """Any button or menu of ours, on any message, from before any restart."""

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> ButtonPress:
        """A pressed button."""
        del interaction, match
        return cls(item)

    async def callback(self, interaction: Interaction) -> None:
        """Hand it on."""
        await cast("ButtonItem", interaction.client).pressed(interaction)


class Presses:
    """Does what buttons, menus and forms say."""

    def __init__(
        self,
        answers: Answers,
        intake: Intake,
        messages: Messages,
        help_card: HelpFor,
        settings: SettingForms,
    ) -> None:
        self._answers = answers
        self._intake = intake
        self._messages = messages
        self._help_card = help_card
        self._settings = settings

    async def pressed(self, interaction: Interaction) -> None:
        """Do what a button or a menu says, or open the form that it needs."""
        data = cast("dict[str, Any]", interaction.data or {})
        button = Button.read(str(data.get("custom_id") or ""))
        if button is None:
            return
        values = [str(value) for value in data.get("values") or ()]
        if button.action in _ASKING:
            await self._ask(interaction, button)
        elif button.action is ButtonAction.KEEP:
            numbers = [int(value) for value in values if value.isdecimal()]
            await self._answers.keep(interaction, button.subject, numbers)
        elif button.action is ButtonAction.SHOW and values:
            await self._press(interaction, Button(ButtonAction.SHOW, values[0]))
        elif button.action is ButtonAction.SETTING:
            await self._settings.picked(interaction, button.subject, values)
        elif button.action is ButtonAction.GO:
            await self._go(interaction, button)
        else:
            await self._press(interaction, button)

    async def submitted(self, interaction: Interaction) -> None:
        """Carry out a form that was sent."""
        form = filled(interaction)
        button = Button.read(form.code)
        if button is not None and form.picture:
            button = Button(button.action, form.picture)
        if button is not None and button.action is ButtonAction.SETTING:
            await self._settings.submitted(interaction, button.subject)
        elif button is not None:
            await self._press(interaction, button, form)
        elif form.code.startswith(PICTURE_CODE):
            await self._draw_by(interaction, form)

    async def _ask(self, interaction: Interaction, button: Button) -> None:
        language = interaction.locale.value
        match button.action:
            case ButtonAction.EDIT:
                form = edit_form(button.code, language, set_on(interaction.message))
            case ButtonAction.REJECT:
                form = reject_form(button.code, language)
            case ButtonAction.TEXT:
                text = await self._answers.story(interaction, button.subject)
                form = story_form(button.code, language, text)
            case _:
                form = replace_form(button.code, language, picked(interaction.message)[0])
        await self._answers.ask(interaction, form)

    async def _go(self, interaction: Interaction, button: Button) -> None:
        """Draw with what is picked in the menu above."""
        known, numbers = picked(interaction.message)
        if len(numbers) < len(known):
            button = Button(ButtonAction.KEEP, button.subject)
        await self._press(interaction, button, numbers=numbers)

    async def _press(
        self,
        interaction: Interaction,
        button: Button,
        form: Filled | None = None,
        *,
        numbers: Sequence[int] | None = None,
    ) -> None:
        async def work(commands: Commands) -> Reply:
            if button.action is ButtonAction.RUN:
                requester = requester_of(interaction)
                helps = await self._help_card(requester, interaction.locale.value)
                return await run_typed(commands, button.subject, helps)
            if button.action in OFFERED:
                text = await self._offered(interaction)
                return await commands.press(button, message=_message(interaction), text=text)
            if form is None:
                return await commands.press(button, message=_message(interaction), numbers=numbers)
            known, kept = picked(interaction.message)
            return await commands.press(
                button,
                message=_message(interaction),
                text=form.text,
                numbers=kept if len(kept) < len(known) else None,
                pictures=await self._pictures(commands, form),
                replaced=form.which,
            )

        if button.action in _BEGINNING:

            async def check(commands: Commands) -> None:
                if button.action is ButtonAction.RERESEARCH:  # which is asked of a job
                    await commands.check_job(button.subject)
                else:
                    await commands.check_picture(button.subject, form.text if form else "")

            private = _is_private(interaction)
            await self._answers.begin(interaction, work, private=private, check=check)
        else:
            ack = Ack.UPDATE if button.action in _CHANGING and interaction.message else Ack.PRIVATE
            await self._answers.answer(interaction, work, ack=ack)

    async def _offered(self, interaction: Interaction) -> str:
        """The words of the message that an offer replies to, without Limner's name; empty where it
        is gone."""
        reference = interaction.message.reference if interaction.message else None
        if reference is None or reference.message_id is None:
            return ""
        attachment = reference.resolved
        if not isinstance(attachment, discord.Message) or not attachment.content:
            attachment = await self._messages.fetch(reference.channel_id, reference.message_id)
        me = interaction.client.user
        content = attachment.content if attachment is not None else ""
        return re.sub(rf"<@!?{me.id}>", " ", content).strip() if me else content.strip()

    async def _draw_by(self, interaction: Interaction, form: Filled) -> None:
        """Draw what was asked for by pictures that are not Limner's own."""

        async def work(commands: Commands) -> Reply:
            held = self._intake.held(form.code, interaction.user.id)
            if not held:
                raise InvalidRequest(gettext("Limner was restarted. Open the menu again."))
            return await commands.imagine(
                form.text,
                event_key=event_key(interaction.id),
                options={},
                pictures=await self._intake.read((*held, *form.files)),
            )

        await self._answers.begin(interaction, work)

    async def _pictures(self, commands: Commands, form: Filled) -> Pictures:
        read = await self._intake.read(form.files)
        return [*read, await commands.library.read(form.address)] if form.address else read


def _message(interaction: Interaction) -> str:
    """The message of a pressed button, or where there is none what opened the form."""
    return str(interaction.message.id if interaction.message else interaction.id)


def _is_private(interaction: Interaction) -> bool:
    """Whether it was pressed on a message that only this person sees."""
    return interaction.message is not None and interaction.message.flags.ephemeral
