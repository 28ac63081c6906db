"""The calls of agents in our own Slack: streams and sessions, by the rules of Slack's reference."""

from __future__ import annotations

import json
import time
from typing import Any

from evaluation.peers.slack_blocks import block_problems
from evaluation.peers.slack_canvases import CanvasApi
from evaluation.peers.slack_team import Channel, Message, Refusal, Team

CHUNKS = ("blocks", "markdown_text", "plan_update", "task_update")
SESSION_STATES = ("active", "closed", "processing", "suspended")


class AgentApi(CanvasApi):
    """Methods of the Web API for agents."""

    async def _chat_startstream(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(team, a)
        if not channel.member:
            raise Refusal("not_in_channel")
        for part in ("user", "team"):
            if not a.get(f"recipient_{part}_id"):
                raise Refusal(f"missing_recipient_{part}_id")
        if not a.get("thread_ts") and channel.im_of is not None:
            raise Refusal("invalid_thread_ts")
        thread = str(a["thread_ts"]) if a.get("thread_ts") else None
        message = Message(self._ts(), {"text": "", "blocks": []}, thread, streamed=True)
        self._stream(message, a)
        channel.messages[message.ts] = message
        return {"channel": channel.id, "ts": message.ts}

    async def _chat_appendstream(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        message = self._streamed(team, a)
        self._stream(message, a)
        message.edits.append((time.monotonic(), message.body))
        return {"channel": str(a["channel"]), "ts": message.ts}

    async def _chat_stopstream(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        message = self._streamed(team, a)
        message.streamed = False
        if a.get("session_status", "active") not in SESSION_STATES:
            raise Refusal("invalid_arguments")
        return {"channel": str(a["channel"]), "ts": message.ts}

    async def _agents_sessions_setstatus(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        if a.get("status") not in SESSION_STATES or len(str(a.get("title") or "")) > 200:
            raise Refusal("invalid_arguments")
        channel = self._channel(team, {"channel": a.get("channel_id")})
        if not a.get("thread_ts"):
            raise Refusal("invalid_thread_ts")
        key = (channel.id, str(a["thread_ts"]))
        team.sessions.setdefault(key, []).append(str(a["status"]))
        return {"status": a["status"]}

    async def _chat_unfurl(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        named = a.get("unfurl_id") and a.get("source")
        if not named and not (a.get("channel") and a.get("ts")):
            raise Refusal("missing_unfurl_id")
        unfurls: dict[str, Any] = json.loads(a["unfurls"])
        problems = [one for each in unfurls.values() for one in block_problems(each["blocks"])]
        if problems:
            raise Refusal("cannot_parse_attachment", response_metadata={"messages": problems})
        team.unfurls |= unfurls
        return {}

    async def _functions_completesuccess(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        self._step_ends(team, a, json.loads(a["outputs"]))
        return {}

    async def _functions_completeerror(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        self._step_ends(team, a, str(a["error"]))
        return {}

    def _step_ends(self, team: Team, a: dict[str, Any], how: Any) -> None:
        execution = str(a.get("function_execution_id") or "")
        if execution in team.steps or not execution:
            raise Refusal("invalid_function_execution")
        team.steps[execution] = how

    def _channel(self, team: Team, a: dict[str, Any]) -> Channel:
        raise NotImplementedError

    def _ts(self) -> str:
        raise NotImplementedError

    def _streamed(self, team: Team, a: dict[str, Any]) -> Message:
        message = self._channel(team, a).messages.get(str(a["ts"]))
        if message is None:
            raise Refusal("message_not_found")
        if not message.streamed:
            raise Refusal("message_not_in_streaming_state")
        return message

    def _stream(self, message: Message, a: dict[str, Any]) -> None:
        """Add the chunks of a call to a message."""
        chunks: list[dict[str, Any]] = json.loads(a["chunks"]) if a.get("chunks") else []
        if any(chunk.get("type") not in CHUNKS for chunk in chunks):
            raise Refusal("invalid_chunks")
        blocks: list[dict[str, Any]] = [*message.blocks]
        plan = next((block for block in blocks if block["type"] == "plan"), None)
        for chunk in chunks:
            if chunk["type"] == "blocks":
                blocks += chunk["blocks"]
            if chunk["type"] == "task_update":
                if plan is None:
                    plan = dict[str, Any](type="plan", title="Thinking", tasks=[])
                    blocks.append(plan)
                _update(plan["tasks"], chunk)
        found = block_problems(blocks) if blocks else []
        if found:
            raise Refusal("invalid_chunks", response_metadata={"messages": found})
        message.body = {**message.body, "blocks": blocks}


def _update(tasks: list[dict[str, Any]], chunk: dict[str, Any]) -> None:
    """Bring a task up to date: its title and status are replaced."""
    new = {"type": "task_card", "task_id": chunk["id"]}
    new |= {name: chunk[name] for name in ("title", "status", "sources") if name in chunk}
    for task in tasks:
        if task["task_id"] == chunk["id"]:
            task.update(new)
            return
    tasks.append(new)
