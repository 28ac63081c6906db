"""Loading, freezing and saving a vision-language model with its processor."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

STATE = "trainer.json"
OPTIMIZER = "optimizer.pt"
FROZEN = ("visual",)
"""Parts of a name by which vision tower and projector are known; both stay as they are."""


def load(folder: Path, *, dtype: str) -> tuple[Any, Any]:
    """The model and its processor."""
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor

    model = AutoModelForImageTextToText.from_pretrained(
        str(folder), dtype=getattr(torch, dtype), local_files_only=folder.exists()
    )
    processor = AutoProcessor.from_pretrained(str(folder), local_files_only=folder.exists())
    return model, processor


def freeze(model: Any) -> tuple[int, int]:
    """Freeze vision tower and projector; gives how many parameters learn and how many do not."""
    learning = frozen = 0
    for name, parameter in model.named_parameters():
        fixed = any(part in name.split(".") for part in FROZEN)
        parameter.requires_grad_(not fixed)
        if fixed:
            frozen += parameter.numel()
        else:
            learning += parameter.numel()
    return learning, frozen


def save(model: Any, processor: Any, folder: Path) -> None:
    """Write a checkpoint that a server loads, whole or not at all."""
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    model.save_pretrained(str(draft))
    processor.save_pretrained(str(draft))
    shutil.rmtree(folder, ignore_errors=True)
    draft.replace(folder)


def save_state(folder: Path, optimizer: Any, scheduler: Any, state: Mapping[str, Any]) -> None:
    """Write what is needed to go on from a checkpoint."""
    import torch

    torch.save(
        {"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()},
        folder / OPTIMIZER,
    )
    (folder / STATE).write_text(json.dumps(dict(state)), encoding="utf-8")


def load_state(folder: Path, optimizer: Any, scheduler: Any) -> dict[str, Any]:
    """Take up a checkpoint's state."""
    import torch

    kept = torch.load(folder / OPTIMIZER, weights_only=True)
    optimizer.load_state_dict(kept["optimizer"])
    scheduler.load_state_dict(kept["scheduler"])
    found: dict[str, Any] = json.loads((folder / STATE).read_text(encoding="utf-8"))
    return found


def latest(folder: Path) -> Path | None:
    """The newest complete checkpoint below a folder."""
    found = [
        (int(place.name.rpartition("-")[2]), place)
        for place in folder.glob("checkpoint-*")
        if (place / STATE).is_file()
    ]
    return max(found)[1] if found else None
