"""People who use old messages: they press buttons, pick from menus and fill in forms."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from evaluation.peers.discord_rules import Object, walked
from evaluation.peers.discord_server import DiscordPeer
from evaluation.peers.discord_world import (
    APPLICATION,
    GENERAL,
    GUILD,
    REVIEW,
    RIGHTS,
    Interaction,
)
from evaluation.peers.slack import FakeSlack
from evaluation.peers.slack_blocks import Json
from evaluation.peers.slack_team import Message, every_node

EVE = 5
"""The number of the admin in both chats, who requests nothing."""
PATIENCE_S = 60.0


@dataclass(frozen=True)
class OldButton:
    """A button or menu on a message of the version before."""

    code: str
    """Its custom id or value: ``limner:<action>:<subject>``."""
    channel: str
    message: str
    part: Object

    @property
    def private_with(self) -> str:
        """The member in whose direct messages with Limner it is; empty in channels."""
        if self.channel.startswith("DU"):
            return self.channel[1:]
        number = self.channel if self.channel.isdecimal() else "0"
        return str(int(number) - 10_000) if 10_000 < int(number) < 1_000_000 else ""

    @property
    def action(self) -> str:
        """The name of what it does."""
        return self.code.split(":")[1]


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


class OnDiscord:
    """People on Discord."""

    def __init__(self, peer: DiscordPeer, open_forms: Sequence[Object] = ()) -> None:
        self._peer = peer
        self.open_forms = open_forms

    def buttons(self) -> Iterator[OldButton]:
        """Every button and menu of every message."""
        for message in self._peer.world.every():
            for part in walked(message["components"]):
                if str(part.get("custom_id", "")).startswith("limner:"):
                    yield OldButton(part["custom_id"], message["channel_id"], message["id"], part)

    def has(self, old: OldButton) -> bool:
        """Whether it is still on its message."""
        message = self._peer.world.messages[int(old.channel)].get(int(old.message))
        return message is not None and old.code in str(message["components"])

    async def press(self, old: OldButton, *, values: list[str] | None = None) -> str:
        """Press it and wait for the answer; gives the text shown to the user."""
        user = int(old.private_with or EVE)
        menu = old.part["type"] == 3
        data: Object = {"custom_id": old.code, "component_type": old.part["type"]}
        if menu:
            data["values"] = values or [o["value"] for o in old.part["options"]][:1]
        channel, message = int(old.channel), int(old.message)
        shown = self._peer.world.messages[channel][message]
        return await self._interact(3, data, channel=channel, user=user, message=shown)

    async def submit(self, old: OldButton, *, text: str) -> str:
        """Send the form that a button opened, with that text."""
        user = int(old.private_with or EVE)
        form = next(
            body["data"]
            for _method, path, body in reversed(self._peer.requests)
            if path.endswith("/callback") and body["type"] == 9
        )
        shown = self._peer.world.messages[int(old.channel)].get(int(old.message))
        return await self._send(form, int(old.channel), text=text, user=user, message=shown)

    async def submit_open(self, *, text: str) -> str:
        """Send the form that was open when Limner was killed."""
        return await self._send(self.open_forms[-1], GENERAL, text=text, user=EVE, message=None)

    async def _send(
        self, form: Object, channel: int, *, text: str, user: int, message: Object | None
    ) -> str:
        components = [_filled(part, text) for part in form["components"]]
        data: Object = {"custom_id": form["custom_id"], "components": components}
        return await self._interact(5, data, channel=channel, user=user, message=message)

    async def _interact(
        self, kind: int, data: Object, *, channel: int, user: int, message: Object | None
    ) -> str:
        world = self._peer.world
        interaction_id = world.snowflake()
        token = f"token-{interaction_id}"
        private = channel not in (GENERAL, REVIEW)
        told = Interaction(
            interaction_id, token, user, channel, time.monotonic(), None,
            int(message["id"]) if message else None,
        )  # fmt: skip
        world.interactions[token] = told
        body: Object = {
            "id": str(interaction_id), "application_id": str(APPLICATION), "type": kind,
            "token": token, "version": 1, "channel_id": str(channel),
            "channel": world.channel(channel), "locale": "en-US", "entitlements": [],
            "app_permissions": RIGHTS, "authorizing_integration_owners": {}, "context": 0,
            "attachment_size_limit": 10_485_760, "data": data,
        }  # fmt: skip
        if private:
            body["user"] = world.user(user)
        else:
            member = {**world.member(user), "permissions": RIGHTS if user == EVE else "0"}
            body |= {"guild_id": str(GUILD), "guild_locale": "en-US", "member": member}
        if message is not None:
            body["message"] = message
        before = len(self._peer.requests)
        await self._peer.send_event("INTERACTION_CREATE", body)
        await _until(lambda: bool(self._answer(token, before)))
        return self._answer(token, before)

    def _answer(self, token: str, since: int) -> str:
        """The texts of the answer to an interaction; empty while there is none."""
        for _method, path, body in self._peer.requests[since:]:
            if token in path and path.endswith("/callback"):
                if body["type"] == 9:
                    return "(a form)"
                continue
            if f"/{token}" in path:
                return _said(body)
        return ""


def _said(body: Object | None) -> str:
    texts = [
        str(p["content"]) for p in walked((body or {}).get("components", [])) if "content" in p
    ]
    return "\n".join(texts) or "(nothing)"


def _filled(part: Object, text: str) -> Object:
    inner = part.get("component")
    if inner is None:
        return {**part, "components": [_filled(each, text) for each in part.get("components", [])]}
    filled = {key: inner[key] for key in ("type", "custom_id", "id") if key in inner}
    if inner["type"] == 4:
        is_address = "http" in text
        filled["value"] = text if (inner["custom_id"] == "address") == is_address else ""
    else:
        filled["values"] = []
    return {"type": part["type"], "component": filled}


class OnSlack:
    """People on Slack."""

    def __init__(self, fake: FakeSlack) -> None:
        self._fake = fake

    def buttons(self) -> Iterator[OldButton]:
        """Every button of every message."""
        for channel in self._fake.team.channels.values():
            for message in channel.messages.values():
                for node in every_node(message.blocks):
                    if node.get("type") == "button" and str(node.get("value")).startswith(
                        "limner:"
                    ):
                        yield OldButton(node["value"], channel.id, message.ts, node)

    def has(self, old: OldButton) -> bool:
        """Whether it is still on its message."""
        message = self._fake.team.channels[old.channel].messages.get(old.message)
        return message is not None and old.code in str(message.blocks)

    async def press(self, old: OldButton) -> str:
        """Press it and wait for the answer; gives the text shown to the user."""
        before, user = self._state(), old.private_with or f"U{EVE}"
        await self._fake.press(old.part, user=user, channel=old.channel, ts=old.message)
        await _until(lambda: self._state() != before)
        return self._newest(before)

    async def submit(self, old: OldButton, *, text: str) -> str:
        """Send the form that a button opened, with that text."""
        user = old.private_with or f"U{EVE}"
        return await self._send(self._fake.team.views[-1][1], text=text, user=user)

    async def submit_open(self, *, text: str) -> str:
        """Send the form that was open when Limner was killed."""
        return await self._send(self._fake.team.views[-1][1], text=text, user=f"U{EVE}")

    async def _send(self, view: Json, *, text: str, user: str) -> str:
        before = self._state()
        is_address = "http" in text
        fields = {
            block["block_id"]: text if (block["block_id"] == "address") == is_address else ""
            for block in view["blocks"]
            if block.get("element", {}).get("type") == "plain_text_input"
        }
        given = {name: value for name, value in fields.items() if value}
        await self._fake.submit(given, user=user)
        await _until(lambda: self._state() != before)
        return self._newest(before)

    def _state(self) -> tuple[int, ...]:
        """Counts of all visible things; every change raises one of them."""
        team = self._fake.team
        messages = [m for channel in team.channels.values() for m in channel.messages.values()]
        views = sum(len(str(view)) for _id, view in team.views)
        return (
            len(team.whispers), len(messages), sum(len(m.edits) for m in messages),
            len(team.views), views,
        )  # fmt: skip

    def _newest(self, before: tuple[int, ...]) -> str:
        whispers = self._fake.team.whispers[before[0] :]
        return (
            " ".join(message.said for _user, _where, message in whispers) or "(something changed)"
        )


def carried_on_slack(fake: FakeSlack, job_id: str, *, channel: str) -> list[Message]:
    """The messages of a channel that carry the picture of a job."""
    return [
        message
        for message in fake.team.channels[channel].messages.values()
        if message.pictures and message.job_id == job_id
    ]
