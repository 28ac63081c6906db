"""Signing in with Discord and Slack: the requests to them, and the user's identity there."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web

from agent.fetching.fetcher import FetchSettings, SafeFetcher
from app.settings import Settings
from app.sign_in import DiscordSignIn, SlackSignIn, SurfaceMembers, sign_ins
from domain.errors import LimnerError
from tests.fakes.slack_stage import a_stage
from web.pages.members import Identity

BACK = "https://limner.example/sign-in/x/callback"


class Platform:
    """Answers as the platforms' OAuth does: the code ``good`` is Ann's, and good once."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []

    async def token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form)
        if form.get("code") != "good" or form.get("client_secret") != "secret":
            return web.json_response({"ok": False, "error": "invalid_grant"}, status=400)
        return web.json_response({"ok": True, "access_token": "token-of-ann"})

    async def user(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer token-of-ann":
            return web.json_response({"ok": False}, status=401)
        body = {"id": "77", "https://slack.com/user_id": "U0ANN", "https://slack.com/team_id": "T1"}
        return web.json_response(body)


@asynccontextmanager
async def a_platform() -> AsyncGenerator[tuple[Platform, str, SafeFetcher]]:
    platform, application = Platform(), web.Application()
    for path in ("/oauth2/token", "/openid.connect.token"):
        application.router.add_post(path, platform.token)
    for path in ("/users/@me", "/openid.connect.userInfo"):
        application.router.add_get(path, platform.user)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    fetcher = SafeFetcher(
        FetchSettings(allowed_networks=("127.0.0.1/32",), own_addresses=(address,))
    )
    try:
        yield platform, address, fetcher
    finally:
        await fetcher.aclose()
        await runner.cleanup()


async def test_discord_says_who_somebody_is() -> None:
    async with a_platform() as (platform, address, fetcher):
        sign_in = DiscordSignIn("client", "secret", fetcher, api=address)
        url = urlsplit(sign_in.authorize_url(state="s t", redirect_uri=BACK))
        assert url.netloc == "discord.com"
        query = parse_qs(url.query)
        assert (query["scope"], query["state"], query["redirect_uri"]) == (
            ["identify"],
            ["s t"],
            [BACK],
        )
        assert "secret" not in url.query
        found = await sign_in.identify("good", redirect_uri=BACK)
        assert found == Identity("discord", "", "77")
        assert platform.asked[0]["redirect_uri"] == BACK
        with pytest.raises(LimnerError):
            await sign_in.identify("other", redirect_uri=BACK)


async def test_slack_says_who_somebody_is_and_in_which_team() -> None:
    async with a_platform() as (_platform, address, fetcher):
        sign_in = SlackSignIn("client", "secret", fetcher, api=f"{address}/")
        url = urlsplit(sign_in.authorize_url(state="s", redirect_uri=BACK))
        assert (url.netloc, parse_qs(url.query)["scope"]) == ("slack.com", ["openid"])
        found = await sign_in.identify("good", redirect_uri=BACK)
        assert found == Identity("slack", "T1", "U0ANN")
        with pytest.raises(LimnerError):
            await sign_in.identify("other", redirect_uri=BACK)


async def test_platforms_are_offered_once_they_are_set_up(tmp_path: Path) -> None:
    async with a_platform() as (_platform, _address, fetcher):
        assert sign_ins(Settings(data_dir=tmp_path), fetcher) == ()
        both = Settings.model_validate(
            {
                "data_dir": tmp_path,
                "discord_token": "t",
                "discord_client_id": "1",
                "discord_client_secret": "s",
                "slack_client_id": "2",
                "slack_client_secret": "s",
            }
        )
        assert [each.surface for each in sign_ins(both, fetcher)] == ["discord", "slack"]
        assert "secret" not in json.dumps([each.label for each in sign_ins(both, fetcher)])


async def test_members_are_asked_of_their_own_platform_alone(tmp_path: Path) -> None:
    async with a_stage(tmp_path) as stage:
        members = SurfaceMembers({"slack": stage.surface})
        job, _message = await stage.asked()
        workspace = job.workspace_id
        team = workspace.removeprefix("slack:").partition(".")[0]
        ann = await members.requester(Identity("slack", team, "U0ANN"), workspace)
        assert ann is not None
        assert ann.reads is not None
        assert await ann.reads(job.request.routing.destination.channel)
        assert await members.requester(Identity("slack", "T_OTHER", "U0ANN"), workspace) is None
        assert await members.requester(Identity("discord", "", "77"), workspace) is None
        assert await members.requester(Identity("slack", team, "U0ANN"), "discord:1") is None
        assert await SurfaceMembers({}).requester(Identity("slack", team, "U0"), workspace) is None
