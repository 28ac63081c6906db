"""``make bench-check``: our own research benchmark against the committed baseline.

``python -m evaluation.limner_bench`` runs the 212 requests through the rule-based planner, as
``limner evaluate run limner --research planner`` does, and prints the scores beside the baseline's.
With ``--check`` a drop whose paired bootstrap interval lies wholly below 0 ends it with status 1;
``--write-baseline`` keeps the marks as the new baseline; ``--sealed`` and ``--open`` score a half;
``--loop`` runs the loop around a model that plays transcripts, which tests that loop and no model,
and has a baseline of its own; ``--shard 1/2`` runs and scores one part of the requests, which is
what continuous integration does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.settings import load_settings
from domain.requests import ResearchDepth
from evaluation import commands
from evaluation.benchmarks.corpus import FOLDER, corpus, corpus_hash
from evaluation.benchmarks.limner import JUDGE, SCORED, TOLD, LimnerBench, mark_records
from evaluation.benchmarks.model import Marks, Row, Sample
from evaluation.commands import RunOptions
from evaluation.judging.judge import judgements
from evaluation.peers.corpus_model import MODEL
from evaluation.report.bootstrap import RESAMPLES, Interval, interval
from evaluation.runs.matrix import PLANNER, Shard, conditions
from evaluation.runs.progress import Progress
from evaluation.runs.records import write_atomically
from evaluation.tables import Row as Line
from evaluation.tables import print_table

BASELINE = FOLDER / "baseline.json"
LOOP_BASELINE = FOLDER / "baseline_loop.json"
AT_ONCE = 8
LEAST = 1e-6
"""Less than this is a rounding of numbers."""
OVERALL = "overall"
WHOLE = Shard()
Pair = tuple[Row, Row]


@dataclass(frozen=True, slots=True)
class Change:
    """One score with the baseline's, and the interval of the difference over the same requests."""

    name: str
    now: float | None
    before: float | None
    difference: Interval

    @property
    def is_drop(self) -> bool:
        """Whether it fell by more than chance explains."""
        return self.difference.high is not None and self.difference.high < -LEAST


async def marks_now(
    folder: Path, *, shard: Shard = WHOLE, loop: bool = False, quiet: bool = False
) -> dict[str, Marks]:
    """The marks of all requests of a shard, from a run with default settings and the planner, or
    with the ``loop`` around a model that plays transcripts."""
    model = MODEL if loop else ""
    settings = load_settings(data_dir=folder / "home", model_base_url=(), model_name=model)
    matrix = conditions(research=(ResearchDepth.AUTO.value if loop else PLANNER,))
    options = RunOptions("limner", FOLDER, folder / "run", matrix, shard=shard, at_once=AT_ONCE)
    run, _ = await commands.run(settings, options, Progress(quiet=quiet))
    mark_records(run)
    found = judgements(run).get((JUDGE, matrix[0].name), {})
    return {name: each.marks for name, each in found.items() if each.marks is not None}


def compared(
    now: Mapping[str, Marks], before: Mapping[str, Marks], *, resamples: int = RESAMPLES
) -> list[Change]:
    """Every score now and in the baseline, with a request without marks counted 0."""
    samples = [s for s in LimnerBench().load(FOLDER).samples if s.id in now or s.id in before]
    pairs = [(_row(sample, before), _row(sample, now)) for sample in samples]
    return [_change(name, pairs, resamples) for name in (OVERALL, *SCORED, *TOLD)]


def _row(sample: Sample, marks: Mapping[str, Marks]) -> Row:
    found = marks.get(sample.id)
    return Row(sample, found, "" if found is not None else "no result")


def _change(name: str, pairs: Sequence[Pair], resamples: int) -> Change:
    value = _value_of(name)

    def between(drawn: Sequence[Pair]) -> float | None:
        old, new = value([a for a, _ in drawn]), value([b for _, b in drawn])
        return None if old is None or new is None else new - old

    before, now = value([a for a, _ in pairs]), value([b for _, b in pairs])
    return Change(name, now, before, interval(pairs, between, resamples=resamples))


def _value_of(name: str) -> Callable[[Sequence[Row]], float | None]:
    bench = LimnerBench()

    def value(rows: Sequence[Row]) -> float | None:
        scores = bench.score(rows, missing="zero")
        return scores.overall if name == OVERALL else scores.parts[name].value

    return value


def read_baseline(file: Path = BASELINE) -> dict[str, Marks]:
    """The committed marks. Raises ``ValueError`` where they belong to another corpus."""
    plain = json.loads(file.read_text(encoding="utf-8"))
    if plain["corpus"] != corpus_hash():
        raise ValueError("the baseline belongs to another corpus; write a new one")
    return dict(plain["marks"])


def write_baseline(marks: Mapping[str, Marks], file: Path = BASELINE) -> None:
    """Keep the marks as the baseline, one request a line so that changes can be read."""
    lines = [
        f"{json.dumps(name)}: {json.dumps(_rounded(each), sort_keys=True)}"
        for name, each in sorted(marks.items())
    ]
    head = f'{{"corpus": {json.dumps(corpus_hash())}, "marks": {{\n'
    write_atomically(file, (head + ",\n".join(lines) + "\n}}\n").encode())


def _rounded(marks: Marks) -> dict[str, float | None]:
    return {name: None if v is None else round(v, 9) for name, v in marks.items()}


def half(marks: Mapping[str, Marks], *, sealed: bool) -> dict[str, Marks]:
    """The marks of the sealed or of the open half."""
    known = corpus().requests
    return {name: each for name, each in marks.items() if known[name].is_sealed is sealed}


def of_shard(marks: Mapping[str, Marks], shard: Shard) -> dict[str, Marks]:
    """The marks of the requests that a shard holds."""
    taken = {sample.id for sample in shard.take(LimnerBench().load(FOLDER).samples)}
    return {name: each for name, each in marks.items() if name in taken}


def table(changes: Sequence[Change]) -> list[Line]:
    """Rows to print."""
    rows: list[Line] = []
    for each in changes:
        low, high = each.difference.low, each.difference.high
        span = "" if low is None or high is None else f"{low:+.3f} to {high:+.3f}"
        known = each.before is not None and each.now is not None
        ratio = f"{(each.now or 0) - (each.before or 0):+.3f} [{span}]" if known else ""
        is_scored = each.name in (OVERALL, *SCORED)
        state = ("DROPPED" if each.is_drop else "kept") if is_scored and known else ""
        rows.append(Line(each.name, _shown(each.now), f"{_shown(each.before)}, {ratio}", state))
    return rows


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def main() -> None:
    """Run, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--write-baseline", action="store_true")
    parser.add_argument("--sealed", action="store_true")
    parser.add_argument("--open", action="store_true")
    parser.add_argument("--shard", type=Shard.parse, default=WHOLE, metavar="I/N")
    parser.add_argument("--loop", action="store_true")
    asked = parser.parse_args()
    if asked.write_baseline and asked.shard != WHOLE:
        parser.error("the baseline holds every request")
    baseline = LOOP_BASELINE if asked.loop else BASELINE
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        now = asyncio.run(
            marks_now(Path(name), shard=asked.shard, loop=asked.loop, quiet=asked.check)
        )
    took_s = time.monotonic() - began
    if asked.write_baseline:
        write_baseline(now, baseline)
    before: Mapping[str, Marks] = of_shard(read_baseline(baseline), asked.shard)
    if asked.sealed or asked.open:
        now, before = half(now, sealed=asked.sealed), half(before, sealed=asked.sealed)
    changes = compared(now, before)
    what = "The loop on transcripts" if asked.loop else "Research"
    print_table(f"{what} over the corpus ({took_s:.0f} s)", table(changes))
    dropped = [each.name for each in changes if each.is_drop and each.name in (OVERALL, *SCORED)]
    if asked.check and dropped:
        print(f"Dropped by more than chance explains: {', '.join(dropped)}.")
        sys.exit(1)


if __name__ == "__main__":
    main()
