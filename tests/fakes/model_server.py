"""An OpenAI-compatible model server on loopback that answers by a script, streamed.

Each entry of the script is a text, a native call (a dict), several calls (a dict with ``calls``),
the fields of a message (a dict with ``content``), a status to fail with (an int, or a dict with
``status`` and ``message``), or a function that reads the conversation and gives one of these.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Messages = list[dict[str, Any]]
Saying = str | int | dict[str, Any]


@dataclass
class ModelServer:
    """A running server; ``requests`` holds every request's body in its order."""

    script: Sequence[Saying | Callable[[Messages], Saying]] = ()
    base_url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    cut: set[int] = field(default_factory=set[int])
    """Turns (from 0) that end because they are too long."""
    broken: set[int] = field(default_factory=set[int])
    """Requests (from 0) whose connection ends in the middle of the answer."""
    pause_s: float = 0.0
    """Seconds between two pieces of an answer."""
    delay_s: float = 0.0
    names: tuple[str, ...] = ("m",)
    """Of the models that it says it serves."""
    whole: bool = False
    """Whether answers come as one object, even if a stream was requested."""

    async def complete(self, request: web.Request) -> web.StreamResponse:
        """Stream the next saying of the script; the last one is repeated."""
        body: dict[str, Any] = await request.json()
        number = len(self.requests)
        self.requests.append(body)
        await asyncio.sleep(self.delay_s)
        saying = self.script[min(number, len(self.script) - 1)]
        if callable(saying):
            saying = saying(body["messages"])
        if isinstance(saying, int):
            return web.json_response({"error": {"message": "no"}}, status=saying)
        if isinstance(saying, dict) and "status" in saying:
            failure = {"error": {"message": saying["message"]}}
            return web.json_response(failure, status=saying["status"])
        if self.whole:
            return self._whole(saying)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for delta in _deltas(saying):
            await _send(response, {"index": 0, "delta": delta, "finish_reason": None})
            await asyncio.sleep(self.pause_s)
            if number in self.broken and request.transport is not None:
                request.transport.close()
                return response
        finish = "length" if number in self.cut else "stop"
        await _send(response, {"index": 0, "delta": {}, "finish_reason": finish})
        usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
        await response.write(_event({"choices": [], "usage": usage}))
        await response.write(b"data: [DONE]\n\n")
        return response

    async def models(self, _request: web.Request) -> web.Response:
        """The names of the models that it serves."""
        listed = [{"id": name, "object": "model", "root": name} for name in self.names]
        return web.json_response({"object": "list", "data": listed})

    @staticmethod
    def _whole(saying: str | dict[str, Any]) -> web.Response:
        message: dict[str, Any] = {"role": "assistant", "content": ""}
        for delta in _deltas(saying):
            message["content"] += delta.pop("content", "")
            calls = delta.pop("tool_calls", [])
            message.setdefault("tool_calls", []).extend(
                {key: value for key, value in call.items() if key != "index"} for call in calls
            )
            message |= delta
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
        return web.json_response({"choices": [choice], "usage": usage})

    def shown(self, turn: int) -> str:
        """All input of the model before a turn, as text."""
        texts: list[str] = []
        for message in self.requests[turn]["messages"]:
            content = message["content"]
            if isinstance(content, str):
                texts.append(content)
            else:
                texts += [part.get("text", "<image>") for part in content]
        return "\n".join(texts)


def _deltas(saying: str | dict[str, Any]) -> list[dict[str, Any]]:
    if isinstance(saying, str):
        return [{"content": saying[i : i + 20]} for i in range(0, len(saying), 20)]
    if "content" in saying:
        return [{key: text} for key, text in saying.items()]
    if "calls" in saying:
        return [_whole_call(n, call) for n, call in enumerate(saying["calls"])]
    name, arguments = saying["name"], json.dumps(saying["arguments"])
    half = len(arguments) // 2
    return [
        {
            "tool_calls": [
                {"index": 0, "id": "c", "type": "function",
                 "function": {"name": name, "arguments": arguments[:half]}}
            ]
        },
        {"tool_calls": [{"index": 0, "function": {"arguments": arguments[half:]}}]},
    ]  # fmt: skip


def _whole_call(index: int, call: dict[str, Any]) -> dict[str, Any]:
    function = {"name": call["name"], "arguments": json.dumps(call["arguments"])}
    return {
        "tool_calls": [
            {"index": index, "id": f"c{index}", "type": "function", "function": function}
        ]
    }


async def _send(response: web.StreamResponse, choice: dict[str, Any]) -> None:
    await response.write(_event({"choices": [choice]}))


def _event(body: dict[str, Any]) -> bytes:
    about = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return b"data: " + json.dumps({**about, **body}).encode() + b"\n\n"


@asynccontextmanager
async def model_server(
    *script: Saying | Callable[[Messages], Saying],
) -> AsyncGenerator[ModelServer]:
    """Start a server with that script on a free port and stop it at the end."""
    server = ModelServer(script)
    app = web.Application(client_max_size=64_000_000)

    async def complete(request: web.Request) -> web.StreamResponse:
        return await server.complete(request)  # a test may have put another in its place

    app.router.add_post("/v1/chat/completions", complete)
    app.router.add_get("/v1/models", server.models)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    server.base_url = f"http://{host}:{port}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()


def turn(thought: str, name: str, **arguments: Any) -> str:
    """A turn with a tool call."""
    call = json.dumps({"name": name, "arguments": arguments})
    return f"<think>{thought}</think>\n<tool_call>{call}</tool_call>"


def answer(prompt: str, *ids: str, thought: str = "done") -> str:
    """A turn with an answer."""
    images = [{"img_id": img_id, "note": f"the look in {img_id}"} for img_id in ids]
    body = json.dumps({"gen_prompt": prompt, "reference_images": images})
    return f"<think>{thought}</think>\n<answer>{body}</answer>"
