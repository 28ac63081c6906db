"""Forms for settings: a field of its kind for each one, with what is set now.

A form is known by its code, which names the scope and the settings, so one that was open during a
restart can still be sent. Who may change what is looked up when it is opened and when it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, cast

import discord
from discord import ui

from bot.buttons import Button, ButtonAction
from bot.cards.models import Reply
from bot.commands.ports import Services
from bot.commands.service import Commands
from bot.commands.settings import SettingsCommands
from bot.discord.client.requesters import Interaction, requester_of
from bot.discord.handlers.forms import MAX_TITLE_CHARS, values_of
from bot.discord.handlers.interaction_writer import Ack
from bot.discord.handlers.responder import Answers
from bot.discord.handlers.setting_values import check_settings
from bot.discord.view.markdown import fitted
from bot.locale.catalog import PHRASES
from bot.locale.choice_words import choice_word
from bot.setting_fields import AskedSetting, FieldKind, field_kind, typed_categories
from bot.setting_values import MAX_STYLE_CHARS
from domain.errors import InvalidRequest
from domain.policy import CATEGORIES, Action
from domain.team import Scope
from domain.translation.messages import Message, gettext, pgettext, translated

MAX_DESCRIPTION_CHARS = 100
MAX_RADIO_OPTIONS = 10
MAX_ROLES = 25
UNSET = "-"
"""The value that takes a setting back."""
NOBODY = "none"
CHOSEN = "chosen"
_HOW = ".how"
"""Ends the id of the field that says what becomes of a list of roles."""
_TEXT_CHARS: Final[Mapping[str, int]] = {"style": MAX_STYLE_CHARS, "blocked": 4000, "linked": 200}
_ACTION_WORDS: Final[Mapping[Action, Message]] = {
    Action.REFUSE: pgettext("policy", "Refuse"),
    Action.APPROVE: pgettext("policy", "A moderator approves"),
    Action.RESTRICTED: pgettext("policy", "Only in age-restricted channels"),
    Action.NOTICE: pgettext("policy", "Draw with a notice"),
    Action.ALLOW: pgettext("policy", "Draw"),
}
_CHOSEN_ROLES: Final = gettext("The roles chosen here")
_NO_ROLES: Final[Mapping[str, Message]] = {
    "allowed_groups": gettext("Everyone, whatever is set elsewhere"),
    "moderator_groups": gettext("Nobody, whatever is set elsewhere"),
}


class SettingForms:
    """Opens forms for settings, and sets what was filled in."""

    def __init__(self, answers: Answers, services: Services) -> None:
        self._answers = answers
        self._services = services

    async def open(self, interaction: Interaction, scope: Scope, names: Sequence[str]) -> None:
        """Answer with the form for these settings, or privately with why there is none."""
        try:
            commands = Commands(self._services, requester_of(interaction))
            asked = await commands.scoped_settings.asked(scope, names)
        except Exception as error:  # the edge: any failure is reported to the person
            await self._answers.refuse(interaction, error)
            return
        known = [_existing(interaction.guild, setting) for setting in asked]
        form = setting_form(scope, known, interaction.locale.value)
        await self._answers.ask(interaction, form)

    async def picked(self, interaction: Interaction, subject: str, names: Sequence[str]) -> None:
        """Open the form for the setting that was picked from a menu; nothing where the choice was
        taken back."""
        if not names:
            await self._answers.acknowledge(interaction)
            return
        try:
            scope, _group = form_subject(subject)
        except InvalidRequest as error:
            await self._answers.refuse(interaction, error)
            return
        await self.open(interaction, scope, names)

    async def submitted(self, interaction: Interaction, subject: str) -> None:
        """Set what was filled in, and show what holds now: on the card where the form was opened,
        if it was on one. Where something cannot be read, nothing is changed."""

        async def work(commands: Commands) -> Reply:
            scope, names = form_subject(subject)
            settings = commands.scoped_settings
            given = await settings_in(interaction, settings, scope, names)
            await check_settings(interaction, self._services.team, given)
            return replace(await settings.change(scope, given), replaces=True)

        ack = Ack.UPDATE if interaction.message is not None else Ack.PRIVATE
        await self._answers.answer(interaction, work, ack=ack)


def _existing(guild: discord.Guild | None, setting: AskedSetting) -> AskedSetting:
    """The setting without roles and channels that are gone, which Discord takes for no default."""
    if guild is None or setting.kind not in (FieldKind.ROLES, FieldKind.CHANNEL):
        return setting
    find = guild.get_role if setting.kind is FieldKind.ROLES else guild.get_channel
    ids = [each for each in setting.typed.split(", ") if each.isdecimal() and find(int(each))]
    return replace(setting, typed=", ".join(ids))


def form_code(scope: Scope, names: Sequence[str]) -> str:
    """The code of the form for settings of a scope."""
    return Button(ButtonAction.SETTING, f"{scope.value}:{'.'.join(names)}").code


def form_subject(subject: str) -> tuple[Scope, tuple[str, ...]]:
    """The scope and the names, of settings or of their group, behind the code of a form or a
    menu. Raises ``InvalidRequest``."""
    scope, _, names = subject.partition(":")
    if scope not in set(Scope):
        raise InvalidRequest(gettext("That can't be set here."))
    return Scope(scope), tuple(filter(None, names.split(".")))


def setting_form(scope: Scope, asked: Sequence[AskedSetting], language: str) -> ui.Modal:
    """Asks for the values of settings; one alone gives the form its title."""
    title = asked[0].title if len(asked) == 1 else PHRASES["settings"]
    names = [setting.name for setting in asked]
    form = ui.Modal(
        title=fitted(translated(title, language), most=MAX_TITLE_CHARS),
        custom_id=form_code(scope, names),
        timeout=None,
    )
    for setting in asked:
        for field in _fields(setting, language):
            form.add_item(field)
    form.stop()  # a sent form is identified by its custom id, so nothing is kept of a form
    return form


def _fields(setting: AskedSetting, language: str) -> list[ui.Label[Any]]:
    match setting.kind:
        case FieldKind.CHOICE:
            return [_label(setting, _choice(setting, language), language)]
        case FieldKind.NUMBER:
            return [_label(setting, _number(setting), language)]
        case FieldKind.CHANNEL:
            return [_label(setting, _channel(setting), language)]
        case FieldKind.ROLES:
            how = ui.Label[Any](
                text=_short(gettext("How to use them"), language),
                component=_roles_choice(setting, language),
            )
            return [_label(setting, _roles(setting), language), how]
        case FieldKind.CATEGORIES:
            return [_category_menu(setting, action, language) for action in Action]
        case FieldKind.TEXT:
            return [_label(setting, _text(setting), language)]


def _label(setting: AskedSetting, field: ui.Item[Any], language: str) -> ui.Label[Any]:
    """A field below the title of its setting, with what is set now and the range of a number."""
    shown = gettext("Now: {value}", value=setting.shown)
    least, most = setting.limits
    if setting.kind is FieldKind.NUMBER:
        shown = gettext(
            "{least} to {most}. Now: {value}", least=least, most=most, value=setting.shown
        )
    shows_itself = setting.kind in (FieldKind.ROLES, FieldKind.CHANNEL) and setting.typed
    return ui.Label[Any](
        text=_short(setting.title, language),
        description=None
        if shows_itself
        else fitted(translated(shown, language), most=MAX_DESCRIPTION_CHARS),
        component=field,
    )


def _short(text: str, language: str) -> str:
    return fitted(translated(text, language), most=MAX_TITLE_CHARS)


def _choice(setting: AskedSetting, language: str) -> ui.Item[Any]:
    """The values as buttons of which one is pressed; more than fit there as a menu."""
    unset = translated(gettext("Not set: what holds elsewhere"), language)
    named = [(unset, UNSET), *((choice_word(v, language), v) for v in setting.values)]
    now = setting.typed or UNSET
    if len(named) <= MAX_RADIO_OPTIONS:
        options = [
            discord.RadioGroupOption(
                label=fitted(name, most=100), value=value, default=value == now
            )
            for name, value in named
        ]
        return ui.RadioGroup[Any](custom_id=setting.name, options=options)
    menu = [
        discord.SelectOption(label=fitted(name, most=100), value=value, default=value == now)
        for name, value in named[:25]
    ]
    return ui.Select[Any](custom_id=setting.name, options=menu)


def _number(setting: AskedSetting) -> ui.Item[Any]:
    least, most = setting.limits
    return ui.TextInput[Any](
        custom_id=setting.name,
        default=setting.typed or None,
        placeholder=f"{least} – {most}",
        max_length=len(str(most)),
        required=False,
    )


def _text(setting: AskedSetting) -> ui.Item[Any]:
    most = _TEXT_CHARS.get(setting.name, 400)
    return ui.TextInput[Any](
        custom_id=setting.name,
        style=discord.TextStyle.paragraph if most > 400 else discord.TextStyle.short,
        default=setting.typed[:most] or None,
        max_length=most,
        required=False,
    )


def _channel(setting: AskedSetting) -> ui.Item[Any]:
    return ui.ChannelSelect[Any](
        custom_id=setting.name,
        channel_types=[discord.ChannelType.text, discord.ChannelType.news],
        default_values=_objects(setting),
        min_values=0,
        required=False,
    )


def _roles(setting: AskedSetting) -> ui.Item[Any]:
    return ui.RoleSelect[Any](
        custom_id=setting.name,
        default_values=_objects(setting)[:MAX_ROLES],
        min_values=0,
        max_values=MAX_ROLES,
        required=False,
    )


def _objects(setting: AskedSetting) -> list[discord.Object]:
    """The roles or the channel that are set now."""
    return [discord.Object(int(id_)) for id_ in setting.typed.split(", ") if id_.isdecimal()]


def _roles_choice(setting: AskedSetting, language: str) -> ui.Item[Any]:
    """The choice between the picked roles, no setting, and an empty list, which a role menu alone
    cannot tell apart."""
    options = {
        CHOSEN: _CHOSEN_ROLES,
        UNSET: gettext("Not set: what holds elsewhere"),
        NOBODY: _NO_ROLES[setting.name],
    }
    return ui.RadioGroup[Any](
        custom_id=f"{setting.name}{_HOW}",
        options=[
            discord.RadioGroupOption(
                label=fitted(translated(label, language), most=100),
                value=value,
                default=value == _roles_now(setting.typed, setting.is_set),
            )
            for value, label in options.items()
        ],
    )


def _category_menu(setting: AskedSetting, action: Action, language: str) -> ui.Label[Any]:
    """A menu of the categories to which that action applies."""
    kept = setting.actions or {}
    options = [
        discord.SelectOption(
            label=fitted(translated(spec.name, language), most=100),
            value=category.value,
            default=kept.get(category, spec.default) is action,
        )
        for category, spec in CATEGORIES.items()
        if not spec.floor
    ]
    menu = ui.Select[Any](
        custom_id=f"{setting.name}.{action.value}",
        options=options,
        min_values=0,
        max_values=len(options),
        required=False,
    )
    return ui.Label[Any](text=_short(_ACTION_WORDS[action], language), component=menu)


async def settings_in(
    interaction: Interaction, settings: SettingsCommands, scope: Scope, names: Sequence[str]
) -> dict[str, str]:
    """The values of a submitted form, by setting and as they are typed.

    Raises:
        InvalidRequest: The input is ambiguous; nothing is to be changed then.
    """
    data = cast("dict[str, Any]", interaction.data or {})
    given = dict(values_of(cast("list[dict[str, Any]]", data.get("components") or [])))
    found: dict[str, str] = {}
    for name in names:
        if field_kind(name) is FieldKind.CATEGORIES:
            chosen = {
                action: tuple(map(str, given.get(f"{name}.{action.value}") or ()))
                for action in Action
            }
            found[name] = typed_categories(chosen, await settings.wider_actions(scope))
        elif field_kind(name) is FieldKind.ROLES:
            how = str(given.get(f"{name}{_HOW}") or CHOSEN)
            [now] = await settings.asked(scope, (name,))
            before = _roles_now(now.typed, now.is_set)
            found[name] = _typed_roles(name, how, given.get(name) or (), before=before)
        else:
            value = given.get(name)
            typed = value if isinstance(value, str) else next(iter(value or ()), "")
            found[name] = "" if typed == UNSET else str(typed)
    return found


def _roles_now(typed: str, is_set: bool) -> str:
    """The roles of a setting as they are now."""
    if not is_set:
        return UNSET
    return CHOSEN if typed else NOBODY


def _typed_roles(name: str, how: str, roles: Sequence[str], *, before: str) -> str:
    """Roles as they are typed; where some are picked and the text is unchanged from ``before``, the
    picked ones count."""
    if roles and how == before:
        how = CHOSEN
    if how == UNSET:
        return ""
    if how == NOBODY:
        return NOBODY
    if not roles:
        raise InvalidRequest(gettext("Choose at least one role. Nothing was changed."), field=name)
    return ", ".join(map(str, roles))
