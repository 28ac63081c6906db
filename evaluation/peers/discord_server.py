"""Discord on loopback: its REST interface and its gateway, and what can go wrong with both."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, cast

from aiohttp import WSCloseCode, WSMsgType, web

from evaluation.peers.discord_limits import DiscordLimits, refused
from evaluation.peers.discord_rules import Object, discord_rules
from evaluation.peers.discord_world import (
    APPLICATION,
    BOT,
    EPHEMERAL,
    GENERAL,
    GUILD,
    Refusal,
    World,
)

HELLO, HEARTBEAT, IDENTIFY, RESUME, INVALID, ACK = 10, 1, 2, 6, 9, 11


@dataclass
class Fault:
    """Requests that fail: before anything happened, or ``after`` it did."""

    method: str
    path: str
    status: int
    times: int = 1
    after: bool = False
    retry_after_s: float = 0.05


@dataclass
class Session:
    """A gateway session with its events, so that it can be resumed."""

    id: str
    events: list[Object] = field(default_factory=list[Object])
    socket: web.WebSocketResponse | None = None
    transport: asyncio.WriteTransport | None = None


@dataclass
class DiscordPeer:
    """The server, and what tests do with it."""

    world: World = field(default_factory=World)
    base_url: str = ""
    requests: list[tuple[str, str, Any]] = field(default_factory=list[tuple[str, str, Any]])
    problems: list[str] = field(default_factory=list[str])
    """Requests that Discord would have refused."""
    faults: list[Fault] = field(default_factory=list[Fault])
    sessions: dict[str, Session] = field(default_factory=dict[str, Session])
    resumed: int = 0
    identified: int = 0
    identities: list[Object] = field(default_factory=list[Object])
    limits: DiscordLimits | None = None
    """Discord's rate limits, where a test wants them."""
    close_code: int | None = None
    """Closes every connection that identifies with this code."""

    @property
    def api_base(self) -> str:
        """The value for ``LIMNER_DISCORD_API_BASE``."""
        return f"{self.base_url}/api/v10"

    @property
    def session(self) -> Session | None:
        """The newest gateway session."""
        return next(reversed(self.sessions.values()), None)

    async def asks(
        self,
        name: str = "imagine",
        *,
        user_id: int = 42,
        channel: int = GENERAL,
        elsewhere: int | None = None,
        **options: Any,
    ) -> str:
        """A user uses a command, once Discord shows it, perhaps ``elsewhere``, in a guild without
        Limner; gives the interaction's token."""
        async with asyncio.timeout(self.world.patience_s):
            while not any(c["name"] == name for c in self.world.commands):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        event = self.world.asked(
            name, options, user_id=user_id, channel_id=channel, elsewhere=elsewhere
        )
        await self.send_event("INTERACTION_CREATE", event)
        return str(event["token"])

    async def send_event(self, event: str, data: Object) -> None:
        """Send the bot an event, now or when it comes back."""
        session = self.session
        if session is None:
            raise AssertionError("no bot is connected")
        payload = {"op": 0, "t": event, "s": len(session.events) + 1, "d": data}
        session.events.append(payload)
        await self._send(session, payload)

    async def drop(self) -> None:
        """Cut the connection without a word."""
        session = self.session
        if session is not None and session.transport is not None:
            session.transport.abort()

    async def ask_to_reconnect(self) -> None:
        """Ask the bot to connect anew, as Discord does now and then."""
        if self.session:
            await self._send(self.session, {"op": 7, "d": None})

    def forget_sessions(self) -> None:
        """Let no session be resumed."""
        self.sessions = {f"forgotten {key}": value for key, value in self.sessions.items()}

    async def until(self, true: Callable[[], object], *, within_s: float = 240.0) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(within_s):
            while not true():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def handle(self, request: web.Request) -> web.Response:
        """Any REST request."""
        path = request.path.removeprefix("/api/v10")
        body = await _body(request)
        self.requests.append((request.method, path, body))
        fault = self._fault(request.method, path)
        if fault and not fault.after:
            return _failed(fault)
        if request.headers.get("Authorization") != f"Bot {self.world.token}" and (
            not path.startswith(("/interactions/", "/webhooks/"))
        ):
            return _json({"message": "401: Unauthorized", "code": 0}, 401)
        headers, wait_s = self.limits.headers(request.method, path) if self.limits else ({}, 0.0)
        if wait_s:
            return refused(wait_s, headers)
        self.problems += discord_rules().problems(request.method, path, body)
        try:
            answer = self._answer(request.method, path, body or {}, dict(request.query))
        except Refusal as refusal:
            error_body = {"message": str(refusal), "code": refusal.code, **refusal.more}
            response = _json(error_body, refusal.status)
            response.headers["Via"] = "1.1 google"
            return response
        response = _failed(fault) if fault else _json(answer)
        response.headers.update(headers)
        return response

    def _fault(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and fault.method in (method, "*") and re.fullmatch(fault.path, path):
                fault.times -= 1
                return fault
        return None

    def _answer(self, method: str, path: str, body: Any, query: dict[str, str]) -> Any:
        for pattern, verbs in _ROUTES:
            match = re.fullmatch(pattern, path)
            if match and method in verbs:
                return verbs[method](self, match.groups(), body, query)
        raise AssertionError(f"no such request here: {method} {path}")

    async def gateway(self, request: web.Request) -> web.WebSocketResponse:
        """The gateway."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(json.dumps({"op": HELLO, "d": {"heartbeat_interval": 41_250}}))
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            payload = json.loads(message.data)
            match payload["op"]:
                case 1:
                    await socket.send_str(json.dumps({"op": ACK}))
                case 2:
                    await self._identify(socket, payload["d"])
                case 6:
                    await self._resume(socket, payload["d"])
                case _:
                    pass
            if (session := self.session) is not None and session.socket is socket:
                session.transport = cast("asyncio.WriteTransport", request.transport)
        return socket

    async def _identify(self, socket: web.WebSocketResponse, payload: Object) -> None:
        self.identified += 1
        self.identities.append(payload)
        if payload["token"] != self.world.token:
            await socket.close(code=4004)
            return
        if self.close_code is not None:
            await socket.close(code=self.close_code)
            return
        session = Session(f"session-{self.identified}", socket=socket)
        self.sessions[session.id] = session
        ready: Object = {
            "v": 10,
            "user": self.world.user(BOT),
            "guilds": [{"id": str(GUILD), "unavailable": True}],
            "session_id": session.id,
            "resume_gateway_url": f"{self.base_url.replace('http', 'ws')}/gateway",
            "application": {"id": str(APPLICATION), "flags": 0},
            "shard": payload.get("shard"),
        }
        await self.send_event("READY", ready)
        await self.send_event("GUILD_CREATE", self.world.guild())

    async def _resume(self, socket: web.WebSocketResponse, request: Object) -> None:
        session = self.sessions.get(request["session_id"])
        if session is None:
            await socket.send_str(json.dumps({"op": INVALID, "d": False}))
            return
        self.resumed += 1
        session.socket = socket
        for payload in session.events[int(request["seq"]) :]:
            await self._send(session, payload)
        await self.send_event("RESUMED", {})

    async def _send(self, session: Session, payload: Object) -> None:
        if session.socket is not None and not session.socket.closed:
            with suppress(ConnectionError):
                await session.socket.send_str(json.dumps(payload))


Handler = Callable[[DiscordPeer, tuple[str, ...], Any, dict[str, str]], Any]


def _bot(peer: DiscordPeer, *_: Any) -> Object:
    return peer.world.user(BOT)


def _application(peer: DiscordPeer, *_: Any) -> Object:
    bot = peer.world.user(BOT)
    return {
        "id": str(APPLICATION), "name": "Limner", "icon": None, "description": "", "summary": "",
        "bot_public": True, "bot_require_code_grant": False, "verify_key": "0" * 64, "owner": bot,
        "flags": 0, "team": None, "bot": bot, "integration_types_config": {"0": {}, "1": {}},
    }  # fmt: skip


def _skus(peer: DiscordPeer, *_: Any) -> object:
    """A subscription, and the group that Discord makes for it."""
    about = {
        "application_id": str(APPLICATION),
        "name": "Limner Plus",
        "slug": "plus",
        "flags": 384,
    }
    return [{**about, "id": "9001", "type": 5}, {**about, "id": "9002", "type": 6}]


def _gateway(peer: DiscordPeer, *_: Any) -> Object:
    limits = {"total": 1000, "remaining": 999, "reset_after": 1, "max_concurrency": 1}
    url = f"{peer.base_url.replace('http', 'ws')}/gateway"
    return {"url": url, "shards": 1, "session_start_limit": limits}


def _guilds(peer: DiscordPeer, *_: Any) -> list[Object]:
    guild = peer.world.guild()
    return [{**guild, "owner": False, "permissions": peer.world.rights, "features": []}]


def _commands(peer: DiscordPeer, _ids: Any, body: Any, _query: Any) -> list[Object]:
    if isinstance(body, list):
        peer.world.commands = [
            {
                "description": "",
                **command,
                "id": str(peer.world.snowflake()),
                "application_id": str(APPLICATION),
            }
            for command in cast("list[Object]", body)
        ]
    return peer.world.commands


def _emoji(peer: DiscordPeer, _ids: Any, body: Object, _query: Any) -> Object:
    if not body:
        return {"items": peer.world.emoji}
    if any(emoji["name"] == body["name"] for emoji in peer.world.emoji):
        raise Refusal(400, 50035, "Invalid Form Body")
    created: Object = {
        "id": str(peer.world.snowflake()), "name": body["name"], "user": peer.world.user(BOT),
        "roles": [], "require_colons": True, "managed": False, "animated": False, "available": True,
    }  # fmt: skip
    peer.world.emoji.append(created)
    return created


def _no_more_emoji(peer: DiscordPeer, ids: tuple[str, ...], _body: Any, _query: Any) -> None:
    peer.world.emoji = [emoji for emoji in peer.world.emoji if emoji["id"] != ids[0]]


def _callback(peer: DiscordPeer, ids: tuple[str, ...], body: Object, _query: Any) -> Object:
    peer.world.acknowledge(ids[1], body)
    return {"interaction": {"id": ids[0], "type": 2}}


def _original(
    verb: str,
) -> Handler:
    def handle(peer: DiscordPeer, ids: tuple[str, ...], body: Object, _query: Any) -> Any:
        interaction = peer.world.living(ids[1])
        message_id = interaction.message_id if ids[2] == "@original" else int(ids[2])
        if message_id is None:
            raise Refusal(404, 10008, "Unknown Message")
        return _one(verb)(peer, (str(interaction.channel_id), str(message_id)), body, {})

    return handle


def _follow_up(peer: DiscordPeer, ids: tuple[str, ...], body: Object, _query: Any) -> Object:
    interaction = peer.world.living(ids[1])
    flags = int(body.get("flags") or 0) & EPHEMERAL
    return peer.world.post(interaction.channel_id, body, flags=flags, by=interaction)


def _post(peer: DiscordPeer, ids: tuple[str, ...], body: Object, _query: Any) -> Object:
    return peer.world.post(int(ids[0]), body)


def _history(
    peer: DiscordPeer, ids: tuple[str, ...], _body: Any, query: dict[str, str]
) -> list[Object]:
    limit = int(query.get("limit", 50))
    before = int(query["before"]) if "before" in query else None
    after = int(query["after"]) if "after" in query else None
    return peer.world.history(int(ids[0]), before=before, after=after, limit=limit)


def _one(verb: str) -> Handler:
    def handle(peer: DiscordPeer, ids: tuple[str, ...], body: Object, _query: Any) -> Any:
        channel_id, message_id = int(ids[0]), int(ids[1])
        match verb:
            case "PATCH":
                return peer.world.edit(channel_id, message_id, body)
            case "GET":
                return peer.world.fetch(channel_id, message_id)
            case _:
                peer.world.remove(channel_id, message_id)
                return None

    return handle


def _direct(peer: DiscordPeer, _ids: Any, body: Object, _query: Any) -> Object:
    return peer.world.direct(int(body["recipient_id"]))


def _channel(peer: DiscordPeer, ids: tuple[str, ...], _body: Any, _query: Any) -> Object:
    return peer.world.channel(int(ids[0]))


def _publish(peer: DiscordPeer, ids: tuple[str, ...], _body: Any, _query: Any) -> Object:
    peer.world.published.append(int(ids[1]))
    return peer.world.fetch(int(ids[0]), int(ids[1]))


_MESSAGE_VERBS = ("PATCH", "GET", "DELETE")
_ROUTES: list[tuple[str, dict[str, Handler]]] = [
    (r"/users/@me", {"GET": _bot}),
    (r"/users/@me/guilds", {"GET": _guilds}),
    (r"/users/@me/channels", {"POST": _direct}),
    (r"/oauth2/applications/@me", {"GET": _application}),
    (r"/gateway/bot", {"GET": _gateway}),
    (r"/applications/\d+(?:/guilds/\d+)?/commands", {"GET": _commands, "PUT": _commands}),
    (r"/applications/\d+/emojis", {"GET": _emoji, "POST": _emoji}),
    (r"/applications/\d+/emojis/(\d+)", {"DELETE": _no_more_emoji}),
    (r"/applications/\d+/skus", {"GET": _skus}),
    (r"/interactions/(\d+)/([^/]+)/callback", {"POST": _callback}),
    (r"/webhooks/(\d+)/([^/]+)", {"POST": _follow_up}),
    (r"/webhooks/(\d+)/([^/]+)/messages/([^/]+)", {v: _original(v) for v in _MESSAGE_VERBS}),
    (r"/channels/(\d+)", {"GET": _channel}),
    (r"/channels/(\d+)/messages", {"POST": _post, "GET": _history}),
    (r"/channels/(\d+)/messages/(\d+)/crosspost", {"POST": _publish}),
    (r"/channels/(\d+)/messages/(\d+)", {v: _one(v) for v in _MESSAGE_VERBS}),
]


async def _body(request: web.Request) -> Any:
    if not request.can_read_body:
        return None
    if request.content_type == "multipart/form-data":
        return json.loads(str((await request.post())["payload_json"]))
    return json.loads(await request.text())


def _json(data: Any, status: int = 200) -> web.Response:
    if data is None:
        return web.Response(status=204)
    headers = {"Content-Type": "application/json"}
    return web.Response(body=json.dumps(data).encode(), status=status, headers=headers)


def _failed(fault: Fault) -> web.Response:
    if fault.status != 429:
        return _json({"message": "Internal Server Error", "code": 0}, fault.status)
    body = {"message": "You are being rate limited.", "retry_after": fault.retry_after_s}
    response = _json({**body, "global": False}, 429)
    response.headers["Via"] = "1.1 google"
    return response


@asynccontextmanager
async def discord_peer() -> AsyncGenerator[DiscordPeer]:
    """Start the server on a free port and stop it at the end."""
    peer = DiscordPeer()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_get("/gateway", peer.gateway)
    app.router.add_route("*", "/api/v10/{rest:.*}", peer.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    peer.base_url = f"http://{host}:{port}"
    try:
        yield peer
    finally:
        for session in peer.sessions.values():
            if session.socket is not None:
                await session.socket.close(code=WSCloseCode.GOING_AWAY)
        await runner.cleanup()
