"""Limner installed in any number of Slack workspaces, over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
from cryptography.fernet import Fernet
from yarl import URL

from bot.slack.client.http import Wire
from bot.slack.client.tokens import ManyWorkspaces
from bot.slack.surface import SlackSettings, SlackSurface, opened_slack
from domain.installations import Installation
from evaluation.peers.slack import SIGNING_SECRET, FakeSlack, fake_slack
from evaluation.peers.slack_api import CLIENT
from evaluation.peers.slack_team import Team
from storage.installations import SqlInstallations
from storage.seals import Seal
from tests.fakes.job_service import Office, an_office
from tests.fakes.slack_stage import WORKSPACE
from web.server import serving

EVENTS = "/slack/events"
ORGANISATION = "E0001"


@asynccontextmanager
async def served(surface: SlackSurface) -> AsyncGenerator[str]:
    """The surface behind our own HTTP server; gives its address."""
    assert surface.door is not None
    doors = [surface.door]
    async with serving(doors, host="127.0.0.1", port=0, trouble=lambda: None) as port:
        yield f"http://127.0.0.1:{port}"


async def sent(address: str, body: str | bytes, headers: dict[str, str]) -> tuple[int, str]:
    """The status and text of the answer to a request to Slack's path."""
    form = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{address}{EVENTS}", data=body, headers=form) as answer,
    ):
        return answer.status, await answer.text()


class Many:
    """A surface for many workspaces, over a store of installations."""

    def __init__(
        self, fake: FakeSlack, office: Office, surface: SlackSurface, store: SqlInstallations
    ) -> None:
        self.fake = fake
        self.office = office
        self.surface = surface
        self.store = store
        self.wire = Wire(f"{fake.base_url}/api/")

    @property
    def tokens(self) -> ManyWorkspaces:
        """The tokens, as another process has them."""
        return ManyWorkspaces(self.store, client=CLIENT, wire=self.wire)

    async def is_installed_in_an_organisation(self, **parts: Any) -> Installation:
        """Let the organisation of the team have installed the app."""
        installation = Installation(
            workspace_id=f"slack:{ORGANISATION}",
            token=self.fake.team.token,
            bot_id=self.fake.team.bot_id,
            bot_member_id=self.fake.team.bot_user,
            scopes=(),
            installed_at=datetime.now(UTC),
            **parts,
        )
        await self.store.save(installation)
        self.fake.teams[self.fake.team.id] = self.fake.team
        return installation

    async def gets(self, address: str, payload: dict[str, Any]) -> int:
        """Let Slack send a payload; gives the status of the answer."""
        if payload["type"] == "event_callback":
            body = json.dumps(payload)
            headers = {**self.fake.signed(body), "Content-Type": "application/json"}
        else:
            body = urlencode({"payload": json.dumps(payload)})
            headers = self.fake.signed(body)
        return (await sent(address, body, headers))[0]

    async def installs(self, address: str, team: Team) -> tuple[int, str]:
        """Go the way of "Add to Slack" in a browser."""
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=[URL(address)])
        async with aiohttp.ClientSession(cookie_jar=jar) as browser:
            async with browser.get(f"{address}/slack/install", allow_redirects=False) as begin:
                location = urlsplit(begin.headers["Location"])
                state = parse_qs(location.query)["state"][0]
                cookie = begin.headers["Set-Cookie"].partition(";")[0]
            assert location.path == "/oauth/v2/authorize"
            assert "chat:write" in parse_qs(location.query)["scope"][0]
            self.fake.codes["code1"] = team
            query = urlencode({"code": "code1", "state": state})
            back = f"{address}/slack/oauth_redirect?{query}"
            async with browser.get(back, headers={"Cookie": cookie}) as answer:
                return answer.status, await answer.text()


@asynccontextmanager
async def opened_many(folder: Path) -> AsyncGenerator[Many]:
    """Open it, over HTTP and without an installation."""
    async with fake_slack() as fake, an_office(folder, workspace=WORKSPACE) as office:
        seal = Seal([Fernet.generate_key().decode()])
        store = SqlInstallations(office.engine, seal)
        fake.teams.clear()
        settings = SlackSettings(
            api_base=f"{fake.base_url}/api/",
            folder=folder / "slack",
            signing_secret=SIGNING_SECRET,
            client_id=CLIENT[0],
            client_secret=CLIENT[1],
            public_base_url="https://limner.example/",
        )
        async with opened_slack(settings, office.services, store=store, seal=seal) as surface:
            opened = Many(fake, office, surface, store)
            yield opened
            await opened.wire.aclose()
