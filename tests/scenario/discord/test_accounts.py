"""Linking one person's accounts on Discord and Slack, from Discord."""

from __future__ import annotations

import re

from domain.requests import Destination
from jobs.admission.requests import Requester
from tests.scenario.discord.conftest import PATIENT, Scene, said

pytestmark = PATIENT
UMA = Requester("slack:T1", "U1", Destination("slack", "C1"))


async def test_a_code_is_given_to_the_person_alone_and_links_their_other_account(
    scene: Scene,
) -> None:
    given = await scene.ann.slash(scene.channel, "link-account")
    assert given.response is not None
    assert given.response.ephemeral
    found = re.search(r"Your code is ([A-Z0-9]{10})\.", said(given.response))
    assert found is not None
    other = await scene.office.team.accounts.join(UMA, found[1])
    assert other.member_id == str(scene.ann.id)
    parted = await scene.ann.slash(scene.channel, "unlink-account")
    assert "no longer linked" in said(parted.response)


async def test_the_code_of_another_account_links_it(scene: Scene) -> None:
    code = await scene.office.team.accounts.get_code(UMA)
    linked = await scene.ann.slash(scene.channel, "link-account", code=code)
    assert "Your accounts are linked" in said(linked.response)
    again = await scene.bob.slash(scene.channel, "link-account", code=code)
    assert "isn't valid any more" in said(again.response)
