"""Two hundred jobs come to their end through a hundred kills: on either database, with a database
server that is restarted five times, and with clocks that are wrong by an hour."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from storage import schema
from tests.fakes.postgres import postgres_peer
from tests.fakes.web import WebPeer
from tests.scenario.conftest import Place
from tests.storm import Storm

JOBS = int(os.environ.get("STORM_JOBS", "200"))
KILLS = int(os.environ.get("STORM_KILLS", "100"))
RESTARTS = 5
END_WITHIN_S = 3600.0
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]


async def test_kills_lose_nothing(ready: Place) -> None:
    storm = _storm(ready, ({}, {}))
    assert await storm.run(end_within_s=END_WITHIN_S) == [], f"seed {storm.seed}"


async def test_kills_restarts_and_wrong_clocks_lose_nothing(peer: WebPeer, tmp_path: Path) -> None:
    if not FAKETIME.exists():  # noqa: ASYNC240 - nothing else runs yet
        pytest.skip("needs libfaketime (the Debian package `faketime`)")
    with postgres_peer() as server:
        place = Place.at(server.new_database(), peer, tmp_path)
        await schema.upgrade(place.settings.database)
        machines = tuple(_machine(tmp_path, place, clock) for clock in ("+1h", "-1h"))
        storm = _storm(place, machines)
        outages = random.Random(storm.seed)  # noqa: S311 - a storm is no secret

        def restart(number: int) -> None:
            if number % max(1, KILLS // RESTARTS) == 0:
                server.stop()
                time.sleep(outages.uniform(0.0, 10.0))
                server.start()

        storm.trouble = restart
        assert await storm.run(end_within_s=END_WITHIN_S) == [], f"seed {storm.seed}"


def _storm(place: Place, machines: tuple[dict[str, str], ...]) -> Storm:
    return Storm(
        environment=place.environment,
        environments=machines,
        out=place.out.parent / "pictures",
        jobs=JOBS,
        kills=KILLS,
        seed=time.time_ns(),
    )


def _machine(folder: Path, place: Place, clock: str) -> dict[str, str]:
    """A machine with a data folder of its own, the common pictures, and a wrong clock."""
    data = folder / f"machine{clock}"
    data.mkdir()
    pictures = place.settings.data_dir / "blobs"
    pictures.mkdir(parents=True, exist_ok=True)
    (data / "blobs").symlink_to(pictures)
    return {
        "LIMNER_DATA_DIR": str(data),
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME": clock,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
