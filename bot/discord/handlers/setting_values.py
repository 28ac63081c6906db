"""Values of settings as people type them on Discord: roles by their names, and whether a channel is
one in which Limner may post."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import discord

from bot.discord.client.requesters import Interaction, requester_of
from bot.setting_values import review_unusable, wants_approvals
from domain.errors import InvalidRequest
from domain.translation.messages import gettext
from jobs.services.team import TeamService


def with_role_ids(interaction: Interaction, value: str) -> str:
    """A list of roles in which the server's role names are replaced by mentions; the longest name
    first, because names may have blanks and commas."""
    roles: Sequence[discord.Role] = interaction.guild.roles if interaction.guild else ()
    parts = [part.strip().lstrip("@") for part in re.split(r"[,;]", value)]
    known = {role.name.lstrip("@").casefold(): role.mention for role in roles}
    whole = known.get(value.strip().lstrip("@").casefold())
    return whole or ", ".join(known.get(part.casefold(), part) for part in parts)


async def check_settings(
    interaction: Interaction, team: TeamService, changes: Mapping[str, str]
) -> None:
    """See that a review channel which is set, or which approvals are to wait in from now on, is one
    in which Limner may show pictures. Raises ``InvalidRequest``."""
    for name, value in changes.items():
        check_setting(interaction, name, value)
    if "review_channel" in changes or not wants_approvals(changes.get("approvals", "")):
        return
    channel = (await team.preferences(requester_of(interaction))).review_channel
    try:
        check_setting(interaction, "review_channel", channel or "")
    except InvalidRequest as error:
        raise review_unusable(error) from None


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
