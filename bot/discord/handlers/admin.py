"""The commands of admins: limits, rights, rules, the audit log, a pause.

Discord shows them to those who may manage the server, unless its settings say otherwise;
permissions are checked on use all the same.
"""

from __future__ import annotations

from collections.abc import Mapping

import discord
from discord import app_commands
from discord.app_commands import Range

from bot.cards.models import Reply
from bot.commands.service import Commands
from bot.discord.client.command_sync import described
from bot.discord.client.requesters import Interaction
from bot.discord.handlers.context import CommandContext, options_of
from bot.discord.handlers.setting_forms import SettingForms
from bot.discord.handlers.setting_values import check_settings
from domain.team import Scope

MOST_A_DAY = 100_000
NOTHING = frozenset({"none", "keine", "-"})
"""The input that resets a setting."""
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
        interaction: Interaction,
        allowed: discord.Role | None = None,
        moderators: discord.Role | None = None,
    ) -> None:
        changes = {
            "allowed_groups": allowed.id if allowed else None,
            "moderator_groups": moderators.id if moderators else None,
        }
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
    """Set what was given for the whole team, and show what holds now; where nothing was given, open
    a form for all of it."""
    given = {name: _typed(str(value)) for name, value in changes.items() if value is not None}
    if not given:
        forms = SettingForms(context.answers, context.services)
        await forms.open(interaction, Scope.WORKSPACE, tuple(changes))
        return

    async def work(commands: Commands) -> Reply:
        await check_settings(interaction, context.services.team, given)
        return await commands.scoped_settings.change(Scope.WORKSPACE, given)

    await context.say(interaction, work)


def _typed(value: str) -> str:
    """A value as it was typed, empty where it takes the setting back."""
    return "" if value.strip().lower() in NOTHING else value
