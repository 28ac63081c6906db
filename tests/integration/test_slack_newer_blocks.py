"""Slack: feedback, tables, carousels and plans where a workspace takes them, and the plain forms
where it does not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.cards.builders import job_card
from bot.slack.view.newer import KINDS
from bot.slack.view.render import drawn
from domain.requests import JobStatus
from evaluation.peers.slack_team import every_node
from tests.fakes.slack_stage import WORKSPACE, Stage, a_stage, until


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as opened:
        opened.fake.team.users["U0ADA"] = {"is_admin": True}
        yield opened


def kinds(blocks: list[dict[str, Any]]) -> set[str]:
    return {str(block["type"]) for block in blocks}


def takes_no_new_blocks(_method: str, arguments: dict[str, Any]) -> bool:
    """Whether a call is one that a workspace without the newer kinds refuses."""
    return any(f'"type": "{kind}"' in str(arguments.get("blocks")) for kind in KINDS)


async def votes(stage: Stage, job_id: str) -> list[tuple[int, int]]:
    view = await stage.office.job_service.view(WORKSPACE, job_id)
    return [(tally.up, tally.down) for tally in view.tallies]


async def test_feedback_on_a_result_counts_as_a_vote_on_each_of_its_pictures(stage: Stage) -> None:
    job, message = await stage.drawn("two cats count:2")
    await stage.fake.press(message.feedback(good=True), user="U0BOB", ts=message.ts)
    await stage.whispered("your vote is counted", user="U0BOB")
    assert set(await votes(stage, job.id)) == {(1, 0)}
    await stage.fake.press(message.feedback(good=False), user="U0BOB", ts=message.ts)

    async def changed() -> bool:
        return set(await votes(stage, job.id)) == {(0, 1)}

    await until(changed)


async def test_usage_and_the_audit_log_stand_in_tables(stage: Stage) -> None:
    await stage.asked()
    await stage.fake.slash("audit", user="U0ADA")
    await stage.whispered("illustrate", user="U0ADA")
    [audit] = [message for _who, _where, message in stage.fake.team.whispers]
    assert "table" in kinds(audit.blocks)
    assert "@U0ANN" in audit.said


async def test_the_gallery_is_a_carousel_with_a_button_for_each_picture(stage: Stage) -> None:
    _job, message = await stage.drawn()
    await stage.fake.press(message.feedback(good=True), ts=message.ts)
    await stage.whispered("your vote is counted")
    await stage.fake.slash("gallery")
    gallery = await stage.message(2)
    assert kinds(gallery.blocks) == {"carousel"}
    assert gallery.pictures == message.pictures
    told = len(stage.fake.team.whispers)
    await stage.fake.press(gallery.button("show.1"), ts=gallery.ts)
    await until(lambda: len(stage.fake.team.whispers) > told)


async def test_research_is_a_plan_of_tasks_with_their_sources(stage: Stage) -> None:
    job, message = await stage.asked()
    await stage.office.researched(job.id)
    await stage.become(job, JobStatus.RENDERING)
    view = await stage.office.job_service.view(WORKSPACE, job.id)
    assert await stage.surface.show(view)
    [plan] = [block for block in message.blocks if block["type"] == "plan"]
    assert len(plan["tasks"]) == len(view.research.hops)
    page = "https://en.wikipedia.org/wiki/Cat"
    sources = tuple(replace(source, page_url=page) for source in view.research.sources)
    shown = drawn(
        job_card(replace(view, research=replace(view.research, sources=sources))), newest=True
    )
    links = [node["url"] for node in every_node(shown.blocks) if node.get("type") == "url"]
    assert set(links) == {page}


async def test_where_the_newer_blocks_are_refused_the_plain_ones_stand(stage: Stage) -> None:
    stage.fake.rules.append((takes_no_new_blocks, "invalid_blocks"))
    job, message = await stage.drawn()
    assert message.pictures
    assert not kinds(message.blocks) & KINDS
    assert message.job_id == job.id
    await stage.fake.slash("audit", user="U0ADA")
    await stage.whispered("illustrate", user="U0ADA")
    refused = stage.fake.calls["chat.update"]
    await stage.drawn("a dog")
    assert stage.fake.calls["chat.update"] == refused + 1  # it is not tried again
