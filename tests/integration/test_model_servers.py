"""Servers with OpenAI's interface, each with its own dialect, which is learned."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog
from aiohttp import web

from agent.model_clients.chat import ModelSettings, OpenAiChatModel
from agent.ports import Completion, Message, NativeCall
from domain.errors import ContextTooLong, ModelUnavailable
from tests.fakes.model_server import ModelServer, model_server

ASK = [Message("user", "hello")]
KEY = "sk-secret-0123456789"
Body = dict[str, Any]


def model_at(base_url: str, **parts: Any) -> OpenAiChatModel:
    return OpenAiChatModel(ModelSettings((base_url,), "m", KEY, timeout_s=60, **parts))


@asynccontextmanager
async def picky(
    refuses: Callable[[Body], str | None], status: int = 400
) -> AsyncGenerator[ModelServer]:
    """A server that refuses a request for the reason that a function gives."""
    async with model_server("yes") as server:
        complete = server.complete

        async def answered(request: web.Request) -> web.StreamResponse:
            body: Body = await request.json()
            why = refuses(body)
            if why is None:
                return await complete(request)
            server.requests.append(body)
            failure = {"error": {"message": why, "type": "invalid_request_error"}}
            return web.json_response(failure, status=status)

        server.complete = answered  # type: ignore[method-assign]
        yield server


async def answered_by(server: ModelServer, **parts: Any) -> Completion:
    model = model_at(server.base_url)
    try:
        return await model.complete(ASK, max_tokens=4096, **parts)
    finally:
        await model.aclose()


def no_max_tokens(body: Body) -> str | None:
    if "max_tokens" not in body:
        return None
    return (
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
        "'max_completion_tokens' instead."
    )


def no_sampling(body: Body) -> str | None:
    if "temperature" not in body:
        return None
    return "Unsupported value: 'temperature' does not support 0.6 with this model."


def no_stream(body: Body) -> str | None:
    return "Streaming is not supported by this server" if body["stream"] else None


def no_usage(body: Body) -> str | None:
    if "stream_options" not in body:
        return None
    return "Unrecognized request argument supplied: stream_options"


def no_grammar(body: Body) -> str | None:
    return "extra_forbidden: structured_outputs" if "structured_outputs" in body else None


def few_tokens(body: Body) -> str | None:
    if body["max_tokens"] <= 2048:
        return None
    return "max_tokens is too large: 4096. This model supports at most 2048 completion tokens."


def little_room(body: Body) -> str | None:
    if body["max_tokens"] <= 1096:
        return None
    return (
        "'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum context "
        "length is 8192 tokens and your request has 7096 input tokens (4096 > 8192 - 7096)."
    )


@pytest.mark.parametrize(
    ("refuses", "taken"),
    [
        (no_max_tokens, {"max_completion_tokens": 4096}),
        (no_sampling, {"stream": True}),
        (no_stream, {"stream": False}),
        (no_usage, {"stream": True}),
        (no_grammar, {"stream": True}),
        (few_tokens, {"max_tokens": 2048}),
        (little_room, {"max_tokens": 1096}),
    ],
)
@pytest.mark.parametrize("status", [400, 422])
async def test_what_a_server_refuses_is_asked_in_another_form(
    refuses: Callable[[Body], str | None], taken: Body, status: int
) -> None:
    async with picky(refuses, status) as server:
        said = await answered_by(server, grammar="yes")
    assert said.text == "yes"
    assert len(server.requests) == 2
    assert server.requests[1].items() >= taken.items()


async def test_a_server_is_asked_in_its_own_form_from_then_on_and_the_log_says_why() -> None:
    def refuses(body: Body) -> str | None:
        return no_max_tokens(body) or no_sampling(body)

    async with picky(refuses) as server:
        model = model_at(server.base_url)
        with structlog.testing.capture_logs() as logs:
            for _ in range(3):
                assert (await model.complete(ASK, max_tokens=10)).text == "yes"
        await model.aclose()
    assert len(server.requests) == 5
    told = [str(log["reason"]) for log in logs if log["event"] == "model_server_adapted"]
    assert len(told) == 2
    assert "max_completion_tokens" in told[0]


async def test_the_reason_of_a_refusal_is_for_the_operator_and_holds_no_key() -> None:
    def refuses(_body: Body) -> str | None:
        return f"The model `m` does not exist\nfor the key {KEY}."

    async with picky(refuses, 404) as server:
        with (
            structlog.testing.capture_logs() as logs,
            pytest.raises(ModelUnavailable) as refused,
        ):
            await answered_by(server)
    assert refused.value.why == "it refused the request (404)"
    assert "does not exist for the key" in refused.value.detail
    assert "exist" not in str(refused.value)
    [log] = [log for log in logs if log["event"] == "model_refused"]
    assert KEY not in refused.value.detail + str(log)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "why",
    [
        (
            "This model's maximum context length is 8192 tokens. However, you requested 9000 "
            "tokens (8900 in the messages, 100 in the completion)."
        ),
        "the request exceeds the available context size. try increasing the context size",
        "prompt is too long: 210000 tokens > 200000 maximum",
        "The input (9000 tokens) is longer than the model's context length (8192 tokens).",
        "Input length 9000 exceeds the maximum length 8192 (max_model_len)",
        "At most 5 image(s) may be provided in one prompt.",
        "Invalid content type. image_url is only supported by certain models.",
    ],
)
async def test_a_conversation_that_is_too_long_is_distinguished_from_other_refusals(
    why: str,
) -> None:
    async with picky(lambda _body: why) as server:
        with pytest.raises(ContextTooLong):
            await answered_by(server)
    assert len(server.requests) == 1


async def test_an_answer_in_one_piece_is_read_whatever_was_asked_for() -> None:
    async with model_server({"reasoning_content": "hm", "content": "yes"}) as server:
        server.whole = True
        said = await answered_by(server)
    assert (said.text, said.reasoning, said.tokens) == ("yes", "hm", 110)
    calls = [{"name": n, "arguments": {"query": "x"}} for n in ("search", "image_search")]
    async with model_server({"calls": calls}) as server:
        server.whole = True
        said = await answered_by(server)
    assert [call.name for call in said.calls] == ["search", "image_search"]


async def test_calls_under_one_index_are_told_apart_by_their_ids() -> None:
    pieces = [
        {"index": 0, "id": name, "function": {"name": name, "arguments": json.dumps({"q": name})}}
        for name in ("search", "browse")
    ]
    async with model_server({"content": "", "tool_calls": pieces}) as server:
        said = await answered_by(server)
    assert said.calls == (
        NativeCall("search", '{"q": "search"}'),
        NativeCall("browse", '{"q": "browse"}'),
    )


async def test_a_content_in_parts_holds_the_thought_too() -> None:
    content = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
        {"type": "text", "text": "yes"},
    ]
    async with model_server({"content": content}) as server:
        said = await answered_by(server)
    assert (said.text, said.reasoning) == ("yes", "hm")


async def test_an_error_inside_a_stream_that_speaks_of_the_context_is_one() -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        failure = {"error": {"message": "the prompt exceeds the context window", "code": 400}}
        await response.write(b"data: " + json.dumps(failure).encode() + b"\n\n")
        return response

    async with model_server("yes") as server:
        server.complete = broken  # type: ignore[method-assign]
        with pytest.raises(ContextTooLong):
            await answered_by(server)
