"""The requester, the place, and what both may do there, as Discord reports it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final

import discord

from bot.text import plain
from domain.errors import PremiumNeeded, Refused
from domain.requests import Audience, Destination
from domain.team import Role
from domain.translation.messages import gettext
from jobs.admission.requests import Requester

SURFACE = "discord"
Interaction = discord.Interaction[discord.Client]

MAX_ASKED: Final = 5
"""How many users are looked up at Discord for one text."""
MODERATORS_TOLD: Final = 10
"""How many people are notified of what waits for a moderator."""
PERMISSIONS: Final = {
    "view_channel": gettext("View Channel"),
    "send_messages": gettext("Send Messages"),
    "send_messages_in_threads": gettext("Send Messages in Threads"),
    "create_public_threads": gettext("Create Public Threads"),
    "attach_files": gettext("Attach Files"),
    "read_message_history": gettext("Read Message History"),
}
"""The permissions that Limner needs in a server, by the names in Discord's settings."""


def workspace_of(guild_id: int | None, member_id: int) -> str:
    """The tenant: a guild, or what one person says to Limner alone."""
    return f"{SURFACE}:dm:{member_id}" if guild_id is None else f"{SURFACE}:{guild_id}"


def event_key(event_id: int) -> str:
    """The key of a job that an interaction or a message asked for."""
    return f"{SURFACE}:{event_id}"


def guild_of(workspace_id: str) -> int | None:
    """The guild that a workspace is; None for one person's own."""
    tail = workspace_id.removeprefix(f"{SURFACE}:")
    return int(tail) if tail.isdecimal() else None


def is_personal(interaction: Interaction) -> bool:
    """Whether the user has installed Limner for themselves and uses it where Limner is no member:
    another server, or a conversation with others."""
    return (
        interaction.is_user_integration()
        and not interaction.is_guild_integration()
        and not interaction.context.dm_channel
    )


def requester_of(interaction: Interaction) -> Requester:
    """The requester of a command or a button press, and the place."""
    if is_personal(interaction):
        return _personal_requester(interaction)
    return Requester(
        workspace_of(interaction.guild_id, interaction.user.id),
        str(interaction.user.id),
        _place(interaction.channel, interaction.channel_id or 0),
        _role(interaction.permissions, interaction.user, alone=interaction.guild_id is None),
        _groups(interaction.user),
        moderates_here=interaction.permissions.manage_messages,
        reads=_reader(interaction.guild, interaction.user),
        audience=_audience(interaction.channel, alone=interaction.guild_id is None),
        language=interaction.locale.value,
        names=_namer(interaction.guild),
        payment=_payment(interaction),
    )


def _payment(interaction: Interaction) -> Callable[[], Awaitable[None]] | None:
    """Checks whether the person or the server has the required subscription; None where none is."""
    sku_id: int | None = getattr(interaction.client, "premium_sku", None)
    if sku_id is None:
        return None
    known = {
        entitlement.sku_id
        for entitlement in interaction.entitlements
        if not (entitlement.deleted or entitlement.is_expired())
    }

    async def check() -> None:
        if sku_id not in known:
            raise PremiumNeeded(str(sku_id))

    return check


def _personal_requester(interaction: Interaction) -> Requester:
    """A user in a place that Limner is no member of: all is as in their own messages, and shown to
    them alone."""
    return Requester(
        workspace_of(None, interaction.user.id),
        str(interaction.user.id),
        Destination(SURFACE, str(interaction.channel_id or 0)),
        Role.ADMIN,
        audience=_audience(interaction.channel, alone=False),
        language=interaction.locale.value,
        hidden=True,
        payment=_payment(interaction),
    )


def author_of(message: discord.Message) -> Requester:
    """The author of a message, and the place."""
    guild_id = message.guild.id if message.guild else None
    permissions = discord.Permissions.none()
    if isinstance(message.author, discord.Member):
        permissions = _permissions(message.channel, message.author)
    return Requester(
        workspace_of(guild_id, message.author.id),
        str(message.author.id),
        _place(message.channel, message.channel.id),
        _role(permissions, message.author, alone=guild_id is None),
        _groups(message.author),
        moderates_here=permissions.manage_messages,
        reads=_reader(message.guild, message.author),
        audience=_audience(message.channel, alone=guild_id is None),
        names=_namer(message.guild, message.mentions),
    )


def _namer(
    guild: discord.Guild | None, cached: Sequence[discord.User | discord.Member] = ()
) -> Callable[[Collection[str]], Awaitable[Mapping[str, str]]]:
    """Gives names by ids: from the cache, then from the server's members; only a few are requested
    from Discord."""

    async def names(ids: Collection[str]) -> Mapping[str, str]:
        found = {str(user.id): user.display_name for user in cached}
        if guild is None:
            return found
        for id_ in set(ids) - found.keys():
            known = (
                guild.get_role(int(id_))
                or guild.get_channel_or_thread(int(id_))
                or guild.get_member(int(id_))
            )
            if known is not None:
                found[id_] = getattr(known, "display_name", known.name)
        for id_ in sorted(set(ids) - found.keys())[:MAX_ASKED]:
            with suppress(discord.HTTPException):
                found[id_] = (await guild.fetch_member(int(id_))).display_name
        return found

    return names


def member_of(member: discord.Member) -> Requester:
    """A person of a server, who is in none of its channels just now."""
    return Requester(
        workspace_of(member.guild.id, member.id),
        str(member.id),
        Destination(SURFACE, ""),
        _role(member.guild_permissions, member, alone=False),
        _groups(member),
        reads=_reader(member.guild, member),
        audience=Audience.ALONE,
    )


def moderators_of(guild: discord.Guild, groups: Sequence[str]) -> list[int]:
    """Recipients of notices that wait for a moderator: members of the configured roles, or those
    who may manage messages, as far as they are cached, and the server's owner."""
    named = [
        member.id
        for member in guild.members
        if not member.bot and any(str(role.id) in groups for role in member.roles)
    ]
    leads = [
        member.id
        for member in guild.members
        if not member.bot and _role(_wide(member), member, alone=False) is not Role.MEMBER
    ]
    owner = [guild.owner_id] if guild.owner_id is not None else []
    return list(dict.fromkeys((*(named or leads)[: MODERATORS_TOLD - 1], *owner)))


def check_may_post(interaction: Interaction) -> None:
    """See that Limner may put a picture where it was asked for one.

    Raises:
        Refused: It may not; the message names the permissions that are missing.
    """
    if interaction.guild_id is None or is_personal(interaction):
        return
    thread = isinstance(interaction.channel, discord.Thread)
    needed = (
        "view_channel",
        "send_messages_in_threads" if thread else "send_messages",
        "attach_files",
        "read_message_history",
    )
    missing = lacking(interaction.app_permissions, needed)
    if missing:
        raise Refused(
            gettext(
                "Limner can't post pictures here. Give it {listed} in this channel, or "
                "use the option private.",
                listed=_listed(missing),
            )
        )


def lacking(given: discord.Permissions, needed: Iterable[str] = tuple(PERMISSIONS)) -> list[str]:
    """The names of those permissions that are missing."""
    if given.administrator:
        return []
    return [PERMISSIONS[name] for name in needed if not getattr(given, name)]


def channel_of(destination: Destination) -> int:
    """The channel that messages are sent to: the thread, where there is one."""
    return int(destination.thread or destination.channel)


def _place(channel: object, channel_id: int) -> Destination:
    """A thread has its parent's settings, and its own messages."""
    if isinstance(channel, discord.Thread):
        return Destination(SURFACE, str(channel.parent_id), str(channel.id))
    return Destination(SURFACE, str(channel_id))


def _audience(channel: object, *, alone: bool) -> Audience:
    """The audience of a place; a place that is not cached yet is not known to be age-restricted."""
    if alone:
        return Audience.ALONE
    kept = getattr(channel, "is_nsfw", None)
    return Audience.ADULTS if kept is not None and kept() is True else Audience.PUBLIC


def _role(
    permissions: discord.Permissions, user: discord.User | discord.Member, *, alone: bool
) -> Role:
    """A person's role in the whole server: a member may manage messages in their own channel and
    have no role elsewhere."""
    if alone or permissions.administrator or permissions.manage_guild:
        return Role.ADMIN
    return Role.MODERATOR if _wide(user).manage_messages else Role.MEMBER


def _wide(user: discord.User | discord.Member) -> discord.Permissions:
    """The member's permissions in the server, channels aside; none where its roles are not cached
    yet."""
    if isinstance(user, discord.Member):
        try:
            return user.guild_permissions
        except (AttributeError, discord.ClientException):
            pass
    return discord.Permissions.none()


def _reader(
    guild: discord.Guild | None, user: discord.User | discord.Member
) -> Callable[[str], Awaitable[bool]]:
    """Whether that person can read a channel of the server; False where it is not cached, and for a
    private thread, whose members are not known."""

    async def reads(channel_id: str) -> bool:
        if guild is None or not channel_id.isdecimal() or not isinstance(user, discord.Member):
            return False
        channel = guild.get_channel_or_thread(int(channel_id))
        if channel is None or channel.type is discord.ChannelType.private_thread:
            return False
        given = _permissions(channel, user)
        return given.view_channel and given.read_message_history

    return reads


def _permissions(channel: object, member: discord.Member) -> discord.Permissions:
    """The member's permissions in a channel; none where it is not cached yet."""
    if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        try:
            return channel.permissions_for(member)
        except discord.ClientException:
            pass
    return discord.Permissions.none()


def _groups(user: discord.User | discord.Member) -> frozenset[str]:
    if isinstance(user, discord.Member):
        return frozenset(str(role.id) for role in user.roles)
    return frozenset()


def _listed(names: list[str]) -> str:
    """“A”, “B” and “C”."""
    quoted = [f"“{plain(name)}”" for name in names]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))
