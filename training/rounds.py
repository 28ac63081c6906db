"""Rounds of rejection sampling and of reinforcement learning: rollouts, what to learn, an update.

Each round is a folder; one that was finished is not done again, so that a killed training goes on.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.ports import ChatModel
from training.data.shards import json_line
from training.environment import Environment, Question, Rollout
from training.programs import run_trainer
from training.rollout_files import record_of, summary, write_rollouts
from training.selection import LEAST_GAIN, LEAST_REWARD, select

GROUP = 6
BATCH = 8
TEMPERATURE, TOP_P = 0.7, 0.95
DONE = "round.json"

Serve = Callable[[Path], AbstractAsyncContextManager[ChatModel]]
"""A served checkpoint."""


@dataclass(frozen=True, slots=True)
class Trainer:
    """``python`` is an interpreter with torch; ``options`` change the trainer's own defaults."""

    python: str
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Sampling:
    """The number of rollouts of each question, and of questions that make one update."""

    group: int = GROUP
    batch: int = BATCH


async def sample(
    environment: Environment, model: ChatModel, questions: Sequence[Question], group: int
) -> dict[str, list[Rollout]]:
    """The rollouts of all questions; the environment bounds how many run at once."""
    found = await asyncio.gather(*(environment.group(model, q, group) for q in questions))
    return {q.id: rollouts for q, rollouts in zip(questions, found, strict=True)}


async def rejection_sampling(
    environment: Environment,
    serve: Serve,
    checkpoint: Path,
    questions: Sequence[Question],
    out: Path,
    *,
    trainer: Trainer,
    sampling: Sampling = Sampling(),
    least_gain: float = LEAST_GAIN,
    least_reward: float = LEAST_REWARD,
) -> dict[str, Any]:
    """One round of RFT: learn from the rollouts in which research helped. The new checkpoint is
    ``OUT/model/final``; none is made where nothing was taken.

    Raises:
        TrainingFailed: The server or the trainer failed.
    """
    if (out / DONE).is_file():
        return _finished(out)
    async with serve(checkpoint) as model:
        groups = await sample(environment, model, questions, sampling.group)
    bare = await asyncio.gather(*(environment.baseline(question) for question in questions))
    baselines = {q.id: reward.value for q, reward in zip(questions, bare, strict=True)}
    chosen = select(groups, baselines, least_gain=least_gain, least_reward=least_reward)
    report: dict[str, Any] = {
        "kind": "rft",
        **summary(groups),
        "baseline": _mean([value for value in baselines.values() if value is not None]),
        "taken": len(chosen.taken),
        "left_out": dict(chosen.left_out),
    }
    write_rollouts(out, groups)
    taken = out / "taken.jsonl"
    taken.write_bytes(b"".join(json_line(record_of(out, each, 0.0)) for each in chosen.taken))
    if chosen.taken:
        config = {
            "model": str(checkpoint),
            "out": str(out / "model"),
            "root": str(out),
            "train": [str(taken)],
            **trainer.options,
        }
        report["training"] = await run_trainer("sft", config, out, python=trainer.python)
        report["checkpoint"] = str(out / "model" / "final")
    return _written(out, report)


async def reinforcement(
    environment: Environment,
    serve: Serve,
    checkpoint: Path,
    questions: Sequence[Question],
    out: Path,
    *,
    steps: int,
    trainer: Trainer,
    sampling: Sampling = Sampling(),
    on_report: Callable[[Mapping[str, Any]], None] = lambda _report: None,
) -> list[dict[str, Any]]:
    """So many steps of GRPO, each on the rollouts of the checkpoint before it.

    Raises:
        TrainingFailed: A server or a trainer failed.
    """
    reports: list[dict[str, Any]] = []
    current, state = checkpoint, ""
    for step in range(steps):
        place = out / f"step-{step:04d}"
        if not (place / DONE).is_file():
            first = step * sampling.batch
            batch = [questions[n % len(questions)] for n in range(first, first + sampling.batch)]
            batch = list({question.id: question for question in batch}.values())
            async with serve(current) as model:
                groups = await sample(environment, model, batch, sampling.group)
            rollouts = write_rollouts(place, groups)
            config = {
                "model": str(current),
                "out": str(place / "model"),
                "root": str(place),
                "rollouts": [str(rollouts)],
                "state": state,
                "temperature": TEMPERATURE,
                **trainer.options,
            }
            training = await run_trainer("grpo", config, place, python=trainer.python)
            report = {"kind": "grpo", "step": step, **summary(groups), "training": training}
            _written(place, {**report, "checkpoint": str(place / "model")})
        reports.append(_finished(place))
        on_report(reports[-1])
        current, state = place / "model", str(place / "model")
    return reports


def _finished(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / DONE).read_text(encoding="utf-8"))
    return found


def _written(folder: Path, report: dict[str, Any]) -> dict[str, Any]:
    (folder / DONE).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return report


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 5) if values else None
