"""The installations of the scenario tests, for the soak."""

from tests.scenario.conftest import peer, place, ready

__all__ = ["peer", "place", "ready"]
