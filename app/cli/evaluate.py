"""The work and the output of ``limner evaluate``."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from app.cli.edge import DONE, FAILED, echo_json, failed
from app.settings import Settings
from bot.text import plain
from domain.errors import InvalidRequest
from evaluation import commands
from evaluation.benchmarks.registry import benchmark_named
from evaluation.commands import JudgeOptions, RunOptions
from evaluation.judging.judge import Judgement
from evaluation.report.boundary import boundary_lines
from evaluation.report.view import Report, number
from evaluation.runs.matrix import Shard, conditions
from evaluation.runs.progress import Progress
from evaluation.runs.records import counts
from evaluation.runs.registry import registry_file
from evaluation.runs.registry import results as registered
from evaluation.runs.runner import Budget, usage_of

Options = Mapping[str, Any]


async def run(settings: Settings, options: Options, *, as_json: bool) -> int:
    """Run a benchmark; exit status 1 where some sample was left for lack of budget."""
    max_hours = options["max_hours"]
    chosen = RunOptions(
        benchmark=options["benchmark"],
        data=options["data"],
        out=options["out"],
        conditions=conditions(
            research=_list(options["research"]),
            generators=_list(options["generators"]),
            profiles=_list(options["profiles"]),
            checks=_list(options["checks"]),
            best_of=_numbers(options["best_of"], "--best-of"),
            seeds=_numbers(options["seeds"], "--seed"),
        ),
        limit=options["limit"],
        shard=Shard.parse(options["shard"]),
        at_once=options["at_once"],
        budget=Budget(options["max_usd"], max_hours * 3600 if max_hours else None),
        again=options["again"],
    )
    progress = Progress(quiet=as_json)
    print_line = _no_report if as_json else _print_to_stderr
    folder, _loaded = await commands.run(settings, chosen, progress, report=print_line)
    own = {c.name for c in chosen.conditions}
    found = [r for (condition, _), r in folder.records().items() if condition in own]
    if as_json:
        echo_json(
            {
                "run": str(chosen.out),
                "run_id": folder.recipe().run_id,
                "ended": counts(found),
                "left": progress.left,
                "cost_usd": round(sum(r.cost_usd for r in found), 6),
                "usage": usage_of(found),
            }
        )
    else:
        click.echo(progress.line())
        for status, n in sorted(counts(found).items()):
            click.echo(f"{status}: {n}")
        click.echo(f"The run is in {chosen.out}; `limner evaluate score` judges it.")
    if progress.left:
        return failed(
            f"{progress.left} samples are left because the budget is used up. Run the same command "
            "again to continue.",
            as_json=False,
        )
    return DONE


async def score(settings: Settings, options: Options, *, as_json: bool) -> int:
    """Judge a run, with our own judge or with upstream's script."""
    judges = _judges(options["judges"], options["models"], options["key_names"])
    if options["checkout"] is not None:
        if len(judges) != 1:
            raise InvalidRequest("Upstream's script takes one judge: give --judge and its model.")
        logs = await commands.score_upstream(
            options["out"],
            judges[0],
            checkout=options["checkout"],
            data=options["data"],
            python=options["python"],
            workers=options["at_once"],
        )
        if as_json:
            echo_json({"logs": [str(log) for log in logs]})
        else:
            for log in logs:
                click.echo(f"Upstream's output is in {log}.")
        return DONE
    seen: Counter[bool] = Counter()

    def count(found: Judgement) -> None:
        seen[found.marks is not None] += 1
        if not as_json and sum(seen.values()) % 25 == 0:
            click.echo(f"{seen[True]} judged, {seen[False]} without marks", err=True)

    found = await commands.score(
        settings,
        options["out"],
        judges,
        data=options["data"],
        at_once=options["at_once"],
        on_judged=count,
    )
    _show(found, as_json=as_json)
    return DONE


async def report(settings: Settings, options: Options, *, as_json: bool) -> int:
    """Write both reports."""
    del settings
    found, files = await asyncio.to_thread(commands.report, options["out"], data=options["data"])
    if as_json:
        echo_json({**commands.report_object(found), "files": [str(file) for file in files]})
    else:
        click.echo(plain(found.verdict))
        for file in files:
            click.echo(str(file))
    return DONE


async def compare(settings: Settings, options: Options, *, as_json: bool) -> int:
    """Compare two conditions; where one is without research, feed the search gate's table."""
    names = _list(options["conditions"])
    if len(names) != 2:
        raise InvalidRequest("Name two conditions, such as off,auto.")
    pairs = [(names[0], names[1])]
    found, files = await asyncio.to_thread(
        commands.report, options["out"], data=options["data"], pairs=pairs
    )
    if not found.comparisons:
        known = ", ".join(c.name for c in found.recipe.conditions)
        raise InvalidRequest(f"The run has no such two conditions; it has {known}.")
    added = 0
    research = {c.name: c.research for c in found.recipe.conditions}
    if research[names[0]] == "off" != research[names[1]]:
        added = (await commands.boundary(settings, options["out"], data=options["data"])).added
    if as_json:
        paths = [str(file) for file in files]
        echo_json({**commands.report_object(found), "files": paths, "added_to_gate": added})
        return DONE
    _show(found, as_json=False)
    for each in found.comparisons:
        between = each.difference
        click.echo(
            f"{between.second} − {between.first}: {number(between.overall, found.benchmark)} over "
            f"{between.overall.n} pairs; {between.wins} won, {between.losses} lost, "
            f"{between.ties} even"
        )
    click.echo(f"The page {files[1]} shows the largest wins and losses.")
    if added:
        click.echo(f"{added} comparisons went into the table of the search gate.")
    return DONE


async def boundary(settings: Settings, options: Options, *, as_json: bool) -> int:
    """Show where research helps."""
    found = await commands.boundary(
        settings, options["out"], data=options["data"], write=not options["dry_run"]
    )
    if as_json:
        echo_json(
            {
                "rows": [
                    {
                        "generator": row.generator,
                        "kind": row.kind,
                        "research": row.verdict,
                        "gain": row.change.value,
                        "interval": [row.change.low, row.change.high],
                        "comparisons": row.comparisons,
                        "as_good_without": row.known,
                        "extra_usd": row.extra_usd,
                        "extra_s": row.extra_s,
                    }
                    for row in found.rows
                ],
                "added_to_gate": found.added,
                "file": str(found.file),
            }
        )
        return DONE
    for line in boundary_lines(found.benchmark, found.rows):
        click.echo(plain(line))
    click.echo(f"The page is {found.file}.")
    return DONE


async def results(settings: Settings, *, as_json: bool) -> int:
    """List the registry."""
    entries = registered(registry_file(settings.data_dir))
    if as_json:
        echo_json({"results": [dict(entry) for entry in entries]})
        return DONE
    if not entries:
        click.echo("No run was scored yet.")
    for entry in entries:
        overall = entry.get("overall")
        value = "–" if overall is None else f"{overall:.4g}"
        click.echo(
            f"{entry['at']}  {entry['benchmark']}  {entry['condition']}  {value}  "
            f"({entry['marked']} of {entry['samples']} judged by {entry['judge'] or 'nobody'}, "
            f"${entry['cost_usd']:.2f}, commit {entry['commit'] or 'unknown'})"
        )
    return DONE


async def data(settings: Settings, options: Options, *, as_json: bool) -> int:
    """Say where data come from; exit status 1 where a download has something odd."""
    del settings
    benchmark = benchmark_named(options["benchmark"])
    place: Path | None = options["data"]
    if place is None:
        if as_json:
            echo_json({"benchmark": benchmark.name, "where": benchmark.where})
        else:
            click.echo(benchmark.where)
        return DONE
    loaded = await asyncio.to_thread(benchmark.load, place)
    if as_json:
        echo_json(
            {
                "benchmark": benchmark.name,
                "samples": len(loaded.samples),
                "sha256": loaded.sha256,
                "is_published": loaded.is_published,
                "problems": [str(problem) for problem in loaded.problems],
            }
        )
    else:
        click.echo(f"{len(loaded.samples)} samples, SHA-256 {loaded.sha256}")
        for problem in loaded.problems:
            click.echo(plain(str(problem)))
    return FAILED if loaded.problems else DONE


def _show(found: Report, *, as_json: bool) -> None:
    if as_json:
        echo_json(commands.report_object(found))
        return
    click.echo(plain(found.verdict))
    for each in found.scored:
        judge = f" by {each.judge}" if each.judge else ""
        click.echo(
            f"{each.condition}{judge}: {number(each.interval, found.benchmark)}, missing = 0: "
            f"{number(each.interval_zero, found.benchmark)}; {each.left_out.n} of "
            f"{len(each.rows)} judged"
        )
        for why, n in each.missing.items():
            click.echo(f"  without marks: {n} {plain(why)}")
    for judges, dimensions in found.agreements.items():
        for name, one in dimensions.items():
            kappa = "–" if one.kappa is None else f"{one.kappa:.2f}"
            click.echo(f"{judges} on {name}: {one.same:.0%} the same, kappa {kappa}, {one.n} marks")


def _judges(
    urls: Sequence[str], models: Sequence[str], key_names: Sequence[str]
) -> list[JudgeOptions]:
    if len(urls) != len(models):
        raise InvalidRequest("Give one --judge-model for each --judge.")
    if key_names and len(key_names) != len(urls):
        raise InvalidRequest("Give one --judge-key-env for each --judge, or none.")
    for url in urls:
        if not url.startswith(("http://", "https://")):
            raise InvalidRequest(f"{url!r} is not an address such as http://127.0.0.1:8000/v1.")
    names = key_names or ("",) * len(urls)
    return [JudgeOptions(*parts) for parts in zip(urls, models, names, strict=True)]


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip()) or ("",)


def _numbers(text: str, option: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in _list(text))
    except ValueError:
        raise InvalidRequest(f"{option} takes whole numbers, not {text!r}.") from None


def _no_report(_line: str) -> None:
    """Nothing beside the JSON object."""


def _print_to_stderr(line: str) -> None:
    click.echo(plain(line), err=True)
