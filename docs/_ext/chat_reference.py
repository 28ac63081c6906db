"""Commands, permissions, scopes, rights and settings of the chats, as the code has them."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Any, Final, cast, get_args, get_type_hints

import discord
from discord import app_commands
from tables import attribute_docs, code, codes, table

from bot.commands.settings import settings_at
from bot.discord.client.requesters import PERMISSIONS
from bot.discord.gateway.client import DiscordOptions, LimnerClient, intents
from bot.discord.handlers.commands import add_commands
from bot.discord.handlers.context import CommandContext
from bot.intents.subcommands import _PATHS as PATHS  # pyright: ignore[reportPrivateUsage]
from bot.intents.subcommands import Sub
from bot.locale.catalog import COMMANDS
from bot.locale.words import Words
from bot.slack.inbound.oauth import OPTIONAL_SCOPES, SCOPES
from domain.policy import CATEGORIES, Category
from domain.team import Preferences, Scope
from domain.translation.messages import translated
from jobs.admission.access import _RULES as RULES  # pyright: ignore[reportPrivateUsage]
from jobs.admission.access import Action, Standing

ROOT = Path(__file__).parent.parent.parent
MANIFEST = ROOT / "slack-manifest.yaml"
PLACES: Final = {Scope.MEMBER: "member", Scope.CHANNEL: "channel", Scope.WORKSPACE: "workspace"}


def discord_commands() -> str:
    """Every slash command and message menu, with the options and both languages' names."""
    commands = asyncio.run(_tree())
    sections: list[str] = []
    menus: list[tuple[str, ...]] = []
    for command in commands:
        if isinstance(command, app_commands.ContextMenu):
            menus.append((code(command.name), _german(str(command.name))))
        else:
            sections += _slash(command)
    return "\n".join([*sections, "### Message menus\n", table(("menu", "German"), menus)])


async def _tree() -> list[Any]:
    client = LimnerClient(DiscordOptions(token="none"))  # noqa: S106 - never used
    nothing = cast("Any", None)
    add_commands(client.tree, CommandContext(nothing, nothing, nothing))
    return [
        *client.tree.get_commands(type=discord.AppCommandType.chat_input),
        *client.tree.get_commands(type=discord.AppCommandType.message),
    ]


def _slash(command: Any) -> Iterator[str]:
    if isinstance(command, app_commands.Group):
        for child in command.commands:
            yield from _slash(child)
        return
    path = command.qualified_name
    german = _german_path(path.replace(" ", "."))
    yield f"### /{path}\n"
    yield f"{command.description}." + (f" In German: `/{german}`." if german else "") + "\n"
    rows = [_parameter(parameter) for parameter in command.parameters]
    if rows:
        yield table(("option", "value", "meaning"), rows)


def _parameter(parameter: app_commands.Parameter) -> tuple[str, str, str]:
    kind = parameter.type.name.replace("_", " ")
    if parameter.choices:
        kind = codes(choice.value for choice in parameter.choices)
    elif parameter.min_value is not None and parameter.max_value is not None:
        kind += f", {parameter.min_value} to {parameter.max_value}"
        if parameter.type is discord.AppCommandOptionType.string:
            kind += " characters"
    return (
        code(str(parameter.display_name)),
        kind + (", required" if parameter.required else ""),
        str(parameter.description),
    )


def _german(english: str) -> str:
    return next((code(_in_german(w)) for w in COMMANDS.values() if w.name == english), "")


def _in_german(words: Words) -> str:
    return translated(words.name, "de")


def _german_path(path: str) -> str:
    parts = path.split(".")
    names = [".".join(parts[: n + 1]) for n in range(len(parts))]
    if any(name not in COMMANDS for name in names):
        return ""
    return " ".join(_in_german(COMMANDS[name]) for name in names)


def slack_commands() -> str:
    """What may stand after ``/illustrate``."""
    rows: list[tuple[str, ...]] = [
        ("nothing", "", "Opens a form."),
        ("a prompt, with options at its end", "", COMMANDS["imagine"].description + "."),
    ]
    for sub in Sub:
        for path in PATHS.get(sub, ()):
            words = COMMANDS[path]
            rows.append((code(words.name), code(_in_german(words)), words.description + "."))
    rows.append((code(Sub.AUDIT.value), "", COMMANDS["admin.audit"].description + "."))
    return table(("after `/illustrate`", "German", "meaning"), rows)


def discord_permissions() -> str:
    """Permissions in a server, the scopes of the invitation, and the intents."""
    named = [(code(label), code(name)) for name, label in PERMISSIONS.items()]
    plain = {name for name, on in intents(message_content=False) if on}
    every = {name for name, on in intents(message_content=True) if on}
    bits = discord.Permissions(**dict.fromkeys(PERMISSIONS, True)).value
    invitation = f"As a number: `{bits}`. Scopes of the invitation: `bot`, `applications.commands`."
    listened = (
        f"Gateway intents: {codes(sorted(plain))}; with `LIMNER_DISCORD_MESSAGE_CONTENT=true` also "
        f"{codes(sorted(every - plain))}."
    )
    permissions = table(("permission", "in Discord's API"), named)
    return f"{permissions}\n{invitation}\n\n{listened}\n"


def slack_scopes() -> str:
    """The bot's scopes with the manifest's reasons, and the events that it hears."""
    text = MANIFEST.read_text("utf-8")
    reasons = dict(re.findall(r"^ +- ([a-z_]+(?::[a-z.]+)?)(?: # (.*))?$", text, re.MULTILINE))
    events = re.search(r"bot_events:\n((?: +- .*\n)+)", text)
    scopes = sorted((*SCOPES, *OPTIONAL_SCOPES))
    if events is None or any(scope not in reasons for scope in scopes):
        raise ValueError("slack-manifest.yaml does not ask for the scopes that Limner needs")
    names = re.findall(r"- (\S+)", events[1])
    return "\n".join(
        [
            table(("bot scope", "for"), [(code(scope), reasons[scope]) for scope in scopes]),
            f"Events: {codes(names)}.\n",
        ]
    )


def rights() -> str:
    """Who may do what about a job: the real rules, asked for one kind of person at a time."""
    bystander = Standing(
        owner=False,
        moderates=False,
        leads=False,
        may_ask=False,
        reviews=False,
        approvers_named=False,
    )
    kinds = {
        "the requester": replace(bystander, owner=True),
        "a moderator of the channel": replace(bystander, moderates=True),
        "a moderator of the workspace, or an admin": replace(bystander, moderates=True, leads=True),
        "a reader of the review channel": replace(bystander, reviews=True),
        "the same, where moderators are named": replace(
            bystander, reviews=True, approvers_named=True
        ),
        "a member who may ask there": replace(bystander, may_ask=True),
        "any other reader": bystander,
    }
    meanings = attribute_docs(Action)
    return table(
        ("action", "meaning", *kinds),
        [
            (
                code(action.value),
                meanings.get(action.name, ""),
                *("yes" if RULES[action][0](who) else "" for who in kinds.values()),
            )
            for action in Action
        ],
    )


def team_settings() -> str:
    """Every setting that people make in chat, and for whom it can be set."""
    meanings, hints = attribute_docs(Preferences), get_type_hints(Preferences)
    names = {name: None for scope in PLACES for name in settings_at(scope)}
    return table(
        ("setting", "values", "can be set for", "meaning"),
        [
            (
                code(name),
                _values(hints[name]),
                ", ".join(word for scope, word in PLACES.items() if name in settings_at(scope)),
                meanings.get(name, ""),
            )
            for name in names
        ],
    )


def _values(hint: Any) -> str:
    kinds = get_args(hint) if isinstance(hint, UnionType) or get_args(hint) else (hint,)
    kind = next((k for k in kinds if k is not type(None)), str)
    if kind is bool:
        return "`yes`, `no`"
    if inspect.isclass(kind) and issubclass(kind, StrEnum):
        return codes(member.value for member in kind)
    if kind is int:
        return "a number"
    origin = getattr(kind, "__origin__", None)
    if origin is tuple:
        return "names or ids, comma-separated"
    if origin is not None and issubclass(origin, Mapping):
        return "`category: action`, comma-separated"
    return {"AspectRatio": "such as `16:9`"}.get(getattr(kind, "__name__", ""), "text")


def categories() -> str:
    """The content policy's categories."""
    meanings = attribute_docs(Category)
    rows = [
        (
            code(category.value),
            meanings.get(category.name) or spec.name[:1].upper() + spec.name[1:] + ".",
            code(spec.default.value) + (", always" if spec.floor else ""),
        )
        for category, spec in CATEGORIES.items()
    ]
    return table(("category", "what it covers", "default action"), rows)
