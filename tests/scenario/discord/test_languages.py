"""Users whose Discord is German read German: answers, errors, and the message of their picture."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from tests.scenario.discord.conftest import PATIENT, Scene, labels, said

pytestmark = PATIENT


@pytest.fixture(autouse=True)
def _german(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every client is German: simcord knows English ones only."""
    read: Any = vars(discord.Interaction)["_from_data"]

    def as_german(self: Any, data: Any) -> None:
        read(self, {**data, "locale": "de"})

    monkeypatch.setattr(discord.Interaction, "_from_data", as_german)


async def test_a_picture_its_errors_and_lists_are_german_to_germans(scene: Scene) -> None:
    _job, message = await scene.done("ein Fuchs")
    assert "Angefordert von" in said(message)
    assert "1 Detail hat keine Quelle" in said(message)
    assert "Ändern…" in labels(message)
    unknown = await scene.ann.slash(scene.channel, "job status", id="NOPE")
    assert unknown.response is not None
    told = said(unknown.response.message)
    assert "Auftrag „NOPE“ gibt es hier nicht. /job history zeigt deine Aufträge." in told
    wrong = await scene.eve.slash(scene.channel, "news add", when="irgendwann", topic="x")
    assert wrong.response is not None
    assert "werktags um 9" in said(wrong.response.message)
    used = await scene.ann.slash(scene.channel, "usage")
    assert used.response is not None
    assert "Du hast heute 1 Bild angefordert" in said(used.response.message)


async def test_a_form_for_a_setting_is_german_to_germans(scene: Scene) -> None:
    shown = await scene.eve.slash(scene.channel, "settings team", name="approvals")
    assert shown.modal is not None
    assert shown.modal["title"] == "Nötige Freigaben"
    [field] = shown.modal["components"]
    assert field["description"] == "0 bis 2. Jetzt: nicht gesetzt; es gilt: keine"


async def test_what_is_set_for_the_server_holds_for_its_public_messages(scene: Scene) -> None:
    await scene.eve.slash(scene.channel, "settings team", name="language", value="en")
    _job, message = await scene.done("a fox")
    assert "Requested by" in said(message)
