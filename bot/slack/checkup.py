"""The Slack checks of `limner doctor`: are the tokens valid, is every permission granted?"""

from __future__ import annotations

from bot.bounded_connections import limited_connector
from bot.slack.client.http import Wire
from bot.slack.client.message_search import SCOPE
from bot.slack.inbound.oauth import SCOPES
from bot.slack.surface import SlackSettings
from domain.errors import SurfaceRefused

LIMIT_S = 10.0


async def examined(settings: SlackSettings) -> tuple[bool, str]:
    """Whether Slack takes what is set, and a sentence about it; no connection is opened.

    Raises:
        SurfaceUnavailable: Slack does not answer.
    """
    async with limited_connector() as connector:
        wire = Wire(settings.api_base, connector=connector)
        try:
            good, text = await _examined(settings, wire)
            if wire.clock.is_wrong:
                way = "ahead of" if wire.clock.ahead_s > 0 else "behind"
                text += (
                    f" This machine's clock is {abs(wire.clock.ahead_s):.0f} s {way} Slack's; "
                    "synchronize it, for example with NTP."
                )
                return False, text
            return good, text
        finally:
            await wire.aclose()


async def _examined(settings: SlackSettings, wire: Wire) -> tuple[bool, str]:
    if settings.app_token:
        try:
            await wire.call(settings.app_token, "apps.connections.open", limit_s=LIMIT_S)
        except SurfaceRefused as error:
            return False, f"LIMNER_SLACK_APP_TOKEN doesn't work ({error.code})."
    way = "over Socket Mode" if settings.app_token else "over HTTP"
    if not settings.bot_token:
        return True, f"{way}; workspaces install it at /slack/install."
    try:
        who, granted = await wire.whoami(settings.bot_token, limit_s=LIMIT_S)
    except SurfaceRefused as error:
        return False, f"LIMNER_SLACK_BOT_TOKEN doesn't work ({error.code})."
    missing = [scope for scope in SCOPES if granted and scope not in granted]
    if missing:
        return False, (
            f"The app is missing {', '.join(missing)}. Paste slack-manifest.yaml again and "
            "reinstall the app."
        )
    search = ""
    if granted:
        may = "has" if SCOPE in granted else "lacks"
        search = f" The app {may} {SCOPE}, which the setting search_messages needs."
    return True, f"Connected as {who.get('user')} in {who.get('team')}, {way}.{search}"
