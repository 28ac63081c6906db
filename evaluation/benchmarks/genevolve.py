"""GenEvolve-Bench (arXiv 2605.21605): 594 requests with ground truth, of which 335 are anchored in
knowledge and 259 in quality; the marks and weights of KnowGen over all samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from evaluation.benchmarks import four_marks
from evaluation.benchmarks.four_marks import FourMarks
from evaluation.benchmarks.knowgen import result_row, write_results
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

SIZE = 594
_FILES = ("test.jsonl", "GenEvolve-Bench/test.jsonl", "bench.jsonl", "test.json")
_PAPER = "arXiv 2605.21605, GenEvolve-Bench"


class GenEvolve(FourMarks):
    """The benchmark of GenEvolve."""

    name = "genevolve"
    title = "GenEvolve-Bench (overall)"
    top = 1.0
    where = (
        "Download the dataset MeiGen-AI/GenEvolve-Data-Bench and pass its folder GenEvolve-Bench "
        "with --data."
    )
    published: Sequence[PublishedRow] = (
        PublishedRow("Nano Banana Pro + Gen-Searcher", 0.548, _PAPER),
        PublishedRow("Qwen-Image-Edit + Gen-Searcher", 0.349, _PAPER),
    )

    def load(self, data: Path) -> Loaded:
        """Read ``{id, question, gt_image, eval_type, category, difficulty}`` rows."""
        file = find_file(data, _FILES, where=self.where)
        problems: list[Problem] = []
        ids, samples = Ids(problems), list[Sample]()
        for number, row in enumerate(read_rows(file, problems), 1):
            identifier, prompt = text_of(row, "id"), text_of(row, "question", "prompt")
            if not ids.take(identifier, prompt, f"{file.name}:{number}"):
                continue
            meta = meta_of(row)
            eval_type = text_of(row, "eval_type") or text_of(meta, "eval_type")
            if not eval_type:
                problems.append(Problem("row without eval_type", identifier))
            truth = inside(file.parent, text_of(row, "gt_image"))
            if truth is None:
                problems.append(Problem("no ground-truth picture", identifier))
            kind = text_of(row, "category") or text_of(meta, "category")
            facts = {"row": row, "eval_type": eval_type or "unknown"}
            difficulty = text_of(row, "difficulty") or text_of(meta, "difficulty")
            samples.append(Sample(identifier, prompt, kind, difficulty, truth, facts))
        check_count(len(samples), SIZE, self.name, problems)
        return Loaded(tuple(samples), tuple(problems), hash_of([file]))

    def score(self, rows: Sequence[Row], *, missing: Missing = "skip") -> Scores:
        """The weighted sum of the four means, from 0 to 1, over all samples and each eval type.
        Where missing counts 0 it is ``overall_missing_zero``: the mean of the samples' own scores
        times the share that has marks."""
        parts: dict[str, Part] = {}
        types = sorted({str(row.sample.facts.get("eval_type", "unknown")) for row in rows})
        for eval_type in types:
            of_type = [r for r in rows if r.sample.facts.get("eval_type", "unknown") == eval_type]
            scored = four_marks.group_scores([r.marks for r in of_type if r.marks is not None])
            parts[f"eval_type:{eval_type}"] = scored["overall"]
        marks = [row.marks for row in rows if row.marks is not None]
        whole = four_marks.group_scores(marks)
        own = [round(four_marks.sample_score(each), 2) for each in marks]
        zero = round(round(sum(own) / len(own), 4) * len(own) / len(rows), 4) if own else 0.0
        parts = {**whole, "overall_missing_zero": Part(zero, len(rows)), **parts}
        overall = whole["overall"].value if missing == "skip" else (zero if rows else None)
        return Scores(overall, len(marks), parts)

    def write_outputs(
        self, folder: Path, samples: Sequence[Sample], outcomes: Mapping[str, Outcome], name: str
    ) -> list[Path]:
        """``results.json`` with the eval type of each row."""
        del name
        rows = [
            {
                **(row := result_row(folder, sample, outcomes.get(sample.id))),
                "question": sample.prompt,
                "meta": {**row["meta"], "eval_type": sample.facts.get("eval_type", "unknown")},
            }
            for sample in samples
        ]
        return [write_results(folder, rows)]

    def upstream_commands(
        self, checkout: Path, folder: Path, data: Path, judge: UpstreamJudge
    ) -> list[list[str]]:
        """Run ``evaluate_images.py``; its key comes from ``OPENAI_API_KEY``."""
        root = data if data.is_dir() else data.parent
        return [
            [
                *(judge.python, str(checkout / "scripts" / "evaluate_images.py")),
                *("--results", str(folder / "results.json"), "--gt-root", str(root)),
                *("--api-base", judge.base_url, "--model", judge.model),
                *("--max-workers", str(judge.workers), "--resume"),
            ]
        ]
