"""A subscription that the operator asks for: who lacks it is offered it, alone, and nothing is
drawn; everything else stays open."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.discord.gateway.client import LimnerClient
from tests.scenario.discord.conftest import OPTIONS, PATIENT, Scene, alone, parts, said

pytestmark = PATIENT
SKU = 1234567890123456789


@pytest.fixture
def simcord_bot() -> LimnerClient:
    return LimnerClient(replace(OPTIONS, premium_sku=SKU))


@pytest.fixture
def scene(scene: Scene) -> Scene:
    scene.env.create_sku("Pictures", id=SKU)
    return scene


def offers(message: Any) -> list[str]:
    """The subscriptions that a message offers by Discord's own button."""
    return [str(part["sku_id"]) for part in parts(message) if part.get("style") == 6]


async def jobs(scene: Scene) -> int:
    return len(await scene.office.job_service.recent(scene.workspace, limit=9))


async def test_who_lacks_it_is_offered_it_alone(scene: Scene) -> None:
    refused = await scene.ann.slash(scene.channel, "imagine", prompt="a fox")
    told = alone(refused)
    assert "Requesting pictures needs a subscription." in said(told)
    assert offers(told) == [str(SKU)]
    assert await jobs(scene) == 0
    helped = await scene.ann.slash(scene.channel, "help")
    assert not offers(helped.response)


@pytest.mark.parametrize("whole_server", [False, True])
async def test_who_has_it_or_whose_server_has_it_draws(scene: Scene, *, whole_server: bool) -> None:
    owner: dict[str, Any] = {"guild": scene.guild} if whole_server else {"user": scene.ann}
    await scene.env.grant_entitlement(SKU, **owner)
    await scene.imagine()
    assert await jobs(scene) == 1
    other = await scene.bob.slash(scene.channel, "imagine", prompt="a bear")
    assert await jobs(scene) == 1 + whole_server
    assert whole_server or offers(alone(other))


async def test_what_has_ended_counts_no_more(scene: Scene) -> None:
    now = scene.env.now()
    scene.env.seed_entitlement(
        SKU, user=scene.ann, starts_at=now - timedelta(9), ends_at=now - timedelta(1)
    )
    refused = await scene.ann.slash(scene.channel, "imagine", prompt="a fox")
    assert offers(alone(refused))


async def test_it_is_asked_of_whoever_speaks_to_limner_too(scene: Scene) -> None:
    me = scene.env.bot.user
    assert me is not None
    await scene.bob.send(scene.channel, f"<@{me.id}> draw a fox")
    answer = scene.channel.last_message
    assert answer is not None
    assert offers(answer) == [str(SKU)]
    assert await jobs(scene) == 0
    await scene.env.grant_entitlement(SKU, user=scene.bob)
    await scene.bob.send(scene.channel, f"<@{me.id}> draw a fox")
    assert await jobs(scene) == 1
