"""Settings on Discord: what is set, and menus of what the reader may change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from discord import SelectOption, ui

from bot.buttons import Button, ButtonAction
from bot.cards.models import SettingsCard
from bot.discord.view.markdown import escaped, fitted, lines, mark_shown
from bot.locale.setting_words import GROUP_TITLES
from bot.marks import unmarked, with_marks
from bot.setting_fields import SETTING_GROUPS, setting_title
from domain.translation.messages import translated

MAX_OPTION_CHARS = 100
MAX_CHARS = 3500


def settings_items(card: SettingsCard, language: str | None) -> list[ui.Item[Any]]:
    """The components of a card of settings: the values, and below them one menu for each group of
    settings that the reader may change."""
    settings = (_setting(name, value, language) for name, value in card.lines)
    heading = f"### {escaped(card.title or '–', most=400)}"
    text = ui.TextDisplay[ui.LayoutView](
        with_marks(f"{heading}\n{lines(settings, most=MAX_CHARS)}".strip(), mark_shown)
    )
    known = dict(card.lines) if card.scope else {}
    menus = (_menu(card.scope, group, known, language) for group in SETTING_GROUPS)
    return [text, *(menu for menu in menus if menu is not None)]


def _setting(name: str, value: str, language: str | None) -> str:
    """A setting by its title, with the name that is typed where it has another one."""
    title = setting_title(name, language)
    typed = "" if title == name else f" `{name}`"
    return f"**{escaped(title, most=60)}**{typed} {escaped(value, most=220)}"


def _menu(
    scope: str, group: str, known: Mapping[str, str], language: str | None
) -> ui.Item[Any] | None:
    """A menu of the settings of a group that can be changed; choosing one asks for its value."""
    options = [
        SelectOption(
            label=fitted(setting_title(name, language), most=MAX_OPTION_CHARS),
            value=name,
            description=_description(known[name]),
        )
        for name in SETTING_GROUPS[group]
        if name in known
    ]
    if not options:
        return None
    select = ui.Select[ui.LayoutView](
        custom_id=Button(ButtonAction.SETTING, f"{scope}:{group}").code,
        placeholder=translated(GROUP_TITLES[group], language),
        options=options,
        min_values=0,  # so that the same one can be chosen again after its form was closed
    )
    return ui.ActionRow[ui.LayoutView](select)


def _description(value: str) -> str | None:
    """A setting's value for a menu; None where it holds marks, since a menu shows no names of roles
    and channels."""
    return fitted(value, most=MAX_OPTION_CHARS) if value and unmarked(value) == value else None
