"""The doctor's checks of the chat platforms: login, permissions, invitation."""

from __future__ import annotations

from app.chats import configured_chats, discord_options, slack_settings
from app.findings import Finding
from app.settings import Settings
from domain.errors import LimnerError


async def examine_discord(settings: Settings) -> list[Finding]:
    """Whether the bot can log in, what it may read and do, and how it is invited."""
    name = "discord"
    if settings.discord_token is None:
        return [Finding(name, True, "Not set up; set LIMNER_DISCORD_TOKEN to enable it.", False)]
    try:
        options = discord_options(settings)
        from bot.discord.checkup import examined

        found = await examined(options, api_base=settings.discord_api_base)
    except LimnerError as error:
        return [Finding(name, False, str(error), True)]
    lacking = "; ".join(f"{guild}: {', '.join(missing)}" for guild, missing in found.guilds)
    servers = f"In {found.guild_count} servers" + (f"; missing in {lacking}." if lacking else ".")
    wanted, allowed = settings.discord_message_content, found.message_content
    intent = (
        "Message Content Intent is on."
        if allowed
        else "Message Content Intent is off, so Limner reads thread replies only when mentioned."
    )
    if wanted and not allowed:
        intent = (
            "LIMNER_DISCORD_MESSAGE_CONTENT is on, but Message Content Intent is off; "
            "enable the intent on the Bot page of the developer portal."
        )
    return [
        Finding(name, True, f"Logged in as {found.name}.", True),
        Finding("discord intents", allowed or not wanted, intent, True),
        Finding("discord permissions", not lacking, servers, False),
        Finding("discord invitation", True, found.invitation, False),
        *_premium(settings, found.premium, found.premium_problem),
    ]


def _premium(settings: Settings, name: str, problem: str) -> list[Finding]:
    """Whether people can have the subscription that the settings ask for."""
    if settings.discord_premium_sku is None:
        return []
    said = problem or f"Drawing needs the subscription {name}."
    return [Finding("discord premium", not problem, said, True)]


async def examine_slack(settings: Settings) -> tuple[bool, str]:
    """Whether the app may log in, and what it lacks."""
    if "slack" not in configured_chats(settings):
        return True, (
            "Not set up; set LIMNER_SLACK_BOT_TOKEN and LIMNER_SLACK_APP_TOKEN to enable it."
        )
    slack = slack_settings(settings)
    from bot.slack.checkup import examined

    return await examined(slack)
