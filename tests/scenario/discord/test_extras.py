"""Presets, blends and descriptions on Discord."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.messages import lifecycle
from tests.fakes.web import picture
from tests.scenario.discord.conftest import PATIENT, Scene, said
from tests.scenario.discord.test_talk import answer, to

pytestmark = PATIENT


async def test_a_preset_is_kept_used_shown_and_deleted(scene: Scene) -> None:
    kept = await scene.ann.slash(
        scene.channel, "preset save", name="poster", options="aspect:3:4 count:2"
    )
    assert "poster" in said(kept.response)
    await scene.ann.slash(scene.channel, "preset use", name="poster", prompt="a fox")
    request = (await scene.newest()).job.request
    assert (request.prompt, str(request.aspect), request.count) == ("a fox", "3:4", 2)
    await scene.ann.send(scene.channel, to(scene, "preset use poster a cat"))
    assert (await scene.newest()).job.request.prompt == "a cat"
    await scene.ann.slash(scene.channel, "preset delete", name="poster")
    left = await scene.ann.slash(scene.channel, "preset list")
    assert "No presets yet" in said(left.response)


async def test_a_requester_who_waited_long_is_notified_once_that_the_picture_is_there(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.done("a cat")
    quick = answer(scene)
    monkeypatch.setattr(lifecycle, "LONG", timedelta(0))
    _job_id, message = await scene.done("a fox")
    told = answer(scene)
    assert told.reference is not None
    assert told.reference.message_id == message.id != quick.id
    assert said(told).splitlines() == [f"<@{scene.ann.id}>", "Your picture is ready."]
    assert [user.id for user in told.mentions] == [scene.ann.id]
    await scene.ann.slash(scene.channel, "settings user", name="notify", value="no")
    _job_id, message = await scene.done("a hen")
    assert answer(scene).id == message.id


async def test_pictures_are_blended_and_without_a_model_not_described(scene: Scene) -> None:
    files = [(f"{n}.png", picture(n, kind="PNG")) for n in (1, 2)]
    await scene.ann.send(scene.channel, to(scene, "blend these"), attachments=files)
    assert len((await scene.newest()).job.request.attachments) == 2
    await scene.ann.send(scene.channel, to(scene, "describe this"), attachments=files[:1])
    assert "no vision model is set up" in said(answer(scene))
