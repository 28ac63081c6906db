"""Rollouts on disk: records that trainers read, with pictures, and what each was worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from training.advantages import advantages
from training.data.shards import image_file, json_line, write_image
from training.environment import Rollout
from training.records import sft_record


def write_rollouts(
    folder: Path, groups: Mapping[str, Sequence[Rollout]], *, name: str = "rollouts"
) -> Path:
    """Write the rollouts of all groups with their advantages; gives the file. What is masked is
    written too, so that it can be looked at, with an advantage of 0."""
    lines: list[bytes] = []
    for group in groups.values():
        worth = advantages([rollout.scored for rollout in group])
        for rollout, advantage in zip(group, worth, strict=True):
            lines.append(json_line(record_of(folder, rollout, advantage)))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.jsonl"
    draft = file.with_suffix(".draft")
    draft.write_bytes(b"".join(lines))
    draft.replace(file)
    return file


def record_of(folder: Path, rollout: Rollout, advantage: float) -> dict[str, Any]:
    """The record of a rollout, whose pictures are written below the folder."""
    names: dict[str, str] = {}
    for sha, data in rollout.images.items():
        names[sha] = image_file(sha, data)
        write_image(folder, names[sha], data)
    return {
        **sft_record(rollout.turns, names.__getitem__),
        "id": rollout.question_id,
        "number": rollout.number,
        "advantage": round(advantage, 6),
        "reward": rollout.reward.value,
        "image_reward": rollout.reward.image,
        "text_reward": rollout.reward.text,
        "mask": rollout.mask.value,
        "calls": rollout.calls,
        "references": rollout.references,
        "failure": rollout.failure or rollout.reward.why,
    }


def summary(groups: Mapping[str, Sequence[Rollout]]) -> dict[str, Any]:
    """The figures of a round: mean reward of what counts, and how many are masked and why."""
    every = [rollout for group in groups.values() for rollout in group]
    rewards = [value for r in every if r.scored.counts and (value := r.reward.value) is not None]
    masked: dict[str, int] = {}
    for rollout in every:
        if rollout.mask:
            masked[rollout.mask.value] = masked.get(rollout.mask.value, 0) + 1
    return {
        "rollouts": len(every),
        "counting": len(rewards),
        "reward": round(fmean(rewards), 5) if rewards else None,
        "with_references": sum(r.references > 0 for r in every),
        "masked": masked,
    }
