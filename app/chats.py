"""The chat surfaces: which are configured, and opening them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from app.settings import Settings, secret
from bot.commands import Desks
from domain.errors import InvalidSettings
from jobs.ports import StatusBoard, Surface

if TYPE_CHECKING:
    from app.bootstrap import House
    from bot.discord.client import DiscordOptions


class ChatSurface(Surface, StatusBoard, Protocol):
    """A chat surface: it delivers, shows how jobs go on, and takes commands while it runs."""

    @property
    def name(self) -> str:
        """How destinations call it."""
        ...

    async def run(self) -> None:
        """Stay connected and answer until cancelled. Raises ``OperatorError`` when that cannot
        be, for a wrong token say."""
        ...


Opener = Callable[["House"], AbstractAsyncContextManager[ChatSurface]]


def configured_chats(settings: Settings) -> Mapping[str, Opener]:
    """How to open each chat surface that the settings speak of, by its name in destinations."""
    openers: dict[str, Opener] = {}
    if settings.discord_token:
        openers["discord"] = _discord
    return openers


@asynccontextmanager
async def _discord(house: House) -> AsyncGenerator[ChatSurface]:
    options = discord_options(house.settings)
    from bot.discord.opening import open_discord

    opened = open_discord(
        options,
        desks_of(house),
        api_base=house.settings.discord_api_base,
        pages=house.settings.public_base_url,
    )
    async with opened as surface:
        yield surface


def desks_of(house: House) -> Desks:
    """The doors that commands of any chat surface go through."""
    return Desks(house.desk, house.team, house.library, house.generators)


def discord_options(settings: Settings) -> DiscordOptions:
    """How to connect to Discord.

    Raises:
        InvalidSettings: The library for it is not installed.
    """
    try:
        from bot.discord.client import DiscordOptions, cdn_hosts
    except ModuleNotFoundError as error:
        if error.name != "discord":
            raise
        raise InvalidSettings(
            "LIMNER_DISCORD_TOKEN is set, but discord.py is not installed; run "
            "`pip install 'limner[discord]'`."
        ) from None
    return DiscordOptions(
        token=secret(settings.discord_token),
        shards=settings.discord_shards,
        test_guild=settings.discord_test_guild,
        message_content=settings.discord_message_content,
        cdn_hosts=cdn_hosts(settings.discord_api_base),
    )
