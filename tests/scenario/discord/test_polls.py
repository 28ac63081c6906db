"""Polls about the pictures of a set, as Discord shows them."""

from __future__ import annotations

from typing import Any

import discord

from tests.scenario.discord.conftest import PATIENT, Scene, alone, said

pytestmark = PATIENT


async def a_set(scene: Scene, **options: Any) -> tuple[str, discord.Message]:
    """Two pictures of one job, and their message."""
    job_id, result = await scene.imagine("a fox", count=2, **options)
    await scene.finish(job_id, pictures=2)
    await scene.deliver(job_id)
    assert result.response is not None
    return job_id, result.response.message


async def test_the_pictures_of_a_set_are_put_to_a_vote(scene: Scene) -> None:
    job_id, message = await a_set(scene)
    result = await scene.bob.slash(scene.channel, "job poll", id=job_id[-6:], hours=2)
    assert result.response is not None
    assert not result.response.ephemeral
    asked = scene.channel.last_message
    assert asked is not None
    assert asked.poll is not None
    assert asked.poll.question.startswith("Which of these? ")
    assert [answer.text.split(" · ")[0] for answer in asked.poll.answers] == [
        "Picture 1",
        "Picture 2",
    ]
    assert str(message.id) in asked.content
    await scene.ann.vote(asked, answer=2)


async def test_one_picture_and_private_ones_are_no_vote(scene: Scene) -> None:
    single, _message = await scene.done("a fox")
    refused = await scene.bob.slash(scene.channel, "job poll", id=single)
    assert "A vote needs a job with several pictures" in said(alone(refused))
    hidden, _ = await scene.imagine("a bear", count=2, private=True)
    await scene.finish(hidden, pictures=2)
    refused = await scene.ann.slash(scene.channel, "job poll", id=hidden)
    assert "Private pictures can't be put to a vote." in said(alone(refused))
    unknown = await scene.bob.slash(scene.channel, "job poll", id="NOPE")
    assert "There is no job 'NOPE' here." in said(alone(unknown))
