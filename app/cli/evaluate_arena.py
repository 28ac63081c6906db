"""``limner evaluate arena``: blind pairs for people, and the scores of their votes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from app import database
from app.cli.edge import DONE, echo_json
from app.settings import Settings
from bot.text import plain
from domain.errors import InvalidRequest
from evaluation import commands
from evaluation.judging.arena import Vote, make_pairs, read_votes, standings
from evaluation.judging.product_votes import product_votes
from evaluation.report.arena_page import arena_page
from evaluation.runs.records import RunFolder, write_atomically
from storage.unit_of_work import SqlStore

PAGE = "arena.html"


async def arena(settings: Settings, options: Mapping[str, Any], *, as_json: bool) -> int:
    """Write the page, or print the scores of votes."""
    if options["product"]:
        return _print_scores(await _product_votes(settings), [], as_json=as_json)
    out: Path = options["out"]
    files: Sequence[Path] = options["votes"]
    if files:
        votes, problems = await asyncio.to_thread(read_votes, RunFolder(out), files)
        return _print_scores(votes, problems, as_json=as_json)
    return await asyncio.to_thread(_page, out, options, as_json=as_json)


async def _product_votes(settings: Settings) -> Sequence[Vote]:
    engine = await database.opened(settings)
    try:
        votes = await product_votes(SqlStore(engine))
    finally:
        await engine.dispose()
    if not votes:
        raise InvalidRequest(
            "No member voted on two pictures of one request that were made in different ways, in a "
            "workspace that agreed to training."
        )
    return votes


def _page(out: Path, options: Mapping[str, Any], *, as_json: bool) -> int:
    folder, _benchmark, loaded, _place = commands.loaded_run(out, options["data"])
    pairs = make_pairs(folder, loaded.samples, limit=options["limit"])
    if not pairs:
        raise InvalidRequest("The run has no two conditions with pictures of the same request.")
    file = out / PAGE
    write_atomically(file, arena_page(folder, pairs).encode())
    if as_json:
        echo_json({"file": str(file), "pairs": len(pairs)})
    else:
        click.echo(f"{len(pairs)} pairs are on {file}. Each voter saves a file of votes there.")
    return DONE


def _print_scores(votes: Sequence[Vote], problems: Sequence[str], *, as_json: bool) -> int:
    found = standings(votes)
    if as_json:
        echo_json(
            {
                "votes": len(votes),
                "scores": [
                    {
                        "condition": each.condition,
                        "score": round(each.score, 1),
                        "interval": [each.low, each.high],
                        "votes": each.votes,
                    }
                    for each in found
                ],
                "problems": list(problems),
            }
        )
        return DONE
    for each in found:
        low, high = each.low, each.high
        span = "" if low is None or high is None else f" [{low:.0f}, {high:.0f}]"
        click.echo(f"{each.condition}: {each.score:.0f}{span}, {each.votes} votes")
    for problem in problems:
        click.echo(plain(problem), err=True)
    return DONE
