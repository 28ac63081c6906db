"""The work and the output of ``limner train status``, ``export``, ``compare`` and ``promote``."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import click

from app import database
from app.cli.edge import DONE, FAILED, echo_json
from app.cli.train import Options, chosen_profile
from app.cli.train_models import opened_environment
from app.models import chat_model, research_profile
from app.settings import Settings, secret
from bot.text import plain
from domain.errors import InvalidRequest, NotPossibleNow
from domain.training import AgentCheckpoint, CheckpointState
from evaluation.report.bootstrap import Interval
from storage.checkpoints import SqlCheckpointStore
from storage.unit_of_work import SqlStore
from training.comparison import compare as compare_agents
from training.comparison import with_benchmark
from training.data.splits import HELD_OUT
from training.promotion import OWN, Promotion
from training.questions import read_questions


@asynccontextmanager
async def _promotion(settings: Settings) -> AsyncGenerator[tuple[Promotion, SqlStore]]:
    engine = await database.opened(settings)
    try:
        yield Promotion(SqlCheckpointStore(engine)), SqlStore(engine)
    finally:
        await engine.dispose()


async def register(settings: Settings, options: Options, *, as_json: bool) -> int:
    """Make a checkpoint known."""
    profile = chosen_profile(settings, options["profile"])
    for url in options["urls"]:
        if not url.startswith(("http://", "https://")):
            raise InvalidRequest(f"{url!r} is not an address such as http://127.0.0.1:8000/v1.")
    async with _promotion(settings) as (promotion, _store):
        made = await promotion.register(
            options["folder"], base_urls=options["urls"], model=options["name"],
            profile=profile.name,
        )  # fmt: skip
    command = f"vllm serve {made.folder} --served-model-name {made.model}"
    if as_json:
        echo_json({**_plain(made), "command": command})
    else:
        click.echo(f"{made.id}: {made.state.value}")
        click.echo(f"Serve it with: {command}")
    return DONE


async def compare(settings: Settings, options: Options, *, as_json: bool) -> int:
    """Compare a checkpoint with what serves; exit status 1 where it is not better."""
    questions = read_questions(options["data"], HELD_OUT, limit=options["limit"])
    async with AsyncExitStack() as stack:
        promotion, _store = await stack.enter_async_context(_promotion(settings))
        candidate = await promotion.find(options["checkpoint"])
        if candidate.state is CheckpointState.LOST:
            raise NotPossibleNow(
                f"The checkpoint {candidate.id} lost its comparison, so it is never promoted."
            )
        serving = await promotion.serving()
        if serving is not None and serving.id == candidate.id:
            raise NotPossibleNow(f"The checkpoint {candidate.id} serves already.")
        if serving is None and not settings.model_base_url:
            raise InvalidRequest(
                "No agent serves that it could be compared with. Set LIMNER_MODEL_BASE_URL."
            )
        environment = await stack.enter_async_context(opened_environment(settings, options))
        found = await compare_agents(
            environment,
            _model(settings, stack, serving),
            _model(settings, stack, candidate),
            questions,
            against=serving.id if serving is not None else OWN,
            tries=options["tries"],
        )
        c = found.comparison
        if options["benchmark_run"] is not None:
            c = with_benchmark(c, _on_benchmark(options))
        changed = await promotion.compared(candidate.id, c)
    if as_json:
        echo_json(
            {**_plain(changed), "serving": found.first, "candidate": found.second,
             "missing": found.missing}
        )  # fmt: skip
    else:
        click.echo(
            f"{found.second} against {found.first}: {c.difference:+.4f} [{c.low:+.4f}, "
            f"{c.high:+.4f}] over {c.pairs} questions; {c.wins} won, {c.losses} lost, "
            f"{found.missing} without marks"
        )
        click.echo(f"{changed.id}: {changed.state.value}")
    return DONE if c.is_better else FAILED


def _on_benchmark(options: Options) -> Interval:
    """The gain of the candidate in a run of the benchmarks. Raises ``InvalidRequest``."""
    from evaluation.commands import report

    names = (options["conditions"] or "").split(",")
    if len(names) != 2:
        raise InvalidRequest("Name the run's two conditions with --conditions, such as a,b.")
    found, _files = report(options["benchmark_run"], pairs=[(names[0], names[1])])
    if not found.comparisons:
        known = ", ".join(condition.name for condition in found.recipe.conditions)
        raise InvalidRequest(f"The run has no such two conditions; it has {known}.")
    return found.comparisons[0].difference.overall


async def promote(settings: Settings, options: Options, *, as_json: bool) -> int:
    """Promote a checkpoint, give it a share of jobs, or take one out of use."""
    name, share, back = options["checkpoint"], options["share"], options["roll_back"]
    if back == bool(name):
        raise InvalidRequest("Name a checkpoint, or say --roll-back.")
    async with _promotion(settings) as (promotion, _store):
        if back:
            out, serves = await promotion.roll_back()
            now = serves.id if serves is not None else "the agent of the settings"
            result = f"{out.id} is out of use; {now} serves"
            changed = out
        elif share is not None and share < 1:
            changed = await promotion.give_share(name, share)
            result = f"{changed.id} gets {changed.share:.0%} of the jobs"
        else:
            changed = await promotion.promote(name)
            result = f"{changed.id} serves"
    if as_json:
        echo_json(_plain(changed))
    else:
        click.echo(f"{result}. Running processes take note within 15 seconds.")
    return DONE


async def status(settings: Settings, *, as_json: bool) -> int:
    """Show what may be trained with, and the trained agents with what people made of them."""
    async with _promotion(settings) as (promotion, store):
        every = await promotion.all()
        kept = await store.operations.kept_trajectories()
        outcomes = await store.operations.agent_outcomes()
    if as_json:
        echo_json(
            {
                "trajectories": dict(kept),
                "checkpoints": [_plain(each) for each in every],
                "outcomes": {name or "settings": dict(found) for name, found in outcomes.items()},
            }
        )
        return DONE
    click.echo(f"{sum(kept.values())} conversations of {len(kept)} workspaces may be trained with.")
    if not any(each.state is CheckpointState.SERVED for each in every):
        name = settings.model_name if settings.model_base_url else "the rule-based planner"
        click.echo(plain(f"The agent of the settings serves: {name}, {_dialect(settings)}"))
    for each in every:
        click.echo(plain(_line(each)))
    for name, found in outcomes.items():
        click.echo(
            plain(f"{name or 'settings'}: {found['jobs']} jobs, {found['votes_up']} votes for and "
                  f"{found['votes_down']} against")
        )  # fmt: skip
    return DONE


def _dialect(settings: Settings) -> str:
    return f"profile {research_profile(settings).name}"


def _line(each: AgentCheckpoint) -> str:
    share = f", {each.share:.0%} of jobs" if each.state is CheckpointState.CANARY else ""
    c = each.comparison
    compared = f", {c.difference:+.4f} [{c.low:+.4f}, {c.high:+.4f}]" if c is not None else ""
    return f"{each.id}: {each.state.value}{share}{compared} ({each.model}, {each.profile})"


def _model(settings: Settings, stack: AsyncExitStack, agent: AgentCheckpoint | None) -> Any:
    """The chat model of a checkpoint, or of the settings, sampled as in use."""
    profile = research_profile(settings)
    return chat_model(
        settings,
        stack,
        base_urls=agent.base_urls if agent is not None else settings.model_base_url,
        model=agent.model if agent is not None else settings.model_name,
        api_key=secret(settings.model_api_key),
        temperature=profile.temperature,
        top_p=profile.top_p,
    )


def _plain(each: AgentCheckpoint) -> dict[str, Any]:
    c = each.comparison
    return {
        "id": each.id,
        "state": each.state.value,
        "share": each.share,
        "folder": each.folder,
        "base_urls": list(each.base_urls),
        "model": each.model,
        "profile": each.profile,
        "changed_at": each.changed_at.isoformat(),
        "about": dict(each.about),
        "comparison": None
        if c is None
        else {
            "against": c.against,
            "difference": c.difference,
            "interval": [c.low, c.high],
            "pairs": c.pairs,
            "wins": c.wins,
            "losses": c.losses,
        },
    }
