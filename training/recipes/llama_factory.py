"""The supervised recipe for LLaMA-Factory, on one or more machines with GPUs.

The values are Gen-Searcher's (arXiv 2603.28767): a full fine-tune with vision tower and projector
frozen, learning rate 1e-5, two epochs, cosine with a warm-up of 2 %, 32,768 tokens, 160,000 pixels.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.records import CUTOFF_TOKENS, MAX_PIXELS
from training.trainers.conversations import read_records

RECIPE = "sft.yaml"
GPUS = 8
EPOCHS, WARMUP = 2.0, 0.02
ZERO = "zero3.json"
"""DeepSpeed's configuration: parameters, gradients and optimizer are spread over all GPUs."""


def recipe(*, data: Path, out: Path, model: str, gpus: int = GPUS) -> dict[str, Any]:
    """The configuration, by LLaMA-Factory's own names."""
    return {
        "model_name_or_path": model,
        "image_max_pixels": MAX_PIXELS,
        "stage": "sft",
        "do_train": True,
        "finetuning_type": "full",
        "freeze_vision_tower": True,
        "freeze_multi_modal_projector": True,
        "deepspeed": str(out / ZERO),
        "dataset": "limner_sft_train",
        "eval_dataset": "limner_sft_held_out",
        "dataset_dir": str(data),
        "media_dir": str(data),
        "template": "qwen3_vl_nothink",
        "cutoff_len": CUTOFF_TOKENS,
        "preprocessing_num_workers": 16,
        "output_dir": str(out / "model"),
        "logging_steps": 1,
        "save_steps": 500,
        "save_total_limit": 3,
        "eval_strategy": "epoch",
        "per_device_train_batch_size": 1,
        "per_device_eval_batch_size": 1,
        "gradient_accumulation_steps": 1,
        "learning_rate": 1.0e-5,
        "weight_decay": 1.0e-6,
        "num_train_epochs": EPOCHS,
        "lr_scheduler_type": "cosine",
        "warmup_steps": warmup_steps(data, gpus=gpus),
        "bf16": True,
        "flash_attn": "fa2",
        "report_to": "none",
    }


def warmup_steps(data: Path, *, gpus: int) -> int:
    """Two per cent of the steps, in steps: releases of transformers differ in how a share is
    written."""
    records = sum(1 for _ in read_records([data / "sft" / "train"]))
    return max(1, round(WARMUP * EPOCHS * records / gpus))


def zero3() -> dict[str, Any]:
    """DeepSpeed's third stage; "auto" takes what the recipe says."""
    auto = "auto"
    return {
        "train_batch_size": auto,
        "train_micro_batch_size_per_gpu": auto,
        "gradient_accumulation_steps": auto,
        "gradient_clipping": auto,
        "zero_allow_untested_optimizer": True,
        "bf16": {"enabled": auto},
        "zero_optimization": {
            "stage": 3,
            "overlap_comm": False,
            "contiguous_gradients": True,
            "stage3_gather_16bit_weights_on_model_save": True,
        },
    }


def write(
    out: Path, *, data: Path, model: str, changes: Mapping[str, Any] | None = None
) -> list[Path]:
    """Write the recipe and DeepSpeed's configuration; gives the files."""
    out.mkdir(parents=True, exist_ok=True)
    values = {**recipe(data=data.resolve(), out=out.resolve(), model=model), **(changes or {})}
    if not (data / "sft" / "held-out").is_dir():
        values.pop("eval_dataset")
        values["eval_strategy"] = "no"
    files = [out / RECIPE, out / ZERO]
    files[0].write_text(yaml_of(values), encoding="utf-8")
    files[1].write_text(json.dumps(zero3(), indent=1) + "\n", encoding="utf-8")
    return files


def command(out: Path) -> str:
    """The command that starts the training."""
    return f"llamafactory-cli train {shlex.quote(str(out / RECIPE))}"


def yaml_of(values: Mapping[str, Any]) -> str:
    """Plain values as YAML."""
    return "".join(f"{name}: {_scalar(value)}\n" for name, value in values.items())


def _scalar(value: Any) -> str:
    """A value as JSON, which YAML understands, but for numbers such as ``1e-05``: YAML 1.1 takes
    them for texts unless they have a point."""
    text = json.dumps(value)
    if isinstance(value, float) and "e" in text and "." not in text:
        return text.replace("e", ".0e", 1)
    return text
