"""The work and the output of ``limner train``."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import click

from agent.profiles.profile import AgentProfile
from agent.profiles.registry import PROFILES
from agent.sandbox.picture_decoder import DecodingPool
from app import database
from app.blobs import opened_blobs
from app.cli.edge import DONE, FAILED, echo_json
from app.models import research_model, research_profile
from app.settings import Settings
from domain.errors import InvalidRequest
from evaluation.benchmarks.registry import BENCHMARKS, OWN, benchmark_named
from storage.unit_of_work import SqlStore
from training.data.archiving import archive_searches
from training.data.card import DataCard
from training.data.export import ExportSettings
from training.data.export import export as export_data
from training.data.filters import FilterSettings
from training.data.prompts import (
    PromptSet,
    from_model,
    from_requests,
    read_prompts,
    write_prompts,
)
from training.data.trajectories import make_trajectories

Options = Mapping[str, Any]


async def export(settings: Settings, options: Options, *, as_json: bool) -> int:
    """Export training data, and print the counts."""
    profile = chosen_profile(settings, options["profile"])
    prompts = await asyncio.to_thread(benchmark_prompts, options["benchmarks"])
    chosen = ExportSettings(
        out=options["out"],
        profile=profile,
        filters=FilterSettings(
            profile=profile.name,
            min_value=options["min_value"],
            needs_value=options["needs_value"],
            licensed=options["licensed"],
            generators=tuple(options["generators"]),
        ),
        benchmarks=prompts,
        held_out=options["held_out"],
        unchecked=tuple(name for name in BENCHMARKS if name not in prompts),
        on_progress=(lambda _seen: None) if as_json else _print_seen,
    )
    async with AsyncExitStack() as stack:
        engine = await database.opened(settings)
        stack.push_async_callback(engine.dispose)
        blobs = await stack.enter_async_context(opened_blobs(settings))
        decoder = DecodingPool(size=settings.worker_processes)
        stack.push_async_callback(decoder.aclose)
        card = await export_data(SqlStore(engine), blobs, decoder, chosen)
    if as_json:
        echo_json({"out": str(chosen.out), **card.as_json()})
    else:
        _show(card, chosen.out)
    return DONE


async def archive(settings: Settings, options: Options, *, as_json: bool) -> int:
    """Write an archive of searches."""
    out: Path = options["out"]
    async with AsyncExitStack() as stack:
        engine = await database.opened(settings)
        stack.push_async_callback(engine.dispose)
        blobs = await stack.enter_async_context(opened_blobs(settings))
        made = await archive_searches(SqlStore(engine), blobs, out)
    if as_json:
        echo_json({"out": str(out), "searches": len(made)})
    else:
        click.echo(f"{len(made)} searches in {out}")
    return DONE


async def prompts(settings: Settings, options: Options, *, as_json: bool) -> int:
    """Write requests; exit status 1 where there are fewer than were asked for."""
    found = PromptSet(await asyncio.to_thread(benchmark_prompts, options["benchmarks"]))
    async with AsyncExitStack() as stack:
        engine = await database.opened(settings)
        stack.push_async_callback(engine.dispose)
        await from_requests(SqlStore(engine), found)
        if len(found.prompts) < options["count"] and settings.model_base_url:
            model = research_model(settings, stack, temperature=1.0)
            await from_model(model, found, options["count"])
    made = found.prompts[: options["count"]]
    await asyncio.to_thread(write_prompts, options["out"], made)
    if as_json:
        echo_json({"out": str(options["out"]), "prompts": len(made), "left_out": found.left_out})
    else:
        click.echo(f"{len(made)} requests in {options['out']}")
        for reason, n in found.left_out.items():
            click.echo(f"  left out: {n}, {reason}")
    return DONE if len(made) == options["count"] else FAILED


async def trajectories(settings: Settings, options: Options, *, as_json: bool) -> int:
    """Run requests; exit status 1 where none was done."""
    if not settings.model_base_url:
        raise InvalidRequest("A model makes trajectories. Set LIMNER_MODEL_BASE_URL.")
    asked = read_prompts(options["prompts"])[: options["limit"]]
    ended = await make_trajectories(
        settings,
        asked,
        options["out"],
        generator=options["generator"],
        at_once=options["at_once"],
        report=(lambda _n, _status: None) if as_json else _print_count,
    )
    if as_json:
        echo_json({"out": str(options["out"]), "ended": ended})
    else:
        for status, n in sorted(ended.items()):
            click.echo(f"{status}: {n}")
    return DONE if ended.get("done") else FAILED


def chosen_profile(settings: Settings, name: str | None) -> AgentProfile:
    """The profile of that name, or the research model's. Raises ``InvalidRequest``."""
    if not name:
        return research_profile(settings)
    if name not in PROFILES:
        raise InvalidRequest(f"There is no profile {name!r}. Choose from {', '.join(PROFILES)}.")
    return PROFILES[name]


def benchmark_prompts(given: Sequence[str]) -> dict[str, Sequence[str]]:
    """The prompts of our own benchmark and of those whose files are given as ``NAME=DIR``.

    Raises:
        InvalidRequest: A benchmark is not known, or its files are not there.
    """
    places = {OWN: Path()}
    for each in given:
        name, _, place = each.partition("=")
        if name not in BENCHMARKS or not place:
            raise InvalidRequest(
                f"{each!r} is not NAME=DIR with one of {', '.join(BENCHMARKS)} as the name."
            )
        places[name] = Path(place)
    found = {name: benchmark_named(name).load(place) for name, place in places.items()}
    return {name: [s.prompt for s in loaded.samples] for name, loaded in found.items()}


def _print_count(number: int, _status: str) -> None:
    if number % 25 == 0:
        click.echo(f"{number} requests were run", err=True)


def _print_seen(seen: int) -> None:
    click.echo(f"{seen} jobs looked at", err=True)


def _show(card: DataCard, out: Path) -> None:
    click.echo(f"{card.seen} jobs; training data in {out}")
    for name, n in sorted(card.parts.items()):
        click.echo(f"  {name}: {n}")
    for reason, n in card.left_out.most_common():
        click.echo(f"  left out: {n}, {reason}")
    for kind, plan in card.planned().items():
        click.echo(
            f"  {plan['records']:,.0f} records for {kind} would take about "
            f"${plan['research_usd']:,.2f} of research at this rate"
        )
    if card.unchecked:
        click.echo(f"Not checked against: {', '.join(card.unchecked)} (give --benchmark).")
