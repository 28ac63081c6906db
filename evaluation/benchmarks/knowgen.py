"""KnowGen (Gen-Searcher, arXiv 2603.28767): 630 requests with ground-truth pictures; the K-Score.

The K-Score is the mean of two groups, science and knowledge, and pop culture and news, times 100.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluation.benchmarks import four_marks
from evaluation.benchmarks.four_marks import FourMarks
from evaluation.benchmarks.model import (
    Loaded,
    Missing,
    Outcome,
    Part,
    Problem,
    PublishedRow,
    Row,
    Sample,
    Scores,
    UpstreamJudge,
    mean,
)
from evaluation.benchmarks.reading import (
    Ids,
    check_count,
    find_file,
    hash_of,
    inside,
    meta_of,
    read_rows,
    text_of,
)

SIZE = 630
SCIENCE, POP = "science_and_knowledge", "pop_culture_and_news"
GROUPS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("astronomy", "biology", "chemistry", "physics", "engineering", "medicine"),
            *("industry", "architecture", "history", "geography", "religion", "politics"),
            *("culture", "art", "sports"),
        ),
        SCIENCE,
    ),
    **dict.fromkeys(
        (
            *("anime", "game", "film", "celebrities", "posters", "multi-subject-anime"),
            *("multi-subject-celebrities", "multi-subject-game", "news"),
        ),
        POP,
    ),
}
_FILES = ("knowgen.json", "KnowGen.json", "results.json", "test.json", "knowgen.jsonl")
_PAPER = "arXiv 2603.28767, table of K-Scores"


class KnowGen(FourMarks):
    """The benchmark of Gen-Searcher."""

    name = "knowgen"
    title = "KnowGen (K-Score)"
    top = 100.0
    where = (
        "Download the dataset KnowGen named in the repository tulerfeng/Gen-Searcher and pass its "
        "folder with --data."
    )
    published: Sequence[PublishedRow] = (
        PublishedRow("Nano Banana Pro + Gen-Searcher", 53.30, _PAPER),
        PublishedRow("Nano Banana Pro", 50.38, _PAPER),
        PublishedRow("Seedream 4.5 + Gen-Searcher", 47.29, _PAPER),
        PublishedRow("GPT-Image-1.5", 44.97, _PAPER),
        PublishedRow("GPT-Image-1", 34.19, _PAPER),
        PublishedRow("Qwen-Image + Gen-Searcher", 31.52, _PAPER),
        PublishedRow("Seedream 4.5", 31.01, _PAPER),
        PublishedRow("Qwen-Image + SFT only", 28.15, _PAPER),
        PublishedRow("Qwen-Image + untrained workflow", 22.91, _PAPER),
        PublishedRow("Qwen-Image", 14.98, _PAPER),
        PublishedRow("Z-Image", 14.49, _PAPER),
        PublishedRow("SD3.5-L", 12.53, _PAPER),
        PublishedRow("FLUX.1-dev", 10.71, _PAPER),
    )

    def load(self, data: Path) -> Loaded:
        """Read ``{id, prompt, meta: {category, difficulty}, gt_image}`` rows."""
        file = find_file(data, _FILES, where=self.where)
        problems: list[Problem] = []
        ids, samples = Ids(problems), list[Sample]()
        for number, row in enumerate(read_rows(file, problems), 1):
            identifier, prompt = text_of(row, "id"), text_of(row, "prompt")
            if not ids.take(identifier, prompt, f"{file.name}:{number}"):
                continue
            meta = meta_of(row)
            kind = text_of(meta, "category").lower()
            if kind not in GROUPS:
                problems.append(Problem("unknown category", identifier, kind or "none"))
            truth = inside(file.parent, text_of(row, "gt_image"))
            if truth is None:
                problems.append(Problem("no ground-truth picture", identifier))
            samples.append(
                Sample(identifier, prompt, kind, text_of(meta, "difficulty"), truth, {"row": row})
            )
        check_count(len(samples), SIZE, self.name, problems)
        return Loaded(tuple(samples), tuple(problems), hash_of([file]))

    def score(self, rows: Sequence[Row], *, missing: Missing = "skip") -> Scores:
        """The K-Score, from 0 to 100. A sample of an unknown category is in no group, as upstream
        has it. Where missing counts 0, a group's score is multiplied by the share that has marks.
        """
        groups: dict[str, dict[str, Part]] = {}
        overall: list[float] = []
        for group in (SCIENCE, POP):
            within = [row for row in rows if GROUPS.get(row.sample.kind) == group]
            marks = [row.marks for row in within if row.marks is not None]
            groups[group] = four_marks.group_scores(marks)
            value = groups[group]["overall"].value
            if missing == "zero" and within:
                overall.append((value or 0.0) * len(marks) / len(within))
            elif value is not None:
                overall.append(value)
        parts = {
            f"{group}: {name}": Part(None if p.value is None else 100 * p.value, p.n)
            for group, each in groups.items()
            for name, p in each.items()
        }
        n = sum(each["overall"].n for each in groups.values())
        # Upstream counts an empty group as 0. A --limit or a shard may leave one out, and half a
        # score would then be compared with whole ones.
        middle = mean(overall)
        return Scores(None if middle is None else round(middle, 4) * 100, n, parts)

    def write_outputs(
        self, folder: Path, samples: Sequence[Sample], outcomes: Mapping[str, Outcome], name: str
    ) -> list[Path]:
        """``results.json`` with paths relative to it; a row without a picture has no success."""
        del name
        rows = [result_row(folder, sample, outcomes.get(sample.id)) for sample in samples]
        return [write_results(folder, rows)]

    def upstream_commands(
        self, checkout: Path, folder: Path, data: Path, judge: UpstreamJudge
    ) -> list[list[str]]:
        """Run ``gpt_eval_knowgen.py``; it takes its key as an argument alone."""
        del data
        script = checkout / "KnowGen_Eval" / "gpt_eval_knowgen.py"
        script = script if script.is_file() else checkout / "gpt_eval_knowgen.py"
        return [
            [
                *(judge.python, str(script), "--results", str(folder / "results.json")),
                *("--output-json", str(folder / "results_eval.json")),
                *("--api-base", judge.base_url, "--api-key", judge.api_key),
                *("--model", judge.model, "--max-workers", str(judge.workers), "--resume"),
            ]
        ]


def result_row(folder: Path, sample: Sample, outcome: Outcome | None) -> dict[str, Any]:
    """A row of ``results.json``: ``success`` is true only where the picture is there."""
    made = outcome.picture if outcome is not None and outcome.status == "done" else None
    original = sample.facts.get("row", {})
    row: dict[str, Any] = {
        "id": original.get("id", sample.id),
        "success": made is not None,
        "prompt": sample.prompt,
        "meta": {"category": meta_of(original).get("category", sample.kind)},
        "output_path": relative(made, folder) if made else None,
        "gt_image": relative(sample.ground_truth, folder) if sample.ground_truth else None,
    }
    if sample.difficulty:
        row["meta"]["difficulty"] = sample.difficulty
    if made is None:
        row["error"] = (outcome.error or outcome.status) if outcome else "not run"
    return row


def relative(file: Path, folder: Path) -> str:
    """A path as upstream wants it: relative to the file that names it."""
    return Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix()


def write_results(folder: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write ``results.json`` as upstream writes it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "results.json"
    file.write_text(json.dumps(list(rows), ensure_ascii=False, indent=2), encoding="utf-8")
    return file
