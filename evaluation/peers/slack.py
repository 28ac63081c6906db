"""A Slack of our own on loopback: people who type and press, Socket Mode, files, the Web API."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any, cast
from urllib.parse import urlencode

from aiohttp import WSMsgType, web

from evaluation.peers.slack_api import WebApi
from evaluation.peers.slack_blocks import Json, block_problems
from evaluation.peers.slack_team import Message

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
ACK_S = 3.0
"""Slack's patience for an acknowledgement."""


@dataclass
class Ack:
    """The acknowledgement of an envelope: after how many seconds, and with what."""

    seconds: float
    payload: dict[str, Any] | None = None


class FakeSlack(WebApi):
    """The server, and what tests do with it."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens_elsewhere: list[str] = []
        """Requests with a token that should have come without."""
        self.sockets: list[web.WebSocketResponse] = []
        self.owners: dict[str, tuple[str, str]] = {}
        """Whose response addresses there are: user and channel."""
        self.responses: dict[str, int] = {}
        """The number of uses of each."""
        self._acks: dict[str, asyncio.Future[Ack]] = {}
        self._turn = count()

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

    async def press_in_modal(self, button: Json, *, user: str = "U0ANN") -> Ack:
        """Press a button in the modal that was opened last."""
        view_id, view = self.team.views[-1]
        body = self.press_body(button, user, "", "")
        gone = ("channel", "message", "response_url")
        body = {name: value for name, value in body.items() if name not in gone}
        container = {"type": "view", "view_id": view_id}
        shown = {"id": view_id, **view}
        return await self.deliver("interactive", {**body, "container": container, "view": shown})

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
                    "type": button.get("type", "button"),
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
        async with asyncio.timeout(240):
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
        body: str | bytes, *, at: float | None = None, secret: str = SIGNING_SECRET
    ) -> dict[str, str]:
        """The headers of a request that Slack signs."""
        stamp = str(int(at or time.time()))
        raw = body.encode() if isinstance(body, str) else body
        base = f"v0:{stamp}:".encode() + raw
        digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

    def form(self, fields: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        """The body and the headers of a form that Slack sends and signs."""
        body = urlencode(fields)
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return body, {**self.signed(body), **kind}

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
        team.uploads[request.match_info["file"]]["data"] = await request.read()
        return web.Response(text="OK")

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A file sent by a user."""
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
        message = {**body, "blocks": json.dumps(body.get("blocks"))}
        found += [code for rule, code in self.rules if rule("response", message)]
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
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
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
