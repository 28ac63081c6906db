"""Installing the app into further workspaces (OAuth): the state, the exchange, what the browser
shows."""

from __future__ import annotations

import html
import secrets
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_bolt.oauth.async_callback_options import (
    AsyncCallbackOptions,
    AsyncFailureArgs,
    AsyncSuccessArgs,
)
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation as SlackInstallation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from yarl import URL

from bot.slack.client.http import Wire, library_logger
from bot.slack.client.ports import Installations, Sealer
from bot.slack.client.tokens import Tenant
from bot.slack.inbound.http import INSTALL_PATH, REDIRECT_PATH
from domain.errors import LimnerError
from domain.installations import Installation
from domain.translation.catalogue import language_of
from domain.translation.messages import gettext, translated

log = structlog.get_logger(__name__)

SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "links:read",
    "links:write",
    "mpim:history",
    "mpim:read",
    "reactions:read",
    "usergroups:read",
    "users:read",
)
"""The scopes that the app needs."""
OPTIONAL_SCOPES = ("canvases:write", "search:read.public")
"""The scopes that whoever installs it may decline. Both are the same as in
``slack-manifest.yaml``."""
STATE_S = 600
PAGE = (
    '<!doctype html><html lang="{}"><meta charset="utf-8"><title>Limner</title>'
    "<body style='font: 18px sans-serif; max-width: 32em; margin: 4em auto'>{}</body></html>"
)


class SealedStates(AsyncOAuthStateStore):
    """States of installations that were begun: sealed, so that nothing needs to be kept. The
    browser holds the same state in a cookie, and Slack's code is good once. ``now`` is the time by
    a clock that all processes share, since another one may take the state back."""

    def __init__(self, seal: Sealer, now: Callable[[], Awaitable[datetime]]) -> None:
        self._seal = seal
        self._now = now

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        """A new state."""
        del args, kwargs
        sealed = self._seal.close(secrets.token_urlsafe(16), now=await self._now())
        return sealed.decode("ascii")

    async def async_consume(self, state: str) -> bool:
        """Whether we issued the state, within ten minutes."""
        try:
            self._seal.open_within(state.encode(), STATE_S, now=await self._now())
        except Exception:  # on any failure to read it, it is not ours
            return False
        return True


class KeptInstallations(AsyncInstallationStore):
    """Bolt's way to our store; finding and removing goes through ``ManyWorkspaces`` instead."""

    def __init__(
        self, store: Installations, installed: Callable[[Tenant], Awaitable[None]]
    ) -> None:
        self._store = store
        self._installed = installed

    async def async_save(self, installation: SlackInstallation) -> None:
        """Keep a new installation."""
        new = kept(installation, now=await self._store.now())
        await self._store.save(new)
        await self._installed(Tenant.of(new.workspace_id))


def kept(installation: SlackInstallation, *, now: datetime) -> Installation:
    """An installation as we keep it; ``now`` by the clock that its times are of."""
    organisation = installation.enterprise_id if installation.is_enterprise_install else None
    tenant = Tenant(installation.team_id or "", organisation)
    ends = installation.bot_token_expires_at
    # The library made a time of Slack's seconds by this process's clock.
    left_s = ends - time.time() if ends else None
    return Installation(
        workspace_id=tenant.installed_as,
        token=installation.bot_token or "",
        bot_id=installation.bot_id or "",
        bot_member_id=installation.bot_user_id or "",
        scopes=tuple(installation.bot_scopes or ()),
        installed_at=now,
        installed_by=installation.user_id or "",
        refresh_token=installation.bot_refresh_token,
        expires_at=now + timedelta(seconds=left_s) if left_s is not None else None,
    )


class Flow(AsyncOAuthFlow):
    """Bolt's flow; the exchange goes over our own HTTP client, which translates failures and writes
    no code into a log."""

    def __init__(self, wire: Wire, settings: AsyncOAuthSettings) -> None:
        super().__init__(client=wire.client(), logger=library_logger(), settings=settings)
        self._wire = wire

    async def run_installation(self, code: str) -> SlackInstallation | None:
        """The installation that a code stands for; None where Slack does not give it."""
        try:
            answer = await self._wire.call(
                None,
                "oauth.v2.access",
                code=code,
                client_id=self.settings.client_id,
                client_secret=self.settings.client_secret,
                redirect_uri=self.settings.redirect_uri,
            )
            who = await self._wire.call(str(answer["access_token"]), "auth.test")
        except LimnerError as error:
            log.warning("slack_not_installed", error=str(error))
            return None
        team: dict[str, Any] = answer.get("team") or {}
        organisation: dict[str, Any] = answer.get("enterprise") or {}
        installer: dict[str, Any] = answer.get("authed_user") or {}
        return SlackInstallation(
            app_id=answer.get("app_id"),
            enterprise_id=organisation.get("id"),
            is_enterprise_install=bool(answer.get("is_enterprise_install")),
            team_id=team.get("id"),
            team_name=team.get("name"),
            bot_token=answer["access_token"],
            bot_id=who.get("bot_id"),
            bot_user_id=answer.get("bot_user_id"),
            bot_scopes=answer.get("scope") or "",
            bot_refresh_token=answer.get("refresh_token"),
            bot_token_expires_in=answer.get("expires_in"),
            user_id=installer.get("id") or "",
        )


def oauth_flow(
    *,
    wire: Wire,
    client: tuple[str, str],
    public_base_url: str,
    store: Installations,
    seal: Sealer,
    installed: Callable[[Tenant], Awaitable[None]],
) -> AsyncOAuthFlow:
    """The way from "Add to Slack" to a kept installation; ``client`` is the app's id and secret,
    and ``installed`` is called with each new one."""
    return Flow(
        wire,
        AsyncOAuthSettings(
            client_id=client[0],
            client_secret=client[1],
            scopes=(*SCOPES, *OPTIONAL_SCOPES),
            redirect_uri=str(URL(public_base_url).join(URL(REDIRECT_PATH))),
            install_path=INSTALL_PATH,
            install_page_rendering_enabled=False,
            redirect_uri_path=REDIRECT_PATH,
            authorization_url=str(URL(wire.client().base_url).join(URL("/oauth/v2/authorize"))),
            installation_store=KeptInstallations(store, installed),
            state_store=SealedStates(seal, store.now),
            state_expiration_seconds=STATE_S,
            callback_options=AsyncCallbackOptions(success=_installed, failure=_not_installed),
        ),
    )


async def _installed(args: AsyncSuccessArgs) -> BoltResponse:
    sentence = gettext(
        "In {team}, type {command}.",
        team=args.installation.team_name or gettext("your workspace"),
        command="/illustrate",
    )
    return _page(200, args, gettext("Limner is installed"), f"<p>{_say(sentence, args)}</p>")


async def _not_installed(args: AsyncFailureArgs) -> BoltResponse:
    again = f"<p><a href='{INSTALL_PATH}'>{_say(gettext('Try again'), args)}</a></p>"
    why = _say(gettext("Reason: {why}.", why=args.reason), args)
    title = gettext("Limner was not installed")
    return _page(args.suggested_status_code, args, title, f"<p>{why}</p>{again}")


def _language(args: AsyncSuccessArgs | AsyncFailureArgs) -> str:
    """The first language that the browser asks for."""
    wanted = args.request.headers.get("accept-language") or [""]
    return language_of(wanted[0].partition(",")[0].partition(";")[0].strip())


def _say(text: str, args: AsyncSuccessArgs | AsyncFailureArgs) -> str:
    return html.escape(translated(text, _language(args)))


def _page(
    status: int, args: AsyncSuccessArgs | AsyncFailureArgs, title: str, text: str
) -> BoltResponse:
    return BoltResponse(
        status=status,
        body=PAGE.format(_language(args), f"<h1>{_say(title, args)}</h1>{text}"),
        headers={"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"},
    )
