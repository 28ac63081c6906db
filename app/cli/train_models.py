"""The work and the output of ``limner train sft``, ``rft`` and ``rl``."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import click

from agent.model_clients.chat import ModelSettings, OpenAiChatModel
from agent.ports import ChatModel
from agent.research.loop import LoopSettings
from agent.research.prompts import read_template
from agent.research.protocol import answer_grammar, turn_grammar
from agent.sandbox.picture_decoder import DecodingPool
from app.cli.edge import DONE, FAILED, echo_json
from app.cli.train import Options
from app.generators import backend_context, offered_generators
from app.models import chat_model, research_profile
from app.restart import give_up
from app.settings import Settings
from domain.errors import InvalidRequest
from generation.registry import Renderers
from training.data.splits import TRAIN
from training.environment import Environment
from training.programs import run_trainer
from training.questions import read_questions
from training.recipes import llama_factory, verl
from training.replay import SearchArchive
from training.reward import RewardJudge
from training.rounds import (
    TEMPERATURE,
    TOP_P,
    Sampling,
    Serve,
    Trainer,
    reinforcement,
    rejection_sampling,
)
from training.serving import served

SERVED_NAME = "checkpoint"


async def sft(settings: Settings, options: Options, *, as_json: bool) -> int:
    """Fine-tune, or write LLaMA-Factory's configuration."""
    del settings
    data, out = options["data"], options["out"]
    if options["recipe"] == "llama-factory":
        files = llama_factory.write(
            out, data=data, model=options["model"], changes=changes_of(options["changes"])
        )
        return _print_files(files, llama_factory.command(out), as_json=as_json)
    config = {
        "model": options["model"],
        "out": str(out),
        "root": str(data),
        "train": [str(data / "sft" / "train")],
        "held_out": _places(data / "sft" / "held-out"),
        **changes_of(options["changes"]),
    }
    report = await run_trainer("sft", config, out, python=python_of(options))
    if as_json:
        echo_json({"checkpoint": str(out / "final"), **report})
    else:
        losses = report["losses"]
        click.echo(f"{report['steps']} steps; loss {losses[0]:.3f} → {losses[-1]:.3f}")
        click.echo(f"The checkpoint is in {out / 'final'}.")
    return DONE


async def rft(settings: Settings, options: Options, *, as_json: bool) -> int:
    """Rejection sampling; exit status 1 where nothing was worth learning from."""
    questions = read_questions(options["data"], TRAIN, limit=options["limit"])
    async with opened_environment(settings, options) as environment:
        report = await rejection_sampling(
            environment,
            serving(settings, options),
            Path(options["model"]),
            questions,
            options["out"],
            trainer=Trainer(python_of(options), changes_of(options["changes"])),
            sampling=Sampling(group=options["group"]),
            least_gain=options["least_gain"],
        )
    if as_json:
        echo_json(report)
    else:
        click.echo(
            f"{report['rollouts']} rollouts, reward {report['reward']} (without research "
            f"{report['baseline']}); {report['taken']} were learned from."
        )
        click.echo(f"The checkpoint is in {report.get('checkpoint', 'no folder: none was made')}.")
    return DONE if report["taken"] else FAILED


async def rl(settings: Settings, options: Options, *, as_json: bool) -> int:
    """GRPO, or verl's configuration."""
    if options["recipe"] == "verl":
        files = verl.write(
            options["out"],
            data=options["data"],
            model=options["model"],
            group=options["group"],
            batch=options["batch"],
            environment={
                "archive": str(options["archive"].resolve()),
                "judge": options["judge"],
                "judge_model": options["judge_model"],
                "judge_key_env": options["judge_key_env"],
                "generator": options["generator"] or settings.generator,
                "alpha": options["alpha"],
            },
        )
        return _print_files(files, verl.command(options["out"]), as_json=as_json)
    questions = read_questions(options["data"], TRAIN, limit=options["limit"])

    def print_progress(report: Mapping[str, Any]) -> None:
        if not as_json:
            click.echo(
                f"step {report['step']}: reward {report['reward']}, {report['counting']} of "
                f"{report['rollouts']} rollouts count"
            )

    async with opened_environment(settings, options) as environment:
        reports = await reinforcement(
            environment,
            serving(settings, options),
            Path(options["model"]),
            questions,
            options["out"],
            steps=options["steps"],
            trainer=Trainer(python_of(options), changes_of(options["changes"])),
            sampling=Sampling(group=options["group"], batch=options["batch"]),
            on_report=print_progress,
        )
    if as_json:
        echo_json({"steps": reports})
    else:
        click.echo(f"The checkpoint is in {reports[-1]['checkpoint']}.")
    return DONE


@asynccontextmanager
async def opened_environment(settings: Settings, options: Options) -> AsyncGenerator[Environment]:
    """The environment that the options describe."""
    async with AsyncExitStack() as stack:
        decoder = DecodingPool(size=settings.worker_processes)
        stack.push_async_callback(decoder.aclose)
        renderers = Renderers(
            default=options["generator"] or settings.generator,
            offered=offered_generators(settings),
            backend_context=backend_context(settings, fatal=give_up),
        )
        stack.push_async_callback(renderers.aclose)
        judge = chat_model(
            settings,
            stack,
            base_urls=(options["judge"],),
            model=options["judge_model"],
            api_key=_key(options["judge_key_env"]),
            temperature=0.0,
        )
        yield Environment(
            archive=SearchArchive(options["archive"]),
            renderers=renderers,
            generator=options["generator"] or settings.generator,
            judge=RewardJudge(judge, decoder, alpha=options["alpha"]),
            decoder=decoder,
            loop=loop_settings(settings),
            at_once=options["at_once"],
        )


def loop_settings(settings: Settings) -> LoopSettings:
    """The agent's dialect and limits, as in use."""
    profile = research_profile(settings)
    grammar = settings.model_grammar
    return LoopSettings(
        profile=profile,
        template=read_template(settings.model_prompt_file),
        max_new_tokens=settings.model_max_tokens,
        model_name=settings.model_name,
        turn_grammar=turn_grammar(tools=tuple(profile.tools), skills=profile.skill_names)
        if grammar
        else None,
        answer_grammar=answer_grammar() if grammar else None,
    )


def serving(settings: Settings, options: Options) -> Serve:
    """Serves a checkpoint with vLLM, sampled as in training."""

    @asynccontextmanager
    async def serve(checkpoint: Path) -> AsyncGenerator[ChatModel]:
        log = options["out"] / "vllm.log"
        async with served(
            checkpoint,
            name=SERVED_NAME,
            vllm=options["vllm"],
            log=log,
            arguments=options["vllm_arguments"],
        ) as url:
            model = OpenAiChatModel(
                ModelSettings(
                    (url,),
                    SERVED_NAME,
                    timeout_s=settings.model_timeout_s,
                    temperature=TEMPERATURE,
                    top_p=TOP_P,
                )
            )
            try:
                yield model
            finally:
                await model.aclose()

    return serve


def python_of(options: Options) -> str:
    """The interpreter that trainers run in."""
    return str(options["python"] or sys.executable)


def changes_of(given: Sequence[str]) -> dict[str, Any]:
    """Options of a trainer as ``NAME=VALUE``; values are JSON, or texts. Raises
    ``InvalidRequest``."""
    changes: dict[str, Any] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not name or not equals:
            raise InvalidRequest(f"{each!r} is not NAME=VALUE.")
        try:
            changes[name] = json.loads(value)
        except ValueError:
            changes[name] = value
    return changes


def _places(folder: Path) -> list[str]:
    return [str(folder)] if folder.is_dir() else []


def _key(name: str) -> str:
    return os.environ.get(name, "") if name else ""


def _print_files(files: Sequence[Path], command: str, *, as_json: bool) -> int:
    if as_json:
        echo_json({"files": [str(file) for file in files], "command": command})
        return DONE
    for file in files:
        click.echo(str(file))
    click.echo(f"Start it with: {command}")
    return DONE
