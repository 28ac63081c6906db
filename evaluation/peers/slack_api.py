"""The Web API of our own Slack. It holds the bot to Slack's rules: blocks and views are checked,
tokens end, files need a moment to be digested, and a test can make any call fail."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from email.utils import formatdate
from itertools import count
from typing import Any, cast

from aiohttp import web

from evaluation.peers.slack_agents import AgentApi
from evaluation.peers.slack_blocks import block_problems, view_problems
from evaluation.peers.slack_limits import SlackLimits
from evaluation.peers.slack_search import SearchApi
from evaluation.peers.slack_team import Channel, Message, Refusal, Team, every_node

APP_TOKEN = "xapp-1-app"
CLIENT = ("1234.5678", "client-secret")
DROP = "drop"
"""A mishap: the call is done, and the connection ends before the answer."""

Mishap = int | str | tuple[int, Mapping[str, str]]
"""The failure of a call: a status (with headers), an error code, or ``DROP``."""


Rule = Callable[[str, dict[str, Any]], bool]
"""Whether a call is refused: its method and its arguments."""


class WebApi(AgentApi, SearchApi):
    """The Web API of all workspaces; ``mishaps`` says what goes wrong next, by method."""

    def __init__(self) -> None:
        self.base_url = ""
        self.team = Team()
        self.teams = {self.team.id: self.team}
        self.calls: Counter[str] = Counter()
        self.mishaps: dict[str, deque[Mishap]] = defaultdict(deque)
        self.scopes: tuple[str, ...] = ()
        """The scopes of the token, as far as they are reported."""
        self.rules: list[tuple[Rule, str]] = []
        """The refused calls, with Slack's error codes."""
        self.limits: SlackLimits | None = None
        """Slack's rate limits, where a test wants them."""
        self.slow: dict[str, float] = {}
        """Seconds that a method takes."""
        self.digest_looks = 1
        """So many times a new file is not ready yet."""
        self.refreshes = 0
        self.codes: dict[str, Team] = {}
        """The tokens that installations may be exchanged for."""
        self._numbers = count(1)
        self._clock = 0.0
        self.ahead_s = 0.0
        """The seconds that its clock is ahead of this machine's."""

    async def api(self, request: web.Request) -> web.StreamResponse:
        """One call."""
        method = request.match_info["method"]
        arguments = {**request.query, **(await _form(request))}
        self.calls[method] += 1
        await asyncio.sleep(self.slow.get(method, 0.0))
        mishap = self.mishaps[method].popleft() if self.mishaps[method] else None
        if mishap is not None and mishap != DROP:
            return _mishap(mishap)
        try:
            team = self._team_of(request, method, arguments)
            self.check(method, arguments)
            if self.limits is not None:
                wait_s = self.limits.wait_s(team.id, method, str(arguments.get("channel")))
                if wait_s > 0:
                    return _mishap((429, {"Retry-After": str(math.ceil(wait_s))}))
            handler = cast(
                "Callable[[Team, dict[str, Any]], Awaitable[dict[str, Any]]]",
                getattr(self, "_" + method.replace(".", "_").lower()),
            )
            answer = await handler(team, arguments)
        except Refusal as error:
            return web.json_response({"ok": False, "error": error.code, **error.facts})
        if mishap == DROP:
            cast("Any", request).transport.abort()
        headers = {
            "X-OAuth-Scopes": ",".join(self.scopes),
            "Date": formatdate(time.time() + self.ahead_s, usegmt=True),
        }
        return web.json_response({"ok": True, **answer}, headers=headers)

    def check(self, method: str, arguments: dict[str, Any]) -> None:
        """Refuse what the rules are against."""
        for rule, code in self.rules:
            if rule(method, arguments):
                raise Refusal(code, errors=[f"{code} [json-pointer:/blocks/0]"])

    def _team_of(self, request: web.Request, method: str, arguments: dict[str, Any]) -> Team:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = token or str(arguments.get("token", ""))
        if method in ("oauth.v2.access", "api.test"):
            return self.team
        if method == "apps.connections.open":
            if token != APP_TOKEN:
                raise Refusal("invalid_auth")
            return self.team
        for team in self.teams.values():
            if token == team.token:
                if team.expires_at is not None and time.time() > team.expires_at:
                    raise Refusal("token_expired")
                return team
        raise Refusal("invalid_auth")

    async def _api_test(self, _team: Team, _a: dict[str, Any]) -> dict[str, Any]:
        return {}

    async def _auth_test(self, team: Team, _a: dict[str, Any]) -> dict[str, Any]:
        return {
            "url": "https://team.slack.com/",
            "team": "Team",
            "user": "limner",
            "team_id": team.id,
            "user_id": team.bot_user,
            "bot_id": team.bot_id,
            "is_enterprise_install": False,
        }

    async def _apps_connections_open(self, _team: Team, _a: dict[str, Any]) -> dict[str, Any]:
        return {"url": self.base_url.replace("http", "ws") + f"/link/?ticket={self._name('t')}"}

    async def _oauth_v2_access(self, _team: Team, a: dict[str, Any]) -> dict[str, Any]:
        if (a.get("client_id"), a.get("client_secret")) != CLIENT:
            raise Refusal("bad_client_secret")
        if a.get("grant_type") == "refresh_token":
            team = next(
                (t for t in self.teams.values() if t.refresh_token == a["refresh_token"]), None
            )
            if team is None:
                raise Refusal("invalid_refresh_token")
            self.refreshes += 1
            await asyncio.sleep(0.1)
        else:
            team = self.codes.pop(str(a.get("code")), None)
            if team is None:
                raise Refusal("invalid_code")
            self.teams[team.id] = team
        team.token = self._name("xoxe.xoxb-")
        team.refresh_token = self._name("xoxe-1-")
        team.expires_at = time.time() + 43_200
        return {
            "access_token": team.token,
            "token_type": "bot",
            "scope": "chat:write,commands",
            "bot_user_id": team.bot_user,
            "app_id": "A0001",
            "expires_in": 43_200,
            "refresh_token": team.refresh_token,
            "team": {"id": team.id, "name": "A <b>team</b>"},
            "enterprise": None,
            "authed_user": {"id": "U0ANN"},
            "is_enterprise_install": False,
        }

    async def _chat_postmessage(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(team, a)
        if not channel.member:
            raise Refusal("not_in_channel")
        body = self._content(team, a)
        message = Message(self._ts(), body, str(a["thread_ts"]) if a.get("thread_ts") else None)
        channel.messages[message.ts] = message
        return {"channel": channel.id, "ts": message.ts, "message": self._shown(team, message)}

    async def _chat_update(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(team, a)
        message = channel.messages.get(str(a["ts"]))
        if message is None:
            raise Refusal("message_not_found")
        if message.streamed:
            raise Refusal("streaming_state_conflict")
        message.body = self._content(team, a)
        message.edits.append((time.monotonic(), message.body))
        return {"channel": channel.id, "ts": message.ts, "text": message.body["text"]}

    async def _chat_delete(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        if self._channel(team, a).messages.pop(str(a["ts"]), None) is None:
            raise Refusal("message_not_found")
        return {}

    async def _chat_postephemeral(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(team, a)
        if not channel.member:
            raise Refusal("not_in_channel")
        message = Message(self._ts(), self._content(team, a))
        team.whispers.append((str(a["user"]), channel.id, message))
        return {"message_ts": message.ts}

    async def _conversations_info(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(team, a)
        if channel.private and not channel.member:
            raise Refusal("channel_not_found")
        return {
            "channel": {
                "id": channel.id,
                "is_im": channel.im_of is not None,
                "is_member": channel.member,
                "is_private": channel.private,
                "is_archived": False,
                "is_ext_shared": channel.shared,
                "context_team_id": channel.context_team,
            }
        }

    async def _conversations_members(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(team, a)
        if not channel.member:
            raise Refusal("channel_not_found")
        return {"members": [team.bot_user, *channel.people], "response_metadata": {}}

    async def _conversations_join(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(team, a)
        channel.member = True
        return {"channel": {"id": channel.id}}

    async def _conversations_open(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        return {"channel": {"id": team.dm(str(a["users"])).id}}

    async def _conversations_history(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(team, a)
        top = [m for m in channel.messages.values() if m.thread_ts is None]
        return self._page(team, top[::-1], a)

    async def _conversations_replies(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(team, a)
        ts = str(a["ts"])
        return self._page(
            team, [m for m in channel.messages.values() if ts in (m.ts, m.thread_ts)], a
        )

    def _page(self, team: Team, messages: list[Message], a: dict[str, Any]) -> dict[str, Any]:
        oldest, latest = float(a.get("oldest") or 0), float(a.get("latest") or 1e18)
        inclusive = a.get("inclusive") == "true"
        within = [
            m
            for m in messages
            if oldest < float(m.ts) < latest or (inclusive and oldest <= float(m.ts) <= latest)
        ]
        start, limit = int(a.get("cursor") or 0), int(a.get("limit") or 100)
        shown = within[start : start + limit]
        more = str(start + limit) if start + limit < len(within) else ""
        metadata = a.get("include_all_metadata") == "true"
        return {
            "messages": [self._shown(team, m, metadata=metadata) for m in shown],
            "response_metadata": {"next_cursor": more},
        }

    async def _users_info(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        if not a.get("user"):
            raise Refusal("user_not_found")
        known = {"id": a["user"], "team_id": team.id, "is_admin": False, "locale": "en-US"}
        return {"user": {**known, **team.users.get(str(a["user"]), {})}}

    async def _users_list(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        known = {"team_id": team.id, "is_admin": False, "locale": "en-US"}
        everybody = [{"id": name, **known, **team.users[name]} for name in sorted(team.users)]
        start, limit = int(a.get("cursor") or 0), int(a.get("limit") or 100)
        more = str(start + limit) if start + limit < len(everybody) else ""
        shown = everybody[start : start + limit]
        return {"members": shown, "response_metadata": {"next_cursor": more}}

    async def _usergroups_list(self, team: Team, _a: dict[str, Any]) -> dict[str, Any]:
        return {"usergroups": [{"id": k, "users": v} for k, v in team.groups.items()]}

    async def _views_open(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        if a.get("trigger_id") == "expired":
            raise Refusal("expired_trigger_id")
        view_id = self._name("V")
        team.views.append((view_id, self._view(a)))
        return {"view": {"id": view_id}}

    async def _views_update(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        for number, (view_id, _view) in enumerate(team.views):
            if view_id == a["view_id"]:
                team.views[number] = (view_id, self._view(a))
                return {"view": {"id": view_id}}
        raise Refusal("not_found")

    async def _views_publish(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        team.homes[str(a["user_id"])] = self._view(a)
        return {"view": {"id": "VHOME"}}

    async def _files_getuploadurlexternal(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        file_id = f"F{next(self._numbers):09d}"
        team.uploads[file_id] = {
            "id": file_id,
            "name": a["filename"],
            "length": int(a["length"]),
            "looks": 0,
        }
        return {"file_id": file_id, "upload_url": f"{self.base_url}/upload/{team.id}/{file_id}"}

    async def _files_completeuploadexternal(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        files = cast("list[dict[str, Any]]", json.loads(a["files"]))
        for file in files:
            known = team.uploads.get(file["id"]) or team.files.get(file["id"])
            if known is None:
                raise Refusal("file_not_found")
            if len(known.get("data", b"")) != known["length"]:
                raise Refusal("file_upload_size_mismatch")
            known["channel"] = a.get("channel_id")
            team.files[known["id"]] = known
            team.uploads.pop(known["id"], None)
        return {"files": [{"id": file["id"], "title": file.get("title")} for file in files]}

    async def _files_info(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        file = team.files.get(str(a["file"]))
        if file is None:
            raise Refusal("file_not_found")
        file["looks"] = file.get("looks", 0) + 1
        ready = file["looks"] > self.digest_looks
        kind = file.get("mimetype", "image/png") if ready else ""
        return {"file": {**{k: v for k, v in file.items() if k != "data"}, "mimetype": kind}}

    async def _files_delete(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        if team.files.pop(str(a["file"]), None) is None:
            raise Refusal("file_not_found")
        return {}

    async def _assistant_threads_setsuggestedprompts(
        self, _t: Team, _a: dict[str, Any]
    ) -> dict[str, Any]:
        return {}

    async def _assistant_threads_setstatus(self, _t: Team, _a: dict[str, Any]) -> dict[str, Any]:
        return {}

    def _channel(self, team: Team, a: dict[str, Any]) -> Channel:
        channel = team.channels.get(str(a.get("channel")))
        if channel is None:
            raise Refusal("channel_not_found")
        return channel

    def _content(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        """The text, blocks and metadata of a message, as far as Slack takes them."""
        blocks: list[Any] = json.loads(a["blocks"]) if a.get("blocks") else []
        found = block_problems(blocks)
        for node in every_node(blocks):
            file_id = node.get("slack_file", {}).get("id")
            file = team.files.get(file_id) if file_id else None
            if file_id and (file is None or file["looks"] <= self.digest_looks):
                found.append("invalid slack file")
        if len(str(a.get("text", ""))) > 4000:
            found.append("msg_too_long")
        if found:
            raise Refusal("invalid_blocks", response_metadata={"messages": found})
        metadata = json.loads(a["metadata"]) if a.get("metadata") else None
        return {"text": a.get("text", ""), "blocks": blocks, "metadata": metadata}

    def _view(self, a: dict[str, Any]) -> dict[str, Any]:
        view = cast("dict[str, Any]", json.loads(a["view"]))
        found = view_problems(view)
        if found:
            raise Refusal("invalid_arguments", response_metadata={"messages": found})
        return view

    def _shown(self, team: Team, message: Message, *, metadata: bool = True) -> dict[str, Any]:
        shown = {
            "type": "message",
            "ts": message.ts,
            "bot_id": team.bot_id,
            "user": team.bot_user,
            **message.body,
        }
        if message.thread_ts:
            shown["thread_ts"] = message.thread_ts
        return shown if metadata else {k: v for k, v in shown.items() if k != "metadata"}

    def _name(self, kind: str) -> str:
        return f"{kind}{next(self._numbers):06d}"

    def _ts(self) -> str:
        """A time as Slack names messages by, later than any before."""
        self._clock = max(time.time(), self._clock + 0.000_01)
        return f"{self._clock:.6f}"


async def _form(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        return cast("dict[str, Any]", await request.json())
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def _mishap(mishap: Mishap) -> web.Response:
    match mishap:
        case int():
            return web.Response(status=mishap, text="trouble")
        case str():
            return web.json_response({"ok": False, "error": mishap})
        case (status, headers):
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=status, headers=headers
            )
