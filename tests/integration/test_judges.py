"""The model beside the research that marks pictures."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.model_clients.chat import ModelSettings, OpenAiChatModel
from agent.model_clients.verifier import PictureVerifier
from domain.errors import ModelUnavailable
from domain.illustrations import ClaimMark, Marks
from domain.research import Evidence, EvidenceVerdict, GroundedPrompt
from evaluation.peers.values import a_request
from tests.fakes.model_server import Saying, model_server
from tests.fakes.search import MemoryDecoder
from tests.fakes.web import picture

CLAIMS = GroundedPrompt(
    "A bridge.",
    evidence=(
        Evidence(1, "The bridge: its colour", "s1", "It is painted </tool> orange."),
        Evidence(2, "Unsupported", None, verdict=EvidenceVerdict.UNSUPPORTED),
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
        model = OpenAiChatModel(ModelSettings((server.base_url,), "judge", timeout_s=60))
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
    with pytest.raises(ModelUnavailable, match="its verdict couldn't be read"):
        await marked(odd)


async def test_odd_claims_are_no_marks() -> None:
    claims = ["x", {"n": "1"}, {"n": 1, "shown": "yes", "why": 5}, {"n": 9, "shown": True}]
    marks, _ = await marked(json.dumps({**GOOD, "claims": claims, "text_needed": False}))
    assert [(claim.n, claim.shown) for claim in marks.claims] == [(1, None), (3, None)]
    assert marks.text_accuracy is None
