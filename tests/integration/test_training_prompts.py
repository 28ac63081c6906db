"""Requests to train on: of people and of a model, none twice and none of a benchmark; and the jobs
that make trajectories of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent.ports import Completion, Message
from app import database
from app.settings import load_settings
from storage.unit_of_work import SqlStore
from tests.fakes.model_server import Messages, model_server
from tests.fakes.training_world import learnable_turns
from training.data.collect import collect
from training.data.prompts import (
    CATEGORIES,
    DIFFICULTIES,
    PromptSet,
    from_model,
    read_prompts,
    write_prompts,
)
from training.data.trajectories import make_trajectories


class Thinker:
    """Thinks of numbered requests, one of which is a benchmark's, and of some twice."""

    def __init__(self) -> None:
        self.asked = 0

    async def complete(self, messages: Sequence[Message], **_named: Any) -> Completion:
        """A JSON array in prose."""
        self.asked += 1
        about = messages[1].text.split("category: ")[1].split(";")[0]
        texts = ["The planted request of the benchmark", 7, "  "]
        texts += [f"{about} number {self.asked * 10 + n}: {'xyzw' * (n + 1)}" for n in range(3)]
        return Completion(f"<think>Hm.</think>Here: {json.dumps(texts + texts[3:4])}")


async def test_a_model_thinks_of_requests_that_are_new(tmp_path: Path) -> None:
    prompts = PromptSet({"knowgen": ["The planted request of the benchmark."]})
    assert prompts.take("Draw Dame Wick for ann@example.net", "request")
    await from_model(Thinker(), prompts, 100)
    assert len(prompts.prompts) == 100
    assert prompts.prompts[0].prompt == "Draw Dame Wick for person1@example.org"
    assert {p.category for p in prompts.prompts[1:]} <= set(CATEGORIES)
    assert {p.difficulty for p in prompts.prompts[1:]} == set(DIFFICULTIES)
    assert len({p.prompt for p in prompts.prompts}) == 100
    assert prompts.left_out["benchmark: knowgen"] > 1
    assert prompts.left_out["duplicate"] > 1
    write_prompts(tmp_path / "prompts.jsonl", prompts.prompts)
    assert read_prompts(tmp_path / "prompts.jsonl") == prompts.prompts


async def test_requests_are_run_once_and_their_conversations_kept(tmp_path: Path) -> None:
    def said(messages: Messages) -> str:
        turns = sum(message["role"] == "assistant" for message in messages)
        return learnable_turns("", turns)

    prompts = PromptSet({})
    for name in ("Dulverine", "Orrin"):
        prompts.take(f"The {name} at the harbour", "request")
    async with model_server(said) as server:
        settings = load_settings(
            data_dir=tmp_path / "own",
            model_base_url=server.base_url,
            model_name="m",
            agent_profile="limner",
            search_providers="library",
            judge_claims=False,
            check_pictures=False,
        )
        for _ in range(2):
            ended = await make_trajectories(settings, prompts.prompts, tmp_path / "made")
            assert ended == {"done": 2}
    engine = await database.opened(load_settings(data_dir=tmp_path / "made"))
    try:
        found = [candidate async for candidate in collect(SqlStore(engine))]
    finally:
        await engine.dispose()
    assert sorted(c.question for c in found) == [p.prompt for p in prompts.prompts]
    assert all(len(c.turns) >= 5 for c in found)
    assert not (tmp_path / "own").exists()
