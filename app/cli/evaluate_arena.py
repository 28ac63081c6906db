"""``limner evaluate arena``: blind pairs for people, and the scores of their votes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from app.cli.edge import DONE, echo_json
from app.settings import Settings
from bot.text import plain
from domain.errors import InvalidRequest
from evaluation import commands
from evaluation.judging.arena import make_pairs, read_votes, standings
from evaluation.report.arena_page import arena_page
from evaluation.runs.records import RunFolder, write_atomically

PAGE = "arena.html"


async def arena(settings: Settings, options: Mapping[str, Any], *, as_json: bool) -> int:
    """Write the page, or print the scores of votes."""
    del settings
    out: Path = options["out"]
    files: Sequence[Path] = options["votes"]
    if files:
        return await asyncio.to_thread(_scores, RunFolder(out), files, as_json=as_json)
    return await asyncio.to_thread(_page, out, options, as_json=as_json)


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


def _scores(folder: RunFolder, files: Sequence[Path], *, as_json: bool) -> int:
    votes, problems = read_votes(folder, files)
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
                "problems": problems,
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
