"""From jobs that people liked to an agent that is promoted, with a tiny model on the CPU: data,
supervised training, rejection sampling, reinforcement, comparison and decision."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.model_clients.chat import ModelSettings, OpenAiChatModel
from agent.ports import ChatModel
from agent.profiles.limner import LIMNER
from agent.research.loop import LoopSettings
from agent.research.protocol import answer_grammar, turn_grammar
from app import database
from app.settings import load_settings
from domain.errors import NotPossibleNow
from domain.training import CheckpointState
from storage.checkpoints import SqlCheckpointStore
from tests.fakes.training_world import (
    NAMES,
    ScriptedAgent,
    environment,
    poor_turns,
)
from tests.models.conftest import QUIET
from tests.train.product import PROMPT, exported, jobs_of
from training.comparison import Compared, compare
from training.data.splits import HELD_OUT, TRAIN
from training.environment import Environment, Question
from training.programs import run_trainer
from training.promotion import OWN, Promotion
from training.questions import read_questions
from training.records import problems_of
from training.replay import SearchArchive
from training.rollout_files import write_rollouts
from training.rounds import Sampling, Trainer, reinforcement, rejection_sampling
from training.serving import served
from training.trainers.conversations import read_records

SHORT: dict[str, Any] = {"thought": 40, "text": 40, "prompt": 80}
LOOP = LoopSettings(
    profile=replace(LIMNER, max_calls=2, max_turns=3),
    template=PROMPT,
    max_new_tokens=400,
    turn_grammar=turn_grammar(**SHORT),
    answer_grammar=answer_grammar(**SHORT),
)
VLLM = (
    *("--dtype", "float32", "--max-model-len", "4096", "--max-num-seqs", "8", "--enforce-eager"),
    *("--limit-mm-per-prompt", '{"image":12,"video":0}'),
)
FAST: dict[str, Any] = {
    "dtype": "float32",
    "threads": 1,
    "batch": 4,
    "epochs": 1000,
    "learning_rate": 5e-3,
}
"""A model of random weights learns at another rate than one of eight billion that knows much."""


class Flywheel:
    """The stages on one folder, with what each took."""

    def __init__(self, folder: Path, python: Path, tiny: Path) -> None:
        self.folder = folder
        self.python = python
        self.tiny = tiny
        self.figures: dict[str, Any] = {}
        self._began = time.monotonic()

    def note(self, name: str, **figures: Any) -> None:
        """Take note of a stage's figures, and print them at once."""
        self.figures[name] = {"at_s": round(time.monotonic() - self._began), **figures}
        print(json.dumps({name: self.figures[name]}), flush=True)

    async def fine_tune(self, name: str, records: Path, root: Path, steps: int) -> dict[str, Any]:
        """Train the tiny model on records; the checkpoint is ``NAME/final``."""
        out = self.folder / name
        config = {
            **FAST,
            "model": str(self.tiny),
            "out": str(out),
            "root": str(root),
            "train": [str(records)],
            "max_steps": steps,
        }
        return await run_trainer("sft", config, out, python=str(self.python))

    def final(self, name: str) -> Path:
        """The checkpoint of a fine-tuning."""
        return self.folder / name / "final"

    def serve(
        self, temperature: float, top_p: float
    ) -> Callable[[Path], AbstractAsyncContextManager[ChatModel]]:
        """Serves checkpoints with that sampling."""

        @asynccontextmanager
        async def serve(checkpoint: Path) -> AsyncGenerator[ChatModel]:
            async with served(
                checkpoint,
                name="tiny",
                vllm=str(self.python.parent / "vllm"),
                log=self.folder / "vllm.log",
                arguments=VLLM,
                environment=QUIET,
            ) as url:
                settings = ModelSettings((url,), "tiny", timeout_s=100)
                model = OpenAiChatModel(replace(settings, temperature=temperature, top_p=top_p))
                try:
                    yield model
                finally:
                    await model.aclose()

        return serve


@pytest.fixture
def flywheel(tmp_path: Path, python: Path, tiny: Path) -> Flywheel:
    return Flywheel(tmp_path, python, tiny)


async def test_from_jobs_to_a_decision(flywheel: Flywheel) -> None:
    settings = await jobs_of(NAMES, flywheel.folder / "installation")
    data = flywheel.folder / "data"
    card, archive = await exported(settings, data, held_out=0.55)
    flywheel.note("data", records=dict(card.parts), searches=len(archive))
    assert not card.left_out, card.left_out
    records = list(read_records([data / "sft" / TRAIN]))
    assert [problems_of(record) for record in records] == [[]] * len(records)
    train = read_questions(data, TRAIN)
    held_out = read_questions(data, HELD_OUT)
    assert len(held_out) >= 5, "the comparison needs five questions"
    assert {q.question for q in train}.isdisjoint(q.question for q in held_out)

    learned = await flywheel.fine_tune("sft", data / "sft" / TRAIN, data, 75)
    losses = learned["losses"]
    flywheel.note("sft", first=losses[0], last=losses[-1], frozen=learned["frozen"])
    assert losses[-1] < 0.6 * losses[0]
    assert learned["frozen"] > 0

    async with environment(archive, loop=LOOP, at_once=8) as world:
        await _rounds(flywheel, world, train)
        await _planted(flywheel, world, archive, data, train)
        await _decided(flywheel, world, held_out)


async def _rounds(flywheel: Flywheel, world: Environment, train: Sequence[Question]) -> None:
    """Rejection sampling and reinforcement from the same checkpoint."""
    start = flywheel.final("sft")
    serve = flywheel.serve(0.7, 0.95)
    trainer = Trainer(str(flywheel.python), {**FAST, "max_steps": 40})
    rft = await rejection_sampling(
        world, serve, start, train[:5], flywheel.folder / "rft",
        trainer=trainer, sampling=Sampling(group=4), least_reward=0.3,
    )  # fmt: skip
    losses = rft.get("training", {}).get("losses", [0.0])
    flywheel.note("rft", **_of(rft), taken=rft["taken"], first=losses[0], last=losses[-1])
    assert rft["counting"] > 0
    if rft["taken"]:
        assert losses[-1] < losses[0]

    options = {"dtype": "float32", "threads": 1, "learning_rate": 1e-4, "updates": 2}
    steps = await reinforcement(
        world, serve, start, train, flywheel.folder / "grpo",
        steps=2, trainer=Trainer(str(flywheel.python), options),
        sampling=Sampling(group=6, batch=3),
    )  # fmt: skip
    for step in steps:
        training = step["training"]
        flywheel.note(f"grpo-{step['step']}", **_of(step), **_of_update(training))
        assert step["counting"] > 0
        if training["used"]:
            # The policy moved towards what was worth more than the rest of its group.
            assert training["moved"] > 0
    assert any(step["training"]["used"] for step in steps)


async def _planted(
    flywheel: Flywheel,
    world: Environment,
    archive: SearchArchive,
    data: Path,
    train: Sequence[Question],
) -> None:
    """A checkpoint that is better than what serves, and one that is worse."""
    better = await flywheel.fine_tune("better", data / "sft" / TRAIN, data, 220)
    poor = {q.id: [await world.rollout(ScriptedAgent(poor_turns), q)] for q in train}
    lessons = write_rollouts(flywheel.folder / "poor", poor)
    worse = await flywheel.fine_tune("worse", lessons, lessons.parent, 80)
    flywheel.note("planted", better=better["losses"][-1], worse=worse["losses"][-1])
    assert len(archive) >= len(NAMES)


async def _decided(flywheel: Flywheel, world: Environment, questions: Sequence[Question]) -> None:
    """One that is better than what serves is promoted; one that is worse than that never is."""
    engine = await database.opened(load_settings(data_dir=flywheel.folder / "agents"))
    promotion = Promotion(SqlCheckpointStore(engine))
    serve = flywheel.serve(LIMNER.temperature, LIMNER.top_p)

    async def made(name: str) -> str:
        place, url = flywheel.final(name), "http://here/v1"
        known = await promotion.register(place, base_urls=[url], model=name, profile="limner")
        return known.id

    better, worse = await made("better"), await made("worse")
    try:
        async with serve(flywheel.final("better")) as candidate:
            async with serve(flywheel.final("sft")) as serving:
                found = await compare(world, serving, candidate, questions, against=OWN, tries=4)
            _noted(flywheel, "better", found)
            assert (await promotion.compared(better, found.comparison)).state is (
                CheckpointState.BETTER
            )
            await promotion.give_share(better, 0.2)
            await promotion.promote(better)
            async with serve(flywheel.final("worse")) as other:
                found = await compare(world, candidate, other, questions, against=better, tries=4)
        _noted(flywheel, "worse", found)
        assert (await promotion.compared(worse, found.comparison)).state is CheckpointState.LOST
        with pytest.raises(NotPossibleNow, match="lost"):
            await promotion.promote(worse)
        flywheel.note("decided", **{each.model: each.state for each in await promotion.all()})
    finally:
        await engine.dispose()


def _noted(flywheel: Flywheel, name: str, found: Compared) -> None:
    c = found.comparison
    flywheel.note(
        f"compare-{name}", serving=found.first, candidate=found.second,
        difference=c.difference, interval=[c.low, c.high], pairs=c.pairs,
    )  # fmt: skip


def _of(report: dict[str, Any]) -> dict[str, Any]:
    kept = ("rollouts", "counting", "reward", "baseline", "with_references", "masked")
    return {name: report[name] for name in kept if name in report}


def _of_update(training: dict[str, Any]) -> dict[str, Any]:
    kept = ("used", "tokens", "losses", "clipped", "gradient_norms", "moved")
    return {name: training[name] for name in kept}
