"""Who is dead is judged by heartbeats that stand still, never by a clock."""

from __future__ import annotations

from jobs.engine.liveness import Liveness


class Watch:
    """A monotonic clock that the test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def watching() -> tuple[Liveness, Watch]:
    watch = Watch()
    return Liveness(dead_after_s=15.0, look_s=3.0, clock=watch), watch


def test_a_heartbeat_that_stands_still_for_long_enough_is_dead() -> None:
    liveness, watch = watching()
    dead: list[float] = []
    for beat in range(12):
        if liveness.look({"other": "same", "me": str(beat)}):
            dead.append(watch.now - 100.0)
        watch.now += 3.0
    assert dead[0] == 15.0


def test_a_heartbeat_that_changes_is_alive_whatever_it_says() -> None:
    liveness, watch = watching()
    for beat in ("2019-01-01", "2099-01-01", "1970-01-01", "2099-01-01"):
        assert liveness.look({"other": beat}) == frozenset()
        watch.now += 14.0


def test_time_in_which_nobody_looked_counts_for_little() -> None:
    """This process stood still for an hour, or the database was away: the others may have too."""
    liveness, watch = watching()
    liveness.look({"other": "same"})
    watch.now += 3600.0
    assert liveness.look({"other": "same"}) == frozenset()
    watch.now += 3.0
    assert liveness.look({"other": "next"}) == frozenset()


def test_one_that_comes_back_after_it_was_forgotten_begins_anew() -> None:
    liveness, watch = watching()
    for _ in range(4):
        liveness.look({"other": "same"})
        watch.now += 3.0
    liveness.look({})
    watch.now += 3.0
    assert liveness.look({"other": "same"}) == frozenset()
    watch.now += 3.0
    assert liveness.look({"other": "same"}) == frozenset()
