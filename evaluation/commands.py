"""The work of the commands of ``limner evaluate``, without their words and options."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ulid import ULID

from agent.sandbox.picture_decoder import DecodingPool
from app.settings import Settings
from domain.errors import InvalidRequest
from evaluation.benchmarks.model import Benchmark, Loaded, Sample, UpstreamJudge
from evaluation.benchmarks.registry import OWN, benchmark_named
from evaluation.judging.judge import Judge, Judgement, Judging
from evaluation.judging.upstream import run_upstream
from evaluation.report.boundary import (
    BoundaryRow,
    boundary_lines,
    category_of,
    comparisons,
    mark_written,
    not_written,
    pairings,
)
from evaluation.report.boundary import boundary as boundary_rows
from evaluation.report.markdown import markdown
from evaluation.report.page import page
from evaluation.report.scoring import scored
from evaluation.report.view import Report, report_of
from evaluation.runs.knowledge import add_to_gate
from evaluation.runs.matrix import Condition, Shard, evenly
from evaluation.runs.progress import Progress
from evaluation.runs.records import Recipe, RunFolder, write_atomically
from evaluation.runs.registry import (
    expected,
    program_commit,
    program_version,
    register,
    registry_file,
)
from evaluation.runs.runner import AT_ONCE, Budget, Run, Task, run_tasks

REPORT_FILES = ("report.md", "report.html")


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of ``limner evaluate run``."""

    benchmark: str
    data: Path
    out: Path
    conditions: tuple[Condition, ...]
    limit: int | None = None
    shard: Shard = field(default_factory=Shard)
    at_once: int = AT_ONCE
    budget: Budget = field(default_factory=Budget)
    again: bool = False
    """Whether samples that failed are tried once more."""


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """A judge: the address of its server, its model, and the name of the environment variable that
    holds its key."""

    base_url: str
    model: str
    key_name: str = ""

    @property
    def api_key(self) -> str:
        """The key; empty where none was named. Raises ``InvalidRequest`` where it is not set."""
        if not self.key_name:
            return ""
        key = os.environ.get(self.key_name, "")
        if not key:
            raise InvalidRequest(f"The environment variable {self.key_name} is empty.")
        return key


def opened(settings: Settings, options: RunOptions) -> tuple[RunFolder, Recipe, Loaded]:
    """The run's folder with its recipe: a new one, or the one that is there, continued.

    Raises:
        InvalidRequest: The data are not there, or the folder holds another run.
    """
    loaded = benchmark_named(options.benchmark).load(options.data)
    chosen: list[Sample] = evenly(loaded.samples, options.limit)
    if not chosen:
        raise InvalidRequest(f"{str(options.data)!r} holds no samples of {options.benchmark}.")
    folder = RunFolder(options.out)
    if folder.is_begun:
        recipe = folder.recipe()
        _check_same(recipe, options, loaded)
        added = tuple(c for c in options.conditions if c not in recipe.conditions)
        samples = tuple(dict.fromkeys((*recipe.samples, *(s.id for s in chosen))))
        recipe = replace(recipe, conditions=(*recipe.conditions, *added), samples=samples)
    else:
        recipe = Recipe(
            run_id=str(ULID()),
            benchmark=options.benchmark,
            data=str(options.data.resolve()),
            data_sha256=loaded.sha256,
            is_published=loaded.is_published,
            conditions=options.conditions,
            limit=options.limit,
            samples=tuple(sample.id for sample in chosen),
            started_at=datetime.now(UTC).isoformat(timespec="seconds"),
            version=program_version(),
            commit=program_commit(),
            models=models_of(settings),
        )
    folder.write_recipe(recipe)
    return folder, recipe, loaded


def _check_same(recipe: Recipe, options: RunOptions, loaded: Loaded) -> None:
    if recipe.benchmark != options.benchmark:
        raise InvalidRequest(f"{str(options.out)!r} holds a run of {recipe.benchmark}.")
    if recipe.data_sha256 != loaded.sha256:
        raise InvalidRequest(f"{str(options.out)!r} holds a run over other data.")


def models_of(settings: Settings) -> dict[str, Any]:
    """The models and searches of a run, without addresses and keys."""
    return {
        "generator": settings.generator,
        "research model": settings.model_name if settings.model_base_url else "rule-based planner",
        "search": ", ".join(settings.search_providers),
        "check": settings.check_model or "as research" if settings.check_pictures else "off",
    }


def outlook(settings: Settings, options: RunOptions, samples: int) -> list[str]:
    """The expected cost of each condition, from its latest run."""
    lines: list[str] = []
    for condition in options.conditions:
        known = expected(registry_file(settings.data_dir), options.benchmark, condition.name)
        if known is None:
            lines.append(f"{condition.name}: {samples} samples; time and cost are not known yet")
            continue
        seconds, cost = known
        lines.append(
            f"{condition.name}: {samples} samples, about {samples * seconds / 3600:.1f} h of work "
            f"(÷ what runs at once) and ${samples * cost:.2f}, as the latest run took"
        )
    return lines


@asynccontextmanager
async def surroundings(benchmark: str, settings: Settings) -> AsyncGenerator[Settings]:
    """The settings that a benchmark is run with: our own brings its web along."""
    if benchmark != OWN:
        yield settings
        return
    from evaluation.benchmarks.limner import offline_web

    async with offline_web(settings) as own:
        yield own


async def run(
    settings: Settings,
    options: RunOptions,
    progress: Progress,
    *,
    report: Callable[[str], None] = lambda _line: None,
) -> tuple[RunFolder, Loaded]:
    """Run what has no record yet, and write upstream's files.

    Raises:
        InvalidRequest: The options do not fit the data or the folder.
        OperatorError: A setting or the folder cannot be used.
    """
    folder, recipe, loaded = opened(settings, options)
    benchmark = benchmark_named(options.benchmark)
    wanted = set(recipe.samples)
    samples = options.shard.take([s for s in loaded.samples if s.id in wanted])
    for line in outlook(settings, options, len(samples)):
        report(line)
    for problem in loaded.problems[:10]:
        report(f"Odd row: {problem}")
    if len(loaded.problems) > 10:
        report(f"… and {len(loaded.problems) - 10} more odd rows; the report names all.")
    tasks = [Task(condition, sample) for condition in options.conditions for sample in samples]
    async with surroundings(options.benchmark, settings) as own:
        working = Run(
            folder=folder,
            run_id=recipe.run_id,
            settings=own,
            shard=options.shard,
            at_once=options.at_once,
            budget=options.budget,
            again=options.again,
        )
        await run_tasks(working, tasks, progress)
    every = [s for s in loaded.samples if s.id in wanted]
    for condition in recipe.conditions:
        place = folder.condition_folder(condition.name)
        place.mkdir(parents=True, exist_ok=True)
        benchmark.write_outputs(place, every, folder.outcomes(condition.name), condition.name)
    return folder, loaded


def loaded_run(out: Path, data: Path | None = None) -> tuple[RunFolder, Benchmark, Loaded, Path]:
    """A run with its benchmark and samples. Raises ``InvalidRequest``."""
    folder = RunFolder(out)
    recipe = folder.recipe()
    benchmark = benchmark_named(recipe.benchmark)
    place = data or Path(recipe.data)
    return folder, benchmark, benchmark.load(place), place


async def score(
    settings: Settings,
    out: Path,
    judges: Sequence[JudgeOptions],
    *,
    data: Path | None = None,
    at_once: int = 8,
    on_judged: Callable[[Judgement], None] = lambda _judgement: None,
) -> Report:
    """Have every picture of a run judged that is not, and put the scores into the registry.

    Raises:
        InvalidRequest: There is no such run, or its data are gone.
    """
    from app.models import chat_model

    folder, benchmark, loaded, _place = loaded_run(out, data)
    recipe = folder.recipe()
    if recipe.benchmark == OWN:
        from evaluation.benchmarks.limner import mark_records

        if judges:
            raise InvalidRequest("The benchmark limner is scored without a judge.")
        mark_records(folder)
    wanted = set(recipe.samples)
    samples = [sample for sample in loaded.samples if sample.id in wanted]
    async with AsyncExitStack() as stack:
        decoder = DecodingPool(size=settings.worker_processes)
        stack.push_async_callback(decoder.aclose)
        judging = Judging(benchmark, folder, decoder)
        for each in judges:
            model = chat_model(
                settings,
                stack,
                base_urls=(each.base_url,),
                model=each.model,
                api_key=each.api_key,
                temperature=0.0,
            )
            for condition in recipe.conditions:
                outcomes = folder.outcomes(condition.name)
                judge = Judge(each.model, model)
                await judging.mark(
                    judge, condition.name, samples, outcomes, at_once=at_once, on_judged=on_judged
                )
    found = report_of(benchmark, folder, loaded.samples, loaded.problems)
    register(registry_file(settings.data_dir), recipe, out, found.scored)
    return found


async def score_upstream(
    out: Path, judge: JudgeOptions, *, checkout: Path, data: Path | None, python: str, workers: int
) -> list[Path]:
    """Run upstream's own judge on every condition; gives its logs. Raises ``InvalidRequest``."""
    folder, benchmark, _loaded, place = loaded_run(out, data)
    upstream = UpstreamJudge(judge.base_url, judge.model, judge.api_key or "none", workers, python)
    return [
        await run_upstream(
            benchmark, folder, condition.name, checkout=checkout, data=place, judge=upstream
        )
        for condition in folder.recipe().conditions
    ]


def report(
    out: Path,
    *,
    data: Path | None = None,
    pairs: Sequence[tuple[str, str]] | None = None,
    resamples: int = 1000,
) -> tuple[Report, list[Path]]:
    """Write ``report.md`` and ``report.html`` of a run. Raises ``InvalidRequest``."""
    folder, benchmark, loaded, _place = loaded_run(out, data)
    found = report_of(
        benchmark, folder, loaded.samples, loaded.problems, pairs=pairs, resamples=resamples
    )
    files = [out / name for name in REPORT_FILES]
    for file, text in zip(files, (markdown(found), page(found)), strict=True):
        write_atomically(file, text.encode())
    return found, files


@dataclass(frozen=True, slots=True)
class Boundary:
    """The gain of research: rows by the benchmark's categories, and how many comparisons were new
    to the search gate's table."""

    benchmark: Benchmark
    rows: tuple[BoundaryRow, ...]
    added: int
    file: Path


async def boundary(
    settings: Settings, out: Path, *, data: Path | None = None, write: bool = True
) -> Boundary:
    """Compare without and with research for every generator of a run; with ``write`` what is new
    also goes into the table of the search gate.

    Raises:
        InvalidRequest: The run has no two conditions that differ in research alone.
    """
    folder, benchmark, loaded, _place = loaded_run(out, data)
    recipe, records = folder.recipe(), folder.records()
    found = await asyncio.to_thread(scored, benchmark, folder, loaded.samples, resamples=2)
    default = str(recipe.models.get("generator", settings.generator))
    pairs = pairings(found, recipe.conditions, default_generator=default)
    if not pairs:
        raise InvalidRequest(
            "The run has no two conditions that differ in research alone. Run it with "
            "--research off,auto, and judge it."
        )
    rows: list[BoundaryRow] = []
    added = 0
    for pair in pairs:
        compared = comparisons(benchmark, pair, records, recipe.run_id)
        rows += boundary_rows(pair.generator, compared, category_of)
        new = not_written(folder, compared)
        if write and new:
            added += await add_to_gate(settings, pair.generator, new)
            mark_written(folder, new)
    file = out / "boundary.md"
    text = "\n".join(boundary_lines(benchmark, rows)) + "\n"
    await asyncio.to_thread(write_atomically, file, text.encode())
    return Boundary(benchmark, tuple(rows), added, file)


def report_object(found: Report) -> dict[str, Any]:
    """The report as plain JSON values."""
    return {
        "benchmark": found.benchmark.name,
        "run_id": found.recipe.run_id,
        "verdict": found.verdict,
        "scores": [
            {
                "condition": each.condition,
                "judge": each.judge,
                "overall": each.left_out.overall,
                "interval": [each.interval.low, each.interval.high],
                "overall_missing_zero": each.as_zero.overall,
                "judged": each.left_out.n,
                "samples": len(each.rows),
                "missing": dict(each.missing),
                "parts": {n: {"value": p.value, "n": p.n} for n, p in each.left_out.parts.items()},
                "cost_usd": round(each.cost_usd, 6),
            }
            for each in found.scored
        ],
        "comparisons": [
            {
                "first": c.difference.first,
                "second": c.difference.second,
                "judge": c.difference.judge,
                "difference": c.difference.overall.value,
                "interval": [c.difference.overall.low, c.difference.overall.high],
                "pairs": c.difference.overall.n,
                "wins": c.difference.wins,
                "losses": c.difference.losses,
                "ties": c.difference.ties,
            }
            for c in found.comparisons
        ],
        "problems": [str(problem) for problem in found.problems],
    }
