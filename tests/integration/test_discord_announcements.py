"""Stories in announcement channels are published to the servers that follow them, once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from domain.news import Schedule
from domain.requests import Destination, JobStatus
from domain.team import Role
from evaluation.peers.discord_server import Fault, discord_peer
from evaluation.peers.discord_world import GUILD, REVIEW
from evaluation.peers.values import NOON
from jobs.admission.requests import Requester
from tests.fakes.discord_line import a_line
from tests.fakes.job_service import an_office
from tests.fakes.web import picture

WORKSPACE = f"discord:{GUILD}"


@pytest.mark.parametrize("refused", [False, True])
async def test_a_story_is_published_to_followers(tmp_path: Path, *, refused: bool) -> None:
    async with discord_peer() as peer, an_office(tmp_path, workspace=WORKSPACE) as office:
        peer.world.announcements.add(REVIEW)
        if refused:
            peer.faults.append(Fault("POST", r"/channels/\d+/messages/\d+/crosspost", 403, times=9))
        place = Destination("discord", str(REVIEW))
        owner = Requester(WORKSPACE, "42", place, Role.ADMIN)
        schedule = Schedule(
            "", WORKSPACE, "42", "harbour", place, "0 * * * *", "UTC", NOON, topic="harbour"
        )
        async with a_line(peer, replace(office, workspace=WORKSPACE)) as line:
            await office.news.add(owner, schedule)
            job_id = await office.illustrate_news(owner, "harbour")
            sha256 = await office.blobs.put(WORKSPACE, picture(7, kind="PNG"))
            await office.finished(job_id, sha256=sha256)
            await line.status(job_id, JobStatus.DELIVERING)
            await line.surface.send(await line.delivery(job_id))
            [message] = peer.world.carrying(job_id)
            assert peer.world.published == ([] if refused else [int(message["id"])])
        assert peer.problems == []
