"""The agent on a real vLLM: streaming, pictures in the request, and the protocol's grammar, with
which even random weights follow the protocol, so that whole trajectories run."""

from __future__ import annotations

import asyncio
import platform
from pathlib import Path
from typing import Any

import pytest

from agent.model_clients.chat import ModelSettings, OpenAiChatModel
from agent.ports import Message
from agent.research.loop import LoopSettings, ModelResearcher
from agent.research.protocol import answer_grammar, read_turn, turn_grammar
from agent.research.tools import SearchTools
from app.application import open_application
from app.settings import load_settings
from domain.errors import ModelUnavailable
from domain.requests import LOCAL_WORKSPACE, Destination, JobStatus, Request
from domain.research import Research
from evaluation.peers.values import a_job, a_request
from tests.fakes.search import (
    MemoryDecoder,
    MemoryFetcher,
    MemoryNotebook,
    MemoryPictures,
    MemoryProvider,
    MemorySteps,
)
from tests.fakes.web import picture

SHORT: dict[str, Any] = {"thought": 40, "text": 12, "prompt": 80}


def a_model(base_url: str, *, temperature: float = 0.0, top_p: float = 1.0) -> OpenAiChatModel:
    return OpenAiChatModel(
        ModelSettings((base_url,), "tiny", timeout_s=100, temperature=temperature, top_p=top_p)
    )


async def trajectory(base_url: str, *, job_number: int) -> Research:
    """One whole trajectory of the model under its grammar."""
    tools = SearchTools(
        providers=[MemoryProvider(picture_seeds={"x": 1}, page_texts={"x": "A page."})],
        fetcher=MemoryFetcher(),
        decoder=MemoryDecoder(),
        pictures=MemoryPictures(),
    )
    model = a_model(base_url, temperature=1.0, top_p=1.0)
    agent = ModelResearcher(
        model=model,
        tools_for=lambda _job: tools,
        max_references=lambda _job: 5,
        decoder=MemoryDecoder(),
        pictures=MemoryPictures(),
        settings=LoopSettings(
            max_new_tokens=1000,
            turn_grammar=turn_grammar(**SHORT),
            answer_grammar=answer_grammar(**SHORT),
        ),
    )
    job = a_job(request=a_request(prompt=f"the Bridge {job_number}", attachments=()))
    try:
        return await agent.research(job, steps=MemorySteps(), notebook=MemoryNotebook())
    finally:
        await model.aclose()


async def test_an_answer_is_streamed(model_base_url: str) -> None:
    model = a_model(model_base_url, temperature=1.0)
    pieces: list[str] = []

    async def on_text(text: str) -> None:
        pieces.append(text)

    completion = await model.complete([Message("user", "hello")], max_tokens=32, on_text=on_text)
    await model.aclose()
    assert completion.prompt_tokens > 0
    assert completion.completion_tokens <= 32
    if completion.text:
        assert pieces[-1] == completion.text


async def test_pictures_in_the_request_are_seen(model_base_url: str) -> None:
    model = a_model(model_base_url)
    plain = await model.complete([Message("user", "what?")], max_tokens=4)
    shown = await model.complete(
        [Message("user", "what?", (picture(1), picture(2, kind="PNG")))], max_tokens=4
    )
    await model.aclose()
    # 320 x 240 pixels are 10 x 8 patches of 32 pixels (the height is rounded up to 256).
    assert shown.prompt_tokens - plain.prompt_tokens >= 2 * 70


async def test_a_turn_that_is_too_long_is_reported(model_base_url: str) -> None:
    model = a_model(model_base_url)
    completion = await model.complete(
        [Message("user", "x")], max_tokens=8, grammar=turn_grammar(**SHORT)
    )
    await model.aclose()
    assert completion.truncated
    assert completion.text.startswith("<think>")


async def test_with_the_grammar_random_weights_speak_the_protocol(model_base_url: str) -> None:
    model = a_model(model_base_url, temperature=1.0, top_p=1.0)

    async def say(number: int, grammar: str) -> str:
        asked = [Message("user", f"turn {number}")]
        return (await model.complete(asked, max_tokens=1000, grammar=grammar)).text

    turns = await asyncio.gather(*(say(n, turn_grammar(**SHORT)) for n in range(6)))
    answers = await asyncio.gather(*(say(n, answer_grammar(**SHORT)) for n in range(2)))
    await model.aclose()
    for text in turns:
        turn = read_turn(text)
        assert (turn.call is None) != (turn.answer is None)
    assert all(read_turn(text).answer is not None for text in answers)


async def test_whole_trajectories_run_and_end_with_a_grounded_prompt(model_base_url: str) -> None:
    for number in range(2):
        research = await trajectory(model_base_url, job_number=number)
        assert research.grounded.text
        assert len(research.hops) <= 8
        assert not any("Research used fixed rules" in note for note in research.notes)


async def test_a_request_the_server_refuses_is_reported_and_not_repeated(
    model_base_url: str,
) -> None:
    model = OpenAiChatModel(ModelSettings((model_base_url,), "another-model", timeout_s=20))
    with pytest.raises(ModelUnavailable, match="refused the request") as refusal:
        await model.complete([Message("user", "x")], max_tokens=4)
    assert not refusal.value.retryable
    await model.aclose()


async def test_a_job_runs_on_the_model_from_request_to_picture(
    model_base_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole of Limner; without the grammar noise is no turn, so the planner ends the work."""
    settings = load_settings(
        data_dir=tmp_path / "data",
        model_base_url=model_base_url,
        model_name="tiny",
        model_max_tokens=64,
        search_providers="library",
    )
    out = tmp_path / "picture.png"
    request = Request.checked(
        "the Golden Gate Bridge",
        workspace_id=LOCAL_WORKSPACE,
        member_id="m1",
        destination=Destination("terminal", platform.node(), str(out)),
    )
    async with open_application(settings) as application:
        job = await application.job_service.submit(request, event_key="e1")
        async for _event in application.job_service.follow(LOCAL_WORKSPACE, job.id):
            pass
        view = await application.job_service.view(LOCAL_WORKSPACE, job.id)
    assert view.job.status is JobStatus.DONE
    assert out.exists()
    assert any(
        note.startswith("The research model gave no usable answer.") for note in view.job.notes
    ), view.job.notes


async def test_the_grammar_in_its_full_size_is_taken_too(model_base_url: str) -> None:
    model = a_model(model_base_url)
    asked = [Message("user", "x")]
    for grammar in (turn_grammar(), answer_grammar()):
        completion = await model.complete(asked, max_tokens=12, grammar=grammar)
        assert completion.text.startswith("<think>")
    await model.aclose()
