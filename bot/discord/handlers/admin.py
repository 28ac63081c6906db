"""The commands of admins: limits, rights, rules, the audit log, a pause.

Discord shows them to those who may manage the server, unless its settings say otherwise; whoever
uses one is checked all the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import discord
from discord import app_commands
from discord.app_commands import Range

from bot.cards.models import Reply
from bot.commands.service import Commands
from bot.discord.client.command_sync import described
from bot.discord.client.requesters import Interaction
from bot.discord.handlers.context import CommandContext, options_of
from bot.options import setting_of
from domain.errors import InvalidRequest
from domain.team import Scope
from domain.translation.messages import gettext

MOST_A_DAY = 100_000
NOTHING = frozenset({"none", "keine", "-"})
"""What people type to take a setting back."""
_SERVERS = app_commands.AppInstallationType(guild=True, user=False)
_GUILDS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)


def admin_group(context: CommandContext) -> app_commands.Group:
    """``/admin``."""
    group = app_commands.Group(
        **described("admin"),
        default_permissions=discord.Permissions(manage_guild=True),
        allowed_contexts=_GUILDS,
        allowed_installs=_SERVERS,
    )
    _add_limits(group, context)
    _add_rules(group, context)
    _add_rest(group, context)
    return group


def _add_limits(group: app_commands.Group, context: CommandContext) -> None:
    @group.command(**described("admin.quota"))
    @options_of("admin")
    async def quota(
        interaction: Interaction,
        person: Range[int, 0, MOST_A_DAY] | None = None,
        team: Range[int, 0, MOST_A_DAY] | None = None,
        together: Range[int, 1, 100] | None = None,
    ) -> None:
        changes = {
            "daily_per_member": person,
            "daily_per_workspace": team,
            "jobs_per_member": together,
        }
        await _set(interaction, context, changes)

    @group.command(**described("admin.roles"))
    @options_of("admin")
    async def roles(
        interaction: Interaction, allowed: str | None = None, moderators: str | None = None
    ) -> None:
        changes = {"allowed_groups": allowed, "moderator_groups": moderators}
        await _set(interaction, context, changes)


def _add_rules(group: app_commands.Group, context: CommandContext) -> None:
    @group.command(**described("admin.policy"))
    @options_of("admin")
    async def policy(
        interaction: Interaction,
        blocked: str | None = None,
        review: discord.TextChannel | None = None,
        approvals: Range[int, 0, 2] | None = None,
    ) -> None:
        changes = {
            "blocked": blocked,
            "review_channel": str(review.id) if review else None,
            "approvals": approvals,
        }
        await _set(interaction, context, changes)


def _add_rest(group: app_commands.Group, context: CommandContext) -> None:
    @group.command(**described("admin.audit"))
    async def audit(interaction: Interaction) -> None:
        await context.say(interaction, lambda commands: commands.audit())

    @group.command(**described("admin.pause"))
    @options_of("admin")
    async def pause(interaction: Interaction, on: bool) -> None:
        await _set(interaction, context, {"paused": "yes" if on else "no"})


async def _set(
    interaction: Interaction, context: CommandContext, changes: Mapping[str, object]
) -> None:
    """Set what was given for the whole team, and show what holds now."""

    async def work(commands: Commands) -> Reply:
        given = {name: str(value) for name, value in changes.items() if value is not None}
        texts = {name: _typed(interaction, name, value) for name, value in given.items()}
        for name, text in texts.items():  # all are read before the first one is kept
            check_setting(interaction, name, text)
            setting_of(name, text)
        for name, text in texts.items():
            await commands.settings(Scope.WORKSPACE, name, text)
        return await commands.settings(Scope.WORKSPACE)

    await context.say(interaction, work)


def _typed(interaction: Interaction, name: str, value: str) -> str:
    """A value as it was typed, empty where it takes the setting back; roles that are called by
    their names become mentions."""
    if value.strip().lower() in NOTHING:
        return ""
    return with_role_ids(interaction, value) if name.endswith("_groups") else value


def with_role_ids(interaction: Interaction, value: str) -> str:
    """A list of roles in which the server's role names are replaced by mentions; the longest name
    first, because names may have blanks and commas."""
    roles: Sequence[discord.Role] = interaction.guild.roles if interaction.guild else ()
    parts = [part.strip().lstrip("@") for part in re.split(r"[,;]", value)]
    known = {role.name.lstrip("@").casefold(): role.mention for role in roles}
    whole = known.get(value.strip().lstrip("@").casefold())
    return whole or ", ".join(known.get(part.casefold(), part) for part in parts)


def check_setting(interaction: Interaction, name: str, value: str) -> None:
    """See that a review channel is one in which Limner may show pictures.

    Raises:
        InvalidRequest: It is in no or another server, or Limner may not post there.
    """
    found = re.search(r"[0-9]{5,25}", value)
    if name != "review_channel" or found is None:
        return
    guild = interaction.guild
    channel = guild.get_channel(int(found[0])) if guild else None
    if guild is None or channel is None:
        raise InvalidRequest(gettext("That channel isn't on this server. Choose another one."))
    given = channel.permissions_for(guild.me)
    if not (given.view_channel and given.send_messages and given.attach_files):
        raise InvalidRequest(
            gettext(
                "Limner can't post pictures in that channel. Give it “View Channel”, "
                "“Send Messages” and “Attach Files” there first."
            )
        )
