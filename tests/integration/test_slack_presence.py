"""Slack workspaces that remove the app, or install it again, while Limner does not hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.slack.client.api import SlackApi
from bot.slack.client.rate_limit import Pace
from bot.slack.client.tokens import OneWorkspace
from bot.slack.handlers.presence import PresenceCheck
from domain.news import Schedule
from domain.requests import Destination
from domain.team import Role
from evaluation.peers.values import NOON
from jobs.admission.requests import Requester
from tests.fakes.slack_many import Many, opened_many, served
from tests.fakes.slack_stage import WORKSPACE

PLACE = Destination("slack", "C0001")


@pytest.fixture
async def many(tmp_path: Path) -> AsyncIterator[Many]:
    async with opened_many(tmp_path) as opened:
        yield opened


async def a_schedule(many: Many, workspace_id: str = WORKSPACE) -> None:
    schedule = Schedule("", workspace_id, "U1", "cats", PLACE, "0 * * * *", "UTC", NOON, topic="x")
    await many.office.news.add(Requester(workspace_id, "U1", PLACE, Role.ADMIN), schedule)


async def is_paused(many: Many, workspace_id: str = WORKSPACE) -> bool:
    async with many.office.store.workspace(workspace_id, read_only=True) as unit:
        [schedule] = await unit.schedules.list()
    return schedule.paused


def check(many: Many, **parts: Any) -> PresenceCheck:
    api = SlackApi(many.wire, many.tokens, Pace())
    return PresenceCheck(api, many.office.destinations, every_installation=True, **parts)


async def test_a_removal_that_was_not_heard_of_pauses_news_at_the_second_look(many: Many) -> None:
    async with served(many.surface) as address:
        await many.installs(address, many.fake.team)
    await a_schedule(many)
    comparison = check(many)
    await comparison.compare()
    assert not await is_paused(many)
    many.fake.rules.append((lambda method, _a: method == "auth.test", "account_inactive"))
    await comparison.compare()
    assert not await is_paused(many), "one refusal may be a mistake of a minute"
    await comparison.compare()
    assert await is_paused(many)
    many.fake.rules.clear()
    await comparison.compare()
    assert not await is_paused(many)
    assert dict(await many.office.destinations.workspaces.in_use("slack")) == {WORKSPACE: None}


@pytest.mark.parametrize("code", ["ratelimited", "fatal_error", "access_denied"])
async def test_what_passes_by_itself_is_no_removal(many: Many, code: str) -> None:
    async with served(many.surface) as address:
        await many.installs(address, many.fake.team)
    await a_schedule(many)
    many.fake.rules.append((lambda method, _a: method == "auth.test", code))
    comparison = check(many)
    for _look in range(3):
        await comparison.compare()
    assert not await is_paused(many)


async def test_a_workspace_that_installs_the_app_again_keeps_what_it_has(many: Many) -> None:
    await a_schedule(many)
    await many.office.destinations.leave(WORKSPACE)
    assert await is_paused(many)
    async with served(many.surface) as address:
        await many.installs(address, many.fake.team)
    assert not await is_paused(many)
    assert dict(await many.office.destinations.workspaces.in_use("slack")) == {WORKSPACE: None}


async def test_an_app_for_one_workspace_says_nothing_of_others(many: Many) -> None:
    other = "slack:T0009"
    await a_schedule(many, other)
    tokens = OneWorkspace(many.fake.team.token, wire=many.wire)
    many.fake.teams[many.fake.team.id] = many.fake.team
    api = SlackApi(many.wire, tokens, Pace())
    comparison = PresenceCheck(api, many.office.destinations, every_installation=False)
    for _look in range(3):
        await comparison.compare()
    assert not await is_paused(many, other)


async def test_a_process_looks_as_soon_as_it_starts(many: Many) -> None:
    async with served(many.surface) as address:
        await many.installs(address, many.fake.team)
    await a_schedule(many)
    await many.office.destinations.leave(WORKSPACE)
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await check(many, sleep=sleep).keep_comparing()
    assert not await is_paused(many)
    assert pauses == [1800.0, 21_600.0, 21_600.0]
