"""The recipe for verl: GRPO on a cluster, with Limner's own loop as the environment.

Asynchronous rollouts on vLLM, parameters spread by FSDP. The values are Gen-Searcher's (arXiv
2603.28767): learning rate 1e-6, 8 questions and 6 rollouts a step, clip at 0.2 and 0.28, no KL
term, temperature 0.7, top-p 0.95, five epochs. Rollouts go through
:mod:`training.recipes.verl_loop`.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.data.shards import json_line
from training.data.splits import HELD_OUT, TRAIN, Part
from training.recipes.llama_factory import yaml_of
from training.records import CUTOFF_TOKENS
from training.trainers.conversations import read_records

AGENT = "limner"
OVERRIDES = "grpo.overrides"
LOOP = "agent_loop.yaml"
PROMPT_TOKENS = 4096


def overrides(
    *, data: Sequence[Path], out: Path, model: str, group: int, batch: int, gpus: int = 8
) -> dict[str, Any]:
    """The changes to verl's ``ppo_trainer``, by its own names; ``data`` is train and held-out."""
    rollout = "actor_rollout_ref.rollout"
    actor = "actor_rollout_ref.actor"
    return {
        "algorithm.adv_estimator": "grpo",
        "algorithm.use_kl_in_reward": False,
        "data.train_files": str(data[0]),
        "data.val_files": str(data[1]),
        "data.prompt_key": "prompt",
        "data.train_batch_size": batch,
        "data.max_prompt_length": PROMPT_TOKENS,
        "data.max_response_length": CUTOFF_TOKENS - PROMPT_TOKENS,
        "data.return_raw_chat": True,
        "actor_rollout_ref.model.path": model,
        "actor_rollout_ref.model.enable_gradient_checkpointing": True,
        f"{actor}.strategy": "fsdp2",
        f"{actor}.optim.lr": 1e-6,
        f"{actor}.freeze_vision_tower": True,
        f"{actor}.ppo_mini_batch_size": batch,
        f"{actor}.ppo_micro_batch_size_per_gpu": 1,
        f"{actor}.clip_ratio_low": 0.2,
        f"{actor}.clip_ratio_high": 0.28,
        f"{actor}.use_kl_loss": False,
        f"{actor}.entropy_coeff": 0,
        f"{actor}.loss_agg_mode": "token-mean",
        f"{rollout}.name": "vllm",
        f"{rollout}.mode": "async",
        f"{rollout}.n": group,
        f"{rollout}.temperature": 0.7,
        f"{rollout}.top_p": 0.95,
        f"{rollout}.tensor_model_parallel_size": 1,
        f"{rollout}.gpu_memory_utilization": 0.5,
        f"{rollout}.max_model_len": CUTOFF_TOKENS,
        f"{rollout}.log_prob_micro_batch_size_per_gpu": 1,
        f"{rollout}.multi_turn.enable": True,
        f"{rollout}.agent.default_agent_loop": AGENT,
        f"{rollout}.agent.agent_loop_config_path": str(out / LOOP),
        "trainer.n_gpus_per_node": gpus,
        "trainer.nnodes": 1,
        "trainer.total_epochs": 5,
        "trainer.save_freq": 20,
        "trainer.test_freq": 20,
        "trainer.project_name": "limner",
        "trainer.experiment_name": "grpo",
        "trainer.default_local_dir": str(out / "checkpoints"),
        "trainer.logger": ["console"],
    }


def write(
    out: Path,
    *,
    data: Path,
    model: str,
    group: int,
    batch: int,
    environment: Mapping[str, Any],
) -> list[Path]:
    """Write the questions as verl reads them, the overrides and the loop's configuration;
    ``environment`` are the options of the loop."""
    out.mkdir(parents=True, exist_ok=True)
    files = [out / "train.jsonl", out / "held-out.jsonl", out / OVERRIDES, out / LOOP]
    parts: tuple[Part, Part] = (TRAIN, HELD_OUT)
    for file, part in zip(files, parts, strict=False):
        place = data / "rl" / part
        found = read_records([place]) if place.is_dir() else iter(())
        file.write_bytes(b"".join(json_line(question_row(each, data)) for each in found))
    values = overrides(
        data=[file.resolve() for file in files[:2]],
        out=out.resolve(),
        model=model,
        group=group,
        batch=batch,
    )
    files[2].write_text("\n".join(as_override(*each) for each in values.items()) + "\n")
    loop = {
        "name": AGENT,
        "_target_": "training.recipes.verl_loop.LimnerAgentLoop",
        **environment,
    }
    text = yaml_of(loop).splitlines()
    files[3].write_text("- " + "\n  ".join(text) + "\n", encoding="utf-8")
    return files


def question_row(record: Mapping[str, Any], data: Path) -> dict[str, Any]:
    """A question as verl's dataset reads it; the loop takes what it needs from ``extra_info``."""
    return {
        "data_source": "limner",
        "prompt": [{"role": "user", "content": record["question"]}],
        "agent_name": AGENT,
        "reward_model": {"style": "rule", "ground_truth": ""},
        "extra_info": {
            "id": record["id"],
            "question": record["question"],
            "gt_image": str((data / record["gt_image"]).resolve()),
        },
    }


def as_override(name: str, value: Any) -> str:
    """A value as Hydra's command line takes it."""
    return f"{name}={json.dumps(value)}"


def command(out: Path) -> str:
    """The command that starts the training, on the first machine of a Ray cluster."""
    file = shlex.quote(str(out / OVERRIDES))
    return f"xargs -d '\\n' -a {file} python -m verl.trainer.main_ppo"
