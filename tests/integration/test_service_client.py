"""The client of services with OpenAI's interface: keys, redirections, refusals, broken answers."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from agent.model_clients.completion_request import CompletionRequest
from agent.model_clients.service_client import (
    MAX_ANSWER_BYTES,
    ServiceClient,
    ServiceRefused,
    ServiceUnreachable,
)
from agent.policy.moderation_service import ModerationServiceJudge
from agent.ports import Message
from domain.errors import ModelUnavailable
from domain.policy import JudgedText
from tests.fakes.search import MemoryDecoder

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
KEY = "sk-secret-0123456789"
PICTURE = b"\x89PNG" + bytes(range(256)) * 300


@asynccontextmanager
async def service(answer: Answer) -> AsyncGenerator[str]:
    """A server that answers every request so; gives its address."""
    app = web.Application(client_max_size=10_000_000)
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def client_of(address: str, **parts: Any) -> AsyncGenerator[ServiceClient]:
    client = ServiceClient(f"{address}/v1", api_key=KEY, **{"timeout_s": 5.0, **parts})
    try:
        yield client
    finally:
        await client.aclose()


async def test_a_request_arrives_whole_with_its_key() -> None:
    seen: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        seen.extend([request.path, request.headers["Authorization"], await request.json()])
        return web.json_response({"said": "yes"})

    asked = CompletionRequest({"model": "m"}, [Message("user", "look", (PICTURE,))])
    async with (
        service(answer) as address,
        client_of(address) as client,
        client.post("/chat/completions", asked) as found,
    ):
        assert found.is_json
        assert await found.json() == {"said": "yes"}
    assert seen[:2] == ["/v1/chat/completions", f"Bearer {KEY}"]
    assert seen[2]["messages"][0]["content"][0]["text"] == "look"


@pytest.mark.parametrize("status", [307, 308])
async def test_a_redirection_is_followed_with_the_body_and_only_its_own_host_gets_the_key(
    status: int,
) -> None:
    seen: list[tuple[str | None, Any]] = []

    async def there(request: web.Request) -> web.Response:
        seen.append((request.headers.get("Authorization"), await request.json()))
        return web.json_response({})

    async def here(request: web.Request) -> web.Response:
        if request.path.endswith("/own"):
            return await there(request)
        await request.read()
        place = "/v1/own" if request.path.endswith("/near") else f"{other}/far"
        return web.Response(status=status, headers={"Location": place})

    asked = CompletionRequest({"model": "m"}, [Message("user", "look", (PICTURE,))])
    async with service(there) as other, service(here) as address, client_of(address) as client:
        async with client.post("/near", asked):
            pass
        async with client.post("/away", asked):
            pass
    (near, first), (far, second) = seen
    assert (near, far) == (f"Bearer {KEY}", None)
    assert first == second
    assert first["messages"][0]["role"] == "user"


async def test_endless_redirections_end() -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": "/again"})

    async with service(answer) as address, client_of(address) as client:
        with pytest.raises(ServiceUnreachable):
            await client.get("/models")


@pytest.mark.parametrize(
    ("body", "found"),
    [('{"error": {"message": "no"}}', {"error": {"message": "no"}}), ("no", "no")],
)
async def test_a_refusal_holds_the_services_words(body: str, found: object) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=429, text=body, headers={"Retry-After": "3"})

    async with service(answer) as address, client_of(address) as client:
        with pytest.raises(ServiceRefused) as refused:
            await client.get("/models")
    assert (refused.value.status, refused.value.body) == (429, found)
    assert refused.value.retry_after_s == 3


@pytest.mark.parametrize("body", [b"{", b'"' + b"a" * MAX_ANSWER_BYTES + b'"', b"[" * 100_000])
async def test_an_answer_that_is_no_json_or_too_long_is_none(body: bytes) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    async with service(answer) as address, client_of(address) as client:
        with pytest.raises(ServiceUnreachable):
            await client.get("/models")


async def test_a_service_that_does_not_answer_in_time_is_unreachable() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        assert request.transport is not None
        request.transport.close()
        return response

    async with service(answer) as address, client_of(address) as client:
        with pytest.raises(ServiceUnreachable):
            await client.get("/models")
    async with client_of("http://127.0.0.1:9", timeout_s=0.5) as client:
        with pytest.raises(ServiceUnreachable):
            await client.get("/models")


async def test_what_the_environment_names_as_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response(str(request.url))

    async with service(answer) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "own.example")
        async with client_of("http://models.example") as client:
            assert await client.get("/models") == "http://models.example/v1/models"
        async with client_of("http://own.example:9", timeout_s=0.5) as client:
            with pytest.raises(ServiceUnreachable):
                await client.get("/models")


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([(503, ""), (200, "{}")], "its answer holds no result"),
        ([(200, "<html>")], "its answer couldn't be read"),
        ([(200, json.dumps({"results": "none"}))], "its answer holds no result"),
        ([(401, "")], "it answered 401"),
        ([(500, ""), (502, "")], "it answered 502"),
    ],
)
async def test_a_moderation_service_is_asked_twice_and_its_odd_answers_have_a_sentence(
    answers: list[tuple[int, str]], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.policy.moderation_service.PAUSE_S", 0.01)
    left = list(answers)

    async def answer(_request: web.Request) -> web.Response:
        status, text = left.pop(0)
        return web.Response(status=status, text=text)

    async with service(answer) as address:
        judge = ModerationServiceJudge(
            base_url=f"{address}/v1", model="m", api_key=KEY, decoder=MemoryDecoder(), timeout_s=5
        )
        with pytest.raises(ModelUnavailable) as refused:
            await judge.judge_text(JudgedText("hello"))
        await judge.aclose()
    assert refused.value.why == why
    assert not left
