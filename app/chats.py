"""The chat surfaces: which are configured, and opening them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from app.libraries import needed_since
from app.message_search import make_installations, make_seal
from app.settings import Settings, secret
from domain.errors import InvalidSettings
from domain.translation.messages import gettext
from jobs.admission.requests import Requester
from jobs.common.ports import StatusBoard, Surface
from storage.counters import SqlCallMeter

if TYPE_CHECKING:
    from app.wiring import Application
    from bot.commands.ports import Services
    from bot.discord.gateway.client import DiscordOptions
    from bot.slack.surface import SlackSettings


class ChatSurface(Surface, StatusBoard, Protocol):
    """A chat surface: it delivers, shows how jobs go on, and takes commands while it runs."""

    @property
    def name(self) -> str:
        """The platform's name in destinations."""
        ...

    @property
    def connected(self) -> bool:
        """Whether it was connected before: from then on every failure counts as temporary."""
        ...

    @property
    def online(self) -> bool:
        """Whether it is connected now."""
        ...

    async def member(self, workspace_id: str, team: str, member_id: str) -> Requester | None:
        """A person of a workspace, as the platform knows them now; None where they are no member
        of it. ``team`` says where their id holds, if not everywhere. Raises ``TransientError``."""
        ...

    async def run(self) -> None:
        """Stay connected and answer until cancelled; may be run again after it ended. Raises
        ``OperatorError`` when that cannot be, for a wrong token say."""
        ...


Opener = Callable[["Application"], AbstractAsyncContextManager[ChatSurface]]


def configured_chats(settings: Settings) -> Mapping[str, Opener]:
    """A factory for each configured chat surface, by its name in destinations.

    Raises:
        InvalidSettings: One is set in part only; the message says what is missing.
    """
    found: dict[str, Opener] = {}
    if settings.discord_token:
        found["discord"] = _discord
    if settings.slack_bot_token or settings.slack_client_id or settings.slack_app_token:
        check_slack(settings)
        found["slack"] = _slack
    return found


@asynccontextmanager
async def _discord(application: Application) -> AsyncGenerator[ChatSurface]:
    options = discord_options(application.settings)
    from bot.discord.setup import open_discord

    opened = open_discord(
        options,
        services_of(application),
        api_base=application.settings.discord_api_base,
    )
    async with opened as surface:
        yield surface


def check_slack(settings: Settings) -> None:
    """Raises ``InvalidSettings`` where something that Slack needs is missing."""
    many = bool(settings.slack_client_id)
    if bool(settings.slack_bot_token) == many:
        what = "both are set" if many else "neither is set"
        raise _slack_needs(f"LIMNER_SLACK_BOT_TOKEN or LIMNER_SLACK_CLIENT_ID: {what}")
    if not (settings.slack_app_token or settings.slack_signing_secret):
        raise _slack_needs("LIMNER_SLACK_APP_TOKEN (Socket Mode) or LIMNER_SLACK_SIGNING_SECRET")
    if not many:
        return
    for name in ("slack_client_secret", "secret_key", "public_base_url"):
        if not getattr(settings, name):
            raise _slack_needs(f"LIMNER_{name.upper()}, since LIMNER_SLACK_CLIENT_ID is set")


def _slack_needs(what: str) -> InvalidSettings:
    return InvalidSettings(
        gettext(
            "Slack needs {what}; the Slack page of the documentation says where to find it.",
            what=what,
        )
    )


def services_of(application: Application) -> Services:
    """The doors that commands of any chat surface go through."""
    from bot.commands.ports import Services  # a command that opens no chat need not load them
    from web.pages.dossier import dossier

    redact = application.settings.redactor.text
    return Services(
        application.job_service,
        application.team,
        application.library,
        application.generators,
        application.news,
        privacy=application.privacy,
        galleries=application.privacy.galleries,
        intents=application.intents,
        redact=redact,
        provenance=application.provenance,
        describer=application.describer,
        destinations=application.destinations,
        previews=application.previews,
        dossier=dossier,
        count_today=SqlCallMeter(application.database).count,
    )


def discord_options(settings: Settings) -> DiscordOptions:
    """The connection settings of Discord.

    Raises:
        InvalidSettings: The library for it is not installed.
    """
    with needed_since("LIMNER_DISCORD_TOKEN is set", "discord", extra="discord"):
        from bot.discord.gateway.client import DiscordOptions, cdn_hosts
    return DiscordOptions(
        token=secret(settings.discord_token),
        shards=settings.discord_shards,
        test_guild=settings.discord_test_guild,
        message_content=settings.discord_message_content,
        cdn_hosts=cdn_hosts(settings.discord_api_base),
        premium_sku=settings.discord_premium_sku,
    )


def slack_settings(settings: Settings) -> SlackSettings:
    """The settings for the Slack part.

    Raises:
        InvalidSettings: The libraries for it are not installed.
    """
    with needed_since("Slack is set up", "slack_bolt", "slack_sdk", "cryptography", extra="slack"):
        from bot.slack.surface import SlackSettings
    return SlackSettings(
        api_base=settings.slack_api_base,
        folder=settings.data_dir / "slack",
        bot_token=secret(settings.slack_bot_token),
        app_token=secret(settings.slack_app_token),
        signing_secret=secret(settings.slack_signing_secret),
        client_id=settings.slack_client_id,
        client_secret=secret(settings.slack_client_secret),
        public_base_url=settings.public_base_url,
        sockets=settings.slack_sockets,
    )


@asynccontextmanager
async def _slack(application: Application) -> AsyncGenerator[ChatSurface]:
    settings = application.settings
    slack = slack_settings(settings)
    from bot.slack.surface import opened_slack

    store = seal = None
    if settings.slack_client_id:
        seal = make_seal(settings)
        store = make_installations(settings, application.database, seal)
    opened = opened_slack(
        slack,
        services_of(application),
        store=store,
        seal=seal,
        search_tokens=application.search_tokens,
    )
    async with opened as surface:
        application.message_searches[surface.name] = surface.message_search
        if surface.door is not None:
            application.doors.append(surface.door)
        yield surface
