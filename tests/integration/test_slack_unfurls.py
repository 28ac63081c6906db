"""Slack: previews of Limner's own pages, for those alone who may see the page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.pages import PageRef
from domain.requests import JobStatus
from evaluation.peers.slack_team import every_node
from tests.fakes.job_service import LINKS
from tests.fakes.slack_stage import WORKSPACE, Stage, a_stage, until


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as opened:
        yield opened


async def posted(stage: Stage, *addresses: str) -> None:
    """A user posts addresses, and Limner gets the event."""
    event = {
        "type": "link_shared",
        "channel": "C0001",
        "user": "U0ANN",
        "message_ts": "1700000000.000100",
        "unfurl_id": "C0001-1700000000.000100-x",
        "source": "conversations_history",
        "links": [{"domain": "limner.example.com", "url": address} for address in addresses],
    }
    await stage.fake.event(event)


async def test_a_link_to_a_page_shows_its_picture_and_sources(stage: Stage) -> None:
    job, _message = await stage.drawn()
    address = LINKS.address(PageRef(WORKSPACE, job.id))
    await posted(stage, address)
    await until(lambda: address in stage.fake.team.unfurls)
    blocks = stage.fake.team.unfurls[address]["blocks"]
    [image] = [block for block in blocks if block["type"] == "image"]
    assert image["image_url"] == f"{address}/1/thumb"
    assert "a cat" in [node.get("text") for node in every_node(blocks)]
    assert not [node for node in every_node(blocks) if node.get("type") == "button"]


async def test_the_number_of_a_picture_in_the_address_is_the_one_that_is_shown(
    stage: Stage,
) -> None:
    job, _message = await stage.asked("a cat count:2")
    await stage.finished(job, pictures=2)
    await stage.deliver(job)
    await stage.become(job, JobStatus.DONE)
    address = LINKS.address(PageRef(WORKSPACE, job.id), number=2)
    await posted(stage, address)
    await until(lambda: address in stage.fake.team.unfurls)
    [image] = [b for b in stage.fake.team.unfurls[address]["blocks"] if b["type"] == "image"]
    assert image["image_url"] == address.removesuffix("/2") + "/2/thumb"


async def test_nothing_is_shown_of_pages_that_not_everybody_there_may_see(stage: Stage) -> None:
    await stage.fake.slash("a secret --private")
    [private] = await stage.jobs()
    await stage.finished(private)
    await stage.become(private, JobStatus.DONE)
    revoked, _message = await stage.drawn("a revoked cat")
    async with stage.office.store.workspace(WORKSPACE) as unit:
        await unit.pages.revoke_links(revoked.id)
    drawn, _message = await stage.drawn("a cat")
    await stage.fake.slash("a slow cat")
    unfinished = (await stage.jobs(4))[-1]
    good = LINKS.address(PageRef(WORKSPACE, drawn.id))
    await posted(
        stage,
        *(LINKS.address(PageRef(WORKSPACE, one.id)) for one in (private, revoked, unfinished)),
    )
    await posted(
        stage,
        LINKS.address(PageRef("slack:T0002", drawn.id)),  # of another workspace
        good[:-3] + "AAA",
        good.replace("limner.example.com", "limner.example.org"),
        f"{LINKS.gallery(WORKSPACE)}/j/{drawn.id}",  # for members who signed in
        "not an address",
    )
    await posted(stage, good)
    await until(lambda: bool(stage.fake.team.unfurls))
    assert set(stage.fake.team.unfurls) == {good}
