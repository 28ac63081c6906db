"""Canvases in our own Slack, by the rules of Slack's reference: a canvas is a file, its content is
Markdown, and it is shared with those alone to whom its address was posted before."""

from __future__ import annotations

import json
from typing import Any, cast

from evaluation.peers.slack_team import Canvas, Channel, Refusal, Team, every_node

MAX_CHARS = 1_048_576


class CanvasApi:
    """Methods of the Web API for canvases."""

    async def _canvases_create(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        canvas = Canvas(str(a.get("title") or ""), _markdown(json.loads(a["document_content"])))
        canvas_id = self._name("F0CANVAS")
        address = f"https://team.slack.com/docs/{team.id}/{canvas_id}"
        team.canvases[canvas_id] = canvas
        team.files[canvas_id] = {"id": canvas_id, "permalink": address, "looks": 0}
        return {"canvas_id": canvas_id}

    async def _canvases_edit(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        canvas = _canvas(team, a)
        changes = cast("list[dict[str, Any]]", json.loads(a["changes"]))
        if len(changes) != 1:  # one operation for each call
            raise Refusal("invalid_arguments")
        [change] = changes
        if change.get("operation") != "replace" or "section_id" in change:
            raise Refusal("canvas_editing_failed")
        canvas.markdown = _markdown(change["document_content"])
        return {}

    async def _canvases_delete(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        _canvas(team, a)
        team.canvases.pop(str(a["canvas_id"]))
        team.files.pop(str(a["canvas_id"]))
        return {}

    async def _canvases_access_set(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        canvas, address = _canvas(team, a), team.files[str(a["canvas_id"])]["permalink"]
        if bool(a.get("channel_ids")) == bool(a.get("user_ids")):
            raise Refusal("invalid_parameters")
        if a.get("access_level") not in ("read", "write", "owner"):
            raise Refusal("invalid_arguments")
        for channel_id in cast("list[str]", json.loads(a.get("channel_ids") or "[]")):
            channel = team.channels.get(channel_id)
            if channel is None or channel.im_of is not None or not _stands(address, channel):
                raise Refusal("channel_not_found")
            canvas.channels.add(channel_id)
        for user in cast("list[str]", json.loads(a.get("user_ids") or "[]")):
            if not _stands(address, team.dm(user)):
                raise Refusal("failed_to_update_user_ids")
            canvas.users.add(user)
        return {}

    async def _chat_getpermalink(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        channel = team.channels.get(str(a.get("channel")))
        if channel is None or str(a.get("message_ts")) not in channel.messages:
            raise Refusal("message_not_found")
        name = str(a["message_ts"]).replace(".", "")
        address = f"https://team.slack.com/archives/{channel.id}/p{name}"
        return {"channel": channel.id, "permalink": address}

    def _name(self, kind: str) -> str:
        raise NotImplementedError


def _canvas(team: Team, a: dict[str, Any]) -> Canvas:
    canvas = team.canvases.get(str(a.get("canvas_id")))
    if canvas is None:
        raise Refusal("canvas_not_found")
    return canvas


def _markdown(content: dict[str, Any]) -> str:
    text = content.get("markdown")
    if content.get("type") != "markdown" or not isinstance(text, str) or len(text) > MAX_CHARS:
        raise Refusal("invalid_arguments")
    return text


def _stands(address: str, channel: Channel) -> bool:
    """Whether an address was posted in a channel."""
    return any(
        node.get("url") == address
        for message in channel.messages.values()
        for node in every_node(message.blocks)
    )
