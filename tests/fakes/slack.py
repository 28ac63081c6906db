"""A Slack of our own on loopback: the Web API, files, OAuth, Socket Mode, and a workspace.

It holds the bot to Slack's rules: blocks and views are checked, tokens end, files need a moment to
be digested, and whatever a test asks for goes wrong.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections import Counter, defaultdict, deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, cast

from aiohttp import WSMsgType, web

from tests.fakes.slack_blocks import Json, block_problems, view_problems

APP_TOKEN = "xapp-1-app"
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
CLIENT = ("1234.5678", "client-secret")
ACK_S = 3.0
"""Slack's patience for an acknowledgement."""
DROP = "drop"
"""A mishap: the call is done, and the connection ends before the answer."""

Mishap = int | str | tuple[int, Mapping[str, str]]
"""What goes wrong with a call: a status (with headers), an error code, or ``DROP``."""


@dataclass
class Message:
    """A message in a channel, and when and how it was changed."""

    ts: str
    body: dict[str, Any]
    thread_ts: str | None = None
    edits: list[tuple[float, dict[str, Any]]] = field(
        default_factory=list[tuple[float, dict[str, Any]]]
    )

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """Its blocks."""
        return cast("list[dict[str, Any]]", self.body.get("blocks", []))

    @property
    def said(self) -> str:
        """Everything that can be read in it."""
        return " ".join(" ".join(_texts(self.blocks)).split()) or str(self.body.get("text", ""))

    @property
    def job_id(self) -> str | None:
        """The job that it says it is of."""
        metadata: dict[str, Any] = self.body.get("metadata") or {}
        payload: dict[str, Any] = metadata.get("event_payload") or {}
        return payload.get("job_id")

    @property
    def pictures(self) -> list[str]:
        """The files of its pictures."""
        return [block["slack_file"]["id"] for block in self.blocks if block["type"] == "image"]

    def button(self, deed: str) -> dict[str, Any]:
        """The button that does that."""
        for node in _every(self.blocks):
            if node.get("type") == "button" and node["action_id"].endswith(f".{deed}"):
                return node
        raise LookupError(f"no button {deed!r} in {self.said!r}")


@dataclass
class Channel:
    """A channel; ``member`` says whether the app is in it."""

    id: str
    member: bool = True
    private: bool = False
    im_of: str | None = None
    messages: dict[str, Message] = field(default_factory=dict[str, Message])

    @property
    def newest(self) -> Message:
        """The last message."""
        return list(self.messages.values())[-1]


@dataclass
class Team:
    """A workspace in which the app is installed."""

    id: str = "T0001"
    bot_id: str = "B0001"
    bot_user: str = "U0BOT"
    token: str = "xoxb-one"
    expires_at: float | None = None
    refresh_token: str = ""
    channels: dict[str, Channel] = field(default_factory=dict[str, Channel])
    users: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    groups: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    files: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    whispers: list[tuple[str, str, Message]] = field(default_factory=list[tuple[str, str, Message]])
    """Who, where, and what only they saw."""
    views: list[tuple[str, dict[str, Any]]] = field(
        default_factory=list[tuple[str, dict[str, Any]]]
    )
    """Modals by their ids, as they were last."""
    homes: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def channel(self, channel_id: str = "C0001", **parts: Any) -> Channel:
        """A channel, made when it is not there."""
        return self.channels.setdefault(channel_id, Channel(channel_id, **parts))

    def dm(self, user: str) -> Channel:
        """Somebody's messages with the app."""
        return self.channels.setdefault(f"D{user}", Channel(f"D{user}", im_of=user))

    def whispered(self, user: str) -> str:
        """Everything that only that person was shown."""
        said = [message.said for who, _where, message in self.whispers if who == user]
        return " ".join([*said, *(m.said for m in self.dm(user).messages.values())])


@dataclass
class Ack:
    """How an envelope was acknowledged: after how many seconds, and with what."""

    seconds: float
    payload: dict[str, Any] | None = None


class Refusal(Exception):
    """An error code for the caller."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class FakeSlack:
    """The server, and what tests do with it."""

    def __init__(self) -> None:
        self.base_url = ""
        self.team = Team()
        self.teams = {self.team.id: self.team}
        self.calls: Counter[str] = Counter()
        self.at: dict[str, list[float]] = defaultdict(list)
        self.mishaps: dict[str, deque[Mishap]] = defaultdict(deque)
        self.scopes: tuple[str, ...] = ()
        """What the token may do, as far as it is told."""
        self.slow: dict[str, float] = {}
        """Seconds that a method takes."""
        self.tokens_elsewhere: list[str] = []
        """Tokens that reached an address outside the API and its files."""
        self.digest_looks = 1
        """So many times a new file is not ready yet."""
        self.sockets: list[web.WebSocketResponse] = []
        self.refreshes = 0
        self.codes: dict[str, Team] = {}
        self.responses: dict[str, int] = {}
        self._acks: dict[str, asyncio.Future[Ack]] = {}
        self._numbers = count(1)
        self._turn = count()
        self._clock = 0.0
        self.owners: dict[str, tuple[str, str]] = {}

    # what people do

    async def slash(
        self, text: str, *, user: str = "U0ANN", channel: str = "C0001", **more: Any
    ) -> Ack:
        """Type ``/illustrate``."""
        return await self.deliver("slash_commands", self.slash_body(text, user, channel, **more))

    def slash_body(
        self, text: str, user: str = "U0ANN", channel: str = "C0001", **more: Any
    ) -> dict[str, Any]:
        """The payload of a slash command."""
        return {
            "token": "verification",
            "team_id": self.team.id,
            "user_id": user,
            "channel_id": channel,
            "command": "/illustrate",
            "text": text,
            "api_app_id": "A0001",
            "is_enterprise_install": "false",
            "trigger_id": self._name("trigger"),
            "response_url": self._response_url(user, channel),
            **more,
        }

    async def press(
        self,
        button: Json,
        *,
        user: str = "U0ANN",
        channel: str = "C0001",
        ts: str = "",
        ephemeral: bool = False,
        ticked: list[str] | None = None,
        **more: Any,
    ) -> Ack:
        """Press a button on a message."""
        body = self.press_body(button, user, channel, ts, ephemeral=ephemeral, ticked=ticked)
        return await self.deliver("interactive", {**body, **more})

    async def press_at_home(self, button: Json, *, user: str = "U0ANN") -> Ack:
        """Press a button in App Home."""
        home = {"id": "VHOME", "type": "home", "callback_id": "limner.home"}
        body = self.press_body(button, user, "", "")
        gone = ("channel", "message", "response_url")
        body = {name: value for name, value in body.items() if name not in gone}
        container = {"type": "view", "view_id": "VHOME"}
        return await self.deliver("interactive", {**body, "container": container, "view": home})

    def press_body(
        self,
        button: Json,
        user: str,
        channel: str,
        ts: str,
        *,
        ephemeral: bool = False,
        ticked: list[str] | None = None,
    ) -> dict[str, Any]:
        """The payload of a press."""
        state: dict[str, Any] = {"values": {}}
        if ticked is not None:
            boxes = {"type": "checkboxes", "selected_options": [{"value": v} for v in ticked]}
            state["values"] = {"limner.keep": {"limner.keep": boxes}}
        message = self.team.channel(channel).messages.get(ts)
        thread = {"thread_ts": message.thread_ts} if message and message.thread_ts else {}
        return {
            "type": "block_actions",
            "team": {"id": self.team.id, "domain": "team"},
            "user": {"id": user, "team_id": self.team.id},
            "channel": {"id": channel, "name": "general"},
            "container": {
                "type": "message",
                "message_ts": ts,
                "channel_id": channel,
                "is_ephemeral": ephemeral,
            },
            "message": {"ts": ts, **thread},
            "state": state,
            "actions": [
                {
                    "type": "button",
                    "action_id": button["action_id"],
                    "value": button.get("value", ""),
                }
            ],
            "trigger_id": self._name("trigger"),
            "response_url": self._response_url(user, channel),
        }

    async def submit(self, fields: Mapping[str, Any], *, user: str = "U0ANN") -> Ack:
        """Send the modal that is open, with what was filled in."""
        view_id, view = self.team.views[-1]
        values: dict[str, Any] = {}
        for block_id, value in fields.items():
            element = next(b["element"] for b in view["blocks"] if b.get("block_id") == block_id)
            values[block_id] = {element["action_id"]: _filled(element, value)}
        body = {
            "type": "view_submission",
            "team": {"id": self.team.id},
            "user": {"id": user, "team_id": self.team.id},
            "trigger_id": self._name("trigger"),
            "view": {**view, "id": view_id, "state": {"values": values}, "team_id": self.team.id},
        }
        return await self.deliver("interactive", body)

    async def shortcut(
        self,
        callback_id: str,
        *,
        user: str = "U0ANN",
        message: Json | None = None,
        channel: str = "C0001",
    ) -> Ack:
        """Choose an entry of a menu: of a message, or the global one."""
        body: dict[str, Any] = {
            "type": "message_action" if message else "shortcut",
            "callback_id": callback_id,
            "team": {"id": self.team.id},
            "user": {"id": user, "team_id": self.team.id},
            "trigger_id": self._name("trigger"),
        }
        if message:
            body |= {
                "message": message,
                "channel": {"id": channel},
                "message_ts": message["ts"],
                "response_url": self._response_url(user, channel),
            }
        return await self.deliver("interactive", body)

    async def event(self, event: Json, **more: Any) -> Ack:
        """Let something happen."""
        return await self.deliver("events_api", self.event_body(event, **more))

    def event_body(self, event: Json, **more: Any) -> dict[str, Any]:
        """The payload of an event."""
        return {
            "token": "verification",
            "team_id": self.team.id,
            "api_app_id": "A0001",
            "type": "event_callback",
            "event_id": self._name("Ev"),
            "event_time": int(time.time()),
            "authorizations": [
                {
                    "team_id": self.team.id,
                    "user_id": self.team.bot_user,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "event": dict(event),
            **more,
        }

    def says(
        self,
        text: str,
        *,
        user: str = "U0ANN",
        channel: str = "C0001",
        thread: str | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """A message event of a person."""
        kind = "im" if channel.startswith("D") else "channel"
        event = {
            "type": "message",
            "channel": channel,
            "user": user,
            "text": text,
            "ts": self._ts(),
            "channel_type": kind,
            "team": self.team.id,
        }
        return {**event, **({"thread_ts": thread} if thread else {}), **more}

    # Socket Mode

    async def deliver(
        self,
        kind: str,
        payload: Json,
        *,
        socket: web.WebSocketResponse | None = None,
        envelope: str = "",
        headers: Json | None = None,
        patience_s: float = ACK_S,
    ) -> Ack:
        """Send an envelope over one of the sockets, and wait for its acknowledgement."""
        open_ = [s for s in self.sockets if not s.closed]
        assert open_, "no socket is open"
        chosen = socket or open_[next(self._turn) % len(open_)]
        envelope = envelope or self._name("envelope")
        future: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        self._acks[envelope] = future
        sent = time.monotonic()
        message = {
            "type": kind,
            "envelope_id": envelope,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
            **(headers or {}),
        }
        await chosen.send_json(message)
        async with asyncio.timeout(patience_s):
            ack = await future
        ack.seconds = time.monotonic() - sent
        return ack

    async def connected(self, sockets: int = 1) -> None:
        """Wait until the app holds so many connections."""
        async with asyncio.timeout(30):
            while sum(not s.closed for s in self.sockets) < sockets:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def refresh(self) -> None:
        """Ask the app to renew every connection."""
        for socket in [s for s in self.sockets if not s.closed]:
            await socket.send_json(
                {"type": "disconnect", "reason": "refresh_requested", "debug_info": {}}
            )

    def cut(self) -> None:
        """End every connection abruptly."""
        for socket in self.sockets:
            with suppress(Exception):
                cast("Any", socket)._req.transport.abort()
        self.sockets.clear()

    # HTTP mode

    @staticmethod
    def signed(
        body: str, *, at: float | None = None, secret: str = SIGNING_SECRET
    ) -> dict[str, str]:
        """The headers of a request that Slack signs."""
        stamp = str(int(at or time.time()))
        base = f"v0:{stamp}:{body}".encode()
        digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

    # the Web API

    async def api(self, request: web.Request) -> web.StreamResponse:
        """One call."""
        method = request.match_info["method"]
        arguments = {**request.query, **(await _form(request))}
        self.calls[method] += 1
        self.at[method].append(time.monotonic())
        await asyncio.sleep(self.slow.get(method, 0.0))
        mishap = self.mishaps[method].popleft() if self.mishaps[method] else None
        if mishap is not None and mishap != DROP:
            return _mishap(mishap)
        try:
            team = self._team_of(request, method, arguments)
            handler = cast(
                "Callable[[Team, dict[str, Any]], Awaitable[dict[str, Any]]]",
                getattr(self, "_" + method.replace(".", "_").lower()),
            )
            answer = await handler(team, arguments)
        except Refusal as error:
            return web.json_response({"ok": False, "error": error.code, **error.facts})
        if mishap == DROP:
            cast("Any", request).transport.abort()
        headers = {"X-OAuth-Scopes": ",".join(self.scopes)}
        return web.json_response({"ok": True, **answer}, headers=headers)

    def _team_of(self, request: web.Request, method: str, arguments: dict[str, Any]) -> Team:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = token or str(arguments.get("token", ""))
        if method == "oauth.v2.access":
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
            }
        }

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
        known = {"id": a["user"], "team_id": team.id, "is_admin": False, "locale": "en-US"}
        return {"user": {**known, **team.users.get(str(a["user"]), {})}}

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
        team.files[file_id] = {
            "id": file_id,
            "name": a["filename"],
            "length": int(a["length"]),
            "looks": 0,
        }
        return {"file_id": file_id, "upload_url": f"{self.base_url}/upload/{team.id}/{file_id}"}

    async def _files_completeuploadexternal(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        files = cast("list[dict[str, Any]]", json.loads(a["files"]))
        for file in files:
            known = team.files[file["id"]]
            if len(known.get("data", b"")) != known["length"]:
                raise Refusal("file_upload_size_mismatch")
            known["complete"] = True
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
        for node in _every(blocks):
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

    # everything else over HTTP

    async def link(self, request: web.Request) -> web.StreamResponse:
        """A connection of Socket Mode."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        await socket.send_json({"type": "hello", "num_connections": len(self.sockets)})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                answer = json.loads(message.data)
                future = self._acks.pop(answer.get("envelope_id", ""), None)
                if future is not None and not future.done():
                    future.set_result(Ack(0.0, answer.get("payload")))
        return socket

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a file."""
        if request.headers.get("Authorization"):
            self.tokens_elsewhere.append(request.path)
        team = self.teams[request.match_info["team"]]
        team.files[request.match_info["file"]]["data"] = await request.read()
        return web.Response(text="OK")

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A file that somebody sent."""
        for team in self.teams.values():
            file = team.files.get(request.match_info["file"])
            if file is not None and request.headers.get("Authorization") == f"Bearer {team.token}":
                return web.Response(body=file["data"], content_type=file["mimetype"])
        return web.Response(text="<html>Sign in</html>", content_type="text/html")

    async def response(self, request: web.Request) -> web.StreamResponse:
        """A response address: good five times."""
        if request.headers.get("Authorization"):
            self.tokens_elsewhere.append(request.path)
        name = request.match_info["name"]
        self.responses[name] = self.responses.get(name, 0) + 1
        if self.responses[name] > 5:
            return web.Response(status=404, text="used_url")
        body = cast("dict[str, Any]", await request.json())
        found = block_problems(body.get("blocks"))
        if found:
            return web.json_response(
                {"ok": False, "error": "invalid_blocks", "found": found}, status=400
            )
        user, channel = self.owners[name]
        self.team.whispers.append((user, channel, Message(self._ts(), body)))
        return web.Response(text="ok")

    def send_file(
        self, data: bytes, *, name: str = "mine.png", mimetype: str = "image/png"
    ) -> dict[str, Any]:
        """A file that a person uploads; gives its object, as events carry it."""
        file_id = f"F{next(self._numbers):09d}"
        address = f"{self.base_url}/files-pri/{file_id}/{name}"
        known = {
            "id": file_id,
            "name": name,
            "mimetype": mimetype,
            "size": len(data),
            "url_private": address,
        }
        self.team.files[file_id] = {**known, "data": data, "looks": 99}
        return known

    def _response_url(self, user: str, channel: str) -> str:
        name = self._name("r")
        self.owners[name] = (user, channel)
        return f"{self.base_url}/response/{name}"

    def _name(self, kind: str) -> str:
        return f"{kind}{next(self._numbers):06d}"

    def _ts(self) -> str:
        """A time as Slack names messages by, later than any before."""
        self._clock = max(time.time(), self._clock + 0.000_01)
        return f"{self._clock:.6f}"


def _texts(value: Any) -> list[str]:
    found: list[str] = []
    for node in _every(value):
        text = node.get("text")
        if isinstance(text, str):
            found.append(text)
        if node.get("type") == "user":
            found.append(f"@{node['user_id']}")
    return found


def _every(value: Any) -> list[dict[str, Any]]:
    """Every object in it, however deep."""
    found: list[dict[str, Any]] = []
    if isinstance(value, dict):
        node = cast("dict[str, Any]", value)
        found.append(node)
        for part in node.values():
            found += _every(part)
    elif isinstance(value, list):
        for part in value:  # pyright: ignore[reportUnknownVariableType]
            found += _every(part)
    return found


def _filled(element: Json, value: Any) -> dict[str, Any]:
    match element["type"]:
        case "static_select":
            return {"type": "static_select", "selected_option": {"value": value}}
        case "checkboxes":
            return {"type": "checkboxes", "selected_options": [{"value": v} for v in value]}
        case "conversations_select":
            return {"type": "conversations_select", "selected_conversation": value}
        case "file_input":
            return {"type": "file_input", "files": value}
        case kind:
            return {"type": kind, "value": value}


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


@asynccontextmanager
async def fake_slack() -> AsyncGenerator[FakeSlack]:
    """Start the server on a free port and stop it at the end."""
    fake = FakeSlack()
    fake.team.channel("C0001")
    app = web.Application(client_max_size=64_000_000)
    app.router.add_route("*", "/api/{method}", fake.api)
    app.router.add_get("/link/", fake.link)
    app.router.add_post("/upload/{team}/{file}", fake.upload)
    app.router.add_get("/files-pri/{file}/{name}", fake.file)
    app.router.add_post("/response/{name}", fake.response)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield fake
    finally:
        for socket in fake.sockets:
            with suppress(Exception):
                await socket.close()
        await runner.cleanup()
