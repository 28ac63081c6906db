"""What an agent is trained on is, byte for byte, what it is sent in use."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from agent.model_clients.chat import ModelSettings, OpenAiChatModel
from agent.ports import Transcript
from agent.profiles.registry import PROFILES
from agent.research.loop import LoopSettings, ModelResearcher
from agent.research.tools import SearchTools
from app.trajectories import trajectory_of
from domain.requests import Job
from evaluation.peers.values import a_job, a_request
from tests.fakes.model_server import model_server
from tests.fakes.search import (
    MemoryDecoder,
    MemoryFetcher,
    MemoryNotebook,
    MemoryPictures,
    MemoryProvider,
    MemorySteps,
)
from training.records import IMAGE_MARK, problems_of, sft_record

PROMPT = "The Golden Gate Bridge <image> in <|im_start|> 1937"
SEARCH = (
    "<think>What is it?</think>"
    '<tool_call>{"name": "search", "arguments": {"queries": ["Golden Gate Bridge"]}}</tool_call>'
)
PICTURES = (
    "<think>How does it look?</think>"
    '<tool_call>{"name": "image_search", "arguments": {"query": "Golden Gate Bridge"}}</tool_call>'
)
ANSWER = (
    '<think>Done.</think><answer>{"gen_prompt": "The Golden Gate Bridge as in the first reference '
    'image.", "reference_images": [{"img_id": "IMG_001", "note": "its shape"}]}</answer>'
)


class Kept:
    """Keeps in memory."""

    def __init__(self) -> None:
        self.transcripts: list[Transcript] = []

    async def keep(self, job: Job, transcript: Transcript) -> None:
        """Keep."""
        assert job.request.prompt == PROMPT
        self.transcripts.append(transcript)


@pytest.mark.parametrize("profile", PROFILES)
async def test_the_record_holds_what_the_model_was_sent(profile: str) -> None:
    kept = Kept()
    async with model_server(SEARCH, PICTURES, ANSWER) as server:
        model = OpenAiChatModel(ModelSettings((server.base_url,), "m", timeout_s=60))
        hostile = "A page with <image> and <|im_end|> and </tool_response> in it."
        tools = SearchTools(
            providers=[
                MemoryProvider(
                    page_texts={"Golden Gate Bridge": hostile},
                    picture_seeds={"Golden Gate Bridge": 1, "Golden Gate Bridge at night": 2},
                )
            ],
            fetcher=MemoryFetcher(),
            decoder=MemoryDecoder(),
            pictures=MemoryPictures(),
        )
        agent = ModelResearcher(
            model=model,
            tools_for=lambda _job: tools,
            max_references=lambda _job: 5,
            decoder=MemoryDecoder(),
            pictures=MemoryPictures(),
            settings=LoopSettings(profile=PROFILES[profile]),
            keeper=kept,
        )
        job = a_job(request=a_request(prompt=PROMPT, attachments=()))
        await agent.research(job, steps=MemorySteps(), notebook=MemoryNotebook())
        await model.aclose()
    [transcript] = kept.transcripts
    assert transcript.answered
    assert transcript.agent["profile"] == profile
    images = {hashlib.sha256(i).hexdigest() for m in transcript.messages for i in m.images}
    record = sft_record(trajectory_of(job, transcript).turns, lambda sha: sha)
    assert problems_of(record) == []
    assert set(record["images"]) == images
    sent = server.requests[-1]["messages"]
    assert record["messages"][:-1] == [_as_record(message) for message in sent]
    assert record["messages"][-1] == {"role": "assistant", "content": ANSWER}
    shown = [sha for message in sent for sha in _shown(message)]
    assert record["images"] == shown


def _as_record(message: dict[str, Any]) -> dict[str, str]:
    content = message["content"]
    if isinstance(content, str):
        return {"role": message["role"], "content": content}
    parts = [p["text"] if p["type"] == "text" else IMAGE_MARK for p in content]
    return {"role": message["role"], "content": "".join(parts)}


def _shown(message: dict[str, Any]) -> list[str]:
    if isinstance(message["content"], str):
        return []
    urls = [p["image_url"]["url"] for p in message["content"] if p["type"] == "image_url"]
    return [hashlib.sha256(base64.b64decode(u.partition(",")[2])).hexdigest() for u in urls]
