"""Export and deletion of a person's data on Discord."""

from __future__ import annotations

import pytest

from bot.buttons import Button, ButtonAction
from domain.errors import NotFound, Refused
from domain.requests import Destination
from jobs.admission.requests import Requester
from tests.fakes.search import MemorySteps
from tests.scenario.discord.conftest import PATIENT, Scene, said

pytestmark = PATIENT


def requester(scene: Scene) -> Requester:
    place = Destination("discord", str(scene.channel.id))
    return Requester(scene.workspace, str(scene.ann.id), place)


async def test_a_person_gets_an_archive_that_nobody_else_sees(scene: Scene) -> None:
    await scene.done("a fox")
    reply = await scene.ann.slash(scene.channel, "privacy export")
    assert "1 request, 1 picture" in said(reply.response)
    [followup] = reply.followups
    assert followup.ephemeral
    [attached] = followup.message.attachments
    assert attached.filename == "limner-data-1.zip"
    assert attached.size > 1_000


async def test_deletion_asks_twice_and_removes_the_messages(scene: Scene) -> None:
    job_id, _message = await scene.done("a fox")
    await scene.bob.slash(scene.channel, "imagine", prompt="a cat")
    first = await scene.ann.slash(scene.channel, "privacy delete")
    assert "Delete everything I store about you here?" in said(first.response)
    assert first.response is not None
    await scene.ann.click(first.response.message, label="Delete everything")
    assert "Are you sure?" in said(first.response)
    assert not [t for t in scene.office.dispatcher.tasks if t.workflow == "privacy"]
    await scene.ann.click(first.response.message, label="Delete everything")
    assert "It is being deleted" in said(first.response)
    [task] = [t for t in scene.office.dispatcher.tasks if t.workflow == "privacy"]
    scene.office.surfaces["discord"] = scene.surface
    await scene.office.privacy.work(task.workspace_id, task.subject_id, MemorySteps())
    with pytest.raises(NotFound):
        await scene.view(job_id)
    assert (await scene.newest()).job.request.prompt == "a cat"
    assert not [m for m in scene.channel.history() if "fox" in said(m)]


async def test_only_admins_ask_for_everybody(scene: Scene) -> None:
    refused = await scene.ann.slash(scene.channel, "privacy delete", team=True)
    assert "Only an admin" in said(refused.response)
    commands = scene.office.commands(requester(scene))
    with pytest.raises(Refused):
        await commands.press(Button(ButtonAction.FORGET, "all-yes"), message="1")
    assert not [t for t in scene.office.dispatcher.tasks if t.workflow == "privacy"]
