"""The commands of ``limner evaluate`` with their options. Nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.options import json_option
from app.cli.options import run_command as start

if TYPE_CHECKING:
    from app.settings import Settings

out_option = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="DIR",
    help="Folder of the run.",
)
data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The benchmark's download; defaults to that of the run.",
)
judge_options = (
    click.option(
        "--judge",
        "judges",
        multiple=True,
        metavar="URL",
        help="Server of a vision model (OpenAI-compatible, ends in /v1); repeat for more judges.",
    ),
    click.option(
        "--judge-model", "models", multiple=True, metavar="NAME", help="Its model, one per judge."
    ),
    click.option(
        "--judge-key-env",
        "key_names",
        multiple=True,
        metavar="VARIABLE",
        help="Environment variable that holds its key, one per judge.",
    ),
)
NAMES = (
    *("limner", "knowgen", "wise", "wise-legacy", "genevolve"),
    *("agentgen", "agentgen-testmini", "agentgen-easy", "agentgen-hard"),
)


@click.group()
def evaluate() -> None:
    """Run benchmarks and score, report and compare the results."""


@evaluate.command("run")
@click.argument("benchmark", type=click.Choice(NAMES))
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    default=Path(),
    help="The benchmark's download (see `limner evaluate data`).",
)
@out_option
@click.option("--research", default="auto", show_default=True, metavar="LIST",
              help="Comma-separated: off, auto, quick, deep, planner.")  # fmt: skip
@click.option("--generator", "generators", default="", metavar="LIST",
              help="Comma-separated generators; default: the configured one.")  # fmt: skip
@click.option("--profile", "profiles", default="", metavar="LIST",
              help="Comma-separated agent profiles; default: the configured one.")  # fmt: skip
@click.option("--self-check", "checks", default="default", show_default=True, metavar="LIST",
              help="Comma-separated: on, off, default.")  # fmt: skip
@click.option("--best-of", default="1", show_default=True, metavar="LIST",
              help="Comma-separated numbers of pictures to choose from, 1 to 4.")  # fmt: skip
@click.option("--seed", "seeds", default="1", show_default=True, metavar="LIST",
              help="Comma-separated seeds.")  # fmt: skip
@click.option("--limit", type=click.IntRange(min=1), metavar="N",
              help="Run N samples, spread evenly over all.")  # fmt: skip
@click.option("--shard", default="1/1", show_default=True, metavar="I/N",
              help="Run the I-th of N parts.")  # fmt: skip
@click.option("--at-once", type=click.IntRange(1, 512), default=96, show_default=True, metavar="N",
              help="Samples that are worked on at once.")  # fmt: skip
@click.option("--max-usd", type=click.FloatRange(min=0), metavar="USD",
              help="Begin no further sample once this is spent.")  # fmt: skip
@click.option("--max-hours", type=click.FloatRange(min=0, min_open=True), metavar="HOURS",
              help="Begin no further sample after this time.")  # fmt: skip
@click.option("--retry-failed", "again", is_flag=True, help="Try samples that failed once more.")
@json_option
def run_command(*, as_json: bool, **options: Any) -> None:
    """Run BENCHMARK through Limner; the same command again continues an interrupted run."""

    async def work(settings: Settings) -> int:
        from app.cli.evaluate import run

        return await run(settings, options, as_json=as_json)

    start(work, as_json=as_json)


def _with_judges(command: Any) -> Any:
    for option in reversed(judge_options):
        command = option(command)
    return command


@evaluate.command("score")
@out_option
@data_option
@_with_judges
@click.option("--judge-checkout", "checkout", metavar="DIR",
              type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Run upstream's own judge script from this checkout instead.")  # fmt: skip
@click.option("--python", default="python3", show_default=True, metavar="FILE",
              help="Python that runs upstream's script.")  # fmt: skip
@click.option("--at-once", type=click.IntRange(1, 256), default=8, show_default=True, metavar="N",
              help="Pictures that are judged at once.")  # fmt: skip
@json_option
def score_command(*, as_json: bool, **options: Any) -> None:
    """Have the pictures of a run judged and print the scores."""

    async def work(settings: Settings) -> int:
        from app.cli.evaluate import score

        return await score(settings, options, as_json=as_json)

    start(work, as_json=as_json)


@evaluate.command("report")
@out_option
@data_option
@json_option
def report_command(*, as_json: bool, **options: Any) -> None:
    """Write the report of a run as Markdown and as a page."""

    def work(settings: Settings) -> Awaitable[int]:
        from app.cli.evaluate import report

        return report(settings, options, as_json=as_json)

    start(work, as_json=as_json)


@evaluate.command("compare")
@click.argument("conditions", metavar="FIRST,SECOND")
@out_option
@data_option
@json_option
def compare_command(*, as_json: bool, **options: Any) -> None:
    """Compare two conditions of a run, such as off,auto, sample by sample.

    Comparing research off with another research also writes the table of where search helps.
    """

    def work(settings: Settings) -> Awaitable[int]:
        from app.cli.evaluate import compare

        return compare(settings, options, as_json=as_json)

    start(work, as_json=as_json)


@evaluate.command("boundary")
@out_option
@data_option
@click.option(
    "--dry-run", is_flag=True, help="Write nothing into the table that the search gate uses."
)
@json_option
def boundary_command(*, as_json: bool, **options: Any) -> None:
    """Show for which kinds of subject research helps each generator, where it hurts, and its cost.

    Needs a judged run with --research off and another research.
    """

    def work(settings: Settings) -> Awaitable[int]:
        from app.cli.evaluate import boundary

        return boundary(settings, options, as_json=as_json)

    start(work, as_json=as_json)


@evaluate.command("arena")
@click.argument(
    "votes", nargs=-1, metavar="[VOTES]…", type=click.Path(path_type=Path, dir_okay=False)
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="Folder of the run.")  # fmt: skip
@data_option
@click.option(
    "--product",
    is_flag=True,
    help="Score members' votes in chats instead, where workspaces agreed to training.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Show at most N pairs.")
@json_option
def arena_command(*, as_json: bool, **options: Any) -> None:
    """Write a page of blind pairs for people to vote on; with VOTES, print the scores.

    The page saves each person's votes as a file. Scores are Bradley-Terry, 1000 on average; 400
    points are odds of ten to one.
    """

    if options["product"] is (options["out"] is not None):
        raise click.UsageError("Give either --out or --product.")

    def work(settings: Settings) -> Awaitable[int]:
        from app.cli.evaluate_arena import arena

        return arena(settings, options, as_json=as_json)

    start(work, as_json=as_json)


@evaluate.command("results")
@json_option
def results_command(*, as_json: bool) -> None:
    """List the scored runs with recipe, judge and cost."""

    def work(settings: Settings) -> Awaitable[int]:
        from app.cli.evaluate import results

        return results(settings, as_json=as_json)

    start(work, as_json=as_json)


@evaluate.command("data")
@click.argument("benchmark", type=click.Choice(NAMES))
@click.option("--data", type=click.Path(path_type=Path), metavar="DIR", help="Check this download.")
@json_option
def data_command(*, as_json: bool, **options: Any) -> None:
    """Say where BENCHMARK's data come from, and check a download."""

    def work(settings: Settings) -> Awaitable[int]:
        from app.cli.evaluate import data

        return data(settings, options, as_json=as_json)

    start(work, as_json=as_json)
