"""Two linked channels on the real engine, with its own rounds and watchers."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.cards.models import ResultCard, StatusCard
from domain.requests import Destination, JobRef, JobStatus
from domain.team import Scope
from jobs.linked.linked_copy import shadow_key
from tests.scenario.test_the_team import ADMIN, ANN, Team
from tests.scenario.test_the_team import team as team

THERE = replace(ADMIN, workspace_id="chat:2", destination=Destination("chat", "c9"))


async def test_a_linked_channel_sees_the_job_go_on_and_end(team: Team) -> None:
    await team.application.team.prefer(ADMIN, Scope.CHANNEL, linked="chat:2/c9")
    await team.application.team.prefer(THERE, Scope.CHANNEL, linked="chat:1/c1")
    original = await team.drawn(ANN)
    key = shadow_key(JobRef("chat:1", original.job.id))
    async with asyncio.timeout(240):
        while True:
            shadow = await team.application.job_service.job_of_event("chat:2", key)
            if shadow is not None and shadow.status is JobStatus.DONE:
                break
            await asyncio.sleep(0.05)
    view = await team.application.job_service.view("chat:2", shadow.id)
    [message] = [m for (channel, m) in team.chat.messages if channel == "c9"]
    shown = team.chat.messages["c9", message]
    assert isinstance(shown[-1], ResultCard)
    assert all(isinstance(card, StatusCard | ResultCard) for card in shown)
    assert shown[-1].sources == team.shown(original)[-1].sources  # type: ignore[attr-defined]
    assert view.illustrations[0].sha256 == original.illustrations[0].sha256
    assert view.research == original.research
