"""The data card of an export: its content and how it was made, for people and for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PLANNED = {"sft": 10_000, "rl": 6_000}
"""Sizes of the published training sets (Gen-Searcher, arXiv 2603.28767)."""


@dataclass
class DataCard:
    """Counts of one export."""

    profile: str
    seen: int = 0
    left_out: Counter[str] = field(default_factory=Counter[str])
    parts: Counter[str] = field(default_factory=Counter[str])
    """Records by kind and part, such as ``sft/train``."""
    licences: Counter[str] = field(default_factory=Counter[str])
    generators: Counter[str] = field(default_factory=Counter[str])
    agents: Counter[str] = field(default_factory=Counter[str])
    subjects: int = 0
    images: int = 0
    tokens: int = 0
    cost_usd: float = 0.0
    checked: Mapping[str, int] = field(default_factory=dict[str, int])
    """Benchmarks that requests were compared with, and how many prompts each has."""
    unchecked: Sequence[str] = ()
    """Benchmarks whose files were not there."""

    def planned(self) -> dict[str, dict[str, float]]:
        """The estimated costs of the published sizes, by the costs of these conversations: US
        dollars for the research of so many, without pictures and judges; empty without any."""
        known = sum(n for name, n in self.parts.items() if name.startswith("sft/"))
        if not known:
            return {}
        each = self.cost_usd / known
        return {
            kind: {"records": size, "research_usd": round(each * size, 2)}
            for kind, size in PLANNED.items()
        }

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "profile": self.profile,
            "seen": self.seen,
            "left_out": dict(sorted(self.left_out.items())),
            "records": dict(sorted(self.parts.items())),
            "licences": dict(self.licences.most_common()),
            "generators": dict(self.generators.most_common()),
            "agents": dict(self.agents.most_common()),
            "subjects": self.subjects,
            "images": self.images,
            "tokens": self.tokens,
            "cost_usd": round(self.cost_usd, 4),
            "planned": self.planned(),
            "benchmarks_checked": dict(self.checked),
            "benchmarks_not_checked": list(self.unchecked),
        }


def front_matter(files: Mapping[str, Sequence[str]]) -> str:
    """The part of the card that Hugging Face ``datasets`` reads: a configuration for each kind of
    record.

    ``files`` are those of ``KIND/PART``.
    """
    kinds: dict[str, list[str]] = {}
    for name, own in files.items():
        if own:
            kinds.setdefault(name.split("/")[0], []).append(name)
    lines = ["---", "configs:"] if kinds else ["---"]
    for kind, names in kinds.items():
        lines += [f"- config_name: {kind}", "  data_files:"]
        for name in names:
            split = {"train": "train", "held-out": "test"}[name.split("/")[1]]
            lines += [f"  - split: {split}", f'    path: "{name}/*.jsonl"']
    return "\n".join([*lines, "---", ""])


def markdown(card: DataCard, files: Mapping[str, Sequence[str]]) -> str:
    """The card as ``README.md``."""
    about = (
        f"For the agent profile `{card.profile}`; made by `limner train data export` from jobs of "
        "workspaces that agreed. Personal data are replaced by stand-ins; requests with pictures "
        "of people's own, private ones and those of people who withdrew are not in it."
    )
    split = (
        f"{card.subjects} subjects; jobs that share a subject, directly or through others, stand "
        "in one part."
    )
    size = (
        f"{card.images} pictures of at most 160,000 pixels; about {card.tokens} tokens; the jobs "
        f"cost ${card.cost_usd:.2f}."
    )
    lines = [
        front_matter(files),
        "# Training data",
        "",
        about,
        "",
        *_table("Records", card.parts),
        *_table("Left out", card.left_out),
        *_table("Licences of chosen references", card.licences),
        *_table("Generators", card.generators),
        *_table("Agents", card.agents),
        "## Benchmarks",
        "",
    ]
    for name, prompts in card.checked.items():
        lines.append(f"- {name}: compared with its {prompts} prompts; near-duplicates left out")
    lines += [f"- {name}: **not checked**, its files were not there" for name in card.unchecked]
    lines += ["", "## Split", "", split, "", size, ""]
    return "\n".join(lines)


def _table(title: str, counts: Mapping[str, int]) -> list[str]:
    if not counts:
        return []
    rows = [f"| {name} | {n} |" for name, n in sorted(counts.items())]
    return [f"## {title}", "", "| | number |", "|---|---|", *rows, ""]
