"""What is remembered for a while is forgotten afterwards, and the oldest where there is no room."""

from __future__ import annotations

from bot.memory import ShortMemory


def test_a_thing_is_remembered_until_its_time_is_over_and_anew_when_it_comes_again() -> None:
    now = [100.0]
    memory = ShortMemory(10, 5, lambda: now[0])
    memory.add("a")
    now[0] = 109.9
    assert "a" in memory
    assert "b" not in memory
    memory.add("a")
    now[0] = 119
    assert "a" in memory
    now[0] = 119.9
    assert "a" not in memory


def test_of_more_things_than_there_is_room_for_the_oldest_is_forgotten() -> None:
    memory = ShortMemory(10, 2, lambda: 0.0)
    for thing in "aba":
        memory.add(thing)
    memory.add("c")
    assert [thing in memory for thing in "abc"] == [True, False, True]
