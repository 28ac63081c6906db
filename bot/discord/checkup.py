"""The Discord checks of `limner doctor`: is the token valid, what may Limner do, how is it
invited?"""

from __future__ import annotations

from dataclasses import dataclass

import discord

from bot.bounded_connections import limited_connector
from bot.discord.client.messages import NoAccess, translate_errors
from bot.discord.client.requesters import PERMISSIONS, lacking
from bot.discord.gateway.client import DiscordOptions, wrong_token
from bot.discord.setup import server_at
from bot.text import plain
from domain.errors import SurfaceUnavailable
from domain.translation.messages import gettext


@dataclass(frozen=True, slots=True)
class Checkup:
    """Discord's answer; ``guilds`` are those in which permissions are missing, with their names and
    those of the permissions."""

    name: str
    invitation: str
    message_content: bool
    guild_count: int
    guilds: tuple[tuple[str, tuple[str, ...]], ...]
    premium: str = ""
    """The name of the subscription that people need; empty where none is asked for."""
    premium_problem: str = ""
    """Why nobody could have it; empty where somebody can."""


async def examined(options: DiscordOptions, *, api_base: str = "") -> Checkup:
    """Log in without connecting, and look around; nothing is changed.

    Raises:
        InvalidSettings: Discord does not know the token.
        SurfaceUnavailable: Discord did not answer.
    """
    intents = discord.Intents.none()
    # The connector is closed here as well: discord.py has it only from the login on.
    with server_at(api_base):
        async with (
            limited_connector() as connector,
            discord.Client(intents=intents, connector=connector) as client,
        ):
            try:
                with translate_errors():
                    return await _looked_around(client, options)
            except discord.LoginFailure:
                raise wrong_token() from None
            except (discord.HTTPException, NoAccess) as error:
                cause = error if isinstance(error, discord.HTTPException) else error.__cause__
                status = getattr(cause, "status", "a refusal")
                raise SurfaceUnavailable(
                    "Discord", gettext("it answered with status {status}", status=status)
                ) from error
            except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
                raise SurfaceUnavailable(
                    "Discord", gettext("its answer couldn't be read")
                ) from error


async def _looked_around(client: discord.Client, options: DiscordOptions) -> Checkup:
    await client.login(options.token)
    application = await client.application_info()
    # not fetch_guilds: the guilds it gives lack the permissions that Limner has there
    known = await client.http.get_guilds(200)
    flags = application.flags
    short = [
        (plain(guild["name"], most=60), tuple(lacking(_given(guild.get("permissions")))))
        for guild in known
    ]
    premium, problem = await _subscription(client, options.premium_sku)
    return Checkup(
        name=plain(application.name, most=60),
        invitation=invitation(application.id),
        message_content=flags.gateway_message_content or flags.gateway_message_content_limited,
        guild_count=max(len(known), application.approximate_guild_count),
        guilds=tuple((name, missing) for name, missing in short if missing),
        premium=premium,
        premium_problem=problem,
    )


async def _subscription(client: discord.Client, sku_id: int | None) -> tuple[str, str]:
    """The name of the app's subscription with that id, and what is wrong with it."""
    if sku_id is None:
        return "", ""
    try:
        known = {sku.id: sku for sku in await client.fetch_skus()}
    except discord.HTTPException as error:  # the other checks go on
        return "", f"Discord doesn't list the app's subscriptions (status {error.status})."
    sku = known.get(sku_id)
    if sku is None:
        there = [
            f"{each.id} ({plain(each.name, most=60)})" for each in known.values() if _sold(each)
        ]
        return "", (
            f"The app has no subscription {sku_id}, so nobody could draw. "
            + (f"It has {', '.join(there)}." if there else "It has none.")
        )
    name = plain(sku.name, most=60)
    if not _sold(sku):
        return name, f"{name} is no subscription, so its purchase would not unlock drawing."
    return name, ""


def _sold(sku: discord.SKU) -> bool:
    """Whether it is a subscription that people or servers have. Its group, which Discord makes for
    each subscription, has another id and is never held by anybody."""
    return sku.type is discord.SKUType.subscription


def invitation(application_id: int) -> str:
    """The address with which Limner is invited into a server."""
    return discord.utils.oauth_url(
        application_id,
        permissions=discord.Permissions(**dict.fromkeys(PERMISSIONS, True)),
        scopes=("bot", "applications.commands"),
    )


def _given(permissions: object) -> discord.Permissions:
    return discord.Permissions(int(str(permissions or 0)))
