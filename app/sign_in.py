"""Signing in to the web pages with a chat platform (OAuth 2, OpenID Connect)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, cast
from urllib.parse import urlencode

from app.settings import Settings, secret
from domain.bounded_json import UnacceptableJson, parse_json
from jobs.admission.requests import Requester
from web.pages.members import Identity, IdentityProvider

if TYPE_CHECKING:
    from agent.fetching.fetcher import SafeFetcher
    from app.chats import ChatSurface

DISCORD_API: Final = "https://discord.com/api/v10"
DISCORD_SITE: Final = "https://discord.com"
SLACK_SITE: Final = "https://slack.com"


class _Surfaces(Protocol):
    """The chat surfaces by name, once they are open."""

    def get(self, name: str, /) -> Any: ...


class SurfaceMembers:
    """Asks the chat surfaces of this process who is a member of what."""

    def __init__(self, surfaces: _Surfaces) -> None:
        self._surfaces = surfaces

    async def requester(self, identity: Identity, workspace_id: str) -> Requester | None:
        """The person in a workspace; None where they are no member of it. Raises
        ``TransientError``."""
        if not workspace_id.startswith(f"{identity.surface}:"):
            return None
        surface = cast("ChatSurface | None", self._surfaces.get(identity.surface))
        if surface is None:
            return None
        return await surface.member(workspace_id, identity.team, identity.member_id)


@dataclass(frozen=True, slots=True)
class DiscordSignIn:
    """Sign in with Discord: asks for nothing but who somebody is."""

    client_id: str
    client_secret: str
    fetcher: SafeFetcher
    api: str = DISCORD_API
    site: str = DISCORD_SITE
    surface: str = "discord"
    label: str = "Discord"

    def authorize_url(self, *, state: str, redirect_uri: str) -> str:
        """Where the browser goes to sign in."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "scope": "identify",
            "state": state,
            "redirect_uri": redirect_uri,
            "prompt": "none",
        }
        return f"{self.site}/oauth2/authorize?{urlencode(query)}"

    async def identify(self, code: str, *, redirect_uri: str) -> Identity | None:
        """Who signed in. Raises ``FetchFailed``."""
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        token = _object((await self.fetcher.post(f"{self.api}/oauth2/token", sent, form=True)).body)
        bearer = {"Authorization": f"Bearer {token.get('access_token', '')}"}
        user = _object((await self.fetcher.get(f"{self.api}/users/@me", headers=bearer)).body)
        member_id = str(user.get("id", ""))
        return Identity(self.surface, "", member_id) if member_id.isdecimal() else None


@dataclass(frozen=True, slots=True)
class SlackSignIn:
    """Sign in with Slack (OpenID Connect): asks for nothing but who somebody is."""

    client_id: str
    client_secret: str
    fetcher: SafeFetcher
    api: str
    site: str = SLACK_SITE
    surface: str = "slack"
    label: str = "Slack"

    def authorize_url(self, *, state: str, redirect_uri: str) -> str:
        """Where the browser goes to sign in."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "scope": "openid",
            "state": state,
            "redirect_uri": redirect_uri,
        }
        return f"{self.site}/openid/connect/authorize?{urlencode(query)}"

    async def identify(self, code: str, *, redirect_uri: str) -> Identity | None:
        """Who signed in. Raises ``FetchFailed``."""
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        given = await self.fetcher.post(f"{self.api}openid.connect.token", sent, form=True)
        token = _object(given.body).get("access_token", "")
        bearer = {"Authorization": f"Bearer {token}"}
        told = await self.fetcher.get(f"{self.api}openid.connect.userInfo", headers=bearer)
        user = _object(told.body)
        team = str(user.get("https://slack.com/team_id", ""))
        member_id = str(user.get("https://slack.com/user_id", ""))
        return Identity(self.surface, team, member_id) if team and member_id else None


def sign_ins(settings: Settings, fetcher: SafeFetcher) -> tuple[IdentityProvider, ...]:
    """The platforms that members can sign in with, as far as they are set up."""
    found: list[IdentityProvider] = []
    if settings.discord_token and settings.discord_client_id and settings.discord_client_secret:
        found.append(
            DiscordSignIn(
                settings.discord_client_id,
                secret(settings.discord_client_secret),
                fetcher,
                api=settings.discord_api_base or DISCORD_API,
            )
        )
    if settings.slack_client_id and settings.slack_client_secret:
        found.append(
            SlackSignIn(
                settings.slack_client_id,
                secret(settings.slack_client_secret),
                fetcher,
                api=settings.slack_api_base,
            )
        )
    return tuple(found)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = parse_json(body)
    except UnacceptableJson:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
