"""The commands of ``limner train`` with their options. Nothing heavy is imported here."""

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
    help="Folder to write to.",
)
data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    required=True,
    metavar="DIR",
    help="Folder that `limner train data export` wrote.",
)


@click.group()
def train() -> None:
    """Train an agent of your own from what people did with pictures, and promote it."""


@train.group("data")
def data_group() -> None:
    """Make training data."""


@data_group.command("export")
@out_option
@click.option("--profile", metavar="NAME", help="Profile to train; defaults to the agent's.")
@click.option("--generator", "generators", multiple=True, metavar="NAME", help="Only its jobs.")
@click.option("--min-value", type=click.FloatRange(0, 1), default=0.5, show_default=True,
              help="Lowest value of a result, as people or the self-check rated it.")  # fmt: skip
@click.option("--held-out", type=click.FloatRange(0, 0.9), default=0.1, show_default=True,
              help="Share of the subjects to compare on and never train on.")  # fmt: skip
@click.option("--needs-value", is_flag=True, help="Leave out results without a rating.")
@click.option("--licensed", is_flag=True, help="Only references whose licences allow it.")
@click.option(
    "--benchmark",
    "benchmarks",
    multiple=True,
    metavar="NAME=DIR",
    help="Leave out near-duplicates of this benchmark's prompts; repeat for more.",
)
@json_option
def export_command(*, as_json: bool, **options: Any) -> None:
    """Write supervised, preference and reinforcement records of jobs that may be trained with.

    A killed export goes on where it was. Benchmarks whose files are not given are named in the data
    card as not checked.
    """

    def work(settings: Settings) -> Awaitable[int]:
        from app.cli.train import export

        return export(settings, options, as_json=as_json)

    start(work, as_json=as_json)


@data_group.command("prompts")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True,
              metavar="FILE", help="File to write.")  # fmt: skip
@click.option("--count", type=click.IntRange(1), default=1000, show_default=True,
              help="Requests in all.")  # fmt: skip
@click.option("--benchmark", "benchmarks", multiple=True, metavar="NAME=DIR",
              help="Leave out near-duplicates of this benchmark's prompts.")  # fmt: skip
@json_option
def prompts_command(*, as_json: bool, **options: Any) -> None:
    """Write requests to make trajectories from: what people asked for, and what a model invents."""

    def work(settings: Settings) -> Awaitable[int]:
        from app.cli.train import prompts

        return prompts(settings, options, as_json=as_json)

    start(work, as_json=as_json)


@data_group.command("trajectories")
@click.option("--prompts", type=click.Path(path_type=Path, dir_okay=False, exists=True),
              required=True, metavar="FILE", help="Requests.")  # fmt: skip
@out_option
@click.option("--generator", metavar="NAME", help="Generator of the ground truth.")
@click.option("--at-once", type=click.IntRange(1, 512), default=8, show_default=True,
              help="Jobs at the same time.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Use at most so many.")
@json_option
def trajectories_command(*, as_json: bool, **options: Any) -> None:
    """Run requests through Limner with the configured model, in a data folder of their own.

    Export them with LIMNER_DATA_DIR set to that folder. What was run is not run again.
    """

    def work(settings: Settings) -> Awaitable[int]:
        from app.cli.train import trajectories

        return trajectories(settings, options, as_json=as_json)

    start(work, as_json=as_json)


@data_group.command("archive")
@out_option
@json_option
def archive_command(*, as_json: bool, **options: Any) -> None:
    """Write the searches of jobs that may be trained with, to be replayed without a network."""

    def work(settings: Settings) -> Awaitable[int]:
        from app.cli.train import archive

        return archive(settings, options, as_json=as_json)

    start(work, as_json=as_json)


python_option = click.option(
    "--python",
    metavar="PATH",
    help="Python of an environment with torch and transformers; defaults to Limner's own.",
)
set_option = click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="NAME=VALUE",
    help="Change one of the trainer's own options, such as learning_rate=2e-5.",
)
model_option = click.option(
    "--model", required=True, metavar="DIR", help="Folder of the checkpoint to start from."
)


def environment_options(command: Any) -> Any:
    """Options of rollouts: archive, generator, judge and how many at once."""
    options = (
        click.option(
            "--archive",
            type=click.Path(path_type=Path, file_okay=False, exists=True),
            required=True,
            metavar="DIR",
            help="Searches that `limner train data archive` wrote.",
        ),
        click.option("--generator", metavar="NAME", help="Generator to draw with."),
        click.option("--judge", required=True, metavar="URL", help="Server of the judging model."),
        click.option("--judge-model", required=True, metavar="NAME", help="Its model."),
        click.option("--judge-key-env", default="", metavar="NAME",
                     help="Environment variable that holds its key."),
        click.option("--alpha", type=click.FloatRange(0, 1), default=0.5, show_default=True,
                     help="Weight of the instructions' mark in the reward."),
        click.option("--limit", type=click.IntRange(1), metavar="N", help="Use at most so many."),
        click.option("--at-once", type=click.IntRange(1, 512), default=16, show_default=True,
                     help="Rollouts at the same time."),
        click.option("--vllm", default="vllm", show_default=True, metavar="PATH",
                     help="The program that serves checkpoints."),
        click.option("--vllm-arg", "vllm_arguments", multiple=True, metavar="TEXT",
                     help="A further argument for it; repeat for more."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@train.command("sft")
@data_option
@out_option
@model_option
@click.option(
    "--recipe",
    type=click.Choice(["local", "llama-factory"]),
    default="local",
    show_default=True,
    help="Train here on one device, or write a configuration for LLaMA-Factory.",
)
@python_option
@set_option
@json_option
def sft_command(*, as_json: bool, **options: Any) -> None:
    """Fine-tune on supervised records; a killed training goes on from its latest checkpoint."""

    def work(settings: Settings) -> Awaitable[int]:
        from app.cli.train_models import sft

        return sft(settings, options, as_json=as_json)

    start(work, as_json=as_json)


@train.command("rft")
@data_option
@out_option
@model_option
@environment_options
@click.option("--group", type=click.IntRange(1, 64), default=6, show_default=True,
              help="Rollouts of each question.")  # fmt: skip
@click.option("--least-gain", type=float, default=0.05, show_default=True,
              help="What research must add to the reward.")  # fmt: skip
@python_option
@set_option
@json_option
def rft_command(*, as_json: bool, **options: Any) -> None:
    """Learn from rollouts in which research helped this generator: the cheapest loop."""

    def work(settings: Settings) -> Awaitable[int]:
        from app.cli.train_models import rft

        return rft(settings, options, as_json=as_json)

    start(work, as_json=as_json)


@train.command("rl")
@data_option
@out_option
@model_option
@environment_options
@click.option("--group", type=click.IntRange(2, 64), default=6, show_default=True,
              help="Rollouts of each question.")  # fmt: skip
@click.option("--batch", type=click.IntRange(1, 512), default=8, show_default=True,
              help="Questions of each step.")  # fmt: skip
@click.option("--steps", type=click.IntRange(1), default=1, show_default=True,
              help="Steps in all; finished ones are not done again.")  # fmt: skip
@click.option(
    "--recipe",
    type=click.Choice(["local", "verl"]),
    default="local",
    show_default=True,
    help="Train here on one device, or write a configuration for verl on a cluster.",
)
@python_option
@set_option
@json_option
def rl_command(*, as_json: bool, **options: Any) -> None:
    """Train with GRPO in Limner's own loop over kept searches."""

    def work(settings: Settings) -> Awaitable[int]:
        from app.cli.train_models import rl

        return rl(settings, options, as_json=as_json)

    start(work, as_json=as_json)


@train.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--url", "urls", multiple=True, required=True, metavar="URL",
              help="Where it is served, ending in /v1; repeat for more.")  # fmt: skip
@click.option("--name", required=True, metavar="NAME", help="Its name on those servers.")
@click.option("--profile", metavar="NAME", help="Its profile; defaults to the agent's.")
@json_option
def register_command(*, as_json: bool, **options: Any) -> None:
    """Check that FOLDER is a checkpoint that vLLM serves, and make it known as a candidate."""

    def work(settings: Settings) -> Awaitable[int]:
        from app.cli.train_agents import register

        return register(settings, options, as_json=as_json)

    start(work, as_json=as_json)


@train.command("compare")
@click.argument("checkpoint", metavar="CHECKPOINT")
@data_option
@environment_options
@click.option("--tries", type=click.IntRange(1, 16), default=2, show_default=True,
              help="Rollouts of each agent for each question.")  # fmt: skip
@click.option("--benchmark-run", type=click.Path(path_type=Path, file_okay=False, exists=True),
              metavar="DIR", help="A scored run of `limner evaluate` with both.")  # fmt: skip
@click.option("--conditions", metavar="SERVING,CANDIDATE",
              help="Its conditions of the two.")  # fmt: skip
@json_option
def compare_command(*, as_json: bool, **options: Any) -> None:
    """Compare a checkpoint with the agent that serves, on the held-out questions.

    Both must be served where they are registered. With --benchmark-run it must not be worse in
    that run either. Exit status 1 where it is not better.
    """

    def work(settings: Settings) -> Awaitable[int]:
        from app.cli.train_agents import compare

        return compare(settings, options, as_json=as_json)

    start(work, as_json=as_json)


@train.command("promote")
@click.argument("checkpoint", metavar="CHECKPOINT", required=False)
@click.option("--share", type=click.FloatRange(0, 1), metavar="PART",
              help="Give it only this part of the jobs, such as 0.1.")  # fmt: skip
@click.option(
    "--roll-back",
    is_flag=True,
    help="Withdraw the checkpoint on trial or, without one, the one that serves.",
)
@json_option
def promote_command(*, as_json: bool, **options: Any) -> None:
    """Let a checkpoint that won its comparison serve, or take one out of use."""

    def work(settings: Settings) -> Awaitable[int]:
        from app.cli.train_agents import promote

        return promote(settings, options, as_json=as_json)

    start(work, as_json=as_json)


@train.command("status")
@json_option
def status_command(*, as_json: bool) -> None:
    """Show what may be trained with, and the trained agents."""

    def work(settings: Settings) -> Awaitable[int]:
        from app.cli.train_agents import status

        return status(settings, as_json=as_json)

    start(work, as_json=as_json)
