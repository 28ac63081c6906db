"""One update of GRPO on scored rollouts: ``python -m training.trainers.grpo CONFIG.json``.

Group-relative advantages, clip-higher, no KL term, and a loss in which each of the agent's tokens
counts the same (Shao et al., arXiv 2402.03300; Yu et al., DAPO, arXiv 2503.14476), as Gen-Searcher
was trained: learning rate 1e-6, clip at 0.2 and 0.28, temperature 0.7. Rollouts come from Limner's
own loop; those that are masked have no advantage.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from training.trainers import models
from training.trainers.conversations import Encoded, encode, read_records


@dataclass(frozen=True, slots=True)
class GrpoConfig:
    """``rollouts`` are records with ``messages``, ``images`` below ``root`` and an ``advantage``.
    ``updates`` is how many steps of the optimizer the rollouts are split into; the first is on
    policy, later ones are clipped. ``state`` is an earlier step's result, whose optimizer goes
    on."""

    model: str
    out: str
    root: str
    rollouts: Sequence[str]
    state: str = ""
    learning_rate: float = 1e-6
    clip_low: float = 0.2
    clip_high: float = 0.28
    temperature: float = 0.7
    updates: int = 1
    max_grad_norm: float = 1.0
    cutoff: int = 32_768
    seed: int = 0
    dtype: str = "bfloat16"
    threads: int = 0


@dataclass
class Report:
    """The result of the training."""

    rollouts: int = 0
    used: int = 0
    too_long: int = 0
    tokens: int = 0
    losses: list[float] = field(default_factory=list[float])
    clipped: float = 0.0
    """The share of tokens whose ratio was clipped."""
    gradient_norms: list[float] = field(default_factory=list[float])
    moved: float = 0.0
    """The rise of the objective on these rollouts: the mean of advantage times the change of the
    log probability, after the update."""


def update(config: GrpoConfig) -> Report:
    """Update the model; the result is the folder ``OUT``."""
    import torch

    if config.threads:
        torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    model, processor = models.load(Path(config.model), dtype=config.dtype)
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    models.freeze(model)
    # Dropout would make the new policy another one than the old before anything was learned.
    model.eval()
    report = Report()
    known: list[tuple[Encoded, float]] = []
    for record in read_records([Path(f) for f in config.rollouts]):
        report.rollouts += 1
        advantage = float(record.get("advantage") or 0.0)
        if advantage == 0.0:
            continue
        encoded = encode(processor, record, Path(config.root), cutoff=config.cutoff)
        if encoded is None:
            report.too_long += 1
        elif encoded.spans:
            known.append((encoded, advantage))
    report.used = len(known)
    learned = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=config.learning_rate, weight_decay=0.0)
    if config.state and (Path(config.state) / models.OPTIMIZER).is_file():
        kept = torch.load(Path(config.state) / models.OPTIMIZER, weights_only=True)
        optimizer.load_state_dict(kept["optimizer"])
    with torch.no_grad():
        old = [log_probabilities(model, each, config.temperature) for each, _ in known]
    report.tokens = sum(len(each) for each in old)
    clipped = 0
    for batch in _split(list(range(len(known))), config.updates):
        tokens = sum(len(old[n]) for n in batch)
        total = 0.0
        for n in batch:
            encoded, advantage = known[n]
            ratio = (log_probabilities(model, encoded, config.temperature) - old[n]).exp()
            bounded = ratio.clamp(1 - config.clip_low, 1 + config.clip_high)
            objective = torch.minimum(ratio * advantage, bounded * advantage)
            clipped += int((objective < ratio * advantage).sum())
            loss = -objective.sum() / max(1, tokens)
            loss.backward()
            total += float(loss.detach())
        norm = torch.nn.utils.clip_grad_norm_(learned, config.max_grad_norm)
        report.gradient_norms.append(round(float(norm), 6))
        report.losses.append(round(total, 6))
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    report.clipped = round(clipped / max(1, report.tokens), 6)
    with torch.no_grad():
        changes = [
            float(((log_probabilities(model, e, config.temperature) - before) * a).sum())
            for (e, a), before in zip(known, old, strict=True)
        ]
    report.moved = round(sum(changes) / max(1, report.tokens), 8)
    out = Path(config.out)
    models.save(model, processor, out)
    torch.save({"optimizer": optimizer.state_dict()}, out / models.OPTIMIZER)
    (out / "grpo.json").write_text(json.dumps(asdict(report), indent=1), encoding="utf-8")
    return report


def log_probabilities(model: Any, encoded: Encoded, temperature: float) -> Any:
    """The log probability of each of the agent's tokens, as it was sampled."""
    import torch

    device = next(model.parameters()).device
    inputs = {name: value.to(device) for name, value in encoded.inputs.items()}
    logits = model(**inputs, use_cache=False).logits[0, :-1].float() / temperature
    ids = inputs["input_ids"][0, 1:]
    places = torch.cat([torch.arange(first - 1, last - 1) for first, last in encoded.spans])
    places = places.to(device)
    chosen = torch.log_softmax(logits[places], dim=-1)
    return chosen.gather(1, ids[places].unsqueeze(1)).squeeze(1)


def _split(items: list[int], parts: int) -> list[list[int]]:
    size = max(1, -(-len(items) // max(1, parts)))
    return [items[n : n + size] for n in range(0, len(items), size)]


def main(arguments: Sequence[str]) -> None:
    """Update as a configuration file says."""
    config = GrpoConfig(**json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    print(json.dumps(asdict(update(config))))


if __name__ == "__main__":
    main(sys.argv[1:])
