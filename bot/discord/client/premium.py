"""Checks for the Discord subscription that the operator requires."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import discord

from bot.discord.client.messages import translate_errors
from domain.errors import PremiumNeeded


def payment_of_author(
    client: discord.Client, sku_id: int | None, message: discord.Message
) -> Callable[[], Awaitable[None]] | None:
    """Checks whether the author of a message, or their server, has the subscription; None where
    none is required. Discord reports it with interactions, but not with messages."""
    if sku_id is None:
        return None
    sku = discord.Object(sku_id)

    async def holds(
        user: discord.abc.Snowflake | None, guild: discord.abc.Snowflake | None
    ) -> bool:
        found = client.entitlements(
            limit=100, skus=[sku], user=user, guild=guild, exclude_ended=True
        )
        return any([not (each.deleted or each.is_expired()) async for each in found])

    async def check() -> None:
        with translate_errors():
            paid = await holds(message.author, None)
            if not paid and (message.guild is None or not await holds(None, message.guild)):
                raise PremiumNeeded(str(sku_id))

    return check
