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
class _OAuthClient:
    """The shared part of both platforms' sign-in: OAuth 2.0's authorization code (RFC 6749)."""

    client_id: str
    client_secret: str
    fetcher: SafeFetcher

    def _query(self, *, scope: str, state: str, redirect_uri: str) -> dict[str, str]:
        """The parameters that the browser takes to the platform."""
        return {
            "response_type": "code",
            "client_id": self.client_id,
            "scope": scope,
            "state": state,
            "redirect_uri": redirect_uri,
        }

    async def _user(
        self, code: str, *, redirect_uri: str, token_url: str, user_url: str
    ) -> Mapping[str, Any]:
        """The platform's data about the signed-in user. Raises ``FetchFailed``."""
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        token = _object((await self.fetcher.post(token_url, sent, form=True)).body)
        bearer = {"Authorization": f"Bearer {token.get('access_token', '')}"}
        return _object((await self.fetcher.get(user_url, headers=bearer)).body)


@dataclass(frozen=True, slots=True)
class DiscordSignIn(_OAuthClient):
    """Sign in with Discord: asks for the user's identity only."""

    api: str = DISCORD_API
    site: str = DISCORD_SITE
    surface: str = "discord"
    label: str = "Discord"

    def authorize_url(self, *, state: str, redirect_uri: str) -> str:
        """The sign-in address for the browser."""
        query = self._query(scope="identify", state=state, redirect_uri=redirect_uri)
        return f"{self.site}/oauth2/authorize?{urlencode(query | {'prompt': 'none'})}"

    async def identify(self, code: str, *, redirect_uri: str) -> Identity | None:
        """The user who signed in. Raises ``FetchFailed``."""
        token_url, user_url = f"{self.api}/oauth2/token", f"{self.api}/users/@me"
        user = await self._user(
            code, redirect_uri=redirect_uri, token_url=token_url, user_url=user_url
        )
        member_id = str(user.get("id", ""))
        return Identity(self.surface, "", member_id) if member_id.isdecimal() else None


@dataclass(frozen=True, slots=True)
class SlackSignIn(_OAuthClient):
    """Sign in with Slack (OpenID Connect): asks for the user's identity only."""

    api: str
    site: str = SLACK_SITE
    surface: str = "slack"
    label: str = "Slack"

    def authorize_url(self, *, state: str, redirect_uri: str) -> str:
        """The sign-in address for the browser."""
        query = self._query(scope="openid", state=state, redirect_uri=redirect_uri)
        return f"{self.site}/openid/connect/authorize?{urlencode(query)}"

    async def identify(self, code: str, *, redirect_uri: str) -> Identity | None:
        """The user who signed in. Raises ``FetchFailed``."""
        token_url, user_url = (
            f"{self.api}openid.connect.token",
            f"{self.api}openid.connect.userInfo",
        )
        user = await self._user(
            code, redirect_uri=redirect_uri, token_url=token_url, user_url=user_url
        )
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
