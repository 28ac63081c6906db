"""The registry of results: every scored run with recipe, judge and cost, in one file.

A figure in a text is only as good as the run behind it; ``limner evaluate results`` lists them.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from evaluation.report.scoring import Scored
from evaluation.runs.records import Recipe, append_line, read_lines

REGISTRY_FILE = "evaluations.jsonl"


def registry_file(data_dir: Path) -> Path:
    """The path of the registry."""
    return data_dir / REGISTRY_FILE


def register(file: Path, recipe: Recipe, folder: Path, found: Sequence[Scored]) -> None:
    """Keep the scores of a run; the same run, condition and judge again adds a newer entry."""
    conditions = {condition.name: condition for condition in recipe.conditions}
    for each in found:
        append_line(
            file,
            {
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
                "run_id": recipe.run_id,
                "benchmark": recipe.benchmark,
                "data_sha256": recipe.data_sha256,
                "is_published_data": recipe.is_published,
                "condition": each.condition,
                "settings": asdict(conditions[each.condition]),
                "judge": each.judge,
                "overall": each.left_out.overall,
                "low": each.interval.low,
                "high": each.interval.high,
                "marked": each.left_out.n,
                "samples": len(each.rows),
                "overall_missing_zero": each.as_zero.overall,
                "missing": dict(each.missing),
                "cost_usd": round(each.cost_usd, 4),
                "seconds_per_sample": round(each.seconds / max(len(each.rows), 1), 2),
                "version": recipe.version,
                "commit": recipe.commit,
                "models": dict(recipe.models),
                "folder": str(folder.resolve()),
            },
        )


def results(file: Path) -> list[Mapping[str, Any]]:
    """The newest entry of each run, condition and judge, the oldest first."""
    newest: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for entry in read_lines(file):
        key = tuple(str(entry.get(name, "")) for name in ("run_id", "condition", "judge"))
        newest.pop(key, None)
        newest[key] = entry
    return list(newest.values())


def expected(file: Path, benchmark: str, condition: str) -> tuple[float, float] | None:
    """Seconds and dollars of one sample as the latest run of that condition took them."""
    for entry in reversed(results(file)):
        if (entry.get("benchmark"), entry.get("condition")) == (benchmark, condition):
            samples = max(int(entry.get("samples", 1)), 1)
            return float(entry["seconds_per_sample"]), float(entry["cost_usd"]) / samples
    return None


def program_version() -> str:
    """Limner's version."""
    try:
        return version("limner")
    except PackageNotFoundError:
        return "unknown"


def program_commit() -> str:
    """The commit of the checkout that runs, with ``+`` where it was changed; empty elsewhere."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return ""
    try:
        commit = _git(root, "rev-parse", "--short=12", "HEAD")
        changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return ""
    return commit + ("+" if changed else "")


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - fixed arguments
        ("git", "-C", str(root), *arguments),  # noqa: S607
        capture_output=True, text=True, check=True, timeout=10,
    )  # fmt: skip
    return done.stdout.strip()
