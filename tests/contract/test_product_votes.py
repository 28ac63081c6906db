"""Votes of members as votes between conditions, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.illustrations import Illustration, Recipe
from domain.requests import Job
from domain.team import Preferences, Scope
from evaluation.judging.arena import Vote
from evaluation.judging.product_votes import product_votes
from evaluation.peers.values import NOON, a_job, a_recipe, an_illustration
from storage.unit_of_work import SqlStore

RESEARCHED = a_recipe(research={"model": "gen-searcher"})
BARE = a_recipe(citations=(), references=())
GOOD, BAD = "storyboard, researched by gen-searcher", "storyboard, without sources"


async def keep(store: SqlStore, recipe: Recipe, votes: dict[str, int], job: Job) -> Illustration:
    picture = an_illustration(job, recipe=recipe)
    async with store.workspace(job.workspace_id) as unit:
        await unit.jobs.add(job, event_key=job.id)
        await unit.illustrations.save(picture)
        for member, value in votes.items():
            await unit.opinions.vote(picture.id, member, value, now=NOON)
    return picture


async def agree(store: SqlStore, scope: Scope = Scope.WORKSPACE, scope_id: str = "") -> None:
    async with store.workspace("w1") as unit:
        said = scope is Scope.WORKSPACE
        await unit.preferences.save(scope, scope_id, Preferences(training=said))


async def test_votes_of_one_member_on_one_request_are_a_pair(store: SqlStore) -> None:
    await agree(store)
    await keep(store, RESEARCHED, {"a": 1, "b": 1, "c": 1}, a_job())
    other = replace(BARE, request="EILEEN  Collins")
    await keep(store, other, {"a": -1, "b": 1, "d": 1}, a_job())
    await keep(store, replace(BARE, request="a fox"), {"c": -1}, a_job())
    assert await product_votes(store) == [
        Vote(GOOD, BAD),
        Vote(GOOD, BAD, is_even=True),
    ]


async def test_nothing_counts_where_the_workspace_did_not_agree(store: SqlStore) -> None:
    await keep(store, RESEARCHED, {"a": 1}, a_job())
    await keep(store, BARE, {"a": -1}, a_job())
    assert await product_votes(store) == []


@pytest.mark.parametrize(
    ("scope", "scope_id"), [(Scope.CHANNEL, "here"), (Scope.MEMBER, "m1"), (Scope.MEMBER, "a")]
)
async def test_nothing_counts_where_channel_requester_or_voter_said_no(
    store: SqlStore, scope: Scope, scope_id: str
) -> None:
    await agree(store)
    await agree(store, scope, scope_id)
    await keep(store, RESEARCHED, {"a": 1}, a_job())
    await keep(store, BARE, {"a": -1}, a_job())
    assert await product_votes(store) == []


async def test_private_pictures_do_not_count(store: SqlStore) -> None:
    await agree(store)
    job = a_job()
    await keep(store, RESEARCHED, {"a": 1}, job)
    private = a_job()
    private = replace(private, request=private.request.with_parts(private=True))
    await keep(store, BARE, {"a": -1}, private)
    assert await product_votes(store) == []
