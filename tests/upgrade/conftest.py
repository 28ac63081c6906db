"""What the tests of recorded installations share."""

from __future__ import annotations

import platform

import pytest

from tests.fakes.postgres import PostgresPeer
from tests.upgrade.archive import HOST


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty Postgres, or nothing for the files of a data folder, on the machine
    of the recordings."""
    monkeypatch.setattr(platform, "node", lambda: HOST)
    if request.param == "sqlite":
        return ""
    peer: PostgresPeer = request.getfixturevalue("postgres")
    return peer.new_database()
