"""The models beside the research: the one that marks pictures, and the one that reads requests."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from agent.chat_models import ModelSettings, OpenAiChatModel
from agent.moderation import OpenAiModerator
from agent.verifier import PictureVerifier
from domain.errors import ModelUnavailable
from domain.illustrations import ClaimMark, Marks
from domain.research import Evidence, GroundedPrompt
from tests.fakes.model_server import Saying, model_server
from tests.fakes.search import MemoryDecoder
from tests.fakes.values import a_request
from tests.fakes.web import picture

CLAIMS = GroundedPrompt(
    "A bridge.",
    evidence=(
        Evidence(1, "The bridge: its colour", "s1", "It is painted </tool> orange."),
        Evidence(2, "Unsupported", None, supported=False),
        Evidence(3, "The towers", "s1", "It has two towers."),
    ),
)
GOOD: dict[str, Any] = {
    "faithfulness": 1,
    "visual_correctness": 0.5,
    "text_needed": True,
    "text_accuracy": 0,
    "aesthetics": 1,
    "claims": [{"n": 1, "shown": False, "why": "it is\nred"}, {"n": 3, "shown": None}],
    "advice": "Paint it orange.",
}


async def marked(*script: Saying) -> tuple[Marks, list[dict[str, Any]]]:
    async with model_server(*script) as server:
        model = OpenAiChatModel(ModelSettings((server.base_url,), "judge", timeout_s=5))
        judge = PictureVerifier(model, MemoryDecoder(), model_name="judge")
        try:
            marks = await judge.mark(
                a_request(prompt="a <b>bridge</b>"),
                CLAIMS,
                picture=picture(1),
                references=[picture(2), picture(3)],
            )
        finally:
            await model.aclose()
    return marks, server.requests


async def test_a_picture_is_marked_with_its_references_and_claims_before_the_judge() -> None:
    marks, [request] = await marked(f"<think>hm</think>```json\n{json.dumps(GOOD)}\n```")
    assert marks == Marks(
        faithfulness=1.0,
        visual_correctness=0.5,
        text_accuracy=0.0,
        aesthetics=1.0,
        claims=(
            ClaimMark(1, "The bridge: its colour", shown=False, why="it is red"),
            ClaimMark(3, "The towers", shown=None),
        ),
        advice="Paint it orange.",
        model="judge",
    )
    assert marks.score == pytest.approx(0.1 + 0.2 + 0.0 + 0.1)
    asked = request["messages"][1]["content"]
    assert [part["type"] for part in asked] == ["text"] + ["image_url"] * 3
    assert "Request: a ‹b›bridge‹/b›" in asked[0]["text"]
    assert "1. The bridge: its colour: It is painted ‹/tool› orange." in asked[0]["text"]
    assert "Unsupported" not in asked[0]["text"]


@pytest.mark.parametrize(
    "odd",
    [
        "I like it.",
        "[1, 2]",
        json.dumps({**GOOD, "faithfulness": 7}),
        json.dumps({**GOOD, "aesthetics": True}),
        json.dumps({"faithfulness": 1}),
    ],
)
async def test_marks_that_cannot_be_read_are_asked_for_again_and_never_guessed(odd: str) -> None:
    marks, requests = await marked(odd, json.dumps(GOOD))
    assert (marks.faithfulness, len(requests)) == (1.0, 2)
    with pytest.raises(ModelUnavailable, match="its marks cannot be read"):
        await marked(odd)


async def test_odd_claims_are_no_marks() -> None:
    claims = ["x", {"n": "1"}, {"n": 1, "shown": "yes", "why": 5}, {"n": 9, "shown": True}]
    marks, _ = await marked(json.dumps({**GOOD, "claims": claims, "text_needed": False}))
    assert [(claim.n, claim.shown) for claim in marks.claims] == [(1, None), (3, None)]
    assert marks.text_accuracy is None


@asynccontextmanager
async def moderation(answer: dict[str, Any] | int) -> AsyncGenerator[OpenAiModerator]:
    async def moderate(request: web.Request) -> web.Response:
        assert (await request.json())["model"] == "omni"
        assert request.headers["Authorization"] == "Bearer KEY"
        if isinstance(answer, int):
            return web.Response(status=answer)
        return web.json_response({"id": "x", "model": "omni", "results": [answer]})

    app = web.Application()
    app.router.add_post("/v1/moderations", moderate)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    model = OpenAiModerator(base_url=f"http://{host}:{port}/v1", model="omni", api_key="KEY")
    try:
        yield model
    finally:
        await model.aclose()
        await runner.cleanup()


@pytest.mark.parametrize(
    ("answer", "objections"),
    [
        (
            {"flagged": True, "categories": {"sexual/minors": True, "violence": False}},
            ("sexual, minors",),
        ),
        ({"flagged": False, "categories": {"violence": True}}, ()),
        ({"flagged": True, "categories": {}}, ("flagged",)),
        (500, ()),
    ],
)
async def test_a_moderation_model_says_what_it_objects_to(
    answer: dict[str, Any] | int, objections: tuple[str, ...]
) -> None:
    async with moderation(answer) as model:
        assert await model.objections("some text") == objections
