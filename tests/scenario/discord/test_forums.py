"""News in a forum: each story begins a post of its own, once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import discord
import simcord
from sqlalchemy import delete

from bot.discord.gateway.client import LimnerClient
from domain.requests import Destination
from storage.rows import JobMessageRow
from tests.scenario.discord.conftest import PATIENT, Scene, said

pytestmark = PATIENT


async def posted_to(scene: Scene, job_id: str, forum: simcord.ChannelHandle) -> None:
    """Deliver a job of which no message is left in that forum."""
    kept = (await scene.view(job_id)).messages
    await scene.surface.remove(scene.workspace, kept, [])
    await scene.deliver(job_id, to=str(forum.id))


async def test_a_result_for_a_forum_begins_a_post_of_its_own(scene: Scene) -> None:
    forum = scene.guild.create_forum_channel("news")
    job_id, _result = await scene.imagine("a fox")
    await scene.finish(job_id)
    await posted_to(scene, job_id, forum)
    [post] = forum.threads
    assert post.name
    [first] = [m for m in post.history() if m.attachments]
    assert "Requested by" in said(first)
    messages = (await scene.view(job_id)).messages
    assert (str(post.id), str(first.id), str(post.id)) in {
        (m.channel, m.message, m.thread) for m in messages
    }


async def test_a_post_that_got_through_is_found_again(scene: Scene) -> None:
    forum = scene.guild.create_forum_channel("news")
    job_id, _result = await scene.imagine("a fox")
    await scene.finish(job_id)
    await posted_to(scene, job_id, forum)
    async with scene.office.engine.begin() as connection:
        await connection.execute(delete(JobMessageRow).where(JobMessageRow.job_id == job_id))
    there = Destination("discord", str(forum.id))
    delivery = replace(await scene.delivery(job_id), destination=there)
    [post] = forum.threads
    found = await scene.surface.find(delivery)
    assert found is not None
    assert str(post.id) in found
    assert len(forum.threads) == 1


async def test_a_forum_can_be_chosen_for_news(scene: Scene) -> None:
    forum = scene.guild.create_forum_channel("news")
    result = await scene.eve.slash(
        scene.channel, "news add", when="weekdays at 9", topic="bridges", channel=forum
    )
    assert f"<#{forum.id}>" in said(result.response)


async def uncached_thread(scene: Scene, client: discord.Client) -> simcord.ChannelHandle:
    """A thread as an archived one is: Discord does not send those at the start."""
    scene.env.backend.create_thread(scene.channel.id, "bridges", scene.eve.id)
    await scene.env.settle()
    [thread] = scene.channel.threads
    for guild in client.guilds:
        cast("Any", guild)._threads.pop(thread.id)
    return thread


async def test_an_archived_thread_can_be_chosen_for_news(
    scene: Scene, simcord_bot: LimnerClient
) -> None:
    thread = await uncached_thread(scene, simcord_bot)
    result = await scene.eve.slash(
        scene.channel, "news add", when="weekdays at 9", topic="bridges", channel=thread
    )
    assert f"<#{thread.id}>" in said(result.response)


async def test_a_thread_that_limner_cannot_see_is_no_place_for_news(
    scene: Scene, simcord_bot: LimnerClient
) -> None:
    thread = await uncached_thread(scene, simcord_bot)
    scene.env.inject_error("GET", f"/channels/{thread.id}", status=403, code=50001)
    result = await scene.eve.slash(
        scene.channel, "news add", when="weekdays at 9", topic="bridges", channel=thread
    )
    assert "Limner can't see that channel" in said(result.response)
