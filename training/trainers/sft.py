"""Supervised fine-tuning on ShareGPT records: ``python -m training.trainers.sft CONFIG.json``.

As Gen-Searcher was trained (arXiv 2603.28767): all of the language model, vision tower and
projector frozen, learning rate 1e-5 with cosine and a warm-up of 2 %, two epochs. The loss counts
the agent's own turns alone. For one process; clusters use the recipe for LLaMA-Factory.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from training.trainers import models
from training.trainers.conversations import Encoded, encode, labels_of, read_records


@dataclass(frozen=True, slots=True)
class SftConfig:
    """``train`` and ``held_out`` are JSONL files or folders, whose pictures lie below ``root``.
    ``batch`` records make one step; ``max_steps`` ends earlier than ``epochs`` where it is not
    0."""

    model: str
    out: str
    root: str
    train: Sequence[str]
    held_out: Sequence[str] = ()
    epochs: float = 2.0
    max_steps: int = 0
    batch: int = 8
    learning_rate: float = 1e-5
    warmup: float = 0.02
    weight_decay: float = 1e-6
    max_grad_norm: float = 1.0
    cutoff: int = 32_768
    save_steps: int = 500
    seed: int = 0
    dtype: str = "bfloat16"
    threads: int = 0


@dataclass
class Report:
    """The result of the training."""

    steps: int = 0
    records: int = 0
    too_long: int = 0
    losses: list[float] = field(default_factory=list[float])
    held_out_before: float | None = None
    held_out_after: float | None = None
    """The mean loss of the first turns of held-out records."""
    learning: int = 0
    frozen: int = 0


def train(config: SftConfig) -> Report:
    """Train, from the latest checkpoint on where there is one; the result is ``OUT/final``."""
    import torch

    if config.threads:
        torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    out, root = Path(config.out), Path(config.root)
    begun = models.latest(out)
    model, processor = models.load(begun or Path(config.model), dtype=config.dtype)
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    report = Report()
    report.learning, report.frozen = models.freeze(model)
    # Without it a long trajectory of an 8B model does not fit on a GPU.
    model.gradient_checkpointing_enable() if torch.cuda.is_available() else None
    records = list(read_records([Path(f) for f in config.train]))
    report.records = len(records)
    held = list(read_records([Path(f) for f in config.held_out]))[:200]
    total = math.ceil(len(records) * config.epochs / config.batch)
    total = min(total, config.max_steps) if config.max_steps else total
    learned = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        learned, lr=config.learning_rate, weight_decay=config.weight_decay
    )

    def rate(step: int) -> float:
        return cosine(step, total, config.warmup)

    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    if begun is not None:
        state = models.load_state(begun, optimizer, scheduler)
        report.steps, report.losses = state["steps"], state["losses"]
        report.held_out_before = state["held_out_before"]
    else:
        report.held_out_before = first_turn_loss(model, processor, held, root, config.cutoff)
    order = shuffled(len(records), total * config.batch, config.seed)
    model.train()
    while report.steps < total:
        batch = order[report.steps * config.batch : (report.steps + 1) * config.batch]
        loss = _step(model, processor, [records[n] for n in batch], root, config, report)
        torch.nn.utils.clip_grad_norm_(learned, config.max_grad_norm)
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad(set_to_none=True)
        report.steps += 1
        report.losses.append(round(loss, 5))
        print(json.dumps({"step": report.steps, "of": total, "loss": report.losses[-1]}))
        if report.steps % config.save_steps == 0 and report.steps < total:
            place = out / f"checkpoint-{report.steps}"
            models.save(model, processor, place)
            models.save_state(place, optimizer, scheduler, asdict(report))
    report.held_out_after = first_turn_loss(model, processor, held, root, config.cutoff)
    models.save(model, processor, out / "final")
    (out / "report.json").write_text(json.dumps(asdict(report), indent=1), encoding="utf-8")
    return report


def _step(
    model: Any,
    processor: Any,
    records: Sequence[dict[str, Any]],
    root: Path,
    config: SftConfig,
    report: Report,
) -> float:
    """Add up the gradients of a batch; each of its tokens counts the same. Gives the mean loss."""
    encoded = [encode(processor, record, root, cutoff=config.cutoff) for record in records]
    report.too_long += sum(each is None for each in encoded)
    known = [each for each in encoded if each is not None and each.spans]
    tokens = sum(last - first for each in known for first, last in each.spans)
    total = 0.0
    for each in known:
        loss = summed_loss(model, each) / max(1, tokens)
        loss.backward()
        total += float(loss.detach())
    return total


def summed_loss(model: Any, encoded: Encoded, *, first_turn_only: bool = False) -> Any:
    """The sum of the losses of the agent's tokens."""
    import torch

    device = next(model.parameters()).device
    inputs = {name: value.to(device) for name, value in encoded.inputs.items()}
    logits = model(**inputs, use_cache=False).logits[0, :-1].float()
    labels = labels_of(encoded, first_turn_only=first_turn_only)[0, 1:].to(device)
    return torch.nn.functional.cross_entropy(logits, labels, ignore_index=-100, reduction="sum")


def first_turn_loss(
    model: Any, processor: Any, records: Sequence[dict[str, Any]], root: Path, cutoff: int
) -> float | None:
    """The mean loss of the tokens of the first turns; None without records."""
    import torch

    total, tokens = 0.0, 0
    model.eval()
    with torch.no_grad():
        for record in records:
            encoded = encode(processor, record, root, cutoff=cutoff)
            if encoded is None or not encoded.spans:
                continue
            total += float(summed_loss(model, encoded, first_turn_only=True))
            first, last = encoded.spans[0]
            tokens += last - first
    model.train()
    return round(total / tokens, 5) if tokens else None


def cosine(step: int, total: int, warmup: float) -> float:
    """The share of the learning rate at a step: up in the first part, then a half cosine down."""
    ahead = max(1, round(total * warmup))
    if step < ahead:
        return (step + 1) / ahead
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - ahead) / max(1, total - ahead))))


def shuffled(count: int, wanted: int, seed: int) -> list[int]:
    """The numbers below ``count`` in a new order each time round, until there are enough."""
    chance = random.Random(seed)  # noqa: S311 - an order, no secret
    order: list[int] = []
    while count and len(order) < wanted:
        some = list(range(count))
        chance.shuffle(some)
        order += some
    return order[:wanted]


def main(arguments: Sequence[str]) -> None:
    """Train as a configuration file says."""
    config = SftConfig(**json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    print(json.dumps(asdict(train(config))))


if __name__ == "__main__":
    main(sys.argv[1:])
