"""Galleries that were posted: a deleted picture vanishes from them and from their record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord

from domain.galleries import GalleryMessage
from domain.requests import Destination
from domain.short_codes import short_code
from jobs.admission.requests import Requester
from jobs.services.galleries import MOST_KEPT
from tests.fakes.search import MemorySteps
from tests.scenario.discord.conftest import PATIENT, Scene, parts, said

pytestmark = PATIENT


def requester(scene: Scene) -> Requester:
    """Ann, in the channel."""
    place = Destination("discord", str(scene.channel.id))
    return Requester(scene.workspace, str(scene.ann.id), place)


async def code(scene: Scene, job_id: str) -> str:
    """What a card calls the picture of a job."""
    [picture] = (await scene.view(job_id)).illustrations
    return short_code(picture.id)


async def liked(scene: Scene, prompt: str) -> tuple[str, discord.Message]:
    """A finished picture that Bob likes; its job and its message."""
    job_id, message = await scene.done(prompt)
    await scene.bob.react(message, "👍")
    return job_id, message


async def posted(scene: Scene) -> discord.Message:
    """The public gallery."""
    result = await scene.ann.slash(scene.channel, "gallery")
    assert result.response is not None
    return result.response.message


async def refresh(scene: Scene) -> int:
    """Let the engine bring galleries up to date; gives how many tasks it had."""
    scene.office.surfaces["discord"] = scene.surface
    tasks = [task for task in scene.office.dispatcher.tasks if task.workflow == "gallery"]
    for task in tasks:
        assert task.queue == "delivery-discord"
        await scene.office.privacy.galleries.work(task.workspace_id, task.subject_id, MemorySteps())
    await scene.env.settle()
    return len(tasks)


async def kept(scene: Scene, message: Any) -> GalleryMessage | None:
    """What is remembered of a gallery."""
    async with scene.office.store.workspace(scene.workspace, read_only=True) as unit:
        return await unit.galleries.get("discord", str(scene.channel.id), str(message.id))


def tiles(message: discord.Message) -> int:
    """How many pictures a message shows."""
    return sum(len(part["items"]) for part in parts(message) if part["type"] == 12)


async def test_a_deleted_picture_vanishes_from_posted_galleries(scene: Scene) -> None:
    fox, shown = await liked(scene, "a fox")
    bear, _shown = await liked(scene, "a bear")
    gallery = await posted(scene)
    assert tiles(gallery) == 2
    gone, stays = await code(scene, fox), await code(scene, bear)
    assert gone in said(gallery)
    asked = await scene.ann.click(shown, label="Delete…")
    assert asked.response is not None
    await scene.ann.click(asked.response.message, label="Delete")
    assert await refresh(scene) == 1
    gallery = next(m for m in scene.channel.history() if m.id == gallery.id)
    assert tiles(gallery) == len(gallery.attachments) == 1
    assert (gone in said(gallery), stays in said(gallery)) == (False, True)
    remembered = await kept(scene, gallery)
    assert remembered is not None
    assert (len(remembered.pictures), remembered.stale) == (1, False)


async def test_a_gallery_of_which_nothing_is_left_says_so_and_is_forgotten(scene: Scene) -> None:
    job_id, _shown = await liked(scene, "a fox")
    gallery = await posted(scene)
    commands = scene.office.commands(requester(scene))
    await commands.delete(job_id)
    await refresh(scene)
    gallery = next(m for m in scene.channel.history() if m.id == gallery.id)
    assert said(gallery) == "These pictures were deleted."
    assert (tiles(gallery), gallery.attachments) == (0, [])
    assert await kept(scene, gallery) is None
    assert await refresh(scene) == 1  # the same again changes nothing


async def test_a_persons_pictures_leave_galleries_with_their_data(scene: Scene) -> None:
    fox, _shown = await liked(scene, "a fox")
    bear, result = await scene.imagine("a bear", who=scene.bob)
    await scene.finish(bear)
    await scene.deliver(bear)
    gone = await code(scene, fox)
    assert result.response is not None
    await scene.ann.react(result.response.message, "👍")
    gallery = await posted(scene)
    assert tiles(gallery) == 2
    scene.office.surfaces["discord"] = scene.surface
    await scene.office.privacy.delete_now(requester(scene), everybody=False)
    await scene.env.settle()
    gallery = next(m for m in scene.channel.history() if m.id == gallery.id)
    assert tiles(gallery) == 1
    assert gone not in said(gallery)


async def test_a_gallery_that_is_gone_is_forgotten(scene: Scene) -> None:
    job_id, _shown = await liked(scene, "a fox")
    gallery = await posted(scene)
    await scene.office.commands(requester(scene)).delete(job_id)
    scene.env.inject_error("PATCH", f"/channels/*/messages/{gallery.id}", status=403, code=50001)
    await refresh(scene)
    assert await kept(scene, gallery) is None


async def test_only_the_newest_galleries_are_kept(scene: Scene) -> None:
    await liked(scene, "a fox")
    gallery = await posted(scene)
    remembered = await kept(scene, gallery)
    assert remembered is not None
    now = remembered.posted_at
    async with scene.office.store.workspace(scene.workspace) as unit:
        for number in range(3):
            later = GalleryMessage("discord", "1", str(number), ("P",), now + timedelta(number + 1))
            await unit.galleries.add(later, most=2, since=now - timedelta(1))
        assert await unit.galleries.get("discord", "1", "0") is None
        assert await unit.galleries.get("discord", "1", "2") is not None
        old = GalleryMessage("discord", "1", "old", ("P",), now - timedelta(days=2))
        await unit.galleries.add(old, most=MOST_KEPT, since=now - timedelta(1))
        assert await unit.galleries.get("discord", "1", "old") is None
