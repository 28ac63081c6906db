"""The commands as Discord knows them: translated, and sent only when they changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict, cast

import discord
import structlog
from discord import app_commands
from discord.http import Route

from bot.locale.catalog import words
from bot.locale.choice_words import choice_word
from domain.errors import InvalidSettings
from domain.translation.catalogue import DEFAULT, language_of
from domain.translation.messages import gettext

log = structlog.get_logger(__name__)

Json = Any


class Words(app_commands.Translator):
    """Translates what :func:`name` and :func:`description` mark, from our own table."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """The words for a locale; None for English and for languages without a catalogue."""
        del context
        if isinstance(string.extras.get("choice"), str) and language_of(locale.value) != DEFAULT:
            return choice_word(string.extras["choice"], locale.value)
        path = string.extras.get("path")
        language = language_of(locale.value)
        if path is None or language == DEFAULT:
            return None
        translated = words(path, language)
        return translated.name if string.extras["part"] == "name" else translated.description


def name(path: str) -> app_commands.locale_str:
    """The name of a command, an option or a menu, to be translated."""
    return app_commands.locale_str(words(path).name, path=path, part="name")


def choices(values: Iterable[str]) -> list[app_commands.Choice[str]]:
    """The values that an option can have, by what they are called."""
    return [
        app_commands.Choice(
            name=app_commands.locale_str(choice_word(value), choice=str(value)), value=str(value)
        )
        for value in values
    ]


class Described(TypedDict):
    """Name and description of a command or an option."""

    name: app_commands.locale_str
    description: app_commands.locale_str


def described(path: str) -> Described:
    """The name and the description of a command or an option, to be translated."""
    description = words(path).description
    return Described(
        name=name(path),
        description=app_commands.locale_str(description, path=path, part="description"),
    )


async def synchronise(
    tree: app_commands.CommandTree[Any], *, test_guild: int | None = None
) -> Mapping[str, int]:
    """Register the commands with Discord if it has others, everywhere or in one guild for tests;
    gives its id of each slash command, by the command's whole name (``job history``). A day has
    room for 200 new ones.

    Raises:
        InvalidSettings: Limner may not have commands in the test guild.
    """
    guild = discord.Object(test_guild) if test_guild else None
    if guild is not None:
        tree.copy_global_to(guild=guild)
    commands = tree.get_commands(guild=guild)
    translator = tree.translator
    wanted = [
        await command.get_translated_payload(tree, translator)
        if translator
        else command.to_dict(tree)
        for command in commands
    ]
    try:
        known = await _known(tree, test_guild)
        if _same(wanted, known, everywhere=test_guild is None):
            return _ids(tree, guild, {(c["name"], int(c.get("type") or 1)): c["id"] for c in known})
        registered = await tree.sync(guild=guild)
    except discord.Forbidden:
        raise InvalidSettings(
            gettext(
                "Limner isn't allowed to register commands in the server {test_guild} "
                "(LIMNER_DISCORD_TEST_GUILD); invite it again with the link that "
                "`limner doctor` prints.",
                test_guild=test_guild,
            )
        ) from None
    log.info("commands_synchronised", count=len(commands), guild=test_guild)
    return _ids(tree, guild, {(each.name, each.type.value): each.id for each in registered})


def _ids(
    tree: app_commands.CommandTree[Any],
    guild: discord.Object | None,
    known: Mapping[tuple[str, int], int | str],
) -> Mapping[str, int]:
    """Discord's id of each slash command that can be used, by its whole name; commands of a group
    share that of the group."""
    return {
        command.qualified_name: int(known[command.qualified_name.partition(" ")[0], 1])
        for command in tree.walk_commands(guild=guild)
        if isinstance(command, app_commands.Command)
        and (command.qualified_name.partition(" ")[0], 1) in known
    }


async def _known(tree: app_commands.CommandTree[Any], guild_id: int | None) -> list[Json]:
    """The commands that Discord has, with all their translations."""
    # not fetch_commands: it asks for no translations, so no change of one would be seen
    scope = f"/guilds/{guild_id}" if guild_id else ""
    route = Route("GET", f"/applications/{tree.client.application_id}{scope}/commands")
    found = await tree.client.http.request(route, params={"with_localizations": "true"})
    return cast("list[Json]", found)


def _same(wanted: list[Json], known: list[Json], *, everywhere: bool) -> bool:
    """Whether Discord's commands say what ours do, and there are no others."""
    ignored = frozenset[str]() if everywhere else _EVERYWHERE_ONLY
    ours = [_essence(command, ignored) for command in wanted]
    theirs = [_essence(command, ignored) for command in known]
    return sorted(ours, key=_order) == sorted(theirs, key=_order)


_PARTS = ("options", "choices")
_SAID = (
    *("name", "description", "name_localizations", "description_localizations", "type", "required"),
    *("autocomplete", "value", "min_value", "max_value", "min_length", "max_length", "nsfw"),
    *("default_member_permissions", "contexts", "integration_types", "channel_types"),
)
_EVERYWHERE_ONLY = frozenset({"contexts", "integration_types"})
"""Discord keeps these for commands that hold everywhere, and drops them for one guild's."""
_UNSET: tuple[Json, ...] = (None, False, "", [], {})


def _essence(part: Mapping[str, Json], ignored: frozenset[str]) -> dict[str, Json]:
    """A command, an option or a choice as compared, without Discord's ids and versions; unset
    fields are left out."""
    found: dict[str, Json] = {
        key: part[key] for key in _SAID if key not in ignored and part.get(key) not in _UNSET
    }
    if "default_member_permissions" in found:
        found["default_member_permissions"] = str(found["default_member_permissions"])
    for key in _PARTS:
        inner = cast("list[Mapping[str, Json]]", part.get(key) or [])
        found[key] = [_essence(option, ignored) for option in inner]
    return found


def _order(command: dict[str, Json]) -> tuple[str, int]:
    return command["name"], int(command.get("type") or 1)
