"""Votes of the product as votes between conditions, where the workspaces agreed.

Two pictures of one request are a pair when the same member voted on both and they were made in
different ways: by another generator, with or without research, or by another research model. Votes
count where the workspace agreed to training, and neither the channel nor the requester or a voter
said no.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from statistics import fmean

from app.trajectories import agreed
from domain.errors import NotFound
from domain.illustrations import Illustration, Recipe
from domain.stores import Store, UnitOfWork
from domain.team import Scope
from evaluation.judging.arena import Vote

Ballots = Mapping[tuple[str, str], Mapping[str, Sequence[int]]]
"""By member and request, the votes on pictures of each condition."""


async def product_votes(store: Store) -> list[Vote]:
    """All votes between conditions that may be used. Raises ``StorageUnavailable``."""
    found: list[Vote] = []
    for workspace_id in await store.operations.with_votes():
        async with store.workspace(workspace_id, read_only=True) as unit:
            found += _votes(await _ballots(unit))
    return found


def condition_of(recipe: Recipe) -> str:
    """How a picture was made, in words: its generator and its research."""
    if not recipe.citations and not recipe.references:
        return f"{recipe.generator}, without sources"
    model = recipe.research.get("model")
    return f"{recipe.generator}, researched by {model or 'the planner'}"


async def _ballots(unit: UnitOfWork) -> Ballots:
    found: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    withdrawn: dict[str, bool] = {}
    for picture, votes in await unit.illustrations.voted():
        if not await _may_be_used(unit, picture):
            continue
        request = " ".join(picture.recipe.request.casefold().split())
        for member_id, value in votes.items():
            if member_id not in withdrawn:
                own = await unit.preferences.get(Scope.MEMBER, member_id)
                withdrawn[member_id] = own.training is False
            if not withdrawn[member_id]:
                found[member_id, request][condition_of(picture.recipe)].append(value)
    return found


async def _may_be_used(unit: UnitOfWork, picture: Illustration) -> bool:
    try:
        job = await unit.jobs.get(picture.job_id)
    except NotFound:
        return False
    return not job.request.routing.private and await agreed(unit, job)


def _votes(ballots: Ballots) -> list[Vote]:
    """One vote of each member for each pair of conditions of a request."""
    found: list[Vote] = []
    for conditions in ballots.values():
        worth = {name: fmean(values) for name, values in sorted(conditions.items())}
        for one, other in combinations(worth, 2):
            winner, loser = (one, other) if worth[one] >= worth[other] else (other, one)
            found.append(Vote(winner, loser, is_even=worth[one] == worth[other]))
    return found
