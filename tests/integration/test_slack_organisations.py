"""Slack organisations: one installation for many workspaces, and people of other organisations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.slack.handlers.once_a_day import OnceADay
from domain.news import Schedule
from domain.requests import Destination, Job, JobStatus
from domain.team import Role
from evaluation.peers.values import NOON
from jobs.admission.requests import Requester
from tests.fakes.slack_many import ORGANISATION, Many, opened_many, served
from tests.fakes.slack_stage import Stage, a_stage, until

WORKSPACE = f"slack:T0001.{ORGANISATION}"
WHOLE = {"enterprise_id": ORGANISATION, "is_enterprise_install": True}


@pytest.fixture
async def many(tmp_path: Path) -> AsyncIterator[Many]:
    async with opened_many(tmp_path) as opened:
        await opened.is_installed_in_an_organisation()
        yield opened


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as opened:
        yield opened


async def the_job(many: Many) -> Job:
    async def there() -> bool:
        return bool(await many.office.job_service.recent(WORKSPACE))

    await until(there)
    [job] = await many.office.job_service.recent(WORKSPACE)
    return job


def authorized(team_id: str | None) -> list[dict[str, Any]]:
    return [{**WHOLE, "team_id": team_id, "user_id": "U0BOT", "is_bot": True}]


EVENTS: Mapping[str, dict[str, Any]] = {
    "a workspace beside no authorized one": {"authorizations": authorized(None)},
    "the organisation as the workspace": {"authorizations": authorized(ORGANISATION)},
    "a shared channel": {
        "authorizations": authorized(None),
        "team_id": "T0PARTNER",
        "context_team_id": "T0001",
        "context_enterprise_id": ORGANISATION,
        "is_ext_shared_channel": True,
    },
    "no workspace": {"authorizations": authorized(None), "team_id": None},
    "only the organisation": {"authorizations": authorized(ORGANISATION), "team_id": ORGANISATION},
}


@pytest.mark.parametrize("kind", ["app_mention", "message"])
@pytest.mark.parametrize("shape", EVENTS)
async def test_what_is_said_in_an_organisation_is_drawn_in_its_workspace(
    many: Many, shape: str, kind: str
) -> None:
    team = many.fake.team
    where = team.dm("U0ANN") if kind == "message" else team.channel("C0001")
    where.context_team = "T0001"
    event = {**many.fake.says("<@U0BOT> draw a cat", channel=where.id), "type": kind}
    payload = many.fake.event_body(event, **EVENTS[shape])
    async with served(many.surface) as address:
        assert await many.gets(address, payload) == 200
        job = await the_job(many)
        await until(lambda: any(m.job_id == job.id for m in where.messages.values()))
    assert job.request.prompt == "draw a cat"


async def test_where_not_even_the_channel_tells_the_workspace_the_person_does(many: Many) -> None:
    grid = {"enterprise_id": ORGANISATION, "teams": ["T0001"]}
    many.fake.team.users["U0ANN"] = {"team_id": ORGANISATION, "enterprise_user": grid}
    event = {**many.fake.says("<@U0BOT> draw a cat"), "type": "app_mention"}
    async with served(many.surface) as address:
        payload = many.fake.event_body(event, **EVENTS["no workspace"])
        assert await many.gets(address, payload) == 200
        await the_job(many)


async def test_buttons_shortcuts_and_forms_of_an_organisation_are_of_its_workspace(
    many: Many,
) -> None:
    """Their ``team`` is null; of a form the app's workspace is the organisation itself."""
    no_team = {**WHOLE, "team": None, "enterprise": {"id": ORGANISATION, "name": "Org"}}
    person = {"id": "U0ANN", "team_id": "T0001"}
    async with served(many.surface) as address:
        shortcut = {
            "type": "message_action",
            "callback_id": "illustrate_this",
            "user": person,
            "trigger_id": "t1",
            "message": {"ts": "1.0", "text": "a cat"},
            "channel": {"id": "C0001"},
            **no_team,
        }
        assert await many.gets(address, shortcut) == 200
        first = await the_job(many)
        await until(lambda: len(many.fake.team.channel().messages) == 1)
        message = many.fake.team.channel().newest
        button = message.button("cancel")
        press = {**many.fake.press_body(button, "U0ANN", "C0001", message.ts), **no_team}
        assert await many.gets(address, press) == 200

        async def is_cancelled() -> bool:
            view = await many.office.job_service.view(WORKSPACE, first.id)
            return view.job.status.value == "cancelled"

        await until(is_cancelled)
        opening = {**shortcut, "type": "shortcut", "callback_id": "illustrate", "trigger_id": "t2"}
        assert await many.gets(address, opening) == 200
        await until(lambda: bool(many.fake.team.views))
        view_id, view = many.fake.team.views[-1]
        fields = next(b for b in view["blocks"] if b.get("block_id") == "prompt")
        typed = {fields["element"]["action_id"]: {"type": "plain_text_input", "value": "a dog"}}
        form = {
            "type": "view_submission",
            "user": person,
            "trigger_id": "t3",
            "view": {
                **view,
                "id": view_id,
                "app_installed_team_id": ORGANISATION,
                "team_id": "T0001",
                "state": {"values": {"prompt": typed}},
            },
            **no_team,
        }
        assert await many.gets(address, form) == 200

        async def both() -> bool:
            return len(await many.office.job_service.recent(WORKSPACE)) == 2

        await until(both)
        await until(lambda: len(many.fake.team.channel().messages) == 2)


PARTNERS: Mapping[str, dict[str, Any]] = {
    "a workspace of its own": {"team_id": "T0PARTNER"},
    "a workspace of another organisation": {
        "team_id": "T0PARTNER",
        "enterprise_user": {"enterprise_id": "E0PARTNER", "teams": ["T0PARTNER"]},
    },
    "nobody says": {"team_id": "T0PARTNER", "is_stranger": True},
}


@pytest.mark.parametrize("partner", PARTNERS)
async def test_people_of_other_organisations_cannot_use_an_organisations_limner(
    many: Many, partner: str
) -> None:
    many.fake.team.users["U0PAT"] = PARTNERS[partner]
    event = {**many.fake.says("<@U0BOT> draw a cat", user="U0PAT"), "type": "app_mention"}
    async with served(many.surface) as address:
        payload = many.fake.event_body(event, **EVENTS["a shared channel"])
        assert await many.gets(address, payload) == 200
        await until(lambda: "Only members" in many.fake.team.whispered("U0PAT"))
    assert await many.office.job_service.recent(WORKSPACE) == []


async def test_another_process_does_not_tell_them_again(stage: Stage) -> None:
    stage.fake.team.users["U0PAT"] = next(iter(PARTNERS.values()))
    _job, message = await stage.drawn()
    await stage.fake.event(stage.fake.says("make it blue", user="U0PAT", thread=message.ts))
    await stage.whispered("Only members", user="U0PAT")
    surface: Any = stage.surface
    surface._responder._notices._sent = OnceADay()  # as in a process that knows nothing
    await stage.fake.event(stage.fake.says("make it red", user="U0PAT", thread=message.ts))
    await stage.fake.slash("usage")  # comes after all that went before
    await stage.whispered("You requested")
    told = [who for who, _where, _message in stage.fake.team.whispers if who == "U0PAT"]
    assert len(told) == 1


@pytest.mark.parametrize("partner", PARTNERS)
async def test_people_from_elsewhere_are_told_once_in_a_thread(stage: Stage, partner: str) -> None:
    """They talk in the thread of a picture among themselves; one notice a day is enough."""
    stage.fake.team.users["U0PAT"] = PARTNERS[partner]
    _job, message = await stage.drawn()
    for number in range(4):
        said = stage.fake.says(f"make it {number} times as blue", user="U0PAT", thread=message.ts)
        await stage.fake.event(said)
    await until(lambda: stage.fake.calls["users.info"] >= 2)
    await stage.whispered("Only members", user="U0PAT")
    other = {**stage.fake.says("<@U0BOT> a dog", user="U0PAT"), "type": "app_mention"}
    await stage.fake.event(other)

    def told() -> list[str]:
        return [m.said for who, _where, m in stage.fake.team.whispers if who == "U0PAT"]

    await until(lambda: len(told()) == 2)
    await stage.fake.slash("usage")  # comes after all that went before
    await stage.whispered("You requested 1 picture today")
    await asyncio.sleep(0)
    assert len(told()) == 2, "one in each thread"
    assert len(await stage.jobs()) == 1


async def test_an_organisation_that_removes_the_app_leaves_with_all_its_workspaces(
    many: Many,
) -> None:
    event = {**many.fake.says("<@U0BOT> draw a cat"), "type": "app_mention"}
    async with served(many.surface) as address:
        shape = EVENTS["a workspace beside no authorized one"]
        assert await many.gets(address, many.fake.event_body(event, **shape)) == 200
        job = await the_job(many)
        await until(lambda: len(many.fake.team.channel().messages) == 1)
        gone = many.fake.event_body({"type": "app_uninstalled"}, **EVENTS["only the organisation"])
        assert await many.gets(address, {**gone, "event_time": gone["event_time"] + 60}) == 200

        async def is_cancelled() -> bool:
            view = await many.office.job_service.view(WORKSPACE, job.id)
            return view.job.status is JobStatus.CANCELLED

        await until(is_cancelled)
    assert await many.store.get(f"slack:{ORGANISATION}") is None


CLOSINGS: Mapping[str, dict[str, Any]] = {
    "archived": {"type": "channel_archive", "channel": "C0001", "user": "U0ADA"},
    "deleted": {"type": "channel_deleted", "channel": "C0001"},
    "left": {"type": "channel_left", "channel": "C0001", "actor_id": "U0ADA"},
}


@pytest.mark.parametrize("closing", CLOSINGS)
@pytest.mark.parametrize("shape", ["no workspace", "only the organisation"])
async def test_news_pauses_where_a_channel_of_an_organisation_closes(
    many: Many, shape: str, closing: str
) -> None:
    """Slack can be asked nothing about a channel that is gone."""
    place = Destination("slack", "C0001")
    schedule = Schedule("", WORKSPACE, "U1", "cats", place, "0 * * * *", "UTC", NOON, topic="x")
    await many.office.news.add(Requester(WORKSPACE, "U1", place, Role.ADMIN), schedule)
    many.fake.rules.append((lambda method, _a: method == "conversations.info", "channel_not_found"))
    async with served(many.surface) as address:
        payload = many.fake.event_body(CLOSINGS[closing], **EVENTS[shape])
        assert await many.gets(address, payload) == 200

        async def is_paused() -> bool:
            async with many.office.store.workspace(WORKSPACE, read_only=True) as unit:
                [kept] = await unit.schedules.list()
            return kept.paused

        await until(is_paused)


def step(execution: str, **inputs: str) -> dict[str, Any]:
    """A step of a workflow, which names its people and channels in its inputs alone."""
    return {
        "type": "function_executed",
        "function": {"callback_id": "illustrate_this"},
        "inputs": {"prompt": "a cat", "channel": "C0001", "user": "U0ANN", **inputs},
        "function_execution_id": execution,
    }


@pytest.mark.parametrize("shape", EVENTS)
async def test_a_step_of_a_workflow_ends_wherever_the_organisation_runs_it(
    many: Many, shape: str
) -> None:
    many.fake.team.channel("C0001").context_team = "T0001"
    steps = many.fake.team.steps
    async with served(many.surface) as address:
        payload = many.fake.event_body(step("Fx1"), **EVENTS[shape])
        assert await many.gets(address, payload) == 200
        await until(lambda: "Fx1" in steps)
        job = await the_job(many)
        assert steps["Fx1"] == {"job_id": job.id}
        nowhere = many.fake.event_body(step("Fx2", channel="", user=""), **EVENTS[shape])
        assert await many.gets(address, nowhere) == 200
        await until(lambda: "Fx2" in steps)
    assert "needs a channel, a person" in steps["Fx2"]


@pytest.mark.parametrize("shape", EVENTS)
async def test_the_home_of_an_organisations_member_is_that_of_their_workspace(
    many: Many, shape: str
) -> None:
    grid = {"enterprise_id": ORGANISATION, "teams": ["T0001"]}
    many.fake.team.users["U0ANN"] = {"enterprise_user": grid}
    opened = {"type": "app_home_opened", "user": "U0ANN", "tab": "home", "channel": "D0ANN"}
    async with served(many.surface) as address:
        asked = {**many.fake.says("<@U0BOT> draw a cat"), "type": "app_mention"}
        shown = EVENTS["a workspace beside no authorized one"]
        assert await many.gets(address, many.fake.event_body(asked, **shown)) == 200
        await the_job(many)
        assert await many.gets(address, many.fake.event_body(opened, **EVENTS[shape])) == 200
        await until(lambda: "a cat" in str(many.fake.team.homes.get("U0ANN")))
