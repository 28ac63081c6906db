"""What tests of real libraries share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from evaluation.peers.discord_server import DiscordPeer, discord_peer


@pytest.fixture
async def peer() -> AsyncIterator[DiscordPeer]:
    async with discord_peer() as running:
        yield running
    assert running.problems == []
