"""What Limner may do in a server's channels, by what the gateway has said of its roles."""

from __future__ import annotations

import discord

from domain.requests import Destination


def can_post(channel: discord.abc.GuildChannel) -> bool:
    """Whether Limner may post pictures in a channel; True where it is not cached yet."""
    given = _given(channel)
    return given is None or _posts(given)


def can_post_at(guild: discord.Guild, place: Destination) -> bool | None:
    """Whether Limner may post pictures in a channel or thread; None where that is not cached."""
    if not place.channel.isdecimal():
        return True  # the moderators' own messages
    channel = guild.get_channel(int(place.channel))
    given = _given(channel) if channel is not None else None
    if given is None or place.thread is None:
        return None if given is None else _posts(given)
    if not (given.view_channel and given.send_messages_in_threads and given.attach_files):
        return False
    thread = guild.get_thread(int(place.thread)) if place.thread.isdecimal() else None
    if thread is None:
        return None
    return given.manage_threads or not thread.locked


def _posts(given: discord.Permissions) -> bool:
    return given.view_channel and given.send_messages and given.attach_files


def _given(channel: discord.abc.GuildChannel) -> discord.Permissions | None:
    try:
        return channel.permissions_for(channel.guild.me)
    except (AttributeError, discord.ClientException):
        return None
